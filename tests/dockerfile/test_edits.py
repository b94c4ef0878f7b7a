"""Splices, their gate, and the patch they make."""

import pathlib
import subprocess

import pytest

from bot.dockerfile import Dockerfile, Edit, Instruction, Span, parse
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
from bot.dockerfile.patch import unified_patch
from bot.dockerfile.shell_commands import Script, read_script

TEXT = """\
FROM debian:12
# packages
RUN apt-get update \\
    # tools
    && apt-get install -y curl \\
    && rm -r /tmp/x
RUN make; make install
COPY . /src
"""


def run_at(dockerfile: Dockerfile, index: int) -> Script:
    """Return the script of a RUN."""
    found = read_script(dockerfile, dockerfile.final_stage.of("RUN")[index])
    assert found is not None
    return found


def changed(dockerfile: Dockerfile, *edits: Edit | None) -> str:
    """Make edits that the gate must let through."""
    made = [edit for edit in edits if edit is not None]
    result = apply(dockerfile, made)
    assert result is not None
    return result.text


def test_insert_flag__goes_after_the_word():
    """A flag lands right after the word that is named, the layout stays."""
    dockerfile = parse(TEXT)
    install = run_at(dockerfile, 0).commands[1]

    text = changed(dockerfile, insert_flag(install, "--no-install-recommends", after=1))

    assert TEXT.replace("install -y", "install --no-install-recommends -y") == text


def test_append_command__continues_in_the_layout_of_the_run():
    """A continued RUN gets a line more with its own indent, a short one an ``&&``."""
    dockerfile = parse(TEXT)

    text = changed(
        dockerfile,
        append_command(dockerfile, run_at(dockerfile, 0), "rm -rf /var/lib/apt/lists/*"),
        append_command(dockerfile, run_at(dockerfile, 1), "make clean"),
    )

    assert "    && rm -r /tmp/x \\\n    && rm -rf /var/lib/apt/lists/*\nRUN make; make install && make clean\n" in text


@pytest.mark.parametrize("run", ["a || b", "a & b", "if a; then", "cat <<X > y\nz\nX"])
def test_append_command__refuses_where_it_would_change_what_runs(run: str):
    """After an alternative, a background job, or shell that is not understood nothing is appended."""
    dockerfile = parse(f"FROM a\nRUN {run}\n")

    assert append_command(dockerfile, run_at(dockerfile, 0), "true") is None


def test_append_command__adds_a_line_to_a_heredoc():
    """In a here-document the command becomes its last line."""
    dockerfile = parse("FROM a\nRUN <<EOF\nmake\nEOF\nUSER x\n")

    text = changed(dockerfile, append_command(dockerfile, run_at(dockerfile, 0), "make clean"))

    assert text == "FROM a\nRUN <<EOF\nmake\nmake clean\nEOF\nUSER x\n"


def test_merge_runs__makes_one_list():
    """Two plain RUNs become one, joined by ``&&`` on a line of its own."""
    dockerfile = parse("FROM a\nRUN one \\\n  && two\n\nRUN three\nUSER x\n")

    edits = merge_runs(dockerfile, run_at(dockerfile, 0), run_at(dockerfile, 1))

    assert edits is not None
    assert changed(dockerfile, *edits) == "FROM a\nRUN one \\\n  && two \\\n  && three\nUSER x\n"


@pytest.mark.parametrize("text", ["RUN a\n# note\nRUN b\n", "RUN a\nRUN --network=none b\n", "RUN a; b\nRUN c\n"])
def test_merge_runs__refuses_comments_flags_and_sequences(text: str):
    """A comment between, other flags, or ``;`` (whose failures do not stop) keep two RUNs apart."""
    dockerfile = parse(f"FROM a\n{text}")

    assert merge_runs(dockerfile, run_at(dockerfile, 0), run_at(dockerfile, 1)) is None


