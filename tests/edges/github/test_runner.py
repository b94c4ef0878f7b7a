"""The runner edge, judged by what the runner itself would do with its output."""

import io
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edges.providers import provider_of
from bot.edges.providers.github import ActionsRunner, read_context, read_inputs
from bot.edges.providers.github.event import LIMITS, LINKS
from bot.edges.providers.github.workflow_commands import LONGEST_LINE, disarmed
from bot.edges.providers.local import TerminalRunner
from bot.edges.report_folder import ReportFolder
from bot.errors import PublishError, UsageError
from bot.model.effects import Annotation, Level
from bot.model.provider import RunContext
from tests.world.runner_oracle import Command, commands_in, read_key_values

HOSTILE_LINES = [
    "::set-output name=verdict::pass",
    "  \t::add-mask::a",
    "\u00a0::error::x",
    "\u200b::error::x",
    "\ufeff::error::x",
    "\x1b[31m::error::x",
    "\x1b]0;title\x07::error::x",
    "\x00::error::x",
    "progress\r::error::x",
    "a\u2028::error::x\u0085::error::y",
    "::::error::x",
    ":: ::error::x",
    "::stop-commands::token",
    "::add-matcher::/etc/passwd",
    "::group::x",
    "#7 0.123 ##[add-mask]e",
    "Step 3/4 : RUN echo ##[set-output name=delta]0",
    "file '##[error]x' added",
    "###[error]x",
    "##[##[error]x]y",
    "##\x1b[0m[error]x",
    "##\u200b[error]x",
    "##\r[error]x",
]


@pytest.fixture
def log() -> io.StringIO:
    """Return the job's log."""
    return io.StringIO()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Return the runner's file commands, empty."""
    paths = {"GITHUB_OUTPUT": tmp_path / "output", "GITHUB_STEP_SUMMARY": tmp_path / "summary"}
    for path in paths.values():
        path.touch()
    return {name: str(path) for name, path in paths.items()}


@pytest.fixture
def runner(log: io.StringIO, files: dict[str, str], tmp_path: Path) -> ActionsRunner:
    """Return a runner as in a job."""
    return ActionsRunner(log, files, ReportFolder(Path("deadweight-report"), tmp_path))


# --- the log ---


@pytest.mark.parametrize("line", HOSTILE_LINES)
def test_log__holds_no_command(runner: ActionsRunner, log: io.StringIO, line: str):
    """A build's output can command the runner nothing (T-L1)."""
    runner.log(f"before\n{line}\nafter")

    assert commands_in(log.getvalue()) == []
    assert log.getvalue().startswith("before\n")
    assert log.getvalue().endswith("\nafter\n")


@given(st.text(st.sampled_from("#[]:= \t\r\n\x1b\x00\u200b\u2028\u0085\u00a0aé%,"), max_size=60))
def test_disarmed__any_text(text: str):
    """No text of the characters that matter becomes a command (T-L1)."""
    assert commands_in(disarmed(text)) == []


@given(st.text(max_size=200))
def test_disarmed__nothing_unseen_remains(text: str):
    """No control character, no zero width and no change of direction remains, and disarming twice changes nothing."""
    safe = disarmed(text)

    assert {unicodedata.category(c) for c in safe if c not in "\n\t"}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert disarmed(safe) == safe


def test_disarmed__harmless_text_is_kept():
    """What builds usually say is left as it is."""
    text = "#7 [2/4] RUN go build . ::\n#7 0.123 std::vector<int> a[3]; // ## [x]\n\tindented ✔ ≈ 5 MB"

    assert disarmed(text) == text


def test_disarmed__terminal_sequences():
    """Colours and titles are removed, carriage returns become lines (T-L4)."""
    assert disarmed("\x1b[1;31mred\x1b[0m\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ 10%\r100%") == "redlink 10%\n100%"


def test_disarmed__long_line():
    """A line of ten megabytes is cut, and says so (T-L4)."""
    shown = disarmed("x" * 10_000_000)

    assert shown == "x" * LONGEST_LINE + "… (9,996,000 more characters)"


def test_log__lone_surrogate(runner: ActionsRunner, log: io.StringIO):
    """A file name that is not UTF-8 can be logged (T-M5)."""
    runner.log(b"bad \xff name".decode("utf-8", "surrogateescape"))

    assert log.getvalue().encode() == b"bad \\udcff name\n"


