"""Patches of ours, applied again: to the letter, to nothing but files of an image, or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dockerfile.patch import patched, unified_patch
from bot.errors import DockerfileError

TEXTS = st.lists(
    st.sampled_from(["FROM a", "RUN b", "", "-x", "+y", "@@ -1 +1 @@", "--- a/x", "\\ z"]), max_size=30
).map("\n".join)


@settings(deadline=None, max_examples=200)
@given(TEXTS, TEXTS, st.booleans())
def test_patched__gives_what_the_patch_was_made_from(before: str, after: str, ends: bool):
    """A patch turns the old text into the new one, whatever lines they have and however they end."""
    before, after = (f"{text}\n" if ends else text for text in (before, after))
    patch = unified_patch("api/Dockerfile", before, after)

    if patch:
        assert patched(patch, {"api/Dockerfile": before}.get) == {"api/Dockerfile": after}


def test_patched__takes_several_files_and_new_ones():
    """A Dockerfile and an ignore list that was not there are changed by one patch."""
    patch = unified_patch("Dockerfile", "FROM a\n", "FROM b\n") + unified_patch(".dockerignore", "", ".git\n")

    assert patched(patch, {"Dockerfile": "FROM a\n"}.get) == {"Dockerfile": "FROM b\n", ".dockerignore": ".git\n"}


ELSEWHERE = [
    "../x",
    "/etc/passwd",
    ".github/workflows/ci.yml",
    "a/../.github/x",
    ".git/config",
    "./.github/x",
    ".//.github/x",
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_patched__changes_nothing_but_files_of_an_image(path: str):
    """A patch whose path leads out, or to what runs in CI, is refused, though it would fit."""
    patch = unified_patch("Dockerfile", "a\n", "b\n").replace("Dockerfile", path)

    with pytest.raises(DockerfileError):
        patched(patch, lambda _: "a\n")


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "nonsense",
        "diff --git a/x b/x\n",
        unified_patch("x", "other\n", "b\n"),
        unified_patch("x", "a\nb\n", "a\n"),
        unified_patch("x", "a\n", "b\n").replace("-1", "-9"),
        unified_patch("x", "a\n", "b\n").replace("--- a/x", "--- a/y"),
    ],
)
def test_patched__fits_to_the_letter_or_is_refused(patch: str):
    """Nothing is guessed: a patch that is none, or that was made from another text, changes nothing."""
    with pytest.raises(DockerfileError):
        patched(patch, lambda _: "a\n")
