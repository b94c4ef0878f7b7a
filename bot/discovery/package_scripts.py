"""``package.json``: which script a package manager's command runs."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from bot.discovery.words import base_name


class PackageScript(NamedTuple):
    """A script's text and the line on which it stands."""

    text: str
    line: int


def package_script(text: str, name: str) -> PackageScript | None:
    """Find a script by its name in the text of a ``package.json``."""
    found = _scripts(text).get(name)
    line = text[: max(text.find(json.dumps(name)), 0)].count("\n") + 1
    return PackageScript(found, line) if isinstance(found, str) else None


def script_name(words: tuple[str, ...]) -> str:
    """The name of the script that ``npm run`` and its like run; empty for any other command."""
    rest = [word for word in words[1:] if not word.startswith("-") or word == "--run"]
    if rest[:1] in (["run"], ["--run"], ["run-script"]):
        return rest[1] if len(rest) > 1 else ""
    return rest[0] if rest and base_name(words[0]) in {"yarn", "pnpm"} else ""


def _scripts(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    scripts = found.get("scripts") if isinstance(found, dict) else None
    return scripts if isinstance(scripts, dict) else {}
