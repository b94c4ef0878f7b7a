"""plan: which two commits are compared and why, and which images have to be built for that."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from bot.config.merge import with_reviewed_rights
from bot.discovery import BakePrint, Discovery, Options, RepositoryTree
from bot.discovery import discover as discover_images
from bot.discovery.nouns import no_bake
from bot.discovery.side import found_images, notes_on
from bot.dockerfile.build_inputs import changed_inputs
from bot.dockerfile.build_tree import BuildTree, Texts
from bot.dockerfile.found import Budgets, Commits, Pair, Wanted
from bot.dockerfile.moves import Moves
from bot.dockerfile.pairing import MOST_IMAGES, Pairing
from bot.errors import GitError, RefusedError
from bot.model.build import ImageSpec
from bot.model.config import AS_SHIPPED, Config, Settings
from bot.model.plan import Comparison, Event, EventKind, ImagePlan, Plan, Skip
from bot.policy.stakes import bounds_of, budgets_at_stake
from bot.ports import Git

_PRIVILEGED = frozenset({EventKind.PULL_REQUEST_TARGET, EventKind.WORKFLOW_RUN})
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class _Base(NamedTuple):
    """The commit to compare with, empty where there is none, the reason, and what people call it."""

    sha: str
    why: str
    label: str = ""


def compare_commits(event: Event, settings: Settings, git: Git) -> Comparison | Skip:
    """Choose the two commits, fetching what a shallow checkout lacks.

    The head is what is checked out. A merge commit of a pull request is compared with its first parent, since all that
    the pull request changes lies between these two; any other head with its merge base. A base that cannot be had
    leaves ``base_sha`` empty: no baseline, never zero. Raises ``RefusedError`` for events whose token can write.
    """
    _refuse_privileged(event, settings)
    reason = _reason_to_skip(event)
    if reason:
        return Skip(reason)
    head = _head(event, settings, git)
    base = _explicit(settings, git) if settings.base_ref else _fetched(_CHOICES[event.kind](event, head, git), git)
    if base.sha == head:
        return Skip("The commit is compared with itself: there is nothing to compare.")
    return Comparison(
        base_sha=base.sha,
        head_sha=head,
        why=base.why,
        base_label=base.label,
        head_label=_head_label(event, settings),
        pull_head_sha=_pull_head(event, head, git),
    )


def plan_images(
    comparison: Comparison, config: Config, git: Git, repository: str = "", bake: BakePrint = no_bake
) -> Plan:
    """Pair the images of both commits: those configured, and those that the CI of each says that it ships.

    An image for which nothing that its build can see differs is ``unchanged``. ``repository`` is ``owner/name``.
    """
    planner = _Planner(comparison, git, _Evidence(repository, git.name(), bake))
    pairing = planner.pairing(config)
    images = tuple(planner.image(pair) for pair in pairing.pairs())
    return Plan(comparison, images, (*pairing.notes, *planner.found_notes(images), *planner.gaps()))


def _refuse_privileged(event: Event, settings: Settings) -> None:
    if event.kind in _PRIVILEGED and not settings.allow_privileged_build:
        raise RefusedError(
            f"Images are not built on {event.kind}.",
            why="Its token can write and its secrets are there, and building runs what the pull request says.",
            fix="Build on pull_request with a read-only token and publish on workflow_run (docs/security.md).",
        )


def _reason_to_skip(event: Event) -> str:
    if event.deleted:
        return "The branch was deleted: there is nothing to measure."
    if event.pull_request is not None and event.action == "closed":
        return "The pull request is closed."
    if event.action == "edited" and not event.base_changed:
        return "Only the text of the pull request was edited."
    return ""


def _head(event: Event, settings: Settings, git: Git) -> str:
    if settings.head_ref:
        return git.resolve(settings.head_ref)
    return git.worktree_commit() if event.kind is EventKind.LOCAL else git.resolve("HEAD")


def _head_label(event: Event, settings: Settings) -> str:
    pull_request = event.pull_request
    return _short(settings.head_ref) or (pull_request.head_ref if pull_request else "")


def _pull_head(event: Event, head: str, git: Git) -> str:
    """Give the pull request's own commit where the head is a merge commit made of it."""
    return git.parents(head)[1] if _is_merge_of_pull_request(event, head, git) else ""


def _is_merge_of_pull_request(event: Event, head: str, git: Git) -> bool:
    pull_request = event.pull_request
    if pull_request is None:
        return False
    parents = git.parents(head)
    return len(parents) == 2 and (parents[1] == pull_request.head_sha or _is_merge_ref(event, head))


def _is_merge_ref(event: Event, head: str) -> bool:
    return event.kind is EventKind.PULL_REQUEST and head == event.sha and event.ref.endswith("/merge")


