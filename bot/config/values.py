"""The values of our own keys: names, paths, platforms, secrets, and words to choose from."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from bot.config.kinds import (
    Kind,
    Mistake,
    array,
    choice,
    day_value,
    flag_value,
    mapping,
    shown,
    stated_text,
    text_value,
    words_of,
)
from bot.model.budget import BudgetKind, Verdict
from bot.model.build import is_of_the_runner, is_of_the_system
from bot.model.config import VerifyMode
from bot.model.image import Platform
from bot.model.verify import WebPage

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,127}", re.ASCII)
_GLOB: Final = re.compile(r"[A-Za-z0-9*?\[][A-Za-z0-9._/*?\[\]!-]{0,127}", re.ASCII)


def is_glob(name: str) -> bool:
    """Tell whether an image's name is a pattern for several."""
    return any(character in name for character in "*?[")


def image_name(value: object) -> str:
    """Accept the name of an image, or a glob of names."""
    text = stated_text(value)
    if not (_GLOB if is_glob(text) else _NAME).fullmatch(text):
        raise Mistake(f"{shown(text)} is not a name; use letters, digits and . _ - / (and * ? [ ] for several images)")
    return text


def repository_path(value: object) -> str:
    """Accept a path inside the repository, and take ``.`` and ``..`` out of it."""
    text = stated_text(value)
    if text.startswith("/") or re.match(r"[A-Za-z]:", text) or "\\" in text:
        raise Mistake(f"{shown(text)} must be relative to the root of the repository, with / between folders")
    if "://" in text:
        raise Mistake(f"{shown(text)} is not in the repository; only folders of the commit itself can be compared")
    parts: list[str] = []
    for part in PurePosixPath(text).parts:
        if part == ".." and not parts:
            raise Mistake(f"{shown(text)} leads out of the repository")
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts) or "."


def build_context(value: object) -> str:
    """Accept an additional build context: a folder of the repository, ``docker-image://…`` or ``https://…``."""
    text = stated_text(value)
    return text if text.startswith(("docker-image://", "https://", "target:")) else repository_path(text)


_PLATFORM: Final = re.compile(r"[a-z0-9]{1,20}/[a-z0-9_]{1,20}(?:/[a-z0-9.]{1,20})?", re.ASCII)


def platform_value(value: object) -> Platform:
    """Accept ``os/architecture[/variant]``."""
    text = text_value(value)
    if not _PLATFORM.fullmatch(text):
        raise Mistake(f'{shown(text)} is not a platform; write it as "linux/amd64" or "linux/arm/v7"')
    return Platform(*text.split("/"))


_CONTEXT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,255}", re.ASCII)


def context_name(value: object) -> str:
    """Accept what a Dockerfile calls a context; an ``=`` would end it early, and begin another source."""
    text = stated_text(value)
    if not _CONTEXT_NAME.fullmatch(text):
        raise Mistake(f"{shown(text)} is not a name of a context; use letters, digits and . _ - / : @")
    return text


_SECRET: Final = re.compile(
    r"id=(?P<id>[A-Za-z0-9_][A-Za-z0-9_.-]*)(?:,(?:(?:src|source)=(?P<file>[^,\s\"]+)|env=(?P<env>[^,=\s\"]+)))?",
    re.ASCII,
)


def secret_value(value: object) -> str:
    """Accept where a secret lies; never shows the value, which may be the secret itself.

    What the runner hands to the job is no build secret, whoever asks for it. The file is looked at again where the
    build begins, since a link may lead elsewhere.
    """
    match = _SECRET.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Mistake("must say where the secret lies, as id=NAME,env=VARIABLE or id=NAME,src=FILE; never what it is")
    variable = match["env"] or ("" if match["file"] else match["id"])
    if is_of_the_runner(variable):
        raise Mistake(
            f"asks for {shown(variable)}, which is the runner's; "
            "give what the build needs to the job as a variable of another name"
        )
    if match["file"] and is_of_the_system(match["file"]):
        raise Mistake(f"asks for {shown(match['file'])}, which is the machine's; put the secret into a file of its own")
    return match[0]


def path_prefix(text: str) -> str:
    """Accept a folder or file of an image, as a path from its root."""
    stated_text(text)
    if not text.startswith("/") or ".." in PurePosixPath(text).parts:
        raise Mistake(f'must be a path from the root of the image, such as "/usr/share", not {shown(text)}')
    return str(PurePosixPath("/", *PurePosixPath(text).parts))


def platform_name(text: str) -> str:
    """Accept a platform as a key."""
    return str(platform_value(text))


_MOST_MINUTES: Final = 60
_WEB_PAGE: Final = re.compile(r"(?P<port>[0-9]{1,5})(?P<path>/[!-~]{0,500})", re.ASCII)
_LARGEST_PORT: Final = 65_535


