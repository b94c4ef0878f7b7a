"""The Actions runner: log groups, masks, annotations, outputs and summary, none of which foreign text can forge."""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final, TextIO

from bot.edges.providers.github.workflow_commands import LONGEST_MESSAGE, command, disarmed, is_maskable, key_value
from bot.edges.redactor import Redactor
from bot.edges.report_folder import ReportFolder
from bot.model.effects import Annotation, Level

ANNOTATIONS_PER_LEVEL = 10
"""Annotations of a step that the runner shows for each level."""
LARGEST_SUMMARY_BYTES = 1 << 20

_COMMANDS: Final = {Level.NOTICE: "notice", Level.WARNING: "warning", Level.FAILURE: "error"}
_CUT_NOTE = "\n\n_The rest does not fit into a job summary (1 MiB)._\n"


class ActionsRunner:
    """Writes to the job's log and to the files that the runner names in its environment.

    Trouble with outputs and summary is said in the log and changes nothing else.
    """

    def __init__(
        self, log: TextIO, environment: Mapping[str, str], folder: ReportFolder, redactor: Redactor | None = None
    ) -> None:
        self._log = log
        self._environment = environment
        self._folder = folder
        self.redactor = redactor or Redactor()
        self.redactor.listen(self._add_mask)
        self._in_group = False
        self._lock = RLock()

    @contextmanager
    def serving(self, report_dir: str, *, quiet: bool = False) -> Iterator[None]:  # noqa: ARG002 - a job's log is whole
        """Serve one command, whose files go into a folder of the workspace."""
        before, self._folder = self._folder, self._folder.named(report_dir)
        try:
            yield
        finally:
            self._folder = before

    # --- the log ---

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Fold what is logged inside; groups do not nest, an inner one is a line."""
        if self._in_group:
            self.log(title)
            yield
            return
        self._in_group = True
        self._command("group", self._safe(title))
        try:
            yield
        finally:
            self._command("endgroup")
            self._in_group = False

    def log(self, text: str) -> None:
        """Write text to the log, commands in it disarmed and masked values hidden."""
        self._write(self._safe(text))

    def print(self, text: str) -> None:
        """Write a result; in a job that is the log too."""
        self.log(text)

    def mask(self, secret: str) -> None:
        """Have the runner hide a value from now on, line by line, and hide it ourselves."""
        self.redactor.hide(secret)

    def _add_mask(self, line: str) -> None:
        if is_maskable(line):
            self._command("add-mask", line)

    def annotate(self, annotations: Iterable[Annotation]) -> None:
        """Write annotations, the first ten of each level; how many more there were is said."""
        seen: Counter[Level] = Counter()
        for annotation in annotations:
            seen[annotation.level] += 1
            if seen[annotation.level] <= ANNOTATIONS_PER_LEVEL:
                self._annotate(annotation)
        for level, count in seen.items():
            if count > ANNOTATIONS_PER_LEVEL:
                self.log(f"{count - ANNOTATIONS_PER_LEVEL} more of level {level} are in the report")

    def _annotate(self, annotation: Annotation) -> None:
        properties: dict[str, str | int] = {"title": self.redactor.text(annotation.title)}
        if annotation.path:
            properties |= {
                "file": self.redactor.text(annotation.path),
                "line": annotation.start_line,
                "endLine": annotation.end_line,
            }
        message = self.redactor.text(annotation.message)[:LONGEST_MESSAGE]
        self._command(_COMMANDS[annotation.level], message, properties)

    def _safe(self, text: str) -> str:
        return disarmed(self.redactor.text(text))

    def _command(self, name: str, data: str = "", properties: Mapping[str, str | int] | None = None) -> None:
        self._write(command(name, data, properties))

    def _write(self, text: str) -> None:
        with self._lock:
            self._log.write(f"{text}\n")
            self._log.flush()

    # --- files ---

    def set_outputs(self, outputs: Mapping[str, str]) -> None:
        """Append step outputs to the runner's file, each under a delimiter of its own that cannot be guessed."""
        entries = [
            key_value(name, self.redactor.text(value), f"deadweight_{secrets.token_hex(16)}")
            for name, value in outputs.items()
        ]
        self._append("GITHUB_OUTPUT", "".join(entries))

    def write_summary(self, markdown: str) -> None:
        """Append to the job summary, cut at a line where it would exceed the runner's 1 MiB."""
        path = Path(self._environment.get("GITHUB_STEP_SUMMARY", ""))
        used_bytes = path.stat().st_size if path.is_file() else 0
        shown = f"{self.redactor.text(markdown)}\n"
        self._append("GITHUB_STEP_SUMMARY", _fitting(shown, LARGEST_SUMMARY_BYTES - used_bytes))

    def _append(self, variable: str, text: str) -> None:
        name = self._environment.get(variable, "")
        try:
            with Path(name).open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
                file.write(text)
        except OSError as error:
            self.log(f"{variable} ({name or 'not set'}) cannot be written: {error.strerror}")

    def write_file(self, path: str, content: bytes) -> str:
        """Write a file of the report folder; returns its path relative to the workspace."""
        return self._folder.write(path, self.redactor.content(content))


def _fitting(markdown: str, limit_bytes: int) -> str:
    encoded = markdown.encode("utf-8", "backslashreplace")
    if len(encoded) <= limit_bytes:
        return markdown
    kept = encoded[: max(limit_bytes - len(_CUT_NOTE.encode()), 0)]
    return kept[: kept.rfind(b"\n") + 1].decode() + _CUT_NOTE if limit_bytes > len(_CUT_NOTE) else ""
