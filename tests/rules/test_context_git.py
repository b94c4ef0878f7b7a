"""context-git fires on a repository's history that COPY took along."""

from dataclasses import replace

from bot.model.dockerfile import IgnoreFile
from bot.rules.catalogue.context_git import RULE
from tests.rules.world import look, picture, the


def test_image__claims_the_history_at_its_copy():
    """What lies in .git in a layer copied from the context is claimed, at the COPY."""
    dockerfile = "FROM a\nWORKDIR /src\nCOPY . .\n"
    image = picture(
        "FROM a\n  x 9\nCOPY . .\n  src/.git/objects/pack/a 80000000\n  src/main.c 900", dockerfile=dockerfile
    )

    finding = the(look(RULE, image))

    assert (finding.claimed.live, finding.file, finding.lines) == (80_000_000, "Dockerfile", (3, 3))


def test_image__from_a_stage_or_a_clone_is_silent():
    """Histories that came otherwise belong to other rules."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY --from=b /src /src\n  src/.git/a 80000000")) == ()
    assert look(RULE, picture("FROM a\n  x 9\nRUN git clone x\n  src/.git/a 80000000")) == ()


def test_image__with_gitignore_alone_is_silent():
    """Files that are only named alike are not the history."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY . .\n  src/.gitignore 80000000\n  src/.github/a 80000000")) == ()


def ignored(dockerfile: str) -> tuple[str, ...]:
    """Return the lines that are proposed for the ignore list of an image that copied its history."""
    image = picture("FROM a\n  x 9\nCOPY . .\n  app/.git/objects/a 30000000", dockerfile=dockerfile)
    return the(look(RULE, replace(image, ignore=IgnoreFile(".dockerignore", "")))).ignores


def test_ignore_list__gets_a_line():
    """The patch makes an ignore list with the history in it; a build that reads it, or copies it by name, keeps it."""
    assert ignored("FROM a\nCOPY . .\n") == (".git",)
    assert ignored("FROM a\nCOPY . .\nRUN git describe > version\n") == ()
    assert ignored("FROM a\nCOPY . .\nCOPY .git/HEAD /\n") == ()
