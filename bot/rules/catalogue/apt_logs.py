"""apt-logs: logs and backups that dpkg, apt and debconf write while they install."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="apt-logs",
        title="Logs and backups of dpkg and apt",
        sentence="Installing packages left logs and backups of databases",
        advice="Remove them at the end of the RUN that installs; usually they are small.",
        paths=(
            "var/log/apt/**",
            "var/log/dpkg.log",
            "var/log/alternatives.log",
            "var/cache/debconf/*-old",
            "var/lib/dpkg/*-old",
        ),
        confidence=0.7,
    )
)
