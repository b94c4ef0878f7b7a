"""The sticky comment on a GitHub that remembers, mostly behind GitHub's own OpenAPI."""

import threading

import pytest

from tests.edges.github.conftest import HURRIED, client, comment, marker
from tests.world.github import Fault, GitHubFake, Token
from tests.world.github.faults import html_page, secondary_limit
from tests.world.github.state import WRITING

COMMENTS = r"/issues/5/comments"
LISTED = f"^GET .*{COMMENTS}"
ANY_EDIT = r"^PATCH .*/issues/comments/\d+"


def test_upsert_comment__first_run(github: GitHubFake, bot: str):
    """The first run creates the comment and says where it is."""
    github.open_pull()

    posted = client(github).upsert_comment(comment())

    assert github.bodies() == [comment().body]
    (created,) = github.state.comments.values()
    assert (created.author, posted.object_id) == (bot, created.id)
    assert (posted.what, posted.problem) == ("comment", "")
    assert posted.url.endswith(f"/pull/5#issuecomment-{created.id}")


def test_upsert_comment__three_runs(github: GitHubFake):
    """Three runs leave one comment, the last run's."""
    github.open_pull()

    for run_id in (100, 101, 102):
        client(github).upsert_comment(comment(f"run {run_id}", run_id=run_id))

    assert github.bodies() == [comment("run 102", run_id=102).body]


def test_upsert_comment__body_without_marker(github: GitHubFake):
    """The marker is put in front where the body lacks it, so that the next run finds the comment."""
    github.open_pull()
    effect = comment()

    client(github).upsert_comment(type(effect)(5, effect.marker, "bare", create=True))

    assert github.bodies() == [f"{effect.marker.text}\nbare"]


def test_upsert_comment__three_hundred_comments(github: GitHubFake, bot: str):
    """Ours is found on the third page of a long discussion."""
    github.open_pull()
    for number in range(299):
        github.say(5, "mona", f"comment {number}")
    ours = github.say(5, bot, comment("old", run_id=1).body)

    client(github).upsert_comment(comment("new"))

    assert github.state.comments[ours.id].body == comment("new").body
    assert len(github.bodies()) == 300


def test_upsert_comment__pages_are_addressed_by_repository_id(github_fast: GitHubFake, bot: str):
    """GitHub's own links between pages name the repository by its ID; they are followed."""
    github_fast.open_pull()
    github_fast.state.links_by_repository_id = True
    for number in range(150):
        github_fast.say(5, "mona", f"comment {number}")
    ours = github_fast.say(5, bot, comment("old", run_id=1).body)

    posted = client(github_fast).upsert_comment(comment("new"))

    assert posted.object_id == ours.id
    assert github_fast.count("GET /repositories/4242/issues/5/comments") > 0


def test_upsert_comment__forged_marker(github: GitHubFake):
    """Somebody else's comment that starts with our marker is never touched (T-M2)."""
    github.open_pull()
    forged = github.say(5, "mallory", comment("approved, −900 MB", run_id=999).body)

    client(github).upsert_comment(comment("+12 MB"))

    assert github.state.comments[forged.id].body == comment("approved, −900 MB", run_id=999).body
    assert github.bodies() == [forged.body, comment("+12 MB").body]


def has_run(github: GitHubFake, *run_ids: int) -> None:
    """Open pull request 5, and let the size workflow run for it, once for each number."""
    pull = github.open_pull()
    for run_id in run_ids:
        github.run_workflow(pull, id=run_id)


def test_upsert_comment__newer_run_has_written(github: GitHubFake, bot: str):
    """A slow old run leaves the newer result alone and says so (F18)."""
    has_run(github, 100, 200)
    github.say(5, bot, comment("new", run_id=200).body)

    posted = client(github).upsert_comment(comment("old", run_id=100))

    assert github.bodies() == [comment("new", run_id=200).body]
    assert posted.what == "comment of a newer run, left as it is"
    assert posted.problem == ""


FORGED = 999_999_999_999_999_999


