"""Every number of a report is tied to the sides of its image: what does not follow from them is refused, by name."""

import json
from copy import deepcopy

import pytest

from bot.errors import UsageError
from bot.model import bounds
from bot.render.report_json import decode, dump
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
    (GROWTH, {"causes.1.base_bytes": 3_930_001, "causes.1.head_bytes": 85_000_001}, "causes of 3930001 bytes in a base"),
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
    """Give a report that contradicts nothing, with the image in question first."""
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
