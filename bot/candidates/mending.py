"""A failure → what would mend it, likeliest first."""

import re
from collections.abc import Iterator
from typing import Final

from bot.candidates.pruning import PRUNE
from bot.candidates.run_evidence import Failure
from bot.candidates.seen import Seen, text_of
from bot.candidates.start import find_in_path
from bot.layers.paths import ancestors
from bot.model.verify import Candidate, CheckState, Mend, MendKind, Rung

_DENIED: Final = re.compile(r"permission denied|EACCES|EPERM|operation not permitted|read-only file", re.IGNORECASE)
_QUOTED_PATH: Final = re.compile(r"(?<![\w/])(/[\w.@+-]+(?:/[\w.@+-]+)+)")
_LIBRARY: Final = re.compile(r"(?:loading shared librar\w+: |\b)(lib[\w.+-]+\.so[\w.]*)")
_PROGRAM: Final = re.compile(r'exec: "([\w./+-]+)"')
_MOST: Final = 40


def mends_for(seen: Seen, candidate: Candidate, failed: Failure) -> Iterator[Mend]:
    """Yield mends of a failed candidate: what it missed, then what it was denied, then root."""
    text = _text_of(failed)
    if PRUNE in candidate.dockerfile:
        yield from (Mend(MendKind.DEPENDENCIES),) if failed.build or "Cannot find module" in text else ()
    for path in _missing(seen, failed, text):
        yield from _bringing(seen, candidate, path)
    if candidate.rung is Rung.DISTROLESS and candidate.base.endswith(":nonroot"):
        if _DENIED.search(text):
            yield from _writable(seen, text)
        yield Mend(MendKind.ROOT)


def _missing(seen: Seen, failed: Failure, text: str) -> Iterator[bytes]:
    """Yield what the candidate asked for in vain and the original has; then what the failure names."""
    runs = failed.behaviour.runs if failed.behaviour else ()
    missed = {path for run in runs if run.trace for path in run.trace.missed}
    found = sorted(path for path in missed if seen.real(path) in seen.live and not seen.is_left_behind(path))
    for match in _PROGRAM.finditer(text):
        program = find_in_path(seen, match[1]).lstrip("/").encode("utf-8", "surrogateescape")
        yield from (program,) if program else ()
    opened_before = [path for path in found if seen.real(path) in seen.used]
    yield from opened_before[:_MOST]
    for match in _LIBRARY.finditer(text):
        yield from (path for path in seen.live if path.endswith(b"/" + match[1].encode()))
    for match in _QUOTED_PATH.finditer(text):
        path = match[1].lstrip("/").encode("utf-8", "surrogateescape")
        if seen.real(path) in seen.live:
            yield path
    yield from (path for path in found[:_MOST] if path not in opened_before)


def _bringing(seen: Seen, candidate: Candidate, path: bytes) -> Iterator[Mend]:
    """Bring a path along: by its package on a slim image, as a file on one that has no package manager."""
    real = seen.real(path)
    owner = seen.owners.get(path) or seen.owners.get(real)
    if candidate.rung is Rung.SLIM and owner:
        yield Mend(MendKind.PACKAGE, owner.name)
    elif candidate.rung in {Rung.SLIM, Rung.DISTROLESS}:
        yield Mend(MendKind.FILE, text_of(real))


def _writable(seen: Seen, text: str) -> Iterator[Mend]:
    for match in _QUOTED_PATH.finditer(text):
        path = match[1].lstrip("/").encode("utf-8", "surrogateescape")
        folder = next((one for one in ancestors(path) if seen.is_folder(one) and seen.is_ours(one)), None)
        if folder:
            yield Mend(MendKind.WRITABLE, text_of(folder))


def _text_of(failed: Failure) -> str:
    """Return what a failure says, bounded: foreign text that is only searched."""
    details = [check.detail for check in failed.checks if check.state is CheckState.FAILED]
    runs = failed.behaviour.runs if failed.behaviour else ()
    outputs = [(run.errors[-8000:] + run.output[-8000:]).decode("utf-8", "replace") for run in runs]
    problems = [run.problem for run in runs]
    return "\n".join([failed.build, *details, *outputs, *problems])[:200_000]
