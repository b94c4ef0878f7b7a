"""Texts of inputs and options → ``Settings``; every mistake at once, each with the name of its input."""

import shlex
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from bot.config.action_inputs import BASE_FAILURE, BY_NAME
from bot.config.config_file import default_dockerfile
from bot.config.kinds import Mistake, choice, did_you_mean, is_visible, one_of, shown, words_of
from bot.config.quantities import count_limit, duration_seconds, growth_limit, read_limits, size_limit
from bot.config.values import (
    ALREADY_OVER_WORDS,
    NETWORK,
    build_context,
    context_name,
    image_name,
    minutes_value,
    platform_value,
    repository_path,
    secret_value,
    web_page,
)
from bot.errors import ConfigError
from bot.model.build import ImageSpec
from bot.model.config import CommentMode, FailOn, Settings, VerifyMode
from bot.model.image import Platform
from bot.model.limits import Limits

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_ONE_IMAGE = ("context", "file", "target", "platforms", "build-args", "build-contexts", "secrets")
_ONE_IMAGE_TOO = ("secret-envs", "secret-files", "network")


def read_settings(values: Mapping[str, str]) -> Settings:
    """Read the texts of inputs by name; an empty text is an unset input. Raises ``ConfigError`` with all mistakes."""
    reader = _InputReader(values)
    settings = Settings(
        config_path=reader.read("config", repository_path) or "",
        images=reader.each("images", image_name),
        single_image=_single_image(reader),
        base_ref=reader.text("base-ref"),
        head_ref=reader.text("head-ref"),
        max_size=reader.checked("max-size", size_limit),
        max_growth=reader.checked("max-growth", growth_limit),
        max_layers=reader.checked("max-layers", count_limit),
        fail_on=reader.choice("fail-on", FailOn) or FailOn.BUDGET,
        on_base_failure=ALREADY_OVER_WORDS[reader.word("on-base-failure", BASE_FAILURE)],
        comment=reader.choice("comment", CommentMode),
        comment_key=reader.text("comment-key"),
        override_label=_override_label(reader.text("override-label")),
        summary=reader.flag("summary"),
        annotations=reader.flag("annotations"),
        check_run=reader.flag("check-run"),
        report_dir=reader.read("report-dir", repository_path) or "",
        sarif_file=reader.read("sarif-file", repository_path) or "",
        builder=reader.text("builder"),
        cache_from=reader.lines("cache-from"),
        cache_to=reader.lines("cache-to"),
        pull=reader.flag("pull"),
        deadline_seconds=reader.read("deadline", duration_seconds) or 0.0,
        allow_local_images=reader.flag("allow-local-images"),
        allow_privileged_build=reader.flag("allow-privileged-build"),
        verify=reader.choice("verify", VerifyMode),
        verify_seconds=reader.read("verify-minutes", _minutes),
        verify_min=reader.checked("verify-min", growth_limit),
        smoke=reader.each("smoke", _command),
        pages=reader.each("pages", web_page),
        limits=_limits(reader),
    )
    reader.finish()
    return settings


def _minutes(text: str) -> float:
    return 60.0 * minutes_value(int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else text)


