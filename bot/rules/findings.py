"""Making findings: claims, place, and the largest things that were seen."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.dockerfile import Dockerfile, Instruction
from bot.model.advice import Finding, Ladder
from bot.model.build import OriginKind
from bot.rules.evidence import Evidence, classify, total
from bot.rules.holdings import Holding

SMALL_BYTES = 1_000_000
"""Findings below this are noise next to images of hundreds of megabytes."""

_SHOWN = 8

Label = Callable[[Holding], str]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a finding says, in our own words only: foreign text belongs to the evidence."""

    rule: str
    title: str
    advice: str
    confidence: float = 1.0
    patch: str = ""


def measured(
    evidence: Evidence,
    wording: Wording,
    holdings: Iterable[Holding],
    *,
    label: Label | None = None,
    at: Instruction | None = None,
) -> Finding | None:
    """Make a finding that claims holdings; ``None`` where they are too few bytes to speak of.

    Its place is ``at``, else the instruction whose layer holds most of the bytes.
    """
    claimed = {one.claim: one for one in holdings}.values()
    if total(claimed) < SMALL_BYTES:
        return None
    file, lines = _place(evidence, list(claimed), at)
    brought = evidence.brought_bytes(claimed)
    return Finding(
        rule=wording.rule,
        ladder=Ladder.MEASURED,
        title=wording.title,
        advice=wording.advice,
        claimed=classify(claimed),
        claims=frozenset(one.claim for one in claimed),
        file=file,
        lines=lines,
        evidence=largest(claimed, label or by_directory),
        patch=wording.patch,
        confidence=wording.confidence,
        from_this_change=brought is not None and 2 * brought >= total(claimed),
    )


def suspected(wording: Wording, instruction: Instruction) -> Finding:
    """Make a finding from text alone: it claims nothing."""
    return Finding(
        rule=wording.rule,
        ladder=Ladder.SUSPECTED,
        title=wording.title,
        advice=wording.advice,
        claimed=classify(()),
        lines=instruction.lines,
        confidence=wording.confidence,
    )


def largest(holdings: Iterable[Holding], label: Label) -> tuple[tuple[str, int], ...]:
    """Sum bytes by label and give the largest, as (text, bytes)."""
    sums: Counter[str] = Counter()
    for one in holdings:
        sums[label(one)] += one.bytes
    return tuple(sums.most_common(_SHOWN))


def by_directory(holding: Holding) -> str:
    """Label a holding by the directory it lies in, at most three deep."""
    parts = shown_path(holding.path).split("/")
    return "/".join(parts[:4] if len(parts) > 4 else parts[:-1] if len(parts) > 2 else parts)


def by_path(holding: Holding) -> str:
    """Label a holding by its own path."""
    return shown_path(holding.path)


def by_root(*roots: str, otherwise: str) -> Label:
    """Label a holding by the first of some directories that it lies below."""

    def label(holding: Holding) -> str:
        path = holding.path
        return next((f"/{root}" for root in roots if path.startswith(root.encode() + b"/")), otherwise)

    return label


def shown_path(path: bytes) -> str:
    """Show a path of an image as text."""
    return "/" + path.decode("utf-8", "replace")


def whole_stage(dockerfile: Dockerfile | None, instruction: Instruction | None) -> tuple[int, int] | None:
    """Give the lines from an instruction to the end of its stage."""
    stage = dockerfile.stage_of(instruction) if dockerfile and instruction else None
    if stage is None:
        return None
    last = stage.instructions[-1] if stage.instructions else stage.origin
    return stage.origin.lines[0], last.lines[1]


def _place(
    evidence: Evidence, claimed: Sequence[Holding], at: Instruction | None
) -> tuple[str, tuple[int, int] | None]:
    if at is not None:
        return evidence.head.dockerfile, at.lines
    sums: Counter[int] = Counter()
    for one in claimed:
        sums[one.layer] += one.bytes
    for layer, _ in sums.most_common():
        origin = evidence.origin(layer)
        if origin is not None and origin.kind is OriginKind.INSTRUCTION and origin.lines:
            return origin.file, origin.lines
    return evidence.head.dockerfile, None
