"""Words → lines of a Dockerfile that mean just these words; what cannot be written is refused."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.candidates.copies import Copy
from bot.errors import DockerfileError

_PLAIN_PATH: Final = re.compile(r"/[A-Za-z0-9_./@%+=:,~-]*")
_WRITABLE_PATH: Final = re.compile(r"/[^\x00-\x1f\x7f\\$*?\[\]\"'\ud800-\udfff]*")
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9_./@%+=:,~-]+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_UNWRITABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST_LINE: Final = 110


_CANNOT: Final = "The candidate cannot be written."


def copy_lines(copies: Iterable[Copy], source: str) -> Iterator[str]:
    """Write copies from a stage; paths with blanks as JSON. Raises ``DockerfileError`` for stranger ones."""
    for one in copies:
        flags = f"COPY --from={source}" + (f" --chown={one.owner}" if one.owner else "")
        paths = [_checked(path) for path in (*one.sources, one.destination)]
        paths = [path.rstrip("/") or "/" if one.is_folder else path for path in paths]
        if not all(map(_PLAIN_PATH.fullmatch, paths)):
            yield f"{flags} {json.dumps(paths, ensure_ascii=False)}"
        elif len(flags) + sum(len(path) + 1 for path in paths) > _LONGEST_LINE and len(paths) > 2:
            yield flags + " \\"
            yield from (f"    {path} \\" for path in paths[:-1])
            yield f"    {paths[-1]}"
        else:
            yield " ".join([flags, *paths])


def path_word(path: str) -> str:
    """Write a path where one word is expected. Raises ``DockerfileError``."""
    if not _PLAIN_PATH.fullmatch(path):
        raise DockerfileError(_CANNOT, why=f"{path!r} means something else there.")
    return path


def assignment(name: str, value: str) -> str:
    """Write ``NAME=value`` as ENV and LABEL take it. Raises ``DockerfileError`` for what no quotes can hold."""
    if not _NAME.fullmatch(name) or _UNWRITABLE.search(value):
        raise DockerfileError(_CANNOT, why=f"{name!r} means something else there.")
    if _PLAIN_VALUE.fullmatch(value):
        return f"{name}={value}"
    escaped = re.sub(r'([\\"$])', r"\\\1", value)
    return f'{name}="{escaped}"'


def exec_form(keyword: str, words: Sequence[str]) -> str:
    """Write an instruction in exec form. Raises ``DockerfileError`` for words that are no text."""
    if any(re.search("[\ud800-\udfff\x00]", word) for word in words):
        raise DockerfileError(_CANNOT, why=f"{keyword!r} means something else there.")
    return f"{keyword} {json.dumps(list(words), ensure_ascii=False)}"


def single_line(text: str) -> str:
    """Return text that goes on one line as it is. Raises ``DockerfileError`` for any other."""
    if _UNWRITABLE.search(text) or text.endswith("\\"):
        raise DockerfileError(_CANNOT, why=f"{text!r} means something else there.")
    return text


def _checked(path: str) -> str:
    if not _WRITABLE_PATH.fullmatch(path) or "/../" in f"{path}/":
        raise DockerfileError(_CANNOT, why=f"{path!r} means something else there.")
    return path
