"""Each row of docs/security.md by taking its guard away: the row's own tests must notice, and be silent while it is there.

All rows take minutes, so that a usual run tries some, other ones for every commit, and ``script/mutate --guards`` all.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from tests.architecture.guards import GUARDS, NO_GUARD_OF_OURS, NO_GUARD_YET, Guard
from tests.mutation.tree import ROOT, Tree, copy_checkout, spoil

SHARES = 4
"""A usual run tries every so manieth guard."""

_LONGEST_SECONDS = 600
_HANGING_SECONDS = 30
_NOTICED_NOTHING = ("ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "NameError")


def rows() -> dict[str, set[str]]:
    """The tests that each row of the page names."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| ([TF]-?[A-Z]?\d+) \| .*? \| (.*) \|$", page, re.MULTILINE)
    return {row: set(re.findall(r"`([a-z_/]+\.py::test_\w+)`", tests)) for row, tests in found}


def turn() -> int:
    """Which share of the guards it is the turn of: another one for every commit."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    return zlib.crc32(done.stdout) % SHARES


def chosen() -> list[Guard]:
    """The guards of this run."""
    if os.environ.get("DEADWEIGHT_ALL_GUARDS"):
        return list(GUARDS)
    return [guard for number, guard in enumerate(GUARDS) if number % SHARES == turn()]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a copy of the checkout."""
    return copy_checkout(tmp_path_factory.mktemp("guards"))


@pytest.fixture(scope="module")
def sound(tree: Tree) -> dict[str, str]:
    """Return what each test of these guards says while they are there."""
    return outcomes(tree, sorted({test for guard in chosen() for test in guard.tests}))


@pytest.fixture
def without(tree: Tree, guard: Guard) -> Iterator[Tree]:
    """Yield the copy without a guard, and put it back afterwards."""
    path = tree.folder / guard.file
    text = path.read_text(encoding="utf-8")
    spoil(path, text.replace(guard.old, guard.new, 1))
    yield tree
    spoil(path, text)


def test_rows__have_a_guard():
    """Every row of the page has an entry in guards.py, unless it is listed as one that has none."""
    missing = set(rows()) - {guard.row for guard in GUARDS} - NO_GUARD_OF_OURS - NO_GUARD_YET

    assert missing == set(), f"write down in tests/architecture/guards.py what {', '.join(sorted(missing))} stands on"


def test_guards__belong_to_a_row():
    """No entry speaks of a row that is not there, and no exception is made for a row that has a guard."""
    named = {guard.row for guard in GUARDS}

    assert named - set(rows()) == set()
    assert NO_GUARD_YET & named == set()


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.row} {guard.file}")
def test_guard__is_where_it_is_said_to_be(guard: Guard):
    """Each guard stands in its file, once; what must notice its loss is named by the row."""
    found = (ROOT / guard.file).read_text(encoding="utf-8").count(guard.old)

    assert found >= 1 if guard.first else found == 1, f"{guard.old!r} stands {found} times in {guard.file}"
    assert guard.tests != ()
    assert {test.partition("[")[0] for test in guard.tests} - rows().get(guard.row, set()) == set(), (
        "docs/security.md does not name these for the row"
    )


@pytest.mark.parametrize("guard", chosen(), ids=lambda guard: f"{guard.row} {guard.file}")
def test_guard__is_missed(guard: Guard, sound: dict[str, str], without: Tree):
    """Without the guard at least one of the row's tests fails, and not because nothing runs any more."""
    before = {name: outcome for name, outcome in sound.items() if name.startswith(guard.tests)}
    failing = {name: why for name, why in before.items() if why not in ("", "skipped")}
    assert before != {}
    assert failing == {}, "these fail with the guard in place"
    if all(outcome == "skipped" for outcome in before.values()):
        pytest.skip("the row's tests need an engine; script/test starts one")

    after = outcomes(without, guard.tests, "-x", most_seconds=_HANGING_SECONDS if guard.hangs else _LONGEST_SECONDS)

    noticed = {name: why for name, why in after.items() if why not in ("", "skipped")}
    assert noticed != {}, f"nobody misses {guard.old!r} in {guard.file}"
    assert not any(why.startswith(_NOTICED_NOTHING) for why in noticed.values()), noticed


def outcomes(
    tree: Tree, tests: tuple[str, ...] | list[str], *more: str, most_seconds: int = _LONGEST_SECONDS
) -> dict[str, str]:
    """Run tests of the copy: by name, the empty text for a success, ``skipped``, or the first line of why it failed."""
    report = tree.folder / "junit.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.mutation.calm", f"--junitxml={report}", "--tb=line", *more]
    process = subprocess.Popen(
        [tree.python, "-m", "pytest", *options, *(f"tests/{test}" for test in tests)],
        cwd=tree.folder,
        env=tree.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=most_seconds)
    except subprocess.TimeoutExpired:
        return dict.fromkeys(tests, "it never ends")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert report.exists(), said.decode()
    return dict(map(outcome, ET.parse(report).iter("testcase")))


def outcome(case: ET.Element) -> tuple[str, str]:
    """Return a test's name as the page has it, with its parameters, and what became of it."""
    folder = "/".join(case.get("classname", "").split(".")[1:])
    name = f"{folder}.py::{case.get('name')}"
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            return name, "skipped" if kind == "skipped" else found.get("message", "").splitlines()[0] or kind
    return name, ""
