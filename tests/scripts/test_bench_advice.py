"""The bench of verified advice: what a check by hand calls alike, what the table says, and the suite that it is about."""

import importlib.util
import json
import pathlib
import re
import sys
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """Return the script as a module."""
    folder = pathlib.Path(__file__).parents[2] / "script/bench.d"
    sys.path.insert(0, str(folder))
    specification = importlib.util.spec_from_file_location("bench_advice", folder / "advice.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules["bench_advice"] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def independent(bench: ModuleType) -> ModuleType:
    """Return the check by hand."""
    return sys.modules["independent"]


def projects(root: pathlib.Path) -> list[pathlib.Path]:
    """List the suite's projects."""
    return sorted(file.parent for file in (root / "tests/suite").glob("*/Dockerfile"))


def test_suite__is_large_enough_to_mean_something(root: pathlib.Path, independent: ModuleType):
    """At least thirty projects, each of which can be asked something: a page, a command, or its own output."""
    found = projects(root)

    assert len(found) >= 30
    for project in found:
        independent.Asked.read((project / "verify.json").read_text())


def test_suite__stands_on_bases_that_can_be_had(root: pathlib.Path):
    """Every base image of the suite has a stand-in, so that the bench runs where no registry answers."""
    recipes = (root / "script/base-images").read_text() + (root / "script/lib/language-stand-ins.sh").read_text()
    for project in projects(root):
        text = (project / "Dockerfile").read_text()
        stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
        for base in set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages:
            assert re.search(rf"[ |]{re.escape(base)}(:latest)?[ |)]", recipes), f"{project.name}: {base}"


def shown(independent: ModuleType, **facts: object) -> object:
    """Make what a run showed."""
    return independent.Shown("its own command", **facts)


ALIKE = [
    {"output": ["pid 12 is ready"]},
    {"pages": {"8080/ #0": (200, "text/html", "home")}},
    {"exit_code": 3, "errors": ["no such thing"]},
]
DIFFERENT = [
    ({"exit_code": 0}, {"exit_code": 1}, "ends with 1 instead of 0"),
    ({"health": "healthy"}, {"health": "unhealthy"}, "is unhealthy instead of healthy"),
    ({"health": "healthy"}, {"health": ""}, "is without a health check instead of healthy"),
    ({"output": ["works"]}, {"output": []}, "output differ: 'works'"),
    ({"output": []}, {"output": ["warning: none"]}, "output differ: 'warning: none'"),
    ({"pages": {"80/": (200, "text/html", "a")}}, {"pages": {"80/": (200, "text/html", "b")}}, "80/ answers 200 'b'"),
    ({"pages": {"80/": (200, "a/b", "")}}, {"pages": {"80/": (404, "a/b", "")}}, "80/ answers 404 ''"),
    ({"pages": {"80/": (200, "a/b", "")}}, {"pages": {}}, "80/ answers 0 ''"),
    ({}, {"problem": "no such file"}, "no such file"),
]


@pytest.mark.parametrize("facts", ALIKE)
def test_check_by_hand__finds_the_same_alike(independent: ModuleType, facts: dict):
    """What shows the same thing three times is alike."""
    runs = [[shown(independent, **facts)] for _ in range(3)]

    assert independent.differences(*runs) == []


@pytest.mark.parametrize(("original", "candidate", "words"), DIFFERENT)
def test_check_by_hand__finds_what_differs(independent: ModuleType, original: dict, candidate: dict, words: str):
    """One thing that differs is told in words, with what is seen in its place."""
    one, other = [shown(independent, **original)], [shown(independent, **original)]

    assert independent.differences(one, other, [shown(independent, **candidate)]) == [f"its own command: {words}"]


def test_check_by_hand__leaves_out_what_the_original_itself_changes(independent: ModuleType):
    """A page and a line that differ between two runs of the original are not compared."""
    one = shown(independent, output=["apple"], pages={"80/": (200, "", "a")})
    other = shown(independent, output=["bread"], pages={"80/": (200, "", "b")})
    candidate = shown(independent, output=["apple"], pages={"80/": (200, "", "c")})

    assert independent.differences([one], [other], [candidate]) == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"pages": {"80/": (503, "", "")}}, "the original does not answer 80/"),
        ({"exit_code": 1}, "the original ends with 1"),
        ({"health": "starting"}, "the original is starting"),
        ({"exit_code": None}, ""),
    ],
)
def test_original_that_does_not_work__proves_nothing(independent: ModuleType, facts: dict, words: str):
    """An original that fails is no measure for a candidate, and the check says why."""
    assert independent.unsound([shown(independent, **facts)]) == words


def test_table__counts_nothing_that_was_not_verified(bench: ModuleType):
    """What was only built adds nothing to the mean, a claim that a check by hand refutes is named, a skip is no row."""
    rows = [
        bench.Row("good", "suite", 100_000_000, 10_000_000, "slim", verified=True, off_by=0, verdict="alike"),
        bench.Row("built", "suite", 100_000_000, 10_000_000, "slim", why="it needs a database"),
        bench.Row(
            "false", "suite", 100_000_000, 20_000_000, "clean", verified=True, off_by=7, verdict="80/ answers 404"
        ),
        bench.Row("away", "suite", skipped="no rust:1"),
    ]

    summary = "\n".join(bench.summary(rows))

    assert "verified: 2 of 3 (67 %" in summary
    assert "mean reduction over all: 56.7 %" in summary
    assert "claimed minus measured other than 0 B: 1" in summary
    assert "found not to by hand: 1: false" in summary
    lines = list(bench.table(rows))
    assert len({line.count("|") for line in lines}) == 1
    assert "| good | 100 MB | 10.0 MB | 90 % | slim | yes |" in lines[2]
    assert "no: it needs a database" in lines[3]
    assert "skipped: no rust:1" in lines[5]


def test_table__holds_foreign_text_in_its_cell(bench: ModuleType):
    """What a program said cannot leave the cell that tells it."""
    row = bench.Row("x", "suite", 5, 4, "slim", verified=True, verdict="a | b\n| c | <b>`d`")

    assert "a \\| b \\| c \\| &lt;b>'d'" in list(bench.table([row]))[-1]


def test_product__is_asked_what_the_project_says(bench: ModuleType, independent: ModuleType):
    """Pages are asked once each, and a command stays the words that it was."""
    asked = independent.Asked.read(json.dumps({"http": [["80", "/"], ["80", "/"]], "smoke": [["app", "a b"]]}))

    assert bench.asking(asked) == ["--smoke", "app 'a b'", "--page", "80/"]
