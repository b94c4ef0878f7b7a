"""Dockerfiles → nouns with exact places."""

import pytest

from bot.dockerfile import Span, expand, mounts, parse, reachable_stages, variables_at
from bot.errors import DockerfileError

MULTI = """\
# syntax=docker/dockerfile:1
ARG VERSION=1.22
FROM golang:${VERSION} AS Builder
ARG VERSION
ENV APP=/app NAME="two words"
WORKDIR $APP
COPY --chown=1:1 . .
RUN --mount=type=cache,target=/root/.cache go build \\
    # the program
    -o main .

FROM scratch AS unused
FROM builder AS checked
RUN <<-EOT
\tgo vet
\tEOT
FROM gcr.io/distroless/static
COPY --from=builder /app/main /main
CMD ["/main"]
"""


def test_parse__gives_keywords_flags_and_forms():
    """Keywords are upper case, flags are told from arguments, and exec form is known."""
    dockerfile = parse(MULTI)

    run = dockerfile.stages[0].of("RUN")[0]
    cmd = dockerfile.final_stage.of("CMD")[0]

    assert run.flags == ("--mount=type=cache,target=/root/.cache",)
    assert run.body == "go build     -o main ."
    assert (cmd.exec_form, cmd.arguments) == (True, ("/main",))


def test_parse__places_hold_the_very_characters():
    """The span of an instruction cuts exactly its lines out of the text, comments inside it included."""
    dockerfile = parse(MULTI)

    run = dockerfile.stages[0].of("RUN")[0]

    assert dockerfile.source(run.span).startswith("RUN --mount")
    assert dockerfile.source(run.span).endswith("    # the program\n    -o main .")
    assert run.lines == (8, 10)


def test_parse__knows_stages_by_name_index_and_parent():
    """Names are compared without case, FROM a stage links to it, and the last stage is the final one."""
    dockerfile = parse(MULTI)

    assert [stage.name for stage in dockerfile.stages] == ["builder", "unused", "checked", ""]
    assert dockerfile.stages[2].base_stage == 0
    assert dockerfile.stages[0].base_expanded == "golang:1.22"
    assert dockerfile.stage_for("CHECKED") == dockerfile.stages[2]
    assert dockerfile.stage_for("3") == dockerfile.final_stage
    assert dockerfile.stage_for("nothing") is None


@pytest.mark.parametrize(("target", "expected"), [("", [0, 3]), ("checked", [0, 2]), ("unused", [1])])
def test_reachable_stages__follow_from_and_copy(target: str, expected: list[int]):
    """Only the stages that the target needs are reachable."""
    assert expected == [stage.index for stage in reachable_stages(parse(MULTI), target)]


def test_heredoc__has_its_own_place():
    """A here-document keeps its content as written and knows where it lies."""
    dockerfile = parse(MULTI)

    (heredoc,) = dockerfile.stages[2].of("RUN")[0].heredocs

    assert (heredoc.name, heredoc.chomp, heredoc.content) == ("EOT", True, "\tgo vet\n")
    assert dockerfile.source(heredoc.span) == heredoc.content


def test_variables__env_hides_arg_and_global_arg_needs_a_declaration():
    """A stage sees a global ARG once it declares it, and ENV of the stage it starts from, but not its ARG."""
    dockerfile = parse(MULTI)

    builder, checked = dockerfile.stages[0], dockerfile.stages[2]

    assert variables_at(dockerfile, builder) == {"VERSION": "1.22", "APP": "/app", "NAME": "two words"}
    assert variables_at(dockerfile, checked) == {"APP": "/app", "NAME": "two words"}
    assert "APP" not in variables_at(dockerfile, builder, builder.of("ENV")[0])


def test_build_arguments__win_over_defaults():
    """What the build passes replaces the default of an ARG, also in FROM."""
    dockerfile = parse(MULTI, build_arguments={"VERSION": "1.23"})

    assert dockerfile.stages[0].base_expanded == "golang:1.23"


def test_expand__unset_is_empty_and_nonsense_stays():
    """An unset variable expands to nothing, a default applies, and what BuildKit refuses stays as written."""
    assert expand("a${X}b-${Y:-z}", {}) == "ab-z"
    assert expand("${X:?needed}", {}) == "${X:?needed}"


def test_onbuild__defers_an_instruction_that_is_read_too():
    """The tail of ONBUILD is an instruction of its own, with places in the same text."""
    dockerfile = parse("FROM a\nONBUILD COPY --chown=1 . /src\n")

    trigger = dockerfile.instructions[1].trigger

    assert trigger is not None
    assert (trigger.keyword, trigger.flags, trigger.arguments) == ("COPY", ("--chown=1",), (".", "/src"))
    assert dockerfile.source(trigger.span) == "COPY --chown=1 . /src"


