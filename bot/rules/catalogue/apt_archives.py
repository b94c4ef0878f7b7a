"""apt-archives: downloaded .deb files and apt's binary caches, where apt was told to keep them."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="apt-archives",
        title="Downloaded packages of apt",
        sentence="apt kept the packages that it downloaded, or its binary caches",
        advice="End the same RUN with apt-get clean, or mount /var/cache/apt as a cache.",
        paths=("var/cache/apt/archives/**", "var/cache/apt/*.bin"),
        removed=("/var/cache",),
        mounts=("/var/cache/apt",),
    )
)