def test_stage_edits__name_replace_and_append():
    """A stage can be named, based on another image, and followed by a new one."""
    dockerfile = parse("FROM golang:1.22\nRUN go build .")

    text = changed(
        dockerfile,
        replace_base(dockerfile.final_stage, "golang:1.23"),
        name_stage(dockerfile.final_stage, "builder"),
        append_lines(dockerfile, ["FROM scratch", "COPY --from=builder /app /app"]),
    )

    assert text == ("FROM golang:1.23 AS builder\nRUN go build .\n\nFROM scratch\nCOPY --from=builder /app /app\n")


def test_instruction_edits__flag_delete_and_insert():
    """A flag follows the keyword, an instruction goes with its line, lines come above another."""
    dockerfile = parse(TEXT)
    copy: Instruction = dockerfile.instructions[-1]

    text = changed(
        dockerfile,
        add_instruction_flag(copy, "--chown=1000"),
        delete_instruction(dockerfile, dockerfile.final_stage.of("RUN")[1]),
    )

    assert text.endswith("    && rm -r /tmp/x\nCOPY --chown=1000 . /src\n")
    assert "USER me\nCOPY" in changed(dockerfile, insert_before(dockerfile, copy, ["USER me"]))


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [Edit(Span(0, 5), "BOGUS ")],
        [Edit(Span(0, 5), "FROM "), Edit(Span(3, 6), "x")],
        [Edit(Span(14, 15), " \\\n")],
        [Edit(Span(len(TEXT), len(TEXT)), "RUN <<EOF\n")],
    ],
    ids=["nothing", "unknown keyword", "overlap", "swallows the next instruction", "does not end"],
)
def test_gate__refuses(edits: list[Edit]):
    """An edit that does not parse, overlaps another, or changes a neighbour is refused."""
    assert apply(parse(TEXT), edits) is None


def test_patch__is_what_git_applies(tmp_path: pathlib.Path):
    """Git applies the patch of a changed file, without a newline at its end or with, and of a new file."""
    before, after = "FROM a\nRUN x", "FROM b\nRUN x\n"
    (tmp_path / "Dockerfile").write_text(before, encoding="utf-8")
    patch = unified_patch("Dockerfile", before, after) + unified_patch(".dockerignore", "", ".git\n")

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "apply", "-"], input=patch, text=True, check=True)

    assert (tmp_path / "Dockerfile").read_text(encoding="utf-8") == after
    assert (tmp_path / ".dockerignore").read_text(encoding="utf-8") == ".git\n"


@pytest.mark.parametrize("path", ["a b", "/etc/x", "a\nb", '"x"'])
def test_patch__is_empty_for_a_path_that_needs_quoting(path: str):
    """No patch is made for a path that a diff header could not name plainly."""
    assert unified_patch(path, "a\n", "b\n") == ""


@pytest.mark.parametrize("run", ["true;", "# nothing but a comment"])
def test_append_command__refuses_an_open_end(run: str):
    """After a dangling operator, or if there is no command at all, nothing is appended."""
    dockerfile = parse(f"FROM a\nRUN {run}\n")

    assert append_command(dockerfile, run_at(dockerfile, 0), "true") is None


def test_merge_runs__refuses_a_dangling_end():
    """A RUN that ends in an operator cannot be joined to the next."""
    dockerfile = parse("FROM a\nRUN x;\nRUN b\n")

    assert merge_runs(dockerfile, run_at(dockerfile, 0), run_at(dockerfile, 1)) is None


def test_name_stage__keeps_the_name_that_is_there():
    """A stage that has a name gets no second one."""
    assert name_stage(parse("FROM a AS b\n").final_stage, "c") is None


def test_add_instruction_flag__finds_the_keyword_inside_onbuild():
    """The flag goes after the deferred keyword, in the middle of the line."""
    trigger = parse("FROM a\nONBUILD COPY . /\n").instructions[1].trigger

    assert trigger is not None
    assert add_instruction_flag(trigger, "--chown=1") == Edit(Span(19, 19), " --chown=1")


def test_gate__refuses_a_changed_neighbour():
    """An edit inside one instruction that changes where the next one begins is refused."""
    dockerfile = parse("FROM a\nRUN x\nUSER b\n")

    assert apply(dockerfile, [Edit(Span(12, 12), " \\")]) is None