def minutes_value(value: object) -> int:
    """Accept a whole number of minutes."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_MINUTES:
        raise Mistake(f"must be a whole number of minutes from 1 to {_MOST_MINUTES}, not {shown(value)}")
    return value


def web_page(value: object) -> WebPage:
    """Accept the port that a program listens at inside its container, and a path there."""
    text = stated_text(value)
    match = _WEB_PAGE.fullmatch(text)
    if match is None or not 1 <= int(match["port"]) <= _LARGEST_PORT:
        raise Mistake(f'{shown(text)} is not a page; write its port and path, such as "8080/health"')
    return WebPage(int(match["port"]), match["path"])


def commands_value(value: object) -> tuple[tuple[str, ...], ...]:
    """Accept one command as an array of its words, or an array of such commands."""
    if isinstance(value, list) and any(isinstance(item, list) for item in value):
        return tuple(filter(None, array(array(text_value))(value)))
    words = array(text_value)(value)
    return (words,) if words else ()


TEXT: Final = Kind("text", text_value, {"type": "string"})
STATED_TEXT: Final = Kind("text", stated_text, {"type": "string", "minLength": 1})
FLAG: Final = Kind("true or false", flag_value, {"type": "boolean"})
DAY: Final = Kind("date", day_value, {"type": "string", "format": "date"})
IMAGE_NAME: Final = Kind("name or glob", image_name, {"type": "string", "pattern": _GLOB.pattern})
REPOSITORY_PATH: Final = Kind("path in the repository", repository_path, {"type": "string", "minLength": 1})
TEXTS: Final = Kind("array of texts", array(stated_text), {"type": "array", "items": {"type": "string"}})
PATHS: Final = Kind("array of globs", array(stated_text), {"type": "array", "items": {"type": "string"}})
PLATFORMS: Final = Kind("array of platforms", array(platform_value), {"type": "array", "items": {"type": "string"}})
VARIANTS_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"one": (), "all": ("*",)}


def variants_value(value: object) -> tuple[str, ...]:
    """Accept which variants are measured: one, all, or those whose names match."""
    if isinstance(value, list):
        return array(image_name)(value)
    if not isinstance(value, str) or value not in VARIANTS_WORDS:
        raise Mistake(f'{shown(value)} is neither "one" nor "all"; names of variants go into an array')
    return VARIANTS_WORDS[value]


FILES: Final = Kind("array of paths", array(repository_path), {"type": "array", "items": {"type": "string"}})
VARIANTS: Final = Kind(
    "one, all or array of names",
    variants_value,
    {
        "anyOf": [
            {"enum": list(VARIANTS_WORDS)},
            {"type": "array", "items": {"type": "string", "pattern": _GLOB.pattern}},
        ]
    },
)
SECRETS: Final = Kind("array of places", array(secret_value), {"type": "array", "items": {"type": "string"}})
ARGUMENTS: Final = Kind("table of texts", mapping(stated_text, text_value), {"$ref": "#/$defs/texts"})
CONTEXTS: Final = Kind("table of contexts", mapping(context_name, build_context), {"$ref": "#/$defs/texts"})
NETWORK_WORDS: Final = {"default": "default", "none": "none", "host": "host"}
NETWORK: Final = Kind("default, none or host", choice(NETWORK_WORDS), {"enum": list(NETWORK_WORDS)})
ON_EXCEED_WORDS: Final = {"fail": Verdict.FAIL, "warn": Verdict.WARN}
ON_EXCEED: Final = Kind("fail or warn", choice(ON_EXCEED_WORDS), {"enum": list(ON_EXCEED_WORDS)})
ALREADY_OVER_WORDS: Final = {"warn": Verdict.WARN, "fail": Verdict.FAIL, "ignore": Verdict.PASS}
ALREADY_OVER: Final = Kind("warn, fail or ignore", choice(ALREADY_OVER_WORDS), {"enum": list(ALREADY_OVER_WORDS)})
MINUTES: Final = Kind("whole number", minutes_value, {"type": "integer", "minimum": 1, "maximum": _MOST_MINUTES})
WEB_PAGES: Final = Kind("array of pages", array(web_page), {"type": "array", "items": {"type": "string"}})
COMMANDS: Final = Kind(
    "command, or array of commands",
    commands_value,
    {
        "type": "array",
        "items": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    },
)
VERIFY_WORDS: Final = words_of(VerifyMode)
VERIFY: Final = Kind("never, build or run", choice(VERIFY_WORDS), {"enum": list(VERIFY_WORDS)})
BUDGET_NAME: Final = Kind(
    "name of a budget", choice(words_of(BudgetKind)), {"enum": [str(kind) for kind in BudgetKind]}
)
