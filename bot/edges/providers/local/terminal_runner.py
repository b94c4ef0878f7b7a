"""A person's terminal: progress and messages on standard error, results on standard output, no outputs to set."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import TextIO

from bot.edges.providers.github.workflow_commands import disarmed
from bot.edges.redactor import Redactor
from bot.edges.report_folder import ReportFolder
from bot.errors import UsageError
from bot.model.effects import Annotation


class TerminalRunner:
    """Says on ``messages`` what a runner would log, and prints results to ``results``."""

    def __init__(
        self, results: TextIO, messages: TextIO, folder: ReportFolder, redactor: Redactor | None = None
    ) -> None:
        self._results = results
        self._messages = messages
        self._folder = folder
        self.redactor = redactor or Redactor()
        self._quiet = False
        self._lock = RLock()

    @contextmanager
    def serving(self, report_dir: str, *, quiet: bool = False) -> Iterator[None]:
        """Serve one command, whose files go into a folder; quiet, messages are kept back until it has ended."""
        before = self._folder, self._quiet
        self._folder, self._quiet = self._folder.named(report_dir), quiet
        try:
            yield
        finally:
            self._folder, self._quiet = before

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Write the title as a line."""
        self.log(title)
        yield

    def log(self, text: str) -> None:
        """Write text to standard error without control sequences and masked values."""
        if not self._quiet:
            self._write(self._messages, disarmed(self.redactor.text(text)))

    def print(self, text: str) -> None:
        """Write a result to standard output, but for secrets as it is: it may be meant for a file or a program."""
        try:
            self._write(self._results, self.redactor.text(text))
        except OSError as error:
            _give_up(self._results)
            if not isinstance(error, BrokenPipeError):
                why, fix = error.strerror or str(error), "Write it to a file: --output FILE."
                raise UsageError("Standard output cannot be written.", why=why, fix=fix) from error

    def mask(self, secret: str) -> None:
        """Hide a value in everything that is written from now on."""
        self.redactor.hide(secret)

    def annotate(self, annotations: Iterable[Annotation]) -> None:
        """Write annotations the way compilers do, so that editors find the lines."""
        for annotation in annotations:
            line = f"{annotation.path}:{annotation.start_line}: " if annotation.path else ""
            self.log(f"{line}{annotation.level}: {annotation.message}")

    def set_outputs(self, outputs: Mapping[str, str]) -> None:
        """Do nothing: nobody reads step outputs here."""

    def write_summary(self, markdown: str) -> None:
        """Do nothing: the result is printed."""

    def write_file(self, path: str, content: bytes) -> str:
        """Write a file of the report folder; returns its path relative to the working directory."""
        return self._folder.write(path, self.redactor.content(content))

    def _write(self, stream: TextIO, text: str) -> None:
        with self._lock:
            stream.write(f"{text}\n")
            stream.flush()


def _give_up(stream: TextIO) -> None:
    """Let what is still buffered go nowhere: it would fail again when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
