"""The tables above the fold: images with their budgets, and where the bytes come from."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.model.budget import Judgement, Verdict
from bot.model.build import OriginKind
from bot.model.explain import Cause, CauseKind
from bot.model.report import ImageReport, ImageState
from bot.render import phrases, queries
from bot.render.markdown import Page, table
from bot.render.phrases import plural
from bot.render.text import code, prose
from bot.units import format_bytes, format_change

_LABEL_LIMIT: Final = 32
SMALL_BYTES: Final = 1_000_000
"""A change below this is counted, not told."""

_STATE_ICONS: Final = {
    ImageState.NEW: "🆕",
    ImageState.REMOVED: "🗑️",
    ImageState.NOT_MEASURED: "❌",
    ImageState.NOT_COMPARED: "⚪",
}
_TOLD: Final = frozenset(_STATE_ICONS)


def one_image_table(image: ImageReport, page: Page) -> str:
    """Show one image in a table of unpacked and, where known, download bytes."""
    comparison, run = page.report.comparison, page.report.run
    base = commit_label("Base", comparison.base_sha, comparison.base_label if not run.pull_number else "")
    head = commit_label(page.head_word, queries.head_commit(page.report), comparison.head_label)
    rows = [_image_row(image, page, marked=False), *_download_row(image, page)]
    return table(["Image", base, head, "Change", "Budget"], "<>>><", rows)


def commit_label(word: str, sha: str, label: str) -> str:
    """Head a column with its commit, or the name it was asked for by."""
    shown = sha[:7] or label
    return f"{word} {code(shown, _LABEL_LIMIT)}" if shown else word


def budgets_cell(judged: Iterable[Judgement], image: ImageReport) -> str:
    """Show what these budgets of an image say: what fails first, else how much is used."""
    chosen = list(judged)
    if not chosen or image.state is ImageState.REMOVED:
        return "no budget" if image.state is not ImageState.REMOVED else "–"
    if phrases.is_skipped(image):
        return "as before"
    waived = [one for one in chosen if one.waived_by]
    failed, warned, unchecked = (
        [one for one in chosen if one.verdict is verdict and not one.waived_by]
        for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.NOT_MEASURED)
    )
    kept = "" if failed or warned or waived else _kept(chosen, image)
    parts = (_named(failed), _named(warned), _named(waived, " accepted"), kept, _named(unchecked, " not checked"))
    return " · ".join(part for part in parts if part)


def many_images_table(images: Sequence[ImageReport], page: Page) -> str:
    """Show the images that matter, then one row for small changes and one for those that did not change."""
    loud = [image for image in images if is_loud(image)]
    small = [image for image in images if not is_loud(image) and not queries.is_still(image)]
    still = [image for image in images if not is_loud(image) and queries.is_still(image)]
    shown = loud[: page.room.images - 2]
    rest = loud[len(shown) :]
    rows = [_image_row(image, page, marked=True) for image in shown]
    rows += [_sum_row(f"{len(rest)} more", rest)] if rest else []
    rows += [_sum_row(f"{len(small)} more changed, each under 1 MB", small)] if small else []
    rows += [_still_row(still)] if still else []
    return table(["Image", "Base", page.head_word, "Change", "Budget"], "<>>><", rows)


def all_images_table(images: Sequence[ImageReport], page: Page, most: int) -> str:
    """Show every image in a row of its own, by name, up to ``most`` of them."""
    ordered = sorted(images, key=lambda image: (image.name, image.platform))
    rows = [_image_row(image, page, marked=False) for image in ordered[:most]]
    rows += [_sum_row(f"{len(images) - most:,} more", ordered[most:])] if len(images) > most else []
    return table(["Image", "Base", page.head_word, "Change", "Budget"], "<>>><", rows)


def causes_table(image: ImageReport, page: Page, most: int) -> str:
    """Show the heaviest causes of an image with their lines, and what the rest sums to."""
    causes = queries.causes_by_weight(image)
    floor = queries.noise_floor_bytes(image, page.voice.noise_floor_bytes)
    heavy = sum(abs(cause.bytes) > floor for cause in causes)
    rows, previous, most = [], "", min(most, heavy or most)
    for cause in causes[:most]:
        effect = phrases.effect_of(cause, code, image.dead) + _made_by(cause, page)
        rows.append((format_change(cause.bytes), page.origin(cause, previous), effect))
        previous = cause.file
    rest = causes[most:]
    if rest:
        total = sum(cause.bytes for cause in rest)
        place = f"in the {page.full_report}" if heavy > most else "within the noise floor"
        rows.append((format_change(total), f"… {plural(len(rest), 'smaller cause')}", place))
    return table(["Change", "Added by", "What"], "><<", rows)


def causes_sentence(causes: Sequence[Cause], page: Page) -> str:
    """Say in a line where bytes went, for an image that shrank."""
    return " · ".join(f"{format_change(cause.bytes)}: {_went(cause, page)}" for cause in causes[:3])


def _went(cause: Cause, page: Page) -> str:
    effect = phrases.effect_of(cause, code)
    place = page.place(cause.file, cause.lines, cause.side) if cause.file else ""
    extra = "; ".join(part for part in (effect, place) if part)
    return f"{code(cause.text)} ({extra})" if extra else code(cause.text)


def _made_by(cause: Cause, page: Page) -> str:
    """Name the instruction of another stage whose files a ``COPY --from`` brings: the last one that wrote any."""
    if cause.kind is not CauseKind.INSTRUCTION or not cause.copied_from:
        return ""
    wrote = [origin for origin in cause.copied_from if origin.kind is OriginKind.INSTRUCTION]
    origin = (wrote or cause.copied_from)[-1]
    place = page.place(origin.file, origin.lines, cause.side, cause.file) if origin.lines else ""
    return f", made by {' '.join(part for part in (place, code(origin.text)) if part)}"


def _image_row(image: ImageReport, page: Page, *, marked: bool) -> tuple[str, ...]:
    icon = f"{row_icon(image)} " if marked else ""
    return (f"{icon}{page.name(image)}", *_cells(image), budgets_cell(_unpacked(image), image))


def row_icon(image: ImageReport) -> str:
    """Mark a row: what is wrong with it, else which way it went."""
    if image.verdict is Verdict.FAIL:
        return "❌"
    if queries.accepted(image):
        return "🟡"
    if image.verdict is Verdict.WARN:
        return "⚠️"
    change = queries.change(image)
    return _STATE_ICONS.get(image.state) or ("🔺" if change > 0 else "🔻" if change < 0 else "✅")


def _cells(image: ImageReport) -> tuple[str, str, str]:
    base, head = phrases.sizes(image)
    change = phrases.change(image)
    if image.delta is None or not image.delta.unpacked_bytes:
        return base, head, change
    return base, f"**{head}**", _bold_amount(change)


def _bold_amount(change: str) -> str:
    amount, _, ratio = change.partition(" (")
    return f"**{amount}** ({ratio}" if ratio else f"**{amount}**"


def _download_row(image: ImageReport, page: Page) -> list[tuple[str, ...]]:
    base, head = queries.measured(image.base), queries.measured(image.head)
    if image.delta is None or image.delta.download is None or not (base and head) or queries.is_still(image):
        return []
    sizes = (phrases.download(base.download), phrases.download(head.download), phrases.download_change(image))
    judged = [one for one in image.budgets if phrases.is_download(one)]
    return [(f"{page.name(image)} download", *sizes, budgets_cell(judged, image))]


def _unpacked(image: ImageReport) -> list[Judgement]:
    return [judged for judged in image.budgets if not phrases.is_download(judged)]


def _named(judged: Sequence[Judgement], ending: str = "") -> str:
    names = list(dict.fromkeys(phrases.budget(one, prose) for one in judged))
    return f"{phrases.icon(judged[0])} {phrases.listed(names, 5)}{ending}" if names else ""


def _kept(judged: Sequence[Judgement], image: ImageReport) -> str:
    if not any(one.verdict is Verdict.PASS for one in judged):
        return ""
    return f"✅ {phrases.used_share(image, prose) or 'kept'}"


def is_loud(image: ImageReport) -> bool:
    """Tell whether the image gets a row of its own."""
    if image.verdict is not Verdict.PASS or image.state in _TOLD or queries.accepted(image):
        return True
    return abs(queries.change(image)) >= SMALL_BYTES


def _sum_row(label: str, images: Sequence[ImageReport]) -> tuple[str, ...]:
    verdict = "✅" if all(image.verdict is Verdict.PASS for image in images) else "see below"
    return (f"*{label}*", "", "", format_change(queries.total_change(images)), verdict)


def _still_row(images: Sequence[ImageReport]) -> tuple[str, ...]:
    skipped = sum(map(phrases.is_skipped, images))
    note = f" ({skipped} not rebuilt: no input changed)" if skipped else ""
    return (f"*{len(images)} unchanged{note}*", "", "", format_bytes(0), "✅")
