"""archive-copied fires on archives that are copied in and unpacked there."""

import pytest

from bot.rules.catalogue.archive_copied import RULE
from tests.rules.world import look, picture, read, the

DOCKERFILE = "FROM a\nCOPY app.tar.gz /tmp/\nRUN tar xzf /tmp/app.tar.gz -C /opt\n"


@pytest.mark.parametrize("end", ["", "RUN rm /tmp/app.tar.gz\n  - tmp/app.tar.gz"])
def test_image__claims_the_archive_living_or_dead(end: str):
    """The packed bytes are shipped beside the unpacked ones, also where a later layer deletes them."""
    image = picture(
        "FROM a\n  x 9\nCOPY app.tar.gz /tmp/\n  tmp/app.tar.gz 30000000\n"
        f"RUN tar xzf /tmp/app.tar.gz -C /opt\n  opt/app 90000000\n{end}",
        dockerfile=DOCKERFILE,
    )

    assert the(look(RULE, image)).claimed.total == 30_000_000


def test_image__that_serves_archives_is_silent():
    """An archive that nothing unpacks may be what the image is for."""
    image = picture(
        "FROM a\n  x 9\nCOPY app.tar.gz /srv/\n  srv/app.tar.gz 30000000", dockerfile="FROM a\nCOPY app.tar.gz /srv/\n"
    )

    assert look(RULE, image) == ()


def test_text__is_suspected_at_the_copy():
    """The COPY is where ADD or a mount would help."""
    assert the(read(RULE, DOCKERFILE)).lines == (2, 2)


@pytest.mark.parametrize(
    "lines",
    [
        "ADD app.tar.gz /opt/",
        "COPY --from=build /app.tar.gz /tmp/\nRUN tar xzf /tmp/app.tar.gz",
        "RUN --mount=type=bind,source=app.tar.gz,target=/in.tgz tar xzf /in.tgz",
        "COPY app.tar.gz /srv/",
    ],
)
def test_text__that_avoids_it_is_silent(lines: str):
    """ADD, a bind mount, another stage, and an archive that stays packed are silent."""
    assert read(RULE, f"FROM a\n{lines}\n") == ()
