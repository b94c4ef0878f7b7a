"""The shape of the house: what the import linter cannot say."""

import ast
import pathlib
import re

import pytest

import bot

PACKAGE = pathlib.Path(bot.__file__).parent
STAGES = ("event", "plan", "build", "measure", "diff", "explain", "advise", "judge", "report", "publish")
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


def test_pipeline__calls_the_stages_in_the_order_of_the_flow():
    """Reading the pipeline's imports and the main job gives the stages once each."""
    imported = {
        node.module.removeprefix("bot.stages.")
        for node in ast.walk(parsed(PACKAGE / "pipeline.py"))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("bot.stages.")
    }

    assert imported == set(STAGES)


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
    assert text.count("\n") <= 400


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

    longest = {name: length for name, length in lengths.items() if length > 45}
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
    """Every exception class of the package descends from DeadweightError."""
    from bot import errors

    classes = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, Exception)]

    assert all(issubclass(item, errors.DeadweightError) for item in classes)
