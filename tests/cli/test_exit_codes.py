"""How commands end: each exit code, told with its way out, on a terminal and in a job."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bot import commands
from bot.errors import BugError, CancelledError, PublishError
from tests.cli.conftest import Terminal
from tests.edges.git.repos import commit, git, make_repository
from tests.world.runner_oracle import commands_in

MISTAKES = '[budget]\nmax-growht = "5 MB"\nmax-size = "5 MEGS"\n'


def test_exit__kept(terminal: Terminal):
    """Every budget kept is 0."""
    ended = terminal("inspect", terminal.archive("app", "a 1000"), "--max-size", "1 kB")

    assert (ended.exit_code, ended.messages) == (0, "")
    assert "1 kB" in ended.output


def test_exit__exceeded(terminal: Terminal):
    """An exceeded budget is 1, and the result is shown all the same."""
    base, head = terminal.archive("one", "a 1000"), terminal.archive("two", "a 1000", "b 5000")

    ended = terminal("compare", base, head, "--max-growth", "1 kB")

    assert ended.exit_code == 1
    assert "max-growth" in ended.output


def test_exit__exceeds_a_budget_of_a_file(terminal: Terminal):
    """Images that are there are held against the budgets of a file that is named, and against no other file's."""
    image = terminal.archive("app", "a 5000")
    (terminal.folder / "deadweight.toml").write_text('[budget]\nmax-size = "1 kB"\n[[image]]\nname = "api"\n')

    assert terminal("inspect", image).exit_code == 0
    ended = terminal("inspect", image, "--config", "deadweight.toml")

    assert ended.exit_code == 1
    assert "max-size" in ended.output
    assert "deadweight.toml:2" in ended.output


def test_exit__exceeds_a_limit(terminal: Terminal):
    """An image beyond a cap is 3 and says how the cap is raised; beyond the cap on entries only their list ends."""
    image = terminal.archive("app", "\n".join(f"f{number} 100" for number in range(60)), "b 5000")

    refused = terminal("inspect", image, "--limits", "layers=1")
    cut = terminal("inspect", image, "--limits", "entries=50", "--limits", "layers=2", "--format", "json")

    assert refused.exit_code == 3
    assert "raise the limit: input limits or option --limits, layers=" in refused.messages
    assert cut.exit_code == 0
    report = json.loads(cut.output)["images"][0]
    assert report["head"]["unpacked_bytes"] == sum(one["bytes"] for one in report["contents"]) == 11_000
    assert any("more than the limits allow" in note for note in report["notes"])


@pytest.mark.parametrize("words", [("inspect", "oci:"), ("inspect", "app", "--max-size", "5 MEGS")])
def test_exit__usage(terminal: Terminal, words: tuple[str, ...]):
    """A reference or a value that makes no sense is 2."""
    ended = terminal(*words)

    assert (ended.exit_code, ended.output) == (2, "")
    assert ended.messages.startswith("deadweight: ")


def test_exit__configuration(terminal: Terminal):
    """A configuration with mistakes is 2, with a line for each of them."""
    (terminal.folder / "deadweight.toml").write_text(MISTAKES)

    ended = terminal("config", "check")

    assert (ended.exit_code, ended.output) == (2, "")
    first, second = ended.messages.splitlines()
    assert first.startswith("deadweight: deadweight.toml:2: unknown key")
    assert second.startswith("deadweight.toml:3: max-size")


def test_exit__not_measured(terminal: Terminal):
    """An image that is not there is 3, and the message names it."""
    ended = terminal("inspect", "docker-archive:gone.tar")

    assert (ended.exit_code, ended.output) == (3, "")
    assert "gone.tar" in ended.messages


@pytest.mark.parametrize("transport", ["docker-archive", "oci-archive", "oci"])
def test_exit__a_name_that_no_file_can_have(terminal: Terminal, transport: str):
    """A name that is too long for the file system is an image that is not there."""
    ended = terminal("inspect", f"{transport}:{'a' * 300}")

    assert (ended.exit_code, ended.output) == (3, "")
    assert "Traceback" not in ended.messages


def test_exit__no_repository(terminal: Terminal):
    """Outside a repository there is nothing to check, and the message says what to do."""
    ended = terminal("check")

    assert ended.exit_code == 3
    assert "is not in a git repository" in ended.messages
    assert "--repo DIR" in ended.messages


