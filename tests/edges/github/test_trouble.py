"""Whose fault it is: what GitHub answers oddly is trouble with a way out, and a bug of ours stays one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.edges.providers.github.trouble import GitHubError, MovedAwayError, UnusableAnswerError
from bot.errors import DeadweightError
from bot.model.effects import PublishCheck
from bot.model.provider import HeadBranch
from bot.ports import Provider
from tests.edges.github.conftest import client, comment
from tests.world.github import Fault, GitHubFake
from tests.world.github.people import HEAD_SHA

EDGE = "bot.edges.providers.github"
CHECK = PublishCheck("size", HEAD_SHA, "success", "t", "s")
BRANCH = HeadBranch("octo/shop", "grow")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}


Ask = Callable[[Provider], object]

OURS: tuple[tuple[str, Ask], ...] = (
    ("reading.Pull", lambda port: port.pull(5)),
    ("comments.Comment", lambda port: port.upsert_comment(comment())),
    ("checks._output", lambda port: port.publish_check(CHECK)),
    ("git_data.Tag", lambda port: port.tags()),
)
RUN = {"id": 1, "head_branch": "grow", "head_repository": {"full_name": "octo/shop"}, "created_at": None}
FILE = {"type": "file", "encoding": "base64", "content": None, "url": "https://x/y?ref=main"}
ODD: tuple[tuple[str, object, Ask], ...] = (
    ("/check-runs", {"check_runs": [{"id": 1, "app": None}]}, lambda port: port.check_summaries(HEAD_SHA, "size")),
    ("/compare/", {}, lambda port: port.merge_base("main", "grow")),
    ("/compare/", {"merge_base_commit": None}, lambda port: port.merge_base("main", "grow")),
    ("/tags", [{"name": "v1", "commit": None}], lambda port: port.tags()),
    ("/git/commits/", {"sha": HEAD_SHA, "parents": None}, lambda port: port.parents(HEAD_SHA)),
    ("/artifacts", {"artifacts": [{"id": None}]}, lambda port: port.artifacts(7)),
    ("/contents/", FILE, lambda port: port.file_at("main", "a")),
    ("/actions/runs", {"workflow_runs": [RUN]}, lambda port: port.head_before(BRANCH, NOW)),
)


@pytest.mark.parametrize(("name", "ask"), OURS, ids=[name for name, _ in OURS])
def test_asking__a_bug_of_ours_is_not_taken_for_trouble_of_github(
    github_fast: GitHubFake, monkeypatch: pytest.MonkeyPatch, name: str, ask: Ask
):
    """A line of ours that calls what cannot be called ends as that bug, and is neither swallowed nor reworded."""
    github_fast.open_pull()
    github_fast.state.tags = {"v1.0.0": HEAD_SHA}
    client(github_fast).upsert_comment(comment("an earlier one"))
    monkeypatch.setattr(f"{EDGE}.{name}", None)

    with pytest.raises(TypeError):
        ask(client(github_fast))


@pytest.mark.parametrize(("url", "body", "ask"), ODD, ids=[f"{url} {body}"[:40] for url, body, _ in ODD])
def test_asking__an_answer_that_lacks_what_is_always_there(github_fast: GitHubFake, url: str, body: object, ask: Ask):
    """JSON without a part that GitHub always sends is trouble of GitHub's, never a traceback (F8)."""
    github_fast.open_pull()
    github_fast.fail(Fault(f"^GET .*{url}", status=200, headers=JSON, body=json.dumps(body), times=-1))

    with pytest.raises(GitHubError, match="GitHub does not answer properly"):
        ask(client(github_fast))


def test_errors__have_one_root():
    """What leaves the transport can be told like every failure of ours."""
    assert issubclass(UnusableAnswerError, DeadweightError)
    assert issubclass(MovedAwayError, DeadweightError)
