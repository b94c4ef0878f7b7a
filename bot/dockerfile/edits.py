"""Changes to a Dockerfile as splices, and the gate: a re-parse must find every other instruction as it was."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from bot.dockerfile.parser import parse
from bot.dockerfile.shell_commands import Command, Script
from bot.errors import DockerfileError
from bot.model.dockerfile import Dockerfile, Edit, Instruction, Span, Stage


def apply(dockerfile: Dockerfile, edits: Iterable[Edit]) -> Dockerfile | None:
    """Return the Dockerfile with the edits made, or ``None`` where the gate refuses.

    The gate: the edits do not overlap; the new text parses; every instruction that no edit touches is there again with
    the same keyword and the same characters; whatever else is there was touched or inserted.
    """
    ordered = sorted(edits)
    if not ordered or overlap(ordered):
        return None
    text = _splice(dockerfile.text, ordered)
    try:
        changed = parse(text, build_arguments=dockerfile.build_arguments)
    except DockerfileError:
        return None
    return changed if _is_otherwise_equal(dockerfile, changed, ordered) else None


def insert_flag(command: Command, flag: str, *, after: int = 0) -> Edit:
    """Insert a word after a command's word number ``after`` (0 is the program)."""
    place = command.words[after].span.end
    return Edit(Span(place, place), f" {flag}")


def append_command(dockerfile: Dockerfile, script: Script, command: str) -> Edit | None:
    """Append ``&& command`` to a RUN, in the layout that it has; ``None`` where that could change what runs."""
    if not script.editable or not script.statements:
        return None
    if any(statement.operator in {"||", "&"} for statement in script.statements):
        return None
    newline = _newline(dockerfile)
    if script.heredoc:
        end = script.instruction.heredocs[0].span.end
        return Edit(Span(end, end), f"{command}{newline}")
    end = script.statements[-1].span.end
    if not _ends_the_instruction(dockerfile, script.instruction, end):
        return None
    return Edit(Span(end, end), _joint(dockerfile, script.instruction, newline) + f"&& {command}")


def delete_instruction(dockerfile: Dockerfile, instruction: Instruction) -> Edit:
    """Delete an instruction with its line ending."""
    end = dockerfile.text.find("\n", instruction.span.end)
    line_start = dockerfile.text.rfind("\n", 0, instruction.span.start) + 1
    return Edit(Span(line_start, len(dockerfile.text) if end < 0 else end + 1), "")


def merge_runs(dockerfile: Dockerfile, first: Script, second: Script) -> tuple[Edit, ...] | None:
    """Make one RUN of two; ``None`` unless both are plain, with the same flags, and only blank lines lie between."""
    if not (_mergeable(first) and _mergeable(second)) or first.instruction.flags != second.instruction.flags:
        return None
    between = Span(first.instruction.span.end, second.instruction.span.start)
    if between.start > between.end or dockerfile.source(between).strip():
        return None
    if not _ends_the_instruction(dockerfile, first.instruction, first.statements[-1].span.end):
        return None
    joint = _joint(dockerfile, first.instruction, _newline(dockerfile), always_continue=True)
    return (Edit(Span(first.statements[-1].span.end, second.statements[0].span.start), f"{joint}&& "),)


def name_stage(stage: Stage, name: str) -> Edit | None:
    """Add ``AS name`` to a FROM that has no name."""
    if stage.name or len(stage.origin.words()) != 1:
        return None
    end = stage.origin.words()[0].span.end
    return Edit(Span(end, end), f" AS {name}")


def replace_base(stage: Stage, reference: str) -> Edit | None:
    """Replace the reference of a FROM as it is written."""
    word = next((word for word in stage.origin.words() if word.text == stage.base), None)
    return Edit(word.span, reference) if word else None


def append_lines(dockerfile: Dockerfile, lines: Sequence[str]) -> Edit:
    """Append lines at the end of the file, after a blank one."""
    newline = _newline(dockerfile)
    end = len(dockerfile.text)
    start = "" if dockerfile.text.endswith("\n") else newline
    return Edit(Span(end, end), start + newline + "".join(f"{line}{newline}" for line in lines))


def insert_before(dockerfile: Dockerfile, instruction: Instruction, lines: Sequence[str]) -> Edit:
    """Insert lines above an instruction and the comment that stands right above it."""
    start = dockerfile.text.rfind("\n", 0, instruction.span.start) + 1
    while start and (above := dockerfile.text.rfind("\n", 0, start - 1) + 1) < start:
        if not dockerfile.text[above:start].lstrip().startswith("#"):
            break
        start = above
    return Edit(Span(start, start), "".join(f"{line}{_newline(dockerfile)}" for line in lines))


