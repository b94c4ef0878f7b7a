"""JSON → Report: everything a pull request may have written is checked before anything is made of it."""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict, Waiver
from bot.model.build import BuildFailure, FailureKind, Origin, OriginKind
from bot.model.explain import Cause, CauseKind, Content, ContentKind
from bot.model.image import DownloadSize
from bot.model.plan import Comparison
from bot.model.report import (
    SCHEMA,
    Delta,
    ImageReport,
    ImageState,
    LayerRow,
    MissingSide,
    Report,
    RunInfo,
    SideReport,
)
from bot.render import bounds
from bot.render.report_json.invariants import check_sums
from bot.render.report_json.reader import Node, load

_COMMIT: Final = re.compile(r"(?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?", re.ASCII)
_DAY: Final = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", re.ASCII)
_DIFF_ID: Final = re.compile(r"[a-z0-9+._-]{1,20}:[0-9a-f]{32,128}", re.ASCII)
_PERCENT: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?", re.ASCII)
_PLATFORM: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,40}(?:/[A-Za-z0-9._-]{1,40}){0,3})?", re.ASCII)
_REPOSITORY: Final = re.compile(r"(?:[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100})?", re.ASCII)
_RULE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_SERVER: Final = re.compile(r"(?:https?://[A-Za-z0-9.-]{1,200}(?::[0-9]{1,5})?)?", re.ASCII)
_SIDE: Final = re.compile(r"base|head", re.ASCII)
_SLUG: Final = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,30})?", re.ASCII)
_VERSION: Final = re.compile(r"[A-Za-z0-9.+-]{1,40}", re.ASCII)
_LARGEST_LINE: Final = 1_000_000
_LARGEST_DAYS: Final = 100_000


def decode(content: bytes) -> Report:
    """Read report.json. Raises ``UsageError`` with the JSON path of the first thing that is wrong."""
    document = load(content)
    if document.has("schema") and Node(document.value["schema"]).value != SCHEMA:
        raise Node(None, "$.schema").refusal(f"is not {SCHEMA}, the only one that this version reads")
    report = _report(document)
    check_sums(report)
    return report


def _report(node: Node) -> Report:
    keys = ("schema", "tool", "comparison", "run", "policy", "verdict", "exit_code", "notes", "images")
    part = node.record(*keys)
    policy = part["policy"].record("source", "waivers")
    return Report(
        tool_version=part["tool"].record("version")["version"].matching(_VERSION),
        comparison=_comparison(part["comparison"]),
        images=part["images"].items(_image, bounds.MOST_IMAGES),
        verdict=part["verdict"].choice(Verdict),
        run=_run(part["run"]),
        policy_source=_text(policy["source"]),
        waivers=policy["waivers"].items(_waiver, bounds.MOST_BUDGETS),
        notes=part["notes"].items(_text, bounds.MOST_NOTES),
        exit_code=part["exit_code"].whole(0, 255),
    )


def _comparison(node: Node) -> Comparison:
    part = node.record("base", "head")
    base, head = part["base"].record("sha", "label", "why"), part["head"].record("sha", "label", "pull_head_sha")
    return Comparison(
        base_sha=base["sha"].matching(_COMMIT),
        head_sha=head["sha"].matching(_COMMIT),
        why=_text(base["why"]),
        base_label=_text(base["label"]),
        head_label=_text(head["label"]),
        pull_head_sha=head["pull_head_sha"].matching(_COMMIT),
    )


def _run(node: Node) -> RunInfo:
    part = node.record("server_url", "repository", "pull_number", "run_id", "run_attempt")
    return RunInfo(
        repository=part["repository"].matching(_REPOSITORY),
        server_url=part["server_url"].matching(_SERVER),
        pull_number=part["pull_number"].optional(Node.count),
        run_id=part["run_id"].optional(Node.count),
        run_attempt=part["run_attempt"].optional(Node.count),
    )


def _image(node: Node) -> ImageReport:
    part = node.record(*_IMAGE_KEYS)
    paths = part["paths"].record("added", "removed", "changed")
    return ImageReport(
        name=_text(part["name"]),
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
        budgets=part["budgets"].items(_judgement, bounds.MOST_BUDGETS),
        verdict=part["verdict"].choice(Verdict),
        notes=part["notes"].items(_text, bounds.MOST_NOTES),
        paths_added=paths["added"].count(),
        paths_removed=paths["removed"].count(),
        paths_changed=paths["changed"].count(),
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
    "layers",
    "findings",
    "claimed_bytes",
    "budgets",
    "notes",
)


