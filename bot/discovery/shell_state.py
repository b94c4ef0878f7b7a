"""What a script has set: variables, folder, functions, and what it writes for later steps to find."""

import json
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tree_sitter import Node

from bot.discovery.tree import inside, joined
from bot.discovery.unknowns import is_known, unknown, unknowns_of
from bot.discovery.words import Variables, base_name

Read = Callable[[str], str | None]
"""The text of a file of the repository by its path from the script's folder."""

OUTPUT_FILE, ENVIRONMENT_FILE = "/github/output", "/github/env"
RUNNER: Final[Mapping[str, str]] = {
    "GITHUB_OUTPUT": OUTPUT_FILE,
    "GITHUB_ENV": ENVIRONMENT_FILE,
    "GITHUB_WORKSPACE": "/github/workspace",
    "RUNNER_OS": "Linux",
    "CI": "true",
    "GITHUB_ACTIONS": "true",
}
_LONGEST_ANSWER: Final = 20_000
_TO_LOWER: Final = (("a-z",), ("[a-z]",), ("[:lower:]",), ("[[:lower:]]",))
_PREFIXES: Final = frozenset({"sudo", "exec", "time", "command", "nice", "env", "nohup", "eval", "retry", "timeout"})


class Ran(NamedTuple):
    """A command as far as it is known: its words, the folder it runs in, its line, and the variables it sees."""

    words: tuple[str, ...]
    folder: str
    line: int
    variables: Variables


class State:
    """What a script has set so far; ``sinks`` collect what goes to files, by their paths, ``sink`` is the one in use.

    ``read`` gives the text of a file of the repository by its path from the script's folder.
    """

    def __init__(
        self,
        variables: dict[str, str | tuple[str, ...]],
        folder: str,
        read: Read | None = None,
    ) -> None:
        self.variables = variables
        self.folder = folder
        self.read = read
        self.sinks: dict[str, list[str]] = {}
        self.sink = ""
        self.go(folder)

    def go(self, folder: str) -> None:
        """Change the folder, as ``cd`` does."""
        self.folder = folder
        self.variables["PWD"] = absolute(folder) or unknown("$PWD")

    def copied(self) -> "State":
        """A state of its own for a branch."""
        branch = State(dict(self.variables), self.folder, self.read)
        branch.sinks = {path: list(lines) for path, lines in self.sinks.items()}
        branch.sink = self.sink
        return branch


def answer_of(commands: Sequence[tuple[str, ...]], read: Read | None, folder: str) -> str | None:
    """What a pipeline prints: a command's own answer, a file's text, or an ``echo`` that ``tr`` turns to lower case."""
    if len(commands) == 1:
        known = _place(commands[0], folder) or answer(commands[0])
        return known or (_file_answer(commands[0], read) if read is not None else None)
    lowers = len(commands) == 2 and commands[1][:1] == ("tr",) and commands[1][2:] in _TO_LOWER
    return " ".join(commands[0][1:]).lower() if lowers and commands[0][:1] == ("echo",) else None


def _file_answer(words: tuple[str, ...], read: Read) -> str | None:
    """The text of a file that ``cat FILE`` or ``jq -c . FILE`` prints; JSON on one line."""
    plain = tuple(word for word in words if word not in {"-c", "-r", "-rc", "-cr", "--compact-output"})
    if plain[:1] == ("cat",) and len(plain) == 2:
        return (read(plain[1]) or "").strip()[:_LONGEST_ANSWER] or None
    if plain[:2] != ("jq", ".") or len(plain) != 3:
        return None
    try:
        return json.dumps(json.loads(read(plain[2]) or ""))[:_LONGEST_ANSWER]
    except (ValueError, RecursionError):
        return None


def printed(words: tuple[str, ...]) -> str:
    """The text that ``echo`` or ``printf`` writes."""
    plain = [word for word in words[1:] if word not in {"-n", "-e", "-E", "--"}]
    text = " ".join(plain)
    if words[0] == "printf" and plain:
        text = plain[0].replace("%s", "\x00").replace("\\n", "\n")
        for value in plain[1:]:
            text = text.replace("\x00", value, 1)
    return text


def absolute(folder: str) -> str | None:
    """Write a folder of the repository as the runner does, so that it stays the same wherever it is used."""
    return posixpath.normpath(f"{RUNNER['GITHUB_WORKSPACE']}/{folder}") if is_known(folder) else None


