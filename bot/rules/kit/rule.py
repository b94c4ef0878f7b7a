"""What a rule is: an identity, a page of documentation, and two ways to look: at an image's bytes, or at text alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.dockerfile import Dockerfile
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import Wording


class Group(StrEnum):
    """The chapters of the catalogue."""

    MULTI_STAGE = "Build stages"
    BASE_IMAGE = "Base image"
    RESIDUE = "Package manager residue"
    LAYERS = "Layer mechanics"
    CONTENT = "Context and content"


class Fix(StrEnum):
    """How far a fix can be automated."""

    SAFE = "safe to propose"
    BUILD = "must be built and tried"
    ADVICE = "advice only"


def _sees_nothing(_: Dockerfile) -> Iterable[Finding]:
    return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``id`` names its file (with underscores), its page ``docs/rules/ID.md`` and its suppressions.

    ``fires_on`` and ``silent_on`` say in a sentence each what it claims and what it leaves alone, for the index.
    ``measured`` looks at an image's bytes and what is known of how they came to be. ``suspected`` looks at a Dockerfile
    without an image, and claims no bytes. ``wordings`` are all that it ever says, the usual one first: whoever
    must not take a sentence from a report finds it here.
    """

    id: str
    title: str
    group: Group
    fix: Fix
    fires_on: str
    silent_on: str
    measured: Callable[[Evidence], Iterable[Finding]]
    suspected: Callable[[Dockerfile], Iterable[Finding]] = _sees_nothing
    wordings: tuple[Wording, ...] = field(kw_only=True)
    covers: tuple[str, ...] = ()
    """Rules whose suspicions of a text are told by this one's already."""