def _side(node: Node) -> SideReport | MissingSide:
    if node.has("why"):
        missing = node.record("why", "failure")
        return MissingSide(_text(missing["why"]), missing["failure"].optional(_failure))
    part = node.record("unpacked_bytes", "download_bytes", "layers", "dead_bytes", "digest", "source")
    return SideReport(
        unpacked_bytes=part["unpacked_bytes"].count(),
        download=part["download_bytes"].optional(_size),
        layers=part["layers"].count(),
        digest=_text(part["digest"]),
        source=_text(part["source"]),
        dead_bytes=part["dead_bytes"].count(),
    )


def _failure(node: Node) -> BuildFailure:
    part = node.record("kind", "sentence", "file", "lines", "text", "exit_code", "log_tail")
    return BuildFailure(
        kind=part["kind"].choice(FailureKind),
        sentence=_text(part["sentence"]),
        file=_text(part["file"]),
        lines=part["lines"].optional(_lines),
        text=_text(part["text"]),
        exit_code=part["exit_code"].optional(Node.change),
        log_tail=part["log_tail"].items(lambda line: line.text(bounds.LOG_LINE_LIMIT), bounds.MOST_LOG_LINES),
    )


def _delta(node: Node) -> Delta:
    keys = ("own_bytes", "base_image_bytes", "drift_bytes", "pull_bytes")
    part = node.record("unpacked_bytes", "download_bytes", "layers", *keys)
    return Delta(
        unpacked_bytes=part["unpacked_bytes"].change(),
        download=part["download_bytes"].optional(_size_change),
        layers=part["layers"].change(),
        own_bytes=part["own_bytes"].change(),
        base_image_bytes=part["base_image_bytes"].change(),
        drift_bytes=part["drift_bytes"].change(),
        pull=part["pull_bytes"].optional(_size),
    )


def _cause(node: Node) -> Cause:
    place = ("text", "file", "lines", "side", "exact", "base_diff_id", "head_diff_id", "copied_from", "largest")
    part = node.record("kind", "bytes", "base_bytes", "head_bytes", *place)
    cause = Cause(
        kind=part["kind"].choice(CauseKind),
        bytes=part["bytes"].change(),
        text=_text(part["text"]),
        file=_text(part["file"]),
        lines=part["lines"].optional(_lines),
        base_diff_id=part["base_diff_id"].optional(_diff_id),
        head_diff_id=part["head_diff_id"].optional(_diff_id),
        base_bytes=part["base_bytes"].count(),
        head_bytes=part["head_bytes"].count(),
        side=part["side"].matching(_SIDE),
        exact=part["exact"].flag(),
        copied_from=part["copied_from"].items(_origin, bounds.MOST_ORIGINS),
        largest=part["largest"].items(_moved, bounds.MOST_THINGS),
    )
    if cause.bytes != cause.head_bytes - cause.base_bytes:
        raise node.refusal("has bytes that are not its head_bytes less its base_bytes")
    return cause


def _origin(node: Node) -> Origin:
    part = node.record("kind", "text", "file", "lines", "stage", "exact")
    return Origin(
        kind=part["kind"].choice(OriginKind),
        text=_text(part["text"]),
        file=_text(part["file"]),
        lines=part["lines"].optional(_lines),
        stage=_text(part["stage"]),
        exact=part["exact"].flag(),
    )


def _content(node: Node) -> Content:
    versions = ("ecosystem", "base_version", "head_version")
    part = node.record("kind", "name", "bytes", "base_bytes", "head_bytes", "files", *versions)
    content = Content(
        kind=part["kind"].choice(ContentKind),
        name=_text(part["name"]),
        base_bytes=part["base_bytes"].count(),
        head_bytes=part["head_bytes"].count(),
        ecosystem=part["ecosystem"].matching(_SLUG),
        base_version=part["base_version"].optional(_text),
        head_version=part["head_version"].optional(_text),
        files=part["files"].count(),
    )
    if part["bytes"].change() != content.bytes:
        raise node.refusal("has bytes that are not its head_bytes less its base_bytes")
    return content


