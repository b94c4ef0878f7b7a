"""Text → Dockerfile, on e2b-dockerfile-utils, a port of BuildKit's own parser."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from e2b_dockerfile_utils import DockerfileAst, DockerfileInstruction, DockerfileSyntaxError, parse_dockerfile_ast

from bot.dockerfile.offset_map import Joined, Line, join, split_lines, trim_left
from bot.dockerfile.stages import read_stages
from bot.dockerfile.variables import global_arguments, platform_arguments
from bot.errors import DockerfileError
from bot.model.dockerfile import Dockerfile, Heredoc, Instruction, Span
from bot.model.image import Platform

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S(?:.*\S)?|\s)\s*")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_SPACE = re.compile(r"\s*")
_KEYWORD = re.compile(r"[^\t\v\f\r ]+")
_FLAG = (
    r"""(?:[^\s'"{escape}]|{escape}.?|'(?:{escape}.?|[^'{escape}])*(?:'|\Z)|"(?:{escape}.?|[^"{escape}])*(?:"|\Z))+"""
)
_LONGEST_DIRECTIVE = 1_000
LARGEST_CHARACTERS = 500_000
MOST_INSTRUCTIONS = 5_000
"""No image has so many layers; the bounds keep a hostile file from costing more than a moment."""

_UNREADABLE = "The Dockerfile cannot be read."
_USUAL_PLATFORM = Platform("linux", "amd64")
_NESTING = "It nests deeper than any parser follows."


def parse(
    text: str, *, build_arguments: Mapping[str, str] | None = None, platform: Platform = _USUAL_PLATFORM
) -> Dockerfile:
    """Read a Dockerfile. Raises ``DockerfileError`` with the line, for the same files that BuildKit's parser rejects.

    ``text`` should be decoded as UTF-8 with ``surrogateescape`` and keep its line endings: then every span is exact to
    the byte. ``build_arguments`` and ``platform`` decide what a variable in FROM expands to.
    """
    try:
        instructions, escape = _read_instructions(text)
        arguments = platform_arguments(platform) | dict(build_arguments or {})
        defaults = global_arguments(_before_first_from(instructions), arguments, escape)
        stages = read_stages(instructions, arguments | defaults, escape)
    except RecursionError:
        raise DockerfileError(_UNREADABLE, why=_NESTING) from None
    return Dockerfile(text, escape, read_directives(text), instructions, stages, defaults, arguments)


def read_directives(text: str) -> Mapping[str, str]:
    """Return the parser directives (``syntax``, ``escape``, ``check``), which must come before anything else."""
    found: dict[str, str] = {}
    for line in split_lines(text):
        directive = _directive(line)
        if directive is None:
            break
        found[directive[0]] = directive[1]
    return found


def _directive(line: Line) -> tuple[str, str] | None:
    match = _DIRECTIVE.fullmatch(trim_left(line.bare))
    return (match[1].lower(), match[2]) if match and match[1].lower() in _DIRECTIVES else None


def _before_first_from(instructions: Sequence[Instruction]) -> Iterator[Instruction]:
    for instruction in instructions:
        if instruction.keyword == "FROM":
            return
        yield instruction


def _read_instructions(text: str) -> tuple[tuple[Instruction, ...], str]:
    if len(text) > LARGEST_CHARACTERS:
        raise DockerfileError(_UNREADABLE, why=f"It is longer than {LARGEST_CHARACTERS} characters.")
    try:
        tree = _parse_ast(text)
    except DockerfileSyntaxError as error:
        reason = str(error).split(": ", 1)[-1]
        raise DockerfileError("The Dockerfile cannot be parsed.", why=reason, line=error.line or 0) from None
    if len(tree.instructions) > MOST_INSTRUCTIONS:
        line = tree.instructions[MOST_INSTRUCTIONS].start_line
        raise DockerfileError(_UNREADABLE, why=f"It has more than {MOST_INSTRUCTIONS} instructions.", line=line)
    lines = split_lines(text)
    return tuple(_locate(node, lines, tree.escape_token) for node in tree.instructions), tree.escape_token


def _parse_ast(text: str) -> DockerfileAst:
    """Parse as the library does, in time that grows with the text.

    The library's own expression for directives takes time that grows with the square of a comment's blanks. It tries
    the first comments of a file, up to the first that is no directive. That one is handed over empty, which moves
    nothing: only line numbers are taken from the library, every place is read from our own text.
    """
    for number, line in enumerate(split_lines(text), 1):
        if _directive(line) is None:
            if trim_left(line.bare).startswith("#"):
                text = f"{text[: line.start]}#{text[line.end :]}"
            break
        if len(line.bare) > _LONGEST_DIRECTIVE:
            raise DockerfileSyntaxError(f"a directive is longer than {_LONGEST_DIRECTIVE} characters", number)
    return parse_dockerfile_ast(text)


def _locate(node: DockerfileInstruction, lines: tuple[Line, ...], escape: str) -> Instruction:
    joined = join(lines, node.start_line - 1, escape)
    span = Span(_first_character(lines[node.start_line - 1]), lines[node.end_line - 1].end)
    heredocs = tuple(_locate_heredocs(node, lines, node.start_line - 1 + joined.line_count))
    return _instruction(node, joined, span, heredocs, escape)


def _first_character(line: Line) -> int:
    return line.start + len(line.bare) - len(line.bare.lstrip())


def _locate_heredocs(node: DockerfileInstruction, lines: tuple[Line, ...], index: int) -> Iterator[Heredoc]:
    for heredoc in node.heredocs:
        start = lines[index].start
        yield Heredoc(
            heredoc.name, heredoc.content, heredoc.chomp, heredoc.expand, Span(start, start + len(heredoc.content))
        )
        index += heredoc.content.count("\n") + 1


def _instruction(
    node: DockerfileInstruction, joined: Joined, span: Span, heredocs: tuple[Heredoc, ...], escape: str
) -> Instruction:
    return Instruction(
        keyword=node.name,
        flags=tuple(node.flags),
        arguments=tuple(node.args),
        exec_form=node.json,
        heredocs=heredocs,
        span=span,
        lines=(node.start_line, node.end_line),
        joined=joined.text.rstrip(),
        offsets=joined.offsets[: len(joined.text.rstrip()) + 1],
        body_start=_body_start(joined.text, escape),
        trigger=_trigger(node, joined, escape) if node.name == "ONBUILD" else None,
    )


def _trigger(node: DockerfileInstruction, joined: Joined, escape: str) -> Instruction | None:
    """Parse what an ONBUILD defers; BuildKit does so when a later build starts from the image."""
    start = _body_start(joined.text, escape)
    tail = joined.text[start:].rstrip()
    try:
        tree = _parse_ast(f"# escape={escape}\n{tail}")
    except DockerfileSyntaxError:
        return None
    if len(tree.instructions) != 1:
        return None
    deferred = Joined(tail, joined.offsets[start : start + len(tail) + 1], 1)
    span = Span(deferred.offsets[0], deferred.offsets[-1])
    return _instruction(
        replace(tree.instructions[0], start_line=node.start_line, end_line=node.end_line), deferred, span, (), escape
    )


def _body_start(joined: str, escape: str) -> int:
    """Find where the arguments begin in a joined instruction: after its keyword, flags, and a lone ``--``."""
    position = _skip(joined, len(joined) - len(joined.lstrip()), _KEYWORD)
    flag = re.compile(_FLAG.format(escape=re.escape(escape)), re.DOTALL)
    while joined.startswith("--", position):
        end = _skip(joined, position, flag)
        if joined[position:end].rstrip() == "--":
            return end
        position = end
    return position


def _skip(text: str, position: int, pattern: re.Pattern[str]) -> int:
    match = pattern.match(text, position)
    end = match.end() if match else position
    space = _SPACE.match(text, end)
    return space.end() if space else end
