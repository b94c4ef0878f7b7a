"""Which context files a build can see."""

import pytest

from bot.dockerfile import context_sources, parse, visible_paths
from bot.errors import DockerfileError

PATHS = ("main.go", "go.mod", "docs/a.md", "docs/b.png", ".env", "web/index.html", "web/node_modules/x/i.js")


def visible(lines: str, ignore: str | None = None, target: str = "") -> tuple[str, ...]:
    """Return what a stage with these lines sees."""
    return visible_paths(parse(f"FROM a AS one\n{lines}\n"), ignore, PATHS, target=target)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("COPY main.go go.mod ./", ("main.go", "go.mod")),
        ("COPY *.go /x/", ("main.go",)),
        ("COPY ./docs /docs", ("docs/a.md", "docs/b.png")),
        ("COPY --exclude=*.png --exclude=**/*.png docs /docs", ("docs/a.md",)),
        ('COPY ["web", "/web"]', ("web/index.html", "web/node_modules/x/i.js")),
        ("ADD https://example.org/x.tgz git@example.org:a/b.git /x/", ()),
        ("COPY --from=other / /", ()),
        ("COPY <<EOF /x\nhello\nEOF", ()),
        ("RUN --mount=type=bind,source=docs,target=/d make", ("docs/a.md", "docs/b.png")),
        ("RUN --mount=target=/src make", PATHS),
        ("RUN --mount=type=cache,target=/c make", ()),
        ("RUN make", ()),
        ("COPY ../../main.go /", ("main.go",)),
        ("COPY . .", PATHS),
        ("ARG D=docs\nCOPY ${D} /d", ("docs/a.md", "docs/b.png")),
        ("COPY [ab /x", PATHS),
    ],
)
def test_visible_paths__are_what_copy_add_and_mounts_name(lines: str, expected: tuple[str, ...]):
    """A file is visible where an instruction of a reachable stage takes it from the context."""
    assert expected == visible(lines)


def test_dockerignore__hides_and_shows_again():
    """The last pattern that matches decides, and a directory takes along what is below it."""
    assert visible("COPY . .", "docs\n!docs/a.md\n**/node_modules\n# comment\n.env\n") == (
        "main.go",
        "go.mod",
        "docs/a.md",
        "web/index.html",
    )


def test_unreachable_stage__sees_nothing():
    """What only another stage copies does not count for the target."""
    assert visible("COPY main.go /\nFROM b AS two\nCOPY docs /", target="two") == ("docs/a.md", "docs/b.png")


def test_onbuild__counts_for_the_stage_that_starts_from_it():
    """A stage that starts from a stage with ONBUILD runs the deferred COPY."""
    dockerfile = parse("FROM a AS base\nONBUILD COPY docs /docs\nFROM base\nRUN true\n")

    assert [source.pattern for source in context_sources(dockerfile)] == ["docs"]


def test_dockerignore__with_a_broken_pattern_is_an_error():
    """A malformed pattern is refused, as the builder refuses it."""
    with pytest.raises(DockerfileError, match="dockerignore"):
        visible("COPY . .", "[a-\n")


@pytest.mark.parametrize("source", ["http://a/x", "https://a/x", "HTTPS://a/x", "git@a:b", "git://a/b", "ssh://a/b"])
def test_context_sources__are_not_what_is_fetched(source: str):
    """What ADD fetches from elsewhere is no file of the context, whatever the scheme."""
    dockerfile = parse(f"FROM a\nADD {source} docs /x/\n")

    assert [one.pattern for one in context_sources(dockerfile)] == ["docs"]


def test_visible_paths__of_an_ignore_list_with_a_byte_order_mark():
    """A byte order mark is no part of the first pattern."""
    assert visible("COPY . .", "\ufeffdocs\nweb\n") == ("main.go", "go.mod", ".env")
