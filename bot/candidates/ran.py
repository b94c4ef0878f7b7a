"""What ran: programs of ours, interpreters of one language, or something that needs a shell."""

import posixpath
import re

from bot.candidates.health import health_tools
from bot.candidates.seen import SHELLS, Seen
from bot.candidates.start import StartCommand
from bot.contents.start_command import language_of
from bot.layers.paths import base_name


def programs_of(seen: Seen, command: StartCommand) -> frozenset[bytes]:
    """Return what was executed, apart from a shell that only started it."""
    ran = {one for one in seen.executed if not is_wrapper(seen, one) and base_name(one) != b"env"}
    shells = {one for one in ran if base_name(one) in SHELLS}
    by_shell = bool(command.altered) or _is_by_shell(seen)
    tools = {one for one in health_tools(seen) if one in seen.ours}
    return frozenset((ran - shells if by_shell else ran) | tools)


def _is_by_shell(seen: Seen) -> bool:
    argv = seen.config.entrypoint or seen.config.cmd or ()
    return len(argv) > 2 and posixpath.basename(argv[0]).encode() in SHELLS


def is_wrapper(seen: Seen, path: bytes) -> bool:
    """Tell whether a file is the base image's entry point script."""
    words = seen.config.entrypoint or ()
    return bool(words) and base_name(path) == posixpath.basename(words[0]).encode() and seen.is_borrowed(path)


def is_compiled(seen: Seen, path: bytes) -> bool:
    """Tell whether a file is an ELF program of ours; one that is too large to read is no script."""
    if path not in seen.ours:
        return False
    facts = seen.elf(path)
    return "musl" not in facts.interpreter if facts else not seen.content(path) and seen.bytes_of(path) > 0


def runs_language_alone(seen: Seen, command: StartCommand) -> bool:
    """Tell whether only interpreters of one language ran, and scripts of ours that name one."""
    for path in programs_of(seen, command):
        name = language_of(_text(path))
        if name and name != seen.language:
            return False
        if not name and not (path in seen.ours and is_script_of(seen, path)):
            return False
    return True


def is_script_of(seen: Seen, path: bytes) -> bool:
    """Tell whether a file is a script of the language that ran."""
    line = seen.content(path)[:256].split(b"\n", 1)[0].decode("utf-8", "replace")
    words = line.removeprefix("#!").split() if line.startswith("#!") else []
    return bool(words) and language_of(posixpath.basename(words[-1])) == seen.language


def language_version(seen: Seen) -> str:
    """Return the version of the language as its distroless image is named: ``3.11``, ``20``."""
    if seen.language == "python":
        found = (re.fullmatch(r"python(3\.\d+)", _text(path)) for path in seen.executed)
        return next((match[1] for match in found if match), "")
    variable = {"node": "NODE_VERSION", "java": "JAVA_VERSION"}.get(seen.language, "")
    values = dict(entry.partition("=")[::2] for entry in seen.config.env)
    match = re.match(r"(?:jdk-?|v)?(\d+)", values.get(variable, "")) or re.search(
        r":(\d+)", seen.evidence.head.base_image
    )
    return match[1] if match and variable else ""


def _text(path: bytes) -> str:
    return base_name(path).decode("utf-8", "replace")