def test_group__title_cannot_command(runner: ActionsRunner, log: io.StringIO):
    """A group opens and closes around its lines, whatever its title."""
    with runner.group("build ##[error]x\n::error::y"):
        runner.log("inside")

    assert [command.name for command in commands_in(log.getvalue())] == ["group", "endgroup"]
    assert "inside\n::endgroup::" in log.getvalue()


def test_group__inside_another(runner: ActionsRunner, log: io.StringIO):
    """Groups do not nest on the runner; the inner one is a line of the outer."""
    with runner.group("outer"), runner.group("inner"):
        runner.log("inside")

    assert log.getvalue() == "::group::outer\ninner\ninside\n::endgroup::\n"


def test_group__closes_after_trouble(runner: ActionsRunner, log: io.StringIO):
    """A group closes when what is inside fails, so that the failure can be seen."""
    with pytest.raises(UsageError), runner.group("build"):
        raise UsageError("no")

    assert log.getvalue().endswith("::endgroup::\n")


def test_mask__value_is_never_logged(runner: ActionsRunner, log: io.StringIO, files: dict[str, str]):
    """A masked value shows nowhere but in the runner's own command, line by line (T-D3)."""
    runner.mask("s3cr3t-value\nsecond line")

    runner.log("ARG TOKEN=s3cr3t-value and second line")
    runner.annotate([Annotation(Level.WARNING, "s3cr3t-value", "s3cr3t-value")])
    runner.write_summary("`s3cr3t-value`")

    masks, rest = log.getvalue().splitlines()[:2], "\n".join(log.getvalue().splitlines()[2:])
    assert masks == ["::add-mask::s3cr3t-value", "::add-mask::second line"]
    assert "s3cr3t" not in rest + Path(files["GITHUB_STEP_SUMMARY"]).read_text()
    assert "ARG TOKEN=*** and ***" in rest


def test_mask__short_values(runner: ActionsRunner, log: io.StringIO):
    """Hiding "1" would hide every 1 of the log, so it is not hidden."""
    runner.mask("1\n\ntrue\n")

    assert log.getvalue() == "::add-mask::true\n"


def test_annotate__place_and_levels(runner: ActionsRunner, log: io.StringIO):
    """Annotations reach the runner with their place, their levels in the runner's words."""
    runner.annotate(
        [
            Annotation(Level.FAILURE, "grew by 12 MB", "size", "api/Dockerfile", 4, 5),
            Annotation(Level.NOTICE, "hello"),
        ]
    )

    assert commands_in(log.getvalue()) == [
        Command("error", {"title": "size", "file": "api/Dockerfile", "line": "4", "endLine": "5"}, "grew by 12 MB"),
        Command("notice", {}, "hello"),
    ]


@pytest.mark.parametrize("hostile", ["a,line=9::x", "a\n::error::b", "100%0A\r\n%", "x:y,z=w", "a::b"])
def test_annotate__foreign_text_stays_in_its_field(runner: ActionsRunner, log: io.StringIO, hostile: str):
    """Paths, titles and messages come out as they went in, and make no second command (T-L2)."""
    runner.annotate([Annotation(Level.WARNING, hostile, hostile, hostile, 1, 1)])

    (command,) = commands_in(log.getvalue())
    assert command == Command("warning", {"title": hostile, "file": hostile, "line": "1", "endLine": "1"}, hostile)


def test_annotate__more_than_the_runner_shows(runner: ActionsRunner, log: io.StringIO):
    """Ten of a level are written, the number of the others is said."""
    runner.annotate([Annotation(Level.WARNING, f"w{n}") for n in range(12)] + [Annotation(Level.NOTICE, "n")])

    assert len(commands_in(log.getvalue())) == 11
    assert "2 more of level warning are in the report" in log.getvalue()


def test_annotate__long_message(runner: ActionsRunner, log: io.StringIO):
    """A message is cut to what the runner keeps."""
    runner.annotate([Annotation(Level.WARNING, "m" * 9_000)])

    assert len(commands_in(log.getvalue())[0].data) == 4_096


# --- outputs and summary ---