def test_upsert_comment__claims_a_run_that_there_is_not(github: GitHubFake, bot: str):
    """Another workflow writes under our name: a run number that GitHub does not know freezes nothing."""
    has_run(github, 100)
    github.say(5, bot, comment("all is well", run_id=FORGED).body)

    posted = client(github).upsert_comment(comment("ours", run_id=100))

    assert github.bodies() == [comment("ours", run_id=100).body]
    assert posted.problem == ""


@pytest.mark.parametrize(
    "other", [{"path": ".github/workflows/other.yml"}, {"head_branch": "elsewhere"}, {"head_owner": "eve"}], ids=str
)
def test_upsert_comment__claims_a_run_that_is_not_ours(github: GitHubFake, bot: str, other: dict[str, str]):
    """Nor does a number of another workflow, or of another pull request's branch."""
    has_run(github, 100)
    github.run_workflow(github.state.pulls[5], id=200, **other)
    github.say(5, bot, comment("all is well", run_id=200).body)

    client(github).upsert_comment(comment("ours", run_id=100))

    assert github.bodies() == [comment("ours", run_id=100).body]


def test_upsert_comment__claims_an_attempt_that_there_is_not(github: GitHubFake, bot: str):
    """Nor does an attempt of our own run that has not been started."""
    has_run(github, 100)
    github.say(5, bot, comment("all is well", run_id=100, attempt=7).body)

    client(github).upsert_comment(comment("ours", run_id=100))

    assert github.bodies() == [comment("ours", run_id=100).body]


def test_upsert_comment__false_claim_in_a_second_comment(github: GitHubFake, bot: str):
    """A second comment that claims to be newer goes, and what it says goes with it."""
    has_run(github, 99, 100)
    github.say(5, bot, comment("ours before", run_id=99).body)
    github.say(5, bot, comment("all is well", run_id=FORGED).body)

    client(github).upsert_comment(comment("ours", run_id=100))

    assert github.bodies() == [comment("ours", run_id=100).body]


def test_upsert_comment__claim_that_cannot_be_checked(github: GitHubFake, bot: str):
    """Where the token may not ask for runs, a newer run's comment is left, and the log says what would help."""
    has_run(github, 100, 200)
    scopes = tuple(scope for scope in WRITING if scope[0] != "actions")
    github.state.tokens["no-actions-token"] = Token(bot, permissions=scopes)
    github.say(5, bot, comment("new", run_id=200).body)

    posted = client(github, "no-actions-token").upsert_comment(comment("old", run_id=100))

    assert github.bodies() == [comment("new", run_id=200).body]
    assert "grant the job `actions: read`" in posted.problem


def test_upsert_comment__asks_for_no_run_without_a_claim(github: GitHubFake, bot: str):
    """An older run's comment is replaced without asking anything about runs."""
    github.open_pull()
    github.say(5, bot, comment("old", run_id=99).body)

    client(github).upsert_comment(comment("ours", run_id=100))

    assert github.count("GET /repos/octo/shop/actions/runs") == 0


def test_upsert_comment__nothing_to_say(github: GitHubFake):
    """Where nothing is worth a comment and there is none, none appears."""
    github.open_pull()

    posted = client(github).upsert_comment(comment(create=False))

    assert github.bodies() == []
    assert posted.problem == ""


def test_upsert_comment__existing_duplicates(github: GitHubFake, bot: str):
    """Duplicates left by another day's race are repaired in passing (F18)."""
    github.open_pull()
    oldest = github.say(5, bot, comment("a", run_id=1).body)
    github.say(5, bot, comment("b", run_id=2).body)
    github.say(5, bot, comment("c", run_id=3).body)

    client(github).upsert_comment(comment("d", run_id=4))

    assert github.bodies() == [comment("d", run_id=4).body]
    assert list(github.state.comments) == [oldest.id]


@pytest.mark.parametrize("lag_seconds", [0.0, 0.1])
def test_upsert_comment__concurrent_runs(github_fast: GitHubFake, lag_seconds: float):
    """Runs at the same time end with one comment, the newest run's, also where lists lag behind writes (F18)."""
    has_run(github_fast, 101, 102, 103)
    github_fast.state.read_lag_seconds = lag_seconds
    runs = [
        threading.Thread(target=client(github_fast).upsert_comment, args=(comment(f"run {run_id}", run_id=run_id),))
        for run_id in (101, 103, 102)
    ]

    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert github_fast.bodies() == [comment("run 103", run_id=103).body]


