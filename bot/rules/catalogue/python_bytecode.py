"""python-bytecode: compiled modules, which Python writes again when it needs them."""

from bot.rules.kit.residue import Residue, residue_rule
from bot.rules.kit.rule import Fix

RULE = residue_rule(
    Residue(
        id="python-bytecode",
        title="Compiled Python modules",
        sentence="Compiled Python modules weigh as much as a package",
        advice="PYTHONDONTWRITEBYTECODE=1 or pip install --no-compile leaves them out. The first start gets slower, "
        "so this is a choice, not a repair.",
        paths=("**/site-packages/**/__pycache__/**", "app/**/__pycache__/**", "opt/**/__pycache__/**"),
        fix=Fix.ADVICE,
        confidence=0.2,
        minimum_bytes=20_000_000,
    )
)
