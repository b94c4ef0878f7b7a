"""The report as plain text for a terminal or a log: aligned, neutral without colours, nothing in it can act."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.model.budget import Verdict
from bot.model.explain import Cause, Content, ContentKind
from bot.model.report import ImageReport, MissingSide, Report
from bot.render import phrases, proposals, queries
from bot.render.details import proof
from bot.render.headline import headline
from bot.render.layer_chart import layer_chart
from bot.render.registry import Presentation
from bot.render.text import plain
from bot.units import format_bytes, format_change

_BOLD: Final = "1"
_MOST_ROWS: Final = 10
_COLOURS: Final = {Verdict.PASS: "32", Verdict.WARN: "33", Verdict.FAIL: "31", Verdict.NOT_MEASURED: "31"}


def render(report: Report, presentation: Presentation) -> str:
    """Show a report as text, see ``bot.render.registry``."""
    return terminal(report, color=presentation.color)


def terminal(report: Report, *, color: bool = False) -> str:
    """Show a report as text; with ``color`` verdicts are coloured by ANSI sequences of our own."""
    icon, sentence = headline(report, plain)
    lines = [_paint(f"{icon} {sentence}", _tone(report.verdict, report.images), color=color), *_context(report)]
    told = [image for image in report.images if len(report.images) == 1 or not queries.is_quiet(image)]
    for image in queries.in_order(told):
        lines += ["", *_image(image, report, color=color)]
    lines += ["", f"{len(report.images) - len(told):,} unchanged"] if len(told) < len(report.images) else []
    return "\n".join(lines).replace("\u00a0", " ") + "\n"


def _context(report: Report) -> Iterator[str]:
    comparison = report.comparison
    if comparison.base_sha or comparison.base_label:
        yield f"base {_commit(comparison.base_sha, comparison.base_label)} ({plain(comparison.why)})"
    yield from (f"note: {plain(note)}" for note in report.notes)


def _commit(sha: str, label: str) -> str:
    return " ".join(part for part in (plain(sha[:12]), plain(label)) if part)


def _image(image: ImageReport, report: Report, *, color: bool) -> Iterator[str]:
    name = phrases.name(image, report, plain)
    yield _paint(f"{name}: {_sizes(image)}", _tone(image.verdict, [image]), color=color)
    yield from _block("budgets", _budgets(image))
    yield from _block("failed", _failures(image))
    yield from _block("by cause", _causes(image))
    yield from _block("by content", _contents(queries.contents_by_weight(image, *ContentKind)))
    yield from _block("layers", layer_chart(image.layers, "head", 2 * _MOST_ROWS))
    yield from _block("proposal", _proposal(image))
    yield from _block("findings", _findings(image))
    yield from _block("notes", [plain(note) for note in image.notes])


def _sizes(image: ImageReport) -> str:
    base, head = queries.measured(image.base), queries.measured(image.head)
    before, after = phrases.sizes(image)
    sides = f"{before} → {after}" if image.base else after
    change = f", {phrases.change(image)}" if image.delta and (base or head) else ""
    return f"{sides}{change}{_download(image)}{_dead(image)}"


def _download(image: ImageReport) -> str:
    head = queries.measured(image.head)
    if head is None or head.download is None:
        return ""
    change = f", {phrases.download_change(image)}" if image.delta and image.delta.download else ""
    pull = f", to pull {phrases.download(image.delta.pull)}" if image.delta and image.delta.pull else ""
    return f"; download {phrases.download(head.download)}{change}{pull}"


def _dead(image: ImageReport) -> str:
    head = queries.measured(image.head)
    return f"; dead {format_bytes(head.dead_bytes)}" if head and head.dead_bytes else ""


def _budgets(image: ImageReport) -> list[str]:
    rows = [
        (
            phrases.verdict(judged),
            phrases.budget(judged, plain),
            " ".join(filter(None, (plain(judged.reason), phrases.evidence(judged, plain)))),
            plain(judged.budget.source),
        )
        for judged in image.budgets
    ]
    return _aligned(rows, "<<<<")


def _failures(image: ImageReport) -> list[str]:
    lines: list[str] = []
    for side, word in ((image.base, "base"), (image.head, "head")):
        if isinstance(side, MissingSide) and not queries.is_still(image):
            lines.append(f"{word}: {_why_missing(side)}")
            lines += [f"  {plain(line)}" for line in (side.failure.log_tail if side.failure else ())]
    return lines


def _why_missing(side: MissingSide) -> str:
    """Say why a side has no numbers, and where its Dockerfile fails."""
    failure = side.failure
    if failure is None:
        return plain(side.why)
    place = f"{plain(failure.file)}:{failure.lines[0]}: " if failure.file and failure.lines else ""
    said = f" ({plain(failure.text, 120)})" if failure.text and failure.text not in failure.sentence else ""
    return f"{place}{plain(failure.sentence)}{said}"


def _causes(image: ImageReport) -> list[str]:
    causes = queries.causes_by_weight(image)
    rows = [
        (format_change(cause.bytes), _place(cause), plain(cause.text, 60), phrases.effect_of(cause, plain, image.dead))
        for cause in causes[:_MOST_ROWS]
    ]
    return [*_aligned(rows, "><<<"), *_rest(causes[_MOST_ROWS:])]


def _place(cause: Cause) -> str:
    if not cause.file:
        return str(cause.kind)
    return plain(cause.file, 60) + (f":{cause.lines[0]}" if cause.lines else "")


def _contents(contents: Sequence[Content]) -> list[str]:
    rows = [
        (format_change(content.bytes), str(content.kind), _content(content), _versions(content, contents))
        for content in contents[:_MOST_ROWS]
    ]
    return [*_aligned(rows, "><<<"), *_rest(contents[_MOST_ROWS:])]


def _content(content: Content) -> str:
    name = plain(content.name, 80) or "everything smaller"
    return f"{plain(content.ecosystem, 20)}:{name}" if content.ecosystem else name


def _versions(content: Content, contents: Sequence[Content]) -> str:
    if content.base_version is None and content.head_version is None:
        return phrases.file_count(content, contents)
    return f"{plain(content.base_version or '–', 40)} → {plain(content.head_version or '–', 40)}"


def _rest(rows: Sequence[Cause] | Sequence[Content]) -> list[str]:
    return [f"{format_change(sum(row.bytes for row in rows))}  {len(rows):,} more"] if rows else []


def _findings(image: ImageReport) -> list[str]:
    lines: list[str] = []
    for finding in queries.open_findings(image):
        place = f"{plain(finding.file)}:{finding.lines[0]}: " if finding.file and finding.lines else ""
        lines += [f"{place}{plain(finding.title)} [{plain(finding.rule)}]", f"  {plain(finding.advice)}"]
        lines.append(f"  {proof(finding, image)}")
        lines += [f"  {format_bytes(count)} {plain(thing, 100)}" for thing, count in finding.evidence[:3]]
    return lines


def _proposal(image: ImageReport) -> list[str]:
    search = image.verification
    if search is None:
        return []
    told = [proposals.title(search), proposals.account(search, plain, plain)]
    tried = _aligned([proposals.HEAD, *proposals.rows(search, plain, plain)], "<>>>><<") if search.attempts else []
    return [*filter(None, told), *tried, *map(plain, search.patch.splitlines())]


def _block(title: str, lines: Sequence[str]) -> list[str]:
    return [f"  {title}", *(f"    {line}" for line in lines)] if lines else []


def _aligned(rows: Sequence[tuple[str, ...]], alignment: str) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(alignment))] if rows else []
    return [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, alignment, widths, strict=True)).rstrip()
        for row in rows
    ]


def _tone(verdict: Verdict, images: Sequence[ImageReport]) -> str:
    """Choose a colour by what it means: green only for what is kept and did not grow."""
    grew = any(queries.change(image) > 0 and not queries.is_noise(image) for image in images)
    return _BOLD if verdict is Verdict.PASS and grew else f"{_COLOURS[verdict]};{_BOLD}"


def _paint(text: str, tone: str, *, color: bool) -> str:
    return f"\x1b[{tone}m{text}\x1b[0m" if color else text
