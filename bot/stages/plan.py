"""plan: which two commits are compared and why, and which images have to be built for that."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from bot.config.merge import with_reviewed_rights
from bot.discovery import Discovery, DiscoveryOptions, RepositoryTree
from bot.discovery import discover as discover_images
from bot.discovery.side import found_images, notes_on
from bot.dockerfile.build_inputs import changed_inputs
from bot.dockerfile.build_tree import BuildTree, Moves, Texts
from bot.dockerfile.found import Budgets, Commits, Pair, Wanted
from bot.dockerfile.pairing import MOST_IMAGES, Pairing
from bot.errors import RefusedError
from bot.model.build import ImageSpec
from bot.model.config import AS_SHIPPED, Config, Definitions, Settings
from bot.model.plan import Comparison, ImagePlan, Plan, Skip
from bot.model.provider import Event
from bot.policy.baseline import base_of, head_label, head_of, is_uncommitted, pull_head
from bot.policy.effective import bounds_of, budgets_at_stake
from bot.ports import BakePrint, Git, no_bake


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
    head = head_of(event, settings, git)
    base = base_of(event, head, settings, git)
    if base.sha == head:
        return Skip("The commit is compared with itself: there is nothing to compare.")
    return Comparison(
        base_sha=base.sha,
        head_sha=head,
        why=base.why,
        base_label=base.label,
        head_label=head_label(event, settings),
        pull_head_sha=pull_head(event, head, git),
        uncommitted=is_uncommitted(head, event, settings, git),
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


def shipped_images(commit: str, git: Git, bake: BakePrint = no_bake) -> Discovery:
    """Find what the CI of one commit ships, measured or not, whatever is configured."""
    tree = BuildTree(git.tree(commit), partial(git.read_file, commit), {})
    return _Evidence("", git.name(), bake).discovered(tree, Definitions(), (), ())


def _refuse_privileged(event: Event, settings: Settings) -> None:
    if event.privileged and not settings.allow_privileged_build:
        raise RefusedError(
            f"Images are not built on {event.name or event.kind}.",
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


class _Evidence(NamedTuple):
    """What is known of the repository besides its files, and who reads bake files."""

    repository: str
    name: str
    bake: BakePrint

    def discovered(
        self, tree: BuildTree, definitions: Definitions, discover: Sequence[str], exclude: Sequence[str]
    ) -> Discovery:
        """Read what a commit's CI ships, and what the configuration names besides."""
        options = DiscoveryOptions(
            repository=self.repository,
            name=self.name,
            discover=tuple(pattern for pattern in discover if pattern != AS_SHIPPED),
            exclude=tuple(exclude),
            definitions=definitions,
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
        # The base first: a head that wears out whoever reads bake files takes nothing away from what has a budget.
        if base_finds and self._base is not None:
            base = self._evidence.discovered(
                self._base, config.base_definitions, config.base_discover, config.base_exclude
            )
        if base_finds or head_finds:
            head = self._evidence.discovered(self._head, config.definitions, config.discover, config.exclude)
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
        image = self._image(_reviewed(pair))
        spec, tree = (image.head, self._head) if image.head else (image.base, self._base or self._head)
        bases = tree.bases(spec) if spec else ()
        return replace(image, departure=pair.departure, notes=pair.notes, bases=bases)

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
