"""What is to be tried, and what came of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.operators import Mutant


class Verdict(enum.Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNCOVERED = "not executed by any test"
    ELSEWHERE = "to be tried in a process of its own"


@dataclass(frozen=True)
class Outcome:
    """One mutant, and how many tests had their say."""

    mutant: Mutant
    verdict: Verdict
    tests: int


@dataclass(frozen=True)
class Plan:
    """What one pytest process tries, on how many processors, and the file for what comes of it."""

    mutants: list[Mutant]
    jobs: int
    results: Path
    journal: Path | None
    """Where the names of those that died are written at once, for a run that may not be let to its end."""
