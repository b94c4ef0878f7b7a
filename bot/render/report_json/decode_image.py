"""JSON → one image of a report: its sides, causes, contents, layers and findings."""

import re
from typing import Final

from bot.model import bounds
from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.budget import Verdict
from bot.model.build import BuildFailure, FailureKind, Origin, OriginKind
from bot.model.explain import Cause, CauseKind, Content, ContentKind, DeadWeight
from bot.model.report import Delta, ImageReport, ImageState, LayerRow, MissingSide, SideReport
from bot.render.report_json import decode_values
from bot.render.report_json.decode_judgements import judgement
from bot.render.report_json.reader import Node
from bot.render.report_json.verification import decode_verification

_PLATFORM: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,40}(?:/[A-Za-z0-9._-]{1,40}){0,3})?", re.ASCII)
_RULE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_SIDE: Final = re.compile(r"base|head", re.ASCII)
_SLUG: Final = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,30})?", re.ASCII)


def image(node: Node) -> ImageReport:
    """Read one image."""
    part = node.record(*_IMAGE_KEYS)
    paths = part["paths"].record("added", "removed", "changed")
    return ImageReport(
        name=decode_values.text(part["name"]),
        platform=part["platform"].matching(_PLATFORM),
        state=part["state"].choice(ImageState),
        base=part["base"].optional(_side),
        head=part["head"].optional(_side),
        delta=part["delta"].optional(_delta),
        causes=part["causes"].items(_cause, bounds.MOST_CAUSES),
        contents=part["contents"].items(_content, bounds.MOST_CONTENTS),
        layers=part["layers"].items(_layer, bounds.MOST_LAYERS),
        findings=part["findings"].items(_finding, bounds.MOST_FINDINGS),
        claimed_bytes=part["claimed_bytes"].count(),
        verification=part["verification"].optional(decode_verification),
        budgets=part["budgets"].items(judgement, bounds.MOST_BUDGETS),
        verdict=part["verdict"].choice(Verdict),
        notes=part["notes"].items(decode_values.text, bounds.MOST_NOTES),
        paths_added=paths["added"].count(),
        paths_removed=paths["removed"].count(),
        paths_changed=paths["changed"].count(),
        dead=part["dead"].items(_dead, bounds.MOST_DEAD),
    )


_IMAGE_KEYS: Final = (
    "name",
    "platform",
    "state",
    "verdict",
    "base",
    "head",
    "delta",
    "causes",
    "contents",
    "paths",
    "dead",
    "layers",
    "findings",
    "claimed_bytes",
    "verification",
    "budgets",
    "notes",
)


def _dead(node: Node) -> DeadWeight:
    part = node.record("bytes", "deleted", "file", "added", "killed")
    return DeadWeight(
        bytes=part["bytes"].count(),
        deleted=part["deleted"].flag(),
        file=decode_values.path(part["file"]),
        added=part["added"].optional(decode_values.lines),
        killed=part["killed"].optional(decode_values.lines),
    )


def _side(node: Node) -> SideReport | MissingSide:
    if node.has("why"):
        missing = node.record("why", "failure")
        return MissingSide(decode_values.text(missing["why"]), missing["failure"].optional(_failure))
    part = node.record("unpacked_bytes", "download_bytes", "layers", "dead_bytes", "digest", "source")
    return SideReport(
        unpacked_bytes=part["unpacked_bytes"].count(),
        download=part["download_bytes"].optional(decode_values.size),
        layers=part["layers"].count(),
        digest=decode_values.text(part["digest"]),
        source=decode_values.text(part["source"]),
        dead_bytes=part["dead_bytes"].count(),
    )


def _failure(node: Node) -> BuildFailure:
    part = node.record("kind", "sentence", "file", "lines", "text", "exit_code", "log_tail")
    return BuildFailure(
        kind=part["kind"].choice(FailureKind),
        sentence=decode_values.text(part["sentence"]),
        file=decode_values.path(part["file"]),
        lines=part["lines"].optional(decode_values.lines),
        text=decode_values.text(part["text"]),
        exit_code=part["exit_code"].optional(Node.change),
        log_tail=part["log_tail"].items(lambda line: line.text(bounds.LOG_LINE_LIMIT), bounds.MOST_LOG_LINES),
    )


def _delta(node: Node) -> Delta:
    keys = ("own_bytes", "base_image_bytes", "drift_bytes", "pull_bytes")
    part = node.record("unpacked_bytes", "download_bytes", "layers", *keys)
    download = part["download_bytes"].optional(decode_values.size_change)
    base_image_bytes, drift_bytes = part["base_image_bytes"].change(), part["drift_bytes"].change()
    return Delta(
        unpacked_bytes=part["unpacked_bytes"].change(),
        download=download,
        layers=part["layers"].change(),
        own_bytes=part["own_bytes"].change(),
        base_image_bytes=base_image_bytes,
        drift_bytes=drift_bytes,
        pull=part["pull_bytes"].optional(decode_values.size),
        own_download=download,
        own_download_is_whole=(base_image_bytes, drift_bytes) != (0, 0),
    )