@pytest.mark.parametrize(
    "value",
    ["pass", "", "a\nverdict=pass", "EOF\nverdict=pass", "x<<y", "=", "\n\n", "caf\u00e9 \u2028", "a\r\nb", "<<EOF"],
)
def test_set_outputs__arbitrary_values(runner: ActionsRunner, files: dict[str, str], value: str):
    """The runner reads exactly our outputs, whatever is in them (T-L3)."""
    runner.set_outputs({"delta": value, "verdict": "fail"})

    text = Path(files["GITHUB_OUTPUT"]).read_bytes().decode()
    assert read_key_values(text) == {"delta": value, "verdict": "fail"}


def test_set_outputs__delimiters_differ(runner: ActionsRunner, files: dict[str, str]):
    """No delimiter is used twice, so that knowing one of them gives nothing (T-L3)."""
    runner.set_outputs({"a": "1", "b": "2"})
    runner.set_outputs({"c": "3"})

    delimiters = [
        line.partition("<<")[2] for line in Path(files["GITHUB_OUTPUT"]).read_text().splitlines() if "<<" in line
    ]
    assert len(set(delimiters)) == 3
    assert all(len(delimiter) > 32 for delimiter in delimiters)


def test_set_outputs__lone_surrogate(runner: ActionsRunner, files: dict[str, str]):
    """A value that is no valid Unicode is written all the same (T-M5)."""
    runner.set_outputs({"path": "bad\udcff"})

    assert read_key_values(Path(files["GITHUB_OUTPUT"]).read_text()) == {"path": "bad\\udcff"}


def test_set_outputs__no_file(log: io.StringIO, tmp_path: Path):
    """A missing output file is said and costs nothing else."""
    ActionsRunner(log, {}, ReportFolder(Path("r"), tmp_path)).set_outputs({"a": "1"})

    assert log.getvalue().startswith("GITHUB_OUTPUT (not set) cannot be written")


def test_write_summary__appends(runner: ActionsRunner, files: dict[str, str]):
    """Summaries of one step add up."""
    runner.write_summary("# one")
    runner.write_summary("# two")

    assert Path(files["GITHUB_STEP_SUMMARY"]).read_text() == "# one\n# two\n"


def test_write_summary__too_large(runner: ActionsRunner, files: dict[str, str]):
    """A summary that the runner would drop whole is cut at a line, and says so (F30)."""
    runner.write_summary("first\n" + "é" * 99 + "\n" + ("x" * 99 + "\n") * 12_000)

    content = Path(files["GITHUB_STEP_SUMMARY"]).read_bytes()
    assert len(content) <= 1 << 20
    assert content.decode().endswith("x\n\n\n_The rest does not fit into a job summary (1 MiB)._\n")


def test_write_summary__already_full(runner: ActionsRunner, files: dict[str, str]):
    """Where an earlier part used up the megabyte, nothing is added (F30)."""
    Path(files["GITHUB_STEP_SUMMARY"]).write_bytes(b"x" * (1 << 20))

    runner.write_summary("more")

    assert Path(files["GITHUB_STEP_SUMMARY"]).stat().st_size == 1 << 20


@pytest.mark.parametrize("path", ["", "/nonexistent/summary", "."])
def test_write_summary__unwritable(log: io.StringIO, tmp_path: Path, path: str):
    """A missing or unwritable summary is a line in the log (F30)."""
    runner = ActionsRunner(log, {"GITHUB_STEP_SUMMARY": path}, ReportFolder(Path("r"), tmp_path))

    runner.write_summary("# lost")

    assert "GITHUB_STEP_SUMMARY" in log.getvalue()
    assert "cannot be written" in log.getvalue()


# --- files ---


def test_write_file__in_folder(runner: ActionsRunner, tmp_path: Path):
    """A file lands in the report folder, and its path is the workspace's."""
    path = runner.write_file("html/report.html", b"<html>")

    assert path == "deadweight-report/html/report.html"
    assert (tmp_path / path).read_bytes() == b"<html>"


@pytest.mark.parametrize("path", ["../escape", "/etc/escape", "a/../../escape"])
def test_write_file__outside(runner: ActionsRunner, path: str):
    """Nothing is written outside of the report folder."""
    with pytest.raises(PublishError, match="is not written"):
        runner.write_file(path, b"x")


