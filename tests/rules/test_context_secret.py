"""context-secret alerts on keys and tokens, and shows no content."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.context_secret import RULE
from tests.rules.world import look, picture, started, the


def known(text: str, *secrets: str):
    """Return an image in which reading found these secrets."""
    measured = started(picture(text))
    assert measured.facts is not None
    return replace(measured, facts=replace(measured.facts, secrets=frozenset(path.encode() for path in secrets)))


def test_image__shows_where_and_not_what():
    """The path is told as evidence, however few bytes it is, and the way to hand secrets to a build."""
    finding = the(look(RULE, known("FROM a\n  x 9\nCOPY . .\n  app/.env 120\n  app/main 5", "app/.env")))

    assert finding.evidence == (("/app/.env", 120),)
    assert finding.claimed.live == 120
    assert "type=secret" in finding.advice


def test_image__that_hides_a_key_is_alerted_too():
    """A key that a later layer deletes can still be pulled: its name is enough, for it could not be read."""
    finding = the(look(RULE, known("FROM a\n  x 9\nCOPY . .\n  root/.ssh/id_rsa 1700\nRUN rm x\n  - root/.ssh/id_rsa")))

    assert (finding.evidence, finding.claimed.dead) == ((("/root/.ssh/id_rsa", 1700),), 1700)


@pytest.mark.parametrize(
    "path", ["app/tests/server.key", "usr/lib/python3/site-packages/x/k.pem", "a/node_modules/b/.env"]
)
def test_image__with_test_data_is_silent(path: str):
    """Keys of tests and of libraries are public."""
    assert look(RULE, known(f"FROM a\n  x 9\nCOPY . .\n  {path} 1700", path)) == ()


def test_image__with_a_file_that_only_looks_like_one_is_silent():
    """A certificate or a template was read and found to hold no secret."""
    assert look(RULE, known("FROM a\n  x 9\nCOPY . .\n  etc/ssl/cert.pem 1700\n  app/.env 9")) == ()


def test_base_image__with_a_key_is_silent():
    """What the base image holds is for its makers."""
    assert look(RULE, known("FROM a\n  app/.env 120\nCOPY . .\n  x 5", "app/.env")) == ()
