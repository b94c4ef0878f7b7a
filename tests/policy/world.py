"""Images as budgets see them, made of a few numbers."""

import dataclasses
from collections.abc import Mapping
from datetime import date

from bot.config.config_file import read_contents
from bot.model.advice import Advice
from bot.model.budget import Recorded
from bot.model.build import Absent, BuildFailure, Departure, FailureKind, Unbuilt
from bot.model.config import ConfigFile, Policy
from bot.model.explain import Cause, CauseKind, Difference, Explanation, Failed, MeasuredPair, Measurement, Side
from bot.model.image import (
    DownloadSize,
    Entry,
    EntryKind,
    Image,
    ImageConfig,
    ImageReference,
    Layer,
    Located,
    Package,
    Platform,
    Transport,
    Tree,
)
from bot.model.plan import Comparison
from bot.model.report import ImageReport
from bot.stages.describe import describe
from bot.stages.judge import judge

MB = 1_000_000
NOTHING_RECORDED = Recorded()
TODAY = date(2026, 11, 24)
AMD64 = Platform("linux", "amd64")


@dataclasses.dataclass(frozen=True)
class Weights:
    """One side of an image. ``files`` are live paths with their bytes; ``packages`` are ``ecosystem:name``."""

    size: int = 100 * MB
    download: int | None = 40 * MB
    exact: bool = True
    layers: int = 5
    dead: int = 0
    files: Mapping[str, int] = dataclasses.field(default_factory=dict)
    packages: tuple[str, ...] = ()


def measured(weights: Weights, platform: Platform = AMD64) -> Measurement:
    """Make a side of an image."""
    image = Image(
        reference=ImageReference(Transport.DOCKER_DAEMON, "api"),
        platform=platform,
        digest="sha256:" + "0" * 64,
        config=ImageConfig(),
        history=(),
        layers=tuple(layer(weights, number) for number in range(weights.layers)),
    )
    live = {path.strip("/").encode(): Located(0, entry(path, size)) for path, size in weights.files.items()}
    tree = Tree(live, (), weights.size - weights.dead, weights.dead)
    return Measurement(image, tree, tuple(map(package, weights.packages)), ())


def layer(weights: Weights, number: int) -> Layer:
    """Put all bytes into the first layer."""
    first = number == 0
    download = None if weights.download is None else DownloadSize(weights.download if first else 0, weights.exact)
    return Layer(f"sha256:{weights.size}-{number}", weights.size if first else 0, download)


def entry(path: str, size: int) -> Entry:
    """Make a file, or a directory where the path ends with a slash."""
    kind = EntryKind.DIRECTORY if path.endswith("/") else EntryKind.FILE
    return Entry(path.strip("/").encode(), kind, size, 0o644, (0, 0), b"", None)


def package(text: str) -> Package:
    """Make a package of ``ecosystem:name``."""
    ecosystem, _, name = text.partition(":")
    return Package(ecosystem, name, "1.0", 5 * MB, ())


@dataclasses.dataclass(frozen=True)
class Change:
    """What became of an image: both sides, and how its growth divides among causes (own takes what is left)."""

    base: Weights | str | None = Weights()
    head: Weights | str | None = Weights()
    base_image: int = 0
    drift: int = 0
    name: str = "api"
    platform: Platform = AMD64
    unchanged: bool = False
    comparable: bool = True
    departure: Departure | None = None

    def advice(self) -> Advice:
        """Return the image as the judge gets it, without findings."""
        base, head = (Unbuilt() if self.unchanged else self._side(side) for side in (self.base, self.head))
        pair = MeasuredPair(self.name, base, head, departure=self.departure)
        return Advice(Explanation(self._difference(pair), self._causes(pair), ()))

    def _side(self, side: Weights | str | None) -> Side:
        match side:
            case Weights():
                return measured(side, self.platform)
            case "no Dockerfile" | None:
                return Absent()
            case str():
                return Failed(side, BuildFailure(FailureKind.INSTRUCTION, side))

    def _difference(self, pair: MeasuredPair) -> Difference:
        base, head = pair.base, pair.head
        if self.unchanged:
            return Difference(pair, 0, 0, download_exact=True, layers=0)
        if not isinstance(base, Measurement) or not isinstance(head, Measurement) or not self.comparable:
            return Difference(pair, None, None, download_exact=False, layers=None)
        downloads = base.image.download, head.image.download
        known = downloads[0] is not None and downloads[1] is not None
        return Difference(
            pair,
            head.image.unpacked_bytes - base.image.unpacked_bytes,
            downloads[1].bytes - downloads[0].bytes if known else None,
            download_exact=known and downloads[0].exact and downloads[1].exact,
            layers=len(head.image.layers) - len(base.image.layers),
        )

    def _causes(self, pair: MeasuredPair) -> tuple[Cause, ...]:
        base, head = pair.base, pair.head
        if not isinstance(base, Measurement) or not isinstance(head, Measurement) or not self.comparable:
            return ()
        own = head.image.unpacked_bytes - base.image.unpacked_bytes - self.base_image - self.drift
        parts = (CauseKind.INSTRUCTION, own), (CauseKind.BASE_IMAGE, self.base_image), (CauseKind.DRIFT, self.drift)
        return tuple(Cause(kind, size, "RUN", head_bytes=size) for kind, size in parts if size)


COMMITS = Comparison("b" * 40, "a" * 40, "merge base", "main")


def judged(change: Change, held: Policy, recorded: Recorded = NOTHING_RECORDED) -> ImageReport:
    """Judge an image as the job does that measured it."""
    return judged_advice(change.advice(), held, recorded)


def judged_advice(advice: Advice, held: Policy, recorded: Recorded = NOTHING_RECORDED) -> ImageReport:
    """Judge an image of which everything is known."""
    return judge(describe(advice, COMMITS, 100), held, TODAY, recorded, advice.explanation.difference.pair)


def grown(by: int, *, base: int = 100 * MB, **causes: int) -> Change:
    """An image whose unpacked size grew."""
    return Change(Weights(base), Weights(base + by), **causes)


def policy(toml: str) -> Policy:
    """Read a policy as users write it."""
    return read_contents(ConfigFile("deadweight.toml", toml.encode())).policy
