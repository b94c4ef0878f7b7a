"""read_event: GitHub's own payloads, and what a hostile or broken one comes to."""

import json

import pytest

from bot.edges.providers import provider_of
from bot.edges.providers.github.event import event_of
from bot.errors import UsageError
from bot.model.provider import Event, EventKind, PipelineRun, PullRequest, RunContext
from bot.stages.event import read_event
from tests.world import webhooks
from tests.world.webhooks import BASE_SHA, HEAD_SHA, MERGE_SHA

ZERO = "0" * 40


def context(name: str, payload: object, **facts: str) -> RunContext:
    """Return what the runner would say of a run for this payload."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return RunContext(event_of(name, raw, **facts))


def small_pull_request(**changes: object) -> dict[str, object]:
    """Return the least that a pull_request payload must have, with changes to the pull request."""
    pull = {"number": 5, "head": {"sha": HEAD_SHA}, "base": {"sha": BASE_SHA}} | changes
    return {"action": "opened", "pull_request": pull}


def test_local__is_an_event_of_its_own():
    """Outside Actions nothing is read, whatever lies around."""
    environment = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "/nonsense"}

    context = provider_of(environment).read_context(environment)

    assert read_event(context) == Event(EventKind.LOCAL)


@pytest.mark.usefixtures("test_tools")
def test_pull_request__of_a_branch():
    """GitHub's own payload gives the pull request, its two ends and who asks for it."""
    payload = webhooks.pull_request("opened", labels=("image-size-ok", "bug"))

    event = read_event(context("pull_request", payload, repository="octo/shop", sha=MERGE_SHA, ref="refs/pull/5/merge"))

    assert event == Event(
        EventKind.PULL_REQUEST,
        "pull_request",
        action="opened",
        repository="octo/shop",
        sha=MERGE_SHA,
        ref="refs/pull/5/merge",
        default_branch=payload["repository"]["default_branch"],
        pull_request=PullRequest(
            number=5,
            head_sha=HEAD_SHA,
            base_sha=BASE_SHA,
            head_ref="grow",
            base_ref="main",
            head_repository="octo/shop",
            base_repository="octo/shop",
            author="mona",
            labels=("image-size-ok", "bug"),
        ),
    )
    assert not event.privileged
    assert not event.pull_request.from_fork


@pytest.mark.usefixtures("test_tools")
@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened"])
def test_pull_request__of_a_fork_that_is_gone(action: str):
    """A deleted fork leaves an empty head repository, which counts as a fork."""
    event = read_event(context("pull_request", webhooks.pull_request(action, fork="eve", deleted_fork=True)))

    assert event.pull_request.head_repository == ""
    assert event.pull_request.from_fork


@pytest.mark.usefixtures("test_tools")
def test_pull_request__retargeted():
    """An edit that changes the base is told apart from one that changes the title."""
    retargeted = read_event(context("pull_request", webhooks.pull_request("edited")))
    retitled = read_event(
        context("pull_request", small_pull_request() | {"action": "edited", "changes": {"title": {"from": "old"}}})
    )

    assert (retargeted.action, retargeted.base_changed) == ("edited", True)
    assert (retitled.action, retitled.base_changed) == ("edited", False)


def test_pull_request__whose_token_can_only_read():
    """Dependabot's branches are the repository's own, and yet its runs get the token of a fork's."""
    pulls = [
        read_event(context("pull_request", small_pull_request(user={"login": login}))).pull_request
        for login in ("dependabot[bot]", "mona")
    ]

    assert [pull.restricted for pull in pulls] == [True, False]


@pytest.mark.parametrize(("action", "label", "at"), [("labeled", "ok", "2026-11-24"), ("synchronize", "", "")])
def test_pull_request__says_which_label_was_set_and_when(action: str, label: str, at: str):
    """Only the event of a label tells of one; any other event may carry old words about it."""
    payload = small_pull_request(updated_at="2026-11-24") | {"action": action, "label": {"name": "ok"}}

    pull = read_event(context("pull_request", payload)).pull_request

    assert (pull.labelled, pull.updated) == (label, at)


@pytest.mark.usefixtures("test_tools")
def test_pull_request_target__is_recognised():
    """The privileged twin has the same pull request and is told to be privileged, so that it can be refused (T-D2)."""
    event = read_event(context("pull_request_target", webhooks.pull_request("opened")))

    assert (event.kind, event.name, event.privileged) == (EventKind.PULL_REQUEST, "pull_request_target", True)
    assert event.pull_request.number == 5


