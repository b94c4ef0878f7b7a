"""The report as one HTML file: own style and script, no address of anywhere else, complete without the script."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from bot.model.advice import Finding
from bot.model.explain import Content, ContentKind
from bot.model.report import ImageReport, LayerRow, MissingSide, Report
from bot.render import phrases, proposals, queries
from bot.render.details import proof
from bot.render.headline import headline
from bot.render.html_table import SORTABLE, Cell, change_cell, optional_cell, table
from bot.render.registry import Presentation
from bot.render.text import LOG_LINE_LIMIT, html_prose, html_text
from bot.units import format_bytes


def render(report: Report, presentation: Presentation) -> str:  # noqa: ARG001 - the page has its own colours
    """Show a report as a page, see ``bot.render.registry``."""
    return html_report(report)


def html_report(report: Report) -> str:
    """Render the whole report, nothing left out, as one self-contained page."""
    style, script = _asset("report.css"), _asset("report.js")
    icon, sentence = headline(report, html_text)
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{phrases.DEFAULT_TITLE}: {sentence}</title>",
            f"<style>{style}</style></head><body>",
            f"<h1>{phrases.DEFAULT_TITLE}</h1>",
            f'<p class="{report.verdict}">{icon} {sentence}</p>',
            *_context(report),
            _overview(report) if len(report.images) > 1 else "",
            *(_image(image, report, index) for index, image in enumerate(queries.in_order(report.images))),
            f'<script type="application/json" id="moved">{_moved(report)}</script>',
            f"<script>{script}</script>",
            "</body></html>",
            "",
        ]
    )


def _asset(name: str) -> str:
    return files("bot.render").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _moved(report: Report) -> str:
    """Return the contents of each image, in the page's order, as JSON that cannot end its element."""
    rows = [
        [[content.kind, content.name, content.ecosystem, content.bytes] for content in image.contents]
        for image in queries.in_order(report.images)
    ]
    text = json.dumps(rows, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _context(report: Report) -> Iterator[str]:
    comparison = report.comparison
    base = html_text(" ".join(part for part in (comparison.base_label, comparison.base_sha[:12]) if part))
    head = html_text(" ".join(part for part in (comparison.head_label, queries.head_commit(report)[:12]) if part))
    if base:
        yield f"<p>Base <code>{base}</code> ({html_text(comparison.why)}), head <code>{head}</code></p>"
    yield from (f'<p class="faint">{html_prose(note)}</p>' for note in report.notes)
    yield f'<p class="faint">Sizes are unpacked bytes, 1 MB = 10⁶ B. Deadweight {html_text(report.tool_version)}.</p>'


def _overview(report: Report) -> str:
    rows = [
        [
            Cell(phrases.name(image, report, _code)),
            Cell(phrases.sizes(image)[0], _size(image.base), "n"),
            Cell(phrases.sizes(image)[1], _size(image.head), "n"),
            change_cell(queries.change(image), phrases.change(image)),
            Cell(", ".join(phrases.budget(one, html_text) for one in queries.exceeded(image)) or "–"),
            Cell(f'<span class="{image.verdict}">{image.verdict}</span>'),
        ]
        for image in queries.in_order(report.images)
    ]
    return table(["Image", "Base", "Head", "Change", "Over budget", "Verdict"], rows)


def _image(image: ImageReport, report: Report, index: int) -> str:
    parts = [
        *_sides(image),
        *_section("Budgets", _budgets(image)),
        *_section("What moved", f'<div class="treemap" data-image="{index}"></div>' if image.contents else ""),
        *_section("By cause", _causes(image)),
        *_section("By content", _contents(queries.contents_by_weight(image, *ContentKind))),
        *_section("Layers", _layers(image.layers)),
        *_section("Proposal", _proposal(image)),
        *_section("Findings", "".join(_finding(finding, image) for finding in image.findings)),
        *_section("Notes", "".join(f"<p>{html_prose(note)}</p>" for note in image.notes)),
    ]
    name = phrases.name(image, report, _code)
    title = f'{name} {phrases.change(image)} <span class="{image.verdict}">{image.verdict}</span>'
    opened = "" if queries.is_quiet(image) else " open"
    return f'<details class="image"{opened}><summary>{title}</summary>{"".join(parts)}</details>'


def _sides(image: ImageReport) -> Iterator[str]:
    rows = []
    for word, side in (("Base", image.base), ("Head", image.head)):
        known = queries.measured(side)
        if known is not None:
            rows.append(
                [
                    Cell(word),
                    Cell(format_bytes(known.unpacked_bytes), known.unpacked_bytes, "n"),
                    Cell(phrases.download(known.download), known.download.bytes if known.download else None, "n"),
                    Cell(str(known.layers), known.layers, "n"),
                    Cell(format_bytes(known.dead_bytes), known.dead_bytes, "n"),
                    Cell(f"{_code(known.digest)}<br>{html_text(known.source)}"),
                ]
            )
        elif isinstance(side, MissingSide):
            yield from _missing(word, side)
    if rows:
        yield table(["Side", "Unpacked", "Download", "Layers", "Dead", "Image"], rows, "")


def _missing(word: str, side: MissingSide) -> Iterator[str]:
    yield f"<p>{word}: {html_text(side.failure.sentence if side.failure else side.why)}</p>"
    if side.failure and side.failure.log_tail:
        yield f"<pre>{chr(10).join(html_text(line, LOG_LINE_LIMIT) for line in side.failure.log_tail)}</pre>"


def _budgets(image: ImageReport) -> str:
    rows = [
        [
            Cell(phrases.budget(judged, html_text)),
            Cell(phrases.quantity(judged, judged.actual), judged.actual, "n"),
            Cell(f'<span class="{judged.verdict}">{phrases.verdict(judged)}</span>'),
            Cell(" ".join(filter(None, (html_prose(judged.reason), phrases.evidence(judged, _code))))),
            Cell(_code(judged.budget.source) if judged.budget.source else ""),
        ]
        for judged in image.budgets
    ]
    return table(["Budget", "Actual", "Verdict", "Reason", "Set in"], rows)


def _causes(image: ImageReport) -> str:
    rows = [
        [
            change_cell(cause.bytes),
            Cell(str(cause.kind)),
            Cell(_place(cause.file, cause.lines)),
            Cell(_code(cause.text)),
            Cell(phrases.effect_of(cause, _code, image.dead)),
        ]
        for cause in image.causes
    ]
    return table(["Change", "Cause", "Where", "Instruction", "What"], rows)


def _contents(contents: Sequence[Content]) -> str:
    rows = [
        [
            change_cell(content.bytes),
            Cell(html_text(content.ecosystem) or str(content.kind)),
            Cell(_code(content.name) if content.name else "everything smaller"),
            Cell(html_text(content.base_version or "")),
            Cell(html_text(content.head_version or "")),
            Cell(format_bytes(content.base_bytes), content.base_bytes, "n"),
            Cell(format_bytes(content.head_bytes), content.head_bytes, "n"),
            Cell(f"{content.files:,}", content.files, "n"),
        ]
        for content in contents
    ]
    head = ["Change", "Kind", "Name", "Version before", "Version now", "Bytes before", "Bytes now", "Files"]
    return table(head, rows, f"{SORTABLE} filterable")


def _layers(layers: Sequence[LayerRow]) -> str:
    largest = max((max(layer.base_bytes or 0, layer.head_bytes or 0) for layer in layers), default=0)
    rows = [
        [
            Cell(_code(layer.text)),
            Cell(_place(layer.file, layer.lines)),
            optional_cell(layer.base_bytes),
            optional_cell(layer.head_bytes),
            Cell(f'<meter min="0" max="{max(largest, 1)}" value="{layer.head_bytes or 0}"></meter>'),
        ]
        for layer in layers
    ]
    return table(["Layer", "Where", "Base", "Head", ""], rows, "")


def _proposal(image: ImageReport) -> str:
    search = image.verification
    if search is None:
        return ""
    told = f"<p><b>{proposals.title(search)}</b> {proposals.account(search, html_prose, _code)}</p>"
    rows = [[Cell(cell) for cell in row] for row in proposals.rows(search, html_prose, _code)]
    patch = "\n".join(html_text(line, LOG_LINE_LIMIT) for line in search.patch.splitlines())
    return f"{told}{table(proposals.HEAD, rows)}" + (f"<pre>{patch}</pre>" if patch else "")


def _finding(finding: Finding, image: ImageReport) -> str:
    place = f" At {_place(finding.file, finding.lines)}." if finding.file else ""
    ignored = f" <i>Ignored: {html_text(finding.suppressed)}</i>" if finding.suppressed else ""
    text = f"<b>{html_prose(finding.title)}</b> {html_prose(finding.advice)}"
    first = f"<p>{text} {proof(finding, image)}{place}{ignored}</p>"
    evidence = ", ".join(f"{format_bytes(count)} {_code(thing)}" for thing, count in finding.evidence)
    patch = "\n".join(html_text(line, LOG_LINE_LIMIT) for line in finding.patch.splitlines())
    return first + (f"<p>{evidence}</p>" if evidence else "") + (f"<pre>{patch}</pre>" if patch else "")


def _place(file: str, lines: tuple[int, int] | None) -> str:
    return " ".join(part for part in (_code(file) if file else "", phrases.lines(lines)) if part)


def _code(foreign: str) -> str:
    return f"<code>{html_text(foreign)}</code>"


def _size(side: queries.Side) -> int:
    known = queries.measured(side)
    return known.unpacked_bytes if known else -1


def _section(title: str, body: str) -> list[str]:
    return [f"<h2>{title}</h2>{body}"] if body else []
