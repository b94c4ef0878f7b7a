"""Report → JSON: every field, always the same keys in the same order, so that equal reports are equal bytes."""

import json
from collections.abc import Sequence

from bot.model.advice import Finding
from bot.model.budget import Judgement, Waiver
from bot.model.build import BuildFailure, Origin
from bot.model.explain import Cause, Content, DeadWeight
from bot.model.image import DownloadSize
from bot.model.report import SCHEMA, Delta, ImageReport, LayerRow, MissingSide, Report, SideReport
from bot.render.report_json.reader import Json
from bot.render.report_json.verification import encode_verification

Lines = tuple[int, int] | None


def dump(report: Report) -> bytes:
    """Write a report as one line of ASCII; a byte that is no UTF-8 is written as a lone surrogate."""
    return json.dumps(encode(report), ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def encode(report: Report) -> dict[str, Json]:
    """Turn a report into JSON values."""
    comparison, run = report.comparison, report.run
    return {
        "schema": SCHEMA,
        "tool": {"version": report.tool_version},
        "comparison": {
            "base": {"sha": comparison.base_sha, "label": comparison.base_label, "why": comparison.why},
            "head": {
                "sha": comparison.head_sha,
                "label": comparison.head_label,
                "pull_head_sha": comparison.pull_head_sha,
            },
        },
        "run": {
            "server_url": run.server_url,
            "repository": run.repository,
            "pull_number": run.pull_number,
            "run_id": run.run_id,
            "run_attempt": run.run_attempt,
        },
        "policy": {"source": report.policy_source, "waivers": [_waiver(waiver) for waiver in report.waivers]},
        "verdict": report.verdict.value,
        "exit_code": report.exit_code,
        "notes": list(report.notes),
        "images": [_image(image) for image in report.images],
    }


def _image(image: ImageReport) -> Json:
    return {
        "name": image.name,
        "platform": image.platform,
        "state": image.state.value,
        "verdict": image.verdict.value,
        "base": _side(image.base),
        "head": _side(image.head),
        "delta": _delta(image.delta) if image.delta else None,
        "causes": [_cause(cause) for cause in image.causes],
        "contents": [_content(content) for content in image.contents],
        "paths": {"added": image.paths_added, "removed": image.paths_removed, "changed": image.paths_changed},
        "dead": [_dead(dead) for dead in image.dead],
        "layers": [_layer(layer) for layer in image.layers],
        "findings": [_finding(finding) for finding in image.findings],
        "claimed_bytes": image.claimed_bytes,
        "verification": encode_verification(image.verification) if image.verification else None,
        "budgets": [_budget(judged) for judged in image.budgets],
        "notes": list(image.notes),
    }


def _side(side: SideReport | MissingSide | None) -> Json:
    match side:
        case SideReport():
            return {
                "unpacked_bytes": side.unpacked_bytes,
                "download_bytes": _download(side.download),
                "layers": side.layers,
                "dead_bytes": side.dead_bytes,
                "digest": side.digest,
                "source": side.source,
            }
        case MissingSide():
            return {"why": side.why, "failure": _failure(side.failure) if side.failure else None}
        case None:
            return None


def _failure(failure: BuildFailure) -> Json:
    return {
        "kind": failure.kind.value,
        "sentence": failure.sentence,
        "file": failure.file,
        "lines": _lines(failure.lines),
        "text": failure.text,
        "exit_code": failure.exit_code,
        "log_tail": list(failure.log_tail),
    }


def _delta(delta: Delta) -> Json:
    return {
        "unpacked_bytes": delta.unpacked_bytes,
        "download_bytes": _download(delta.download),
        "layers": delta.layers,
        "own_bytes": delta.own_bytes,
        "base_image_bytes": delta.base_image_bytes,
        "drift_bytes": delta.drift_bytes,
        "pull_bytes": _download(delta.pull),
    }


def _cause(cause: Cause) -> Json:
    return {
        "kind": cause.kind.value,
        "bytes": cause.bytes,
        "base_bytes": cause.base_bytes,
        "head_bytes": cause.head_bytes,
        "text": cause.text,
        "file": cause.file,
        "lines": _lines(cause.lines),
        "side": cause.side,
        "exact": cause.exact,
        "base_diff_id": cause.base_diff_id,
        "head_diff_id": cause.head_diff_id,
        "copied_from": [_origin(origin) for origin in cause.copied_from],
        "largest": _things(cause.largest),
        "was": cause.was,
        "now": cause.now,
    }


def _origin(origin: Origin) -> Json:
    return {
        "kind": origin.kind.value,
        "text": origin.text,
        "file": origin.file,
        "lines": _lines(origin.lines),
        "stage": origin.stage,
        "exact": origin.exact,
    }


def _content(content: Content) -> Json:
    return {
        "kind": content.kind.value,
        "name": content.name,
        "bytes": content.bytes,
        "base_bytes": content.base_bytes,
        "head_bytes": content.head_bytes,
        "files": content.files,
        "ecosystem": content.ecosystem,
        "base_version": content.base_version,
        "head_version": content.head_version,
    }


def _dead(dead: DeadWeight) -> Json:
    return {
        "bytes": dead.bytes,
        "deleted": dead.deleted,
        "file": dead.file,
        "added": _lines(dead.added),
        "killed": _lines(dead.killed),
    }


def _layer(layer: LayerRow) -> Json:
    return {
        "text": layer.text,
        "base_bytes": layer.base_bytes,
        "head_bytes": layer.head_bytes,
        "file": layer.file,
        "lines": _lines(layer.lines),
    }


def _finding(finding: Finding) -> Json:
    claimed = finding.claimed
    return {
        "rule": finding.rule,
        "ladder": finding.ladder.name.lower(),
        "bytes": claimed.total,
        "claimed": {"live": claimed.live, "dead": claimed.dead, "base_image": claimed.base_image},
        "measured_after": finding.measured_after_bytes,
        "title": finding.title,
        "advice": finding.advice,
        "file": finding.file,
        "lines": _lines(finding.lines),
        "evidence": _things(finding.evidence),
        "patch": finding.patch,
        "confidence": float(finding.confidence),
        "from_this_change": finding.from_this_change,
        "suppressed": finding.suppressed,
    }


def _budget(judged: Judgement) -> Json:
    budget, limit = judged.budget, judged.budget.limit
    return {
        "budget": budget.kind.value,
        "limit": limit.text if limit else None,
        "limit_amount": limit.amount if limit else None,
        "limit_percent": f"{limit.percent:f}" if limit and limit.percent is not None else None,
        "patterns": list(budget.patterns),
        "since_days": budget.since_days,
        "on_exceed": budget.on_exceed.value,
        "on_exceed_stated": budget.on_exceed_stated,
        "from": budget.source,
        "verdict": judged.verdict.value,
        "actual": judged.actual,
        "allowed": judged.limit,
        "reason": judged.reason,
        "evidence": _things(judged.evidence),
        "waived_by": _waiver(judged.waived_by) if judged.waived_by else None,
    }


def _waiver(waiver: Waiver) -> Json:
    return {
        "image": waiver.image,
        "allows": waiver.allows,
        "reason": waiver.reason,
        "until": waiver.until.isoformat() if waiver.until else None,
        "source": waiver.source,
        "granted_by": waiver.granted_by,
        "up_to": waiver.up_to,
    }


def _download(size: DownloadSize | None) -> Json:
    return {"bytes": size.bytes, "exact": size.exact} if size else None


def _things(things: Sequence[tuple[str, int]]) -> Json:
    return [{"name": name, "bytes": count} for name, count in things]


def _lines(lines: Lines) -> Json:
    return list(lines) if lines else None
