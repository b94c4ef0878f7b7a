"""report.json, schema ``deadweight/report/1`` (docs/report.schema.json): what every consumer reads."""

from bot.render.report_json.decode import decode
from bot.render.report_json.encode import dump, encode

__all__ = ["decode", "dump", "encode"]
