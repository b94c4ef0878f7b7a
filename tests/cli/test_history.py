"""history on the command line: recorded from reports, kept on a branch or in a file, and shown."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.model.history import History
from bot.policy.size_record import write_history
from bot.render.size_trend import history_json, history_text, sparkline
from tests.cli.conftest import Terminal
from tests.edges.git.repos import commit, git, make_repository, shallow_checkout
from tests.policy.test_record import ARM64, MB, point
from tests.world.github import GitHubFake
from tests.world.webhooks import push

DAY = date(2026, 11, 1)
SHA = "a" * 40


def report_of(terminal: Terminal, size: int = 1000, *, head_sha: str = SHA) -> Path:
    """Let a check of the default branch leave its report of one image."""
    ended = terminal("inspect", terminal.archive("app", f"a {size}"), "--format", "json")
    told = json.loads(ended.output)
    told["comparison"]["head"]["sha"] = head_sha
    place = terminal.folder / "deadweight-report" / "report.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(told))
    return place


@pytest.fixture
def shop(terminal: Terminal) -> Path:
    """Return a repository with a commit, a tag, and a record on its branch."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"README.md": "x"})
    git(folder, "checkout", "--quiet", "--orphan", "deadweight-history")
    git(folder, "rm", "--quiet", "-rf", ".")
    commit(folder, {"sizes.jsonl": write_history([point(1, day=DAY), point(2, 90 * MB, day=DAY)]).decode()})
    git(folder, "checkout", "--quiet", "main")
    return folder


def lines(path: Path) -> list[dict[str, object]]:
    """The lines of a record."""
    return [json.loads(line) for line in path.read_text().splitlines()]


# --- record, in a file ---


def test_record__in_a_file(terminal: Terminal, shop: Path):
    """The report folder's report goes into a file, line by line; recording it again changes nothing."""
    head = git(shop, "rev-parse", "HEAD")
    git(shop, "tag", "--annotate", "--message=x", "v1.0.0")
    report_of(terminal, 1000, head_sha=head)

    words = ("history", "record", "--output", "sizes.jsonl", "--repo", "shop")
    first, again = terminal(*words), terminal(*words)

    assert (first.exit_code, again.exit_code, first.messages) == (0, 0, "")
    (line,) = lines(terminal.folder / "sizes.jsonl")
    assert (line["commit"], line["unpacked_bytes"], line["release"]) == (head, 1000, "v1.0.0")


def test_record__of_reports_that_are_named(terminal: Terminal, shop: Path):
    """Reports of several commits are recorded together, from files and folders."""
    one = report_of(terminal, 1000, head_sha="b" * 40).rename(terminal.folder / "one.json")
    report_of(terminal, 2000, head_sha="c" * 40)

    ended = terminal("history", "record", str(one), "deadweight-report", "--output", "sizes.jsonl", "--repo", "shop")

    assert ended.exit_code == 0
    assert [(line["commit"][0], line["unpacked_bytes"]) for line in lines(terminal.folder / "sizes.jsonl")] == [
        ("b", 1000),
        ("c", 2000),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "report.json cannot be read"),
        (("folder",), "There is no report in folder."),
        (("broken.json",), "report"),
    ],
)
def test_record__without_a_report(terminal: Terminal, shop: Path, words: tuple[str, ...], told: str):
    """A report that is missing or none is a mistake, and nothing is written."""
    (terminal.folder / "folder").mkdir()
    (terminal.folder / "broken.json").write_text("{")

    ended = terminal("history", "record", *words, "--output", "sizes.jsonl", "--repo", "shop")

    assert ended.exit_code == 2
    assert told in ended.messages
    assert not (terminal.folder / "sizes.jsonl").exists()


def test_record__tells_what_is_left_out(terminal: Terminal, shop: Path):
    """An image that was not measured has no line, and the log says so."""
    place = report_of(terminal)
    told = json.loads(place.read_text())
    (image,) = told["images"]
    missing = {"why": "its build failed", "failure": None}
    lost = {
        **image,
        "name": "web",
        "state": "not-measured",
        "head": missing,
        "causes": [],
        "contents": [],
        "findings": [],
        "claimed_bytes": 0,
        "layers": [],
        "paths": {"added": 0, "removed": 0, "changed": 0},
    }
    place.write_text(json.dumps({**told, "images": [image, lost]}))

    ended = terminal("history", "record", "--output", "sizes.jsonl", "--repo", "shop")

    assert ended.messages == "web is not on record: it was not measured.\n"
    assert [line["image"] for line in lines(terminal.folder / "sizes.jsonl")] == ["app.tar"]


