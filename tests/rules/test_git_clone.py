"""git-clone fires on the history of a clone."""

import pytest

from bot.rules.catalogue.git_clone import RULE
from tests.rules.world import look, picture, read, the


def test_image__claims_the_history():
    """What lies in .git is claimed, the files are not."""
    image = picture(
        "FROM a\n  x 9\nRUN git clone https://example.org/x\n  x/.git/objects/pack/a 80000000\n  x/main.c 900"
    )

    assert the(look(RULE, image)).claimed.live == 80_000_000


def test_image__copied_from_the_context_is_silent():
    """A copied repository belongs to context-git."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY . /src\n  src/.git/objects/a 80000000")) == ()


def test_text__with_a_full_clone_is_suspected():
    """A clone with its history that nothing removes is pointed at."""
    assert the(read(RULE, "FROM a\nRUN git clone https://example.org/x /x && make -C /x\n")).lines == (2, 2)


@pytest.mark.parametrize(
    "run",
    [
        "git clone --depth 1 https://example.org/x",
        "git clone --filter=blob:none https://example.org/x",
        "git clone https://example.org/x && make -C x && rm -rf x",
        "git fetch origin",
    ],
)
def test_text__that_is_shallow_or_removes_it_is_silent(run: str):
    """A shallow or partial clone, removal in the same RUN, and other uses of git are silent."""
    assert read(RULE, f"FROM a\nRUN {run}\n") == ()
