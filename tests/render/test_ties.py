"""Every number of a report is tied to the sides of its image: what does not follow from them is refused, by name."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest

from bot.errors import UsageError
from bot.model import bounds
from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.budget import Budget, BudgetKind, Judgement, Verdict
from bot.model.explain import Cause, CauseKind, DeadWeight
from bot.model.image import DownloadSize
from bot.model.report import Delta, ImageReport, ImageState, LayerRow, SideReport
from bot.model.verify import Attempt, Candidate, Check, CheckState, Rung, Verification
from bot.render.registry import Presentation
from bot.render.report_json import decode, dump, render
from bot.render.report_json.ties import untied
from tests.render.everything import alone
from tests.render.reports import STORIES

GROWTH, SAME, NEW, GONE, SKIPPED = "a", "b", "new", "removed", "d"
ESTIMATE = {"bytes": 309_890_000, "exact": False}

NOTHING_CLAIMED = {
    **json.loads(dump(STORIES[GROWTH]()))["images"][0]["findings"][0],
    "claimed": {"live": 0, "dead": 0, "base_image": 0},
    "bytes": 0,
}
SUSPECTED = {**NOTHING_CLAIMED, "ladder": "suspected", "measured_after": None}

CONTRADICTIONS = [
    (GROWTH, {"head.dead_bytes": 859_000_001}, "859000001 dead bytes in a head of 859000000"),
    (SAME, {"head.layers": 0, "base.layers": 0}, "has bytes in a base without layers"),
    (GROWTH, {"delta.layers": 4}, "delta of 4 layers that is not its head less its base, 5"),
    (GROWTH, {"delta.download_bytes.bytes": 1}, "download delta of 1 exact bytes that is not its head less its base"),
    (GROWTH, {"delta.download_bytes": ESTIMATE}, "309890000 estimated bytes that is not its head less its base"),
    (GROWTH, {"delta.download_bytes": {"bytes": 0, "exact": True}}, "download delta of 0 exact bytes"),
    (GROWTH, {"base.download_bytes": None}, "between sides whose download sizes are not known"),
    (GROWTH, {"delta.pull_bytes": {"bytes": 312_000_001, "exact": True}}, "312000001 bytes to pull of a head"),
    (
        GROWTH,
        {"head.download_bytes.exact": False, "delta.download_bytes": ESTIMATE, "delta.pull_bytes": {"bytes": 1, "exact": True}},
        "has exact bytes to pull of a head whose download size is not exact",
    ),
    (SAME, {"delta.pull_bytes": {"bytes": 1, "exact": True}}, "said to be unchanged, but has 1 bytes to pull"),
    (
        SAME,
        {"head.download_bytes.bytes": 2_110_001, "delta.download_bytes.bytes": 1},
        "said to be unchanged, but has 1 download bytes of change",
    ),
    (SAME, {"head.layers": 2, "delta.layers": 1}, "said to be unchanged, but has 1 layers of change"),
    (SAME, {"base": None}, "said to be unchanged, which its sides and delta do not bear out"),
    (SKIPPED, {"delta.layers": 1}, "delta of 1 layers that is not its head less its base, 0"),
    (SKIPPED, {"delta.download_bytes": {"bytes": 5, "exact": True}}, "between sides whose download sizes are not known"),
    (SKIPPED, {"delta.pull_bytes": {"bytes": 5, "exact": False}}, "has 5 bytes to pull of a head whose download has 0"),
    (GROWTH, {"causes.1.base_bytes": 3_930_001, "causes.1.head_bytes": 85_000_001}, "has causes of 3930001 bytes in a base"),
    (GROWTH, {"contents.7.base_bytes": 4_000_000, "contents.7.head_bytes": 8_100_000}, "contents of 4000000 bytes in a base"),
    (GROWTH, {"contents.8.head_bytes": 1_000_001, "contents.8.bytes": 1_000_001, "contents.9.head_bytes": 177_699_999,
              "contents.9.bytes": 177_699_999}, "dead contents of 1000001 bytes in a head that has 1000000"),
    (GROWTH, {"causes.1.side": "base"}, "a cause of the base with 85000000 bytes in the head"),
    (GROWTH, {"causes.1.largest.0.bytes": 85_000_001}, "part of 85000001 bytes in a cause from 3930000 to 85000000"),
    (GROWTH, {"causes.1.largest.0.bytes": -3_930_001}, "part of -3930001 bytes in a cause"),
    (GROWTH, {"layers.6.head_bytes": 85_000_001}, "lists 6 layers of 859000001 bytes for a head of 6 layers and 859000000"),
    (GROWTH, {"layers.5.head_bytes": None}, "has a layer that is on neither side"),
    (GROWTH, {"layers.5.base_bytes": 0}, "lists 2 layers of 3930000 bytes for a base of 1 layers"),
    (GROWTH, {"verification.original_bytes": 1}, "verified against 1 bytes, which its head does not have"),
    (GROWTH, {"verification.best": None}, "said to be verified by nothing"),
    (GROWTH, {"verification.best": 0}, "said to be verified by an attempt that did not pass"),
    (GROWTH, {"verification.attempts.1.checks": []}, "said to be verified by an attempt that did not pass"),
    (GROWTH, {"verification.attempts.1.checks.0.state": "failed"}, "said to be verified by an attempt that did not pass"),
    (GROWTH, {"verification.attempts.1.unpacked_bytes": 859_000_000}, "best attempt that is not smaller than its 859000000"),
    (GROWTH, {"verification.attempts.1.unpacked_bytes": None}, "best attempt that is not smaller than its 859000000"),
    (GROWTH, {"verification.attempts.1.unpacked_bytes": 8_030_001}, "multi-stage-go that is verified by no attempt of its own"),
    (GROWTH, {"verification.verified": False}, "multi-stage-go that is verified by no attempt of its own"),
    (GROWTH, {"verification": None}, "multi-stage-go that is verified by no attempt of its own"),
    (NEW, {"paths.removed": 1}, "has 1 removed paths without a side for them"),
    (NEW, {"paths.changed": 1}, "has 1 changed paths without a side for them"),
    (GONE, {"paths.changed": 1}, "has 1 changed paths without a side for them"),
    (GONE, {"paths.added": 1}, "has 1 added paths without a side for them"),
    (GROWTH, {"findings.0.claimed.live": 87_000_000, "findings.0.bytes": 860_000_000}, "finding multi-stage-go that claims 860000000"),
    (GROWTH, {"findings.0.claimed.dead": 1_000_001, "findings.0.bytes": 850_000_001}, "1000001 of them dead"),
    (GROWTH, {"findings.0.ladder": "measured"}, "with a size after a patch that was not built"),
    (GROWTH, {"claimed_bytes": 850_000_001}, "claims 850000001 bytes by findings that allow 850000000 to 850000000"),
    (GROWTH, {"claimed_bytes": 849_999_999}, "claims 849999999 bytes by findings"),
    (GONE, {"claimed_bytes": 1}, "claims 1 bytes by findings that allow 0 to 0"),
    (GONE, {"findings": [NOTHING_CLAIMED]}, "has findings without a head"),
    (GONE, {"findings": [SUSPECTED]}, "has findings without a head"),
    ("not-measured", {"findings": [SUSPECTED, NOTHING_CLAIMED]}, "has findings without a head"),
    ("head-fails", {"head.failure.kind": "no-dockerfile"}, "has findings without a head"),
    ("head-fails", {"findings": [NOTHING_CLAIMED]}, "has findings without a head"),
    ("head-fails", {"findings.0.claimed.live": 1, "findings.0.bytes": 1}, "claims 1 bytes, which are only suspected"),
    (GROWTH, {"delta.unpacked_bytes": 855_070_001}, "delta of 855070001 bytes that is not its head less its base"),
    ("busy", {"budgets.2.actual": -1}, "has -1 for deny-paths"),
    ("busy", {"budgets.2.actual": 1, "budgets.2.budget": "deny-packages"}, "bytes for deny-packages, which counts 1"),
    ("busy", {"budgets.2.actual": 1}, "has 2 things of 71001000 bytes for deny-paths, which counts 1"),
    ("busy", {"budgets.2.evidence.0.bytes": 859_000_000}, "things of 859001000 bytes for deny-paths"),
    ("busy", {"budgets.3.actual": 859_000_001}, "has 859000001 for paths in a head of 859000000 bytes"),
    (NEW, {"base": {"why": "x", "failure": None}}, "is said to be new"),
    (GONE, {"base": None}, "is said to be removed"),
    (GONE, {"head": {"why": "x", "failure": None}}, "is said to be removed"),
    ("no-baseline", {"state": "new"}, "is said to be new"),
    ("head-fails", {"state": "removed"}, "is said to be removed"),
]  # fmt: skip


def story(name: str) -> dict:
    """Return a report that contradicts nothing, with the image in question first."""
    document = json.loads(dump(alone() if name == "busy" else STORIES[name]()))
    document["images"].sort(key=lambda image: image["state"] != "unchanged" or image["platform"] != "")
    decode(json.dumps(document).encode())
    return document


@pytest.mark.parametrize(("name", "changes", "told"), CONTRADICTIONS, ids=lambda value: str(value)[:60])
def test_decode__refuses_a_number_that_does_not_follow_from_the_sides(name: str, changes: dict, told: str):
    """A number that cannot be, given the sides, is refused; the refusal has the image and the number."""
    document = story(name)
    (image, *_) = document["images"]
    for place, value in changes.items():
        *above, last = (int(key) if key.isdecimal() else key for key in place.split("."))
        target = image
        for key in above:
            target = target[key]
        target[last] = deepcopy(value)

    with pytest.raises(UsageError) as caught:
        decode(json.dumps(document).encode())

    assert told in str(caught.value)
    assert f"({' '.join((image['name'], image['platform'])).strip()})" in str(caught.value)


def test_decode__refuses_a_new_image_where_the_base_is_known():
    """Without a baseline nothing is new, and with one nothing lacks a baseline for no reason."""
    new, alone_ = story("new"), story("no-baseline")
    new["comparison"]["base"]["sha"] = ""
    alone_["comparison"]["base"]["sha"] = "a" * 40

    for document in (new, alone_):
        with pytest.raises(UsageError, match="which its sides and delta do not bear out"):
            decode(json.dumps(document).encode())


@pytest.mark.parametrize(("first", "fits"), [(0, True), (2, False)])
def test_decode__takes_a_list_of_layers_that_was_cut(first: int, *, fits: bool):
    """Of very many layers the list has the first ones only; they may be fewer than there are, and never heavier."""
    document = story("no-baseline")
    (image,) = document["images"]
    image["head"]["layers"] = bounds.MOST_LAYERS + 1
    row = {"text": "RUN x", "base_bytes": None, "head_bytes": 0, "file": "", "lines": None}
    heavy = {**row, "head_bytes": image["head"]["unpacked_bytes"] - 1 + first}
    image["layers"] = [heavy, *[row] * (bounds.MOST_LAYERS - 1)]
    content = json.dumps(document).encode()

    if fits:
        assert len(decode(content).images[0].layers) == bounds.MOST_LAYERS
        return
    with pytest.raises(UsageError, match="lists 10000 layers"):
        decode(content)


def side(size: int, download: DownloadSize | None = None, layers: int = 1) -> SideReport:
    """A side of an image."""
    return SideReport(size, download, layers, "sha256:0")


@pytest.mark.parametrize(
    ("without_layers", "fits"),
    [
        (side(0, None, 0), True),
        (side(0, DownloadSize(0, exact=True), 0), True),
        (side(0, DownloadSize(5, exact=True), 0), False),
        (side(5, None, 0), False),
    ],
)
def test_untied__side_without_layers(without_layers: SideReport, *, fits: bool):
    """What has no layers has no bytes, be they unpacked or to download."""
    image = ImageReport("api", "", ImageState.NOT_COMPARED, None, without_layers, None)

    assert ("has bytes in a head without layers" not in list(untied(image))) == fits


@pytest.mark.parametrize(("base", "head"), [(side(5), None), (None, side(5)), (None, None)])
def test_untied__delta_without_two_sides(base: SideReport | None, head: SideReport | None):
    """A difference follows from two sides; without one of them it is nothing."""
    image = ImageReport("api", "", ImageState.CHANGED, base, head, Delta(5, None, 1, 5, 0, 0))

    problems = list(untied(image))

    assert "has a delta of 5 bytes that is not its head less its base, 0" in problems
    assert "has a delta of 1 layers that is not its head less its base, 0" in problems


def test_untied__estimates_of_what_did_not_change():
    """Layers that are the same on both sides download the same, exactly, although both sizes are estimates."""
    estimated = side(5, DownloadSize(3, exact=False))

    def of(download: DownloadSize) -> list[str]:
        delta = Delta(0, download, 0, 0, 0, 0)
        return list(untied(ImageReport("api", "", ImageState.UNCHANGED, estimated, estimated, delta)))

    assert of(DownloadSize(0, exact=True)) == of(DownloadSize(0, exact=False)) == []
    assert len(of(DownloadSize(1, exact=True))) == 2


@pytest.mark.parametrize(("base_image", "drift"), [(0, 0), (2, 0), (0, 2)])
def test_decode__takes_the_download_for_this_changes_own(base_image: int, drift: int):
    """A report does not say what of the download is base image and drift, so that all of it is held to a budget, as such."""
    document = story(GROWTH)
    (image, *_) = document["images"]
    total = image["delta"]["unpacked_bytes"]
    document["images"] = [{**image, "causes": [], "findings": [], "claimed_bytes": 0}]
    causes = {"instruction": total - base_image - drift, "base-image": base_image, "drift": drift}
    document["images"][0]["delta"].update(
        own_bytes=causes["instruction"], base_image_bytes=base_image, drift_bytes=drift
    )
    template = next(cause for cause in image["causes"] if cause["side"] == "head")
    document["images"][0]["causes"] = [
        {**template, "kind": kind, "bytes": size, "base_bytes": 0, "head_bytes": size, "largest": []}
        for kind, size in causes.items()
        if size
    ]

    delta = decode(json.dumps(document).encode()).images[0].delta

    assert delta is not None
    assert delta.own_download == delta.download
    assert delta.own_download_is_whole == (base_image + drift > 0)


def exact(size: int) -> DownloadSize:
    """A download size that is exact."""
    return DownloadSize(size, exact=True)


def estimate(size: int) -> DownloadSize:
    """A download size that is an estimate."""
    return DownloadSize(size, exact=False)


def head_of(size: int, **fields: object) -> ImageReport:
    """An image whose head has a size and one layer, without a base."""
    return replace(ImageReport("api", "", ImageState.NOT_COMPARED, None, side(size), None), **fields)


@pytest.mark.parametrize(
    ("base", "head", "told", "fits"),
    [
        (exact(3), exact(5), exact(2), True),
        (exact(3), estimate(5), estimate(2), True),
        (estimate(3), exact(5), estimate(2), True),
        (exact(3), estimate(5), exact(2), False),
        (estimate(3), exact(5), exact(2), False),
        (exact(3), None, exact(2), False),
        (None, exact(5), exact(2), False),
    ],
)
def test_untied__download_delta(
    base: DownloadSize | None, head: DownloadSize | None, told: DownloadSize, *, fits: bool
):
    """The change of a download is that of its sides, and exact where both are."""
    sides = side(5, base), side(5, head)

    problems = list(untied(ImageReport("api", "", ImageState.CHANGED, *sides, Delta(0, told, 0, 0, 0, 0))))

    assert (problems == []) == fits
    assert all(one.startswith("has a download delta of 2 ") for one in problems)


@pytest.mark.parametrize(
    ("download", "pull", "fits"),
    [(exact(5), exact(5), True), (exact(5), exact(6), False), (None, estimate(6), True), (None, exact(6), False)],
)
def test_untied__bytes_to_pull(download: DownloadSize | None, pull: DownloadSize, *, fits: bool):
    """What is to be pulled is at most the whole download, and exact only where that is."""
    whole = side(9, download)

    problems = list(untied(ImageReport("api", "", ImageState.CHANGED, whole, whole, Delta(0, None, 0, 0, 0, 0, pull))))

    assert (problems == []) == fits


@pytest.mark.parametrize(
    ("kind", "actual", "evidence", "fits"),
    [
        (BudgetKind.PATHS, 9, 0, True),
        (BudgetKind.PATHS, 0, 1, True),
        (BudgetKind.PATHS, 10, 0, False),
        (BudgetKind.DENY_PATHS, 0, 0, True),
        (BudgetKind.DENY_PATHS, 0, 1, False),
        (BudgetKind.DENY_PACKAGES, 10, 1, True),
    ],
)
def test_untied__claims_on_contents(kind: BudgetKind, actual: int, evidence: int, *, fits: bool):
    """What files hold is no more than the head, and of what is counted no more is shown than that."""
    held = Judgement(Budget(kind, None), Verdict.FAIL, actual, 0, evidence=(("x", 1),) * evidence)

    assert (list(untied(head_of(9, budgets=(held,)))) == []) == fits


def finding(claimed: int) -> Finding:
    """A finding that claims bytes."""
    return Finding("multi-stage-go", Ladder.MEASURED, "", "", ClaimedBytes(claimed))


@pytest.mark.parametrize(
    ("findings", "claimed", "fits"),
    [
        ([5, 2], 5, True),
        ([5, 2], 7, True),
        ([5, 2], 3, False),
        ([5, 2], 8, False),
        ([1] * bounds.MOST_FINDINGS, 900, True),
        ([1] * (bounds.MOST_FINDINGS - 1), 900, False),
    ],
)
def test_untied__claims_of_findings(findings: list[int], claimed: int, *, fits: bool):
    """The union of claims holds the largest and is at most their sum; of a list that was cut, at most the head."""
    image = head_of(900, findings=tuple(map(finding, findings)), claimed_bytes=claimed)

    assert (list(untied(image)) == []) == fits


@pytest.mark.parametrize(
    ("layers", "sizes", "fits"),
    [
        (2, [900, 0], True),
        (2, [900], False),
        (2, [899, 0], False),
        (bounds.MOST_LAYERS + 1, [900, *[0] * (bounds.MOST_LAYERS - 1)], True),
        (3, [900, *[0] * (bounds.MOST_LAYERS - 1)], False),
    ],
)
def test_untied__list_of_layers(layers: int, sizes: list[int], *, fits: bool):
    """The list has every layer and every byte; only one that was cut may have fewer, and it never has more."""
    image = head_of(0, head=side(100_000 if layers == 3 else 900, None, layers))
    image = replace(image, layers=tuple(LayerRow("RUN x", None, size) for size in sizes))

    assert (list(untied(image)) == []) == fits


def test_untied__cause_of_what_did_not_change():
    """An image that is the same on both sides has no causes."""
    cause = Cause(CauseKind.DRIFT, 0, "RUN x")
    same = ImageReport("api", "", ImageState.UNCHANGED, side(5), side(5), Delta(0, None, 0, 0, 0, 0), (cause,))

    assert list(untied(same)) == ["is said to be unchanged, but has 1 causes of change"]


@pytest.mark.parametrize(("brought", "fits"), [([3, 2], True), ([3, 3], False)])
def test_untied__dead_bytes_that_the_change_brought(brought: list[int], *, fits: bool):
    """A change brings no more dead bytes than its head has."""
    dead = tuple(DeadWeight(count, deleted=True, file="", added=None, killed=None) for count in brought)
    image = head_of(9, head=replace(side(9), dead_bytes=5), dead=dead)

    assert (list(untied(image)) == []) == fits


def attempt(size: int | None, *states: CheckState, problem: str = "") -> Attempt:
    """An attempt of some size whose checks ended so."""
    checks = tuple(Check("starts", state, "it starts") for state in states)
    return Attempt(Candidate(Rung.SLIM, "debian", ""), size, checks=checks, problem=problem)


PASSED = attempt(5, CheckState.PASSED, CheckState.NOT_MADE)


@pytest.mark.parametrize(
    ("search", "fits"),
    [
        (Verification(9), True),
        (Verification(9, verified=True), False),
        (Verification(8), False),
        (Verification(9, (PASSED,), PASSED, verified=True), True),
        (Verification(9, (), attempt(9)), False),
        (Verification(9, (), attempt(8)), True),
        (Verification(9, (), attempt(None)), False),
        (Verification(9, (), attempt(5, CheckState.FAILED)), True),
        (Verification(9, (), attempt(5, CheckState.PASSED, CheckState.FAILED), verified=True), False),
        (Verification(9, (), attempt(5, CheckState.NOT_MADE), verified=True), False),
        (Verification(9, (), attempt(5, CheckState.PASSED, problem="x"), verified=True), False),
        (Verification(9, (), attempt(5, CheckState.PASSED, problem="x")), True),
    ],
)
def test_untied__search_for_a_smaller_image(search: Verification, *, fits: bool):
    """A search is for this head; its best is smaller, and verified only where checks passed and none failed."""
    assert (list(untied(head_of(9, verification=search))) == []) == fits


def test_untied__search_without_a_head():
    """Without a head there is nothing that a smaller image could be verified against."""
    gone = ImageReport("api", "", ImageState.NOT_MEASURED, None, None, None, verification=Verification(0))

    assert list(untied(gone)) == ["is verified against 0 bytes, which its head does not have"]


@pytest.mark.parametrize(
    ("ladder", "after", "search", "fits"),
    [
        (Ladder.MEASURED, None, None, True),
        (Ladder.MEASURED, 5, None, False),
        (Ladder.BUILT, None, None, False),
        (Ladder.BUILT, None, Verification(9), False),
        (Ladder.BUILT, 5, Verification(9, (), attempt(5)), True),
        (Ladder.BUILT, 4, Verification(9, (), attempt(5)), False),
        (Ladder.BUILT, 5, Verification(9), False),
        (Ladder.VERIFIED, 5, Verification(9, (), attempt(5)), False),
        (Ladder.VERIFIED, 5, Verification(9, (PASSED,), PASSED, verified=True), True),
    ],
)
def test_untied__proof_of_a_finding(ladder: Ladder, after: int | None, search: Verification | None, *, fits: bool):
    """A finding is built or verified by the best attempt alone, and its size after is that of it."""
    claimed = replace(finding(0), ladder=ladder, measured_after_bytes=after)

    assert (list(untied(head_of(9, findings=(claimed,), verification=search))) == []) == fits


def test_decode__best_of_as_many_attempts_as_there_may_be():
    """The best attempt may be the last of as many as a report holds."""
    (image, *_) = STORIES[GROWTH]().images
    attempts = tuple(attempt(1_000 - number) for number in range(bounds.MOST_ATTEMPTS))
    search = Verification(image.head.unpacked_bytes, attempts, attempts[-1])
    told = replace(STORIES[GROWTH](), images=(replace(image, findings=(), claimed_bytes=0, verification=search),))

    assert decode(dump(told)).images[0].verification == search
    assert render(told, Presentation()).encode() == dump(told)
