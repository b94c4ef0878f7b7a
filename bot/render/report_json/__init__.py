"""report.json, schema ``deadweight/report/1`` (docs/report.schema.json): what every consumer reads."""

from bot.model.report import Report
from bot.render.registry import Presentation
from bot.render.report_json.decode import decode
from bot.render.report_json.encode import dump, encode

__all__ = ["decode", "dump", "encode", "render"]


def render(report: Report, presentation: Presentation) -> str:  # noqa: ARG001 - JSON looks the same everywhere
    """Show a report as JSON, see ``bot.render.registry``."""
    return dump(report).decode()
