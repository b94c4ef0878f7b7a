"""apt-lists: the package lists that apt-get update downloads and no container reads."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="apt-lists",
        title="Package lists of apt-get update",
        sentence="apt-get update left its package lists in the image",
        advice="End the same RUN with rm -rf /var/lib/apt/lists/*; a later RUN cannot take the bytes back.",
        paths=("var/lib/apt/lists/**",),
        left_by=(("apt-get", "update"), ("apt", "update"), ("aptitude", "update")),
        cleaned_by=(("apt-get", "distclean"), ("apt-get", "dist-clean"), ("apt", "distclean"), ("apt", "dist-clean")),
        removed=("/var/lib/apt", "/var/lib/{apt", "/var/cache"),
        mounts=("/var/lib/apt",),
        append="rm -rf /var/lib/apt/lists/*",
    )
)
