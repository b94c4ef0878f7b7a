"""rpm-cache: metadata and packages that yum, dnf, microdnf and zypper keep."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="rpm-cache",
        title="Caches of yum, dnf and zypper",
        sentence="A package manager for RPM left metadata or packages in the image",
        advice="End the same RUN with dnf clean all (yum, microdnf: clean all; zypper: clean --all).",
        paths=(
            "var/cache/yum/**",
            "var/cache/dnf/**",
            "var/cache/libdnf5/**",
            "var/cache/zypp/**",
            "var/lib/dnf/repos/**",
        ),
        left_by=tuple(
            (tool, verb) for tool in ("yum", "dnf", "microdnf", "tdnf", "zypper") for verb in ("install", "in")
        ),
        cleaned_by=(
            ("yum", "clean"),
            ("dnf", "clean"),
            ("microdnf", "clean"),
            ("tdnf", "clean"),
            ("zypper", "clean"),
            ("zypper", "cc"),
        ),
        removed=("/var/cache",),
        mounts=("/var/cache",),
    )
)
