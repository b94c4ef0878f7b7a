"""The boldest rung: an image without a shell, with the program, or with the language that the program is written in."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.candidates.bases import Base, distroless, language_kind
from bot.candidates.goods import environment_goods, goods, runtime_goods
from bot.candidates.libraries import libraries_of, needed_by
from bot.candidates.luggage import Wishes, gather, library_copies, link_copies, with_working_folder
from bot.candidates.promises import account_of, command_lines, configuration_lines, environment_lines, is_root
from bot.candidates.pruning import pruning_lines
from bot.candidates.ran import is_compiled, is_script_of, is_wrapper, language_version, programs_of, runs_language_alone
from bot.candidates.rewrite import build_name, with_last_stage
from bot.candidates.seen import SHELLS, Seen
from bot.candidates.stage_text import copy_lines, exec_form, single_line
from bot.candidates.start import (
    StartCommand,
    built_program,
    command_of,
    find_in_path,
    interpreted,
    plain_call,
    venv_command,
)
from bot.contents.lookup import encoded
from bot.layers.paths import base_name
from bot.model.verify import RUNS_AS, Candidate, Mend, MendKind, Rung

_RUNTIME: Final = "copied runtime"
NONROOT: Final = "65532:65532"
_COMPILER: Final = re.compile(rb".*/lib(?:gcc_s|stdc\+\+|gomp)\.so.*")
_OPENSSL: Final = re.compile(rb".*/lib(?:ssl|crypto)\.so.*")
_IGNORED_OWNERS: Final = frozenset(
    {"libc-bin", "libc6", "bash", "dash", "coreutils", "base-passwd", "base-files", "debianutils", "ca-certificates"}
)
_MOST_DATA_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a candidate without a shell is made of."""

    form: str
    kind: str
    command: StartCommand
    files: frozenset[bytes]
    libraries: frozenset[bytes] = frozenset()


