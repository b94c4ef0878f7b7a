"""debug-symbols: programs carry symbol tables and debug sections that no container loads."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bot.model.advice import ClaimedBytes, Finding
from bot.model.facts import ElfFacts
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import Wording, noted, shown_path
from bot.rules.kit.rule import Fix, Group, Rule

ID = "debug-symbols"
WORDING = Wording(
    rule=ID,
    title="Programs carry symbol tables and debug sections that are never loaded",
    advice="Go: build with -ldflags '-s -w' and keep your other flags (traces of panics stay). Rust: strip = true in "
    "the profile. C: strip --strip-unneeded. Not for programs that are to be debugged in place, nor for eBPF objects.",
    confidence=0.8,
)
SMALL_BYTES = 1_000_000
_OF_A_LIBRARY = re.compile(rb"(?:^|/)(?:(?:site|dist)-packages|node_modules|gems|vendor/bundle)/")
"""Who installs a wheel, a package or a gem did not link what is in it."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Tell the exact bytes of such sections in programs above the base image; a part of a file is no claim."""
    rows = Counter({path: facts.symbol_bytes for path, facts in _programs(evidence) if facts.symbol_bytes})
    total = sum(rows.values())
    if total < SMALL_BYTES:
        return
    shown = [(shown_path(path), count) for path, count in rows.most_common()]
    yield replace(
        noted(evidence, WORDING, shown, _lines(evidence, rows)),
        claimed=ClaimedBytes(live=total),
        from_this_change=_is_new(evidence, rows),
    )


def _programs(evidence: Evidence) -> Iterator[tuple[bytes, ElfFacts]]:
    elf = evidence.head.facts.elf if evidence.head.facts else {}
    packaged = frozenset(path for package in evidence.head.packages for path in package.paths)
    for path, facts in elf.items():
        located = evidence.head.tree.live.get(path)
        if (
            located
            and not (path in packaged or _OF_A_LIBRARY.search(path))
            and not evidence.in_base_image(located.layer)
        ):
            yield path, facts


def _lines(evidence: Evidence, rows: Counter[bytes]) -> tuple[int, int] | None:
    largest = rows.most_common(1)[0][0]
    origin = evidence.origin(evidence.head.tree.live[largest].layer)
    return origin.lines if origin else None


def _is_new(evidence: Evidence, rows: Counter[bytes]) -> bool:
    known = evidence.base_bytes
    return known is not None and not any(path in known for path in rows)


RULE = Rule(
    id=ID,
    title="Debug symbols",
    group=Group.CONTENT,
    fix=Fix.BUILD,
    fires_on="The bytes of the sections are told; a part of a file is no claim, so a total of claims leaves them out.",
    silent_on="Programs of the base image, of packages, wheels and gems are not this build's.",
    measured=find,
    wordings=(WORDING,),
)
