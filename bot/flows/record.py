"""history: what the images of the default branch weigh, written down commit by commit."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from bot.errors import GitError, PublishError, RecordError, UsageError
from bot.model.history import History
from bot.model.provider import Event, EventKind
from bot.model.report import ImageState, Report
from bot.policy.bookkeeping import RecordEntry, brought_up_to_date, releases_of
from bot.policy.size_record import BRANCH, FILE, read_history
from bot.ports import BranchFile, Git, Provider

_ON_A_BRANCH = frozenset({EventKind.PUSH, EventKind.MANUAL, EventKind.SCHEDULE})
_HOW_TO = "Record on pushes to the default branch, in a job of its own (examples/workflows/image-size-history.yml)."


def record(reports: Sequence[Report], event: Event, provider: Provider, today: date) -> str:
    """Put what reports measured on the record branch; gives where. Run for the default branch only.

    Raises ``UsageError`` for any other event and for reports on another commit, ``RecordError`` if it is refused.
    """
    _refuse_others(reports, event)
    change = partial(brought_up_to_date, entry=RecordEntry(tuple(reports), today, _releases(provider)))
    posted = provider.change_file(BranchFile(BRANCH, FILE), change, f"Record what images weigh at {event.sha[:7]}")
    if posted.problem:
        raise RecordError("The sizes are not on record.", why=posted.problem)
    return posted.what


def record_in_file(content: bytes | None, reports: Sequence[Report], git: Git, today: date) -> bytes:
    """Return a record, ``None`` if there is none yet, with what reports measured. Raises ``UsageError``."""
    if not all(report.comparison.head_sha for report in reports):
        raise UsageError("A report is about no commit.", fix="Record what `deadweight check` measured.")
    return brought_up_to_date(content, RecordEntry(tuple(reports), today, releases_of(git.tags())))


def left_out(reports: Sequence[Report]) -> tuple[str, ...]:
    """Name the images that have no size to put on record."""
    images = (image for report in reports for image in report.images)
    return tuple(dict.fromkeys(image.name for image in images if image.state is ImageState.NOT_MEASURED))


def recorded(git: Git) -> History:
    """Return what is on record. Raises ``UsageError`` if there is no record."""
    try:
        content = git.read_file(git.resolve(BRANCH), FILE)
    except GitError as error:
        raise UsageError("There is no recorded history.", why=f"{error.what} {error.why}", fix=_HOW_TO) from error
    if content is None:
        raise UsageError("There is no recorded history.", why=f"The branch {BRANCH} has no {FILE}.", fix=_HOW_TO)
    return read_history(content)


def _refuse_others(reports: Sequence[Report], event: Event) -> None:
    of_default = event.kind is EventKind.SCHEDULE or event.ref == f"refs/heads/{event.default_branch}"
    if event.kind not in _ON_A_BRANCH or not of_default:
        raise UsageError(
            "Only what is on the default branch is recorded.",
            why=f"This is {event.name or event.kind} on {event.ref or 'no branch'}.",
            fix=f"{_HOW_TO} Elsewhere keep a record in a file: --output FILE.",
        )
    if any(report.comparison.head_sha != event.sha for report in reports):
        raise UsageError("A report is about another commit than this run.", fix="Record the reports of this run only.")


def _releases(provider: Provider) -> dict[str, str]:
    """Return the releases by commit; where they cannot be had, the next record marks them."""
    try:
        return releases_of(provider.tags())
    except PublishError:
        return {}
