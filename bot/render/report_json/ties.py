"""What must follow from the sides of an image: every other number of its entry is tied to them.

Each check gives what is wrong in the words that follow "the image …"; an entry that we make has nothing wrong.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bot.model import bounds
from bot.model.advice import Finding, Ladder
from bot.model.budget import BudgetKind, Judgement
from bot.model.build import FailureKind
from bot.model.explain import Cause, ContentKind
from bot.model.image import DownloadSize
from bot.model.report import Delta, ImageReport, ImageState, SideReport
from bot.model.verify import CheckState, Verification
from bot.render import queries

_COUNTED: Final = frozenset({BudgetKind.DENY_PATHS, BudgetKind.DENY_PACKAGES})
_CLAIMED: Final = _COUNTED | {BudgetKind.PATHS}
"""Budgets whose number is believed as it stands, because a report lists neither files nor packages."""


class _Whole(NamedTuple):
    """What there is on one side at most; nothing where it has no numbers."""

    word: str
    unpacked_bytes: int
    dead_bytes: int
    layers: int


def untied(image: ImageReport) -> Iterator[str]:
    """Find the numbers that do not follow from the image's sides."""
    base, head = queries.measured(image.base), queries.measured(image.head)
    wholes = _whole("base", base), _whole("head", head)
    for whole, side in zip(wholes, (base, head), strict=True):
        yield from _of_side(whole, side)
    if image.delta is not None:
        yield from _of_delta(image.delta, base, head)
        yield from _of_download(image, base, head)
        yield from _of_standstill(image, image.delta) if image.state is ImageState.UNCHANGED else ()
    yield from _of_parts(image, wholes)
    yield from _of_layers(image, wholes)
    yield from _of_paths(image, wholes)
    yield from _of_findings(image, wholes[1], measured=head is not None)
    yield from _of_proof(image, head)
    yield from (problem for judged in image.budgets for problem in _of_claim(judged, wholes[1]))


def _whole(word: str, side: SideReport | None) -> _Whole:
    return _Whole(word, side.unpacked_bytes, side.dead_bytes, side.layers) if side else _Whole(word, 0, 0, 0)


def _of_side(whole: _Whole, side: SideReport | None) -> Iterator[str]:
    if whole.dead_bytes > whole.unpacked_bytes:
        yield f"has {whole.dead_bytes} dead bytes in a {whole.word} of {whole.unpacked_bytes}"
    if side and not side.layers and (side.unpacked_bytes or (side.download and side.download.bytes)):
        yield f"has bytes in a {whole.word} without layers"


def _of_delta(delta: Delta, base: SideReport | None, head: SideReport | None) -> Iterator[str]:
    sizes = (head.unpacked_bytes - base.unpacked_bytes, head.layers - base.layers) if base and head else (0, 0)
    if delta.unpacked_bytes != sizes[0]:
        yield f"has a delta of {delta.unpacked_bytes} bytes that is not its head less its base, {sizes[0]}"
    if delta.layers != sizes[1]:
        yield f"has a delta of {delta.layers} layers that is not its head less its base, {sizes[1]}"
    yield from _of_pull(delta, head)


def _of_download(image: ImageReport, base: SideReport | None, head: SideReport | None) -> Iterator[str]:
    """Hold the download's change to that of the sides; equal layers differ by nothing, whoever estimated them."""
    told = image.delta.download if image.delta else None
    if told is None or (image.state is ImageState.UNCHANGED and told == DownloadSize(0, exact=True)):
        return
    before, after = base.download if base else None, head.download if head else None
    if before is None or after is None:
        yield f"has a download delta of {told.bytes} bytes between sides whose download sizes are not known"
        return
    follows = DownloadSize(after.bytes - before.bytes, before.exact and after.exact)
    if told != follows:
        yield (
            f"has a download delta of {_exactly(told)} bytes that is not its head less its base, {_exactly(follows)}"
        )


