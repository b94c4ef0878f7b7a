"""One image on several platforms → what one of them lacks that another has."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.model.explain import MeasuredPair, Measurement

_PROGRAM: Final = re.compile(rb"(?:usr/)?(?:local/)?s?bin/([^/]+)")
_MOST_NAMED: Final = 5


def with_gaps_named(pairs: Sequence[MeasuredPair]) -> tuple[MeasuredPair, ...]:
    """Add to each head that is one of several platforms of its image what it lacks, by package and by program.

    Versions and sizes may differ between platforms, and so may paths; what is there at all should not.
    """
    everything: dict[str, set[str]] = {}
    platforms: dict[str, set[str]] = {}
    for pair in pairs:
        if isinstance(pair.head, Measurement):
            everything.setdefault(pair.name, set()).update(_parts(pair.head))
            platforms.setdefault(pair.name, set()).add(pair.platform)
    return tuple(
        _named(pair, everything[pair.name]) if len(platforms.get(pair.name, ())) > 1 else pair for pair in pairs
    )


def _named(pair: MeasuredPair, everything: set[str]) -> MeasuredPair:
    if not isinstance(pair.head, Measurement):
        return pair
    lacks = sorted(everything - _parts(pair.head))
    if not lacks:
        return pair
    more = f" and {len(lacks) - _MOST_NAMED} more" if len(lacks) > _MOST_NAMED else ""
    sentence = f"{pair.platform} lacks what another platform of this image has: {', '.join(lacks[:_MOST_NAMED])}{more}."
    return replace(pair, notes=(*pair.notes, sentence))


def _parts(head: Measurement) -> set[str]:
    """The packages of an image by ecosystem and name, and the programs that no package owns."""
    owned = {path for package in head.packages for path in package.paths}
    programs = {
        f"program {found[1].decode('utf-8', 'replace')}"
        for path in head.tree.live
        if path not in owned and (found := _PROGRAM.fullmatch(path)) is not None
    }
    return programs | {f"{package.ecosystem}:{package.name}" for package in head.packages}
