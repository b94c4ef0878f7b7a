"""What a search for a smaller image found, in words for every medium; ``show`` and ``code`` make foreign text safe."""

from typing import Final

from bot.model.report import ImageReport
from bot.model.verify import Attempt, Check, CheckState, Verification
from bot.render import phrases
from bot.render.markdown import PageSection, Priority, fold, table
from bot.render.phrases import Show
from bot.render.text import code, fence, prose
from bot.units import format_bytes

_BEHAVES: Final = {
    "exit": "started",
    "health": "healthy",
    "output": "same output",
    "page": "same answers",
    "written": "same files written",
}
"""What a passed check of a run stands for in one or two words, by its name."""

HEAD: Final = ("Candidate", "Size", "Download", "Layers", "Seconds", "Checks", "Result")
_SHOWN: Final = 3
_MOST_LINES: Final = 400


def title(search: Verification) -> str:
    """Say in a few words what was found; empty where nothing smaller was even built."""
    if search.best is None or search.best.unpacked_bytes is None:
        return ""
    sizes = f"{format_bytes(search.original_bytes)} → {format_bytes(search.best.unpacked_bytes)}"
    return f"Verified: {sizes}." if search.verified else f"Built, not verified: {sizes}."


def account(search: Verification, show: Show, code: Show) -> str:
    """Say what stands behind the claim, and what does not; or why there is none."""
    best = search.best
    if best is None:
        return f"No smaller image was verified: {show(search.why)}." if search.why else ""
    passed = [check.name for check in best.checks if check.state is CheckState.PASSED]
    behaves = [word for name, word in _BEHAVES.items() if name in passed]
    parts = ["Built", *behaves, phrases.plural(len(passed), "check")]
    made = ", ".join(parts) if search.verified else f"{phrases.plural(len(passed), 'check')} before any run passed"
    unproven = [show(phrase) for phrase in search.not_checked]
    sentences = [
        f"{made}; not checked: {unproven[0]}." if unproven else f"{made}.",
        f"To look at: {phrases.listed(unproven[1:], _SHOWN)}." if unproven[1:] else "",
        "" if search.verified or not search.why else f"Not run to compare: {show(search.why)}.",
        f"Knowingly, it {phrases.listed([show(phrase) for phrase in best.candidate.altered], _SHOWN)}."
        if best.candidate.altered
        else "",
        f"Found at {code(search.found_at[:7])}; what it depends on is the same since." if search.found_at else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def rows(search: Verification, show: Show, code: Show) -> list[tuple[str, ...]]:
    """Tell of every candidate what ``HEAD`` names."""
    return [
        (
            _candidate(attempt, code),
            "not built" if attempt.unpacked_bytes is None else format_bytes(attempt.unpacked_bytes),
            phrases.download(attempt.download) if attempt.download else "–",
            "–" if attempt.layers is None else str(attempt.layers),
            f"{attempt.seconds:.1f}",
            _counts(attempt),
            _result(attempt, search, show, code),
        )
        for attempt in search.attempts
    ]


def sections(image: ImageReport) -> list[PageSection]:
    """Lay out the best candidate above the fold, its patch and all candidates below it."""
    search = image.verification
    if search is None:
        return []
    claim, told = title(search), account(search, prose, code)
    if not claim:
        return [PageSection("the search", Priority.EXTRA, (f"<sub>{told}</sub>", ""))] if told else []
    count = phrases.plural(len(search.attempts), "candidate")
    return [
        PageSection("the proposal", Priority.ADVICE, (f"**{claim}** {told}", f"**{claim}**")),
        *_fold("the proposal's patch", "<b>The change</b>", _patch(search)),
        *_fold("the candidates", f"<b>What was tried</b> ({count})", table(HEAD, "<>>>><<", rows(search, prose, code))),
    ]


def _fold(what: str, summary: str, body: str) -> list[PageSection]:
    return [PageSection(what, Priority.DETAIL, (fold(summary, body), ""))] if body else []


def _patch(search: Verification) -> str:
    return fence(search.patch.splitlines()[:_MOST_LINES], "diff") if search.patch else ""


def _candidate(attempt: Attempt, code: Show) -> str:
    candidate = attempt.candidate
    base = f" on {code(candidate.base)}" if candidate.base else ""
    mended = f", mended: {phrases.listed([_mend(one.kind, one.subject, code) for one in candidate.mends], _SHOWN)}"
    return f"{candidate.rung}{base}{mended if candidate.mends else ''}"


def _mend(kind: str, subject: str, code: Show) -> str:
    return f"{kind} {code(subject)}" if subject else kind


def _counts(attempt: Attempt) -> str:
    """Count the checks by how they ended: ``12 passed, 1 failed, 2 not made``."""
    counts = [(sum(check.state is state for check in attempt.checks), state) for state in CheckState]
    return ", ".join(f"{count} {state}" for count, state in counts if count) or "–"


def _result(attempt: Attempt, search: Verification, show: Show, code: Show) -> str:
    if attempt.problem:
        failed = [check for check in attempt.checks if check.state is CheckState.FAILED]
        return "; ".join(_failure(check, show, code) for check in failed[:_SHOWN]) or show(attempt.problem)
    return ("verified" if search.verified else "built") if attempt == search.best else "passed"


def _failure(check: Check, show: Show, code: Show) -> str:
    lines = check.detail.splitlines()
    return f"{show(check.what)}: {code(lines[0])}" if lines else show(check.what)