def test_record__without_a_token(terminal: Terminal):
    """Without GitHub there must be a file."""
    report_of(terminal)

    ended = terminal("history", "record")

    assert ended.exit_code == 2
    assert "There is no token to record with." in ended.messages
    assert "--output FILE" in ended.messages


# --- record, in a job ---


def job(
    terminal: Terminal, github: GitHubFake, *, token: str = "history-token", ref: str = "refs/heads/main"
) -> Terminal:
    """Be the job of a push that has the report of its commit."""
    payload = push(ref=ref, after=SHA)
    (terminal.folder / "event.json").write_text(json.dumps(payload))
    return terminal.in_actions(
        GITHUB_API_URL=github.api_url,
        GITHUB_EVENT_NAME="push",
        GITHUB_EVENT_PATH=str(terminal.folder / "event.json"),
        GITHUB_REF=ref,
        GITHUB_REPOSITORY="octo/shop",
        GITHUB_RUN_ID="7",
        GITHUB_SHA=SHA,
        INPUT_COMMAND="history record",
        **{"INPUT_GITHUB-TOKEN": token},
    )


def kept(github: GitHubFake) -> list[dict[str, object]]:
    """What is on record on the branch."""
    content = github.state.files.get(("deadweight-history", "sizes.jsonl"), b"")
    return [json.loads(line) for line in content.splitlines()]


def test_record__in_a_job_makes_the_branch(terminal: Terminal, github: GitHubFake):
    """The first push makes the branch; a later run of the same job adds nothing."""
    report_of(terminal)
    github.state.tags = {"v1.0.0": SHA}

    first, again = job(terminal, github)(), job(terminal, github)()

    assert (first.exit_code, again.exit_code) == (0, 0)
    (line,) = kept(github)
    assert (line["commit"], line["unpacked_bytes"], line["release"]) == (SHA, 1000, "v1.0.0")
    assert "On record in sizes.jsonl on the branch deadweight-history." in first.output
    assert github.count("PUT ") == 1


def test_record__in_a_job_needs_no_checkout(terminal: Terminal, github: GitHubFake):
    """The job that may write has no repository and builds nothing: the report is all it needs."""
    report_of(terminal)

    assert job(terminal, github)().exit_code == 0
    assert not (terminal.folder / ".git").exists()


def test_record__in_a_job_that_may_not_write(terminal: Terminal, github: GitHubFake):
    """A missing permission fails the job, on an annotation that says which."""
    report_of(terminal)

    ended = job(terminal, github, token="write-token")()

    assert ended.exit_code == 3
    assert "grant the job `contents: write`" in ended.output
    assert "::error " in ended.output
    assert kept(github) == []


def test_record__in_a_job_of_another_branch(terminal: Terminal, github: GitHubFake):
    """Only the default branch is recorded."""
    report_of(terminal)

    ended = job(terminal, github, ref="refs/heads/grow")()

    assert ended.exit_code == 2
    assert "Only what is on the default branch is recorded." in ended.output
    assert github.count("PUT ") == github.count("POST ") == 0


# --- show ---


def test_show__reads_the_branch(terminal: Terminal, shop: Path):
    """The record of a repository is shown image by image, with bars and its latest commits."""
    ended = terminal("history", "show", "--repo", "shop")

    assert (ended.exit_code, ended.messages) == (0, "")
    assert ended.output.splitlines() == [
        "api on linux/amd64: 2 commits since 2026-11-01, 90.0 MB to 100 MB, now 90.0 MB",
        "  █▁",
        "  day         commit   unpacked    change  download  layers  release",
        "  2026-11-01  0000000    100 MB            ≈40.0 MB       5",
        "  2026-11-01  0000000   90.0 MB  −10.0 MB  ≈40.0 MB       5",
    ]


def test_show__fetches_the_branch_that_a_shallow_checkout_lacks(terminal: Terminal, shop: Path):
    """In a checkout as Actions makes it the branch is fetched."""
    shallow_checkout(shop, terminal.folder / "job", "main")

    ended = terminal("history", "show", "--repo", "job")

    assert ended.exit_code == 0
    assert "2 commits" in ended.output