def test_upsert_comment__answer_lost_after_commit(github_fast: GitHubFake):
    """A POST whose answer was lost is looked for, not repeated (F8)."""
    github_fast.open_pull()
    github_fast.fail(Fault(f"^POST .*{COMMENTS}", "drop after commit"))

    posted = client(github_fast).upsert_comment(comment())

    assert github_fast.bodies() == [comment().body]
    assert posted.problem == ""
    assert github_fast.count("POST /repos/octo/shop/issues") == 1


def test_upsert_comment__answer_lost_and_lists_lag(github_fast: GitHubFake):
    """The look waits until lists have caught up before anything is posted again (F8, F18)."""
    github_fast.open_pull()
    github_fast.state.read_lag_seconds = 0.1
    github_fast.fail(Fault(f"^POST .*{COMMENTS}", "drop after commit"))

    client(github_fast).upsert_comment(comment())

    assert github_fast.bodies() == [comment().body]


def test_upsert_comment__lists_never_show_it(github_fast: GitHubFake):
    """A comment that GitHub says it has created is not created again because no list shows it (F18)."""
    github_fast.open_pull()
    github_fast.state.read_lag_seconds = 3600

    posted = client(github_fast).upsert_comment(comment())

    (created,) = github_fast.state.comments.values()
    assert (posted.what, posted.object_id) == ("comment", created.id)


def test_upsert_comment__post_never_arrived(github_fast: GitHubFake):
    """A POST that did not get through is repeated after looking (F8)."""
    github_fast.open_pull()
    github_fast.fail(Fault(f"^POST .*{COMMENTS}", "drop"))

    posted = client(github_fast).upsert_comment(comment())

    assert github_fast.bodies() == [comment().body]
    assert posted.problem == ""


@pytest.mark.parametrize("status", [500, 502, 503])
def test_upsert_comment__server_error_on_edit(github: GitHubFake, bot: str, status: int):
    """An edit is repeated after a server error (F8)."""
    github.open_pull()
    github.say(5, bot, comment("old", run_id=1).body)
    github.fail(Fault(ANY_EDIT, status=status))

    posted = client(github).upsert_comment(comment("new"))

    assert posted.problem == ""
    assert github.bodies() == [comment("new").body]


@pytest.mark.parametrize("kind", ["drop", "drop after commit", "cut body"])
def test_upsert_comment__connection_trouble_on_edit(github_fast: GitHubFake, bot: str, kind: str):
    """An edit is repeated after a lost connection or a torn answer (F8)."""
    github_fast.open_pull()
    github_fast.say(5, bot, comment("old", run_id=1).body)
    github_fast.fail(Fault(ANY_EDIT, kind))

    posted = client(github_fast).upsert_comment(comment("new"))

    assert posted.problem == ""
    assert github_fast.bodies() == [comment("new").body]


def test_upsert_comment__torn_list(github_fast: GitHubFake, bot: str):
    """A list that breaks off is read again, never taken for "no comment yet" (F8)."""
    github_fast.open_pull()
    github_fast.say(5, bot, comment("old", run_id=1).body)
    github_fast.fail(Fault(f"^GET .*{COMMENTS}", "cut body", times=2))

    client(github_fast).upsert_comment(comment("new"))

    assert github_fast.bodies() == [comment("new").body]


def test_upsert_comment__web_page_instead_of_list(github_fast: GitHubFake, bot: str):
    """A web page with status 200 is no list, and asked again (F8)."""
    github_fast.open_pull()
    github_fast.say(5, bot, comment("old", run_id=1).body)
    github_fast.fail(html_page(f"^GET .*{COMMENTS}"))

    client(github_fast).upsert_comment(comment("new"))

    assert github_fast.bodies() == [comment("new").body]


def test_upsert_comment__web_page_instead_of_edit(github_fast: GitHubFake, bot: str):
    """A web page is not taken for a successful edit (F8)."""
    github_fast.open_pull()
    github_fast.say(5, bot, comment("old", run_id=1).body)
    github_fast.fail(html_page(ANY_EDIT))

    client(github_fast).upsert_comment(comment("new"))

    assert github_fast.bodies() == [comment("new").body]


