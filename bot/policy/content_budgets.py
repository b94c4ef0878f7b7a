"""What budgets ask of the files and packages of an image: bytes below a path, and things that are denied."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from bot.model.explain import Measurement
from bot.model.image import EntryKind, Package
from bot.path_globs import path_matcher

_MOST_EVIDENCE: Final = 5


class Thing(NamedTuple):
    """A path or package that a budget denies."""

    name: str
    bytes: int


class Denied(NamedTuple):
    """What a budget denies and the head contains: brought by this change, and there already on the base."""

    new: tuple[Thing, ...]
    old: tuple[Thing, ...]

    @property
    def number(self) -> int:
        """All of them."""
        return len(self.new) + len(self.old)


def bytes_below(side: Measurement, prefix: str) -> int:
    """Sum the stored bytes of live files at or below an absolute path of the image."""
    path = prefix.strip("/").encode()
    below = path + b"/" if path else b""
    live = side.tree.live.items()
    return sum(located.entry.stored_bytes for name, located in live if name == path or name.startswith(below))


def denied_paths(head: Measurement, base: Measurement | None, patterns: Iterable[str]) -> Denied:
    """Find the live paths, directories apart, that globs cover."""
    covers = path_matcher(patterns).fullmatch
    found = [
        (name, Thing(f"/{name.decode('utf-8', 'replace')}", located.entry.stored_bytes))
        for name, located in head.tree.live.items()
        if located.entry.kind is not EntryKind.DIRECTORY and covers(name)
    ]
    known = base.tree.live if base else {}
    return Denied(
        tuple(thing for name, thing in found if name not in known),
        tuple(thing for name, thing in found if name in known),
    )


def denied_packages(head: Measurement, base: Measurement | None, patterns: Sequence[str]) -> Denied:
    """Find the packages that ``ecosystem:glob`` patterns name, whatever their version."""
    known = {(package.ecosystem, package.name) for package in (base.packages if base else ())}
    found = [package for package in head.packages if _is_denied(package, patterns)]
    return Denied(
        tuple(_things(package for package in found if (package.ecosystem, package.name) not in known)),
        tuple(_things(package for package in found if (package.ecosystem, package.name) in known)),
    )


def _is_denied(package: Package, patterns: Iterable[str]) -> bool:
    parted = (pattern.partition(":") for pattern in patterns)
    return any(
        fnmatchcase(package.ecosystem, ecosystem) and fnmatchcase(package.name, name) for ecosystem, _, name in parted
    )


def _things(packages: Iterable[Package]) -> Iterator[Thing]:
    for package in packages:
        yield Thing(f"{package.ecosystem}:{package.name} {package.version}", package.unpacked_bytes)


def largest(things: Iterable[Thing]) -> tuple[tuple[str, int], ...]:
    """Return the few largest, in an order that never changes."""
    ordered = sorted(things, key=lambda thing: (-thing.bytes, thing.name))
    return tuple((thing.name, thing.bytes) for thing in ordered[:_MOST_EVIDENCE])
