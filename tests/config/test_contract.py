"""One table of inputs and one of keys are the truth: everything else that names them agrees."""

import json
import pathlib
import re
from dataclasses import fields

import jsonschema
import pytest
import tomli

from bot.cli import Invocation
from bot.cli.subcommands import make_parser
from bot.config.action_inputs import BY_NAME, INPUTS, OUTPUTS
from bot.config.config_file import read_contents
from bot.config.keys import json_schema
from bot.model.budget import Verdict
from bot.model.config import ConfigFile
from bot.model.plan import Comparison
from bot.model.report import Report
from bot.stages.report import outputs
from tests.config.generate import ACTION, FILES, SCHEMA, generated
from tests.policy.test_policy import CASES

PAGES = (
    "README.md",
    "docs/*.md",
    "docs/rules/*.md",
    "examples/**/*.md",
    "examples/workflows/*.yml",
    ".github/workflows/*.yml",
)
AGAIN = "write it anew with: python -m tests.config.generate"


def pages(root: pathlib.Path, ending: str) -> dict[str, str]:
    """The texts of all pages and workflows with an ending."""
    found = sorted({path for pattern in PAGES for path in root.glob(pattern) if path.suffix == ending})
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in found}


@pytest.mark.parametrize("path", FILES)
def test_generated_file__is_up_to_date(root: pathlib.Path, path: str):
    """action.yml, the tables of the documentation and the schema say what the code says."""
    text = (root / path).read_text(encoding="utf-8")

    assert generated(root, path) == text, AGAIN


def test_action__declares_every_input_and_output(root: pathlib.Path):
    """The generated parts really are in action.yml, each name once."""
    names = re.findall(r"^  ([a-z-]+):$", (root / ACTION).read_text(encoding="utf-8"), re.MULTILINE)

    wanted = [item.name for item in (*INPUTS, *OUTPUTS)]
    assert [name for name in names if name in wanted] == wanted


def test_names__are_kebab_case_and_said_once():
    """Inputs and outputs are named as in docker/build-push-action, with hyphens, and none comes twice."""
    names = [item.name for item in INPUTS]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(?:-[a-z]+)*", item.name) for item in (*INPUTS, *OUTPUTS))


def test_descriptions__are_sentences():
    """Every input and output is described by a sentence without characters that would break a table."""
    descriptions = [item.description for item in (*INPUTS, *OUTPUTS)]

    assert all(re.fullmatch(r"[A-Z`][^|\n]*\.", description) for description in descriptions)


def test_command_line__shares_the_inputs():
    """An option that stands for an input stands for one that exists."""
    parsers = [make_parser()]
    dests = set()
    while parsers:
        for action in parsers.pop()._actions:
            if isinstance(action.choices, dict):
                parsers.extend(action.choices.values())
            dests.add(action.dest)

    shared = {dest.removeprefix("input:") for dest in dests if dest.startswith("input:")}
    assert shared
    assert shared <= BY_NAME.keys()
    others = {dest for dest in dests - {"help", "version"} if not dest.startswith("input:")}
    assert others <= {field.name for field in fields(Invocation)}


def test_invocation__is_read(root: pathlib.Path):
    """No option is only stored: every field of an invocation is read by the program."""
    sources = "\n".join(path.read_text() for path in (root / "bot/commands").glob("*.py"))

    assert [field.name for field in fields(Invocation) if f"invocation.{field.name}" not in sources] == []


AFTER_THE_REPORT = {"comment-id", "comment-url", "matrix"}


def test_outputs__are_those_that_a_report_sets():
    """What action.yml declares is what the report sets, besides what only posting or planning can know."""
    report = Report("0", Comparison("", "", ""), (), Verdict.PASS)

    assert {item.name for item in OUTPUTS} == set(outputs(report, "folder")) | AFTER_THE_REPORT


STEP = re.compile(r"uses: (?:deadweight-bot/deadweight|\./?)(?:@\S*)?(?: +#.*)?\n((?: .*\n)*)")
KEY = re.compile(r"^ +([a-zA-Z-]+):", re.MULTILINE)


def test_workflows__use_inputs_that_exist(root: pathlib.Path):
    """Whatever our pages and workflows put under with: is an input of ours."""
    texts = {**pages(root, ".md"), **pages(root, ".yml")}

    used = {(path, key) for path, text in texts.items() for key in keys_of_steps(text)}

    assert used
    assert {(path, key) for path, key in used if key not in BY_NAME} == set()


def keys_of_steps(text: str) -> list[str]:
    """The keys under with: of each step that uses this Action."""
    steps = [re.split(r"^ +- ", step, maxsplit=1, flags=re.MULTILINE)[0] for step in STEP.findall(text)]
    blocks = [step.split("with:\n", 1)[1] for step in steps if "with:\n" in step]
    return [key for block in blocks for key in KEY.findall(block)]


def test_tables__of_the_readme_name_inputs_that_exist(root: pathlib.Path):
    """A row of a table of inputs in the README is the row of the code."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    table = re.search(r"\| input \| default \|.*\n\|.*\n((?:\|.*\n)*)", readme)
    rows = re.findall(r"^\| `([a-z-]+)` \| (?:`([^`]*)`)?", table[1], re.MULTILINE) if table else []

    assert all(name in BY_NAME and default == BY_NAME[name].default for name, default in rows)


TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)


def snippets(root: pathlib.Path) -> list[str]:
    """Every piece of configuration in our pages."""
    return [snippet for text in pages(root, ".md").values() for snippet in TOML.findall(text)]


def test_documentation__shows_configurations_without_mistakes(root: pathlib.Path):
    """Whatever our pages show as configuration is read without a mistake."""
    shown = snippets(root)

    assert len(shown) >= 2
    assert all(read_contents(ConfigFile("deadweight.toml", snippet.encode())) for snippet in shown)


def plain(value: object) -> object:
    """A TOML value as JSON has it: dates as texts."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_schema__is_one():
    """The schema is valid JSON Schema, draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_schema__accepts_what_the_checker_accepts(root: pathlib.Path):
    """No editor underlines a configuration that is right."""
    validator = jsonschema.Draft202012Validator(json.loads((root / SCHEMA).read_text(encoding="utf-8")))
    texts = [*snippets(root), *(case.toml for case in CASES)]

    wrong = [error.message for text in texts for error in validator.iter_errors(plain(tomli.loads(text)))]

    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "bugdet = 5",
        'budget.max-size = "4 MEGS"',
        'budget.max-size = "5 %"',
        "budget.max-size = 5",
        'budget.max-growth = "5 percent"',
        'budget.max-layers = "40"',
        'budget.on-exceed = "worn"',
        'budget.max-size = {on-exceed = "warn"}',
        'budget.creep = {limit = "1 MB", since = "yesterday"}',
        'budget.paths.usr = "1 MB"',
        "[[image]]",
        '[[image]]\nname = "a"\nplattform = "x"',
        '[[waiver]]\nimage = "a"\nallows = "max-size"\nreason = "x"',
    ],
)
def test_schema__refuses_what_the_checker_refuses(text: str):
    """Mistakes of names, units, types and missing keys are seen while typing."""
    validator = jsonschema.Draft202012Validator(json_schema())

    assert not validator.is_valid(plain(tomli.loads(text)))
