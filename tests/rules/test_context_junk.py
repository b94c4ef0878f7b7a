"""context-junk fires on files of the developer's machine."""

import pytest

from bot.rules.catalogue.context_junk import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize(
    "path",
    ["app/.venv/lib/a.so", "app/debug.log", "app/.idea/x", "app/coverage/a.html", "app/.next/cache/a", "app/demo.mp4"],
)
def test_image__claims_what_was_copied_from_the_context(path: str):
    """Environments, logs, caches and recordings in a layer copied from the context are claimed."""
    image = picture(f"FROM a\n  x 9\nCOPY . /app\n  {path} 9000000\n  app/main.py 90000000")

    assert the(look(RULE, image)).claimed.live == 9_000_000


@pytest.mark.parametrize("step", ["RUN make", "COPY --from=build /app /app"])
def test_image__that_made_them_itself_is_silent(step: str):
    """What a RUN or another stage made is not the developer's."""
    assert look(RULE, picture(f"FROM a\n  x 9\n{step}\n  app/.venv/lib/a.so 9000000")) == ()
