"""download-left fires on archives that a RUN downloaded and kept."""

import pytest

from bot.rules.catalogue.download_left import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize("name", ["node.tar.xz", "a.deb", "b.zip", "c.rpm", "d.tgz"])
def test_image__claims_the_archive(name: str):
    """An archive that lives in the layer of a RUN which downloads is claimed."""
    finding = the(
        look(RULE, picture(f"FROM a\n  x 9\nRUN curl -fsSLO https://example.org/{name}\n  tmp/{name} 25000000"))
    )

    assert finding.claimed.live == 25_000_000


@pytest.mark.parametrize(
    ("run", "path"),
    [
        ("make", "tmp/a.tar.gz"),
        ("curl x", "usr/share/doc/a/changelog.gz"),
        ("curl x", "usr/share/man/man1/a.gz"),
        ("wget x", "srv/models/a.zip"),
        ("curl x", "app/node_modules/a/b.zip"),
    ],
)
def test_image__with_archives_that_belong_there_is_silent(run: str, path: str):
    """Archives that no download brought, or that are documentation, data or part of a package, are silent."""
    assert look(RULE, picture(f"FROM a\n  x 9\nRUN {run}\n  {path} 25000000")) == ()


def test_image__that_removes_it_in_time_is_silent():
    """What the same RUN deletes is in no layer."""
    assert look(RULE, picture("FROM a\n  x 9\nRUN curl -O x.tgz && tar xf x.tgz && rm x.tgz\n  opt/x 90000000")) == ()
