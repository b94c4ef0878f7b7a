"""Nouns of a Dockerfile: instructions and stages that know their exact place in the text they were read from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) of the text.

    Text that was decoded as UTF-8 with ``surrogateescape`` has exactly one character for each way to cut its bytes, so
    a splice of characters is a splice of bytes.
    """

    start: int
    end: int


class Edit(NamedTuple):
    """Replace what lies at ``span`` by ``text``; an empty span inserts."""

    span: Span
    text: str


class Word(NamedTuple):
    """A word as written and its place in the text."""

    text: str
    span: Span


class IgnoreFile(NamedTuple):
    """The ignore list that counts for a build: its path in the repository, and its text (empty: it is not there)."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: ``content`` as written, ``span`` its place; ``chomp`` for ``<<-``, ``expand`` if unquoted."""

    name: str
    content: str
    chomp: bool
    expand: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    ``joined`` is the instruction on one line, as BuildKit reads it (continuations joined, comments dropped), and
    ``offsets[i]`` the place of ``joined[i]`` in the text. ``body_start`` is where its arguments begin in ``joined``,
    after keyword and flags. ``arguments`` are unexpanded words; for the shell form of RUN, CMD and ENTRYPOINT one
    string; for ENV and LABEL triples of key, value, delimiter.
    """

    keyword: str
    flags: tuple[str, ...]
    arguments: tuple[str, ...]
    exec_form: bool
    heredocs: tuple[Heredoc, ...]
    span: Span
    lines: tuple[int, int]
    joined: str = field(repr=False)
    offsets: tuple[int, ...] = field(repr=False)
    body_start: int = field(repr=False)
    trigger: "Instruction | None" = None
    """The instruction that an ONBUILD defers."""

    @property
    def continued(self) -> bool:
        """True where the instruction takes more than one line, here-documents not counted."""
        return self.offsets[-1] - self.offsets[0] > len(self.joined)

    @property
    def body(self) -> str:
        """The arguments as one string, still unexpanded."""
        return self.joined[self.body_start :]

    def flag_values(self, name: str) -> tuple[str, ...]:
        """Return the values of every ``--name=value``, in order; a bare ``--name`` gives ``"true"``."""
        prefix = f"--{name}="
        return tuple(
            "true" if flag == f"--{name}" else flag.removeprefix(prefix)
            for flag in self.flags
            if flag == f"--{name}" or flag.startswith(prefix)
        )

    def flag(self, name: str) -> str | None:
        """Return the value of the last ``--name=value``, or ``None``."""
        return next(reversed(self.flag_values(name)), None)

    def words(self) -> tuple[Word, ...]:
        """Split the body at white space, each word with its place in the text."""
        return tuple(self._words())

    def _words(self) -> Iterator[Word]:
        position = self.body_start
        for text in self.body.split():
            start = self.joined.index(text, position)
            position = start + len(text)
            yield Word(text, self.source_span(start, position))

    def source_span(self, start: int, end: int) -> Span:
        """Return the place in the text of ``joined[start:end]``; continuations inside it are part of the place."""
        if start >= end:
            return Span(self.offsets[start], self.offsets[start])
        return Span(self.offsets[start], self.offsets[end - 1] + 1)


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage: its FROM and what follows, up to the next FROM.

    ``name`` is lower case as BuildKit keeps it, empty without AS. ``base`` is the reference as written and
    ``base_expanded`` with global ARGs applied; ``base_stage`` is the index of the stage it names, else ``None``.
    """

    index: int
    name: str
    base: str
    base_expanded: str
    base_stage: int | None
    platform: str
    origin: Instruction
    instructions: tuple[Instruction, ...] = field(repr=False)

    def of(self, *keywords: str) -> tuple[Instruction, ...]:
        """Return the instructions with one of these keywords, in order."""
        return tuple(one for one in self.instructions if one.keyword in keywords)


@dataclass(frozen=True, slots=True, eq=False)
class Dockerfile:
    """A whole Dockerfile; one is equal to itself alone, so that what is derived from it can be kept beside it.

    ``directives`` are the parser directives by lower-case name. ``global_arguments`` are the values of the ARGs before
    the first FROM; ``build_arguments`` what the build passes (with BuildKit's platform arguments).
    """

    text: str = field(repr=False)
    escape: str
    directives: Mapping[str, str]
    instructions: tuple[Instruction, ...] = field(repr=False)
    stages: tuple[Stage, ...]
    global_arguments: Mapping[str, str]
    build_arguments: Mapping[str, str]

    @property
    def final_stage(self) -> Stage:
        """The stage that is built where no target is named."""
        return self.stages[-1]

    def stage_named(self, name: str, *, before: int | None = None) -> Stage | None:
        """Find a stage by name (any case) or index among those before stage ``before``; the last of a name wins."""
        candidates = self.stages[:before]
        named = [stage for stage in candidates if stage.name and stage.name == name.lower()]
        if named:
            return named[-1]
        index = int(name) if name.isascii() and name.isdigit() and len(name) < 6 else len(candidates)
        return candidates[index] if index < len(candidates) else None

    def stage_for(self, target: str) -> Stage | None:
        """Return the stage that ``--target`` builds; the final one for an empty target, ``None`` if there is none."""
        return self.stage_named(target) if target else self.final_stage

    def stage_of(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction belongs to, ``None`` for those before the first FROM."""
        started = [stage for stage in self.stages if stage.origin.span.start <= instruction.span.start]
        return started[-1] if started else None

    def source(self, span: Span) -> str:
        """Return the text at a place."""
        return self.text[span.start : span.end]

    def instruction_at(self, line: int) -> Instruction | None:
        """Return the instruction that the (1-based) line belongs to."""
        return next((one for one in self.instructions if one.lines[0] <= line <= one.lines[1]), None)