def _command(text: str) -> tuple[str, ...]:
    """Split a command into its words as a shell does; nothing else of a shell is understood."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise Mistake(f"{shown(text)} is not a command: {str(error).lower()}") from error


def _limits(reader: "_InputReader") -> Limits:
    try:
        return read_limits(reader.pairs("limits", str))
    except Mistake as mistake:
        reader.problem("limits", str(mistake))
        return Limits()


def _override_label(text: str) -> str | None:
    return None if not text else "" if text == "none" else text


def _single_image(reader: "_InputReader") -> ImageSpec | None:
    if not any(reader.stated(name) for name in (*_ONE_IMAGE, *_ONE_IMAGE_TOO)):
        return None
    context = reader.read("context", repository_path) or "."
    dockerfile = reader.read("file", repository_path) or default_dockerfile(context)
    return ImageSpec(
        name=_name(context, dockerfile),
        dockerfile=dockerfile,
        context=context,
        target=reader.text("target"),
        platform=_platform(reader),
        build_args=reader.pairs("build-args", str),
        build_contexts=_contexts(reader),
        secrets=_secrets(reader),
        network=reader.read("network", NETWORK.read) or "",
    )


def _name(context: str, dockerfile: str) -> str:
    """Name the single image after the folder that it is built from."""
    folder = context if context != "." else dockerfile.rpartition("/")[0]
    return folder.rpartition("/")[2] or "image"


def _platform(reader: "_InputReader") -> Platform | None:
    platforms = reader.each("platforms", platform_value, separator=",")
    if len(platforms) > 1:
        reader.problem("platforms", "names more than one; put platforms = […] of an [[image]] into deadweight.toml")
    return platforms[0] if platforms else None


def _contexts(reader: "_InputReader") -> tuple[tuple[str, str], ...]:
    found = reader.pairs("build-contexts", build_context)
    names = [reader.checked_value("build-contexts", context_name, name) for name, _ in found]
    return found if all(names) else ()


def _secrets(reader: "_InputReader") -> tuple[str, ...]:
    short = {"secret-envs": "id={},env={}", "secret-files": "id={},src={}"}
    spelled = (
        reader.checked_value(name, secret_value, form.format(*pair))
        for name, form in short.items()
        for pair in reader.pairs(name, str)
    )
    return (*reader.each("secrets", secret_value), *(one for one in spelled if one is not None))


class _InputReader:
    """Reads texts by name and collects what is wrong with them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._problems: list[str] = []
        for name in values:
            if name not in BY_NAME:
                self._problems.append(f"input {shown(name)} does not exist{did_you_mean(name, BY_NAME)}")

    def finish(self) -> None:
        if self._problems:
            raise ConfigError(self._problems)

    def problem(self, name: str, text: str) -> None:
        self._problems.append(f'input "{name}" {text}')

    def stated(self, name: str) -> bool:
        return bool(self._values.get(name, "").strip())

    def text(self, name: str) -> str:
        text = self._values.get(name, "").strip() or BY_NAME[name].default
        if is_visible(text):
            return text
        self.problem(name, f"{shown(text)} holds characters that cannot be seen")
        return ""

    def lines(self, name: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in self._values.get(name, "").splitlines() if line.strip())

    def read(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self.text(name)
        return self._try(name, read, text) if text else None

    def checked(self, name: str, read: Callable[[str], object]) -> str:
        """Return a text that ``read`` accepts; empty if it does not."""
        return self.text(name) if self.read(name, read) is not None else ""

    def checked_value(self, name: str, read: Callable[[str], T], text: str) -> T | None:
        """Read a text that was made of an input's; ``None`` where it is wrong."""
        return self._try(name, read, text)

    def each(self, name: str, read: Callable[[str], T], separator: str = "\n") -> tuple[T, ...]:
        words = [word.strip() for line in self.lines(name) for word in line.split(separator) if word.strip()]
        return tuple(item for word in words if (item := self._try(name, read, word)) is not None)

    def pairs(self, name: str, read: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
        """Read ``NAME=VALUE`` lines; what follows a line that is none is not shown, it may be a secret."""
        found: list[tuple[str, str]] = []
        for number, line in enumerate(self.lines(name), start=1):
            key, equals, value = line.partition("=")
            if not key or not equals:
                self.problem(name, f"has no NAME=VALUE on line {number}")
            elif (item := self._try(name, read, value)) is not None:
                found.append((key, item))
        return tuple(found)

    def choice(self, name: str, enum: type[E]) -> E | None:
        return self.read(name, choice(words_of(enum)))

    def word(self, name: str, words: tuple[str, ...]) -> str:
        return self.read(name, choice({word: word for word in words})) or words[0]

    def flag(self, name: str) -> bool:
        text = self.text(name)
        if text not in (*_TRUE, *_FALSE):
            self.problem(name, f"{shown(text)} is not one of {one_of(('true', 'false'))}")
        return text in _TRUE

    def _try(self, name: str, read: Callable[[str], T], text: str) -> T | None:
        try:
            return read(text)
        except Mistake as mistake:
            self.problem(name, str(mistake))
            return None
