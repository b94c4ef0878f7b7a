"""Which commit is measured, and which one it is compared with: the choice for every kind of event, with its reason."""

import re
from collections.abc import Callable
from typing import NamedTuple

from bot.errors import GitError
from bot.model.config import Settings
from bot.model.provider import Event, EventKind
from bot.ports import Git

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Baseline(NamedTuple):
    """The commit to compare with, empty if there is none, the reason, and what people call it."""

    sha: str
    why: str
    label: str = ""


def head_of(event: Event, settings: Settings, git: Git) -> str:
    """Return the commit that is measured: what was asked for, else what is checked out."""
    if settings.head_ref:
        return git.resolve(settings.head_ref)
    return git.worktree_commit() if event.kind is EventKind.LOCAL else git.resolve("HEAD")


def is_uncommitted(head: str, event: Event, settings: Settings, git: Git) -> bool:
    """Tell whether the head is the working tree with changes that no commit has."""
    return event.kind is EventKind.LOCAL and not settings.head_ref and head != git.resolve("HEAD")


def head_label(event: Event, settings: Settings) -> str:
    """Say what people call the head."""
    pull_request = event.pull_request
    return _short(settings.head_ref) or (pull_request.head_ref if pull_request else "")


def pull_head(event: Event, head: str, git: Git) -> str:
    """Return the pull request's own commit where the head is a merge commit made of it."""
    return git.parents(head)[1] if _is_merge_of_pull_request(event, head, git) else ""


def _is_merge_of_pull_request(event: Event, head: str, git: Git) -> bool:
    pull_request = event.pull_request
    if pull_request is None:
        return False
    parents = git.parents(head)
    return len(parents) == 2 and (parents[1] == pull_request.head_sha or _is_merge_ref(event, head))


def _is_merge_ref(event: Event, head: str) -> bool:
    return not event.privileged and head == event.sha and event.ref.endswith("/merge")


def base_of(event: Event, head: str, settings: Settings, git: Git) -> Baseline:
    """Choose the commit to compare with; one that cannot be had is no baseline, with the reason."""
    return _explicit(settings, git) if settings.base_ref else _fetched(_CHOICES[event.kind](event, head, git), git)


def _explicit(settings: Settings, git: Git) -> Baseline:
    label = _short(settings.base_ref)
    return Baseline(git.resolve(settings.base_ref), f"{label}, as asked", label)


def _short(revision: str) -> str:
    """Return what people call a revision: a full object ID by its first seven digits."""
    return revision[:7] if _OBJECT_ID.fullmatch(revision) else revision


def _fetched(base: Baseline, git: Git) -> Baseline:
    """Return the base if its tree can be had, else no baseline with the reason."""
    if not base.sha or git.ensure(base.sha):
        return base
    return _unfetched(base.sha, base.why, base.label)


def _unfetched(sha: str, what: str, label: str) -> Baseline:
    return Baseline("", f"no baseline: {sha[:7]}, the {what}, could not be fetched", label)


def _of_pull_request(event: Event, head: str, git: Git) -> Baseline:
    pull_request = event.pull_request
    if pull_request is None:
        return _of_branch(event, head, git)
    if _is_merge_of_pull_request(event, head, git):
        return Baseline(git.parents(head)[0], "first parent of the merge commit", pull_request.base_ref)
    return _merge_base(git, pull_request.base_sha, head, pull_request.base_ref)


def _of_merge_queue(event: Event, _head: str, _git: Git) -> Baseline:
    return Baseline(event.base_sha, "commit that the merge group builds upon")


def _of_push(event: Event, head: str, git: Git) -> Baseline:
    label = event.ref.removeprefix("refs/heads/")
    if event.base_sha and git.ensure(event.base_sha):
        return Baseline(event.base_sha, "commit before the push", label)
    if event.base_sha:
        return _first_parent(git, head, label, " (the commit before the push is gone)")
    return _of_branch(event, head, git)


def _of_branch(event: Event, head: str, git: Git) -> Baseline:
    """Compare with the default branch where the head left it, else with the commit before."""
    if not event.default_branch or event.ref == f"refs/heads/{event.default_branch}":
        return _first_parent(git, head, event.default_branch)
    return _merge_base_or_parent(git, event.default_branch, head, event.default_branch)


def _of_local(_event: Event, head: str, git: Git) -> Baseline:
    try:
        branch = git.default_branch()
    except GitError:
        return _first_parent(git, head, "", " (there is no default branch here)")
    return _merge_base_or_parent(git, branch, head, branch.removeprefix("refs/heads/").removeprefix("refs/remotes/"))


def _merge_base_or_parent(git: Git, branch: str, head: str, label: str) -> Baseline:
    try:
        tip = git.resolve(branch)
    except GitError:
        return _first_parent(git, head, label, f" ({label} is not here)")
    base = _merge_base(git, tip, head, label)
    return _first_parent(git, head, label) if base.sha == head else base


def _merge_base(git: Git, tip: str, head: str, label: str) -> Baseline:
    if not git.ensure(tip):
        return _unfetched(tip, f"tip of {label}", label)
    try:
        found = git.merge_base(tip, head)
    except GitError as error:
        return Baseline("", f"no baseline: {error.why or error.what}", label)
    if found is None:
        return Baseline("", f"no baseline: {label or tip[:7]} and the head have no common ancestor here", label)
    return Baseline(found, f"merge base with {label}" if label else "merge base", label)


def _first_parent(git: Git, head: str, label: str, remark: str = "") -> Baseline:
    parents = git.parents(head)
    if not parents:
        return Baseline("", "no baseline: this is the first commit", label)
    return Baseline(parents[0], f"first parent{remark}", label)


_CHOICES: dict[EventKind, Callable[[Event, str, Git], Baseline]] = {
    EventKind.PULL_REQUEST: _of_pull_request,
    EventKind.MERGE_QUEUE: _of_merge_queue,
    EventKind.PUSH: _of_push,
    EventKind.MANUAL: _of_branch,
    EventKind.COMPLETED_RUN: _of_branch,
    EventKind.SCHEDULE: _of_branch,
    EventKind.LOCAL: _of_local,
}
