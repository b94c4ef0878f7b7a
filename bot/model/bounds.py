"""How much a report may hold: what is longer is cut where the report is made, and refused where one is read."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.model.advice import Finding
from bot.model.budget import Judgement, Waiver
from bot.model.build import BuildFailure, Origin
from bot.model.explain import Cause, Content, DeadWeight
from bot.model.verify import Attempt, Check, Verification

MOST_IMAGES: Final = 1_000
MOST_CAUSES: Final = 10_000
MOST_CONTENTS: Final = 2_000
_MOST_CONTENTS_OF_ALL: Final = 20_000
_FEWEST_CONTENTS: Final = 50
_MOST_KINDS: Final = 30
"""Kinds and ecosystems that rows are summed by if there are too many."""

MOST_LAYERS: Final = 10_000
MOST_FINDINGS: Final = 200
MOST_BUDGETS: Final = 200
MOST_PATTERNS: Final = 500
MOST_NOTES: Final = 100
MOST_THINGS: Final = 50
"""The largest things of a cause, a finding or a judgement."""

MOST_ATTEMPTS: Final = 30
MOST_CHECKS: Final = 100
"""Checks of one attempt."""

MOST_PHRASES: Final = 30
"""What a candidate alters, and what was not checked of it."""

MOST_LOG_LINES: Final = 100
MOST_ORIGINS: Final = 5
MOST_DEAD: Final = 5
TEXT_LIMIT: Final = 1_000
"""Characters of any text but these two."""

LOG_LINE_LIMIT: Final = 2_000
PATCH_LIMIT: Final = 100_000

Things = Sequence[tuple[str, int]]

_INSIDE: Final = re.compile(r"(?!/)(?!(?:.*/)?\.\.(?:/|$))[^\\\x00-\x1f\x7f-\x9f\u2028\u2029]*", re.DOTALL)


def clip(text: str, limit: int) -> str:
    """Cut text in the middle, where it is longer than ``limit`` characters; both ends tell most about a path."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 3
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def stays_inside(path: str) -> bool:
    """Tell whether a path of a repository, POSIX and relative to its root, leads to nothing outside of it."""
    return _INSIDE.fullmatch(path) is not None


def text(foreign: str) -> str:
    """Cut a text to what a report may hold."""
    return clip(foreign, TEXT_LIMIT)


def file(path: str) -> str:
    """Cut a path of the repository; one that no address and no annotation may have is left out."""
    return text(path) if stays_inside(path) else ""


def notes(lines: Iterable[str]) -> tuple[str, ...]:
    """Drop repetitions and cut."""
    return tuple(dict.fromkeys(text(line) for line in lines if line))[:MOST_NOTES]


def cause(one: Cause) -> Cause:
    """Cut the texts of a cause and the depth of where its files were copied from."""
    return replace(
        one,
        text=text(one.text),
        file=file(one.file),
        copied_from=_origins(one),
        largest=_things(one.largest),
        was=text(one.was),
        now=text(one.now),
    )


def dead(one: DeadWeight) -> DeadWeight:
    """Cut the text of dead bytes."""
    return replace(one, file=file(one.file))


