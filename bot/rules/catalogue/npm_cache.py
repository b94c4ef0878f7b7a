"""npm-cache: the packages that npm keeps for a next install."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="npm-cache",
        title="npm's download cache",
        sentence="npm left its download cache in the image",
        advice="End the same RUN with npm cache clean --force, or mount the cache (RUN "
        "--mount=type=cache,target=/root/.npm).",
        paths=("root/.npm/**", "home/*/.npm/**", "**/.npm/_cacache/**"),
        left_by=(("npm", "install"), ("npm", "ci"), ("npm", "i"), ("npm", "update")),
        cleaned_by=(("npm", "cache", "clean"), ("npm", "cache", "clear"), ("npm", "cache", "rm")),
        removed=(".npm", "_cacache", "/root/*"),
        variables=("npm_config_cache", "NPM_CONFIG_CACHE"),
        mounts=(".npm",),
        append="npm cache clean --force",
    )
)