@pytest.mark.parametrize("body", ["null", "{}", "[1]", '[{"id": "x"}]', '"text"', "[", "[[]]", "[{}]"])
def test_upsert_comment__json_of_another_shape(github_fast: GitHubFake, body: str):
    """JSON that is not a list of comments is trouble, never an absence and never a traceback (F8)."""
    github_fast.open_pull()
    json_headers = {"Content-Type": "application/json"}
    github_fast.fail(Fault(f"^GET .*{COMMENTS}", status=200, headers=json_headers, body=body, times=-1))

    posted = client(github_fast).upsert_comment(comment())

    assert "GitHub does not answer properly" in posted.problem
    assert github_fast.bodies() == []


def test_upsert_comment__server_down(github: GitHubFake):
    """A GitHub that stays down is given up after bounded tries, in one sentence (F8)."""
    github.open_pull()
    github.fail(Fault(f"^GET .*{COMMENTS}", times=-1, status=502))

    posted = client(github).upsert_comment(comment())

    assert "GitHub does not answer properly (502: Server Error)" in posted.problem
    assert github.count("GET /repos/octo/shop/issues/5/comments") == HURRIED.tries


def test_upsert_comment__nobody_listens(github_fast: GitHubFake):
    """Where nothing answers at all, the sentence says so (F8)."""
    github_fast.open_pull()
    github_fast.api_url = "http://127.0.0.1:9"

    posted = client(github_fast).upsert_comment(comment())
    github_fast.api_url = github_fast.url

    assert "GitHub does not answer properly (ConnectionError)" in posted.problem


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("retry_after_seconds", [None, 1])
def test_upsert_comment__secondary_limit_on_post(github: GitHubFake, status: int, retry_after_seconds: int | None):
    """A short secondary limit on creating is waited out, and the comment created once (F7)."""
    github.open_pull()
    github.fail(secondary_limit(f"^POST .*{COMMENTS}", status=status, retry_after_seconds=retry_after_seconds))

    posted = client(github).upsert_comment(comment())

    assert posted.problem == ""
    assert github.bodies() == [comment().body]


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("retry_after_seconds", [None, 1])
def test_upsert_comment__secondary_limit_on_edit(
    github: GitHubFake, bot: str, status: int, retry_after_seconds: int | None
):
    """A short secondary limit on editing is waited out (F7)."""
    github.open_pull()
    github.say(5, bot, comment("old", run_id=1).body)
    github.fail(secondary_limit(ANY_EDIT, status=status, retry_after_seconds=retry_after_seconds))

    posted = client(github).upsert_comment(comment("new"))

    assert posted.problem == ""
    assert github.bodies() == [comment("new").body]


@pytest.mark.parametrize("request_line", [f"^GET .*{COMMENTS}", f"^POST .*{COMMENTS}"])
@pytest.mark.parametrize("status", [403, 429])
def test_upsert_comment__limit_too_long_to_wait(github: GitHubFake, request_line: str, status: int):
    """An hour is not waited for: the comment is skipped and the reason named (F7)."""
    github.open_pull()
    github.fail(secondary_limit(request_line, status=status, retry_after_seconds=3600, times=-1))

    posted = client(github).upsert_comment(comment())

    assert "GitHub's rate limit is reached" in posted.problem
    assert github.bodies() == []


@pytest.mark.parametrize("status", [403, 429])
def test_upsert_comment__limit_that_never_ends(github: GitHubFake, status: int):
    """A limit without an end is given up within the patience for all waits together (F7)."""
    github.open_pull()
    github.fail(secondary_limit(f"^GET .*{COMMENTS}", status=status, times=-1))

    posted = client(github).upsert_comment(comment())

    assert "GitHub's rate limit is reached" in posted.problem


def test_upsert_comment__read_only_token(github: GitHubFake):
    """A fork's or Dependabot's token gets one sentence with the way out, no retry and no error (F1)."""
    github.open_pull(fork="eve")

    posted = client(github, "read-token").upsert_comment(comment())

    assert github.bodies() == []
    assert "the token may not do this (403: Resource not accessible by integration)" in posted.problem
    assert "publish from a second workflow" in posted.problem
    assert github.count("POST /repos/octo/shop/issues/5/comments") == 1


