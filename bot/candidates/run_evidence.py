"""What candidates are made from, and what is told of one that failed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from bot.model.advice import Finding
from bot.model.explain import Measurement
from bot.model.verify import Behaviour, Check


@dataclass(frozen=True, slots=True, eq=False)
class RunEvidence:
    """A measured image, what its runs did, and what of its context can be seen; equal to itself alone.

    ``context_files`` are the paths of the build context that its .dockerignore lets through; ``read`` gives contents of
    small live files of the image; ``ignore`` is the text of the .dockerignore that applies, ``None`` for none.
    """

    head: Measurement
    behaviour: Behaviour
    context_files: Collection[str] = field(repr=False)
    read: Callable[[Collection[bytes]], Mapping[bytes, bytes]] = field(repr=False)
    ignore: str | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a candidate is refused: the failed checks and its own traced runs, or the sentence of a failed build."""

    checks: tuple[Check, ...] = ()
    behaviour: Behaviour | None = None
    build: str = ""
