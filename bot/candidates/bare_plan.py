"""What a candidate without a shell is made of, and how it is written."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.candidates.bases import Base, distroless
from bot.candidates.copies import Copy
from bot.candidates.health import health_check_line, health_words
from bot.candidates.libraries import libraries_of, needed_by
from bot.candidates.luggage import Wishes, gather, library_copies, link_copies, with_working_folder
from bot.candidates.promises import account_of, command_lines, configuration_lines, environment_lines, is_root
from bot.candidates.pruning import pruning_lines
from bot.candidates.rewrite import build_name, with_last_stage
from bot.candidates.seen import SHELLS, Seen
from bot.candidates.stage_text import copy_lines, single_line
from bot.candidates.start import (
    StartCommand,
    command_of,
    find_in_path,
)
from bot.contents.lookup import encoded
from bot.layers.paths import base_name
from bot.model.verify import RUNS_AS, Candidate, Mend, MendKind, Rung

RUNTIME: Final = "copied runtime"
NONROOT: Final = "65532:65532"
_COMPILER: Final = re.compile(rb".*/lib(?:gcc_s|stdc\+\+|gomp)\.so.*")
_OPENSSL: Final = re.compile(rb".*/lib(?:ssl|crypto)\.so.*")
_IGNORED_OWNERS: Final = frozenset(
    {"libc-bin", "libc6", "bash", "dash", "coreutils", "base-passwd", "base-files", "debianutils", "ca-certificates"}
)
_SHARED: Final = (b"usr/lib/locale/", b"usr/share/")
_MOST_DATA_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class BarePlan:
    """What a candidate without a shell is made of."""

    form: str
    kind: str
    command: StartCommand
    files: frozenset[bytes]
    libraries: frozenset[bytes] = frozenset()
    building: tuple[str, ...] = ()
    """Lines for the end of the stage that builds."""
    made: tuple[Copy, ...] = ()
    """Copies of what those lines make."""


def shell_less(seen: Seen) -> StartCommand | None:
    """Return the command, if neither it nor the health check needs a shell; none where the base has none already."""
    if (
        seen.evidence.head.base_image.startswith(("gcr.io/distroless/", "cgr.dev/"))
        or not seen.evidence.head.base_image
    ):
        return None
    check = seen.config.health_check
    if check and check.test[:1] not in {(), ("NONE",)}:
        tools = {seen.real(encoded(find_in_path(seen, one).strip("/"))) for one in health_words(seen)[:1]}
        if not tools or not all(one in seen.ours or one in seen.interpreters for one in tools):
            return None
    return command_of(seen)


def data_of_packages(seen: Seen, provided: Collection[str]) -> frozenset[bytes]:
    """Return what was opened of packages and is neither a program nor a library: tables, fonts, modules."""
    libraries = set(seen.libraries.values())
    ignored, found = {*provided, *_IGNORED_OWNERS}, set[bytes]()
    for path in seen.used - seen.executed - libraries:
        owner = seen.owners.get(path)
        of_base = owner is None and seen.is_borrowed(path) and path.startswith(_SHARED)
        if (of_base or (owner and owner.name not in ignored)) and not seen.is_left_behind(path):
            found.add(path)
    base = distroless("static", seen.release, nonroot=False)
    standard = base.provides if base else frozenset()
    found = {path for path in found if path not in seen.owners or seen.owners[path].name not in standard}
    return frozenset(found) if len(found) <= _MOST_DATA_FILES else frozenset()


def libraries_to_bring(seen: Seen, files: Collection[bytes]) -> frozenset[bytes]:
    """Return the libraries to bring, without those that only a shell linked."""
    wanted = libraries_of(seen, files)
    shells = [one for one in seen.executed if base_name(one) in SHELLS]
    of_shells = needed_by(seen, shells) - needed_by(seen, [*files, *wanted.values()])
    return frozenset(path for path, real in wanted.items() if real not in of_shells)


def libraries_of_ours(seen: Seen, files: Collection[bytes]) -> frozenset[bytes]:
    """Return the libraries that files of ours link."""
    linked = needed_by(seen, [one for one in files if b".so" in base_name(one) or one in seen.executed])
    return frozenset(path for path, real in libraries_of(seen, files).items() if real in linked)


def kind_for(seen: Seen, programs: Collection[bytes], libraries: Collection[bytes]) -> str:
    """Choose the smallest kind that has what is linked."""
    facts = [seen.elf(one) for one in programs]
    if all(one is not None and one.static for one in facts):
        return "static"
    if any(one is not None and "musl" in one.interpreter for one in facts):
        return ""
    if any(_COMPILER.fullmatch(b"/" + path) for path in libraries):
        return "cc"
    return "base" if any(_OPENSSL.fullmatch(b"/" + path) for path in libraries) else "base-nossl"


def write_bare(seen: Seen, plan: BarePlan, mends: Sequence[Mend]) -> Candidate | None:
    """Write the candidate: as nonroot where the original ran as root, unless a mend says otherwise."""
    as_root = any(one.kind is MendKind.ROOT for one in mends)
    nonroot = is_root(seen.config.user) and not as_root and _may_be_nonroot(seen)
    base = distroless(plan.kind, seen.release, nonroot=nonroot)
    if base is None or (not is_root(seen.config.user) and not _has_user(seen)):
        return None
    lines = list(_lines(seen, plan, base, mends, NONROOT if nonroot else ""))
    extra = (*pruning_lines(seen, plan.files, mends), *plan.building)
    text = with_last_stage(seen, base.reference, lines, extra=extra)
    altered = (*plan.command.altered, *((f"{RUNS_AS}nonroot (65532)",) if nonroot else ()))
    return Candidate(Rung.DISTROLESS, base.reference, text, None, altered, form=plan.form, mends=tuple(mends))


def _lines(seen: Seen, plan: BarePlan, base: Base, mends: Sequence[Mend], owner: str) -> Iterator[str]:
    libraries = [
        path
        for path in plan.libraries
        if (one := seen.owners.get(seen.real(path))) is None or one.name not in base.provides
    ]
    luggage = gather(seen, plan.files, mends, Wishes(owner, borrowed=plan.form == RUNTIME, by_copy=True))
    copies = [*plan.made, *luggage.copies, *link_copies(seen, luggage), *library_copies(seen, libraries)]
    yield from environment_lines(seen, base, luggage.folders, plan.command.search)
    yield from with_working_folder(seen, luggage, copy_lines(copies, build_name(seen)), owner="")
    if not is_root(seen.config.user):
        if account_of(seen):
            yield f"COPY --from={build_name(seen)} /etc/passwd /etc/group /etc/"
        yield f"USER {single_line(seen.config.user)}"
    yield from configuration_lines(seen, base, health_check_line(seen, base))
    yield from command_lines(seen, base, plan.command)


def _may_be_nonroot(seen: Seen) -> bool:
    """Tell whether whatever is written lies in folders of ours, which another user may be given."""
    return all(seen.is_ours(folder) for folder in seen.written_folders)


def _has_user(seen: Seen) -> bool:
    user = seen.config.user.partition(":")[0]
    return user.isdigit() or account_of(seen) is not None
