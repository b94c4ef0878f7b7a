"""event: what the provider told of this run → why we run, and for which commits.

Whatever provider tells it, what goes on to git is a commit's full object ID, and no event lacks what its kind always
has. Payloads may be shaped by a pull request: nothing of them is believed before it is checked here.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.model.provider import Event, EventKind, RunContext

_OBJECT_ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NO_COMMIT: Final = re.compile(r"0*")
"""Git's way to say that there is none: a push that makes a branch comes after it."""


def read_event(context: RunContext) -> Event:
    """Return the event with the commit that it came after, empty for none; on a command line it is ``LOCAL``.

    Raises ``UsageError`` for an event without what its kind always has.
    """
    event = context.event
    for where, commit in _commits(event):
        if _OBJECT_ID.fullmatch(commit) is None:
            raise _incomplete(where, "a commit")
    for where, number in _numbers(event):
        if number <= 0:
            raise _incomplete(where, "a number")
    return replace(event, base_sha=_before(event)) if event.kind is EventKind.PUSH else event


def _commits(event: Event) -> Iterator[tuple[str, str]]:
    """Name the commits that must be there."""
    if event.kind is EventKind.MERGE_QUEUE:
        yield "base_sha", event.base_sha
    if event.kind is EventKind.PULL_REQUEST:
        pull = event.pull_request
        yield "pull_request.head_sha", pull.head_sha if pull else ""
        yield "pull_request.base_sha", pull.base_sha if pull else ""
    if event.kind is EventKind.COMPLETED_RUN:
        yield "completed_run.head_sha", event.completed_run.head_sha if event.completed_run else ""


def _numbers(event: Event) -> Iterator[tuple[str, int]]:
    """Name the numbers that must be there."""
    if event.pull_request is not None:
        yield "pull_request.number", event.pull_request.number
    if event.completed_run is not None:
        yield "completed_run.run_id", event.completed_run.run_id
        yield "completed_run.run_attempt", event.completed_run.run_attempt


def _before(event: Event) -> str:
    before = event.base_sha
    return before if _OBJECT_ID.fullmatch(before) and not _NO_COMMIT.fullmatch(before) else ""


def _incomplete(where: str, wanted: str) -> UsageError:
    return UsageError(
        "The event cannot be read.",
        why=f"Its {where} is not {wanted}.",
        fix="Run in a job that the event itself started, with the event file that the runner wrote.",
    )
