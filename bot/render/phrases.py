"""Short phrases about sides, budgets and causes, the same in every renderer; ``show`` makes foreign text safe."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.model.budget import BudgetKind, Judgement, Verdict
from bot.model.explain import Cause, CauseKind, Content, ContentKind, DeadWeight
from bot.model.image import DownloadSize
from bot.model.report import ImageReport, ImageState, MissingSide, Report
from bot.render import queries
from bot.render.queries import Side
from bot.units import NO_BREAK_SPACE, format_bytes, format_change, format_ratio, format_share

DEFAULT_TITLE: Final = "Image size"

Show = Callable[[str], str]
"""Makes foreign text safe for the medium: ``text.code``, ``text.plain`` or ``text.html_code``."""

_COUNTS: Final = frozenset(
    {
        BudgetKind.MAX_LAYERS,
        BudgetKind.MAX_NEW_LAYERS,
        BudgetKind.DENY_PATHS,
        BudgetKind.DENY_PACKAGES,
        BudgetKind.REMOVAL,
    }
)
_ICONS: Final = {Verdict.PASS: "✅", Verdict.WARN: "⚠️", Verdict.FAIL: "❌", Verdict.NOT_MEASURED: "➖"}
_WORDS: Final = {
    Verdict.PASS: "kept",
    Verdict.WARN: "warning",
    Verdict.FAIL: "exceeded",
    Verdict.NOT_MEASURED: "not checked",
}
_DOWNLOADS: Final = frozenset({BudgetKind.DOWNLOAD_MAX_SIZE, BudgetKind.DOWNLOAD_MAX_GROWTH})


def name(image: ImageReport, report: Report, show: Show) -> str:
    """Name an image, with its platform where the report holds more than one."""
    several = len(queries.platforms(report)) > 1 and image.platform
    return f"{show(image.name)} {show(image.platform)}" if several else show(image.name)


def size(side: Side) -> str:
    """Show the size of a side, or in two words why it has none."""
    if side is None:
        return "–"
    if isinstance(side, MissingSide):
        return "build failed" if side.failure else "not measured"
    return format_bytes(side.unpacked_bytes)


def sizes(image: ImageReport) -> tuple[str, str]:
    """Show both sides of an image."""
    if is_skipped(image):
        return "not rebuilt", "not rebuilt"
    return size(image.base), size(image.head)


def is_skipped(image: ImageReport) -> bool:
    """Tell whether the image was not built, because nothing that its build sees has changed."""
    return image.state is ImageState.UNCHANGED and queries.measured(image.head) is None


def download(size_: DownloadSize | None, *, signed: bool = False) -> str:
    """Show download bytes, with ≈ where they are estimated."""
    if size_ is None:
        return "not known"
    text = format_change(size_.bytes) if signed else format_bytes(size_.bytes)
    return text if size_.exact or not size_.bytes else f"≈ {text}"


def change(image: ImageReport) -> str:
    """Show the change of an image with its ratio, such as ``+855 MB (×219)``."""
    base, head = queries.measured(image.base), queries.measured(image.head)
    if image.state in {ImageState.NEW, ImageState.REMOVED}:
        return str(image.state)
    if image.delta is None or base is None or head is None:
        return format_bytes(0) if queries.is_still(image) else "not known"
    ratio = format_ratio(base.unpacked_bytes, head.unpacked_bytes)
    text = format_change(image.delta.unpacked_bytes)
    return f"{text} ({ratio})" if ratio else text


def download_change(image: ImageReport) -> str:
    """Show the change of the download size with its ratio."""
    base, head = queries.measured(image.base), queries.measured(image.head)
    if image.delta is None or image.delta.download is None or not (base and base.download and head and head.download):
        return "not known"
    text = download(image.delta.download, signed=True)
    # Where an equal blob is told by one side and estimated for the other, the totals differ and nothing has changed.
    alike = head.download.bytes - base.download.bytes == image.delta.download.bytes
    ratio = format_ratio(base.download.bytes, head.download.bytes) if alike else ""
    return f"{text} ({ratio})" if ratio else text


def file_count(content: Content, contents: Iterable[Content]) -> str:
    """Count the files of a row; where rows of their own lie below it, it stands for the others alone."""
    if content.files <= 1:
        return ""
    below = f"{content.name.rstrip('/')}/"
    has_rows = any(
        other.kind is ContentKind.PATH and other.name != content.name and other.name.startswith(below)
        for other in contents
    )
    return plural(content.files, "other file" if has_rows else "file")


def assurance(images: Sequence[ImageReport]) -> str:
    """Say that budgets are kept, as far as they could be checked, for the end of a sentence about images."""
    judged = [one.verdict for image in images for one in image.budgets]
    if not judged or any(image.verdict is not Verdict.PASS for image in images):
        return ""
    unchecked = judged.count(Verdict.NOT_MEASURED)
    if unchecked == len(judged):
        return ", no budget could be checked"
    return ", all budgets kept that could be checked" if unchecked else ", all budgets kept"


def icon(judged: Judgement) -> str:
    """Mark a judgement; the words beside it say the same."""
    return "🟡" if judged.waived_by else _ICONS[judged.verdict]


def verdict(judged: Judgement) -> str:
    """Name the verdict on a budget in a word."""
    return "accepted" if judged.waived_by else _WORDS[judged.verdict]


def is_download(judged: Judgement) -> bool:
    """Tell whether a budget bounds download bytes."""
    return judged.budget.kind in _DOWNLOADS


def budget(judged: Judgement, show: Show) -> str:
    """Name a budget with its limit, such as ``max-growth 10 MB`` or ``deny-paths``."""
    limit = judged.budget.limit
    if judged.budget.kind is BudgetKind.PATHS and judged.budget.patterns:
        return f"{judged.budget.kind} {show(judged.budget.patterns[0])} {limit_text(judged, show)}".strip()
    if judged.budget.kind is BudgetKind.RATCHET and judged.limit is not None:
        # What it is set to is a tolerance; what it allows follows from what was recorded.
        return f"{judged.budget.kind} {format_bytes(judged.limit)}"
    return f"{judged.budget.kind} {limit_text(judged, show)}" if limit else str(judged.budget.kind)


def limit_text(judged: Judgement, show: Show) -> str:
    """Show a limit as a size, a count or a percentage."""
    limit = judged.budget.limit
    if limit is None:
        return ""
    if limit.text:
        return show(limit.text.replace(" ", NO_BREAK_SPACE))
    if limit.percent is not None:
        return f"{limit.percent:f}{NO_BREAK_SPACE}%"
    return quantity(judged, limit.amount)


def quantity(judged: Judgement, amount: int | None) -> str:
    """Show what a budget counts: bytes, layers or paths."""
    if amount is None:
        return "not known"
    return str(amount) if judged.budget.kind in _COUNTS else format_bytes(amount)


def used_share(image: ImageReport, show: Show) -> str:
    """Show how much of its ``max-size`` an image uses, such as ``16 % of 50 MB``; empty without such a budget."""
    for judged in image.budgets:
        if judged.budget.kind is BudgetKind.MAX_SIZE and judged.actual is not None and judged.limit:
            return f"{format_share(judged.actual, judged.limit)} of {limit_text(judged, show)}"
    return ""


def effect_of(cause: Cause, show: Show, dead: Iterable[DeadWeight] = ()) -> str:
    """Say what a cause did to the image: the largest things that moved, and what of it is ``dead`` already."""
    largest = ", ".join(f"{_amount(bytes_, cause)} {show(thing)}" for thing, bytes_ in cause.largest[:2])
    wasted = [one for one in dead if one.added and (one.file, one.added) == (cause.file, cause.lines)]
    lost = ", ".join(f"{format_bytes(one.bytes)} of it dead: {_killed(one)}" for one in wasted)
    return "; ".join(part for part in (_movement(cause, show), largest, lost) if part)


def bump(cause: Cause, show: Show) -> str:
    """Say which base image took the place of which; of a second one of the same name only what differs is said."""
    if cause.was == cause.now:
        return f"base image {show(cause.now)} moved"
    (was, old), (now, new) = (reference.partition("@")[::2] for reference in (cause.was, cause.now))
    if was == now:
        return f"base image {show(now)} moved, {show(old)} → {show(new)}"
    name, _, tag = cause.now.rpartition(":")
    same = name and "/" not in tag and cause.was.startswith(f"{name}:")
    return f"base image bumped {show(cause.was)} → {show(tag if same else cause.now)}"


def dead(weight: DeadWeight) -> str:
    """Say who added dead bytes and who killed them: ``12 MB are dead: added by line 4, deleted by line 7``."""
    added = f"added by {lines(weight.added)}, " if weight.added else ""
    return f"{format_bytes(weight.bytes)} are dead: {added}{_killed(weight)}"


def _killed(weight: DeadWeight) -> str:
    return f"{'deleted' if weight.deleted else 'replaced'} by {lines(weight.killed) or 'a later layer'}"


def evidence(judged: Judgement, show: Show) -> str:
    """List the largest files or packages that a budget is about, such as ``12 MB /root/.npm/x``; empty for others."""
    return listed([f"{format_bytes(count)} {show(thing)}" for thing, count in judged.evidence], 5)


def lines(lines_: tuple[int, int] | None) -> str:
    """Name lines of a file: ``line 4``, ``lines 4–7``; empty where they are not known."""
    if lines_ is None:
        return ""
    first, last = lines_
    return f"line {first}" if first == last else f"lines {first}–{last}"


def plural(count: int, one: str, many: str = "") -> str:
    """Count things: ``1 image``, ``30 images``, ``11,842 paths``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Sequence[str], most: int) -> str:
    """List a few items and count the rest: ``a, b and 3 more``."""
    shown, rest = items[:most], len(items) - most
    return f"{', '.join(shown)} and {rest:,} more" if rest > 0 else ", ".join(shown)


def _movement(cause: Cause, show: Show) -> str:
    if cause.now:
        return f"{bump(cause, show)}, from {format_bytes(cause.base_bytes)} to {format_bytes(cause.head_bytes)}"
    match cause.kind:
        case CauseKind.DRIFT:
            return "same instruction, same inputs, other bytes (rebuild drift)"
        case CauseKind.BASE_IMAGE:
            return _side_words(cause, "base image", "new in the final image", "no longer in the final image")
        case CauseKind.INSTRUCTION:
            return _side_words(cause, "layer", "new", "gone")


def _side_words(cause: Cause, noun: str, new: str, gone: str) -> str:
    if not cause.base_bytes:
        return f"{noun}, {new}" if noun != "layer" else "" if cause.largest else "new layer"
    if not cause.head_bytes:
        return f"{noun} {gone}" if noun != "layer" else "layer is gone"
    return f"{noun} went from {format_bytes(cause.base_bytes)} to {format_bytes(cause.head_bytes)}"


def _amount(bytes_: int, cause: Cause) -> str:
    return format_bytes(bytes_) if bytes_ > 0 and cause.bytes > 0 else format_change(bytes_)
