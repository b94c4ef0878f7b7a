"""Which files of the build context a build can see: what COPY, ADD and bind mounts name, less .dockerignore."""

import posixpath
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from e2b_dockerfile_utils import PatternMatcher

from bot.dockerfile.stages import mounts, reachable_stages
from bot.dockerfile.variables import expand, variables_at, variables_through
from bot.errors import DockerfileError
from bot.model.dockerfile import Dockerfile, Instruction, Stage

_REMOTE = ("http://", "https://", "git@", "git://", "ssh://")
_EVERYTHING = "."


class ContextSource(NamedTuple):
    """A pattern of context paths (``.`` for all of them) that an instruction reads, and what it leaves out."""

    instruction: Instruction
    pattern: str
    excludes: tuple[str, ...] = ()


def context_sources(dockerfile: Dockerfile, target: str = "") -> tuple[ContextSource, ...]:
    """Return what the target's build reads from its context.

    Not in the text, and so not here: ONBUILD triggers of an image outside, and named contexts given to the builder.
    """
    stages = reachable_stages(dockerfile, target)
    return tuple(source for stage in stages for source in _stage_sources(dockerfile, stage))


def visible_paths(
    dockerfile: Dockerfile, dockerignore_text: str | None, paths: Iterable[str], *, target: str = ""
) -> tuple[str, ...]:
    """Return those of ``paths`` (POSIX, relative to the context's root) whose bytes can reach the target's build.

    Errs on the side of more: a wildcard matches whole directories. A symlink counts as itself, not as its target.
    Raises ``DockerfileError`` where a .dockerignore pattern is malformed, as the builder does.
    """
    ignored = read_dockerignore(dockerignore_text or "")
    wanted = [_Wanted(source) for source in context_sources(dockerfile, target)]
    return tuple(path for path in paths if any(one.takes(path) for one in wanted) and not ignored.matches(path))


def read_dockerignore(text: str) -> PatternMatcher:
    """Read a .dockerignore; raises ``DockerfileError`` for a malformed pattern.

    Its patterns are no globs of ours (``bot.path_globs``): BuildKit defines them by Moby's patternmatcher, with ``!``
    and character classes, and what a build sees must be what BuildKit sends.
    """
    try:
        return PatternMatcher(text.removeprefix("\ufeff").split("\n"))
    except ValueError as error:
        raise DockerfileError("The .dockerignore cannot be read.", why=str(error)) from None


class _Wanted:
    """A source, ready to be matched; a pattern the matcher does not understand takes everything."""

    def __init__(self, source: ContextSource) -> None:
        self._pattern = _matcher((source.pattern,)) if source.pattern != _EVERYTHING else None
        self._excludes = _matcher(source.excludes)

    def takes(self, path: str) -> bool:
        if self._pattern is not None and not self._pattern.matches(path):
            return False
        return self._excludes is None or not self._excludes.matches(path)


def _matcher(patterns: tuple[str, ...]) -> PatternMatcher | None:
    try:
        return PatternMatcher([_literal(pattern) for pattern in patterns]) if patterns else None
    except ValueError:
        return None


def _literal(pattern: str) -> str:
    return f"\\{pattern}" if pattern[:1] in {"!", "#"} else pattern


def _stage_sources(dockerfile: Dockerfile, stage: Stage) -> Iterator[ContextSource]:
    inherited = variables_at(dockerfile, stage, stage.origin)
    triggers = ((trigger, inherited) for trigger in _inherited_triggers(dockerfile, stage))
    for instruction, known in chain(triggers, variables_through(dockerfile, stage)):
        for pattern in _patterns(instruction):
            expanded = expand(pattern, known, dockerfile.escape)
            if not _is_remote(expanded):
                yield ContextSource(instruction, _clean(expanded), instruction.flag_values("exclude"))


def _inherited_triggers(dockerfile: Dockerfile, stage: Stage) -> Iterator[Instruction]:
    if stage.base_stage is not None:
        for one in dockerfile.stages[stage.base_stage].of("ONBUILD"):
            if one.trigger is not None:
                yield one.trigger


def _patterns(instruction: Instruction) -> Iterator[str]:
    if instruction.keyword == "RUN":
        yield from (_mounted(mount) for mount in mounts(instruction) if mount["type"] == "bind" and "from" not in mount)
    elif instruction.keyword in {"COPY", "ADD"} and instruction.flag("from") is None:
        heredocs = len(instruction.heredocs)
        sources = instruction.arguments[:-1]
        yield from (source for source in sources if not (heredocs and _is_heredoc(source)))


def _mounted(mount: dict[str, str]) -> str:
    return mount.get("source", mount.get("src", _EVERYTHING))


def _is_heredoc(word: str) -> bool:
    return word.lstrip("0123456789").startswith("<<")


def _is_remote(source: str) -> bool:
    return source.lower().startswith(_REMOTE)


def _clean(source: str) -> str:
    """Normalise as the builder does: relative to the context's root, which cannot be left."""
    return posixpath.normpath("/" + source).lstrip("/") or _EVERYTHING
