"""Words on a command line: what they mean, what is wrong with them, and the help there is."""

import subprocess
import sys
from importlib import import_module

import pytest

from bot import cli
from bot.commands import COMMANDS as HOMES
from bot.errors import UsageError
from bot.render.registry import RENDERERS, Presentation, renderer
from tests.cli.conftest import Terminal
from tests.render.reports import growth

COMMANDS = (
    *("check", "compare", "inspect", "advise", "plan", "measure", "report", "publish", "open-pr", "config", "history"),
)

HELP = """
import sys
from bot.__main__ import main
sys.argv = ["deadweight", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    foreign = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
    print("ended", end.code, *sorted(foreign), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [("--help",), *((command, "--help") for command in COMMANDS), ("--version",), ()])
def test_help__loads_nothing_heavy(words: tuple[str, ...]):
    """Help and version answer without Docker, GitHub, HTTP or any other library, from the package's first words alone."""
    done = subprocess.run([sys.executable, "-c", HELP, *words], capture_output=True, text=True, check=True)

    ended, code, *foreign = done.stderr.split()
    assert (ended, code) == ("ended", "0")
    assert not {"docker", "github", "httpx", "tomli", "requests", "zstandard"} & set(foreign)
    assert set(foreign) <= {"bot", "__main__", "_distutils_hack", "sitecustomize"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help__tells_the_exit_codes(command: str, capsys: pytest.CaptureFixture[str]):
    """Every command's help says what its exit codes mean."""
    with pytest.raises(SystemExit) as ended:
        cli.parse([command, "--help"])

    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert told.startswith(f"usage: deadweight {command}")
    assert all(words in told for words in ("0  every budget is kept", "3  an image could not be measured", "130"))


def test_help__names_the_configurations_in_their_order(capsys: pytest.CaptureFixture[str]):
    """Help says where a configuration is looked for, in the order that holds."""
    with pytest.raises(SystemExit):
        cli.parse(["check", "--help"])

    told = " ".join(capsys.readouterr().out.split())
    assert "the first of deadweight.toml, .github/deadweight.toml, pyproject.toml" in told


def test_commands__each_have_a_home():
    """Every command that can be typed has a function of its own."""
    assert tuple(dict.fromkeys(name.partition(" ")[0] for name in HOMES)) == COMMANDS
    for home in HOMES.values():
        module, _, function = home.partition(":")
        assert callable(getattr(import_module(f"bot.commands.{module}"), function))


@pytest.mark.parametrize(
    "words",
    [
        ("measrue",),
        ("check", "--bass", "main"),
        ("check", "--base"),
        ("check", "--form", "json"),
        ("check", "--format", "yaml"),
        ("compare", "one"),
        ("compare", "one", "two", "three"),
        ("inspect",),
        ("report",),
        ("plan", "--shards", "many"),
        ("plan", "--shards", "0"),
        ("config",),
        ("config", "destroy"),
        ("history", "rewrite"),
        ("check", "extra"),
    ],
)
def test_mistake__says_where_help_is(terminal: Terminal, words: tuple[str, ...]):
    """What makes no sense is exit code 2 and one message with the way to help, never a traceback."""
    ended = terminal(*words)

    assert (ended.exit_code, ended.output) == (2, "")
    assert ended.messages.startswith("deadweight: ")
    assert "deadweight: deadweight" not in ended.messages
    assert ended.messages.rstrip().endswith("--help")
    assert "Traceback" not in ended.messages


@pytest.mark.parametrize(
    ("words", "meant", "helped"),
    [
        ("chekc", "check", "deadweight"),
        ("check --bass main", "--base", "deadweight check"),
        ("check --bass=main", "--base", "deadweight check"),
        ("inspect app --format jsno", "json", "deadweight inspect"),
        ("config explian", "explain", "deadweight config"),
        ("history show --fromm x", "--from", "deadweight history show"),
    ],
)
def test_mistake__names_what_was_meant(terminal: Terminal, words: str, meant: str, helped: str):
    """A typing mistake is told with the word that is closest to it, and with the help of the very command."""
    ended = terminal(*words.split())

    assert (ended.exit_code, ended.output) == (2, "")
    assert f'; did you mean "{meant}"?' in ended.messages
    assert ended.messages.endswith(f"See: {helped} --help\n")


def test_options__that_are_inputs_have_the_inputs_names():
    """Options that mean what an input of the Action means arrive under its name; repeated ones line by line."""
    words = cli.parse(["check", "--base", "main", "--image", "api", "--image", "web", "--max-growth", "5 %"])

    assert words.inputs == {"base-ref": "main", "images": "api\nweb", "max-growth": "5 %"}


def test_options__that_are_empty_are_not_given():
    """An option with nothing in it leaves what is usual."""
    assert cli.parse(["check", "--base", ""]).inputs == {}


def test_positions__are_kept_apart():
    """References, files and subcommands each have their place."""
    assert cli.parse(["compare", "a", "b"]).references == ("a", "b")
    assert cli.parse(["advise", "api/Dockerfile"]).files == ("api/Dockerfile",)
    assert cli.parse(["report", "a.json", "folder"]).files == ("a.json", "folder")
    explained = cli.parse(["config", "explain", "api"])
    assert (explained.subcommand, explained.references) == ("explain", ("api",))
    shown = cli.parse(["history", "show", "api", "--from", "sizes.jsonl"])
    assert (shown.subcommand, shown.references, shown.source) == ("show", ("api",), "sizes.jsonl")


def test_what_nobody_says_is_what_is_usual():
    """Without options a command has its own form, its own folder and colours as the terminal likes them."""
    words = cli.parse(["check"])

    assert (words.repository, words.output_format, words.output, words.color, words.quiet) == (".", "", "", None, False)


def test_parser__raises_and_never_exits():
    """A mistake in words is an error like every other."""
    with pytest.raises(UsageError) as caught:
        cli.parse(["compare"])

    assert caught.value.exit_code == 2
    assert caught.value.fix == "See: deadweight compare --help"


@pytest.mark.parametrize("command", ["check", "compare a b", "inspect a", "advise", "measure", "report a.json"])
def test_forms__are_those_of_the_registry(command: str):
    """A command that shows a report offers every registered form, and no other."""
    for form in RENDERERS:
        assert cli.parse([*command.split(), "--format", form]).output_format == form
    with pytest.raises(UsageError):
        cli.parse([*command.split(), "--format", "yaml"])


@pytest.mark.parametrize(
    "words",
    [
        "plan --format json",
        "plan --builder ci",
        "plan --fail-on never",
        "plan --report-dir out",
        "publish --format json",
        "publish one.json two.json",
        "advise --config deadweight.toml",
        "advise --max-size 1MB",
        "report one.json --builder ci",
        "config explain --format json",
        "config check --output x",
        "config check api",
        "config check --force",
        "config init api",
        "config init --config deadweight.toml",
        "history record --format json",
        "history record --from sizes.jsonl",
        "history show --no-color",
        "history show --config deadweight.toml",
    ],
)
def test_options__that_would_be_ignored_are_refused(words: str):
    """An option is offered where it does something."""
    with pytest.raises(UsageError, match="unrecognized arguments"):
        cli.parse(words.split())


@pytest.mark.parametrize("form", RENDERERS)
def test_renderer__gives_text_of_a_report(form: str):
    """Every registered form shows a report, as text that ends with a line."""
    shown = renderer(form)(growth(), Presentation())

    assert shown.endswith("\n")
    assert "api" in shown
