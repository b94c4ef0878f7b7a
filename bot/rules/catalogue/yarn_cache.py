"""yarn-cache: the packages that Yarn keeps; Plug'n'Play caches, which are the program, are left alone."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="yarn-cache",
        title="Yarn's download cache",
        sentence="Yarn left its download cache in the image",
        advice="End the same RUN with yarn cache clean, or mount the cache. A project's own .yarn/cache is not "
        "claimed: with Plug'n'Play it is the program.",
        paths=(
            "usr/local/share/.cache/yarn/**",
            "root/.cache/yarn/**",
            "home/*/.cache/yarn/**",
            "root/.yarn/berry/cache/**",
        ),
        left_by=(("yarn", "install"), ("yarn", "add")),
        cleaned_by=(("yarn", "cache", "clean"),),
        removed=(".cache", "yarn"),
        variables=("YARN_CACHE_FOLDER",),
        mounts=("yarn", ".cache"),
        append="yarn cache clean",
    )
)
