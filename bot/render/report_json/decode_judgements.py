"""JSON → budgets, judgements and waivers."""

from typing import Final

from bot.model import bounds
from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict, Waiver
from bot.render.report_json import decode_values
from bot.render.report_json.reader import Node

_LARGEST_DAYS: Final = 100_000


def judgement(node: Node) -> Judgement:
    """Read one budget held against an image."""
    limits = ("limit", "limit_amount", "limit_percent", "patterns", "since_days")
    result = ("verdict", "actual", "allowed", "reason", "evidence", "waived_by")
    part = node.record("budget", *limits, "on_exceed", "on_exceed_stated", "from", *result)
    return Judgement(
        budget=_budget(part),
        verdict=part["verdict"].choice(Verdict),
        actual=part["actual"].optional(Node.change),
        limit=part["allowed"].optional(Node.change),
        reason=decode_values.text(part["reason"]),
        waived_by=part["waived_by"].optional(waiver),
        evidence=part["evidence"].items(decode_values.thing, bounds.MOST_THINGS),
    )


def _budget(part: dict[str, Node]) -> Budget:
    return Budget(
        kind=part["budget"].choice(BudgetKind),
        limit=_limit(part),
        patterns=part["patterns"].items(decode_values.text, bounds.MOST_PATTERNS),
        on_exceed=part["on_exceed"].choice(Verdict),
        source=decode_values.text(part["from"]),
        on_exceed_stated=part["on_exceed_stated"].flag(),
        since_days=part["since_days"].optional(lambda days: days.whole(0, _LARGEST_DAYS)),
    )


def _limit(part: dict[str, Node]) -> Limit | None:
    amount, percent = part["limit_amount"].optional(Node.count), part["limit_percent"].optional(decode_values.percent)
    text = part["limit"].optional(decode_values.text)
    if text is None and amount is None and percent is None:
        return None
    if text is None:
        raise part["limit"].refusal("needs its text where it has an amount or a percentage")
    if (amount is None) == (percent is None):
        raise part["limit"].refusal("needs either an amount or a percentage")
    return Limit(amount, percent, text)


def waiver(node: Node) -> Waiver:
    """Read a waiver."""
    part = node.record("image", "allows", "reason", "until", "source", "granted_by", "up_to")
    return Waiver(
        image=decode_values.text(part["image"]),
        allows=decode_values.text(part["allows"]),
        reason=decode_values.text(part["reason"]),
        until=part["until"].optional(decode_values.day),
        source=decode_values.text(part["source"]),
        granted_by=decode_values.text(part["granted_by"]),
        up_to=part["up_to"].optional(Node.change),
    )
