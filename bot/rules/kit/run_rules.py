"""Run rules over evidence: rank what they find, add it up as a union, and honour what is to be ignored."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, NamedTuple

from bot.dockerfile import Dockerfile
from bot.model.advice import Claim, ClaimedBytes, Finding
from bot.model.config import Suppression
from bot.rules.kit.evidence import Evidence, claimed_bytes
from bot.rules.kit.rule import Group, Rule

_COMMENT = re.compile(r"^[ \t]*#[ \t]*deadweight:[ \t]*ignore=([a-z0-9,-]+)(.*)$", re.MULTILINE)

_STRUCTURAL: Final = frozenset({Group.MULTI_STAGE, Group.BASE_IMAGE})
_TRIFLE: Final = 0.25
_NOT_SHIPPED: Final = frozenset(
    {
        "dev",
        "develop",
        "development",
        "devcontainer",
        "debug",
        "test",
        "tests",
        "testing",
        "lint",
        "ci",
        "tools",
        "docs",
    }
)
MOST_SUSPICIONS: Final = 200
"""As many findings as a report may hold of an image; a hostile text could raise tens of thousands."""


class Ignore(NamedTuple):
    """A ``# deadweight: ignore=RULE reason`` comment: the rule, why, its line, and the lines it speaks of."""

    rule: str
    reason: str
    line: int
    target: tuple[int, int]


def run(rules: Iterable[Rule], evidence: Evidence) -> tuple[Finding, ...]:
    """Return what the rules find in an image, best first."""
    rules = tuple(rules)
    structural = frozenset(rule.id for rule in rules if rule.group in _STRUCTURAL)
    return rank((finding for rule in rules for finding in rule.measured(evidence)), structural)


def suspect(rules: Iterable[Rule], dockerfile: Dockerfile, *, file: str = "", target: str = "") -> tuple[Finding, ...]:
    """Return what the rules suspect from a Dockerfile alone, at its lines of ``file``; nothing of it is measured.

    ``target`` is the stage that is built, empty for the last one; nothing is suspected without such a stage.
    """
    built = _up_to(dockerfile, target)
    rules = tuple(rules)
    suspected = [tuple(islice(rule.suspected(built), MOST_SUSPICIONS)) for rule in rules] if built else []
    covered = {other for rule, found in zip(rules, suspected, strict=False) if found for other in rule.covers}
    structural = {rule.id for rule in rules if rule.group in _STRUCTURAL}
    told = [finding for found in suspected for finding in found if finding.rule not in covered]
    ranked = sorted(told, key=lambda one: (one.rule not in structural, -one.confidence, one.rule, one.lines or (0, 0)))
    return tuple(replace(finding, file=file) for finding in ranked[:MOST_SUSPICIONS])


def _up_to(dockerfile: Dockerfile, target: str) -> Dockerfile | None:
    """Drop the stages below the one that is built, which so becomes the final one.

    ``None`` where it is not there, or where the last one says by its name that something else is shipped.
    """
    stage = dockerfile.stage_for(target)
    if not target and len(dockerfile.stages) > 1 and dockerfile.final_stage.name in _NOT_SHIPPED:
        return None
    if stage is None or stage is dockerfile.final_stage:
        return dockerfile if stage else None
    end = (stage.instructions or (stage.origin,))[-1].span.end
    instructions = tuple(one for one in dockerfile.instructions if one.span.end <= end)
    return replace(dockerfile, stages=dockerfile.stages[: stage.index + 1], instructions=instructions)


def rank(findings: Iterable[Finding], structural: Collection[str] = ()) -> tuple[Finding, ...]:
    """Order findings: the furthest proven, then what this change brought, by bytes × confidence, by name and place.

    ``structural`` are rules on a toolchain or a base image that ships: what weighs little beside the heaviest of their
    findings comes after them, whoever brought it.
    """
    found = list(findings)
    heaviest = max((_weight(one) for one in found if one.rule in structural), default=0.0)
    trifles = {id(one) for one in found if one.rule not in structural and _weight(one) < _TRIFLE * heaviest}
    return tuple(sorted(found, key=lambda one: (id(one) in trifles, *_rank(one))))


def _rank(finding: Finding) -> tuple[int, bool, float, str, tuple[int, int]]:
    return -finding.ladder, not finding.from_this_change, -_weight(finding), finding.rule, finding.lines or (0, 0)


def _weight(finding: Finding) -> float:
    return finding.claimed.total * finding.confidence


def without_repetitions(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Drop findings all of whose bytes better ones claim: one toolchain is told once.

    One that proposes edits stays, unless a better one that claims the same proposes some too.
    """
    told, solved, kept = set[Claim](), set[Claim](), list[Finding]()
    for one in findings:
        repeats = bool(one.claims) and not one.suppressed and one.claims <= (solved if one.patch else told)
        if repeats:
            continue
        kept.append(one)
        if not one.suppressed:
            told |= one.claims
            solved |= one.claims if one.patch else frozenset()
    return tuple(kept)


def union(findings: Iterable[Finding], evidence: Evidence) -> ClaimedBytes:
    """Add up what findings claim, each byte once; suppressed findings claim nothing."""
    claims = {claim for finding in findings if not finding.suppressed for claim in finding.claims}
    found = (evidence.files.at(claim) for claim in claims)
    return claimed_bytes(one for one in found if one is not None)


def read_ignores(dockerfile: Dockerfile) -> tuple[Ignore, ...]:
    """Read the comments of a Dockerfile that tell a rule to be quiet about the instruction below them."""
    return tuple(_read_ignores(dockerfile))


def _read_ignores(dockerfile: Dockerfile) -> Iterator[Ignore]:
    for match in _COMMENT.finditer(dockerfile.text):
        line = dockerfile.text.count("\n", 0, match.start()) + 1
        below = next((one for one in dockerfile.instructions if one.lines[1] > line), None)
        if below is not None:
            yield from (Ignore(rule, match[2].strip(), line, below.lines) for rule in match[1].split(",") if rule)


def suppress(
    findings: Sequence[Finding], ignores: Sequence[Ignore], suppressions: Sequence[Suppression]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Mark findings that are to be ignored, and write a note for every instruction to ignore that met nothing."""
    marked = tuple(replace(finding, suppressed=_reason(finding, ignores, suppressions)) for finding in findings)
    unused = [*_unused_ignores(findings, ignores), *_unused_suppressions(findings, suppressions)]
    return marked, tuple(unused)


def _reason(finding: Finding, ignores: Sequence[Ignore], suppressions: Sequence[Suppression]) -> str:
    here = [one.reason for one in ignores if _speaks_of(one, finding)]
    configured = [one.reason for one in suppressions if one.rule == finding.rule]
    reasons = [reason or "no reason given" for reason in (*here, *configured)]
    return reasons[0] if reasons else ""


def _speaks_of(ignore: Ignore, finding: Finding) -> bool:
    first, last = ignore.target
    return ignore.rule == finding.rule and finding.lines is not None and first <= finding.lines[0] <= last


def _unused_ignores(findings: Sequence[Finding], ignores: Sequence[Ignore]) -> Iterator[str]:
    for ignore in ignores:
        if not any(_speaks_of(ignore, finding) for finding in findings):
            yield f"Line {ignore.line} of the Dockerfile ignores {ignore.rule}, which found nothing there."


def _unused_suppressions(findings: Sequence[Finding], suppressions: Sequence[Suppression]) -> Iterator[str]:
    found = {finding.rule for finding in findings}
    for one in suppressions:
        if one.rule not in found:
            yield f"{one.source or 'The configuration'} ignores {one.rule}, which found nothing."
