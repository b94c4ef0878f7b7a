"""The second rung: the distribution's slim image, the packages that were used, and what goes along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.candidates.bases import Base, is_plain, slim_bases
from bot.candidates.goods import environment_goods, goods, runtime_goods
from bot.candidates.health import health_tools
from bot.candidates.luggage import Wishes, gather, link_lines, with_working_folder
from bot.candidates.packages import install_lines, packages_for, removal_lines
from bot.candidates.promises import (
    account_lines,
    command_lines,
    configuration_lines,
    environment_lines,
    is_root,
    user_line,
)
from bot.candidates.pruning import pruning_lines
from bot.candidates.rewrite import build_name, with_last_stage
from bot.candidates.seen import SHELLS, Seen
from bot.candidates.stage_text import copy_lines
from bot.candidates.start import StartCommand, command_of, venv_command
from bot.contents.lookup import encoded
from bot.layers.paths import base_name, parent
from bot.model.verify import Candidate, Mend, MendKind, Rung

_NOTHING: Final = StartCommand(None, ())


def distribution(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move to the distribution's own slim image, with the base image's interpreter where it was used."""
    base = next((one for one in slim_bases(_base_image(seen), seen.release) if not one.same_family), None)
    whole_images = seen.language in {"java", "dotnet"} and any(map(seen.is_borrowed, seen.interpreters))
    if base is None or whole_images or _runs_package_of_other_image(seen):
        return None
    command = command_of(seen) or _NOTHING
    borrowed = {path for path in runtime_goods(seen) if not _is_entry_point(seen, path)}
    files = goods(seen, command) | borrowed | _own_tools(seen)
    return _written(seen, _Plan("distribution", base, files), mends)


def family(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move to the slim image of the same family, which has the same language."""
    base = next((one for one in slim_bases(_base_image(seen), seen.release) if one.same_family), None)
    if base is None or not any(seen.is_borrowed(path) for path in seen.executed):
        return None
    files = goods(seen, command_of(seen) or _NOTHING) | _own_tools(seen)
    return _written(seen, _Plan("family", base, files), mends)


def environment(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move an environment alone, without the tool that made it and that the command runs it with."""
    base = next((one for one in slim_bases(_base_image(seen), seen.release) if one.same_family), None)
    command = command_of(seen)
    direct = venv_command(seen, command) if command else None
    if base is None or direct is None:
        return None
    return _written(seen, _Plan("environment", base, environment_goods(seen, direct), direct), mends)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a candidate on a slim image is made of; ``command`` is ``None`` where it stays as it is."""

    form: str
    base: Base
    files: frozenset[bytes]
    command: StartCommand | None = None


def _written(seen: Seen, plan: _Plan, mends: Sequence[Mend]) -> Candidate:
    extra = pruning_lines(seen, plan.files, mends)
    text = with_last_stage(seen, plan.base.reference, list(_lines(seen, plan, mends)), extra=extra)
    altered = plan.command.altered if plan.command else ()
    return Candidate(Rung.SLIM, plan.base.reference, text, None, altered, form=plan.form, mends=tuple(mends))


def _lines(seen: Seen, plan: _Plan, mends: Sequence[Mend]) -> Iterator[str]:
    base, luggage = plan.base, gather(seen, plan.files, mends, Wishes(borrowed=not plan.base.same_family))
    yield from environment_lines(seen, base, luggage.folders, plan.command.search if plan.command else ())
    added = [one.subject for one in mends if one.kind is MendKind.PACKAGE]
    names = packages_for(seen, base, plan.files, added)
    yield from install_lines(base, names)
    yield from removal_lines(seen, names)
    if not is_root(seen.config.user):
        yield from account_lines(seen, base)
    copied = copy_lines(luggage.copies, build_name(seen))
    if seen.config.working_dir and (_sets_folder(seen) or not base.same_family):
        yield from with_working_folder(seen, luggage, copied, owner=_owner_of_home(seen))
    else:
        yield from copied
    yield from link_lines(seen, luggage)
    if any(_is_local_library(path) for path in plan.files):
        yield "RUN ldconfig"
    yield from configuration_lines(seen, base)
    yield from user_line(seen)
    yield from command_lines(seen, base, plan.command)


def _is_local_library(path: bytes) -> bool:
    """Tell whether the loader finds a file by its cache alone."""
    return parent(path) == b"usr/local/lib" and b".so" in base_name(path)


def _runs_package_of_other_image(seen: Seen) -> bool:
    """Tell whether a package of a base image ran that need not be the distribution's: a server's own image has it."""
    ran = (path for path in seen.executed if path in seen.owners and not seen.is_ours(path))
    shared = SHELLS | {b"env"}
    return not is_plain(_base_image(seen)) and any(base_name(path) not in shared for path in ran)


def _owner_of_home(seen: Seen) -> str:
    """Return the owner of the working directory, where it is not root's and something was written in it."""
    home = seen.real(encoded(seen.config.working_dir.strip("/")))
    user, group = seen.owner_of(home)
    return f"{user}:{group}" if (user or group) and home in seen.written_folders else ""


def _sets_folder(seen: Seen) -> bool:
    return any(one.keyword == "WORKDIR" for one in seen.chain)


def _own_tools(seen: Seen) -> frozenset[bytes]:
    """Return the health check's programs that are ours."""
    return frozenset(path for path in health_tools(seen) if path in seen.ours)


def _is_entry_point(seen: Seen, path: bytes) -> bool:
    return bool(seen.config.entrypoint) is False and path.endswith(b"entrypoint.sh")


def _base_image(seen: Seen) -> str:
    return seen.evidence.head.base_image
