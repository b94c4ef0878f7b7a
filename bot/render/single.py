"""A page's sections where one image is the news."""

from bot.model.budget import Judgement, Verdict, Waiver
from bot.model.build import BuildFailure, FailureKind
from bot.model.report import ImageReport, ImageState, MissingSide
from bot.render import details, phrases, proposals, queries, tables
from bot.render.markdown import Page, PageSection, Priority
from bot.render.phrases import plural
from bot.render.text import INSTRUCTION_LIMIT, code, prose, sentence
from bot.units import format_bytes

_SHORT: int = 5


def sections(image: ImageReport, page: Page) -> list[PageSection]:
    """Lay out one image: table, what failed, where the bytes come from, what to try, and the details."""
    if queries.is_quiet(image) and not queries.failure(image.base):
        return []
    return [
        PageSection("table", Priority.ESSENTIAL, (tables.one_image_table(image, page),)),
        *_visible("accepted", Priority.ESSENTIAL, acceptance(image)),
        *below_table(image, page),
        *_forms("acceptance", Priority.CAUSE, details.accept_growth(page) if queries.exceeded(image) else ""),
    ]


def below_table(image: ImageReport, page: Page) -> list[PageSection]:
    """Lay out all that is told of one image below the table."""
    return [
        *_visible("broken budgets", Priority.CAUSE, broken(image)),
        *_visible("failure", Priority.CAUSE, trouble(image, page)),
        *_visible("causes", Priority.CAUSE, causes(image, page)),
        *proposals.sections(image),
        *_visible("suggestion", Priority.ADVICE, suggestion(image, page)),
        *folded(image, page),
    ]


def folded(image: ImageReport, page: Page) -> list[PageSection]:
    """Lay out what is folded away, each with a shorter form and none."""
    most = page.room.folded
    return [
        *_forms("build log", Priority.DETAIL, _log(image, most), _log(image, _SHORT)),
        *_forms("budgets", Priority.CAUSE, details.budgets(image)),
        *_forms("paths", Priority.DETAIL, *(details.largest_paths(image, page, rows) for rows in (most, _SHORT))),
        *_forms("packages", Priority.DETAIL, *(details.packages(image, page, rows) for rows in (most, _SHORT))),
        *_forms("layers", Priority.EXTRA, *(details.layers(image, page, rows) for rows in (2 * most, _SHORT))),
        *_forms("findings", Priority.ADVICE, *(details.findings(image, page, rows) for rows in (most, 1))),
        *_forms("tighter budget", Priority.EXTRA, _tighter(image)),
        *_forms("notes", Priority.EXTRA, details.notes(_further_notes(image)[:most])),
    ]


def causes(image: ImageReport, page: Page) -> str:
    """Say where the bytes come from, in a table if there are more of them and in a line if fewer."""
    heaviest, change = queries.causes_by_weight(image), sum(cause.bytes for cause in image.causes)
    if not heaviest or not change:
        return ""
    if change < 0:
        return f"{tables.causes_sentence(heaviest, page)}."
    return f"**Where the {format_bytes(change)} come from**\n\n{tables.causes_table(image, page, page.room.causes)}"


def suggestion(image: ImageReport, page: Page) -> str:
    """Propose the one best way out, with how sure its number is."""
    finding = queries.best_finding(image)
    if finding is None or (image.verification and image.verification.best):
        return ""
    place = f", at {page.place(finding.file, finding.lines)}" if finding.file else ""
    text = f"{sentence(finding.title)} {prose(finding.advice)}".strip()
    return f"**Try this first**{place}: {text} {details.proof(finding, image)}"


def trouble(image: ImageReport, page: Page) -> str:
    """Explain a side that has no numbers."""
    if image.state is ImageState.NOT_MEASURED:
        return _why(image.head, "This PR" if page.report.run.pull_number else "The head", "head", page)
    if image.state is not ImageState.NOT_COMPARED:
        return ""
    if image.base is None:
        alone = queries.is_alone(image, page.report)
        return "" if alone else f"There is no baseline: {prose(page.report.comparison.why)}."
    why = _why(image.base, "The base commit", "base", page) or " ".join(map(prose, image.notes))
    hope = " This PR builds, so it may be the fix." if queries.failure(image.base) else ""
    checked = " Absolute budgets were checked; growth budgets were not." if image.budgets else ""
    return f"{why}{hope}{checked}"


