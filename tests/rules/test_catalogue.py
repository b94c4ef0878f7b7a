"""The catalogue has no hole: every rule has a file, a page, tests for both outcomes, and a line in the index."""

import ast
import pathlib
import re

import pytest

import bot.rules.catalogue
from bot.dockerfile import parse
from bot.rules.catalogue import RULES
from bot.rules.kit.rule import Rule
from bot.rules.kit.run_rules import suspect
from script.lib.rules_index import PAGES, page, render
from tests.rules.test_residue import CASES

HEADINGS = ("What you see", "Why it costs bytes", "Before", "After", "When to ignore it")
FOLDER = pathlib.Path(bot.rules.catalogue.__file__).parent
FENCE = re.compile(r"```dockerfile\n(.*?)```", re.DOTALL)

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def example(rule: Rule, heading: str) -> str:
    """Return the Dockerfile below a heading of a rule's page, made whole; empty where it is another kind of file."""
    section = page(rule).read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    found = FENCE.search(section)
    text = found[1] if found else ""
    starts = text.startswith(("FROM", "ARG")) or not text
    return text if starts and "FROM" in text else f"FROM base\n{text}"


def test_rules__are_unique_and_at_least_sixty():
    """Each rule has its own name, and the catalogue is as large as was promised."""
    names = [rule.id for rule in RULES]

    assert len(names) == len(set(names)) >= 60


def test_rules__are_all_registered():
    """A file that defines a rule is in the registry."""
    files = {path.stem for path in FOLDER.glob("*.py") if re.search(r"^RULE\b", path.read_text("utf-8"), re.MULTILINE)}

    assert files == {rule.id.replace("-", "_") for rule in RULES}


@each_rule
def test_page__has_its_headings(rule: Rule):
    """A page tells what you see, why it costs bytes, before, after, and when to ignore it."""
    text = page(rule).read_text(encoding="utf-8")

    assert text.startswith(f"# {rule.id}\n")
    assert tuple(re.findall(r"^## (.*)$", text, re.MULTILINE)) == HEADINGS


@each_rule
def test_page__shows_dockerfiles_that_parse(rule: Rule):
    """What a page shows before and after is a Dockerfile."""
    for heading in ("Before", "After"):
        text = example(rule, heading)
        assert text.startswith("FROM") or parse(text).stages


@each_rule
def test_page__shows_a_way_out(rule: Rule):
    """What a page shows after is not suspected by the rule, and what it shows before is, where text can tell at all."""
    before, after = (suspect([rule], parse(example(rule, heading))) for heading in ("Before", "After"))

    assert after == ()
    assert before or not said_of_text(rule)


def said_of_text(rule: Rule) -> bool:
    """Tell whether a rule's tests look at text."""
    cases = [case for case in CASES if case.rule.id == rule.id]
    return any(case.prevented for case in cases) or (not cases and "is_suspected" in module_text(rule))


def module_text(rule: Rule) -> str:
    """The test module of a rule that is no residue rule."""
    return (pathlib.Path(__file__).parent / f"test_{rule.id.replace('-', '_')}.py").read_text(encoding="utf-8")


@each_rule
def test_tests__show_both_outcomes(rule: Rule):
    """A rule's tests show it firing and staying silent; those of residue rules are one suite."""
    if any(case.rule.id == rule.id for case in CASES):
        return
    names = [node.name for node in ast.parse(module_text(rule)).body if isinstance(node, ast.FunctionDef)]

    assert any("silent" in name for name in names)
    assert any("silent" not in name and name.startswith("test_") for name in names)


@each_rule
def test_rule__says_what_it_fires_on_and_what_it_leaves_alone(rule: Rule):
    """What a rule says of itself for the index are whole sentences."""
    assert rule.fires_on.endswith(".")
    assert rule.silent_on.endswith(".")


def test_pages__belong_to_rules():
    """No page is left over from a rule that is gone."""
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == {rule.id for rule in RULES}


def test_index__is_what_the_rules_say():
    """The index is what script/rules-index writes."""
    assert render() == (PAGES / "README.md").read_text(encoding="utf-8")