def _exactly(size: DownloadSize) -> str:
    return f"{size.bytes} {'exact' if size.exact else 'estimated'}"


def _of_pull(delta: Delta, head: SideReport | None) -> Iterator[str]:
    pull, whole = delta.pull, head.download if head else None
    if pull is None:
        return
    most = 0 if head is None else whole.bytes if whole else pull.bytes
    if pull.bytes > most:
        yield f"has {pull.bytes} bytes to pull of a head whose download has {most}"
    if pull.exact and not (whole and whole.exact):
        yield "has exact bytes to pull of a head whose download size is not exact"


def _of_standstill(image: ImageReport, delta: Delta) -> Iterator[str]:
    """Hold an image that is said to be the very same on both sides to that."""
    moved = {
        "unpacked bytes": delta.unpacked_bytes,
        "layers": delta.layers,
        "download bytes": delta.download.bytes if delta.download else 0,
        "bytes to pull": delta.pull.bytes if delta.pull else 0,
        "causes": len(image.causes),
    }
    yield from (f"is said to be unchanged, but has {count} {what} of change" for what, count in moved.items() if count)


def _of_parts(image: ImageReport, wholes: tuple[_Whole, _Whole]) -> Iterator[str]:
    dead = [part for part in image.contents if part.kind is ContentKind.DEAD]
    sums = (
        ("causes", image.causes, [whole.unpacked_bytes for whole in wholes]),
        ("contents", image.contents, [whole.unpacked_bytes for whole in wholes]),
        ("dead contents", dead, [whole.dead_bytes for whole in wholes]),
    )
    for what, parts, limits in sums:
        totals = sum(part.base_bytes for part in parts), sum(part.head_bytes for part in parts)
        for whole, total, limit in zip(wholes, totals, limits, strict=True):
            if total > limit:
                yield f"has {what} of {total} bytes in a {whole.word} that has {limit} of them"
    brought, has = sum(dead.bytes for dead in image.dead), wholes[1].dead_bytes
    if brought > has:
        yield f"has {brought} dead bytes brought by the change in a head that has {has} of them"
    yield from (problem for cause in image.causes for problem in _of_cause(cause))


def _of_cause(cause: Cause) -> Iterator[str]:
    if cause.side == "base" and cause.head_bytes:
        yield f"has a cause of the base with {cause.head_bytes} bytes in the head"
    for _, moved in cause.largest:
        if not -cause.base_bytes <= moved <= cause.head_bytes:
            yield f"has a part of {moved} bytes in a cause from {cause.base_bytes} to {cause.head_bytes}"


def _of_layers(image: ImageReport, wholes: tuple[_Whole, _Whole]) -> Iterator[str]:
    """Hold the layer list, if there is one, to the number and the sum of the layers of each side."""
    if not image.layers:
        return
    if any(row.base_bytes is None and row.head_bytes is None for row in image.layers):
        yield "has a layer that is on neither side"
    rows = ([row.base_bytes for row in image.layers], [row.head_bytes for row in image.layers])
    is_cut = len(image.layers) >= bounds.MOST_LAYERS
    for whole, column in zip(wholes, rows, strict=True):
        sizes = [size for size in column if size is not None]
        told, has = (len(sizes), sum(sizes)), (whole.layers, whole.unpacked_bytes)
        if not (told[0] <= has[0] and told[1] <= has[1] if is_cut else told == has):
            yield f"lists {told[0]} layers of {told[1]} bytes for a {whole.word} of {has[0]} layers and {has[1]} bytes"


def _of_paths(image: ImageReport, wholes: tuple[_Whole, _Whole]) -> Iterator[str]:
    base, head = (whole.layers > 0 for whole in wholes)
    counts = (
        (image.paths_added, head, "added"),
        (image.paths_removed, base, "removed"),
        (image.paths_changed, base and head, "changed"),
    )
    yield from (
        f"has {count} {word} paths without a side for them" for count, there, word in counts if count and not there
    )


