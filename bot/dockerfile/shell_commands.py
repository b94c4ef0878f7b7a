"""The shell commands inside RUN, each with its exact place in the file, on tree-sitter-bash."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from bot.model.dockerfile import Dockerfile, Instruction, Span, Word

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_PREFIXES = frozenset({"sudo", "exec", "time", "command", "nice", "env", "gosu", "nohup"})
_OPERATORS = frozenset({"&&", "||", ";", "&", "\n"})
_QUOTED = frozenset({"string", "raw_string"})


class Command(NamedTuple):
    """One simple command, wherever it is nested: its words, without assignments and redirections.

    ``texts`` are the words from the program on (``sudo`` and its like left out), the program by its bare name.
    """

    words: tuple[Word, ...]
    span: Span
    texts: tuple[str, ...]

    @property
    def program(self) -> str:
        """The program's bare name."""
        return self.texts[0] if self.texts else ""

    def starts(self, *words: str) -> bool:
        """Tell whether these are the first words that are no options: ``apt-get -y install`` starts apt-get install."""
        if self.texts[:1] != words[:1]:
            return False
        plain = [text for text in self.texts if not text.startswith("-")]
        return tuple(plain[: len(words)]) == words

    def has(self, *options: str) -> bool:
        """Tell whether a word is one of these options, or gives one a value (``--option=value``)."""
        return any(text.partition("=")[0] in options for text in self.texts[1:])

    def has_short(self, letter: str) -> bool:
        """Tell whether a bundle of short options (``-Rf``) has this letter."""
        return any(_is_bundle(text) and letter in text for text in self.texts[1:])

    @property
    def operands(self) -> tuple[str, ...]:
        """The words after the program that are no options."""
        return tuple(text for text in self.texts[1:] if not text.startswith("-"))


class Statement(NamedTuple):
    """A top-level element of the and-or lists of a script, with the operator that comes before it."""

    span: Span
    operator: str
    operator_span: Span
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """The shell text of one RUN. Nothing may be edited where ``editable`` is False: the tree has an error."""

    instruction: Instruction
    statements: tuple[Statement, ...]
    editable: bool
    heredoc: bool = False

    @property
    def commands(self) -> tuple[Command, ...]:
        """Every command in order, nested ones too."""
        return tuple(command for statement in self.statements for command in statement.commands)


def read_script(dockerfile: Dockerfile, instruction: Instruction) -> Script | None:
    """Read the shell of a RUN; ``None`` for exec form, for another shell (SHELL, ``escape=`` backquote) or no RUN."""
    if instruction.keyword != "RUN" or instruction.exec_form or not _is_posix(dockerfile, instruction):
        return None
    text = _shell_text(dockerfile, instruction)
    if text is None:
        return None
    try:
        return _read(instruction, text)
    except RecursionError:
        return None


@dataclass(frozen=True, slots=True)
class _ShellText:
    text: str
    offsets: Sequence[int]
    heredoc: bool
    whole: bool
    byte_offsets: Sequence[int] = field(default=())


def _is_posix(dockerfile: Dockerfile, instruction: Instruction) -> bool:
    stage = dockerfile.stage_of(instruction)
    if dockerfile.escape != "\\" or stage is None:
        return False
    shells = [one for one in stage.of("SHELL") if one.span.start < instruction.span.start]
    return not shells or posixpath.basename(next(iter(shells[-1].arguments), "")) in _SHELLS


def _shell_text(dockerfile: Dockerfile, instruction: Instruction) -> _ShellText | None:
    if not instruction.heredocs:
        return _ShellText(instruction.body, instruction.offsets[instruction.body_start :], heredoc=False, whole=True)
    heredoc = instruction.heredocs[0]
    marker = instruction.body.replace('"', "").replace("'", "").strip()
    if marker not in {f"<<{heredoc.name}", f"<<-{heredoc.name}"}:
        return _ShellText(instruction.body, instruction.offsets[instruction.body_start :], heredoc=False, whole=False)
    if heredoc.content.startswith("#!") and not _shebang_is_shell(heredoc.content):
        return None
    offsets = range(heredoc.span.start, heredoc.span.end + 1)
    return _ShellText(dockerfile.source(heredoc.span), offsets, heredoc=True, whole=True)


