"""python-tests: the test suites that libraries install along with themselves."""

from bot.rules.kit.residue import Residue, residue_rule
from bot.rules.kit.rule import Fix

RULE = residue_rule(
    Residue(
        id="python-tests",
        title="Test suites of Python libraries",
        sentence="Python libraries brought their own test suites",
        advice="They can be removed in the RUN that installs. Some libraries import their tests, so try the program "
        "after.",
        paths=("**/site-packages/**/tests/**", "**/site-packages/**/test/**", "**/dist-packages/**/tests/**"),
        fix=Fix.ADVICE,
        confidence=0.3,
        minimum_bytes=5_000_000,
    )
)