def _of_findings(image: ImageReport, head: _Whole, *, measured: bool) -> Iterator[str]:
    if image.findings and not (measured or _is_suspected_alone(image)):
        yield "has findings without a head"
    yield from (problem for finding in image.findings for problem in _of_finding(finding, head))
    claims = [finding.claimed.total for finding in image.findings if not finding.suppressed]
    most = head.unpacked_bytes if len(image.findings) >= bounds.MOST_FINDINGS else min(head.unpacked_bytes, sum(claims))
    if not max(claims, default=0) <= image.claimed_bytes <= most:
        yield f"claims {image.claimed_bytes} bytes by findings that allow {max(claims, default=0)} to {most}"


def _is_suspected_alone(image: ImageReport) -> bool:
    """Tell whether there may have been a Dockerfile to read at the head, and nothing but its text is spoken of."""
    failure = queries.failure(image.head)
    readable = failure is None or failure.kind is not FailureKind.NO_DOCKERFILE
    suspected = all(finding.ladder is Ladder.SUSPECTED for finding in image.findings)
    return suspected and readable and image.state is ImageState.NOT_MEASURED


def _of_finding(finding: Finding, head: _Whole) -> Iterator[str]:
    claimed = finding.claimed
    if finding.ladder is Ladder.SUSPECTED and claimed.total:
        yield f"has a finding {finding.rule} that claims {claimed.total} bytes, which are only suspected"
    if claimed.total > head.unpacked_bytes or claimed.dead > head.dead_bytes:
        yield (
            f"has a finding {finding.rule} that claims {claimed.total} bytes, {claimed.dead} of them dead, "
            f"of a head of {head.unpacked_bytes}, {head.dead_bytes} of them dead"
        )
    if finding.measured_after_bytes is not None and finding.ladder < Ladder.BUILT:
        yield f"has a finding {finding.rule} with a size after a patch that was not built"


def _of_proof(image: ImageReport, head: SideReport | None) -> Iterator[str]:
    """Hold what is said to be built and verified to the search that found it, and that to the head."""
    search = image.verification
    if search is not None:
        yield from _of_search(search, head)
    best = search.best if search else None
    proven = Ladder.VERIFIED if search and search.verified else Ladder.BUILT if best else Ladder.MEASURED
    for finding in image.findings:
        after = finding.measured_after_bytes
        if finding.ladder > proven or (after is not None and (best is None or after != best.unpacked_bytes)):
            yield f"has a finding {finding.rule} that is {finding.ladder.name.lower()} by no attempt of its own"


def _of_search(search: Verification, head: SideReport | None) -> Iterator[str]:
    if head is None or search.original_bytes != head.unpacked_bytes:
        yield f"is verified against {search.original_bytes} bytes, which its head does not have"
    best = search.best
    if best is None:
        yield from ["is said to be verified by nothing"] if search.verified else []
        return
    if best.unpacked_bytes is None or best.unpacked_bytes >= search.original_bytes:
        yield f"has a best attempt that is not smaller than its {search.original_bytes} bytes"
    states = {check.state for check in best.checks}
    if search.verified and (best.problem or CheckState.PASSED not in states or CheckState.FAILED in states):
        yield "is said to be verified by an attempt that did not pass"


def _of_claim(judged: Judgement, head: _Whole) -> Iterator[str]:
    kind, actual, evidence = judged.budget.kind, judged.actual, judged.evidence
    if kind not in _CLAIMED or actual is None:
        return
    if actual < 0 or (kind is BudgetKind.PATHS and actual > head.unpacked_bytes):
        yield f"has {actual} for {kind} in a head of {head.unpacked_bytes} bytes"
    if kind in _COUNTED and (len(evidence) > actual or _sum(evidence) > head.unpacked_bytes):
        yield f"has {len(evidence)} things of {_sum(evidence)} bytes for {kind}, which counts {actual} in its head"


def _sum(things: Sequence[tuple[str, int]]) -> int:
    return sum(count for _, count in things)
