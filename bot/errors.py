"""One root for every failure that a user can meet; each says what failed, why, and what to do next.

The tree::

    DeadweightError                 exit code
    ├── UsageError                  2   a command, input or reference that makes no sense
    │   ├── ConfigError             2   mistakes in deadweight.toml, all of them at once
    │   ├── DockerfileError         2   a Dockerfile that cannot be parsed; knows the line
    │   └── RefusedError            2   a request that would be unsafe to honour
    ├── MeasureError                3   no number could be had
    │   ├── EngineError             3   no engine, or one that cannot do what is asked
    │   ├── GitError                3   a commit or a tree that cannot be had
    │   ├── ImageError              3   an image that cannot be found or read
    │   │   └── LimitError          3   an image that exceeds a stated limit
    │   ├── WorkError               3   files inside an image that take more work than a limit allows
    │   └── RegistryError           3   a registry that refuses or misbehaves
    ├── RecordError                 3   sizes that could not be put on record
    ├── PublishError                0   a report that cannot be posted (it is still written)
    ├── BugError                    3   an invariant of our own is broken
    ├── CancelledError            130   the run was told to stop
    └── CaughtError               3   raised and caught within one room; nobody ever sees it
"""

from collections.abc import Sequence
from typing import ClassVar, Final

_QUOTED: Final = 800


class DeadweightError(Exception):
    """A failure that can be explained: ``what`` failed, ``why``, and the ``fix`` to try next."""

    exit_code: ClassVar[int] = 3
    longest_part: ClassVar[int] = 0
    """Characters of each part that are kept, where parts quote what images and registries say; 0 for all."""

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        what, why, fix = (_shortened(part, self.longest_part) for part in (what, why, fix))
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.fix) if part)


def _shortened(text: str, longest: int) -> str:
    if not longest or len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest} more characters)"


class UsageError(DeadweightError):
    """The command line, an input or an image reference makes no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration has mistakes; ``problems`` holds one ready line for each, ``file:line: text``."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class DockerfileError(UsageError):
    """A Dockerfile cannot be parsed; ``line`` is 1-based, 0 where no line is to blame."""

    def __init__(self, what: str, *, why: str = "", fix: str = "", line: int = 0) -> None:
        super().__init__(what, why=why, fix=fix)
        self.line = line


class RefusedError(UsageError):
    """What is asked would be unsafe, such as building a pull request with a token that can write."""


class MeasureError(DeadweightError):
    """No number could be had; the verdict is "not measured", never "pass"."""


class EngineError(MeasureError):
    """No Docker engine answers, or it lacks what the work needs."""

    longest_part = _QUOTED


class GitError(MeasureError):
    """A commit, tree or file could not be had from git."""


class ImageError(MeasureError):
    """An image cannot be found, or its bytes cannot be read."""

    longest_part = _QUOTED


class LimitError(ImageError):
    """An image exceeds a limit that keeps hostile input from exhausting the machine."""


class WorkError(MeasureError):
    """The files inside an image take more work than a stated limit allows; its sizes are known all the same."""


class RegistryError(MeasureError):
    """A registry refuses, is unreachable, or answers against its specification."""

    longest_part = _QUOTED


class RecordError(DeadweightError):
    """The sizes of a commit could not be put on record."""


class PublishError(DeadweightError):
    """A report could not be posted; it never changes the verdict."""

    exit_code = 0


class BugError(DeadweightError):
    """One of our own invariants does not hold; a wrong report is never shown instead."""


class CancelledError(DeadweightError):
    """The run was told to stop by SIGINT or SIGTERM."""

    exit_code = 130


class CaughtError(DeadweightError):
    """A reader's way out of the middle of a document: caught in the room that raises it."""

    def __init__(self, what: str = "") -> None:
        super().__init__(what)
