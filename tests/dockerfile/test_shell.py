"""The commands inside RUN, with exact places."""

import pytest

from bot.dockerfile import parse
from bot.dockerfile.shell_commands import Script, read_script


def script(run: str, before: str = "") -> Script | None:
    """Read the last instruction of a Dockerfile."""
    dockerfile = parse(f"FROM a\n{before}{run}\n")
    return read_script(dockerfile, dockerfile.instructions[-1])


def known(run: str) -> Script:
    """Read a RUN that has a script."""
    found = script(run)
    assert found is not None
    return found


def test_statements__carry_the_operator_before_them():
    """A script is cut at its top-level operators, also where the grammar nests them below a redirection."""
    found = known("RUN set -e; a && b >/dev/null || c")

    assert [(one.operator, one.commands[0].texts) for one in found.statements] == [
        ("", ("set", "-e")),
        (";", ("a",)),
        ("&&", ("b",)),
        ("||", ("c",)),
    ]


def test_commands__are_found_however_deep():
    """Commands in loops, subshells, pipes and substitutions are commands too."""
    found = known("RUN for x in a b; do (one | two); done; if three; then v=$(four); fi")

    assert [command.program for command in found.commands] == ["one", "two", "three", "four"]


def test_command_places__reach_over_continuations_and_comments():
    """The place of a command in the middle of a long RUN holds its words and the lines between them."""
    dockerfile = parse("FROM a\nRUN true \\\n  # why\n  && apt-get \\\n# really\n     install x\n")
    found = read_script(dockerfile, dockerfile.instructions[1])

    assert found is not None
    assert dockerfile.source(found.commands[1].span) == "apt-get \\\n# really\n     install x"
    assert found.commands[1].texts == ("apt-get", "install", "x")


def test_command_places__count_characters_not_bytes():
    """Letters of several bytes before a command do not move it."""
    dockerfile = parse("FROM a\nRUN echo 'größe' && make\n")
    found = read_script(dockerfile, dockerfile.instructions[1])

    assert found is not None
    assert dockerfile.source(found.commands[1].span) == "make"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("sudo -E /usr/bin/apt-get -y install gcc", ("apt-get", "install")),
        ("DEBIAN_FRONTEND=noninteractive apt-get install gcc", ("apt-get", "install")),
        ("env CGO_ENABLED=0 go build .", ("go", "build")),
        ('"pip" install x', ("pip", "install")),
    ],
)
def test_command__starts_with_words_whatever_stands_before(run: str, words: tuple[str, ...]):
    """Prefixes, assignments, paths, quotes and options do not hide which command it is."""
    assert known(f"RUN {run}").commands[0].starts(*words)


def test_command__knows_its_options_and_operands():
    """Long options with values, bundles of short ones, and operands are told apart."""
    (command,) = known("RUN chown -Rf --reference=/x app:app /srv").commands

    assert command.has("--reference")
    assert command.has_short("R")
    assert command.operands == ("app:app", "/srv")


def test_heredoc__is_a_script_of_its_own():
    """The lines of a here-document are statements with places inside it."""
    dockerfile = parse("FROM a\nRUN <<'EOF'\napt-get update\nmake\nEOF\n")
    found = read_script(dockerfile, dockerfile.instructions[1])

    assert found is not None
    assert [dockerfile.source(one.span) for one in found.statements] == ["apt-get update", "make"]
    assert (found.heredoc, found.editable) == (True, True)


@pytest.mark.parametrize(
    ("before", "run"),
    [
        ("", 'RUN ["make"]'),
        ('SHELL ["powershell", "-Command"]\n', "RUN dir"),
        ("", "RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF"),
        ("", "CMD make"),
    ],
)
def test_script__is_none_where_no_posix_shell_reads_it(before: str, run: str):
    """Exec form, other shells and other interpreters have no script."""
    assert script(run, before) is None


@pytest.mark.parametrize("run", ["RUN cat <<EOF > /x\nhello\nEOF", "RUN if true; then"])
def test_script__that_is_not_understood_is_not_editable(run: str):
    """Where the tree is broken or a here-document feeds a command, nothing may be edited."""
    assert not known(run).editable


def test_shell_instruction__that_names_bash_is_fine():
    """SHELL with another POSIX shell keeps the script readable."""
    found = script("RUN make", 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n')

    assert found is not None
    assert found.editable


def test_script__that_nests_without_end_is_none_or_not_editable():
    """Nesting that would exhaust the reader gives nothing to edit."""
    found = script("RUN " + "(" * 20_000 + "true" + ")" * 20_000)

    assert found is None or not found.editable
