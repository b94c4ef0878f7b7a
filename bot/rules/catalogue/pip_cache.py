"""pip-cache: wheels that pip keeps for a next install which an image never sees."""

from bot.rules.kit.residue import Residue, residue_rule

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
        options=("--no-cache-dir", "--no-cache"),
        variables=("PIP_NO_CACHE_DIR",),
        mounts=(".cache",),
        insert="--no-cache-dir",
    )
)