@pytest.mark.parametrize(("error", "code"), [(PublishError("not posted"), 0), (BugError("a sum does not hold"), 3)])
def test_exit__is_the_errors_own(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int):
    """What cannot be posted changes no verdict; what does not add up is never shown."""
    monkeypatch.setattr(commands, "run", _raising(error))

    ended = terminal("inspect", "app")

    assert (ended.exit_code, ended.messages) == (code, f"deadweight: {error}\n")


def test_exit__bug(terminal: Terminal, monkeypatch: pytest.MonkeyPatch):
    """What nobody foresaw is 3, asks for an issue, and shows what to paste into it."""
    monkeypatch.setattr(commands, "run", _raising(ZeroDivisionError("by zero")))

    ended = terminal("inspect", "app")

    assert ended.exit_code == 3
    assert "Please paste what follows into an issue at https://github.com/deadweight-bot/deadweight/issues" in (
        ended.messages
    )
    assert "ZeroDivisionError: by zero" in ended.messages


def _raising(error: Exception):
    def run(*_: object) -> int:
        raise error

    return run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_exit__cancelled(tmp_path: Path, number: signal.Signals):
    """A run that is told to stop ends at once with 130 and one sentence, also as a container's first process."""
    os.mkfifo(tmp_path / "report.json")
    command = [sys.executable, "-m", "bot", "report", str(tmp_path / "report.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        writer = _writer(tmp_path / "report.json", process)
        messages = _told(process, number)

    os.close(writer)
    assert process.returncode == 130
    assert messages == "deadweight: Cancelled: what was made is removed, and nothing is posted.\n"


def _told(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Send a signal until the process ends: one that comes just before a read blocks is seen only after it."""
    for _ in range(20):
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=1)[1]
    process.kill()
    raise AssertionError(process.communicate())


def _writer(pipe: Path, process: subprocess.Popen[str]) -> int:
    """Open a named pipe for writing as soon as the process waits at its other end."""
    while process.poll() is None:
        with contextlib.suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.01)
    raise AssertionError(process.communicate())


# --- in a job ---


def test_job__configuration_mistakes_are_annotations_on_their_lines(terminal: Terminal):
    """In Actions each mistake of the configuration stands on its line, and all are in the summary."""
    (terminal.folder / "deadweight.toml").write_text(MISTAKES)

    ended = terminal.in_actions()("config", "check")

    assert ended.exit_code == 2
    errors = [command for command in commands_in(ended.output) if command.name == "error"]
    assert [(one.properties["file"], one.properties["line"]) for one in errors] == [
        ("deadweight.toml", "2"),
        ("deadweight.toml", "3"),
    ]
    assert errors[0].data.startswith("unknown key")
    summary = (terminal.folder / "summary").read_text()
    assert summary.startswith("### ❌ Deadweight could not do its work")
    assert "deadweight.toml:3: max-size" in summary


def test_job__other_failures_are_annotations_without_a_line(terminal: Terminal):
    """What no line is to blame for is an annotation all the same, with its way out."""
    ended = terminal.in_actions()("inspect", "docker-archive:gone.tar")

    (error,) = [command for command in commands_in(ended.output) if command.name == "error"]
    assert ended.exit_code == 3
    assert "file" not in error.properties
    assert "gone.tar" in error.data


def test_job__a_fence_in_a_message_stays_in_the_summary(terminal: Terminal):
    """A file that is called like Markdown does not break out of the summary."""
    terminal.in_actions()("inspect", "docker-archive:```\n# big.tar")

    summary = (terminal.folder / "summary").read_text()
    assert "````text\n" in summary
    assert summary.rstrip().endswith("````")


def test_job__cancelled_says_nothing_in_the_summary(terminal: Terminal, monkeypatch: pytest.MonkeyPatch):
    """A cancelled run leaves the last result alone."""
    monkeypatch.setattr(commands, "run", _raising(CancelledError("stop")))

    ended = terminal.in_actions()("inspect", "app")

    assert ended.exit_code == 130
    assert not (terminal.folder / "summary").exists()


@pytest.mark.parametrize(
    ("command", "usage"),
    [("", "git repository"), ("check", "git repository"), ("publish", "token"), ("history record", "report.json")],
)
def test_job__runs_what_its_input_says(terminal: Terminal, command: str, usage: str):
    """Without arguments the Action's input chooses the command, ``check`` by default; its own first need is missed."""
    (terminal.folder / "event.json").write_text("{}")
    event = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(terminal.folder / "event.json")}

    ended = terminal.in_actions(INPUT_COMMAND=command, **event)()

    assert ended.exit_code != 0
    assert usage in ended.output


def test_job__an_unknown_command_is_a_mistake(terminal: Terminal):
    """A misspelled input says what there is."""
    ended = terminal.in_actions(INPUT_COMMAND="chekc")()

    assert ended.exit_code == 2
    assert "invalid choice: 'chekc'" in ended.output


def test_job__an_unknown_input_value_is_a_mistake(terminal: Terminal):
    """What an input may not be is told with the input's name."""
    job = terminal.in_actions(**{"INPUT_FAIL-ON": "sometimes", "INPUT_MAX-SIZE": "big"})

    ended = job("inspect", "app")

    assert ended.exit_code == 2
    assert 'input "fail-on"' in ended.output
    assert 'input "max-size"' in ended.output


# --- forms ---


@pytest.mark.parametrize(
    ("form", "start"),
    [("text", "➖"), ("markdown", "<!-- deadweight:v1 "), ("json", "{"), ("html", "<!doctype html>")],
)
def test_form__is_what_was_asked_for(terminal: Terminal, form: str, start: str):
    """Every command that gives a report gives it in four forms."""
    ended = terminal("inspect", terminal.archive("app", "a 1000"), "--format", form)

    assert ended.exit_code == 0
    assert ended.output.lower().startswith(start) or form == "text"
    assert ended.output.endswith("\n")


def test_output__goes_to_a_file(terminal: Terminal):
    """With --output nothing is printed."""
    ended = terminal("inspect", terminal.archive("app", "a 1000"), "--format", "json", "--output", "report.json")

    assert (ended.exit_code, ended.output) == (0, "")
    assert (terminal.folder / "report.json").read_text().startswith("{")


def test_output__that_cannot_be_written(terminal: Terminal):
    """A file that cannot be written is 2 and names itself."""
    ended = terminal("inspect", terminal.archive("app", "a 1000"), "--output", "no/such/folder/x")

    assert ended.exit_code == 2
    assert "no/such/folder/x cannot be written" in ended.messages


@pytest.mark.parametrize(
    ("words", "environment", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--no-color",), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour__follows_the_custom(terminal: Terminal, words: tuple[str, ...], environment: dict, coloured: bool):
    """Colours are for terminals, for FORCE_COLOR, and never against NO_COLOR or --no-color."""
    shell = Terminal(terminal.folder, terminal.capture, terminal.monkeypatch, environment)

    ended = shell("inspect", terminal.archive("app", "a 1000"), *words)

    assert ("\x1b[" in ended.output) == coloured


def test_quiet__says_nothing_but_the_result(terminal: Terminal):
    """With --quiet there is no progress."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"README.md": "x"})

    loud, quiet = terminal("check", "--repo", "shop"), terminal("check", "--repo", "shop", "--quiet")

    assert loud.exit_code == quiet.exit_code
    assert (loud.messages != "", quiet.messages) == (True, "")


def test_thread__that_fails_is_told_by_the_runner(terminal: Terminal, monkeypatch: pytest.MonkeyPatch):
    """What fails in a thread passes the same redactor as all else: its traceback shows no token (T-K3)."""

    def run(_invocation: object, inputs: dict[str, str], _environment: object, runner: object) -> int:
        runner.mask(inputs["github-token"])
        thread = threading.Thread(target=_raising(ValueError("it is ghs_0123456789abcdef")))
        thread.start()
        thread.join()
        return 0

    monkeypatch.setattr(commands, "run", run)

    ended = terminal.in_actions(**{"INPUT_GITHUB-TOKEN": "ghs_0123456789abcdef"})("check")

    shown = [line for line in (ended.output + ended.messages).splitlines() if not line.startswith("::add-mask::")]
    assert [line for line in shown if "ValueError: it is ***" in line]
    assert not [line for line in shown if "ghs_0123456789abcdef" in line]


@pytest.mark.parametrize("bug", [False, True], ids=["an error", "a bug"])
def test_failure__of_a_command_is_told_by_its_own_runner(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, bug: bool
):
    """What a command had masked stays masked when it fails: there is one runner, and it hears of every value (T-K3)."""
    image = "docker-archive:ghs_0123456789abcdef"
    if bug:
        monkeypatch.setattr("bot.edges.sources.Images.open", _raising(ValueError(image)))

    ended = terminal.in_actions(**{"INPUT_GITHUB-TOKEN": "ghs_0123456789abcdef"})("inspect", image)

    shown = [line for line in (ended.output + ended.messages).splitlines() if not line.startswith("::add-mask::")]
    assert ended.exit_code == 3
    assert [line for line in shown if "***" in line]
    assert not [line for line in shown if "ghs_0123456789abcdef" in line]


# --- before anything is built ---


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--output", "gone/x.txt"), "gone/x.txt"),
        (("--output", "."), "."),
        (("--output", "README.md/x"), "README.md/x"),
        (("--output", "a" * 300), "a" * 300),
        (("--report-dir", "README.md/out"), "README.md/out"),
        (("--report-dir", f"{'a' * 300}/out"), f"{'a' * 300}/out"),
    ],
)
def test_output__is_tried_before_anything_is_measured(terminal: Terminal, words: tuple[str, str], named: str):
    """What could not be written after minutes of building is 2 at once, in words and without Python's number."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"README.md": "x", "Dockerfile": "FROM scratch\n"})

    ended = dataclasses.replace(terminal, folder=folder)("check", *words)

    assert (ended.exit_code, ended.output) == (2, "")
    assert ended.messages.startswith(f"deadweight: {named} cannot be written.\n")
    assert "Errno" not in ended.messages
    assert "Build base and head" not in ended.messages


def test_patch__is_tried_before_anything_is_built(terminal: Terminal):
    """A patch that could not be written is 2 at once."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"Dockerfile": "FROM scratch\n"})

    ended = dataclasses.replace(terminal, folder=folder)("advise", "--patch", "gone/x.patch")

    assert (ended.exit_code, ended.output) == (2, "")
    assert ended.messages.startswith("deadweight: gone/x.patch cannot be written.\n")
    assert "Build" not in ended.messages


def test_output__that_can_be_written_is_not_made_by_trying(terminal: Terminal):
    """A command that fails leaves no empty file behind."""
    ended = terminal("inspect", "docker-archive:gone.tar", "--output", "x.txt")

    assert ended.exit_code == 3
    assert not (terminal.folder / "x.txt").exists()


def test_configuration__is_read_before_any_image(terminal: Terminal):
    """A mistake in the configuration is told at once, not after images have been read."""
    (terminal.folder / "deadweight.toml").write_text(MISTAKES)

    for name, told in (("deadweight.toml", "deadweight.toml:2: unknown key"), ("gone.toml", "there is no file")):
        ended = terminal("inspect", "docker-archive:gone.tar", "--config", name)

        assert (ended.exit_code, ended.output) == (2, "")
        assert told in ended.messages


def test_output__to_a_device(terminal: Terminal):
    """What is no regular file can be written too."""
    ended = terminal("inspect", terminal.archive("app", "a 1000"), "--output", "/dev/null")

    assert (ended.exit_code, ended.output, ended.messages) == (0, "", "")


@pytest.mark.parametrize("option", ["--base", "--head"])
@pytest.mark.parametrize("command", ["check", "plan", "measure"])
def test_revision__that_is_misspelled(terminal: Terminal, command: str, option: str):
    """A name that no commit has is a mistake in usage, told with the branch or tag that is closest to it."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"Dockerfile": "FROM scratch\n"})
    git(folder, "branch", "release/next")

    ended = terminal(command, option, "relaese/next", "--repo", "shop")

    assert (ended.exit_code, ended.output) == (2, "")
    assert """'relaese/next' was not found; did you mean "release/next"?""" in ended.messages


@pytest.mark.parametrize("folder", ["gone", "a" * 300])
def test_repository__that_is_not_there(terminal: Terminal, folder: str):
    """A folder that is not there is a mistake in usage, however it is called."""
    for command in ("check", "config check", "history show"):
        ended = terminal(*command.split(), "--repo", folder)

        assert (ended.exit_code, ended.output) == (2, "")
        assert ended.messages.startswith(f"deadweight: There is no folder {folder}.\n")
