"""What a rule may look at: the head image's files, its Dockerfile, and what this change brought."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.dockerfile import Dockerfile, Instruction, Stage
from bot.dockerfile.shell_commands import Script, read_script
from bot.model.advice import Claim, ClaimedBytes
from bot.model.build import Origin, OriginKind
from bot.model.explain import Measurement
from bot.model.facts import Runtime
from bot.model.image import ImageConfig, Package
from bot.rules.kit.file_index import ByteClass, FileIndex, IndexedFile, index_files, stored_bytes_by_path

_COPIES = re.compile(r"\s*(?:#\(nop\)\s*)?(?:COPY|ADD)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured head image and what surrounds it.

    ``dockerfile`` and ``stage`` (the one that was built) are ``None`` for an image that we did not build.
    ``base_bytes`` are the stored bytes of each path in the image compared against: ``None`` where it was not measured,
    empty for a new image.
    """

    head: Measurement
    files: FileIndex = field(repr=False)
    dockerfile: Dockerfile | None
    stage: Stage | None
    base_bytes: Mapping[bytes, int] | None = field(repr=False)

    @property
    def config(self) -> ImageConfig:
        """The run-time configuration of the image."""
        return self.head.image.config

    @property
    def runtime(self) -> Runtime | None:
        """What the start command needs, where files could be read."""
        return self.head.facts.runtime if self.head.facts else None

    def lives(self, path: str) -> bool:
        """Tell whether a path (without leading slash) is in the merged filesystem."""
        return path.encode() in self.head.tree.live

    def comes_from_base_image(self, path: bytes | None) -> bool:
        """Tell whether a living path (without leading slash) was made by the image that FROM names."""
        located = self.head.tree.live.get(path) if path is not None else None
        return located is not None and self.in_base_image(located.layer)

    def is_installed(self, path: bytes) -> bool:
        """Tell whether the base image brought a living path, or a package of the distribution did."""
        return self.comes_from_base_image(path) or path in self.distribution_paths()

    def own(self, *globs: str) -> tuple[IndexedFile, ...]:
        """Find what matches any glob in the layers above the base image, living or dead."""
        return tuple(one for one in self.files.matching(*globs) if one.kind is not ByteClass.BASE_IMAGE)

    def living(self, *globs: str) -> tuple[IndexedFile, ...]:
        """Find what matches any glob, lives, and lies above the base image."""
        return tuple(one for one in self.own(*globs) if one.is_live)

    def origin(self, layer: int) -> Origin | None:
        """Return what made a layer, if it is known."""
        return self.head.origins[layer] if 0 <= layer < len(self.head.origins) else None

    def in_base_image(self, layer: int) -> bool:
        """Tell whether a layer belongs to the image that FROM names."""
        origin = self.origin(layer)
        return origin is not None and origin.kind is OriginKind.BASE_IMAGE

    def text_of(self, layer: int) -> str:
        """Return the instruction that made a layer as it is written; empty if it is unknown."""
        origin = self.origin(layer)
        return origin.text if origin else ""

    def copies(self, layer: int) -> bool:
        """Tell whether COPY or ADD made a layer."""
        return _COPIES.match(self.text_of(layer)) is not None

    def copies_from_context(self, layer: int) -> bool:
        """Tell whether a layer was copied from the build context, not from another stage."""
        return self.copies(layer) and "--from" not in self.text_of(layer)

    def instruction_of(self, layer: int) -> Instruction | None:
        """Return the parsed instruction that made a layer."""
        origin = self.origin(layer)
        if origin is None or origin.lines is None or self.dockerfile is None or origin.kind is OriginKind.BASE_IMAGE:
            return None
        return self.dockerfile.instruction_at(origin.lines[0])

    def run_of(self, layer: int) -> Script | None:
        """Return the shell of the RUN that made a layer."""
        instruction = self.instruction_of(layer)
        return read_script(self.dockerfile, instruction) if self.dockerfile and instruction else None

    def packages(self, ecosystem: str) -> tuple[Package, ...]:
        """Return the installed packages of one ecosystem."""
        return tuple(package for package in self.head.packages if package.ecosystem == ecosystem)

    def distribution_paths(self) -> frozenset[bytes]:
        """Return the paths that packages of the distribution own: nobody repairs those one by one."""
        return frozenset(path for one in self.head.packages if one.distribution for path in one.paths)

    def files_of(self, packages: Iterable[Package]) -> tuple[IndexedFile, ...]:
        """Return the living files that packages own, as far as they have bytes."""
        live = self.head.tree.live
        paths = (path for package in packages for path in package.paths if path in live)
        found = (self.files.at(Claim(live[path].layer, path)) for path in paths)
        return tuple(one for one in found if one is not None)

    def brought_bytes(self, files: Iterable[IndexedFile]) -> int | None:
        """Count those of these bytes that the change brought: what the base has less of at the same path.

        ``None`` where the base was not measured.
        """
        if self.base_bytes is None:
            return None
        claimed: Counter[bytes] = Counter()
        for one in files:
            claimed[one.path] += one.bytes
        totals = self.files.bytes_by_path
        return sum(
            min(count, max(0, totals.get(path, 0) - self.base_bytes.get(path, 0))) for path, count in claimed.items()
        )


def gather(head: Measurement, base: Measurement | None, *, base_unknown: bool = False) -> Evidence:
    """Prepare the evidence of one image; ``base_unknown`` says that a base exists that could not be measured."""
    dockerfile = head.dockerfile
    return Evidence(
        head=head,
        files=index_files(head),
        dockerfile=dockerfile,
        stage=dockerfile.stage_for(head.target) if dockerfile else None,
        base_bytes=None if base_unknown else stored_bytes_by_path(base) if base else {},
    )


def claimed_bytes(files: Iterable[IndexedFile]) -> ClaimedBytes:
    """Sum bytes by class."""
    sums: defaultdict[ByteClass, int] = defaultdict(int)
    for one in files:
        sums[one.kind] += one.bytes
    return ClaimedBytes(sums[ByteClass.LIVE], sums[ByteClass.DEAD], sums[ByteClass.BASE_IMAGE])


def total_bytes(files: Iterable[IndexedFile]) -> int:
    """Sum bytes."""
    return sum(one.bytes for one in files)
