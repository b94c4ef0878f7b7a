"""The report as SARIF 2.1.0 for code scanning: broken budgets and findings on Dockerfile lines."""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from bot.model.budget import Judgement, Verdict
from bot.model.report import ImageReport, Report
from bot.render import phrases, queries
from bot.render.details import proof
from bot.render.registry import Presentation
from bot.render.report_json.reader import Json
from bot.render.text import plain, url_path

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME: Final = "https://github.com/deadweight-bot/deadweight"
_MOST_RESULTS: Final = 5_000
"""Code scanning takes 25,000 results of a run and shows 5,000."""


class Result(NamedTuple):
    """One result: the rule, its one-line description, a level of SARIF's, the message, and the place."""

    rule: str
    title: str
    level: str
    message: str
    file: str
    lines: tuple[int, int]


def render(report: Report, presentation: Presentation) -> str:  # noqa: ARG001 - SARIF looks the same everywhere
    """Show a report as SARIF, see ``bot.render.registry``."""
    return sarif(report).decode()


def sarif(report: Report) -> bytes:
    """Write the report as a SARIF file; results without a place in the repository cannot be shown and are left out."""
    found = (result for image in report.images for result in _results(image, report))
    results = [result for result in found if url_path(result.file)][:_MOST_RESULTS]
    rules = {result.rule: result.title for result in results}
    driver: Json = {
        "name": "Deadweight",
        "version": report.tool_version,
        "informationUri": _HOME,
        "rules": [{"id": rule, "shortDescription": {"text": title}} for rule, title in sorted(rules.items())],
    }
    runs: Json = [{"tool": {"driver": driver}, "results": [_result(result) for result in results]}]
    document: Json = {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(document, indent=2, ensure_ascii=True).encode() + b"\n"


def _results(image: ImageReport, report: Report) -> Iterator[Result]:
    name = phrases.name(image, report, plain)
    for judged in (*queries.exceeded(image), *queries.warned(image)):
        yield from _budget(judged, image, name)
    for finding in queries.open_findings(image):
        if finding.file and finding.lines:
            message = f"{name}: {plain(finding.advice, 1000)} {proof(finding, image)}"
            yield Result(finding.rule, plain(finding.title), "note", message, finding.file, finding.lines)


def _budget(judged: Judgement, image: ImageReport, name: str) -> Iterator[Result]:
    place = _place(judged, image)
    if place is not None:
        title = f"The budget {judged.budget.kind} is exceeded"
        message = f"{name}: {plain(judged.reason) or phrases.budget(judged, plain)}"
        level = "error" if judged.verdict is Verdict.FAIL else "warning"
        yield Result(f"budget/{judged.budget.kind}", title, level, message, *place)


def _place(judged: Judgement, image: ImageReport) -> tuple[str, tuple[int, int]] | None:
    """Blame the heaviest line of the head; where no line is known, the line that sets the budget."""
    for cause in queries.causes_by_weight(image):
        if cause.bytes > 0 and cause.side == "head" and cause.file and cause.lines:
            return cause.file, cause.lines
    file, _, line = judged.budget.source.rpartition(":")
    return (file, (int(line), int(line))) if file and line.isascii() and line.isdecimal() and int(line) else None


def _result(result: Result) -> Json:
    first, last = result.lines
    location: Json = {
        "artifactLocation": {"uri": url_path(result.file), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": first, "endLine": last},
    }
    return {
        "ruleId": result.rule,
        "level": result.level,
        "message": {"text": result.message},
        "locations": [{"physicalLocation": location}],
    }
