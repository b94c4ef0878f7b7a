"""What our own comment remembers is read back from it, and from nobody else's."""

import dataclasses

import pytest

from bot.edges.providers.github.sticky import shorter_bodies
from bot.errors import PublishError
from bot.model.effects import PublishCheck
from tests.edges.github.conftest import client, comment, marker
from tests.world.github import Fault, GitHubFake, Token
from tests.world.github.people import HEAD_SHA
from tests.world.github.state import WRITING

LINE = "<!-- deadweight:accepted by=mona at=2026-11-20T12:00:00Z api,linux%2Famd64,max-growth,5 -->"
BODY = f"{marker().text}\n{LINE}\n### verdict\n\ntext"


def test_sticky_comment__is_ours(github: GitHubFake, bot: str):
    """The comment that we wrote under a key is given as it is."""
    github.run_workflow(github.open_pull(), id=100)
    github.say(5, "mona", "hello")
    github.say(5, bot, BODY)

    assert client(github).sticky_comment(5, "size") == BODY


def test_sticky_comment__is_the_newest_runs(github: GitHubFake, bot: str):
    """Of duplicates the one with the newest result counts, as it does when the comment is written."""
    pull = github.open_pull()
    for run_id in (1, 9):
        github.run_workflow(pull, id=run_id)
    newest = comment("new", run_id=9).body
    github.say(5, bot, comment("old", run_id=1).body)
    github.say(5, bot, newest)

    assert client(github).sticky_comment(5, "size") == newest


@pytest.mark.parametrize(("author", "body"), [("mallory", BODY), ("github-actions[bot]", f"see {BODY}")])
def test_sticky_comment__of_somebody_else_is_none(github: GitHubFake, author: str, body: str):
    """Neither somebody else's comment with our marker, nor ours without it, is read (T-M2)."""
    github.open_pull()
    github.say(5, author, body)

    assert client(github).sticky_comment(5, "size") is None


def test_sticky_comment__of_another_key_is_none(github: GitHubFake, bot: str):
    """Several workflows on one pull request each have their own memory."""
    github.open_pull()
    github.say(5, bot, BODY)

    assert client(github).sticky_comment(5, "other") is None


def test_sticky_comment__of_a_run_that_there_is_not(github: GitHubFake, bot: str):
    """What another workflow wrote under our name for a run that does not exist is no memory of ours."""
    github.run_workflow(github.open_pull(), id=100)
    github.say(5, bot, BODY)
    github.say(5, bot, comment(f"{LINE}\nforged", run_id=999_999).body)

    assert client(github).sticky_comment(5, "size") == BODY


def test_sticky_comment__cannot_be_read(github: GitHubFake):
    """Trouble is never taken for "no comment": what it remembers would be forgotten."""
    github.open_pull()
    github.fail(Fault("^GET .*/issues/5/comments", times=-1))

    with pytest.raises(PublishError, match="comments of pull request 5 could not be read"):
        client(github).sticky_comment(5, "size")


def test_check_summaries__are_ours_of_that_name_and_commit(github: GitHubFake):
    """What our own check runs say at a commit; another App's, another name's and another commit's are not read."""
    mine = PublishCheck("Image size", HEAD_SHA, "success", "title", f"text\n{LINE}\n")
    client(github).publish_check(mine)
    client(github, "app-token").publish_check(dataclasses.replace(mine, summary="another App's"))
    client(github).publish_check(dataclasses.replace(mine, name="other"))
    client(github).publish_check(dataclasses.replace(mine, head_sha="d" * 40))

    assert client(github).check_summaries(HEAD_SHA, "Image size") == (mine.summary,)


def test_check_summaries__may_not_be_read(github: GitHubFake, bot: str):
    """A token that may not read check runs is trouble, never an answer."""
    scopes = tuple(scope for scope in WRITING if scope[0] != "checks")
    github.state.tokens["no-checks-token"] = Token(bot, permissions=scopes)

    with pytest.raises(PublishError, match="the check runs of aaaaaaaaaaaa could not be read"):
        client(github, "no-checks-token").check_summaries(HEAD_SHA, "Image size")


def test_shorter_bodies__keep_what_is_remembered_and_the_verdict():
    """However short a comment must be, its lines for machines stay and its first line for people too."""
    *_, half, minimal = shorter_bodies(BODY + "\n\nmore" * 50)

    assert half.startswith(f"{marker().text}\n{LINE}\n### verdict")
    assert minimal.splitlines()[:3] == [marker().text, LINE, "### verdict"]