def most_contents(images: int) -> int:
    """Share the rows that a report may hold among its images."""
    return min(MOST_CONTENTS, max(_FEWEST_CONTENTS, _MOST_CONTENTS_OF_ALL // max(images, 1)))


def contents(rows: Sequence[Content], most: int = MOST_CONTENTS) -> tuple[Content, ...]:
    """Keep the rows that moved most; the others become one nameless row for each kind and ecosystem. The sum stays."""
    ordered = sorted(rows, key=lambda row: -abs(row.bytes))
    kept, rest = ordered[: most - _MOST_KINDS], ordered[most - _MOST_KINDS :]
    groups: dict[tuple[str, str], list[Content]] = defaultdict(list)
    for row in rest:
        groups[row.kind, row.ecosystem].append(row)
    return (*map(_content, kept), *(_together(group) for group in groups.values()))


def finding(one: Finding) -> Finding:
    """Cut the texts of a finding and leave its claims, which only matter to the union, behind."""
    return replace(
        one,
        title=text(one.title),
        advice=text(one.advice),
        claims=frozenset(),
        file=file(one.file),
        evidence=_things(one.evidence),
        patch=one.patch if len(one.patch) <= PATCH_LIMIT else "",
        suppressed=text(one.suppressed),
    )


def verification(one: Verification) -> Verification:
    """Cut the texts of a search, and leave the text of its candidates, which the patch of the best has, behind."""
    kept = one.attempts[-MOST_ATTEMPTS:]
    if one.best is not None and one.best not in kept:
        kept = (one.best, *kept[1:])
    return replace(
        one,
        attempts=tuple(map(_attempt, kept)),
        best=None if one.best is None else _attempt(one.best),
        patch=one.patch if len(one.patch) <= PATCH_LIMIT else "",
        not_checked=tuple(map(text, one.not_checked[:MOST_PHRASES])),
        why=text(one.why),
    )


def _attempt(one: Attempt) -> Attempt:
    candidate = replace(
        one.candidate,
        base=text(one.candidate.base),
        dockerfile="",
        ignore=None,
        altered=tuple(map(text, one.candidate.altered[:MOST_PHRASES])),
        form=text(one.candidate.form),
        mends=tuple(mend._replace(subject=text(mend.subject)) for mend in one.candidate.mends[:MOST_PHRASES]),
    )
    checks = tuple(map(_check, one.checks[:MOST_CHECKS]))
    return replace(one, candidate=candidate, checks=checks, problem=text(one.problem))


def _check(one: Check) -> Check:
    return replace(one, what=text(one.what), detail=text(one.detail))


def judgement(one: Judgement) -> Judgement:
    """Cut the texts of a judgement."""
    budget = replace(
        one.budget, patterns=tuple(map(text, one.budget.patterns[:MOST_PATTERNS])), source=text(one.budget.source)
    )
    waived_by = waiver(one.waived_by) if one.waived_by else None
    return replace(one, budget=budget, reason=text(one.reason), waived_by=waived_by, evidence=_things(one.evidence))


def waiver(one: Waiver) -> Waiver:
    """Cut the texts of a waiver."""
    return replace(
        one,
        image=text(one.image),
        allows=text(one.allows),
        reason=text(one.reason),
        source=text(one.source),
        granted_by=text(one.granted_by),
    )


def failure(one: BuildFailure) -> BuildFailure:
    """Cut the texts of a failure and keep the end of its log."""
    log_tail = tuple(clip(line, LOG_LINE_LIMIT) for line in one.log_tail[-MOST_LOG_LINES:])
    return replace(one, sentence=text(one.sentence), file=file(one.file), text=text(one.text), log_tail=log_tail)


def _things(things: Things) -> tuple[tuple[str, int], ...]:
    return tuple((text(name), count) for name, count in things[:MOST_THINGS])


def _origins(one: Cause) -> tuple[Origin, ...]:
    """Keep the instructions that files were copied from, one step deep."""
    return tuple(
        replace(origin, text=text(origin.text), file=file(origin.file), stage=text(origin.stage), copied_from=())
        for origin in one.copied_from[-MOST_ORIGINS:]
    )


def _content(row: Content) -> Content:
    before, after = _version(row.base_version), _version(row.head_version)
    return replace(row, name=text(row.name), base_version=before, head_version=after)


def _version(version: str | None) -> str | None:
    return None if version is None else text(version)


def _together(group: Sequence[Content]) -> Content:
    first = group[0]
    return Content(
        kind=first.kind,
        name="",
        base_bytes=sum(row.base_bytes for row in group),
        head_bytes=sum(row.head_bytes for row in group),
        ecosystem=first.ecosystem,
        files=sum(max(row.files, 1) for row in group),
    )