def test_upsert_comment__rejected_token(github: GitHubFake):
    """A token that GitHub does not know gets one clear line and no retry (F3)."""
    github.open_pull()

    posted = client(github, "expired-token").upsert_comment(comment())

    assert "GitHub rejects the token (401: Bad credentials)" in posted.problem
    assert len(github.requests) == 1


def test_upsert_comment__pull_request_is_gone(github: GitHubFake):
    """A pull request that the token cannot see is skipped with a sentence (F4)."""
    posted = client(github).upsert_comment(comment())

    assert "there is no such thing, or the token cannot see it (404: Not Found)" in posted.problem


def test_upsert_comment__locked_conversation(github: GitHubFake):
    """A locked conversation is skipped with a sentence (F5)."""
    github.open_pull(locked=True)

    posted = client(github).upsert_comment(comment())

    assert "the conversation is locked or the repository archived" in posted.problem
    assert github.bodies() == []


def test_upsert_comment__archived_repository(github: GitHubFake):
    """An archived repository is skipped with a sentence (F5)."""
    github.open_pull()
    github.state.archived = True

    posted = client(github).upsert_comment(comment())

    assert "the conversation is locked or the repository archived" in posted.problem


@pytest.mark.parametrize("status", [410, 423])
def test_upsert_comment__issues_disabled_or_locked(github_fast: GitHubFake, status: int):
    """410 and 423 mean the same to us (F5)."""
    github_fast.open_pull()
    github_fast.fail(Fault(f"^POST .*{COMMENTS}", status=status, body='{"message": "Gone"}'))

    posted = client(github_fast).upsert_comment(comment())

    assert "the conversation is locked or the repository archived" in posted.problem


def test_upsert_comment__too_long(github: GitHubFake):
    """A body that GitHub finds too long is shortened to whole paragraphs, then posted (F6)."""
    github.open_pull()
    paragraphs = "\n\n".join(f"paragraph {number} {'x' * 990}" for number in range(90))

    posted = client(github).upsert_comment(comment(paragraphs))

    (body,) = github.bodies()
    assert posted.problem == ""
    assert body.startswith(marker().text)
    assert 30_000 < len(body) < 65_536
    assert body.endswith("the job summary has all of it._")


def test_upsert_comment__too_long_for_halves(github: GitHubFake):
    """Where half is still too long, the verdict line remains (F6)."""
    github.open_pull()
    verdict = "**+12 MB**"

    client(github).upsert_comment(comment(f"{verdict}\n" + "y" * 200_000))

    (body,) = github.bodies()
    assert body.splitlines()[:2] == [marker().text, verdict]
    assert len(body) < 300


def test_upsert_comment__edit_is_redirected(github_fast: GitHubFake, bot: str):
    """An edit that is redirected to the repository's new address arrives there (F8)."""
    github_fast.open_pull()
    old = github_fast.say(5, bot, comment("old", run_id=1).body)
    location = f"{github_fast.url}/repositories/4242/issues/comments/{old.id}"
    github_fast.fail(Fault(ANY_EDIT, status=307, headers={"Location": location}, body="{}"))

    posted = client(github_fast).upsert_comment(comment("new"))

    assert posted.problem == ""
    assert github_fast.bodies() == [comment("new").body]


def test_upsert_comment__redirect_to_another_host(github_fast: GitHubFake, bot: str):
    """A redirect to another host is refused: the token goes to GitHub only (T-P6)."""
    github_fast.open_pull()
    github_fast.say(5, bot, comment("old", run_id=1).body)
    headers = {"Location": "http://localhost:9/repositories/4242/issues/comments/1"}
    github_fast.fail(Fault(ANY_EDIT, status=307, headers=headers, body="{}", times=-1))

    posted = client(github_fast).upsert_comment(comment("new"))

    assert "GitHub redirects to another host" in posted.problem


