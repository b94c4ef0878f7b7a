"""bun-cache: the packages that Bun keeps for a next install."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="bun-cache",
        title="Bun's download cache",
        sentence="Bun left its download cache in the image",
        advice="Mount the cache (RUN --mount=type=cache,target=/root/.bun/install/cache), or remove it in the same "
        "RUN.",
        paths=("root/.bun/install/cache/**", "home/*/.bun/install/cache/**"),
        left_by=(("bun", "install"), ("bun", "add")),
        cleaned_by=(("bun", "pm", "cache", "rm"),),
        removed=(".bun",),
        options=("--no-cache",),
        mounts=(".bun",),
    )
)
