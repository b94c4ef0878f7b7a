"""What GitHub's runner says of this run: its variables, the event file in GitHub's words, and the Action's inputs.

The payload is data that a pull request may have shaped: wrong types count as missing. What must be there, and what a
commit looks like, is checked for every provider in ``bot.stages.event``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeGuard

from bot.errors import UsageError
from bot.model.provider import Event, EventKind, LinkTemplates, PageLimits, PipelineRun, PullRequest, RunContext

LARGEST_EVENT_BYTES: Final = 25_000_000
"""GitHub caps webhook payloads at 25 MB."""

_KINDS: Final[Mapping[str, EventKind]] = {
    "pull_request": EventKind.PULL_REQUEST,
    "pull_request_target": EventKind.PULL_REQUEST,
    "merge_group": EventKind.MERGE_QUEUE,
    "push": EventKind.PUSH,
    "workflow_dispatch": EventKind.MANUAL,
    "workflow_run": EventKind.COMPLETED_RUN,
    "schedule": EventKind.SCHEDULE,
}
# Anybody who can open a pull request brings these about, and they run with the base's token and secrets (T-D2).
_PRIVILEGED: Final = frozenset({"pull_request_target", "workflow_run"})
_DEPENDABOT: Final = "dependabot[bot]"
"""Its branches are of the repository, and yet its runs get the token of a fork's."""

_Json = dict[str, object]


def is_here(environment: Mapping[str, str]) -> bool:
    """Tell whether a runner of GitHub Actions has started us."""
    return environment.get("GITHUB_ACTIONS") == "true"


def read_context(environment: Mapping[str, str]) -> RunContext:
    """Read the context of this run; raises ``UsageError`` where the event is unknown or its file unreadable."""
    repository = environment.get("GITHUB_REPOSITORY", "")
    payload = _read_payload(environment.get("GITHUB_EVENT_PATH", ""))
    return RunContext(
        event=event_of(
            environment.get("GITHUB_EVENT_NAME", ""),
            payload,
            repository=repository,
            sha=environment.get("GITHUB_SHA", ""),
            ref=environment.get("GITHUB_REF", ""),
        ),
        repository=repository,
        server_url=environment.get("GITHUB_SERVER_URL", ""),
        run_id=_run_number(environment, "GITHUB_RUN_ID"),
        run_attempt=_run_number(environment, "GITHUB_RUN_ATTEMPT"),
        links=LINKS,
        limits=LIMITS,
    )


def read_inputs(environment: Mapping[str, str]) -> dict[str, str]:
    """Read the Action's inputs by their names in action.yml; those left empty are absent.

    The runner upper-cases names and turns blanks into underscores, dashes stay: ``INPUT_GITHUB-TOKEN``.
    """
    return {
        name.removeprefix("INPUT_").lower(): value.strip()
        for name, value in environment.items()
        if name.startswith("INPUT_") and value.strip()
    }


def event_of(name: str, content: bytes, *, repository: str = "", sha: str = "", ref: str = "") -> Event:
    """Translate an event and its payload; what the payload lacks is empty or 0. Raises ``UsageError``."""
    kind = _kind(name)
    payload = _parse(name, content)
    return Event(
        kind=kind,
        name=name,
        privileged=name in _PRIVILEGED,
        action=_text(payload, "action"),
        repository=repository or _text(payload, "repository", "full_name"),
        sha=sha,
        ref=ref,
        base_sha=_base_sha(kind, payload),
        default_branch=_text(payload, "repository", "default_branch"),
        pull_request=_pull_request(payload) if kind is EventKind.PULL_REQUEST else None,
        completed_run=_completed_run(payload) if kind is EventKind.COMPLETED_RUN else None,
        base_changed=_at(payload, "changes", "base") is not None,
        deleted=kind is EventKind.PUSH and payload.get("deleted") is True,
    )


# --- variables and the file ---