def add_instruction_flag(instruction: Instruction, flag: str) -> Edit:
    """Add a flag such as ``--chown=…`` right after the keyword."""
    indent = len(instruction.joined) - len(instruction.joined.lstrip())
    place = instruction.source_span(0, indent + len(instruction.keyword)).end
    return Edit(Span(place, place), f" {flag}")


def _newline(dockerfile: Dockerfile) -> str:
    return "\r\n" if "\r\n" in dockerfile.text else "\n"


def _joint(dockerfile: Dockerfile, instruction: Instruction, newline: str, *, always_continue: bool = False) -> str:
    if not instruction.continued and not always_continue:
        return " "
    return f" {dockerfile.escape}{newline}{_indent(dockerfile, instruction)}"


def _indent(dockerfile: Dockerfile, instruction: Instruction) -> str:
    last_line = dockerfile.text.rfind("\n", 0, instruction.offsets[-1]) + 1
    line = dockerfile.text[last_line : instruction.offsets[-1]]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return indent if indent and instruction.continued else "    "


def _ends_the_instruction(dockerfile: Dockerfile, instruction: Instruction, end: int) -> bool:
    """Tell whether nothing (no comment, no stray operator) follows the last command on its line."""
    return not dockerfile.text[end : instruction.offsets[-1]].strip() and not instruction.heredocs


def _mergeable(script: Script) -> bool:
    plain = script.editable and not script.heredoc and not script.instruction.heredocs and bool(script.statements)
    return plain and all(statement.operator in {"", "&&"} for statement in script.statements)


def overlap(ordered: Sequence[Edit]) -> bool:
    """Tell whether edits, in the order of their places, meet: such a text would depend on who comes first."""
    return any(one.span.end > two.span.start or one.span == two.span for one, two in pairwise(ordered))


def _splice(text: str, ordered: Sequence[Edit]) -> str:
    pieces, position = [], 0
    for edit in ordered:
        pieces += [text[position : edit.span.start], edit.text]
        position = edit.span.end
    return "".join([*pieces, text[position:]])


def _is_otherwise_equal(before: Dockerfile, after: Dockerfile, ordered: Sequence[Edit]) -> bool:
    expected = {
        _moved(one.span, ordered): (one.keyword, before.source(one.span))
        for one in before.instructions
        if not _touched(one.span, ordered)
    }
    found = {one.span: (one.keyword, after.source(one.span)) for one in after.instructions}
    if any(found.get(span) != what for span, what in expected.items()):
        return False
    reach = _united(_reach(edit, before, ordered) for edit in ordered)
    return all(_lies_in(span, reach) for span in found if span not in expected)


def _united(places: Iterable[Span]) -> list[Span]:
    """Make one place of those that meet: three RUNs that two edits merge are one instruction."""
    united: list[Span] = []
    for place in sorted(places):
        if united and place.start < united[-1].end:
            united[-1] = Span(united[-1].start, max(united[-1].end, place.end))
        else:
            united.append(place)
    return united


def _reach(edit: Edit, before: Dockerfile, ordered: Sequence[Edit]) -> Span:
    """Return the place in the new text that an edit may have changed: its own, and the instructions it touches."""
    touched = [_stretched(one.span, ordered) for one in before.instructions if _touched(one.span, [edit])]
    places = [_inserted(edit, ordered), *touched]
    return Span(min(place.start for place in places), max(place.end for place in places))


def _touched(span: Span, ordered: Sequence[Edit]) -> bool:
    return any(edit.span.start <= span.end and span.start < edit.span.end for edit in ordered)


def _moved(span: Span, ordered: Sequence[Edit]) -> Span:
    shift = sum(_growth(edit) for edit in ordered if edit.span.end <= span.start)
    return Span(span.start + shift, span.end + shift)


def _stretched(span: Span, ordered: Sequence[Edit]) -> Span:
    start = sum(_growth(edit) for edit in ordered if edit.span.end <= span.start)
    end = sum(_growth(edit) for edit in ordered if edit.span.start <= span.end)
    return Span(span.start + start, span.end + end)


def _inserted(edit: Edit, ordered: Sequence[Edit]) -> Span:
    shift = sum(_growth(other) for other in ordered if other < edit)
    return Span(edit.span.start + shift, edit.span.start + shift + len(edit.text))


def _growth(edit: Edit) -> int:
    return len(edit.text) - (edit.span.end - edit.span.start)


def _lies_in(span: Span, places: Iterable[Span]) -> bool:
    return any(place.start <= span.start and span.end <= place.end for place in places)