def _explicit(settings: Settings, git: Git) -> _Base:
    label = _short(settings.base_ref)
    return _Base(git.resolve(settings.base_ref), f"{label}, as asked", label)


def _short(revision: str) -> str:
    """Give what people call a revision: a full object ID by its first seven digits."""
    return revision[:7] if _OBJECT_ID.fullmatch(revision) else revision


def _fetched(base: _Base, git: Git) -> _Base:
    """Give the base if its tree can be had, else no baseline with the reason."""
    if not base.sha or git.ensure(base.sha):
        return base
    return _unfetched(base.sha, base.why, base.label)


def _unfetched(sha: str, what: str, label: str) -> _Base:
    return _Base("", f"no baseline: {sha[:7]}, the {what}, could not be fetched", label)


def _of_pull_request(event: Event, head: str, git: Git) -> _Base:
    pull_request = event.pull_request
    if pull_request is None:
        return _of_branch(event, head, git)
    if _is_merge_of_pull_request(event, head, git):
        return _Base(git.parents(head)[0], "first parent of the merge commit", pull_request.base_ref)
    return _merge_base(git, pull_request.base_sha, head, pull_request.base_ref)


def _of_merge_group(event: Event, _head: str, _git: Git) -> _Base:
    return _Base(event.base_sha, "commit that the merge group builds upon")


def _of_push(event: Event, head: str, git: Git) -> _Base:
    label = event.ref.removeprefix("refs/heads/")
    if event.base_sha and git.ensure(event.base_sha):
        return _Base(event.base_sha, "commit before the push", label)
    if event.base_sha:
        return _first_parent(git, head, label, " (the commit before the push is gone)")
    return _of_branch(event, head, git)


def _of_branch(event: Event, head: str, git: Git) -> _Base:
    """Compare with the default branch where the head left it, else with the commit before."""
    if not event.default_branch or event.ref == f"refs/heads/{event.default_branch}":
        return _first_parent(git, head, event.default_branch)
    return _merge_base_or_parent(git, event.default_branch, head, event.default_branch)


def _of_local(_event: Event, head: str, git: Git) -> _Base:
    try:
        branch = git.default_branch()
    except GitError:
        return _first_parent(git, head, "", " (there is no default branch here)")
    return _merge_base_or_parent(git, branch, head, branch.removeprefix("refs/heads/").removeprefix("refs/remotes/"))


def _merge_base_or_parent(git: Git, branch: str, head: str, label: str) -> _Base:
    try:
        tip = git.resolve(branch)
    except GitError:
        return _first_parent(git, head, label, f" ({label} is not here)")
    base = _merge_base(git, tip, head, label)
    return _first_parent(git, head, label) if base.sha == head else base


def _merge_base(git: Git, tip: str, head: str, label: str) -> _Base:
    if not git.ensure(tip):
        return _unfetched(tip, f"tip of {label}", label)
    try:
        found = git.merge_base(tip, head)
    except GitError as error:
        return _Base("", f"no baseline: {error.why or error.what}", label)
    if found is None:
        return _Base("", f"no baseline: {label or tip[:7]} and the head have no common ancestor here", label)
    return _Base(found, f"merge base with {label}" if label else "merge base", label)


def _first_parent(git: Git, head: str, label: str, remark: str = "") -> _Base:
    parents = git.parents(head)
    if not parents:
        return _Base("", "no baseline: this is the first commit", label)
    return _Base(parents[0], f"first parent{remark}", label)


_CHOICES: dict[EventKind, Callable[[Event, str, Git], _Base]] = {
    EventKind.PULL_REQUEST: _of_pull_request,
    EventKind.PULL_REQUEST_TARGET: _of_pull_request,
    EventKind.MERGE_GROUP: _of_merge_group,
    EventKind.PUSH: _of_push,
    EventKind.WORKFLOW_DISPATCH: _of_branch,
    EventKind.WORKFLOW_RUN: _of_branch,
    EventKind.SCHEDULE: _of_branch,
    EventKind.LOCAL: _of_local,
}


class _Evidence(NamedTuple):
    """What is known of the repository besides its files, and who reads bake files."""

    repository: str
    name: str
    bake: BakePrint

    def discovered(self, tree: BuildTree, discover: Sequence[str], exclude: Sequence[str]) -> Discovery:
        """Read what a commit's CI ships."""
        options = Options(
            repository=self.repository,
            name=self.name,
            discover=tuple(pattern for pattern in discover if pattern != AS_SHIPPED),
            exclude=tuple(exclude),
            most_images=MOST_IMAGES,
            bake=self.bake,
        )
        return discover_images(RepositoryTree(tree.modes, tree.text), options)