def _layer(node: Node) -> LayerRow:
    part = node.record("text", "base_bytes", "head_bytes", "file", "lines")
    return LayerRow(
        text=_text(part["text"]),
        base_bytes=part["base_bytes"].optional(Node.count),
        head_bytes=part["head_bytes"].optional(Node.count),
        file=_text(part["file"]),
        lines=part["lines"].optional(_lines),
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
        title=_text(part["title"]),
        advice=_text(part["advice"]),
        claimed=claimed,
        file=_text(part["file"]),
        lines=part["lines"].optional(_lines),
        evidence=part["evidence"].items(_thing, bounds.MOST_THINGS),
        patch=part["patch"].text(bounds.PATCH_LIMIT),
        measured_after_bytes=part["measured_after"].optional(Node.count),
        confidence=part["confidence"].fraction(),
        from_this_change=part["from_this_change"].flag(),
        suppressed=_text(part["suppressed"]),
    )


def _claimed(node: Node) -> ClaimedBytes:
    part = node.record("live", "dead", "base_image")
    return ClaimedBytes(part["live"].count(), part["dead"].count(), part["base_image"].count())


def _ladder(node: Node) -> Ladder:
    for step in Ladder:
        if node.value == step.name.lower():
            return step
    raise node.refusal(f"is not one of {', '.join(step.name.lower() for step in Ladder)}")


def _judgement(node: Node) -> Judgement:
    limits = ("limit", "limit_amount", "limit_percent", "patterns", "since_days")
    result = ("verdict", "actual", "allowed", "reason", "evidence", "waived_by")
    part = node.record("budget", *limits, "on_exceed", "on_exceed_stated", "from", *result)
    return Judgement(
        budget=_budget(part),
        verdict=part["verdict"].choice(Verdict),
        actual=part["actual"].optional(Node.change),
        limit=part["allowed"].optional(Node.change),
        reason=_text(part["reason"]),
        waived_by=part["waived_by"].optional(_waiver),
        evidence=part["evidence"].items(_thing, bounds.MOST_THINGS),
    )


def _budget(part: dict[str, Node]) -> Budget:
    return Budget(
        kind=part["budget"].choice(BudgetKind),
        limit=_limit(part),
        patterns=part["patterns"].items(_text, bounds.MOST_PATTERNS),
        on_exceed=part["on_exceed"].choice(Verdict),
        source=_text(part["from"]),
        on_exceed_stated=part["on_exceed_stated"].flag(),
        since_days=part["since_days"].optional(lambda days: days.whole(0, _LARGEST_DAYS)),
    )


def _limit(part: dict[str, Node]) -> Limit | None:
    amount, percent = part["limit_amount"].optional(Node.count), part["limit_percent"].optional(_percent)
    text = part["limit"].optional(_text)
    if text is None:
        return None
    if (amount is None) == (percent is None):
        raise part["limit"].refusal("needs either an amount or a percentage")
    return Limit(amount, percent, text)


def _waiver(node: Node) -> Waiver:
    part = node.record("image", "allows", "reason", "until", "source", "granted_by", "up_to")
    return Waiver(
        image=_text(part["image"]),
        allows=_text(part["allows"]),
        reason=_text(part["reason"]),
        until=part["until"].optional(_day),
        source=_text(part["source"]),
        granted_by=_text(part["granted_by"]),
        up_to=part["up_to"].optional(Node.change),
    )


def _size(node: Node) -> DownloadSize:
    part = node.record("bytes", "exact")
    return DownloadSize(part["bytes"].count(), part["exact"].flag())


def _size_change(node: Node) -> DownloadSize:
    part = node.record("bytes", "exact")
    return DownloadSize(part["bytes"].change(), part["exact"].flag())


def _thing(node: Node) -> tuple[str, int]:
    part = node.record("name", "bytes")
    return _text(part["name"]), part["bytes"].count()


def _moved(node: Node) -> tuple[str, int]:
    part = node.record("name", "bytes")
    return _text(part["name"]), part["bytes"].change()


def _lines(node: Node) -> tuple[int, int]:
    lines = node.items(lambda line: line.whole(1, _LARGEST_LINE), 2)
    if len(lines) != 2 or lines[0] > lines[1]:
        raise node.refusal("is not a first and a last line")
    return lines[0], lines[1]


def _day(node: Node) -> date:
    try:
        return date.fromisoformat(node.matching(_DAY))
    except ValueError as error:
        raise node.refusal("is not a day of the calendar") from error


def _percent(node: Node) -> Decimal:
    return Decimal(node.matching(_PERCENT))


def _diff_id(node: Node) -> str:
    return node.matching(_DIFF_ID)


def _text(node: Node) -> str:
    return node.text(bounds.TEXT_LIMIT)
