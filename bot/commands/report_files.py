"""Report files that the user named, read as what they may be: foreign data."""

from collections.abc import Sequence
from pathlib import Path

from bot.errors import UsageError
from bot.flows.publish import LARGEST_REPORT_BYTES
from bot.model.report import Report
from bot.render.report_json import decode


def read_reports(names: Sequence[str]) -> tuple[Report, ...]:
    """Read the files named, and the JSON files below the folders named. Raises ``UsageError``."""
    return tuple(decode(read_bounded(path, LARGEST_REPORT_BYTES)) for name in names for path in _files(name))


def read_bounded(path: Path, limit_bytes: int) -> bytes:
    """Read a file up to one byte past a limit, so that whoever reads it finds it too large. Raises ``UsageError``."""
    try:
        with path.open("rb") as file:
            return file.read(limit_bytes + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read.", why=error.strerror or str(error)) from error


def _files(name: str) -> Sequence[Path]:
    path = Path(name)
    found = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not found:
        raise UsageError(f"There is no report in {name}.", fix="Download the artifacts of the measuring jobs first.")
    return found
