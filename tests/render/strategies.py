"""Hypothesis strategies for reports whose numbers add up, with texts as hostile as a pull request can make them."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict, Waiver, worst
from bot.model.build import BuildFailure, FailureKind, Origin, OriginKind
from bot.model.explain import Cause, CauseKind, Content, ContentKind
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
from bot.render.text import stays_inside
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
judgements = st.builds(
    Judgement,
    budgets,
    st.sampled_from(Verdict),
    st.none() | counts,
    st.none() | counts,
    long_foreign,
    st.none() | waivers,
    things,
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
missing_sides = st.builds(MissingSide, long_foreign, st.none() | failures)
findings = st.builds(
    Finding,
    rule=st.sampled_from(["apt-lists", "multi-stage-go"]),
    ladder=st.sampled_from(Ladder),
    title=long_foreign,
    advice=long_foreign,
    claimed=st.builds(ClaimedBytes, counts, counts, counts),
    file=files,
    lines=lines,
    evidence=things,
    patch=long_foreign,
    measured_after_bytes=st.none() | counts,
    confidence=st.floats(0, 1),
    from_this_change=st.booleans(),
    suppressed=st.just("") | foreign,
)
layers = st.builds(LayerRow, foreign, st.none() | counts, st.none() | counts, files, lines)
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


def _cause(kind, sizes, text, place, **more):
    return Cause(kind, sizes[1] - sizes[0], text, *place, base_bytes=sizes[0], head_bytes=sizes[1], **more)


def _causes(sizes):
    """Give causes whose sides are drawn from ``sizes``."""
    return st.builds(
        _cause,
        st.sampled_from(CauseKind),
        sizes,
        long_foreign,
        st.tuples(files, lines),
        base_diff_id=diff_ids,
        head_diff_id=diff_ids,
        side=st.sampled_from(["base", "head"]),
        exact=st.booleans(),
        copied_from=st.lists(origins, max_size=2).map(tuple),
        largest=moved_things,
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
SIZES = {
    ImageState.CHANGED: st.tuples(counts, counts),
    ImageState.NEW: st.tuples(st.just(0), counts),
    ImageState.REMOVED: st.tuples(counts, st.just(0)),
    ImageState.NOT_COMPARED: st.tuples(st.just(0), counts),
}


@st.composite
def images(draw, most_rows=6):
    """Draw an image of any state; the last row of its contents makes them add up."""
    state = draw(st.sampled_from(ImageState))
    alone = state is not ImageState.NOT_COMPARED or draw(st.booleans())
    explained = state in SIZES and alone
    parts = tuple(draw(st.lists(_causes(SIZES[state]), max_size=most_rows))) if explained else ()
    total = sum(part.bytes for part in parts)
    rows = tuple(draw(st.lists(contents, max_size=most_rows))) if parts else ()
    rest = total - sum(row.bytes for row in rows)
    if rest:
        rows = (*rows, Content(ContentKind.PATH, draw(foreign), max(-rest, 0), max(rest, 0)))
    held = tuple(draw(st.lists(judgements, max_size=3)))
    base, head = _sides(draw, state, total, alone=alone)
    return ImageReport(
        name=draw(foreign),
        platform=draw(platforms),
        state=state,
        base=base,
        head=head,
        delta=_delta(draw, total, parts) if state in {ImageState.CHANGED, ImageState.UNCHANGED} else None,
        causes=parts,
        contents=rows,
        layers=tuple(draw(st.lists(layers, max_size=most_rows))),
        findings=tuple(draw(st.lists(findings, max_size=2))),
        claimed_bytes=draw(counts),
        budgets=held,
        verdict=worst(one.verdict for one in held),
        notes=tuple(draw(st.lists(long_foreign, max_size=3))),
        paths_added=draw(small),
        paths_removed=draw(small),
        paths_changed=draw(small),
    )


def _sides(draw, state, total, *, alone):
    low = draw(counts)
    both = _measured(draw, low + max(-total, 0)), _measured(draw, low + max(total, 0))
    missing = draw(missing_sides)
    match state:
        case ImageState.CHANGED:
            return both
        case ImageState.UNCHANGED:
            return draw(st.sampled_from([both, (missing, missing)]))
        case ImageState.NEW | ImageState.NOT_COMPARED:
            return (None if alone else missing), _measured(draw, total if alone else low)
        case ImageState.REMOVED:
            return _measured(draw, -total), None
        case ImageState.NOT_MEASURED:
            return draw(st.sampled_from([None, both[0], missing])), missing


def _measured(draw, unpacked_bytes):
    return SideReport(unpacked_bytes, draw(downloads), draw(small), draw(foreign), draw(foreign), draw(counts))


def _delta(draw, total, parts):
    by_kind = {kind: sum(part.bytes for part in parts if part.kind is kind) for kind in CauseKind}
    own, moved, drift = (by_kind[kind] for kind in (CauseKind.INSTRUCTION, CauseKind.BASE_IMAGE, CauseKind.DRIFT))
    return Delta(total, draw(downloads), draw(small), own, moved, drift, draw(downloads))


@st.composite
def reports(draw, most_images=4, most_rows=6):
    """Draw a report of distinct images."""
    drawn = draw(st.lists(images(most_rows=most_rows), max_size=most_images))
    distinct = tuple({(one.name, one.platform): one for one in drawn}.values())
    return Report(
        tool_version="0.1.0",
        comparison=draw(comparisons),
        images=distinct,
        verdict=worst(one.verdict for one in distinct),
        run=draw(runs),
        policy_source=draw(foreign),
        waivers=tuple(draw(st.lists(waivers, max_size=2))),
        notes=tuple(draw(st.lists(long_foreign, max_size=3))),
        exit_code=draw(st.sampled_from([0, 1, 3])),
    )
