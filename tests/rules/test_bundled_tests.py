"""bundled-tests fires on test suites that libraries bring."""

import pytest

from bot.rules.catalogue.bundled_tests import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize(
    "path",
    ["app/node_modules/a/test/x.js", "usr/local/bundle/gems/a-1/spec/x.rb", "app/vendor/acme/a/tests/x.php"],
)
def test_image__claims_suites_of_libraries(path: str):
    """Test folders inside of libraries are claimed."""
    assert the(look(RULE, picture(f"FROM a\n  x 9\nRUN install\n  {path} 6000000"))).claimed.live == 6_000_000


def test_image__with_tests_of_its_own_is_silent():
    """The program's own tests are its maker's affair."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY . .\n  app/test/x.js 60000000")) == ()