def _place(words: tuple[str, ...], folder: str) -> str | None:
    """What ``pwd``, ``realpath`` and ``readlink -f`` print in a folder."""
    if words[:1] == ("pwd",):
        return absolute(folder)
    named = [word for word in words[1:] if not word.startswith("-")]
    if words[:1] in (("realpath",), ("readlink",)) and len(named) == 1 and is_known(named[0]) and is_known(folder):
        found = joined(folder, named[0])
        return absolute(found) if found is not None else None
    return None


def answer(words: tuple[str, ...]) -> str | None:
    """What a command prints, for the few whose answer is in their words."""
    if words == ("git", "rev-parse", "--show-toplevel"):
        return RUNNER["GITHUB_WORKSPACE"]
    words = tuple(word for word in words if word != "--")
    if words[:1] == ("echo",):
        return " ".join(words[1:])
    if len(words) == 2 and words[0] in {"basename", "dirname"} and is_known(words[1]):
        return base_name(words[1]) if words[0] == "basename" else words[1].rpartition("/")[0] or "."
    return None


def appended(old: str | tuple[str, ...], new: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """The value after ``+=``."""
    if isinstance(new, tuple):
        return ((old,) if isinstance(old, str) and old else tuple(old))[:200] + new
    return (old if isinstance(old, str) else " ".join(old)) + new


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """The commands and pipelines of a list, without its redirections."""
    found: list[Node] = []
    for node in nodes:
        body = node.child_by_field_name("body") if node.type == "redirected_statement" else None
        inner = [body] if body is not None else node.named_children if node.type == "list" else []
        found += in_order(inner) if inner else [node]
    return found


def folder_after(commands: Iterable[tuple[str, ...]], folder: str) -> str:
    """The folder after some commands; any but ``cd`` may do anything."""
    for words in commands:
        folder = moved(folder, words[1:]) if words[:1] == ("cd",) else unknown("cd")
    return folder


def moved(folder: str, words: tuple[str, ...]) -> str:
    """The folder after ``cd``."""
    words = tuple(word for word in words if word == "-" or not word.startswith("-"))
    if not words or words[0] == "-" or not is_known(words[0]):
        return unknown("cd") if words else folder
    found = joined(folder, words[0]) if is_known(folder) else inside(words[0])
    return unknown(f"cd {words[0]}") if found is None else found


def without_prefixes(words: tuple[str, ...]) -> tuple[str, ...]:
    """Take off ``sudo``, ``time`` and their like."""
    start = 0
    while start + 1 < len(words) and (
        base_name(words[start]) in _PREFIXES or (start and (words[start].startswith("-") or "=" in words[start]))
    ):
        start += 1
    return words[start:]


def merge(start: State, ends: list[State]) -> None:
    """Keep what every branch agrees on; what differs is unknown afterwards."""
    for name in dict.fromkeys(name for end in ends for name in end.variables):
        values = [end.variables.get(name) for end in ends]
        same = values[0] if all(value == values[0] for value in values) else None
        start.variables[name] = unknown(f"${name}") if same is None else same
    start.folder = ends[0].folder if all(end.folder == ends[0].folder for end in ends) else start.folder
    for path in dict.fromkeys(path for end in ends for path in end.sinks):
        start.sinks[path] = _merged_lines([end.sinks.get(path, []) for end in ends])


def _merged_lines(written: list[list[str]]) -> list[str]:
    """Join what branches wrote to a file; a key to which they give different values gets an unknown one."""
    if all(lines == written[0] for lines in written):
        return written[0]
    lines = dict.fromkeys(line for part in written for line in part)
    shared = set(written[0]).intersection(*written[1:])
    return [line if line in shared else _unsure(line) for line in lines]


def _unsure(line: str) -> str:
    key, found, _ = line.partition("=")
    return f"{key}={unknown(f'one of several {key}')}" if found and "<<" not in key else line


def read_outputs(lines: Iterable[str]) -> dict[str, str]:
    """Read ``NAME=value`` lines and ``NAME<<END`` blocks; a value that is shell text with holes keeps its holes."""
    found: dict[str, str] = {}
    name, end, block = "", "", list[str]()
    for line in (part for text in lines for part in text.split("\n")):
        if end:
            if line.strip() == end:
                found[name], end, block = "\n".join(block), "", []
            else:
                block.append(line)
            continue
        key, given, value = line.partition("=")
        opening, is_block, marker = line.partition("<<")
        if is_block and (not given or len(opening) < len(key)):
            name, end = opening.strip(), marker.strip()
        elif given and is_known(key):
            found[key.strip()] = value
        elif unknowns_of(line) and not given:
            found.setdefault("*", unknown("a script's output"))
    return found
