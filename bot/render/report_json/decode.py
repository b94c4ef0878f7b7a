"""JSON → Report: everything a pull request may have written is checked before anything is made of it."""

import re
from typing import Final

from bot.model import bounds
from bot.model.budget import Verdict
from bot.model.plan import Comparison
from bot.model.report import SCHEMA, Report, RunInfo
from bot.render.report_json import decode_values
from bot.render.report_json.decode_image import image
from bot.render.report_json.decode_judgements import waiver
from bot.render.report_json.invariants import check_sums
from bot.render.report_json.reader import Node, load

_COMMIT: Final = re.compile(r"(?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?", re.ASCII)
_REPOSITORY: Final = re.compile(r"(?:[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100})?", re.ASCII)
_SERVER: Final = re.compile(r"(?:https?://[A-Za-z0-9.-]{1,200}(?::[0-9]{1,5})?)?", re.ASCII)
_VERSION: Final = re.compile(r"[A-Za-z0-9.+-]{1,40}", re.ASCII)


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
        images=part["images"].items(image, bounds.MOST_IMAGES),
        verdict=part["verdict"].choice(Verdict),
        run=_run(part["run"]),
        policy_source=decode_values.text(policy["source"]),
        waivers=policy["waivers"].items(waiver, bounds.MOST_BUDGETS),
        notes=part["notes"].items(decode_values.text, bounds.MOST_NOTES),
        exit_code=part["exit_code"].whole(0, 255),
    )


def _comparison(node: Node) -> Comparison:
    part = node.record("base", "head")
    base, head = part["base"].record("sha", "label", "why"), part["head"].record("sha", "label", "pull_head_sha")
    return Comparison(
        base_sha=base["sha"].matching(_COMMIT),
        head_sha=head["sha"].matching(_COMMIT),
        why=decode_values.text(base["why"]),
        base_label=decode_values.text(base["label"]),
        head_label=decode_values.text(head["label"]),
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
