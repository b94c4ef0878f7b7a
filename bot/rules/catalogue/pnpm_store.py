"""pnpm-store: pnpm's content store, as far as it is not linked into node_modules."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="pnpm-store",
        title="pnpm's store",
        sentence="pnpm left its store in the image",
        advice="Mount the store (RUN --mount=type=cache,target=/pnpm/store), or end the same RUN with pnpm store "
        "prune. Files that are hard-linked into node_modules hold their bytes there.",
        paths=("root/.local/share/pnpm/store/**", "home/*/.local/share/pnpm/store/**", "pnpm/store/**"),
        left_by=(("pnpm", "install"), ("pnpm", "i"), ("pnpm", "add")),
        cleaned_by=(("pnpm", "store", "prune"),),
        removed=("pnpm", "store"),
        mounts=("pnpm", "store"),
        confidence=0.8,
    )
)
