"""Report files that the user named, read as what they may be: foreign data."""

from collections.abc import Sequence
from pathlib import Path

from bot.commands.files import is_there, read_bounded
from bot.errors import UsageError
from bot.flows.publish import LARGEST_REPORT_BYTES
from bot.model.report import Report
from bot.render.report_json import decode


def read_reports(names: Sequence[str]) -> tuple[Report, ...]:
    """Read the files named, and the JSON files below the folders named. Raises ``UsageError``."""
    return tuple(decode(read_bounded(path, LARGEST_REPORT_BYTES)) for name in names for path in _files(name))


def _files(name: str) -> Sequence[Path]:
    path = Path(name)
    found = sorted(path.rglob("*.json")) if is_there(path) and path.is_dir() else [path]
    if not found:
        raise UsageError(f"There is no report in {name}.", fix="Download the artifacts of the measuring jobs first.")
    return found
