"""Hypothesis strategies for reports whose numbers add up, with texts as hostile as a pull request can make them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.bounds import stays_inside
from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict, Waiver, worst
from bot.model.build import BuildFailure, FailureKind, Origin, OriginKind
from bot.model.explain import Cause, CauseKind, Content, ContentKind, DeadWeight
from bot.model.image import DownloadSize
from bot.model.plan import Comparison
from bot.model.report import (
    Delta,
    ImageReport,
    ImageState,
    LayerRow,
    MissingSide,
    Report,
    RunInfo,
    SideReport,
)
from bot.model.verify import Attempt, Candidate, Check, CheckState, Mend, MendKind, Rung, Verification
from tests.world.markdown_oracle import HOSTILE

SURROGATES = [chr(point) for point in (0xDC80, 0xDCE4, 0xDCFF)]
foreign = st.one_of(
    st.sampled_from([*HOSTILE.values(), "/usr/lib/x86_64-linux-gnu", "RUN apt-get update", "", " ", "\\xff", "`" * 40]),
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(SURROGATES), max_size=120),
)
long_foreign = st.one_of(foreign, st.builds(lambda text: (text * 300)[:1000], foreign))
files = st.sampled_from(["", "api/Dockerfile", "a b/Dockerfile", "..x/y..", "größe/\udcff", "a/./b//c", "%2e%2e/x"]) | (
    foreign.filter(stays_inside)
)
counts = st.integers(0, 2**40)
small = st.integers(0, 5_000)
lines = st.none() | st.tuples(st.integers(1, 500), st.integers(0, 500)).map(lambda pair: (pair[0], sum(pair)))
diff_ids = st.none() | st.sampled_from([f"sha256:{digit * 64}" for digit in "0123456789abcdef"])
shas = st.sampled_from(["", "a1b2c3d4" * 5, "d4e5f6a7" * 5, "0" * 64])
things = st.lists(st.tuples(foreign, counts), max_size=5).map(tuple)
moved_things = st.lists(st.tuples(foreign, st.integers(-(2**40), 2**40)), max_size=5).map(tuple)
days = st.none() | st.dates(date(2020, 1, 1), date(2099, 12, 31))
downloads = st.none() | st.builds(DownloadSize, counts, st.booleans())
waivers = st.builds(Waiver, foreign, foreign, long_foreign, days, foreign, foreign, st.none() | counts)
limits = st.one_of(
    st.none(),
    st.builds(Limit, amount=counts, text=foreign),
    st.builds(Limit, percent=st.decimals(0, 1000, places=2).map(lambda value: Decimal(f"{value:f}")), text=foreign),
)
budgets = st.builds(
    Budget,
    st.sampled_from(BudgetKind),
    limits,
    st.lists(foreign, max_size=3).map(tuple),
    st.sampled_from([Verdict.WARN, Verdict.FAIL]),
    st.one_of(foreign, st.just("deadweight.toml:8")),
    st.booleans(),
    st.none() | st.integers(0, 365),
)
failures = st.builds(
    BuildFailure,
    st.sampled_from(FailureKind),
    long_foreign,
    files,
    lines,
    long_foreign,
    st.none() | st.integers(0, 255),
    st.lists(long_foreign, max_size=20).map(tuple),
)
origins = st.builds(Origin, st.sampled_from(OriginKind), foreign, files, lines, foreign, st.just(()), st.booleans())
missing_sides = st.builds(
    MissingSide, long_foreign, st.none() | failures.filter(lambda one: one.kind is not FailureKind.NO_DOCKERFILE)
)
absent_sides = st.builds(
    MissingSide, long_foreign, failures.map(lambda one: replace(one, kind=FailureKind.NO_DOCKERFILE))
)
platforms = st.sampled_from(["", "linux/amd64", "linux/arm64/v8"])
runs = st.builds(
    RunInfo,
    st.sampled_from(["", "o/r"]),
    st.sampled_from(["", "https://github.com", "https://ghe.example.com:8443"]),
    st.none() | st.integers(1, 10**6),
    st.none() | st.integers(1, 10**12),
    st.none() | st.integers(1, 9),
)
comparisons = st.builds(Comparison, shas, shas, foreign, foreign, foreign, shas)


def _cause(kind, sizes, text, place, largest, **more):
    before, after = sizes
    side = "head" if after or not more["is_gone"] else "base"
    moved = tuple((name, min(max(size, -before), after)) for name, size in largest)
    del more["is_gone"]
    numbers = {"base_bytes": before, "head_bytes": after, "side": side, "largest": moved}
    return Cause(kind, after - before, text, *place, **numbers, **more)


def _causes(sizes):
    """Return causes whose sides are drawn from ``sizes``."""
    return st.builds(
        _cause,
        st.sampled_from(CauseKind),
        sizes,
        long_foreign,
        st.tuples(files, lines),
        moved_things,
        base_diff_id=diff_ids,
        head_diff_id=diff_ids,
        is_gone=st.booleans(),
        exact=st.booleans(),
        was=foreign,
        now=foreign,
        copied_from=st.lists(origins, max_size=2).map(tuple),
    )


contents = st.builds(
    Content,
    st.sampled_from(ContentKind),
    long_foreign,
    counts,
    counts,
    st.sampled_from(["", "deb", "npm", "go"]),
    st.none() | foreign,
    st.none() | foreign,
    small,
)
EMPTY = SideReport(0, None, 0, "sha256:" + "0" * 64)
SIZES = {
    ImageState.CHANGED: st.tuples(counts, counts),
    ImageState.NEW: st.tuples(st.just(0), counts),
    ImageState.REMOVED: st.tuples(counts, st.just(0)),
    ImageState.NOT_COMPARED: st.tuples(st.just(0), counts),
}


@st.composite
def images(draw, base_sha="a1b2c3d4" * 5, most_rows=6):
    """Draw an image of any state whose numbers follow from its sides; the last row of its contents makes them add up."""
    state = draw(st.sampled_from([one for one in ImageState if one is not ImageState.NEW or base_sha]))
    alone = state is ImageState.NOT_COMPARED and not base_sha
    explained = state in SIZES and (alone or state is not ImageState.NOT_COMPARED)
    parts = tuple(draw(st.lists(_causes(SIZES[state]), max_size=most_rows))) if explained else ()
    rows = tuple(draw(st.lists(contents, max_size=most_rows))) if parts and state is ImageState.CHANGED else ()
    rest = sum(part.bytes for part in parts) - sum(row.bytes for row in rows)
    if rest:
        rows = (*rows, Content(ContentKind.PATH, draw(foreign), max(-rest, 0), max(rest, 0)))
    base, head = _sides(draw, state, (parts, rows), alone=alone)
    has_base, has_head = isinstance(base, SideReport), isinstance(head, SideReport)
    search = draw(searches(head)) if has_head and head.unpacked_bytes else None
    found = tuple(draw(_findings(state, head, search)))
    held = tuple(draw(st.lists(judgements(head if has_head else None), max_size=3)))
    return ImageReport(
        name=draw(foreign),
        platform=draw(platforms),
        state=state,
        base=base,
        head=head,
        delta=_delta(draw, state, (base, head), parts),
        causes=parts,
        contents=rows,
        layers=_layer_rows(draw, base, head) if draw(st.booleans()) else (),
        findings=found,
        claimed_bytes=draw(_unions(found, head)),
        verification=search,
        budgets=held,
        verdict=worst(one.verdict for one in held),
        notes=tuple(draw(st.lists(long_foreign, max_size=3))),
        paths_added=draw(small) if has_head and head.layers else 0,
        paths_removed=draw(small) if has_base and base.layers else 0,
        paths_changed=draw(small) if has_base and has_head and base.layers and head.layers else 0,
        dead=_dead(draw, head) if has_head else (),
    )


def _sides(draw, state, decompositions, *, alone):
    """Draw sides that hold at least what their decompositions say."""
    least = max((sum(part.base_bytes for part in parts) for parts in decompositions), default=0)
    total = sum(part.bytes for part in decompositions[0])
    dead = [row for row in decompositions[1] if row.kind is ContentKind.DEAD]
    low = least + (draw(counts) if state in {ImageState.CHANGED, ImageState.UNCHANGED} else 0)
    base = _measured(draw, low, sum(row.base_bytes for row in dead))
    both = base, _measured(draw, low + total, sum(row.head_bytes for row in dead))
    match state:
        case ImageState.CHANGED:
            return both
        case ImageState.UNCHANGED:
            why = MissingSide(draw(long_foreign))
            return draw(st.sampled_from([(base, replace(base, source=draw(foreign))), (why, why)]))
        case ImageState.NEW:
            return draw(st.sampled_from([None, draw(absent_sides)])), both[1]
        case ImageState.NOT_COMPARED:
            other = draw(st.sampled_from([draw(missing_sides), _measured(draw, draw(counts))]))
            return (None, both[1]) if alone else (other, _measured(draw, draw(counts)))
        case ImageState.REMOVED:
            return both[0], draw(st.sampled_from([None, draw(absent_sides)]))
        case ImageState.NOT_MEASURED:
            missing = draw(missing_sides)
            return draw(st.sampled_from([None, _measured(draw, draw(counts)), missing])), missing


def _dead(draw, head):
    """Draw dead bytes that the change brought: never more than the head has."""
    share = head.dead_bytes // 5
    rows = st.builds(DeadWeight, st.integers(0, share), st.booleans(), files, lines, lines)
    return tuple(draw(st.lists(rows, max_size=5)))


def _measured(draw, unpacked_bytes, least_dead=0):
    layers = draw(st.integers(1, 6)) if unpacked_bytes else draw(st.integers(0, 6))
    download = draw(downloads) if layers else draw(st.sampled_from([None, DownloadSize(0, exact=True)]))
    dead = draw(st.integers(least_dead, unpacked_bytes))
    return SideReport(unpacked_bytes, download, layers, draw(foreign), draw(foreign), dead)


def _delta(draw, state, sides, parts):
    if state not in {ImageState.CHANGED, ImageState.UNCHANGED}:
        return None
    base, head = sides
    if not isinstance(base, SideReport):
        return Delta(0, draw(st.sampled_from([None, NOTHING])), 0, 0, 0, 0, draw(st.sampled_from([None, UNKNOWN])))
    by_kind = {kind: sum(part.bytes for part in parts if part.kind is kind) for kind in CauseKind}
    own, moved, drift = (by_kind[kind] for kind in (CauseKind.INSTRUCTION, CauseKind.BASE_IMAGE, CauseKind.DRIFT))
    total, layers = head.unpacked_bytes - base.unpacked_bytes, head.layers - base.layers
    if state is ImageState.UNCHANGED:
        return Delta(total, NOTHING, layers, own, moved, drift, draw(st.sampled_from([None, UNKNOWN])))
    return Delta(
        total, draw(st.sampled_from([None, _download(base, head)])), layers, own, moved, drift, _pull(draw, head)
    )


NOTHING, UNKNOWN = DownloadSize(0, exact=True), DownloadSize(0, exact=False)


def _download(base, head):
    if base.download is None or head.download is None:
        return None
    return DownloadSize(head.download.bytes - base.download.bytes, base.download.exact and head.download.exact)


def _pull(draw, head):
    if head.download is None:
        return draw(st.none() | st.builds(DownloadSize, counts, st.just(False)))
    return draw(st.none() | st.builds(DownloadSize, st.integers(0, head.download.bytes), st.just(head.download.exact)))


def _layer_rows(draw, base, head):
    """Draw the layers of both sides, as many as there are and as heavy in sum; some of them aligned."""
    before, after = (_divided(draw, side) if isinstance(side, SideReport) else [] for side in (base, head))
    aligned = draw(st.integers(0, min(len(before), len(after))))
    rows = [*zip(before[:aligned], after[:aligned], strict=True)]
    rows += [*((size, None) for size in before[aligned:]), *((None, size) for size in after[aligned:])]
    return tuple(LayerRow(draw(foreign), *sizes, draw(files), draw(lines)) for sizes in rows)


def _divided(draw, side):
    if not side.layers:
        return []
    cuts = sorted(draw(st.integers(0, side.unpacked_bytes)) for _ in range(side.layers - 1))
    return [high - low for low, high in zip([0, *cuts], [*cuts, side.unpacked_bytes], strict=True)]


def _findings(state, head, search):
    """Draw findings of a head: measured ones or suspicions, of one that was not measured suspicions alone."""
    if isinstance(head, SideReport):
        best = search.best if search else None
        proven = Ladder.VERIFIED if search and search.verified else Ladder.BUILT if best else Ladder.MEASURED
        reached = [findings(head, ladder, best) for ladder in Ladder if ladder <= proven]
        return st.lists(st.one_of(reached), max_size=2)
    return st.lists(findings(EMPTY, Ladder.SUSPECTED), max_size=2 if state is ImageState.NOT_MEASURED else 0)


checks = st.builds(
    Check, st.sampled_from(["exit", "http", "writes"]), st.sampled_from(CheckState), foreign, long_foreign
)
passed_checks = st.builds(
    Check, st.just("exit"), st.sampled_from([CheckState.PASSED, CheckState.NOT_MADE]), foreign, long_foreign
)
candidates = st.builds(
    Candidate,
    st.sampled_from(Rung),
    foreign,
    st.just(""),
    st.none(),
    st.lists(foreign, max_size=2).map(tuple),
    form=foreign,
    mends=st.lists(st.builds(Mend, st.sampled_from(MendKind), foreign), max_size=2).map(tuple),
)
attempts = st.builds(
    Attempt,
    candidates,
    st.none() | counts,
    downloads,
    st.none() | small,
    st.floats(0, 900),
    st.lists(checks, max_size=3).map(tuple),
    long_foreign,
)


@st.composite
def searches(draw, head):
    """Draw what became of a search, or that none was asked for; the best is smaller than the head."""
    tried = draw(st.lists(attempts, max_size=2))
    best, verified = None, False
    if draw(st.booleans()):
        made = tuple(draw(st.lists(passed_checks, max_size=2)))
        best = Attempt(draw(candidates), draw(st.integers(0, head.unpacked_bytes - 1)), draw(downloads), 3, 1.5, made)
        verified = any(one.state is CheckState.PASSED for one in made) and draw(st.booleans())
        tried.append(best)
    search = Verification(
        head.unpacked_bytes,
        tuple(tried),
        best,
        verified,
        draw(long_foreign),
        tuple(draw(st.lists(foreign, max_size=2))),
        draw(long_foreign),
        draw(st.floats(0, 900)),
        draw(st.sampled_from(["", "d4e5f6a7" * 5])),
    )
    return draw(st.sampled_from([None, search])) if not tried else search


@st.composite
def findings(draw, head, ladder, best=None):
    """Draw a finding that claims no more than there is."""
    whole = EMPTY if ladder is Ladder.SUSPECTED else head
    dead = draw(st.integers(0, whole.dead_bytes))
    live = draw(st.integers(0, whole.unpacked_bytes - dead))
    return Finding(
        rule=draw(st.sampled_from(["apt-lists", "multi-stage-go"])),
        ladder=ladder,
        title=draw(long_foreign),
        advice=draw(long_foreign),
        claimed=ClaimedBytes(live, dead, draw(st.integers(0, whole.unpacked_bytes - dead - live))),
        file=draw(files),
        lines=draw(lines),
        evidence=draw(things),
        patch=draw(long_foreign),
        measured_after_bytes=draw(st.sampled_from([None, best.unpacked_bytes])) if ladder >= Ladder.BUILT else None,
        confidence=draw(st.floats(0, 1)),
        from_this_change=draw(st.booleans()),
        suppressed=draw(st.just("") | foreign),
    )


def _unions(found, head):
    claims = [one.claimed.total for one in found if not one.suppressed]
    return st.integers(max(claims), min(sum(claims), head.unpacked_bytes)) if any(claims) else st.just(0)


@st.composite
def judgements(draw, head):
    """Draw a judgement; what is believed of files and packages is possible."""
    budget = draw(budgets)
    actual, evidence = draw(st.none() | counts), draw(things)
    whole = head.unpacked_bytes if head else 0
    if budget.kind is BudgetKind.PATHS:
        actual = draw(st.none() | st.integers(0, whole))
    if budget.kind in {BudgetKind.DENY_PATHS, BudgetKind.DENY_PACKAGES}:
        evidence = tuple((name, min(size, whole // 5)) for name, size in evidence)
        actual = draw(st.none() | st.integers(len(evidence), 2**40))
    return Judgement(
        budget,
        draw(st.sampled_from(Verdict)),
        actual,
        draw(st.none() | counts),
        draw(long_foreign),
        draw(st.none() | waivers),
        evidence,
    )


@st.composite
def reports(draw, most_images=4, most_rows=6):
    """Draw a report of distinct images."""
    comparison = draw(comparisons)
    drawn = draw(st.lists(images(comparison.base_sha, most_rows=most_rows), max_size=most_images))
    distinct = tuple({(one.name, one.platform): one for one in drawn}.values())
    return Report(
        tool_version="0.1.0",
        comparison=comparison,
        images=distinct,
        verdict=worst(one.verdict for one in distinct),
        run=draw(runs),
        policy_source=draw(foreign),
        waivers=tuple(draw(st.lists(waivers, max_size=2))),
        notes=tuple(draw(st.lists(long_foreign, max_size=3))),
        exit_code=draw(st.sampled_from([0, 1, 3])),
    )
