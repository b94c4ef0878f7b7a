"""ENTRYPOINT and CMD → what is started: a program, or a script that an interpreter runs."""

import posixpath
import shlex
from itertools import pairwise
from typing import NamedTuple

from bot.contents.work_budget import Work
from bot.errors import ImageError
from bot.formats.documents import inner, parse_object
from bot.model.image import ImageConfig

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_WRAPPERS = frozenset({"exec", "tini", "dumb-init", "env", "nice", "gosu", "su-exec"})
# The time that shlex takes grows with the square of a word, and no command of a person is longer.
_LONGEST_SHELL_LINE = 16_384
_OPERATORS = frozenset("&|;<>()$`")
_PACKAGE_MANAGERS = frozenset({"npm", "yarn", "pnpm"})
_LANGUAGES = {
    "java": "java",
    "node": "node",
    "nodejs": "node",
    "python": "python",
    "python3": "python",
    "dotnet": "dotnet",
    "ruby": "ruby",
    "bundle": "ruby",
    "php": "php",
    "php-fpm": "php",
    "perl": "perl",
    "npm": "node",
    "yarn": "node",
    "pnpm": "node",
    "npx": "node",
    "gunicorn": "python",
    "uvicorn": "python",
    "uv": "python",
    "erl": "erlang",
    "mix": "erlang",
}


class Started(NamedTuple):
    """What is started: ``program`` the first word (empty for nothing), its arguments, and whether a shell starts it.

    ``simple`` is False for shell text with operators or expansions, of which only the first word is known.
    """

    program: str
    arguments: tuple[str, ...]
    by_shell: bool
    simple: bool


def read_command(config: ImageConfig) -> Started:
    """Read what a container of the image starts, wrappers such as tini and exec left out."""
    argv = (*(config.entrypoint or ()), *(config.cmd or ()))
    return _read(argv, by_shell=False)


def language_of(program: str) -> str:
    """Return the language whose interpreter a program is: ``python3.12`` is python's; empty for others."""
    name = posixpath.basename(program)
    return _LANGUAGES.get(name) or _LANGUAGES.get(name.rstrip("0123456789."), "")


def script_of(started: Started) -> str:
    """Return the file that an interpreter is told to run (``java -jar X``, ``node x.js``), or nothing."""
    name = language_of(started.program)
    arguments = list(started.arguments)
    if name == "java":
        return next((value for flag, value in pairwise(arguments) if flag == "-jar"), "")
    if name in {"node", "python", "ruby", "php", "dotnet"}:
        plain = [word for word in arguments if not word.startswith("-")]
        return plain[0] if plain and "-m" not in arguments and _is_file(plain[0]) else ""
    return ""


def is_package_manager(program: str) -> bool:
    """Tell whether a program starts a script that package.json names."""
    return posixpath.basename(program) in _PACKAGE_MANAGERS


def start_script(package_json: bytes, arguments: tuple[str, ...], work: Work | None = None) -> Started | None:
    """Read what ``npm start`` or ``npm run NAME`` runs; ``None`` where package.json does not say."""
    name = next((word for word in arguments if word not in {"run", "run-script"} and not word.startswith("-")), "start")
    try:
        (work or Work()).parse(package_json)
        line = inner(parse_object(package_json, "package.json"), "scripts").get(name)
    except ImageError:
        return None
    return _read(("sh", "-c", line), by_shell=False) if isinstance(line, str) else None


def _read(argv: tuple[str, ...], *, by_shell: bool) -> Started:
    start = 0
    simple = True
    while len(argv) - start > 1 and _is_wrapper(argv[start]):
        if _is_own_script(argv[start]):
            by_shell, simple = True, False
        start = _after_options(argv, start + 1)
    argv = argv[start:]
    if not argv:
        return Started("", (), by_shell, simple=True)
    if len(argv) > 2 and posixpath.basename(argv[0]) in _SHELLS and argv[1].startswith("-") and "c" in argv[1]:
        return _read_shell(argv[2])
    return Started(argv[0], argv[1:], by_shell, simple=simple)


def _is_own_script(word: str) -> bool:
    """Tell whether a wrapper is a script of the image's maker; one that PATH finds is its base image's."""
    return "/" in word and "entrypoint" in posixpath.basename(word)


def _is_wrapper(word: str) -> bool:
    """Tell whether a program only starts another one: an init, or by custom a script named entrypoint."""
    name = posixpath.basename(word)
    return name in _WRAPPERS or "entrypoint" in name


def _after_options(argv: tuple[str, ...], start: int) -> int:
    """Return where the first word from ``start`` on is that is neither an option nor an assignment."""
    while start < len(argv) and (argv[start].startswith("-") or "=" in argv[start]):
        start += 1
    return start


def _read_shell(line: str) -> Started:
    try:
        words = tuple(shlex.split(line) if len(line) <= _LONGEST_SHELL_LINE else line.split())
    except ValueError:
        words = tuple(line.split())
    words = words[_after_options(words, 0) :]
    simple = not _OPERATORS & set(line)
    started = _read(words, by_shell=True)
    return started._replace(by_shell=True, simple=simple and started.simple)


def _is_file(word: str) -> bool:
    return "." in posixpath.basename(word) or "/" in word
