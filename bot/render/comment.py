"""The sticky comment: verdict first, a short table, where the bytes come from, one suggestion; the rest folded."""

from collections.abc import Sequence
from typing import Final

from bot.model.effects import Marker
from bot.model.explain import Cause, DeadWeight
from bot.model.report import ImageReport, Report
from bot.render import details, phrases, proposals, queries, single, tables
from bot.render.headline import headline, hedged
from bot.render.markdown import FEW_ROWS, MANY_ROWS, Branding, Page, PageSection, Priority, fit, fold, page_of, table
from bot.render.phrases import plural
from bot.render.queries import SharedCause
from bot.render.registry import Presentation
from bot.render.text import code, fence, html_code, link, prose
from bot.units import NO_BREAK_SPACE, format_bytes, format_change


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
    body = single.sections(images[0], page) if len(images) == 1 else _sections_of_several(page)
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
    parts += (
        []
        if quiet
        else [
            phrases.listed([code(platform) for platform in queries.platforms(page.report)], 5),
            _UNITS,
            *_baseline(page.report),
        ]
    )
    parts += [_noise(page), prose(page.voice.footer), _freshness(page.report)]
    return " · ".join(part for part in parts if part)


def _noise(page: Page) -> str:
    """Say where the noise floor acted: something moved, and nothing by more than noise."""
    configured = page.voice.noise_floor_bytes
    moved = [image for image in page.report.images if not queries.is_still(image)]
    if not moved or not all(queries.is_noise(image, configured) for image in moved):
        return ""
    usual = f"the larger of 10{NO_BREAK_SPACE}kB and 0.1{NO_BREAK_SPACE}%"
    return f"within the noise floor ({usual if configured is None else format_bytes(configured)})"


_UNITS = "sizes are unpacked bytes, 1 MB = 10⁶ B"


def _counts(report: Report) -> str:
    total = format_change(queries.total_change(report.images))
    return f"{plural(len(report.images), 'image')}, {total} difference{phrases.assurance(report.images)}"


def _baseline(report: Report) -> list[str]:
    base, head = report.comparison.base_sha, queries.head_commit(report)
    if not base:
        return []
    if not head:
        return [f"the base is {prose(report.comparison.why)}"]
    again = f"deadweight check --base {base[:7]} --head {head[:7]}"
    return [f"the base is {prose(report.comparison.why)}", f"reproduce: {code(again)}"]


def _freshness(report: Report) -> str:
    sha = queries.head_commit(report)
    return f"updated for {code(sha[:7])}" if sha else ""


_MOST_SHARED: Final = 3
_FEW_ROWS: Final = 100
_LOG_LINES: Final = 10


def _sections_of_several(page: Page) -> list[PageSection]:
    """Lay out all images; those that did not change and keep their budgets are only counted."""
    images = queries.in_order(page.report.images)
    if all(map(queries.is_quiet, images)):
        return []
    shared = queries.shared_causes(images)
    loud = [image for image in images if tables.is_loud(image)]
    told = single.below_table(loud[0], page) if len(loud) == 1 else _image_folds(loud, shared, page)
    return [
        PageSection("table", Priority.ESSENTIAL, (tables.many_images_table(images, page),)),
        *_optional(
            "accepted",
            Priority.ESSENTIAL,
            "\n\n".join(filter(None, (single.acceptance(one, page.name(one)) for one in images))),
        ),
        *_optional("shared causes", Priority.CAUSE, shared_text(shared, page)),
        *told,
        *_all(images, page),
        *_optional(
            "acceptance", Priority.CAUSE, details.accept_growth(page) if any(map(queries.exceeded, images)) else ""
        ),
    ]


def shared_text(shared: Sequence[SharedCause], page: Page) -> str:
    """Name the causes that images share, once."""
    heavy = [one for one in shared if abs(one.cause.bytes) * len(one.images) >= tables.SMALL_BYTES]
    return "\n\n".join(_shared(one, page) for one in heavy[:_MOST_SHARED])


def _shared(one: SharedCause, page: Page) -> str:
    cause, images = one
    names = phrases.listed([code(image.name) for image in images], 5)
    layer = "the same layer" if cause.head_diff_id else "the same bytes"
    verb = f"gained {layer}" if cause.bytes > 0 else "lost the same bytes"
    stored = ", stored once in the registry" if cause.head_diff_id and cause.bytes > 0 else ""
    amount = format_change(cause.bytes)
    return f"**Shared cause:** {len(images)} images ({names}) {verb}: {page.origin(cause)}, {amount} in each{stored}."


def _image_folds(images: Sequence[ImageReport], shared: Sequence[SharedCause], page: Page) -> list[PageSection]:
    told = [image for image in images if image.causes or single.trouble(image, page)]
    shown, rest = told[: page.room.folded], told[page.room.folded :]
    made = []
    for image in shown:
        made += _optional(f"details of {code(image.name)}", Priority.DETAIL, _image_fold(image, shared, page))
    more = f"Where the bytes of {len(rest):,} more images come from is in the {page.full_report}."
    return [*made, *_optional("the count of other images", Priority.CAUSE, more if rest else "")]


def _image_fold(image: ImageReport, shared: Sequence[SharedCause], page: Page) -> str:
    told = (single.trouble(image, page), _log(image), single.broken(image), _causes(image, shared, page))
    proposed = [part.forms[0] for part in proposals.sections(image)]
    body = "\n\n".join(part for part in (*told, *proposed, single.suggestion(image, page)) if part)
    title = "where it comes from" if image.causes else "what happened"
    summary = f"<b>{tables.row_icon(image)} {phrases.name(image, page.report, html_code)}</b>"
    return fold(f"{summary} {phrases.change(image)}: {title}", body) if body else ""


def _log(image: ImageReport) -> str:
    failure = queries.failure(image.head) or queries.failure(image.base)
    return fence(failure.log_tail[-_LOG_LINES:]) if failure and failure.log_tail else ""


def _causes(image: ImageReport, shared: Sequence[SharedCause], page: Page) -> str:
    heaviest = queries.causes_by_weight(image)
    if not heaviest:
        return ""
    counts = {queries.shared_key(one.cause): len(one.images) for one in shared}
    rows, previous = [], ""
    for cause in heaviest[: page.room.causes]:
        rows.append((format_change(cause.bytes), page.origin(cause, previous), _what(cause, counts, image.dead)))
        previous = cause.file
    rest = heaviest[page.room.causes :]
    if rest:
        rows.append((format_change(sum(cause.bytes for cause in rest)), f"… {plural(len(rest), 'smaller cause')}", ""))
    return table(["Change", "Added by", "What"], "><<", rows)


def _what(cause: Cause, counts: dict[tuple[str, ...], int], dead: Sequence[DeadWeight]) -> str:
    others = counts.get(queries.shared_key(cause), 1) - 1
    return f"shared with {plural(others, 'other image')}" if others else phrases.effect_of(cause, code, dead)


def _all(images: Sequence[ImageReport], page: Page) -> list[PageSection]:
    if len(images) <= page.room.images - 2:
        return []
    title = f"All {len(images):,} images"
    long, short = (fold(title, tables.all_images_table(images, page, most)) for most in (len(images), _FEW_ROWS))
    return [PageSection("the list of all images", Priority.EXTRA, tuple(dict.fromkeys((long, short, ""))))]


def _optional(what: str, priority: Priority, text: str) -> list[PageSection]:
    return [PageSection(what, priority, (text, ""))] if text else []
