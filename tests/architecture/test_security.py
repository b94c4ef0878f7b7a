"""The checklist of docs/security.md names tests that exist, for every threat and failure that we know of."""

import ast
import json
import pathlib
import re

import pytest

from bot import __version__

THREATS = (
    *(f"T-D{number}" for number in range(1, 11)),
    *(f"T-M{number}" for number in range(1, 6)),
    *(f"T-L{number}" for number in range(1, 5)),
    *(f"T-A{number}" for number in range(1, 5)),
    "T-Z1",
    "T-J1",
    *(f"T-T{number}" for number in range(1, 12)),
    *(f"T-P{number}" for number in range(1, 7)),
    *(f"T-{letter}{number}" for letter, last in (("C", 6), ("B", 7)) for number in range(1, last + 1)),
    *(f"T-S{number}" for number in range(1, 8)),
    *(f"T-R{number}" for number in range(1, 10)),
    *(f"T-K{number}" for number in range(1, 10)),
    *(f"T-T{number}" for number in range(12, 21)),
    *(f"T-P{number}" for number in range(7, 14)),
    *(f"T-B{number}" for number in range(8, 10)),
    *(f"T-V{number}" for number in range(1, 7)),
    *(f"T-Y{number}" for number in range(1, 8)),
)
FAILURES = tuple(f"F{number}" for number in range(1, 31))
NOT_OURS = {"T-P3"}


@pytest.fixture(scope="module")
def checklist() -> dict[str, str]:
    """Return the last column of the table by id."""
    page = (pathlib.Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| ([TF]-?[A-Z]?\d+) \| .*? \| (.*) \|$", page, re.MULTILINE))


def test_checklist__has_every_id_once(checklist: dict[str, str]):
    """Every known threat and failure has a row."""
    assert sorted(checklist) == sorted((*THREATS, *FAILURES))


@pytest.mark.parametrize("threat", sorted({*THREATS, *FAILURES} - NOT_OURS))
def test_row__names_tests_that_exist(root: pathlib.Path, checklist: dict[str, str], threat: str):
    """Every row names at least one test, and each test that it names is there."""
    named = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", checklist[threat])

    missing = [test for file, test in named if test not in functions(root / "tests" / file)]

    assert named
    assert missing == []


def functions(path: pathlib.Path) -> set[str]:
    """The names of a test module's functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_dependencies_of_the_action__are_locked_by_hash(root: pathlib.Path):
    """What the Action's image installs is the locked version with its hash, and covers what the package declares."""
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.findall(
        r"^([a-z0-9.-]+)==[^ ]+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", lock, re.MULTILINE
    )
    declared = re.search(r"^dependencies = \[(.*?)^\]", (root / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)
    assert declared is not None

    names = {name for name, _ in blocks}
    wanted = {name.replace(".", "-") for name in re.findall(r'^  "([a-z0-9.-]+)', declared[1], re.MULTILINE)}

    assert lock.count("==") == len(blocks)
    assert wanted <= names


def test_versions__agree(root: pathlib.Path):
    """The package, its metadata and the example workflows speak of one version."""
    metadata = re.search(r'^version = "(.*)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    workflows = [path.read_text(encoding="utf-8") for path in (root / "examples" / "workflows").glob("*.yml")]
    uses = {version for text in workflows for version in re.findall(r"deadweight-bot/deadweight@v(\S+)", text)}

    assert metadata is not None
    assert metadata[1] == __version__
    assert uses == {__version__}


def test_entry_point__is_isolated(root: pathlib.Path):
    """The Action's image starts Python in isolated mode, and without a shell: the checkout lends it no module (T-D9)."""
    entry_point = re.search(r"^ENTRYPOINT (.*)$", (root / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)

    assert entry_point is not None
    assert json.loads(entry_point[1])[1:] == ["-I", "-m", "bot"]
