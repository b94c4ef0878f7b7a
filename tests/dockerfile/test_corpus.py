"""Over thousands of real Dockerfiles: every place is exact, and every kind of edit leaves the rest alone."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, pairwise

from bot.dockerfile import Dockerfile, Edit
from bot.dockerfile.edits import (
    add_instruction_flag,
    append_command,
    append_lines,
    apply,
    delete_instruction,
    insert_before,
    insert_flag,
    merge_runs,
    name_stage,
    replace_base,
)
from bot.dockerfile.shell_commands import Script, read_script
from tests.dockerfile.corpus import cases, needs_corpus

pytestmark = needs_corpus

Attempts = Iterator[list[Edit]]


def scripts(dockerfile: Dockerfile) -> list[Script]:
    """Read every RUN."""
    found = (read_script(dockerfile, one) for one in dockerfile.instructions if one.keyword == "RUN")
    return [script for script in found if script is not None]


def one(edit: Edit | None) -> Attempts:
    """Attempt an edit that may have been refused."""
    if edit is not None:
        yield [edit]


def flags_on_commands(dockerfile: Dockerfile) -> Attempts:
    """Add a flag to the first command of each RUN."""
    for script in scripts(dockerfile):
        if script.editable:
            yield from ([insert_flag(command, "--flag")] for command in script.commands[:1] if command.words)


def appended_commands(dockerfile: Dockerfile) -> Attempts:
    """Append to each RUN."""
    for script in scripts(dockerfile):
        yield from one(append_command(dockerfile, script, "rm -rf /var/lib/apt/lists/*"))


def merged_runs(dockerfile: Dockerfile) -> Attempts:
    """Merge neighbours."""
    found = scripts(dockerfile)
    for first, second in pairwise(found):
        edits = merge_runs(dockerfile, first, second)
        if edits:
            yield list(edits)


def named_stages(dockerfile: Dockerfile) -> Attempts:
    """Name the last stage."""
    yield from one(name_stage(dockerfile.final_stage, "builder"))


def appended_stages(dockerfile: Dockerfile) -> Attempts:
    """Append a stage."""
    yield [append_lines(dockerfile, ["FROM scratch", "COPY --from=0 / /"])]


def flags_on_copies(dockerfile: Dockerfile) -> Attempts:
    """Flag each COPY and ADD."""
    for instruction in dockerfile.instructions:
        if instruction.keyword in {"COPY", "ADD"}:
            yield from one(add_instruction_flag(instruction, "--chown=1000:1000"))


def mounts_on_runs(dockerfile: Dockerfile) -> Attempts:
    """Mount a cache into each RUN."""
    for instruction in dockerfile.instructions:
        if instruction.keyword == "RUN":
            yield from one(add_instruction_flag(instruction, "--mount=type=cache,target=/root/.cache"))


def replaced_bases(dockerfile: Dockerfile) -> Attempts:
    """Replace the last FROM."""
    for stage in dockerfile.stages[-1:]:
        yield from one(replace_base(stage, "registry.example/slim:1"))


def deleted_instructions(dockerfile: Dockerfile) -> Attempts:
    """Delete each RUN."""
    yield from ([delete_instruction(dockerfile, one)] for one in dockerfile.instructions if one.keyword == "RUN")


def inserted_lines(dockerfile: Dockerfile) -> Attempts:
    """Insert a line at the top of the last stage."""
    yield from ([insert_before(dockerfile, one, ["USER root"])] for one in dockerfile.final_stage.instructions[:1])


KINDS: tuple[Callable[[Dockerfile], Attempts], ...] = (
    flags_on_commands,
    appended_commands,
    merged_runs,
    named_stages,
    appended_stages,
    flags_on_copies,
    mounts_on_runs,
    replaced_bases,
    deleted_instructions,
    inserted_lines,
)


def test_places__are_exact_in_every_real_file():
    """Each character of a joined instruction and each here-document lies where the map says."""
    wrong = [
        (name, instruction.lines)
        for name, dockerfile in cases()
        for instruction in dockerfile.instructions
        if [dockerfile.text[place] for place in instruction.offsets[:-1]] != list(instruction.joined)
        or any(dockerfile.source(heredoc.span) != heredoc.content for heredoc in instruction.heredocs)
        or (
            (instruction.keyword == "RUN" and instruction.arguments not in {(), (instruction.body,)})
            and not instruction.exec_form
        )
    ]

    assert wrong == []


def test_commands__are_where_the_text_has_them():
    """The place of each shell word holds that word, with its quotes or continuation and nothing else."""
    wrong = [
        (name, word)
        for name, dockerfile in cases()
        for script in scripts(dockerfile)
        for command in script.commands
        for word in command.words[:2]
        if word.text not in dockerfile.source(word.span).replace("\\\n", "").replace("\\\r\n", "")
        and "\n" not in dockerfile.source(word.span)
    ]

    assert wrong == []


def test_shell__is_understood_in_nearly_every_file():
    """At most one RUN in a hundred has shell that the grammar cannot follow, and none of those is edited."""
    found = Counter(script.editable for _, dockerfile in cases() for script in scripts(dockerfile))

    assert found[False] * 100 <= found[True] + found[False]


def test_edits__of_every_kind_pass_the_gate():
    """Each edit of each kind re-parses with every other instruction as it was, but for the few the gate refuses."""
    outcome: dict[str, Counter[bool]] = {kind.__name__: Counter() for kind in KINDS}
    for _, dockerfile in cases():
        for kind in KINDS:
            attempts = islice(kind(dockerfile), 3)
            outcome[kind.__name__].update(apply(dockerfile, edits) is not None for edits in attempts)

    refused = {kind: counts[False] for kind, counts in outcome.items() if counts[False] * 500 > counts[True]}

    assert refused == {}
    assert all(counts[True] > 100 for counts in outcome.values())
