"""Official Dockerfiles are the false-positive budget: well-kept files must be left alone."""

from bot.rules.catalogue import RULES
from bot.rules.kit.run_rules import suspect
from tests.dockerfile.corpus import cases, needs_corpus

OFFICIAL = ("docker-library", "nodejs", "nginx", "MariaDB", "adoptium", "rust-lang", "erlang", "composer")


@needs_corpus
def test_official_images__are_left_alone():
    """Static triggers fire on at most three of a hundred official Dockerfiles."""
    found = {name: suspect(RULES, dockerfile) for name, dockerfile in cases(*OFFICIAL)}

    fired = [name for name, findings in found.items() if findings]

    assert len(found) > 300
    assert len(fired) * 100 <= 3 * len(found)