def acceptance(image: ImageReport, name: str = "") -> str:
    """Record who accepted what is over budget, and why; ``name`` says for which of several images."""
    waived = [(judged, judged.waived_by) for judged in queries.accepted(image)]
    return "\n\n".join(dict.fromkeys(_accepted(judged, waiver, name) for judged, waiver in waived if waiver))


def broken(image: ImageReport) -> str:
    """Say of each broken budget what it is, by how much and where it is set, with the largest denied things."""
    judged = (*queries.exceeded(image), *queries.warned(image))
    rest = len(judged) - details.MOST_BROKEN
    more = [f"… and {plural(rest, 'more broken budget')}, below."] if rest > 0 else []
    return "\n\n".join([*map(_broken, judged[: details.MOST_BROKEN]), *more])


def _broken(judged: Judgement) -> str:
    source = f"({code(judged.budget.source)})" if judged.budget.source else ""
    reason = prose(judged.reason) or f"{phrases.budget(judged, prose)} is exceeded."
    return " ".join(part for part in (phrases.icon(judged), reason, phrases.evidence(judged, code), source) if part)


def image_notes(image: ImageReport) -> list[str]:
    """List what else is to be known of an image."""
    inexact = "Lines are derived from the order of the image's history, because the builder gave no provenance."
    return [*image.notes, *([inexact] if any(cause.lines and not cause.exact for cause in image.causes) else [])]


def _accepted(judged: Judgement, waiver: Waiver, name: str) -> str:
    by = f" by {code(waiver.granted_by)}" if waiver.granted_by else ""
    until = f", until {waiver.until.isoformat()}" if waiver.until else ""
    reason = f": {prose(waiver.reason)}" if waiver.reason else ""
    budget = phrases.budget(judged, prose)
    return f"🟡 {f'{name}: ' if name else ''}{budget} is exceeded; accepted{by}{until}{reason} ({prose(waiver.source)})"


def _further_notes(image: ImageReport) -> list[str]:
    """Return the notes, unless they are told above as the reason why there is no comparison."""
    return [] if _is_unlike(image) else image_notes(image)


def _is_unlike(image: ImageReport) -> bool:
    return image.state is ImageState.NOT_COMPARED and queries.measured(image.base) is not None


def _why(side: object, subject: str, word: str, page: Page) -> str:
    if not isinstance(side, MissingSide):
        return ""
    if side.failure is None:
        return f"{subject} was not measured: {prose(side.why)}."
    return f"{subject} fails{_failure(side.failure, word, page)}."


def _failure(failure: BuildFailure, word: str, page: Page) -> str:
    at = f" at {page.place(failure.file, failure.lines, word)}" if failure.file else ""
    if failure.kind is not FailureKind.INSTRUCTION:
        return f"{at}: {prose(failure.sentence).rstrip('.')}"
    text = f": {code(failure.text, INSTRUCTION_LIMIT)}" if failure.text else ""
    exit_code = f", exit code {failure.exit_code}" if failure.exit_code is not None else ""
    return f"{at}{text}{exit_code}"


def _log(image: ImageReport, most: int) -> str:
    for side, word in ((image.head, "head"), (image.base, "base")):
        failure = queries.failure(side)
        if failure is not None:
            return details.log_tail(failure, word, most)
    return ""


def _tighter(image: ImageReport) -> str:
    shrank = image.verdict is Verdict.PASS and queries.change(image) < 0
    return details.keep_small(image) if shrank else ""


def _visible(what: str, priority: Priority, text: str) -> list[PageSection]:
    return [PageSection(what, priority, (text, ""))] if text else []


def _forms(what: str, priority: Priority, *texts: str) -> list[PageSection]:
    forms = tuple(dict.fromkeys(text for text in texts if text))
    return [PageSection(what, priority, (*forms, ""))] if forms else []
