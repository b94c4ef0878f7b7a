"""An image's history → the origin of each of its layers, for images that come without BuildKit's provenance."""

import re
from typing import Final

from bot.model.build import Origin, OriginKind
from bot.model.image import HistoryStep, Image

_LONGEST_TEXT: Final = 2_000
_BUILDKIT_SUFFIX: Final = re.compile(r"\s*# buildkit\s*\Z")
_CLASSIC_METADATA: Final = re.compile(r"\A(?:/bin/sh|cmd) (?:-c|/S /C) +#\(nop\) +")
_ARGUMENTS: Final = re.compile(r"\A(?:RUN )?\|(?P<count>[0-9]{1,4}) ")
_ASSIGNMENT: Final = re.compile(r"(?:\A| )[A-Za-z_][A-Za-z0-9_]*=")
_SHELL: Final = re.compile(r"(?:\A| )(?P<shell>/[^\s]{1,200}(?: -?[A-Za-z]{1,20}){0,6}? -[A-Za-z]{0,10}c) ")
_KEYWORD: Final = re.compile(r"\A[A-Z]{2,12} ")
_DEFAULT_SHELL: Final = "/bin/sh -c "


def history_origins(image: Image) -> tuple[Origin, ...]:
    """Return the origin of every layer by position: the nth step that is not empty made the nth layer.

    History is what a builder wrote down, not proof: each origin is inexact, and unknown where steps and layers do
    not pair up one to one (squashed, committed or stripped images).
    """
    steps = [step for step in image.history if not step.empty]
    if len(steps) != len(image.layers):
        return tuple(_origin("layer without history") for _ in image.layers)
    return tuple(_origin(instruction(step)) for step in steps)


def instruction(step: HistoryStep) -> str:
    """Return a step as the instruction that its author wrote, as far as history tells.

    Undoes what builders add: ``/bin/sh -c #(nop)`` (classic engine, Buildah), ``# buildkit`` (BuildKit), the shell of
    a RUN, and ``|n NAME=value …``, which would publish the values of build arguments (docs/security.md T-D3).
    """
    text = _BUILDKIT_SUFFIX.sub("", step.created_by[:_LONGEST_TEXT].strip())
    if not text:
        return step.comment[:_LONGEST_TEXT].strip() or "layer without history"
    metadata = _CLASSIC_METADATA.match(text)
    return text[metadata.end() :].strip() if metadata else _command(text)


def _command(text: str) -> str:
    arguments = _ARGUMENTS.match(text)
    if arguments:
        return _without_arguments(text[arguments.end() :], int(arguments["count"]))
    if text.startswith(_DEFAULT_SHELL):
        return f"RUN {text.removeprefix(_DEFAULT_SHELL).strip()}"
    if text.startswith(f"RUN {_DEFAULT_SHELL}"):
        return f"RUN {text.removeprefix(f'RUN {_DEFAULT_SHELL}').strip()}"
    return text if _KEYWORD.match(text) else f"RUN {text}" if text.startswith("/") else text


def _without_arguments(text: str, count: int) -> str:
    """Drop ``count`` assignments whose values may hold spaces: the command starts after the shell that follows them."""
    position = 0
    for _ in range(count):
        assignment = _ASSIGNMENT.search(text, position)
        if assignment is None:
            return "RUN (build arguments hidden)"
        position = assignment.end()
    shell = _SHELL.search(text, position)
    if shell is None:
        return "RUN (build arguments hidden)"
    command = text[shell.end() :].strip()
    return f"RUN {command}" if shell["shell"] == "/bin/sh -c" else f"RUN {shell['shell']} {command}"


def _origin(text: str) -> Origin:
    return Origin(OriginKind.UNKNOWN, text, exact=False)