class _Planner:
    """Pairs the images of two commits; reads trees and what lies in them as data, nothing else."""

    def __init__(self, comparison: Comparison, git: Git, evidence: _Evidence) -> None:
        self._comparison = comparison
        self._git = git
        self._evidence = evidence
        base, head = comparison.base_sha, comparison.head_sha
        texts: Texts = {}
        self._head = BuildTree(git.tree(head), partial(git.read_file, head), texts)
        self._base = BuildTree(git.tree(base), partial(git.read_file, base), texts) if base else None
        self._moves = Moves(git.renames(base, head) if base else ())
        self._found = Discovery()
        self._finds = False

    def pairing(self, config: Config) -> Pairing:
        """Get ready to pair the images that both configurations declare and those that both commits ship."""
        after = config.proposed or config.policy
        base_finds, head_finds = (
            bool(discover) or not images
            for images, discover in ((config.base_images, config.base_discover), (config.images, config.discover))
        )
        base = head = Discovery()
        if base_finds or head_finds:
            head = self._evidence.discovered(self._head, config.discover, config.exclude)
        if base_finds and self._base is not None:
            base = self._evidence.discovered(self._base, config.base_discover, config.base_exclude)
        self._found = head if head_finds else base
        self._finds = base_finds or head_finds
        return Pairing(
            Commits(self._base, self._head, self._moves),
            Wanted(config.base_images, found_images(base), base_finds, config.base_discover),
            Wanted(config.images, found_images(head), head_finds, config.discover),
            Budgets(
                hold=lambda name: bool(budgets_at_stake(config.policy, name)),
                lost=lambda name, other: bounds_of(config.policy, name) != bounds_of(after, other),
            ),
        )

    def found_notes(self, images: Sequence[ImagePlan]) -> tuple[str, ...]:
        """Say what is not measured of what was found, or looked for."""
        declared = {
            spec.dockerfile for image in images for spec in (image.base, image.head) if spec and not image.notes
        }
        return tuple(notes_on(self._found, [image.name for image in images], declared)) if self._finds else ()

    def image(self, pair: Pair) -> ImagePlan:
        """Tell whether the build of an image sees any difference."""
        return replace(self._image(_reviewed(pair)), departure=pair.departure, notes=pair.notes)

    def _image(self, pair: Pair) -> ImagePlan:
        base, head = pair.base, pair.head
        if self._base is None or base is None:
            return ImagePlan(pair.name, None, head, why=self._why_no_base(head))
        if head is None:
            return ImagePlan(pair.name, base, None, why=f"{base.dockerfile} was removed.")
        changes = (*self._changed(self._base, base, head), *_changed_words(base, head))
        if not changes:
            return ImagePlan(pair.name, base, head, unchanged=True, why="Nothing that its build can see differs.")
        return ImagePlan(pair.name, base, head, why=_why_changed(base, head, changes))

    def _changed(self, tree: BuildTree, base: ImageSpec, head: ImageSpec) -> Iterator[str]:
        """The changed files that a build sees, those that the images see from which it is built first."""
        for (_, one), (_, other) in zip(base.parents, head.parents, strict=False):
            seen = (*self._changed(tree, one, other), *_changed_words(one, other))
            yield from (f"{change} of {one.name}" for change in seen)
        yield from changed_inputs(tree.inputs(base), self._head.inputs(head))

    def gaps(self) -> tuple[str, ...]:
        """Say what the checkouts will lack, once for both."""
        commits = [sha for sha in (self._comparison.base_sha, self._comparison.head_sha) if sha]
        return tuple(dict.fromkeys(gap for sha in commits for gap in self._git.incomplete(sha)))

    def _why_no_base(self, head: ImageSpec | None) -> str:
        if head is None or head.dockerfile not in self._head:
            return f"There is no {head.dockerfile}." if head else ""
        if self._base is None:
            return self._comparison.why
        return f"New image: there is no {head.dockerfile} on the base."


def _reviewed(pair: Pair) -> Pair:
    """Leave out what gives a build authority, where it is the head's own workflow that asks for it."""
    if not pair.by_evidence or pair.head is None:
        return pair
    return pair._replace(head=with_reviewed_rights(pair.base, pair.head))


def _changed_words(base: ImageSpec, head: ImageSpec) -> tuple[str, ...]:
    """Say what differs in how the two sides are built, besides the files."""
    words = {
        "target": (base.target, head.target),
        "build arguments": (base.build_args, head.build_args),
        "build contexts": (base.build_contexts, head.build_contexts),
        "images that it is built from": tuple([name for name, _ in side.parents] for side in (base, head)),
        "network": (base.network, head.network),
    }
    return tuple(word for word, (one, other) in words.items() if one != other)


def _why_changed(base: ImageSpec, head: ImageSpec, changes: Sequence[str]) -> str:
    moved = f"{base.dockerfile} moved to {head.dockerfile}; " if base.dockerfile != head.dockerfile else ""
    names = tuple(dict.fromkeys(changes))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{moved}changed: {', '.join(names[:3])}{more}"
