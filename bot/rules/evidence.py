"""What a rule may look at: the head image's holdings, its Dockerfile, and what this change brought."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.dockerfile import Dockerfile, Stage, parse
from bot.errors import DockerfileError
from bot.model.advice import Claim, ClaimedBytes
from bot.model.build import Origin, OriginKind
from bot.model.explain import Measurement
from bot.model.image import ImageConfig, Package
from bot.rules.holdings import ByteClass, Holding, Holdings, hold


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured head image and what surrounds it.

    ``dockerfile`` and ``stage`` (the one that was built) are ``None`` for an image that we did not build.
    ``base_bytes`` are the stored bytes of each path in the image compared against: ``None`` where it was not measured,
    empty for a new image.
    """

    head: Measurement
    holdings: Holdings = field(repr=False)
    dockerfile: Dockerfile | None
    stage: Stage | None
    base_bytes: Mapping[bytes, int] | None = field(repr=False)

    @property
    def config(self) -> ImageConfig:
        """The run-time configuration of the image."""
        return self.head.image.config

    def lives(self, path: str) -> bool:
        """Tell whether a path (without leading slash) is in the merged filesystem."""
        return path.encode() in self.head.tree.live

    def origin(self, layer: int) -> Origin | None:
        """Give what made a layer, where it is known."""
        return self.head.origins[layer] if layer < len(self.head.origins) else None

    def in_base_image(self, layer: int) -> bool:
        """Tell whether a layer belongs to the image that FROM names."""
        origin = self.origin(layer)
        return origin is not None and origin.kind is OriginKind.BASE_IMAGE

    def packages(self, ecosystem: str) -> tuple[Package, ...]:
        """Give the installed packages of one ecosystem."""
        return tuple(package for package in self.head.packages if package.ecosystem == ecosystem)

    def held_by(self, packages: Iterable[Package]) -> tuple[Holding, ...]:
        """Give the live holdings of the files that packages own."""
        live = self.head.tree.live
        found = (
            self.holdings.of(Claim(live[path].layer, path))
            for package in packages
            for path in package.paths
            if path in live
        )
        return tuple(one for one in found if one is not None)

    def brought_bytes(self, holdings: Iterable[Holding]) -> int | None:
        """Give the part of these bytes that the change brought: what the base has less of at the same path.

        ``None`` where the base was not measured.
        """
        if self.base_bytes is None:
            return None
        claimed: Counter[bytes] = Counter()
        for one in holdings:
            claimed[one.path] += one.bytes
        totals = self.holdings.bytes_by_path
        return sum(min(count, max(0, totals[path] - self.base_bytes.get(path, 0))) for path, count in claimed.items())


def gather(head: Measurement, base: Measurement | None, *, base_unknown: bool = False) -> Evidence:
    """Prepare the evidence of one image; ``base_unknown`` where a base exists that could not be measured."""
    dockerfile = _read(head.dockerfile_text)
    return Evidence(
        head=head,
        holdings=hold(head),
        dockerfile=dockerfile,
        stage=dockerfile.stage_for(head.target) if dockerfile else None,
        base_bytes=None if base_unknown else hold(base).bytes_by_path if base else {},
    )


def classify(holdings: Iterable[Holding]) -> ClaimedBytes:
    """Sum bytes by class."""
    sums: defaultdict[ByteClass, int] = defaultdict(int)
    for one in holdings:
        sums[one.kind] += one.bytes
    return ClaimedBytes(sums[ByteClass.LIVE], sums[ByteClass.DEAD], sums[ByteClass.BASE_IMAGE])


def total(holdings: Sequence[Holding] | Iterable[Holding]) -> int:
    """Sum bytes."""
    return sum(one.bytes for one in holdings)


def _read(text: str) -> Dockerfile | None:
    try:
        return parse(text) if text else None
    except DockerfileError:
        return None
