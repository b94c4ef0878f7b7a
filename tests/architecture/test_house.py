"""The shape of the house: what the import linter cannot say."""

import ast
import builtins
import pathlib
import re
from collections import Counter

import pytest

import bot
from tests.architecture import page

PACKAGE = pathlib.Path(bot.__file__).parent
STAGES = (
    *("event", "plan", "build", "measure", "diff", "explain", "advise", "verify", "describe", "judge", "report"),
    "publish",
)
OUTSIDE = {"edges", "__main__.py"}
PURE = sorted(path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in OUTSIDE)
FROZEN_BASES = {"Enum", "StrEnum", "IntEnum", "NamedTuple", "Protocol"}


def module_id(path: pathlib.Path) -> str:
    return str(path.relative_to(PACKAGE))


def parsed(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_stages__are_exactly_the_arrows_of_the_flow():
    """The stage files are the arrows that the package docstring draws, in its order."""
    flow = re.search(r"^    (event → .*)$", str(bot.__doc__), re.MULTILINE)
    assert flow is not None

    files = {path.stem for path in (PACKAGE / "stages").glob("*.py")} - {"__init__"}

    assert tuple(flow[1].split(" → ")) == STAGES
    assert files == set(STAGES)


ENTRIES = {
    "event": "read_event",
    "plan": "plan_images",
    "report": "make_report",
    **{name: name for name in STAGES if name not in {"event", "plan", "report"}},
}
"""What the main job calls of each stage."""


def steps(name: str, functions: dict[str, ast.FunctionDef], seen: tuple[str, ...] = ()) -> list[str]:
    """The names that a function calls, in the order of evaluation, with those of the same module followed."""
    called: list[str] = []
    for call in calls_in_order(functions[name]):
        if call in functions and call not in seen:
            called += steps(call, functions, (*seen, call))
        called.append(call)
    return called


def calls_in_order(node: ast.AST) -> list[str]:
    """The plain names called below a node; an argument is evaluated before the call that it is for."""
    found = [name for child in ast.iter_child_nodes(node) for name in calls_in_order(child)]
    return [*found, node.func.id] if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else found


def test_main_job__calls_the_stages_in_the_order_of_the_flow():
    """The stages happen in the order that the package docstring draws, which the syntax tree of the main job shows.

    It speaks first and verifies then, and what was verified is described, judged and published again: what counts is
    the last time.
    """
    bodies = [parsed(PACKAGE / "flows" / f"{name}.py").body for name in ("verify", "check")]
    functions = {node.name: node for body in bodies for node in body if isinstance(node, ast.FunctionDef)}
    called = steps("check", functions)

    last = [len(called) - called[::-1].index(ENTRIES[stage]) for stage in STAGES]

    assert last == sorted(last)
    assert called.index("publish") < called.index("verify")


def test_stages__have_one_public_function_of_their_name_or_a_literal_few():
    """A stage is its one entry; the few that others of its subject need are listed here."""
    more = {
        "build": {"build", "rebuilding"},
        "plan": {"compare_commits", "plan_images", "shipped_images"},
        "event": {"read_event"},
        "measure": {"measure", "measure_images"},
        "report": {
            "check_name",
            "conclusion",
            "deserves_comment",
            "effects",
            "make_report",
            "marker_of",
            "outputs",
            "result",
            "wants_comment",
        },
    }
    for stage in STAGES:
        tree = parsed(PACKAGE / "stages" / f"{stage}.py")
        public = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"}
        assert public == more.get(stage, {stage}), stage


@pytest.mark.parametrize("path", PURE, ids=module_id)
def test_pure_module__never_opens_files_or_prints(path: pathlib.Path):
    """Outside the edges nothing opens a file by name, prints, or asserts."""
    calls = {
        node.func.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    asserts = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Assert)]

    assert not calls & {"open", "print", "exec", "eval", "input"}
    assert asserts == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_id)
def test_module__has_a_docstring_and_stays_small(path: pathlib.Path):
    """Every module says what it is for, and none grows past what one sitting can review."""
    text = path.read_text(encoding="utf-8")

    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= 250


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_id)
def test_dataclasses__are_frozen(path: pathlib.Path):
    """Every dataclass of the package is frozen."""
    loose = [
        node.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator) and "frozen=True" not in ast.unparse(decorator)
    ]

    assert loose == []


def function_lengths() -> dict[str, int]:
    return {
        f"{module_id(path)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_functions__are_short():
    """No function is longer than a screen, and half of them are shorter than nine lines."""
    lengths = function_lengths()

    longest = {name: length for name, length in lengths.items() if length > 40}
    median = sorted(lengths.values())[len(lengths) // 2]

    assert longest == {}
    assert median <= 8


@pytest.mark.parametrize("path", sorted((PACKAGE.parent / "tests").rglob("test_*.py")), ids=lambda path: path.name)
def test_tests__state_their_behaviour(path: pathlib.Path):
    """Every test has a docstring: read as a list they are the specification."""
    silent = [
        node.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_errors__have_one_root():
    """Every exception class of the package, wherever it is defined, descends from DeadweightError."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
    }
    builtin = {
        name for name, item in vars(builtins).items() if isinstance(item, type) and issubclass(item, BaseException)
    }
    strangers = {name for name, of in bases.items() if of & builtin and name != "DeadweightError"}

    assert strangers == set()


SUBJECTS = {"commands", "flows", "stages", "model"}
"""Rooms whose files may share a name, since they are about one subject: `check` is a command and a flow."""


def test_names__stand_for_one_thing():
    """No type and no file has the name of another; a stage, its flow, its command and its nouns may share theirs."""
    types = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and node.name[0] != "_"
    )
    files = Counter(
        path.stem
        for path in PACKAGE.rglob("*.py")
        if path.stem != "__init__" and path.relative_to(PACKAGE).parts[0] not in SUBJECTS
    )

    assert [name for name, count in types.items() if count > 1] == []
    assert [name for name, count in files.items() if count > 1] == []


def test_architecture_page__is_drawn_from_the_code(root: pathlib.Path):
    """docs/architecture.md is generated: python -m tests.architecture.page > docs/architecture.md."""
    assert page.render() == (root / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_architecture_page__names_every_room():
    """A package or module at the top of bot/ has its row."""
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert rooms - {"__init__"} <= set(page.ROOMS)


NEEDED_OUTSIDE = {
    "action_inputs_yaml": "writes action.yml (tests/config/generate.py)",
    "action_outputs_yaml": "writes action.yml",
    "markdown_table": "writes docs/configuration.md",
    "outputs_markdown_table": "writes docs/configuration.md",
    "json_schema": "writes docs/deadweight.schema.json",
    "keys_markdown": "writes docs/configuration.md",
}
"""What nothing in the package uses, and who does."""


def referred_to() -> Counter[str]:
    """How often each name is read, imported or asked of something, anywhere in the package."""
    names: Counter[str] = Counter()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                names[node.id] += 1
            elif isinstance(node, ast.Attribute):
                names[node.attr] += 1
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.update(re.findall(r"\w+", node.value) if node.value.count(" ") < 1 else [])
    return names


def test_public_names__are_used():
    """A public function or class that nothing in the package uses is dead, unless it is said here who needs it."""
    names = referred_to()
    dead = {
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_" and not names[node.name]
    }

    assert dead == set(NEEDED_OUTSIDE)
