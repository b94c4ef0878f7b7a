"""The stage that ran becomes one that only builds, and a new last stage takes its place; all else stays as it is."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.candidates.promises import CONFIGURES, comments_above
from bot.candidates.seen import Seen
from bot.dockerfile import sources_named
from bot.dockerfile.edits import apply, name_stage
from bot.errors import DockerfileError
from bot.model.dockerfile import Edit, Instruction, Span

_MOVES: Final = frozenset({*CONFIGURES, "CMD", "ENTRYPOINT"})
_MAKES: Final = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


def build_name(seen: Seen) -> str:
    """Return the name of the stage that only builds from now on."""
    taken = {stage.name for stage in seen.dockerfile.stages}
    return next(name for name in ("build", "builder", "compile", f"stage-{len(taken)}-build") if name not in taken)


def with_last_stage(seen: Seen, base: str, lines: Sequence[str], *, extra: Sequence[str] = ()) -> str:
    """Return the Dockerfile with a new last stage of these lines.

    ``extra`` are lines to append to the stage that builds. Raises ``DockerfileError`` where others refer to that stage
    or where the edits are not certain to leave all else as it is.
    """
    _require_last(seen)
    name = f" AS {seen.stage.name}" if seen.stage.name else ""
    newline = "\r\n" if "\r\n" in seen.dockerfile.text else "\n"
    text = newline.join([*extra, "", f"FROM {base}{name}", *lines, ""]).replace("\r\n", "\n").replace("\n", newline)
    end = len(seen.dockerfile.text)
    start = "" if seen.dockerfile.text.endswith("\n") else newline
    edits = [*_naming(seen), *_moved(seen), Edit(Span(end, end), start + text)]
    changed = apply(seen.dockerfile, edits)
    if changed is None:
        raise DockerfileError("The candidate cannot be written.", why="The edits are not certain to change only this.")
    return changed.text


def tail_of_building(seen: Seen) -> int:
    """Return how many instructions of the stage come up to the last that makes files."""
    made = [index for index, one in enumerate(seen.stage.instructions) if one.keyword in _MAKES]
    return made[-1] + 1 if made else 0


def _require_last(seen: Seen) -> None:
    later = seen.dockerfile.stages[seen.stage.index + 1 :]
    if later:
        raise DockerfileError("The candidate cannot be written.", why="Stages follow the one that is built.")
    if seen.evidence.head.target.isdigit():
        raise DockerfileError("The candidate cannot be written.", why="The stage that is built is asked for by number.")
    for _, source in sources_named(seen.dockerfile, seen.stage):
        if source.lower() == seen.stage.name and source:
            raise DockerfileError("The candidate cannot be written.", why="The stage refers to itself.")


def _naming(seen: Seen) -> Iterator[Edit]:
    if not seen.stage.name:
        edit = name_stage(seen.stage, build_name(seen))
    else:
        word = seen.stage.origin.words()[-1]
        edit = Edit(word.span, build_name(seen))
    if edit is None:
        raise DockerfileError("The candidate cannot be written.", why="The stage cannot be named.")
    yield edit


def _moved(seen: Seen) -> Iterator[Edit]:
    """Delete what configures the container, for it stands in the new stage; USER only where nothing follows it."""
    last = tail_of_building(seen)
    for index, one in enumerate(seen.stage.instructions):
        if one.keyword in _MOVES or (one.keyword == "USER" and index >= last):
            yield Edit(_block(seen, one), "")


def _block(seen: Seen, one: Instruction) -> Span:
    """Return the place of an instruction with the comments right above it and the blank lines above those."""
    text = seen.dockerfile.text
    start = text.rfind("\n", 0, one.span.start) + 1
    for _ in comments_above(seen, one):
        start = text.rfind("\n", 0, start - 1) + 1
    while start > 0:
        before = text.rfind("\n", 0, start - 1) + 1
        if text[before:start].strip():
            break
        start = before
    end = text.find("\n", one.span.end)
    return Span(start, len(text) if end < 0 else end + 1)
