"""A stage that builds and runs → two stages: one that builds, and one that only runs what was built."""

import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.contents.start_command import read_command
from bot.dockerfile import Dockerfile, Edit, Instruction, Stage
from bot.dockerfile.edits import append_lines, insert_before, name_stage
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits

_MAKES_FILES = frozenset({"RUN", "COPY", "ADD"})
_MAY_FOLLOW = frozenset({"CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "USER", "VOLUME", "STOPSIGNAL", "WORKDIR"})
_MUST_REPEAT = frozenset({"CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "USER", "VOLUME", "STOPSIGNAL"})
_STOPS = frozenset({"HEALTHCHECK", "ONBUILD"})
_KNOWN_USERS = frozenset({"root", "nobody", "nonroot"})
_BUILD_VARIABLES = ("GO", "CGO_", "CARGO", "RUST", "CC", "CXX", "DEBIAN_FRONTEND")
_TOOL_DIRECTORIES = frozenset({"", "/", "/go", "/root", "/usr", "/usr/local"})


class _Halves(NamedTuple):
    """The instructions of a stage up to the last one that makes files, and those after it."""

    building: Sequence[Instruction]
    running: Sequence[Instruction]


def multi_stage_proposal(evidence: Evidence, image: str) -> ProposedEdits:
    """Write the patch that runs the program in ``image``; empty where that could not be the same program as before.

    What stands after the last RUN, COPY or ADD stays where it is and so belongs to the new stage; what stands before
    and configures the container is repeated. It is refused for a stage that others refer to, for one that is not the
    last, with health checks, with variables, and for users that the new image does not have.
    """
    dockerfile, stage = evidence.dockerfile, evidence.stage
    if dockerfile is None or stage is None or evidence.head.target or stage.index != len(dockerfile.stages) - 1:
        return NOTHING_PROPOSED
    halves = _halve(stage)
    copies = list(_copies(evidence, stage))
    repeated = _repeated(dockerfile, halves.building)
    if not copies or repeated is None or not all(_may_follow(one) for one in halves.running):
        return NOTHING_PROPOSED
    naming = name_stage(stage, _free_name(dockerfile))
    block = ["", f"FROM {image}", *_working_directory(evidence), *copies, *repeated]
    place = (
        insert_before(dockerfile, halves.running[0], block) if halves.running else append_lines(dockerfile, block[1:])
    )
    edits = [edit for edit in (naming, place) if edit]
    return ProposedEdits((*edits, *_exec_forms(evidence, halves.running)))


def _halve(stage: Stage) -> _Halves:
    last = max((index for index, one in enumerate(stage.instructions) if one.keyword in _MAKES_FILES), default=-1)
    return _Halves(stage.instructions[: last + 1], stage.instructions[last + 1 :])


def _copies(evidence: Evidence, stage: Stage) -> Iterator[str]:
    """Copy the working directory, where the program may find its files, and the program if it lies elsewhere."""
    program = evidence.runtime.program if evidence.runtime else None
    if program is None:
        return
    source = stage.name or _free_name(evidence.dockerfile)
    home = evidence.config.working_dir.rstrip("/")
    path = "/" + program.decode("utf-8", "surrogateescape")
    if not (_is_plain(home) and _is_plain(path)):
        return
    if home not in _TOOL_DIRECTORIES:
        yield f"COPY --from={source} {home} ./"
    if home in _TOOL_DIRECTORIES or not path.startswith(home + "/"):
        yield f"COPY --from={source} {path} {path}"


def _working_directory(evidence: Evidence) -> Iterator[str]:
    home = evidence.config.working_dir
    if home and home != "/":
        yield f"WORKDIR {home}"


def _repeated(dockerfile: Dockerfile, building: Iterable[Instruction]) -> list[str] | None:
    """List what configures the container and would be lost; ``None`` where it cannot be repeated as it is."""
    lines = []
    for one in building:
        if one.keyword in _STOPS or (one.keyword in _MUST_REPEAT and not _may_follow(one)):
            return None
        if one.keyword in _MUST_REPEAT and not _only_builds(one):
            lines.append(dockerfile.source(one.span))
    return lines


def _may_follow(one: Instruction) -> bool:
    """Tell whether an instruction means the same in the new stage: it uses no variable, and a user that is there."""
    if one.keyword not in _MAY_FOLLOW or ("$" in one.body and not one.exec_form):
        return False
    user = one.body.split(":")[0].strip()
    return one.keyword != "USER" or user.isdigit() or user in _KNOWN_USERS


def _only_builds(one: Instruction) -> bool:
    return one.keyword == "ENV" and all(name.startswith(_BUILD_VARIABLES) for name in one.arguments[0::3])


def _exec_forms(evidence: Evidence, running: Iterable[Instruction]) -> Iterator[Edit]:
    """Write a plain shell-form CMD or ENTRYPOINT as exec form: the new image has no shell."""
    for one in running:
        if one.keyword in {"CMD", "ENTRYPOINT"} and not one.exec_form:
            started = read_command(evidence.config)
            words = [started.program, *started.arguments]
            if started.simple:
                yield Edit(one.source_span(one.body_start, len(one.joined)), json.dumps(words, ensure_ascii=False))


def _free_name(dockerfile: Dockerfile | None) -> str:
    taken = {stage.name for stage in dockerfile.stages} if dockerfile else set[str]()
    return next(name for name in ("builder", "build", "compile", f"stage-{len(taken)}-build") if name not in taken)


def _is_plain(path: str) -> bool:
    """Tell whether a path can stand in COPY without quoting, and means itself."""
    return posixpath.normpath(path or "/") == (path or "/") and all(char.isalnum() or char in "/._-+@" for char in path)
