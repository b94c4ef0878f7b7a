"""dpkg's status and apt's extended states → the packages that are there only because another one recommends them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from bot.contents.file_formats.foreign_text import stanzas
from bot.contents.work_budget import Work

EXTENDED_STATES = b"var/lib/apt/extended_states"

_RELATION = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_NEEDS = (b"depends", b"pre-depends")
_READ = (b"package", b"status", b"provides", *_NEEDS)

_Fields = Mapping[bytes, str]


def recommended_only(status: bytes, extended_states: bytes, work: Work | None = None) -> frozenset[str]:
    """Return the packages that apt installed by itself and that nothing installed by name depends on.

    Depends and Pre-Depends are followed over alternatives and Provides (deb-control(5)); what is left of the
    automatically installed packages came in through Recommends.
    """
    work = work or Work()
    work.spend(status.count(b",") + status.count(b"|"))
    installed = {one[b"package"]: one for one in _fields(status, work) if "installed" in one[b"status"].split()}
    marked = (one for one in stanzas(extended_states, work) if one.get(b"auto-installed") == b"1")
    automatic = {_text(one, b"package") for one in marked}
    needed = _closure(installed, [name for name in installed if name not in automatic])
    return frozenset(name for name in installed if name in automatic and name not in needed)


def _fields(status: bytes, work: Work) -> Iterator[_Fields]:
    """Keep of each package what tells what it needs: descriptions of thousands would be held for nothing."""
    for stanza in stanzas(status, work):
        if b"package" in stanza:
            yield {key: _text(stanza, key) for key in _READ}


def _text(stanza: Mapping[bytes, bytes], key: bytes) -> str:
    return stanza.get(key, b"").decode("utf-8", "replace")


def _closure(installed: Mapping[str, _Fields], roots: Iterable[str]) -> set[str]:
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


def _providers(installed: Mapping[str, _Fields]) -> Mapping[str, list[str]]:
    providers: defaultdict[str, list[str]] = defaultdict(list)
    for name, fields in installed.items():
        providers[name].append(name)
        for virtual in _names(fields[b"provides"]):
            providers[virtual].append(name)
    return providers


def _relations(fields: _Fields) -> Iterator[str]:
    for field in _NEEDS:
        yield from _names(fields[field])


def _names(relations: str) -> Iterator[str]:
    for alternative in re.split(r"[,|]", relations):
        match = _RELATION.match(alternative.strip())
        if match:
            yield match[0]
