"""The parts of a page that are folded away: paths, packages, layers, findings, logs, and what can be done."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Final

from bot.contents.ecosystems import LABELS
from bot.model.advice import Finding, Ladder
from bot.model.bounds import clip
from bot.model.budget import Budget, BudgetKind, Judgement, Verdict
from bot.model.build import BuildFailure
from bot.model.explain import Content, ContentKind
from bot.model.report import ImageReport
from bot.render import phrases, queries
from bot.render.layer_chart import layer_chart
from bot.render.markdown import Page, fold, table
from bot.render.phrases import plural
from bot.render.text import code, fence, html_code, prose, sentence
from bot.units import NO_BREAK_SPACE, format_bytes, format_change

_LADDER_WORDS: Final = {Ladder.BUILT: "built", Ladder.VERIFIED: "verified"}
MOST_BROKEN: Final = 5
"""Broken budgets that are told above the fold."""
_NICE_STEPS: Final = tuple(map(Decimal, ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10")))


def largest_paths(image: ImageReport, page: Page, most: int) -> str:
    """Fold the paths that moved most; empty where none did."""
    contents = queries.contents_by_weight(image, ContentKind.PATH, ContentKind.DEAD, ContentKind.UNREAD)
    if not contents:
        return ""
    counts = _path_counts(image) or plural(len(contents), "row")
    head = ["Path", "Base", page.head_word.removeprefix("This "), "Change"]
    rows = [_path_row(content, contents) for content in contents[:most]]
    return fold(f"<b>Paths outside packages</b> ({counts})", table(head, "<>>>", [*rows, *_more(contents, most, page)]))


def _path_counts(image: ImageReport) -> str:
    if not (image.paths_added or image.paths_removed or image.paths_changed):
        return ""
    return f"{image.paths_added:,} added, {image.paths_removed:,} removed, {image.paths_changed:,} changed"


def packages(image: ImageReport, page: Page, most: int) -> str:
    """Fold the packages that moved most; empty where none did."""
    contents = queries.contents_by_weight(image, ContentKind.PACKAGE)
    if not contents:
        return ""
    head = ["Package", "Base", page.head_word.removeprefix("This "), "Size"]
    rows = [_package_row(content) for content in contents[:most]]
    return fold(
        f"<b>Packages</b> ({package_counts(contents)})", table(head, "<<<>", [*rows, *_more(contents, most, page)])
    )


def package_counts(contents: Iterable[Content]) -> str:
    """Count packages by ecosystem: ``+236 deb, −2 npm, 3 Python updated``."""
    counts = Counter((content.ecosystem, _direction(content)) for content in contents)
    return ", ".join(
        f"{sign}{count:,} {_ecosystem(ecosystem)}{'' if sign else ' updated'}"
        for (ecosystem, sign), count in sorted(counts.items(), key=lambda item: -item[1])
    )


def _ecosystem(name: str) -> str:
    return LABELS.get(name) or html_code(name, 20)


def layers(image: ImageReport, page: Page, most: int) -> str:
    """Fold the layers of both sides as a bar chart."""
    if not image.layers:
        return ""
    base, head = queries.measured(image.base), queries.measured(image.head)
    counts = " → ".join(f"{side.layers:,}" for side in (base, head) if side)
    return fold(f"<b>Layers</b> ({counts})", fence(layer_chart(image.layers, page.head_word, most)))


def findings(image: ImageReport, page: Page, most: int) -> str:
    """Fold every finding with its evidence and patch."""
    found = queries.open_findings(image)
    if not found:
        return ""
    total = f", {format_bytes(image.claimed_bytes)} in all" if image.claimed_bytes else ""
    if all(finding.ladder is Ladder.SUSPECTED for finding in found):
        total = ", suspected from the text, nothing was measured"
    items = [_finding(finding, image, page) for finding in found[:most]]
    rest = [f"… {plural(len(found) - most, 'more finding')} in the {page.full_report}"] if len(found) > most else []
    return fold(f"<b>Findings</b> ({len(found)}{total})", "\n\n".join([*items, *rest]))


def budgets(image: ImageReport) -> str:
    """Fold every budget in a sentence with the place that sets it; empty where all are kept or told above."""
    told = (*queries.exceeded(image), *queries.warned(image))[:MOST_BROKEN]
    if all(judged.verdict is Verdict.PASS or judged in told for judged in image.budgets):
        return ""
    broken = [judged for judged in image.budgets if judged.verdict is not Verdict.PASS]
    lines = [_budget_line(judged) for judged in image.budgets if judged.reason]
    counts = f"{len(broken)} of {len(image.budgets)} not kept or not checked"
    return fold(f"<b>Budgets</b> ({counts})", "\n".join(lines)) if broken and lines else ""


def _budget_line(judged: Judgement) -> str:
    source = f" ({code(judged.budget.source)})" if judged.budget.source else ""
    return f"- {phrases.icon(judged)} {prose(judged.reason)}{source}"


def log_tail(failure: BuildFailure, side: str, most: int) -> str:
    """Fold the last lines of a failed build."""
    if not failure.log_tail:
        return ""
    return fold(f"Last lines of the {side} build", fence(failure.log_tail[-most:]))


def accept_growth(page: Page) -> str:
    """Fold how a growth is accepted on purpose."""
    label = page.voice.override_label
    lasts = (
        "covers later pushes too" if page.voice.label_sticky else "ends with the next push that grows the image further"
    )
    recorded = f"that is recorded here, and {lasts}. "
    by_label = f"Someone with triage rights adds the label {code(label)}; {recorded}" if label else ""
    lasting = "For a lasting exception, the base branch gets a `[[waiver]]` with a reason and a last day"
    return fold("<b>To accept this growth</b>", f"{by_label}{lasting} in `deadweight.toml`.")


def keep_small(image: ImageReport) -> str:
    """Fold a tighter ``max-size`` for an image that uses less than half of its own; empty where none is needed."""
    budget, head = _loose_budget(image), queries.measured(image.head)
    if budget is None or budget.limit is None or budget.limit.amount is None or head is None:
        return ""
    room = format_bytes(budget.limit.amount - head.unpacked_bytes)
    before = clip(budget.limit.text or format_bytes(budget.limit.amount), 40)
    diff = fence([f'-max-size = "{before}"', f'+max-size = "{nice_limit(head.unpacked_bytes)}"'], "diff")
    return fold("Keep it this small", f"{room} of its budget are free now. To lock the gain in{_in(budget)}:\n{diff}")


def nice_limit(size_bytes: int) -> str:
    """Propose a limit: at least a tenth above the size, in a round number; ``8.03 MB`` gives ``10 MB``."""
    wanted = Decimal(max(size_bytes, 1)) * Decimal("1.1")
    power = Decimal(10) ** wanted.adjusted()
    step = next(step for step in _NICE_STEPS if step * power >= wanted)
    number, unit = format_bytes(int((step * power).to_integral_value(ROUND_CEILING))).split(NO_BREAK_SPACE)
    return f"{Decimal(number).normalize():f} {unit}"


def notes(lines: Sequence[str]) -> str:
    """Fold what else the reader should know."""
    if not lines:
        return ""
    return fold(f"Notes ({len(lines)})", "\n".join(f"- {prose(line)}" for line in lines))


def proof(finding: Finding, image: ImageReport) -> str:
    """Say how much a finding is worth and how that is known; only a built patch may say "saves"."""
    head = queries.measured(image.head)
    if finding.ladder >= Ladder.BUILT and finding.measured_after_bytes is not None and head:
        saved = head.unpacked_bytes - finding.measured_after_bytes
        return f"Answered by the {_LADDER_WORDS[finding.ladder]} proposal, which saves {format_bytes(saved)}."
    if finding.ladder >= Ladder.MEASURED:
        return f"{format_bytes(finding.claimed.total)} measured in this image; no patch was built."
    return "Suspected from the text, nothing was measured."


def _path_row(content: Content, contents: Sequence[Content]) -> tuple[str, ...]:
    sizes = (format_bytes(content.base_bytes), format_bytes(content.head_bytes), format_change(content.bytes))
    return (_content_name(content, contents), *sizes)


def _content_name(content: Content, contents: Sequence[Content]) -> str:
    shown = code(content.name) if content.name else "everything smaller"
    if content.kind is ContentKind.DEAD:
        return f"{shown} (dead: replaced or deleted by a later layer)"
    if content.kind is ContentKind.UNREAD:
        return f"{shown} (layer not read whole)"
    count = phrases.file_count(content, contents)
    return f"{shown} ({count})" if count else shown


def _package_row(content: Content) -> tuple[str, ...]:
    versions = (_version(content.base_version), _version(content.head_version))
    kind = content.ecosystem if content.ecosystem in LABELS else code(content.ecosystem)
    shown = f"{code(content.name)} ({kind})" if content.name else "everything smaller"
    return (shown, *versions, format_change(content.bytes))


def _version(version: str | None) -> str:
    return "–" if version is None else code(version, 40)


def _direction(content: Content) -> str:
    if content.base_version is None:
        return "+"
    return "−" if content.head_version is None else ""


def _more(contents: Sequence[Content], most: int, page: Page) -> list[tuple[str, ...]]:
    rest = contents[most:]
    if not rest:
        return []
    total = format_change(sum(content.bytes for content in rest))
    return [(f"… {len(rest):,} more in the {page.full_report}", "", "", total)]


def _finding(finding: Finding, image: ImageReport, page: Page) -> str:
    place = f" At {page.place(finding.file, finding.lines)}." if finding.file else ""
    old = "" if finding.from_this_change or finding.ladder is Ladder.SUSPECTED else " Not new with this change."
    first = f"**{sentence(finding.title)}** {prose(finding.advice)} {proof(finding, image)}{old}{place}"
    evidence = ", ".join(f"{format_bytes(bytes_)} {code(thing)}" for thing, bytes_ in finding.evidence[:5])
    patch = fence(finding.patch.splitlines()[:200], "diff") if finding.patch else ""
    return "\n\n".join(part for part in (first, evidence, patch) if part)


def _loose_budget(image: ImageReport) -> Budget | None:
    for judged in image.budgets:
        used, limit = judged.actual, judged.limit
        if judged.budget.kind is BudgetKind.MAX_SIZE and used is not None and limit and 2 * used < limit:
            return judged.budget
    return None


def _in(budget: Budget) -> str:
    file, _, line = budget.source.rpartition(":")
    if file and line.isdecimal():
        return f", in {code(file)} line {line}"
    return f", in {code(budget.source)}" if budget.source else ""
