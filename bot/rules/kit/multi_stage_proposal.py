"""A stage that builds and runs a compiled program → two stages: one that builds, and one that only runs it."""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.contents.lookup import DEFAULT_PATH, variable
from bot.contents.start_command import Started, read_command
from bot.dockerfile import Dockerfile, Edit, Instruction, Stage
from bot.dockerfile.edits import append_lines, insert_before, name_stage
from bot.dockerfile.shell_commands import read_script
from bot.rules.kit.carried_files import Carried, carried_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.final_base import FinalBase, final_base
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits
from bot.rules.kit.scripts import SHELLS

_MAKES_FILES = frozenset({"RUN", "COPY", "ADD"})
_MAY_FOLLOW = frozenset(
    {"CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "USER", "VOLUME", "STOPSIGNAL", "WORKDIR"}
)
_MUST_REPEAT = _MAY_FOLLOW - {"WORKDIR"}
_STARTS = frozenset({"CMD", "ENTRYPOINT"})
_KNOWN_USERS = frozenset({"root", "nobody"})
_BUILD_VARIABLES = ("GO", "CGO_", "CARGO", "RUST", "CC", "CXX", "CFLAGS", "DEBIAN_FRONTEND")
_MAKES_USERS = frozenset({"useradd", "groupadd"})
_SHELL_ALONE = "runs without a shell and a package manager"
_ENVIRONMENT = "leaves out variables that the build image sets"
_RUNTIME_VARIABLES = frozenset({"PATH", "HOME", "LANG", "TZ"})
_PLAIN_DIRECTORY = re.compile(r"/[\w./+@-]*")


class _Halves(NamedTuple):
    """The instructions of a stage up to the last one that makes files, and those after it."""

    building: Sequence[Instruction]
    running: Sequence[Instruction]


def two_stages(evidence: Evidence, *, on: FinalBase | None = None, prepare: Sequence[str] = ()) -> ProposedEdits:
    """Propose to run the program in an image of its own; nothing where it could not be the same program as before.

    Without ``on`` the program is a compiled one, and the image is chosen by what it links and calls. ``prepare`` are
    lines that end the build stage. What stands after the last RUN, COPY or ADD stays where it is and so belongs to the
    new stage; what stands before and configures the container is repeated. Nothing is proposed for a stage that others
    refer to or that is not the last, for what is started by a script or by the base image, and where a user or a
    variable would not be there.
    """
    dockerfile, stage = evidence.dockerfile, evidence.stage
    if dockerfile is None or stage is None or evidence.head.target or stage.index != len(dockerfile.stages) - 1:
        return NOTHING_PROPOSED
    halves = _halve(stage)
    users = _user_making(dockerfile, halves.building)
    base = on or final_base(evidence, makes_users=bool(users))
    files = carried_files(evidence, compiled=on is None)
    repeated = _repeated(evidence, dockerfile, halves.building, None if on else base)
    follows = all(_may_follow(one, makes_users=bool(users)) for one in halves.running)
    if base is None or not files or repeated is None or not follows or not _is_plain_home(evidence):
        return NOTHING_PROPOSED
    if on is None and not _is_startable(evidence, stage, base):
        return NOTHING_PROPOSED
    source = stage.name or _free_name(dockerfile)
    block = [f"FROM {base.image}", *_install(base), *users, *_copies(source, base, files), *_home(evidence), *repeated]
    edits = (
        name_stage(stage, source),
        _placed(dockerfile, halves, prepare, block),
        *(() if on else _new_starts(evidence, halves.running, base)),
    )
    altered = (*(() if base.has_shell else (_SHELL_ALONE,)), *(() if on else _lost_variables(evidence, stage)))
    return ProposedEdits(tuple(edit for edit in edits if edit), altered=altered)


def _placed(dockerfile: Dockerfile, halves: _Halves, prepare: Sequence[str], block: Sequence[str]) -> Edit:
    """Put the new stage before what stays in it, with one blank line above; else at the end of the file."""
    if not halves.running:
        return append_lines(dockerfile, [*prepare, *([""] if prepare else []), *block])
    edit = insert_before(dockerfile, halves.running[0], block)
    is_parted = dockerfile.text[: edit.span.start].endswith(("\n\n", "\r\n\r\n")) and not prepare
    return edit if is_parted else insert_before(dockerfile, halves.running[0], [*prepare, "", *block])


def _new_starts(evidence: Evidence, running: Iterable[Instruction], base: FinalBase) -> Iterator[Edit]:
    for one in running:
        text = _start(evidence, one, base) if one.keyword in _STARTS else ""
        if text:
            yield Edit(one.source_span(one.body_start, len(one.joined)), text)


def _halve(stage: Stage) -> _Halves:
    last = max((index for index, one in enumerate(stage.instructions) if one.keyword in _MAKES_FILES), default=-1)
    return _Halves(stage.instructions[: last + 1], stage.instructions[last + 1 :])


def _install(base: FinalBase) -> Iterator[str]:
    if base.packages:
        yield "RUN apt-get update \\"
        yield f"    && apt-get install -y --no-install-recommends {' '.join(base.packages)} \\"
        yield "    && rm -rf /var/lib/apt/lists/*"


def _copies(source: str, base: FinalBase, files: Iterable[Carried]) -> Iterator[str]:
    for library in base.libraries:
        yield f"COPY --from={source} {library} {library}"
    for one in files:
        path = "/" + one.path.decode("utf-8", "surrogateescape")
        owner = "" if one.owner == (0, 0) else f"--chown={one.owner[0]}:{one.owner[1]} "
        yield f"COPY --from={source} {owner}{path} {path}"


def _home(evidence: Evidence) -> Iterator[str]:
    home = evidence.config.working_dir
    if home and home != "/":
        yield f"WORKDIR {home}"


def _user_making(dockerfile: Dockerfile, building: Iterable[Instruction]) -> list[str]:
    """List the RUNs that do nothing but make users, to be repeated."""
    scripts = [(one, read_script(dockerfile, one)) for one in building if one.keyword == "RUN"]
    return [
        dockerfile.source(one.span)
        for one, script in scripts
        if script and script.commands and all(command.program in _MAKES_USERS for command in script.commands)
    ]


def _repeated(
    evidence: Evidence, dockerfile: Dockerfile, building: Iterable[Instruction], base: FinalBase | None
) -> list[str] | None:
    """List what configures the container and would be lost; ``None`` where it cannot be repeated as it is."""
    lines = []
    makes_users = bool(_user_making(dockerfile, building))
    for one in building:
        if one.keyword == "ONBUILD" or (one.keyword in _MUST_REPEAT and not _may_follow(one, makes_users=makes_users)):
            return None
        if one.keyword in _MUST_REPEAT and not _only_builds(one):
            start = _start(evidence, one, base) if base and one.keyword in _STARTS else ""
            lines.append(f"{one.keyword} {start}" if start else dockerfile.source(one.span))
    return lines


def _may_follow(one: Instruction, *, makes_users: bool) -> bool:
    """Tell whether an instruction means the same in the new stage: it uses no variable, and a user that is there."""
    if one.keyword not in _MAY_FOLLOW or ("$" in one.body and one.keyword not in _STARTS | {"HEALTHCHECK"}):
        return False
    user = one.body.split(":")[0].strip()
    return one.keyword != "USER" or user.isdigit() or user in _KNOWN_USERS or makes_users


def _only_builds(one: Instruction) -> bool:
    return one.keyword == "ENV" and all(name.startswith(_BUILD_VARIABLES) for name in one.arguments[0::3])


def _is_plain_home(evidence: Evidence) -> bool:
    home = evidence.config.working_dir or "/"
    return _PLAIN_DIRECTORY.fullmatch(home) is not None and posixpath.normpath(home) == home


def _is_startable(evidence: Evidence, stage: Stage, base: FinalBase) -> bool:
    """Tell whether the stage itself says what is started, and whether that can be found where PATH is another."""
    config, started = evidence.config, read_command(evidence.config)
    written = {one.keyword for one in stage.of("CMD", "ENTRYPOINT")}
    if not {"ENTRYPOINT" if config.entrypoint else "CMD"} <= written or (config.entrypoint and "" in config.entrypoint):
        return False
    first = (config.entrypoint or config.cmd or ("",))[0]
    wrapped = started.program != first and posixpath.basename(first) not in SHELLS
    return not wrapped and (started.simple or (base.has_shell and _is_found_anywhere(evidence, started)))


def _is_found_anywhere(evidence: Evidence, started: Started) -> bool:
    """Tell whether a name that a shell looks up lies in a directory that every image looks into."""
    program = evidence.runtime.program if evidence.runtime else None
    folder = posixpath.dirname("/" + program.decode("utf-8", "replace")) if program else ""
    return "/" in started.program or folder in DEFAULT_PATH.split(":")


def _start(evidence: Evidence, one: Instruction, base: FinalBase) -> str:
    """Write the words of CMD or ENTRYPOINT anew where they would not be found: by a shell, or by another PATH."""
    started, config = read_command(evidence.config), evidence.config
    if one.keyword != ("ENTRYPOINT" if config.entrypoint else "CMD"):
        return ""
    words = [started.program, *started.arguments]
    if not one.exec_form and not (started.simple and not base.has_shell):
        return ""
    if evidence.runtime and evidence.runtime.program and not _is_found_anywhere(evidence, started):
        words[0] = "/" + evidence.runtime.program.decode("utf-8", "replace")
    own = words[: len(one.arguments)] if one.exec_form else words
    return "" if one.exec_form and tuple(own) == one.arguments else json.dumps(own, ensure_ascii=False)


def _lost_variables(evidence: Evidence, stage: Stage) -> Iterator[str]:
    own = {name for one in stage.of("ENV") for name in one.arguments[0::3]}
    names = {entry.partition("=")[0] for entry in evidence.config.env}
    if names - own - _RUNTIME_VARIABLES or (
        variable(evidence.config, "PATH") and names & _RUNTIME_VARIABLES - {"PATH"}
    ):
        yield _ENVIRONMENT


def _free_name(dockerfile: Dockerfile) -> str:
    taken = {stage.name for stage in dockerfile.stages}
    return next(name for name in ("builder", "build", "compile", f"stage-{len(taken)}-build") if name not in taken)