def program_alone(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move compiled programs of ours with the libraries that they link; ``None`` where anything else was run."""
    command = _shell_less(seen)
    direct = built_program(seen, command) if command else None
    programs = programs_of(seen, command) if command else frozenset()
    if direct is not None:
        command, programs = direct, frozenset({encoded(direct.argv[0].lstrip("/"))})
    if command is None or not programs or not all(is_compiled(seen, one) for one in programs):
        return None
    files = goods(seen, command) | programs | _data(seen, frozenset())
    libraries = _libraries(seen, files)
    kind = _kind_for(seen, programs, libraries)
    return _written(seen, _Plan("program", kind, command, files, libraries), mends) if kind else None


def language_image(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move a program to the image of its language, in just this version; ``None`` if there is none."""
    command = _shell_less(seen)
    kind = language_kind(seen.language, language_version(seen), seen.release) if command else ""
    base = distroless(kind, seen.release, nonroot=False) if kind else None
    if command is None or base is None or not runs_language_alone(seen, command):
        return None
    if seen.language == "python" and any(map(seen.is_borrowed, seen.interpreters)):
        return None  # it would look for packages elsewhere
    moved = _with_interpreter(seen, command, base.program)
    if moved is None:
        return None
    files = goods(seen, command) | (_data(seen, base.provides) if seen.language != "java" else frozenset())
    libraries = _libraries(seen, files) if seen.language == "python" else _libraries_of_ours(seen, files)
    return _written(seen, _Plan("language image", kind, moved, files, libraries), mends)


def copied_runtime(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move a program with the very interpreter that the base image has, where that lies outside of packages."""
    command = _shell_less(seen)
    direct = (venv_command(seen, command) or command) if command else None
    moved = interpreted(seen, direct) if direct else None
    if moved is None or direct is None or seen.language in {"", "java", "dotnet"}:
        return None
    if not any(map(seen.is_borrowed, seen.interpreters)) or not runs_language_alone(seen, moved):
        return None
    chosen = goods(seen, moved) if direct is command else environment_goods(seen, moved)
    files = frozenset(
        one for one in chosen | runtime_goods(seen) | _data(seen, frozenset()) if not is_wrapper(seen, one)
    )
    libraries = _libraries(seen, files)
    kind = _kind_for(seen, seen.interpreters, libraries)
    return _written(seen, _Plan(_RUNTIME, kind, moved, files, libraries), mends) if kind else None


def _shell_less(seen: Seen) -> StartCommand | None:
    """Return the command, if neither it nor the health check needs a shell; none where the base has none already."""
    if (
        seen.evidence.head.base_image.startswith(("gcr.io/distroless/", "cgr.dev/"))
        or not seen.evidence.head.base_image
    ):
        return None
    check = seen.config.health_check
    if check and check.test[:1] not in {(), ("NONE",)}:
        tools = {seen.real(encoded(find_in_path(seen, one).strip("/"))) for one in _health_words(seen)[:1]}
        if not tools or not all(one in seen.ours or one in seen.interpreters for one in tools):
            return None
    return command_of(seen)


def _health_words(seen: Seen) -> tuple[str, ...]:
    """Return the health check's command, if it needs no shell."""
    check = seen.config.health_check
    if check is None or len(check.test) < 2:
        return ()
    return check.test[1:] if check.test[0] == "CMD" else plain_call(check.test[1])


def _health_check(seen: Seen, base: Base) -> str:
    """Write the health check for an image without a shell, its program by absolute path; nothing for none."""
    own = [one for one in seen.chain if one.keyword == "HEALTHCHECK"]
    words = _health_words(seen)
    if not own or not words:
        return ""
    program = find_in_path(seen, words[0])
    is_language = seen.real(encoded(program.strip("/"))) in seen.interpreters
    words = (base.program if is_language and base.program else program, *words[1:])
    return exec_form(" ".join(["HEALTHCHECK", *map(single_line, own[-1].flags), "CMD"]), words)


def _with_interpreter(seen: Seen, command: StartCommand, program: str) -> StartCommand | None:
    """Put the language image's interpreter where the command names the old one."""
    command = interpreted(seen, command) or command
    first = encoded(command.argv[0].lstrip("/"))
    if seen.real(first) not in seen.interpreters:
        if not is_script_of(seen, seen.real(first)):
            return None
        return command._replace(cmd=(program, *command.argv), entrypoint=None, search=())
    if command.entrypoint:
        return command._replace(entrypoint=(program, *command.entrypoint[1:]), search=())
    return command._replace(cmd=(program, *command.cmd[1:]), search=())


def _data(seen: Seen, provided: Collection[str]) -> frozenset[bytes]:
    """Return what was opened of packages and is neither a program nor a library: tables, fonts, modules."""
    libraries = set(seen.libraries.values())
    ignored, found = {*provided, *_IGNORED_OWNERS}, set[bytes]()
    for path in seen.used - seen.executed - libraries:
        owner = seen.owners.get(path)
        if owner and owner.name not in ignored and not seen.is_left_behind(path):
            found.add(path)
    base = distroless("static", seen.release, nonroot=False)
    standard = base.provides if base else frozenset()
    found = {path for path in found if seen.owners[path].name not in standard}
    return frozenset(found) if len(found) <= _MOST_DATA_FILES else frozenset()


def _libraries(seen: Seen, files: Collection[bytes]) -> frozenset[bytes]:
    """Return the libraries to bring, without those that only a shell linked."""
    wanted = libraries_of(seen, files)
    shells = [one for one in seen.executed if base_name(one) in SHELLS]
    of_shells = needed_by(seen, shells) - needed_by(seen, [*files, *wanted.values()])
    return frozenset(path for path, real in wanted.items() if real not in of_shells)


def _libraries_of_ours(seen: Seen, files: Collection[bytes]) -> frozenset[bytes]:
    """Return the libraries that files of ours link."""
    linked = needed_by(seen, [one for one in files if b".so" in base_name(one) or one in seen.executed])
    return frozenset(path for path, real in libraries_of(seen, files).items() if real in linked)


def _kind_for(seen: Seen, programs: Collection[bytes], libraries: Collection[bytes]) -> str:
    """Choose the smallest kind that has what is linked."""
    facts = [seen.elf(one) for one in programs]
    if all(one is not None and one.static for one in facts):
        return "static"
    if any(one is not None and "musl" in one.interpreter for one in facts):
        return ""
    if any(_COMPILER.fullmatch(b"/" + path) for path in libraries):
        return "cc"
    return "base" if any(_OPENSSL.fullmatch(b"/" + path) for path in libraries) else "base-nossl"


def _written(seen: Seen, plan: _Plan, mends: Sequence[Mend]) -> Candidate | None:
    """Write the candidate: as nonroot where the original ran as root, unless a mend says otherwise."""
    as_root = any(one.kind is MendKind.ROOT for one in mends)
    nonroot = is_root(seen.config.user) and not as_root and _may_be_nonroot(seen)
    base = distroless(plan.kind, seen.release, nonroot=nonroot)
    if base is None or (not is_root(seen.config.user) and not _has_user(seen)):
        return None
    lines = list(_lines(seen, plan, base, mends, NONROOT if nonroot else ""))
    extra = pruning_lines(seen, plan.files, mends)
    text = with_last_stage(seen, base.reference, lines, extra=extra)
    altered = (*plan.command.altered, *((f"{RUNS_AS}nonroot (65532)",) if nonroot else ()))
    return Candidate(Rung.DISTROLESS, base.reference, text, None, altered, form=plan.form, mends=tuple(mends))


def _lines(seen: Seen, plan: _Plan, base: Base, mends: Sequence[Mend], owner: str) -> Iterator[str]:
    libraries = [
        path
        for path in plan.libraries
        if (one := seen.owners.get(seen.real(path))) is None or one.name not in base.provides
    ]
    luggage = gather(seen, plan.files, mends, Wishes(owner, borrowed=plan.form == _RUNTIME, by_copy=True))
    copies = [*luggage.copies, *link_copies(seen, luggage), *library_copies(seen, libraries)]
    yield from environment_lines(seen, base, luggage.folders, plan.command.search)
    yield from with_working_folder(seen, luggage, copy_lines(copies, build_name(seen)), owner="")
    if not is_root(seen.config.user):
        if account_of(seen):
            yield f"COPY --from={build_name(seen)} /etc/passwd /etc/group /etc/"
        yield f"USER {single_line(seen.config.user)}"
    yield from configuration_lines(seen, base, _health_check(seen, base))
    yield from command_lines(seen, base, plan.command)


def _may_be_nonroot(seen: Seen) -> bool:
    """Tell whether whatever is written lies in folders of ours, which another user may be given."""
    return all(seen.is_ours(folder) for folder in seen.written_folders)


def _has_user(seen: Seen) -> bool:
    user = seen.config.user.partition(":")[0]
    return user.isdigit() or account_of(seen) is not None


def _name(path: bytes) -> str:
    return base_name(path).decode("utf-8", "replace")