@pytest.mark.usefixtures("test_tools")
def test_merge_group__has_a_base_and_no_pull_request():
    """The commit that the group builds upon comes from the payload."""
    event = read_event(context("merge_group", webhooks.merge_group()))

    assert (event.kind, event.base_sha, event.pull_request) == (EventKind.MERGE_QUEUE, BASE_SHA, None)


@pytest.mark.usefixtures("test_tools")
@pytest.mark.parametrize(("before", "base"), [(BASE_SHA, BASE_SHA), (ZERO, ""), ("", ""), ("not a commit", "")])
def test_push__has_the_commit_before_unless_the_branch_is_new(before: str, base: str):
    """The zero commit of a new branch is no base."""
    payload = webhooks.push() | {"before": before}

    assert read_event(context("push", payload, ref="refs/heads/main")).base_sha == base


def test_push__that_deletes_a_branch():
    """A deletion is told, so that nothing is measured."""
    event = read_event(context("push", {"before": BASE_SHA, "after": ZERO, "deleted": True}))

    assert event.deleted


@pytest.mark.usefixtures("test_tools")
def test_workflow_dispatch__knows_the_default_branch():
    """A run by hand knows where the repository's main line is."""
    payload = webhooks.workflow_dispatch()

    event = read_event(context("workflow_dispatch", payload))

    assert (event.kind, event.default_branch) == (
        EventKind.MANUAL,
        payload["repository"]["default_branch"],
    )


def test_schedule__needs_nothing_of_its_payload():
    """A scheduled run's payload says hardly more than its cron line."""
    assert read_event(context("schedule", {"schedule": "0 3 * * *"})).kind is EventKind.SCHEDULE


@pytest.mark.usefixtures("test_tools")
def test_workflow_run__tells_which_run_it_follows():
    """Everything that publishing needs to find the pull request comes from the event."""
    payload = webhooks.workflow_run(77, fork="eve", pull_numbers=(5,), conclusion="failure")

    event = read_event(context("workflow_run", payload))

    assert event.privileged
    assert event.completed_run == PipelineRun(
        run_id=77,
        event="pull_request",
        path=".github/workflows/size.yml",
        head_sha=HEAD_SHA,
        head_branch="grow",
        head_repository="eve/shop",
        repository="octo/shop",
        run_attempt=1,
        pull_numbers=(5,),
        conclusion="failure",
    )


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "missing or empty"),
        (b'{"action": "opened"', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not hold an object"),
        (b" " * 25_000_001, "25 MB"),
    ],
)
def test_payload__that_cannot_be_read(payload: bytes, words: str):
    """A missing, truncated, foreign, too deep or too large file is a usage error that says which (F29)."""
    with pytest.raises(UsageError, match=words) as caught:
        read_event(context("pull_request", payload))

    assert caught.value.exit_code == 2
    assert "GITHUB_EVENT_PATH" in caught.value.fix


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"number": True}, "pull_request.number"),
        ({"number": -1}, "pull_request.number"),
        ({"number": "5"}, "pull_request.number"),
        ({"head": None}, "pull_request.head_sha"),
        ({"head": {"sha": "main"}}, "pull_request.head_sha"),
        ({"head": {"sha": HEAD_SHA + "\n"}}, "pull_request.head_sha"),
        ({"head": {"sha": "--upload-pack=x"}}, "pull_request.head_sha"),
        ({"base": {"sha": ["a"]}}, "pull_request.base_sha"),
    ],
)
def test_payload__with_a_key_that_is_not_what_it_should_be(changes: dict[str, object], where: str):
    """The keys that we cannot do without are checked, and the one that is wrong is named."""
    with pytest.raises(UsageError, match=where):
        read_event(context("pull_request", small_pull_request(**changes)))


def test_payload__with_odd_values_elsewhere():
    """What is only shown or matched is empty where it has the wrong type, and never raises."""
    payload = small_pull_request(labels=["x", {"name": 3}, {"name": "kept"}, {}], user="me")

    pull = read_event(context("pull_request", payload)).pull_request

    assert (pull.labels, pull.author, pull.restricted) == (("kept",), "", False)


def test_unknown_event__is_refused_with_those_that_work():
    """An event that brings no commits to compare is named, and so are those that do."""
    with pytest.raises(UsageError, match="'issues'") as caught:
        read_event(context("issues", {}))

    assert "pull_request" in caught.value.fix
    assert "local" not in caught.value.fix