def test_show__reads_a_file(terminal: Terminal):
    """A record that is kept in a file is shown from there, without any repository."""
    (terminal.folder / "sizes.jsonl").write_bytes(b"{}\n" + write_history([point(1), point(1, 7, image="web")]))

    ended = terminal("history", "show", "w*", "--from", "sizes.jsonl")

    assert ended.output.startswith("web on linux/amd64: 1 commit since")
    assert "api" not in ended.output
    assert "A line of the recorded history is not readable and left out." in ended.output


def test_show__as_json(terminal: Terminal, shop: Path):
    """For other programs the record is a JSON array."""
    ended = terminal("history", "show", "--format", "json", "--repo", "shop", "--output", "x.json")

    assert (ended.exit_code, ended.output) == (0, "")
    told = json.loads((terminal.folder / "x.json").read_text())
    assert [one["unpacked_bytes"] for one in told] == [100 * MB, 90 * MB]


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_show__in_a_form_that_there_is_not(terminal: Terminal, shop: Path, form: str):
    """A history has two forms, and says so."""
    ended = terminal("history", "show", "--format", form, "--repo", "shop")

    assert (ended.exit_code, ended.output) == (2, "")
    assert "choose from text, json" in ended.messages.replace("'", "")


def test_show__where_there_is_none(terminal: Terminal):
    """A repository without a record says how to start one."""
    make_repository(terminal.folder / "shop")
    commit(terminal.folder / "shop", {"README.md": "x"})

    ended = terminal("history", "show", "--repo", "shop")

    assert ended.exit_code == 2
    assert "There is no recorded history." in ended.messages


# --- the table itself ---


def test_text__of_many_commits_shows_the_latest():
    """Twenty commits are listed, the newest last, and the others are counted."""
    points = tuple(point(at, 100 * MB + at * MB, day=DAY + timedelta(days=at)) for at in range(30))

    told = history_text(History(points)).splitlines()

    assert told[0] == "api on linux/amd64: 30 commits since 2026-11-01, 100 MB to 129 MB, now 129 MB"
    assert len(told) == 2 + 1 + 20 + 1
    assert told[-2].split()[:3] == ["2026-11-30", "0000000", "129"]
    assert told[-1] == "  and 10 earlier"
    assert told[3].split()[4:6] == ["+1", "MB"]


def test_text__keeps_images_and_platforms_apart():
    """Each image on each platform has its own block."""
    points = (point(1), point(1, platform=ARM64), point(1, image="web"))

    titles = [block.split(":")[0] for block in history_text(History(points)).split("\n\n")]

    assert titles == ["api on linux/amd64", "api on linux/arm64", "web on linux/amd64"]


def test_text__says_what_is_exact():
    """An estimated download is marked, an unknown one is empty, a release is named."""
    points = (point(1, download=None, release="v1.0.0"), point(2))

    rows = history_text(History(points)).splitlines()[3:]

    assert ("≈" in rows[0], "v1.0.0" in rows[0], "≈40.0 MB" in rows[1]) == (False, True, True)


def test_text__of_nothing():
    """An empty record, or an image that is not on it, is said in words."""
    assert history_text(History()) == "Nothing is on record.\n"
    assert history_text(History((point(1),)), ["web"]) == "Nothing is on record.\n"


def test_text__cannot_command_a_terminal():
    """A name that is no text for a terminal comes out harmless."""
    told = history_text(History((point(1, image="a\x1b[31mb", release="\x07"),)))

    assert "\x1b" not in told
    assert "\x07" not in told


def test_json__is_what_the_file_says():
    """The objects have the keys of sizes.jsonl."""
    points = (point(1), point(2, image="web"))

    expected = [json.loads(line) for line in write_history(points).splitlines()]
    assert json.loads(history_json(History(points))) == expected


@pytest.mark.parametrize(
    ("sizes", "bars"),
    [
        ([], ""),
        ([5], "▁"),
        ([5, 5, 5], "▁▁▁"),
        ([0, 7], "▁█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([7, 0], "█▁"),
    ],
)
def test_sparkline__goes_from_the_smallest_to_the_largest(sizes: list[int], bars: str):
    """The lowest bar is the smallest size and the highest the largest; what never changes stays low."""
    assert bars == sparkline(sizes)


def test_sparkline__is_never_wider_than_asked():
    """Of many sizes the last of each stretch is drawn, and the very last is always the last bar."""
    bars = sparkline([*range(100), 0], widest=10)

    assert len(bars) == 10
    assert (bars[-1], bars[-2]) == ("▁", "█")
