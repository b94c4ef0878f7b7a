"""event: what the runner says of this run → why we run, and for which commits."""

import json
import re
from typing import TypeGuard

from bot.errors import UsageError
from bot.model.plan import Event, EventKind, PullRequest, RunContext, WorkflowRun

# GitHub's own limit for a webhook payload.
_PAYLOAD_LIMIT_BYTES = 25_000_000
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NO_COMMIT = re.compile(r"0*")

_Json = dict[str, object]


def read_event(context: RunContext) -> Event:
    """Read the event of an Actions run; outside Actions it is ``LOCAL`` and nothing else.

    Raises ``UsageError`` for an event we do not know, and for a payload that is missing, broken, or without what its
    event always has. The payload is data that a pull request may have shaped: wrong types count as missing.
    """
    if not context.in_actions:
        return Event(EventKind.LOCAL)
    kind = _kind(context.event_name)
    payload = _parse(context)
    repository = context.repository or _text(payload, "repository", "full_name")
    return Event(
        kind=kind,
        action=_text(payload, "action"),
        repository=repository,
        sha=context.sha,
        ref=context.ref,
        base_sha=_base_sha(kind, payload),
        default_branch=_text(payload, "repository", "default_branch"),
        pull_request=_pull_request(payload, kind),
        workflow_run=_workflow_run(payload, kind),
        base_changed=_at(payload, "changes", "base") is not None,
        deleted=kind is EventKind.PUSH and payload.get("deleted") is True,
    )


def _kind(name: str) -> EventKind:
    try:
        return EventKind(name)
    except ValueError:
        known = ", ".join(kind for kind in EventKind if kind is not EventKind.LOCAL)
        raise UsageError(
            f"The event {name[:80]!r} is not one that images are compared for.", fix=f"Use one of {known}."
        ) from None


def _parse(context: RunContext) -> _Json:
    if not context.payload:
        raise _broken(context, "The event file is missing or empty.")
    if len(context.payload) > _PAYLOAD_LIMIT_BYTES:
        raise _broken(context, "The event file is larger than GitHub's limit of 25 MB.")
    try:
        payload = json.loads(context.payload)
    except (ValueError, RecursionError):
        raise _broken(context, "The event file is not JSON.") from None
    if not _is_object(payload):
        raise _broken(context, "The event file does not hold an object.")
    return payload


def _broken(context: RunContext, why: str) -> UsageError:
    return UsageError(
        f"The {context.event_name} event cannot be read.",
        why=why,
        fix="GITHUB_EVENT_PATH must name the file that the runner wrote; unset GITHUB_ACTIONS for a local run.",
    )


def _base_sha(kind: EventKind, payload: _Json) -> str:
    if kind is EventKind.MERGE_GROUP:
        return _commit(payload, "merge_group", "base_sha")
    before = _text(payload, "before") if kind is EventKind.PUSH else ""
    return before if _OBJECT_ID.fullmatch(before) and not _NO_COMMIT.fullmatch(before) else ""


def _pull_request(payload: _Json, kind: EventKind) -> PullRequest | None:
    if kind not in {EventKind.PULL_REQUEST, EventKind.PULL_REQUEST_TARGET}:
        return None
    labelled = _text(payload, "label", "name") if _text(payload, "action") == "labeled" else ""
    return PullRequest(
        number=_number(payload, "pull_request", "number"),
        head_sha=_commit(payload, "pull_request", "head", "sha"),
        base_sha=_commit(payload, "pull_request", "base", "sha"),
        head_ref=_text(payload, "pull_request", "head", "ref"),
        base_ref=_text(payload, "pull_request", "base", "ref"),
        head_repository=_text(payload, "pull_request", "head", "repo", "full_name"),
        base_repository=_text(payload, "pull_request", "base", "repo", "full_name"),
        author=_text(payload, "pull_request", "user", "login"),
        labels=_labels(_at(payload, "pull_request", "labels")),
        draft=_at(payload, "pull_request", "draft") is True,
        labelled=labelled,
        updated=_text(payload, "pull_request", "updated_at") if labelled else "",
    )


def _workflow_run(payload: _Json, kind: EventKind) -> WorkflowRun | None:
    if kind is not EventKind.WORKFLOW_RUN:
        return None
    return WorkflowRun(
        run_id=_number(payload, "workflow_run", "id"),
        event=_text(payload, "workflow_run", "event"),
        path=_text(payload, "workflow_run", "path"),
        head_sha=_commit(payload, "workflow_run", "head_sha"),
        head_branch=_text(payload, "workflow_run", "head_branch"),
        head_repository=_text(payload, "workflow_run", "head_repository", "full_name"),
        repository=_text(payload, "workflow_run", "repository", "full_name"),
        run_attempt=_number(payload, "workflow_run", "run_attempt"),
        pull_numbers=_pull_numbers(_at(payload, "workflow_run", "pull_requests")),
        conclusion=_text(payload, "workflow_run", "conclusion"),
    )


def _labels(found: object) -> tuple[str, ...]:
    names = (_text(label, "name") for label in found if _is_object(label)) if isinstance(found, list) else ()
    return tuple(name for name in names if name)


def _pull_numbers(found: object) -> tuple[int, ...]:
    numbers = (label.get("number") for label in found if _is_object(label)) if isinstance(found, list) else ()
    return tuple(number for number in numbers if _is_number(number))


def _at(node: object, *keys: str) -> object:
    """Walk down; ``None`` where any step is missing or not an object."""
    for key in keys:
        node = node.get(key) if _is_object(node) else None
    return node


def _text(node: object, *keys: str) -> str:
    found = _at(node, *keys)
    return found if isinstance(found, str) else ""


def _commit(payload: _Json, *keys: str) -> str:
    found = _text(payload, *keys)
    if _OBJECT_ID.fullmatch(found) is None:
        raise _incomplete(keys, "a commit")
    return found


def _number(payload: _Json, *keys: str) -> int:
    found = _at(payload, *keys)
    if not _is_number(found):
        raise _incomplete(keys, "a number")
    return found


def _incomplete(keys: tuple[str, ...], wanted: str) -> UsageError:
    return UsageError(
        "The event cannot be read.",
        why=f"{'.'.join(keys)} of its payload is not {wanted}.",
        fix="GITHUB_EVENT_PATH must name the file that the runner wrote for GITHUB_EVENT_NAME.",
    )


def _is_object(node: object) -> TypeGuard[_Json]:
    return isinstance(node, dict)


def _is_number(node: object) -> TypeGuard[int]:
    return isinstance(node, int) and not isinstance(node, bool) and node > 0
