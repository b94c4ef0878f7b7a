"""A measured image, indexed for explaining: which package owns a path, and what no package owns."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from bot.model.explain import Measurement
from bot.model.image import Dead, Located, Package

Sizes = Mapping[bytes, int]


class Inventory:
    """The bytes of one side by owner; a side that does not exist (``None``) holds nothing."""

    def __init__(self, side: Measurement | None) -> None:
        self.packages: Final[tuple[Package, ...]] = side.packages if side else ()
        self.live: Final[Mapping[bytes, Located]] = side.tree.live if side else {}
        self.total_bytes: Final = side.image.unpacked_bytes if side else 0
        self.unread_bytes: Final = self.total_bytes - side.tree.live_bytes - side.tree.dead_bytes if side else 0
        self._dead: Iterable[Dead] = side.tree.dead if side else ()
        self._layers = side.image.layers if side else ()

    @cached_property
    def owners(self) -> Mapping[bytes, str]:
        """The package of every owned path, such as ``gcc-12 (deb)``."""
        return {
            path: label
            for package in self.packages
            for label in (f"{package.name} ({package.ecosystem})",)
            for path in package.paths
        }

    def unowned(self, paths: Iterable[bytes]) -> Sizes:
        """Give the stored bytes of those paths that live, hold any, and belong to no package."""
        live, owners = self.live, self.owners
        return {
            path: located.entry.stored_bytes
            for path in paths
            if (located := live.get(path)) and located.entry.stored_bytes and path not in owners
        }

    @cached_property
    def dead(self) -> Sizes:
        """Dead bytes by path, over all layers."""
        sizes = Counter[bytes]()
        for dead in self._dead:
            sizes[dead.entry.path] += dead.entry.stored_bytes
        return sizes

    def of_layers(self, layers: Iterable[int]) -> tuple[Sizes, Mapping[str, int]]:
        """Give the bytes that some layers hold: by path, and by package where one owns what lives there."""
        by_path, by_package = Counter[bytes](), Counter[str]()
        for layer in layers:
            for entry in self._layers[layer].entries:
                if entry.stored_bytes:
                    owner = self._owner(entry.path, layer)
                    if owner:
                        by_package[owner] += entry.stored_bytes
                    else:
                        by_path[entry.path] += entry.stored_bytes
        return by_path, by_package

    def _owner(self, path: bytes, layer: int) -> str | None:
        located = self.live.get(path)
        return self.owners.get(path) if located and located.layer == layer else None
