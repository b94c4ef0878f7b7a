"""Making findings: claims, place, the largest things that were seen, and the patch."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.dockerfile import Edit, Instruction
from bot.dockerfile.edits import apply
from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.build import OriginKind
from bot.rules.kit.edit_plan import ignoring, joined, patch_between
from bot.rules.kit.evidence import Evidence, claimed_bytes, total_bytes
from bot.rules.kit.file_index import IndexedFile

SMALL_BYTES = 1_000_000
"""Findings below this are noise next to images of hundreds of megabytes."""

_SHOWN = 8
_DEPTH = 4

Label = Callable[[IndexedFile], str]
Lines = tuple[int, int]


def by_directory(file: IndexedFile) -> str:
    """Label a file by the directory it lies in, at most four deep."""
    parts = shown_path(file.path).split("/")
    return "/".join(parts[: min(_DEPTH, len(parts) - 1)]) or shown_path(file.path)


def by_path(file: IndexedFile) -> str:
    """Label a file by its own path."""
    return shown_path(file.path)


def by_root(*roots: str, otherwise: str) -> Label:
    """Label a file by the first of some directories that it lies below."""
    prefixes = [(root.encode() + b"/", f"/{root}") for root in roots]

    def label(file: IndexedFile) -> str:
        return next((text for prefix, text in prefixes if file.path.startswith(prefix)), otherwise)

    return label


def shown_path(path: bytes) -> str:
    """Show a path of an image as text."""
    return "/" + path.decode("utf-8", "replace")


class ProposedEdits(NamedTuple):
    """The way out as a change: of the Dockerfile, and of the ignore list; and what it alters of the container."""

    edits: tuple[Edit, ...] = ()
    ignores: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()


NOTHING_PROPOSED = ProposedEdits()


Finder = Callable[[Evidence], Iterable[IndexedFile]]
Proposer = Callable[[Evidence, Sequence[IndexedFile]], ProposedEdits]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a finding says, in our own words only: foreign text belongs to the evidence, summed by ``label``.

    Less than ``minimum_bytes`` is not worth a word.
    """

    rule: str
    title: str
    advice: str
    confidence: float = 1.0
    label: Label = by_directory
    minimum_bytes: int = SMALL_BYTES


def measured(
    evidence: Evidence,
    wording: Wording,
    files: Iterable[IndexedFile],
    lines: Lines | None = None,
    proposal: ProposedEdits = NOTHING_PROPOSED,
) -> Finding | None:
    """Make a finding that claims files; ``None`` if they are too few bytes to speak of.

    A proposal that the gate of edits refuses is none.
    Its place is ``lines`` of the Dockerfile, else the instruction whose layer holds most of the bytes.
    """
    claimed = list({id(one): one for one in files}.values())
    if total_bytes(claimed) < wording.minimum_bytes:
        return None
    patch = _patch_of(evidence, proposal)
    proposal = proposal if patch else NOTHING_PROPOSED
    file, place = (evidence.head.dockerfile_path, lines) if lines else _place(evidence, claimed)
    brought = evidence.brought_bytes(claimed)
    return Finding(
        rule=wording.rule,
        ladder=Ladder.MEASURED,
        title=wording.title,
        advice=wording.advice,
        claimed=claimed_bytes(claimed),
        claims=frozenset(one.claim for one in claimed),
        file=file,
        lines=place,
        evidence=largest(claimed, wording.label),
        edits=proposal.edits,
        ignores=proposal.ignores,
        altered=proposal.altered,
        patch=patch,
        confidence=wording.confidence,
        from_this_change=brought is not None and 2 * brought >= total_bytes(claimed),
    )


def claiming(
    wording: Wording, find: Finder, *, at_stage: bool = False, propose: Proposer | None = None
) -> Callable[[Evidence], Iterator[Finding]]:
    """Make what a rule does with an image of what it finds there: claim it, and propose the way out.

    The finding's place is the stage that was built if ``at_stage``, else the instruction that made most of the bytes.
    """

    def look(evidence: Evidence) -> Iterator[Finding]:
        files = tuple(find(evidence))
        lines = stage_lines(evidence) if at_stage else None
        proposal = propose(evidence, files) if propose and files else NOTHING_PROPOSED
        finding = measured(evidence, wording, files, lines, proposal)
        if finding:
            yield finding

    return look


def living(*globs: str) -> Finder:
    """Find what matches any glob, lives, and lies above the base image."""
    return lambda evidence: evidence.living(*globs)


def noted(evidence: Evidence, wording: Wording, rows: Iterable[tuple[str, int]], lines: Lines | None = None) -> Finding:
    """Make a finding that was seen in the image but claims no bytes of it."""
    return Finding(
        rule=wording.rule,
        ladder=Ladder.MEASURED,
        title=wording.title,
        advice=wording.advice,
        claimed=ClaimedBytes(),
        file=evidence.head.dockerfile_path,
        lines=lines,
        evidence=tuple(rows)[:_SHOWN],
        confidence=wording.confidence,
        from_this_change=False,
    )


def suspected(wording: Wording, instruction: Instruction) -> Finding:
    """Make a finding from text alone: it claims nothing."""
    return Finding(
        rule=wording.rule,
        ladder=Ladder.SUSPECTED,
        title=wording.title,
        advice=wording.advice,
        claimed=ClaimedBytes(),
        lines=instruction.lines,
        confidence=wording.confidence,
        from_this_change=False,
    )


def largest(files: Iterable[IndexedFile], label: Label) -> tuple[tuple[str, int], ...]:
    """Sum bytes by label and return the largest, as (text, bytes)."""
    sums: Counter[str] = Counter()
    for one in files:
        sums[label(one)] += one.bytes
    return tuple(sums.most_common(_SHOWN))


def _patch_of(evidence: Evidence, proposal: ProposedEdits) -> str:
    """Return the unified diff of a proposal; empty without one, or if the gate refuses its edits."""
    dockerfile, path = evidence.dockerfile, evidence.head.dockerfile_path
    if dockerfile is None or not path:
        return ""
    changed = apply(dockerfile, joined(proposal.edits)) if proposal.edits else dockerfile
    ignore = evidence.head.ignore
    return patch_between(dockerfile, changed, path, ignore, ignoring(ignore, proposal.ignores)) if changed else ""


def stage_lines(evidence: Evidence) -> Lines | None:
    """Return the lines of the stage that was built, FROM to its last instruction."""
    stage = evidence.stage
    if stage is None:
        return None
    return stage.origin.lines[0], (stage.instructions[-1] if stage.instructions else stage.origin).lines[1]


def _place(evidence: Evidence, claimed: Sequence[IndexedFile]) -> tuple[str, Lines | None]:
    sums: Counter[int] = Counter()
    for one in claimed:
        sums[one.layer] += one.bytes
    for layer, _ in sums.most_common():
        origin = evidence.origin(layer)
        if origin is not None and origin.kind is OriginKind.INSTRUCTION and origin.lines:
            return origin.file, origin.lines
    return evidence.head.dockerfile_path, None
