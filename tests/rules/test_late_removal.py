"""late-removal fires on files that a later layer deletes."""

import pytest

from bot.rules.catalogue.late_removal import RULE
from tests.rules.world import look, picture, read, the


@pytest.mark.parametrize("marker", ["- src/big", "- src", "! src"])
def test_image__claims_what_whiteouts_and_opaque_directories_hide(marker: str):
    """A deleted file, a deleted directory and an emptied one hide the same bytes."""
    finding = the(look(RULE, picture(f"FROM a\n  x 9\nCOPY . /src\n  src/big 20000000\nRUN rm -r /src\n  {marker}")))

    assert (finding.claimed.dead, finding.claims) == (20_000_000, {(1, b"src/big")})


def test_image__that_deletes_base_files_is_silent():
    """Deleting files of the base image takes nothing back, and was never this Dockerfile's to ship."""
    assert look(RULE, picture("FROM a\n  big 20000000\nRUN rm /big\n  - big")) == ()


def test_image__whose_package_manager_removed_is_silent():
    """What a package manager removed belongs to apt-late-purge."""
    assert look(RULE, picture("FROM a\n  x 9\nRUN y\n  usr/big 20000000\nRUN apt-get purge y\n  - usr/big")) == ()


def test_patch__merges_the_two_runs():
    """Where the RUN that makes the files stands right before the one that deletes them, the patch makes one of both."""
    dockerfile = "FROM a\nRUN wget x \\\n  && tar xf x\nRUN rm x\nUSER app\n"
    image = picture("FROM a\n  y 9\nRUN wget x \\\n  x 20000000\nRUN rm x\n  - x", dockerfile=dockerfile)

    patch = the(look(RULE, image)).patch

    assert "+  && tar xf x \\\n+  && rm x\n" in patch


def test_patch__is_refused_where_something_stands_between():
    """An instruction between the two keeps them apart."""
    dockerfile = "FROM a\nRUN wget x\nUSER app\nRUN rm x\n"
    image = picture("FROM a\n  y 9\nRUN wget x\n  x 20000000\nRUN rm x\n  - x", dockerfile=dockerfile)

    assert the(look(RULE, image)).patch == ""


@pytest.mark.parametrize(
    "run", ["rm -rf /data", "npm prune --omit=dev", "pip uninstall -y x", "npm cache clean --force"]
)
def test_text__that_only_deletes_is_suspected(run: str):
    """A RUN that does nothing but delete or prune hides and ships."""
    assert the(read(RULE, f"FROM a\nCOPY . /data\nRUN {run}\n")).lines == (3, 3)


def test_text__that_deletes_files_of_the_base_image_is_silent():
    """What nothing above speaks of came with the base image, and cannot be taken back."""
    assert read(RULE, "FROM node:22\nCOPY . /app\nRUN rm -rf /usr/local/lib/node_modules/corepack\n") == ()


def test_later_prune__claims_a_loss_and_never_a_saving():
    """Npm prune in a later layer is named as what it is: dead bytes."""
    image = picture("FROM a\n  x 9\nRUN npm ci\n  node_modules/jest/a 50000000\nRUN npm prune\n  - node_modules/jest")

    finding = the(look(RULE, image))

    assert (finding.claimed.dead, finding.claimed.live) == (50_000_000, 0)
    assert "saves" not in finding.title + finding.advice


def test_removal_in_a_build_stage__is_effective():
    """A layer of its own is effective in a stage that is not shipped."""
    staged = "FROM a AS build\nRUN npm ci\nRUN rm -rf node_modules\nFROM a\nCOPY --from=build /app /app\n"

    assert read(RULE, staged) == ()