def _cause(node: Node) -> Cause:
    place = ("text", "file", "lines", "side", "exact", "base_diff_id", "head_diff_id", "copied_from")
    part = node.record("kind", "bytes", "base_bytes", "head_bytes", *place, "largest", "was", "now")
    cause = Cause(
        kind=part["kind"].choice(CauseKind),
        bytes=part["bytes"].change(),
        text=decode_values.text(part["text"]),
        file=decode_values.path(part["file"]),
        lines=part["lines"].optional(decode_values.lines),
        base_diff_id=part["base_diff_id"].optional(decode_values.diff_id),
        head_diff_id=part["head_diff_id"].optional(decode_values.diff_id),
        base_bytes=part["base_bytes"].count(),
        head_bytes=part["head_bytes"].count(),
        side=part["side"].matching(_SIDE),
        exact=part["exact"].flag(),
        copied_from=part["copied_from"].items(_origin, bounds.MOST_ORIGINS),
        largest=part["largest"].items(decode_values.moved, bounds.MOST_THINGS),
        was=decode_values.text(part["was"]),
        now=decode_values.text(part["now"]),
    )
    if cause.bytes != cause.head_bytes - cause.base_bytes:
        raise node.refusal("has bytes that are not its head_bytes less its base_bytes")
    return cause


def _origin(node: Node) -> Origin:
    part = node.record("kind", "text", "file", "lines", "stage", "exact")
    return Origin(
        kind=part["kind"].choice(OriginKind),
        text=decode_values.text(part["text"]),
        file=decode_values.path(part["file"]),
        lines=part["lines"].optional(decode_values.lines),
        stage=decode_values.text(part["stage"]),
        exact=part["exact"].flag(),
    )


def _content(node: Node) -> Content:
    versions = ("ecosystem", "base_version", "head_version")
    part = node.record("kind", "name", "bytes", "base_bytes", "head_bytes", "files", *versions)
    content = Content(
        kind=part["kind"].choice(ContentKind),
        name=decode_values.text(part["name"]),
        base_bytes=part["base_bytes"].count(),
        head_bytes=part["head_bytes"].count(),
        ecosystem=part["ecosystem"].matching(_SLUG),
        base_version=part["base_version"].optional(decode_values.text),
        head_version=part["head_version"].optional(decode_values.text),
        files=part["files"].count(),
    )
    if part["bytes"].change() != content.bytes:
        raise node.refusal("has bytes that are not its head_bytes less its base_bytes")
    return content


def _layer(node: Node) -> LayerRow:
    part = node.record("text", "base_bytes", "head_bytes", "file", "lines")
    return LayerRow(
        text=decode_values.text(part["text"]),
        base_bytes=part["base_bytes"].optional(Node.count),
        head_bytes=part["head_bytes"].optional(Node.count),
        file=decode_values.path(part["file"]),
        lines=part["lines"].optional(decode_values.lines),
    )


def _finding(node: Node) -> Finding:
    words = ("title", "advice", "file", "lines", "evidence", "patch", "confidence", "from_this_change", "suppressed")
    part = node.record("rule", "ladder", "bytes", "claimed", "measured_after", *words)
    claimed = _claimed(part["claimed"])
    if part["bytes"].count() != claimed.total:
        raise node.refusal("has bytes that are not the sum of what it claims")
    return Finding(
        rule=part["rule"].matching(_RULE),
        ladder=_ladder(part["ladder"]),
        title=decode_values.text(part["title"]),
        advice=decode_values.text(part["advice"]),
        claimed=claimed,
        file=decode_values.path(part["file"]),
        lines=part["lines"].optional(decode_values.lines),
        evidence=part["evidence"].items(decode_values.thing, bounds.MOST_THINGS),
        patch=part["patch"].text(bounds.PATCH_LIMIT),
        measured_after_bytes=part["measured_after"].optional(Node.count),
        confidence=part["confidence"].fraction(),
        from_this_change=part["from_this_change"].flag(),
        suppressed=decode_values.text(part["suppressed"]),
    )


def _claimed(node: Node) -> ClaimedBytes:
    part = node.record("live", "dead", "base_image")
    return ClaimedBytes(part["live"].count(), part["dead"].count(), part["base_image"].count())


def _ladder(node: Node) -> Ladder:
    for step in Ladder:
        if node.value == step.name.lower():
            return step
    raise node.refusal(f"is not one of {', '.join(step.name.lower() for step in Ladder)}")
