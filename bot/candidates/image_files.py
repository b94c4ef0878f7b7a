"""The files of one measured image: where a path leads, whose it is, and what small ones hold."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from bot.candidates.run_evidence import RunEvidence
from bot.contents.file_formats.elf import read_elf
from bot.model.build import OriginKind
from bot.model.facts import ElfFacts
from bot.model.image import EntryKind, Located, Package

_FILES: Final = frozenset({EntryKind.FILE, EntryKind.HARD_LINK})
_MOST_LINKS: Final = 40
_LARGEST_READ_BYTES: Final = 16_000_000
_COPIES: Final = re.compile(r"\s*(?:COPY|ADD)\b", re.IGNORECASE)
# What no image needs of another: state of package managers, logs, caches, and what the engine writes itself.
_LEFT_BEHIND: Final = re.compile(
    rb"etc/(?:ld\.so\.cache|nsswitch\.conf|ssl/openssl\.cnf|passwd-?|group-?|g?shadow-?|sub[ug]id-?|hosts|hostname|resolv\.conf|mtab)"
    rb"|etc/ssl/certs/.*|(?:var/(?:cache|log|tmp|lib/(?:dpkg|apt))|tmp|run|proc|sys|dev|usr/share/(?:doc|man|info)|root/\.cache"
    rb"|root/\.npm|(?:.*/)?\.git)(?:/.*)?|usr/(?:lib|share)/python3[^/]*/(?:.*/)?(?:__pycache__/.*|distutils-precedence\.pth)"
)


class ImageFiles:
    """The merged filesystem of an image; paths are as ``Entry.path`` has them."""

    def __init__(self, evidence: RunEvidence) -> None:
        """Take the evidence; nothing is read yet."""
        self.evidence = evidence
        self.live: Mapping[bytes, Located] = evidence.head.tree.live
        self._read: dict[bytes, bytes] = {}
        self._lowest: dict[tuple[str, str], int] = {}

    @cached_property
    def owners(self) -> Mapping[bytes, Package]:
        """The distribution's package that owns each path."""
        return {path: one for one in self.evidence.head.packages if one.distribution for path in one.paths}

    def real(self, path: bytes) -> bytes:
        """Follow symlinks as a program sees them; what is not there stays as far as it was followed."""
        return self._walk(path)[0]

    def is_file(self, path: bytes) -> bool:
        """Tell whether a path is a living regular file."""
        return self._kind(path) in _FILES

    def is_folder(self, path: bytes) -> bool:
        """Tell whether a path is a living directory."""
        return self._kind(path) is EntryKind.DIRECTORY

    def is_ours(self, path: bytes) -> bool:
        """Tell whether a living path was made above the base image by no package, or changed since its package."""
        located = self.live.get(path)
        if located is None or not self._is_own_layer(located.layer):
            return False
        owner = self.owners.get(path)
        return owner is None or located.layer > self._layer_of(owner)

    @cached_property
    def package_layers(self) -> frozenset[int]:
        """The layers in which a package was installed."""
        return frozenset(self._layer_of(one) for one in self.evidence.head.packages if one.distribution)

    def is_of_install(self, path: bytes) -> bool:
        """Tell whether a living path of the system's folders was made by the step that installed packages."""
        located = self.live.get(path)
        system = path.split(b"/", 1)[0] in {b"etc", b"usr", b"var", b"lib", b"run"}
        return system and located is not None and located.layer in self.package_layers

    def is_borrowed(self, path: bytes) -> bool:
        """Tell whether a living path is the base image's and of no package: a runtime that was put there by hand."""
        located = self.live.get(path)
        return located is not None and not self._is_own_layer(located.layer) and path not in self.owners

    def is_left_behind(self, path: bytes) -> bool:
        """Tell whether a path is of a kind that no other image needs."""
        return _LEFT_BEHIND.fullmatch(path) is not None

    def is_from_context(self, path: bytes) -> bool:
        """Tell whether a living path was copied from the build context."""
        layer = self.live[path].layer
        origins = self.evidence.head.origins
        text = origins[layer].text if layer < len(origins) else ""
        return _COPIES.match(text) is not None and "--from" not in text

    @cached_property
    def ours(self) -> frozenset[bytes]:
        """The living files that are ours and worth taking along at all."""
        return frozenset(
            path for path in self.live if self.is_file(path) and self.is_ours(path) and not self.is_left_behind(path)
        )

    @cached_property
    def _files(self) -> Sequence[bytes]:
        return sorted(path for path in self.live if self.is_file(path))

    def files_below(self, folder: bytes) -> Sequence[bytes]:
        """Return the living files below a folder, sorted."""
        start = bisect_left(self._files, folder + b"/")
        return self._files[start : bisect_left(self._files, folder + b"0")]

    def content(self, path: bytes) -> bytes:
        """Read a small file of the image; empty where it cannot be read."""
        self.prefetch((path,))
        return self._read.get(path, b"")

    def prefetch(self, paths: Iterable[bytes]) -> None:
        """Read several small files at once."""
        small = (path for path in paths if self.is_file(path) and self.bytes_of(path) <= _LARGEST_READ_BYTES)
        new = sorted({path for path in small if path not in self._read})
        if new:
            found = self.evidence.read(new)
            self._read.update({path: found.get(path, b"") for path in new})

    def elf(self, path: bytes) -> ElfFacts | None:
        """Return what an ELF file says; ``None`` for any other file."""
        facts = self.evidence.head.facts
        known = facts.elf.get(path) if facts else None
        return known or read_elf(self.content(path))

    def bytes_of(self, path: bytes) -> int:
        """Return the size of a living file as its layer stores it."""
        located = self.live.get(path)
        return located.entry.stored_bytes if located else 0

    def owner_of(self, path: bytes) -> tuple[int, int]:
        """Return user and group of a living path."""
        located = self.live.get(path)
        return located.entry.owner if located else (0, 0)

    def _is_own_layer(self, layer: int) -> bool:
        origins = self.evidence.head.origins
        return layer < len(origins) and origins[layer].kind is OriginKind.INSTRUCTION

    def _layer_of(self, package: Package) -> int:
        key = package.ecosystem, package.name
        if key not in self._lowest:
            self._lowest[key] = min((self.live[path].layer for path in package.paths if path in self.live), default=0)
        return self._lowest[key]

    def _kind(self, path: bytes) -> EntryKind | None:
        located = self.live.get(path)
        return located.entry.kind if located else None

    def _walk(self, path: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """Follow a path; return where it leads, and the symlinks on the way."""
        waiting, reached, links = list(reversed(path.split(b"/"))), list[bytes](), list[bytes]()
        while waiting and len(links) <= _MOST_LINKS:
            part = waiting.pop()
            if part in {b"", b"."}:
                continue
            if part == b"..":
                del reached[-1:]
                continue
            reached.append(part)
            here = b"/".join(reached)
            if self._kind(here) is EntryKind.SYMLINK:
                links.append(here)
                target = self.live[here].entry.link
                del reached[-1 if not target.startswith(b"/") else 0 :]
                waiting.extend(reversed(target.split(b"/")))
        return b"/".join(reached), tuple(links)