def _shebang_is_shell(content: str) -> bool:
    words = content[2:].split("\n", 1)[0].split()
    return any(posixpath.basename(word) in _SHELLS for word in words)


def _read(instruction: Instruction, shell: _ShellText) -> Script:
    root = _parser().parse(shell.text.encode("utf-8", "surrogateescape")).root_node
    reader = _Reader(shell)
    statements = tuple(reader.statements(root))
    return Script(instruction, statements, shell.whole and not root.has_error, shell.heredoc)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


class _Reader:
    """Turns nodes, which count UTF-8 bytes of the shell text, into places in the file."""

    def __init__(self, shell: _ShellText) -> None:
        self._text = shell.text
        self._offsets = shell.offsets
        widths = (len(char.encode("utf-8", "surrogateescape")) for char in shell.text)
        starts = [0, *accumulate(widths)]
        self._characters = {byte: character for character, byte in enumerate(starts)}

    def statements(self, root: Node) -> Iterator[Statement]:
        """Flatten and-or lists and sequences; a redirection that the grammar hangs on a list ends its last element."""
        operator, place = "", Span(0, 0)
        for node, end in _flatten(root, root.end_byte):
            if node.type in _OPERATORS:
                operator, place = node.type, self._span(node.start_byte, node.end_byte)
            elif node.is_named and node.type != "comment":
                yield Statement(self._span(node.start_byte, end), operator, place, tuple(self._commands(node)))
                operator, place = ";", Span(0, 0)

    def _commands(self, node: Node) -> Iterator[Command]:
        if node.type == "command":
            words = tuple(self._words(node))
            yield Command(words, self._span(node.start_byte, node.end_byte), _texts(words))
        for child in node.named_children:
            yield from self._commands(child)

    def _words(self, command: Node) -> Iterator[Word]:
        for child in command.named_children:
            if child.type not in {"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect"}:
                yield Word(self._plain(child), self._span(child.start_byte, child.end_byte))

    def _plain(self, node: Node) -> str:
        node = node.named_children[0] if node.type == "command_name" and node.named_children else node
        text = self._text[self._characters[node.start_byte] : self._characters[node.end_byte]]
        return text[1:-1] if node.type in _QUOTED and len(text) > 1 else text

    def _span(self, start_byte: int, end_byte: int) -> Span:
        start, end = self._characters[start_byte], self._characters[end_byte]
        last = self._offsets[end - 1] + 1 if end > start else self._offsets[start]
        return Span(self._offsets[start], last)


def _flatten(node: Node, end: int) -> Iterator[tuple[Node, int]]:
    """Yield statements and operators in order, each statement with the byte where it ends."""
    if node.type == "redirected_statement" and node.children[0].type == "list":
        yield from _flatten(node.children[0], node.end_byte)
    elif node.type in {"program", "list"}:
        for child in node.children:
            yield from _flatten(child, end if node.type == "list" and child == node.children[-1] else child.end_byte)
    else:
        yield node, end


def _texts(words: tuple[Word, ...]) -> tuple[str, ...]:
    start = 0
    while start + 1 < len(words) and (words[start].text in _PREFIXES or (start and _is_for_prefix(words[start].text))):
        start += 1
    return tuple(posixpath.basename(word.text) if not index else word.text for index, word in enumerate(words[start:]))


def _is_for_prefix(text: str) -> bool:
    """Tell whether a word after sudo, env and their like belongs to them: an option or an assignment."""
    return text.startswith("-") or "=" in text


def _is_bundle(text: str) -> bool:
    return text.startswith("-") and not text.startswith("--")
