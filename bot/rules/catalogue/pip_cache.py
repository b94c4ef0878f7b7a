"""pip-cache: wheels that pip keeps for a next install which an image never sees."""

from bot.dockerfile.shell_commands import Command
from bot.rules.kit.residue import Residue, residue_rule


def _fetches(command: Command) -> bool:
    """Tell whether pip may download: not where it only gets wheels by their paths."""
    named = command.operands[command.operands.index("install") + 1 :] if "install" in command.operands else ()
    return not named or not all(name.endswith(".whl") and "://" not in name for name in named)


RULE = residue_rule(
    Residue(
        id="pip-cache",
        title="pip's download cache",
        sentence="pip left its download cache in the image",
        advice="Install with --no-cache-dir, set PIP_NO_CACHE_DIR=1, or mount the cache (RUN "
        "--mount=type=cache,target=/root/.cache/pip).",
        paths=("root/.cache/pip/**", "home/*/.cache/pip/**", "**/.cache/pip/**"),
        left_by=(("pip", "install"), ("pip3", "install"), ("python", "pip", "install"), ("python3", "pip", "install")),
        cleaned_by=(("pip", "cache", "purge"), ("pip3", "cache", "purge")),
        removed=(".cache", "/root/.c"),
        options=("--no-cache-dir", "--no-cache", "--no-index"),
        fetches=_fetches,
        variables=("PIP_NO_CACHE_DIR",),
        mounts=(".cache",),
        insert="--no-cache-dir",
    )
)