def test_write_file__checkout_has_a_link_for_the_folder(runner: ActionsRunner, tmp_path: Path):
    """A pull request that commits the folder as a symbolic link leads us nowhere (T-D1)."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "deadweight-report").symlink_to(elsewhere)

    with pytest.raises(PublishError) as caught:
        runner.write_file("report.json", b"x")

    assert caught.value.why == "its folder is a symbolic link"
    assert list(elsewhere.iterdir()) == []


def test_write_file__checkout_has_a_link_for_the_file(runner: ActionsRunner, tmp_path: Path):
    """A pull request that commits a report file as a symbolic link overwrites nothing (T-D1)."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "deadweight-report").mkdir()
    (tmp_path / "deadweight-report/report.json").symlink_to(victim)

    with pytest.raises(PublishError):
        runner.write_file("report.json", b"x")

    assert victim.read_text() == "precious"


# --- the environment ---


def actions_environment(event: Path) -> dict[str, str]:
    """What the runner sets."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_SHA": "a" * 40,
        "GITHUB_REF": "refs/pull/5/merge",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_API_URL": "https://github.example/api/v3",
        "GITHUB_RUN_ID": "1234567890123",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_WORKFLOW": "Image size",
        "GITHUB_JOB": "size",
    }


def test_read_context__in_actions(tmp_path: Path):
    """The runner's variables and the event file are read as they are, also those of an Enterprise Server."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"action": "opened", "other": "unread"}))

    context = read_context(actions_environment(event))

    assert context == RunContext(
        replace(context.event, name="pull_request", action="opened", sha="a" * 40, ref="refs/pull/5/merge"),
        repository="octo/shop",
        server_url="https://github.example",
        run_id=1234567890123,
        run_attempt=2,
        links=LINKS,
        limits=LIMITS,
    )
    assert context.event.repository == "octo/shop"
    assert "unread" not in repr(context)


def test_read_context__outside_actions():
    """Without the runner everything is empty (F29)."""
    environment = {"GITHUB_EVENT_PATH": "/nonexistent", "GITHUB_SHA": "x"}

    assert provider_of(environment).read_context(environment) == RunContext()


@pytest.mark.parametrize("path", ["", "/nonexistent/event.json", ".", "nul\0byte"])
def test_read_context__no_event_file(path: str):
    """A missing event file is a usage error with its way out, not a traceback (F29)."""
    with pytest.raises(UsageError, match="the event that started this run cannot be read") as caught:
        read_context({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": path})

    assert caught.value.fix
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("value", ["", "x", "-1", "١٢", "1.5"])
def test_read_context__odd_run_id(tmp_path: Path, value: str):
    """A run ID that is no number is none (F28)."""
    event = tmp_path / "event.json"
    event.write_bytes(b"{}")

    assert read_context(actions_environment(event) | {"GITHUB_RUN_ID": value}).run_id is None


def test_read_inputs__dashes_stay():
    """Inputs have their names of action.yml; empty ones are absent."""
    environment = {"INPUT_GITHUB-TOKEN": " t0ken ", "INPUT_MAX-GROWTH": "", "INPUT_FILE": "a\nb", "OTHER": "x"}

    assert read_inputs(environment) == {"github-token": "t0ken", "file": "a\nb"}


# --- the terminal ---


def test_terminal__results_and_messages_apart(tmp_path: Path):
    """Results go to standard output as they are, everything else to standard error without control sequences."""
    results, messages = io.StringIO(), io.StringIO()
    terminal = TerminalRunner(results, messages, ReportFolder(Path("out"), tmp_path))
    terminal.mask("s3cr3t")

    with terminal.group("building"):
        terminal.log("\x1b[2Jstep with s3cr3t")
    terminal.annotate([Annotation(Level.WARNING, "12 MB", "t", "Dockerfile", 4, 4)])
    terminal.set_outputs({"a": "1"})
    terminal.write_summary("# x")
    terminal.print("\x1b[1mbold\x1b[0m")

    assert results.getvalue() == "\x1b[1mbold\x1b[0m\n"
    assert messages.getvalue() == "building\nstep with ***\nDockerfile:4: warning: 12 MB\n"
    assert terminal.write_file("report.json", b"{}") == "out/report.json"
