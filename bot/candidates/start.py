"""ENTRYPOINT and CMD → the same command without a shell, its program by absolute path."""

import posixpath
import re
import shlex
from collections.abc import Sequence
from typing import Final, NamedTuple

from bot.candidates.seen import Seen, text_of
from bot.contents.lookup import DEFAULT_PATH, absolute, encoded, variable
from bot.contents.start_command import language_of

_LONGEST_LINE: Final = 4096
_RUNS_FOR: Final = {"uv": ".venv/bin", "poetry": ".venv/bin"}


class StartCommand(NamedTuple):
    """What an image starts. ``entrypoint`` is ``None`` where it has none; then ``cmd`` begins with the program."""

    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...]
    altered: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    """Folders that PATH must name first for the program to be found as before."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The whole command."""
        return (*(self.entrypoint or ()), *self.cmd)


def command_of(seen: Seen) -> StartCommand | None:
    """Resolve the command as far as it needs no shell; ``None`` where it needs one, or where nothing is started."""
    entrypoint, cmd = seen.config.entrypoint or (), seen.config.cmd or ()
    altered: tuple[str, ...] = ()
    if entrypoint and _is_wrapper_of_base(seen, entrypoint):
        entrypoint, altered = (), ("leaves out the entry point script of the base image",)
    if shell := _plain_words(entrypoint):
        return _resolved(seen, StartCommand(shell, (), altered))
    if not entrypoint and (shell := _plain_words(cmd)):
        return _resolved(seen, StartCommand(None, shell, altered))
    if _is_shell_form(entrypoint) or _is_shell_form(cmd) or not (*entrypoint, *cmd):
        return None
    return _resolved(seen, StartCommand(tuple(entrypoint) or None, tuple(cmd), altered))


def find_in_path(seen: Seen, name: str) -> str:
    """Return the absolute path by which a command's first word is found; empty where it is not."""
    if "/" in name:
        path = posixpath.normpath(absolute(seen.config, name))
        return path if seen.is_file(seen.real(encoded(path.lstrip("/")))) else ""
    for folder in dict.fromkeys(variable(seen.config, "PATH", DEFAULT_PATH).split(":")):
        path = posixpath.normpath(absolute(seen.config, f"{folder or '.'}/{name}"))
        if seen.is_file(seen.real(encoded(path.lstrip("/")))):
            return path
    return ""


def venv_command(seen: Seen, command: StartCommand) -> StartCommand | None:
    """Resolve ``uv run X`` to X of the environment that it would run in; ``None`` for any other command."""
    argv = command.argv
    tool = posixpath.basename(argv[0]) if argv else ""
    if tool not in _RUNS_FOR or argv[1:2] != ("run",) or len(argv) < 3 or argv[2].startswith("-"):
        return None
    folder = posixpath.normpath(absolute(seen.config, _RUNS_FOR[tool]))
    program = f"{folder}/{argv[2]}"
    words = (program, *argv[3:])
    if argv[2].endswith(".py") and "/" not in argv[2].lstrip("./"):
        program, words = f"{folder}/python", (f"{folder}/python", *argv[2:])
    if not seen.is_file(seen.real(encoded(program.lstrip("/")))):
        return None
    return StartCommand(None, words, (*command.altered, f"starts the program without {tool}"), (folder,))


def built_program(seen: Seen, command: StartCommand) -> StartCommand | None:
    """Resolve ``cargo run`` to the program that it ran; ``None`` for any other command."""
    argv = command.argv
    if not argv or posixpath.basename(argv[0]) != "cargo" or "run" not in argv[1:3]:
        return None
    programs = [one for one in seen.executed if b"/target/" in one and seen.is_ours(one) and seen.elf(one)]
    if len(programs) != 1:
        return None
    arguments = argv[argv.index("--") + 1 :] if "--" in argv else ()
    return StartCommand(
        None, (text_of(programs[0]), *arguments), (*command.altered, "starts the program without cargo")
    )


def plain_call(line: str) -> tuple[str, ...]:
    """Split a shell's line that only calls one program, perhaps with ``|| exit 1`` behind it; nothing for any other.

    What stands in quotes is one word, as long as no shell would expand it.
    """
    line = re.sub(r"\s*\|\|\s*exit\s+1\s*$", "", line.strip())
    bare = re.sub(r"'[^']*'|\"[^\"$`\\]*\"", "", line)
    if len(line) > _LONGEST_LINE or not re.fullmatch(r"[\w@%+=:,./\s-]*", bare) or "\n" in line:
        return ()
    try:
        words = shlex.split(line)
    except ValueError:
        return ()
    return tuple(words) if words and "=" not in words[0] else ()


def interpreted(seen: Seen, command: StartCommand) -> StartCommand | None:
    """Put the interpreter that a script names by ``env`` in front of it: a minimal image has no ``env``."""
    program = command.argv[0]
    line = seen.content(seen.real(encoded(program.lstrip("/"))))[:256].split(b"\n", 1)[0].decode("utf-8", "replace")
    words = line.removeprefix("#!").split() if line.startswith("#!") else []
    if not words or posixpath.basename(words[0]) != "env":
        return command
    interpreter = find_in_path(seen, words[-1]) if len(words) == 2 and language_of(words[-1]) else ""
    if not interpreter:
        return None
    if command.entrypoint:
        return command._replace(entrypoint=(interpreter, *command.entrypoint))
    return command._replace(cmd=(interpreter, *command.cmd))


def _resolved(seen: Seen, command: StartCommand) -> StartCommand | None:
    program = find_in_path(seen, command.argv[0])
    if not program:
        return None
    folder = posixpath.dirname(program)
    known = folder in DEFAULT_PATH.split(":") or "/" in command.argv[0]
    found = command._replace(search=() if known else (folder,))
    if command.entrypoint:
        return found._replace(entrypoint=(program, *command.entrypoint[1:]))
    return found._replace(cmd=(program, *command.cmd[1:]))


def _is_shell_form(argv: Sequence[str]) -> bool:
    return len(argv) > 2 and posixpath.basename(argv[0]) in {"sh", "bash", "ash", "dash"} and argv[1].startswith("-")


def _plain_words(argv: Sequence[str]) -> tuple[str, ...]:
    """Split a shell form that a shell would only split; nothing where it would do more."""
    words = plain_call(argv[2]) if _is_shell_form(argv) and "exit" not in argv[2] else ()
    return words[1:] if words[:1] == ("exec",) else words


def _is_wrapper_of_base(seen: Seen, entrypoint: Sequence[str]) -> bool:
    """Tell whether an entry point is a script of the base image that ends in starting what it is given."""
    if len(entrypoint) != 1 or any(one.keyword == "ENTRYPOINT" for one in seen.chain):
        return False
    path = find_in_path(seen, entrypoint[0])
    content = seen.content(seen.real(encoded(path.lstrip("/")))) if path else b""
    return content.startswith(b"#!") and content.rstrip().endswith(b'exec "$@"')
