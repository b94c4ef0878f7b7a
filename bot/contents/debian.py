"""dpkg's status and apt's extended states → the packages that are there only because another one recommends them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from bot.contents.work_budget import Work

STATUS = b"var/lib/dpkg/status"
EXTENDED_STATES = b"var/lib/apt/extended_states"

_RELATION = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_NEEDS = ("Depends", "Pre-Depends")
_READ = frozenset({"Package", "Status", "Provides", "Auto-Installed", *_NEEDS})
_BETWEEN = re.compile(rb"\n[ \t]*\n")
_LONGEST_PARAGRAPH = 4_000_000


def recommended_only(status: bytes, extended_states: bytes, work: Work | None = None) -> frozenset[str]:
    """Give the packages that apt installed by itself and that nothing installed by name depends on.

    Depends and Pre-Depends are followed over alternatives and Provides (deb-control(5)); what is left of the
    automatically installed packages came in through Recommends.
    """
    work = work or Work()
    paragraphs = _paragraphs(status, work)
    installed = {one["Package"]: one for one in paragraphs if "installed" in one.get("Status", "").split()}
    automatic = {one["Package"] for one in _paragraphs(extended_states, work) if one.get("Auto-Installed") == "1"}
    needed = _closure(installed, [name for name in installed if name not in automatic])
    return frozenset(name for name in installed if name in automatic and name not in needed)


def _closure(installed: Mapping[str, Mapping[str, str]], roots: Iterable[str]) -> set[str]:
    """Follow relations from the roots on; a name that many depend on and many provide is looked up once."""
    providers = _providers(installed)
    waiting, needed, followed = list(roots), set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            for relation in _relations(installed[name]):
                if relation not in followed:
                    followed.add(relation)
                    waiting.extend(providers.get(relation, ()))
    return needed


def _providers(installed: Mapping[str, Mapping[str, str]]) -> Mapping[str, list[str]]:
    providers: defaultdict[str, list[str]] = defaultdict(list)
    for name, fields in installed.items():
        providers[name].append(name)
        for virtual in _names(fields.get("Provides", "")):
            providers[virtual].append(name)
    return providers


def _relations(fields: Mapping[str, str]) -> Iterator[str]:
    for field in _NEEDS:
        yield from _names(fields.get(field, ""))


def _names(relations: str) -> Iterator[str]:
    for alternative in re.split(r"[,|]", relations):
        match = _RELATION.match(alternative.strip())
        if match:
            yield match[0]


def _paragraphs(content: bytes, work: Work) -> Iterator[dict[str, str]]:
    """Read control paragraphs; continuation lines hold nothing that is needed here."""
    work.spend(1 + content.count(b"\n") + content.count(b",") + content.count(b"|"))
    start = 0
    for end, following in chain(_spans(content), [(len(content), 0)]):
        lines = content[start : min(end, start + _LONGEST_PARAGRAPH)].decode("utf-8", "replace").split("\n")
        start = following
        pairs = (line.split(":", 1) for line in lines if line[:1].isalpha() and ":" in line)
        fields = {key: value.strip() for key, value in pairs if key in _READ}
        if "Package" in fields:
            yield fields


def _spans(content: bytes) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _BETWEEN.finditer(content))
