"""The forms in which a report can be shown; the command line offers just these.

A form is a module with ``render(report, presentation) -> str`` and a line here. A module is imported when its form is
asked for, so that ``--help`` names the forms without loading one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.model.report import Report


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a form may want to know besides the report: ``color`` for terminals, ``comment_key`` for the comment."""

    color: bool = False
    comment_key: str = "default"


RENDERERS: Final[Mapping[str, str]] = {
    "text": "bot.render.terminal",
    "markdown": "bot.render.comment",
    "json": "bot.render.report_json",
    "html": "bot.render.html",
    "sarif": "bot.render.sarif",
}


def renderer(form: str) -> Callable[["Report", Presentation], str]:
    """Import the renderer of a form. Raises ``KeyError`` for a form that is not registered."""
    render: Callable[[Report, Presentation], str] = import_module(RENDERERS[form]).render
    return render