def _read_payload(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST_EVENT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(
            "the event that started this run cannot be read",
            why=f"GITHUB_EVENT_PATH is {path!r} ({type(error).__name__})",
            fix="run inside a job of GitHub Actions, or unset GITHUB_ACTIONS to use the command line",
        ) from error


def _run_number(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "")
    return int(value) if value.isdecimal() and value.isascii() else None


def _kind(name: str) -> EventKind:
    if name not in _KINDS:
        known = ", ".join(_KINDS)
        raise UsageError(
            f"The event {name[:80]!r} is not one that images are compared for.", fix=f"Use one of {known}."
        )
    return _KINDS[name]


def _parse(name: str, content: bytes) -> _Json:
    if not content:
        raise _broken(name, "The event file is missing or empty.")
    if len(content) > LARGEST_EVENT_BYTES:
        raise _broken(name, "The event file is larger than GitHub's limit of 25 MB.")
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        raise _broken(name, "The event file is not JSON.") from None
    if not _is_object(payload):
        raise _broken(name, "The event file does not hold an object.")
    return payload


def _broken(name: str, why: str) -> UsageError:
    return UsageError(
        f"The {name} event cannot be read.",
        why=why,
        fix="GITHUB_EVENT_PATH must name the file that the runner wrote; unset GITHUB_ACTIONS for a local run.",
    )


# --- the payload ---


def _base_sha(kind: EventKind, payload: _Json) -> str:
    if kind is EventKind.MERGE_QUEUE:
        return _text(payload, "merge_group", "base_sha")
    return _text(payload, "before") if kind is EventKind.PUSH else ""


def _pull_request(payload: _Json) -> PullRequest:
    author = _text(payload, "pull_request", "user", "login")
    labelled = _text(payload, "label", "name") if _text(payload, "action") == "labeled" else ""
    return PullRequest(
        number=_number(payload, "pull_request", "number"),
        head_sha=_text(payload, "pull_request", "head", "sha"),
        base_sha=_text(payload, "pull_request", "base", "sha"),
        head_ref=_text(payload, "pull_request", "head", "ref"),
        base_ref=_text(payload, "pull_request", "base", "ref"),
        head_repository=_text(payload, "pull_request", "head", "repo", "full_name"),
        base_repository=_text(payload, "pull_request", "base", "repo", "full_name"),
        author=author,
        labels=tuple(filter(None, (_text(label, "name") for label in _list(payload, "pull_request", "labels")))),
        restricted=author == _DEPENDABOT,
        labelled=labelled,
        updated=_text(payload, "pull_request", "updated_at") if labelled else "",
    )


def _completed_run(payload: _Json) -> PipelineRun:
    numbers = (_number(pull, "number") for pull in _list(payload, "workflow_run", "pull_requests"))
    return PipelineRun(
        run_id=_number(payload, "workflow_run", "id"),
        event=_text(payload, "workflow_run", "event"),
        path=_text(payload, "workflow_run", "path"),
        head_sha=_text(payload, "workflow_run", "head_sha"),
        head_branch=_text(payload, "workflow_run", "head_branch"),
        head_repository=_text(payload, "workflow_run", "head_repository", "full_name"),
        repository=_text(payload, "workflow_run", "repository", "full_name"),
        run_attempt=_number(payload, "workflow_run", "run_attempt"),
        pull_numbers=tuple(filter(None, numbers)),
        conclusion=_text(payload, "workflow_run", "conclusion"),
    )


def _at(node: object, *keys: str) -> object:
    """Walk down; ``None`` where any step is missing or not an object."""
    for key in keys:
        node = node.get(key) if _is_object(node) else None
    return node


def _text(node: object, *keys: str) -> str:
    found = _at(node, *keys)
    return found if isinstance(found, str) else ""


def _number(node: object, *keys: str) -> int:
    found = _at(node, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0


def _list(node: object, *keys: str) -> list[object]:
    found = _at(node, *keys)
    return found if isinstance(found, list) else []


def _is_object(node: object) -> TypeGuard[_Json]:
    return isinstance(node, dict)


LINKS: Final = LinkTemplates(
    file="{root}/blob/{commit}/{path}",
    line="#L{first}",
    lines="#L{first}-L{last}",
    run="{root}/actions/runs/{run}",
    artifacts="{root}/actions/runs/{run}#artifacts",
)
LIMITS: Final = PageLimits(comment_bytes=60_000, summary_bytes=1_000_000, check_bytes=60_000, annotations=50)
"""Comments over 65,536 and summaries of checks over 65,535 are refused, and whether that is bytes or characters is not
documented; of a job summary over 1 MiB nothing is shown. One request for a check takes 50 annotations."""
