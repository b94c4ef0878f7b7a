"""The sticky comment: verdict first, a short table, where the bytes come from, one suggestion; the rest folded."""

from collections.abc import Sequence

from bot.model.effects import Marker
from bot.model.report import Report
from bot.render import phrases, queries, several, single
from bot.render.headline import headline, hedged
from bot.render.markdown import FEW_ROWS, MANY_ROWS, Branding, Page, PageSection, Priority, fit, page_of
from bot.render.phrases import plural
from bot.render.registry import Presentation
from bot.render.text import code, link, prose
from bot.units import format_change


def render(report: Report, presentation: Presentation) -> str:
    """Show a report as it would be posted, see ``bot.render.registry``."""
    return comment(report, Marker(presentation.comment_key, report.comparison.head_sha, 0, 0))


def comment(report: Report, marker: Marker, voice: Branding | None = None) -> str:
    """Render the comment within the provider's limit; the marker is its first line and nowhere else."""
    page = page_of(report, FEW_ROWS, voice or Branding())
    return _render(page, f"{marker.text}\n", report.run.limits.comment_bytes)


def summary(report: Report, voice: Branding | None = None) -> str:
    """Render the job summary: the same with more rows."""
    return _render(page_of(report, MANY_ROWS, voice or Branding()), "", report.run.limits.summary_bytes)


def check_summary(report: Report, voice: Branding | None = None) -> str:
    """Render the text of a check."""
    return _render(page_of(report, FEW_ROWS, voice or Branding()), "", report.run.limits.check_bytes)


def _render(page: Page, start: str, limit_bytes: int) -> str:
    images = page.report.images
    body = single.sections(images[0], page) if len(images) == 1 else several.sections(page)
    top = PageSection("verdict", Priority.ESSENTIAL, (f"{start}### {_title(page)}",))
    return fit([top, *body], limit_bytes, lambda cut: _farewell(page, cut, quiet=not body))


def _title(page: Page) -> str:
    icon, sentence = hedged(headline(page.report, code), prose(page.voice.caveat))
    return f"{icon} {prose(page.voice.title) or phrases.DEFAULT_TITLE}: {sentence}"


def _farewell(page: Page, cut: Sequence[str], *, quiet: bool) -> str:
    left_out = f"Left out or shortened to fit: {phrases.listed(cut, 10)}; all of it is in the {page.full_report}."
    lines = [left_out if cut else "", " · ".join(map(prose, page.report.notes)), _footer(page, quiet=quiet)]
    return "\n\n".join(f"<sub>{line}</sub>" for line in lines if line)


def _footer(page: Page, *, quiet: bool) -> str:
    parts = [_counts(page.report)] if quiet else []
    parts.append(link("Full report", page.links.artifacts) if page.links.artifacts else "")
    parts.append(link("log", page.links.run) if page.links.run and not quiet else "")
    parts += [] if quiet else [_platforms(page.report), _UNITS, *_baseline(page.report)]
    parts += [prose(page.voice.footer), _freshness(page.report)]
    return " · ".join(part for part in parts if part)


_UNITS = "sizes are unpacked bytes, 1 MB = 10⁶ B"


def _counts(report: Report) -> str:
    total = format_change(queries.total_change(report.images))
    return f"{plural(len(report.images), 'image')}, {total} difference{phrases.assurance(report.images)}"


def _platforms(report: Report) -> str:
    return phrases.listed([code(platform) for platform in queries.platforms(report)], 5)


def _baseline(report: Report) -> list[str]:
    base, head = report.comparison.base_sha, queries.head_commit(report)
    if not base:
        return []
    again = f"deadweight check --base {base[:7]} --head {head[:7]}"
    return [f"the base is {prose(report.comparison.why)}", f"reproduce: {code(again)}"]


def _freshness(report: Report) -> str:
    sha = queries.head_commit(report)
    return f"updated for {code(sha[:7])}" if sha else ""
