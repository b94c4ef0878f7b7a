"""Annotations on Dockerfile lines of the head commit: broken budgets first, then growth, then findings."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from bot.model.advice import Ladder
from bot.model.bounds import stays_inside
from bot.model.budget import Judgement, Verdict
from bot.model.effects import Annotation, Level
from bot.model.explain import Cause
from bot.model.report import ImageReport, Report
from bot.render import phrases, queries
from bot.render.details import proof
from bot.render.text import code, plain
from bot.units import format_change

MOST_OF_AN_IMAGE: Final = 10
GROWTH_BYTES: Final = 1_000_000
"""A cause below this is not worth a line in the diff."""

_MESSAGE_LIMIT: Final = 900
_LEVELS: Final = {Verdict.FAIL: Level.FAILURE, Verdict.WARN: Level.WARNING}


def annotations(report: Report) -> tuple[Annotation, ...]:
    """Return the annotations of a report, most important first, as many as its provider takes."""
    images = queries.in_order(report.images)
    made = chain.from_iterable(islice(_of_image(image, report), MOST_OF_AN_IMAGE) for image in images)
    distinct = {(one.level, one.path, one.start_line, one.message): one for one in made}
    return tuple(sorted(distinct.values(), key=lambda one: _SEVERITY.index(one.level)))[: report.run.limits.annotations]


_SEVERITY: Final = (Level.FAILURE, Level.WARNING, Level.NOTICE)


def _of_image(image: ImageReport, report: Report) -> Iterator[Annotation]:
    name = phrases.name(image, report, code)
    yield from _failures(image, name)
    yield from (_budget(judged, image, name) for judged in (*queries.exceeded(image), *queries.warned(image)))
    blamed = _blamed(image) if queries.exceeded(image) else None
    yield from (_growth(one, name) for one in queries.causes_by_weight(image) if _is_news(one) and one is not blamed)
    yield from _findings(image, name)


def _failures(image: ImageReport, name: str) -> Iterator[Annotation]:
    failure = queries.failure(image.head)
    if failure is not None:
        message = plain(failure.sentence or "The build failed.", _MESSAGE_LIMIT)
        yield _at(Level.FAILURE, message, f"{name} does not build", failure.file, failure.lines)


def _budget(judged: Judgement, image: ImageReport, name: str) -> Annotation:
    reason = plain(judged.reason, _MESSAGE_LIMIT) or f"It is exceeded: {phrases.quantity(judged, judged.actual)}."
    message = f"{reason} {phrases.evidence(judged, code)}".strip()
    blamed = _blamed(image)
    if blamed is not None:
        message = f"{message} Most of the change: {format_change(blamed.bytes)} by {code(blamed.text, 100)}."
    file, lines = (blamed.file, blamed.lines) if blamed else ("", None)
    return _at(_LEVELS[judged.verdict], message, f"{name}: {phrases.budget(judged, plain)}", file, lines)


def _blamed(image: ImageReport) -> Cause | None:
    """Find the cause that added most at the head."""
    return next((one for one in queries.causes_by_weight(image) if one.bytes > 0 and one.side == "head"), None)


def _is_news(cause: Cause) -> bool:
    return cause.bytes >= GROWTH_BYTES and cause.side == "head" and bool(cause.file and cause.lines)


def _growth(cause: Cause, name: str) -> Annotation:
    message = f"{format_change(cause.bytes)}: {phrases.effect_of(cause, code)}"
    return _at(Level.NOTICE, message, f"{name}: {format_change(cause.bytes)} from here", cause.file, cause.lines)


def _findings(image: ImageReport, name: str) -> Iterator[Annotation]:
    for finding in queries.open_findings(image):
        if finding.from_this_change and finding.file and finding.lines and finding.ladder >= Ladder.MEASURED:
            message = plain(f"{finding.advice} {proof(finding, image)}", _MESSAGE_LIMIT)
            yield _at(Level.NOTICE, message, f"{name}: {plain(finding.title, 100)}", finding.file, finding.lines)


def _at(level: Level, message: str, title: str, file: str, lines: tuple[int, int] | None) -> Annotation:
    if not file or lines is None or not stays_inside(file):
        return Annotation(level, message, title)
    return Annotation(level, message, title, file, *lines)
