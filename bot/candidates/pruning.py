"""Dependencies that only development needs leave the stage that builds, before anything is copied from it."""

import posixpath
from collections.abc import Collection, Sequence
from typing import Final

from bot.candidates.seen import Seen
from bot.contents.lookup import encoded
from bot.dockerfile.shell_commands import Command, read_script
from bot.model.verify import Mend, MendKind

PRUNE: Final = "npm prune --omit=dev"


def pruning_lines(seen: Seen, files: Collection[bytes], mends: Sequence[Mend]) -> tuple[str, ...]:
    """Return the RUN that removes npm's development packages, where some go along and no run opened one of them."""
    if any(one.kind is MendKind.DEPENDENCIES for one in mends) or not _installs_by_npm(seen):
        return ()
    development = [one for one in seen.evidence.head.packages if one.ecosystem == "npm" and one.dev]
    paths = {path for one in development for path in one.paths} & set(files)
    home = seen.config.working_dir or "/"
    if not paths or paths & seen.used or not all(path.startswith(encoded(home.strip("/"))) for path in paths):
        return ()
    here = seen.is_file(encoded(posixpath.join(home, "package.json").strip("/")))
    return (f"RUN {PRUNE}",) if here else ()


def _installs_by_npm(seen: Seen) -> bool:
    scripts = [script for one in seen.chain if one.keyword == "RUN" and (script := read_script(seen.dockerfile, one))]
    return any(_is_npm_install(command) for script in scripts for command in script.commands)


def _is_npm_install(command: Command) -> bool:
    return any(command.starts("npm", word) for word in ("install", "ci", "i"))
