"""The mutation tester itself: which faults it makes, that it finds a test too weak, and what is written down about it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.__main__ import RATE, figures, known_survivors, modules_of, record
from tests.mutation.operators import mutants_of
from tests.mutation.targets import TARGETS

SAMPLE = '''"""A module."""
KNOWN = frozenset({"a", "b"})


class Door:
    """A door."""

    @property
    def open(self) -> bool:
        """Whether it is open."""
        return self.width > 1 and not self.locked
'''


def changes(folder: Path, text: str) -> list[str]:
    """The names of the mutants of a module, without their place."""
    path = folder / "sample.py"
    path.write_text(text)
    return [mutant.name.partition(": ")[2] for mutant in mutants_of(path, "sample")]


def test_mutants__are_made_where_the_guards_are(tmp_path: Path):
    """Constants of a module and decorated functions are tried like everything else, docstrings are left alone."""
    found = changes(tmp_path, SAMPLE)

    assert '- KNOWN = frozenset({"a", "b"}) + KNOWN = frozenset({"b"})' in found
    assert "- return self.width > 1 and not self.locked + return self.width >= 1 and not self.locked" in found
    assert "- return self.width > 1 and not self.locked + return True and not self.locked" in found
    assert "- return self.width > 1 and not self.locked + return self.width > 1 and (self.locked)" in found
    assert not any("module." in one or "Whether" in one for one in found)


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("if a:\n        b()", "- if a: + if False:"),
        ("raise KeyError(a)", "- raise KeyError(a) + pass"),
        ("return [x for x in a if x]", "- return [x for x in a if x] + return [x for x in a if True]"),
        ("return a[:3]", "- return a[:3] + return a[:]"),
        ("return f(a, strict=True)", "- return f(a, strict=True) + return f(a)"),
        ("return a + 1", "- return a + 1 + return a - 1"),
        ("b(a)", "- b(a) + pass"),
        ("b(a, c)", "- b(a, c) + b(c, a)"),
        ('re.compile(r"[^a]+\\b")', '- re.compile(r"[^a]+\\b") + re.compile(r"[a]+\\b")'),
        ('re.compile(r"[^a]+\\b")', '- re.compile(r"[^a]+\\b") + re.compile(r"[^a]\\b")'),
        ('re.compile(r"[^a]+\\b")', '- re.compile(r"[^a]+\\b") + re.compile(r"[^a]+")'),
        ('re.compile(r"(?!a)")', '- re.compile(r"(?!a)") + re.compile(r"(?=a)")'),
    ],
)
def test_mutants__of_a_line(tmp_path: Path, line: str, change: str):
    """Each way to weaken a line is tried."""
    assert change in changes(tmp_path, f"def f(a):\n    {line}\n")


@pytest.mark.parametrize(
    "text",
    [
        "Lines = tuple[int, str] | None\n",
        "Lines = tuple[int, str]\n",
        "def f(a):\n    assert a > 1\n",
        "def f(a):\n    assert_never(a)\n",
        'def f(a: int = None) -> \'int\':\n    """Word."""\n',
        "class A:\n    def __repr__(self):\n        return self.a + 'x'\n",
        "@dataclass(frozen=True, slots=True)\nclass A:\n    a: int\n",
        "zip(c, strict=True)\n",
        "LABEL = 'words that are read'\n",
        "__all__ = ['a', 'b']\n",
    ],
)
def test_mutants__of_what_nobody_can_observe_are_not_made(tmp_path: Path, text: str):
    """Types, assertions, representations, decorators and wording make no mutants."""
    assert changes(tmp_path, text) == []


def test_record__replaces_the_figures_of_what_was_tried(tmp_path: Path):
    """Modules that were tried again have new figures, the others keep theirs."""
    path = tmp_path / "figures.toml"
    record({"bot.b": [4, 3, 1, 1, 1], "bot.a": [10, 9, 1, 0, 0]}, path=path)
    record({"bot.a": [10, 10, 0, 0, 0]}, path=path)

    found = figures(path)["whole"]

    assert list(found) == ["bot.a", "bot.b"]
    assert (found["bot.a"]["killed"], found["bot.a"]["rate"]) == (10, 1.0)
    assert (found["bot.b"]["equivalent"], found["bot.b"]["rate"]) == (1, 1.0)


def test_record__says_what_a_sample_stands_for(tmp_path: Path):
    """Of a part of which a sample was tried, how large that was, its seed, and how many of all died at least."""
    path = tmp_path / "figures.toml"
    drawn = {"seed": 7, "of": 900, "drawn": 300, "killed": 290, "survived": 10, "explained": 10, "equivalent": 6}

    record({}, {"git": drawn}, path)

    found = figures(path)["sample"]["git"]
    assert {key: found[key] for key in drawn} == drawn
    assert found["at_least"] < found["rate"] == 0.986
    assert 0.968 < found["at_least"] < 0.972


def test_figures__are_of_modules_that_are_tried():
    """What is on record is about modules that there are, and most of their mutants died."""
    files = {file[:-3].replace("/", ".").removesuffix(".__init__") for one in TARGETS for file in modules_of(one)}
    found = figures()

    assert found["whole"].keys() <= files
    assert found["sample"].keys() <= {one.name for one in TARGETS}
    assert all(one["rate"] >= RATE for one in found["sample"].values())


def test_mutants__keep_their_names_when_lines_move(tmp_path: Path):
    """A mutant is known by its lines, not by where they stand; the second of its name says so."""
    moved = SAMPLE.replace("class Door", "X = None\n\n\nclass Door")
    twice = "def f(a):\n    g(a)\n    g(a)\n"

    assert set(changes(tmp_path, SAMPLE)) <= set(changes(tmp_path, moved))
    assert changes(tmp_path, twice)[-1].endswith(" #2")


def test_targets__are_there(root: Path):
    """Every module and every folder of tests that is named exists; no module is in two parts."""
    files = [file for target in TARGETS for file in modules_of(target)]

    assert len(files) == len(set(files))
    for target in TARGETS:
        for path in (*target.modules, *target.tests, *target.whole):
            assert (root / path).exists(), path


def test_survivors__are_mutants_that_can_still_be_made(root: Path):
    """What is explained is there: an explanation whose line has changed goes with the line."""
    known = known_survivors()
    modules = {name.partition(":")[0] for name in known}
    files = {file[:-3].replace("/", ".").removesuffix(".__init__"): file for one in TARGETS for file in modules_of(one)}

    assert modules <= files.keys()
    made = {mutant.name for module in modules for mutant in mutants_of(root / files[module], module)}
    assert known.keys() - made == set()
    assert all(len(one.why.split()) >= 5 for one in known.values())


def test_run__tells_a_test_that_can_fail_from_one_that_cannot(root: Path):
    """Tried on one function, the program kills what tests notice, prints a table, and fails for what nobody explains."""
    path = "bot/policy/size_record.py"

    done = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "tests.mutation",
                "--jobs=1",
                "--only=:is_name",
                "--tests=tests/policy/test_record.py",
            ),
            path,
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 100.0%" in done.stdout.splitlines()[-1]