def test_directives__escape_changes_continuations():
    """The escape directive is obeyed, and directives are given by name."""
    dockerfile = parse("# escape=`\n# check=skip=all\nFROM a\nRUN dir `\n  c:\\\n")

    assert dict(dockerfile.directives) == {"escape": "`", "check": "skip=all"}
    assert dockerfile.instructions[1].body == "dir   c:\\"


def test_mark_and_carriage_returns__do_not_move_places():
    """A byte order mark and CRLF endings belong to no instruction, and every place stays exact."""
    dockerfile = parse("\ufeffFROM a\r\nRUN x \\\r\n  && y\r\n")

    assert [dockerfile.source(one.span) for one in dockerfile.instructions] == ["FROM a", "RUN x \\\r\n  && y"]


def test_bytes__that_are_no_text_survive():
    """Bytes that are not UTF-8 come through a parse and back unchanged."""
    raw = b"FROM a\nLABEL name=\xff\xfe\n"

    dockerfile = parse(raw.decode("utf-8", "surrogateescape"))

    assert dockerfile.text.encode("utf-8", "surrogateescape") == raw


def test_mounts__default_to_bind():
    """A mount without a type is a bind mount, and keys are read whatever their case."""
    (run,) = parse("FROM a\nRUN --mount=target=/x --mount=Type=cache,ID=z,target=/y true\n").final_stage.of("RUN")

    assert mounts(run) == ({"type": "bind", "target": "/x"}, {"type": "cache", "id": "z", "target": "/y"})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 0),
        ("ARG A=1\n", 0),
        ("RUN true\nFROM a\n", 1),
        ("FROM a\nBOGUS x\n", 2),
        ("FROM a AS 9x\n", 1),
        ("FROM a b\n", 1),
        ("FROM a\nRUN <<EOF\nx\n", 2),
        ('FROM a\nRUN ["a", 1]\n', 2),
        ("FROM a\nENV A\n", 2),
    ],
)
def test_parse__refuses_what_the_builder_refuses(text: str, line: int):
    """A Dockerfile that cannot be built from is an error that names its line."""
    with pytest.raises(DockerfileError) as caught:
        parse(text)

    assert caught.value.line == line


def test_parse__survives_endless_nesting():
    """Nesting that would exhaust a parser is an error, not a crash."""
    with pytest.raises(DockerfileError, match="nests"):
        parse("FROM a\nRUN " + "[" * 100_000 + "\n")


@pytest.mark.parametrize(
    "text", ["FROM a\n" + "RUN x\n" * 5_000, "FROM a\n# " + "x" * 500_000], ids=["instructions", "characters"]
)
def test_parse__bounds_what_a_hostile_file_may_cost(text: str):
    """A file longer than any that builds an image is refused before it costs time."""
    with pytest.raises(DockerfileError, match=r"more than|longer than"):
        parse(text)


def test_words__have_places():
    """The words of FROM are found where they are written, over continuations."""
    dockerfile = parse("FROM \\\n  alpine:3 as  base\n")

    words = dockerfile.final_stage.origin.words()

    assert [dockerfile.source(word.span) for word in words] == ["alpine:3", "as", "base"]
    assert words[0].span == Span(9, 17)


def test_onbuild__that_defers_nonsense_has_no_trigger():
    """What is deferred is read when another build runs it; here it may be anything."""
    for tail in ("BOGUS x", "", "RUN <<EOF"):
        assert parse(f"FROM a\nONBUILD {tail}\n").instructions[1].trigger is None


def test_flags__may_end_with_two_dashes():
    """A lone pair of dashes ends the flags; what follows belongs to the command."""
    (run,) = parse("FROM a\nRUN --network=none -- --strange x\n").final_stage.of("RUN")

    assert (run.flags, run.body) == (("--network=none",), "--strange x")


def test_stages__are_bounded():
    """More stages than any build has are refused."""
    with pytest.raises(DockerfileError, match="stages"):
        parse("FROM a\n" * 1_001)


def test_build_arguments__reach_into_stages():
    """A passed argument replaces the default in the stage that declares it, and stays out of one that does not."""
    dockerfile = parse("FROM a\nARG V=1\nRUN x\nFROM b\nRUN y\n", build_arguments={"V": "2"})

    assert [variables_at(dockerfile, stage).get("V") for stage in dockerfile.stages] == ["2", None]
