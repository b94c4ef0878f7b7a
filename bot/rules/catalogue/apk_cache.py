"""apk-cache: package indexes and downloads that apk keeps without --no-cache."""

from bot.dockerfile.shell_commands import Command
from bot.rules.kit.residue import Residue, residue_rule


def _fetches(command: Command) -> bool:
    """Tell whether apk downloads: not where every package is a variable, which by custom names installed ones."""
    return any(not word.startswith(("$", ".", '"$')) for word in command.operands[1:]) or "add" not in command.texts


RULE = residue_rule(
    Residue(
        id="apk-cache",
        title="apk's index and download cache",
        sentence="apk left its index or downloaded packages in the image",
        advice="Install with apk add --no-cache.",
        paths=("var/cache/apk/**", "etc/apk/cache/**"),
        left_by=(("apk", "add"), ("apk", "update"), ("apk", "upgrade")),
        cleaned_by=(("apk", "cache", "clean"),),
        removed=("/var/cache", "/etc/apk/cache"),
        options=("--no-cache", "--no-network"),
        fetches=_fetches,
        mounts=("/var/cache/apk", "/etc/apk/cache"),
        insert="--no-cache",
    )
)
