"""One pull request for each image of the default branch that a smaller one was verified for, as a report says.

Nothing is built or checked out here: the job that may write only reads the report of the one that measured.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bot.dockerfile.patch import patched
from bot.errors import DockerfileError, UsageError
from bot.model.effects import Marker, ProposePull
from bot.model.provider import Event, EventKind, Posted
from bot.model.report import ImageReport, Report
from bot.model.verify import Attempt, Verification
from bot.ports import Provider
from bot.render.comment import comment
from bot.render.text import plain
from bot.units import format_bytes

BRANCH: Final = "deadweight/"
_ON_A_BRANCH: Final = frozenset({EventKind.PUSH, EventKind.MANUAL, EventKind.SCHEDULE})
_NOT_IN_BRANCHES: Final = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_LIMIT: Final = 80
_HOW_TO: Final = "Run it on a schedule (examples/workflows/image-size-proposals.yml)."


def open_pulls(reports: Sequence[Report], event: Event, provider: Provider) -> tuple[Posted, ...]:
    """Propose what is verified in reports on the default branch; gives what became of each proposal.

    Raises ``UsageError`` for any other event, and for reports on another commit than this run's.
    """
    _refuse_others(reports, event)
    pulls = (_pull(image, report, event, provider) for report in reports for image in report.images)
    return tuple(one if isinstance(one, Posted) else provider.propose_pull(one) for one in pulls if one is not None)


def _refuse_others(reports: Sequence[Report], event: Event) -> None:
    of_default = event.kind is EventKind.SCHEDULE or event.ref == f"refs/heads/{event.default_branch}"
    if event.kind not in _ON_A_BRANCH or not of_default or not event.default_branch:
        why = f"This is {event.name or event.kind} on {event.ref or 'no branch'}."
        raise UsageError("Pull requests are opened for the default branch only.", why=why, fix=_HOW_TO)
    if any(report.comparison.head_sha != event.sha for report in reports):
        raise UsageError("A report is about another commit than this run.", fix="Give the reports of this run only.")


def _pull(image: ImageReport, report: Report, event: Event, provider: Provider) -> ProposePull | Posted | None:
    """Make the pull request of an image; ``None`` if nothing is verified, or why the change cannot be made."""
    search = image.verification
    if search is None or search.best is None or not search.verified:
        return None
    try:
        texts = patched(search.patch, partial(_text_at, provider, event.sha))
    except DockerfileError as error:
        return Posted(f"a smaller {plain(image.name, _NAME_LIMIT)}", problem=f"{error.what} {error.why}")
    files = {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items()}
    return ProposePull(
        branch=f"{BRANCH}{_NOT_IN_BRANCHES.sub('-', image.name)[:_NAME_LIMIT].strip('-') or 'image'}",
        into=event.default_branch,
        parent=event.sha,
        title=_title(image, search, search.best),
        body=_body(image, report),
        files=files,
        identity=_identity(files),
    )


def _text_at(provider: Provider, commit: str, path: str) -> str | None:
    content = provider.file_at(commit, path)
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _title(image: ImageReport, search: Verification, best: Attempt) -> str:
    sizes = f"{format_bytes(search.original_bytes)} → {format_bytes(best.unpacked_bytes or 0)}"
    return f"Make the image {plain(image.name, _NAME_LIMIT)} smaller: {sizes}"


def _body(image: ImageReport, report: Report) -> str:
    """Show the report on this image alone, without the marker that a comment begins with."""
    alone = replace(report, images=(image,), verdict=image.verdict)
    return comment(alone, Marker("proposal", "", 0, 0)).partition("\n")[2]


def _identity(files: Mapping[str, bytes]) -> str:
    return f"sha256:{hashlib.sha256(b''.join(_parts(files))).hexdigest()}"


def _parts(files: Mapping[str, bytes]) -> Iterator[bytes]:
    for path, content in sorted(files.items()):
        yield f"{path}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content