def test_upsert_comment__someone_deletes_ours_meanwhile(github: GitHubFake, bot: str):
    """A comment that vanishes between looking and writing is created again."""
    github.open_pull()
    old = github.say(5, bot, comment("old", run_id=1).body)
    github.fail(Fault(LISTED, "meanwhile", deed=lambda: github.state.comments.pop(old.id)))

    posted = client(github).upsert_comment(comment("new"))

    assert posted.problem == ""
    assert github.bodies() == [comment("new").body]


def test_upsert_comment__newer_run_writes_between_look_and_write(github: GitHubFake, bot: str):
    """A newer result that appears after the list was read is not overwritten (F18)."""
    has_run(github, 100, 200)
    kept = github.say(5, bot, comment("old", run_id=1).body)
    newer = comment("newer", run_id=200).body
    github.fail(Fault(LISTED, "meanwhile", deed=lambda: kept.edit(newer, 0)))

    posted = client(github).upsert_comment(comment("ours", run_id=100))

    assert github.bodies() == [newer]
    assert posted.what == "comment of a newer run, left as it is"


def test_upsert_comment__older_run_overwrites_ours(github: GitHubFake, bot: str):
    """A slow older run that overwrites us right after we wrote is put right (F18)."""
    github.open_pull()
    kept = github.say(5, bot, comment("old", run_id=1).body)
    github.fail(Fault(ANY_EDIT, "meanwhile", deed=lambda: kept.edit(comment("slow", run_id=50).body, 0)))

    client(github).upsert_comment(comment("ours", run_id=100))

    assert github.bodies() == [comment("ours", run_id=100).body]


def test_upsert_comment__another_run_creates_one_meanwhile(github: GitHubFake, bot: str):
    """Two first comments at the same time become one, the older of the two with the newer run in it (F18)."""
    github.open_pull()
    github.fail(Fault(LISTED, "meanwhile", deed=lambda: github.say(5, bot, comment("other", run_id=50).body)))

    posted = client(github).upsert_comment(comment("ours", run_id=100))

    (remaining,) = github.state.comments.values()
    assert remaining.body == comment("ours", run_id=100).body
    assert posted.object_id == remaining.id


@pytest.mark.parametrize(
    ("token", "login"),
    [("write-token", "github-actions[bot]"), ("pat-token", "octo-maintainer"), ("app-token", "size-police[bot]")],
)
def test_upsert_comment__recognises_its_own(github: GitHubFake, token: str, login: str):
    """GITHUB_TOKEN, a personal token and an App's token each find the comment that they wrote."""
    github.open_pull()

    client(github, token).upsert_comment(comment("one", run_id=1))
    client(github, token).upsert_comment(comment("two", run_id=2))

    assert [(c.author, c.body) for c in github.state.comments.values()] == [(login, comment("two", run_id=2).body)]


def test_upsert_comment__who_am_i_is_in_doubt(github: GitHubFake):
    """Where GitHub cannot say whose token it is, nothing is posted: guessing wrong would make a second comment."""
    github.open_pull()
    github.fail(Fault("^GET /user", status=502, times=-1))

    posted = client(github).upsert_comment(comment())

    assert github.bodies() == []
    assert "GitHub does not say whose token this is" in posted.problem


def test_upsert_comment__viewer_is_refused(github_fast: GitHubFake, bot: str):
    """A server that refuses both questions is taken for GITHUB_TOKEN's."""
    github_fast.open_pull()
    github_fast.fail(Fault("^POST /graphql", status=404, body='{"message": "Not Found"}'))

    client(github_fast).upsert_comment(comment())

    assert [found.author for found in github_fast.state.comments.values()] == [bot]


def test_upsert_comment__enterprise_server():
    """On GitHub Enterprise Server everything lies below /api/v3, GraphQL beside it."""
    with GitHubFake(prefix="/api/v3") as server:
        server.open_pull()
        for number in range(40):
            server.say(5, "mona", f"comment {number}")

        client(server, "app-token").upsert_comment(comment("one", run_id=1))
        client(server, "app-token").upsert_comment(comment("two", run_id=2))

        assert server.bodies()[40:] == [comment("two", run_id=2).body]
        assert {status for _, status in server.requests} == {200, 201, 403}
