"""BuiltPairs → MeasuredPairs: layers read and merged, packages found, every layer with its origin."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, NamedTuple

from bot.compare.platforms import with_gaps_named
from bot.contents.file_facts import read_facts
from bot.contents.layer_history import history_origins
from bot.contents.merged_tree import merge_together
from bot.contents.packages.find import Packages, find_packages
from bot.contents.work_budget import LARGEST_FILE_BYTES, Work
from bot.errors import DeadweightError, ImageError, RegistryError, WorkError
from bot.model.build import Absent, BuildFailure, BuildOutcome, BuiltImage, BuiltPair, FailureKind, OriginKind, Unbuilt
from bot.model.explain import Failed, MeasuredPair, Measurement, Side
from bot.model.image import Image, ImageReference, Platform, Tree
from bot.model.limits import Limits
from bot.ports import ImageReader, OpenImage

_NO_PACKAGES: Final = "Package databases could not be read ({why}): what they own is shown as paths."
_NOT_READ_WHOLE: Final = "Layers hold more than the limits allow: sums are exact, what they are made of is not told."
_NO_FACTS: Final = (
    "Some advice is left out: what the image starts takes more work to follow than the limits read-bytes and read-steps"
    " allow."
)
_OTHER_LAYERS: Final = "The layers are not those that the builder reported: they are attributed by the image's history."


def measure(pairs: Sequence[BuiltPair], reader: ImageReader, limits: Limits | None = None) -> tuple[MeasuredPair, ...]:
    """Measure both sides of every pair; a side that was not built or cannot be read is ``Failed``, with why.

    The trouble of one side never keeps another from being measured. Raises ``EngineError`` where the engine is gone.
    """
    measured = [_measure_pair(pair, _Source(reader, limits or Limits())) for pair in pairs]
    return with_gaps_named(measured)


def measure_images(
    references: Sequence[ImageReference], reader: ImageReader, platform: Platform | None, limits: Limits | None = None
) -> tuple[Measurement, ...]:
    """Measure images that we did not build: their layers are attributed by history.

    Raises ``ImageError`` or ``RegistryError`` where one of them cannot be read.
    """
    with _Source(reader, limits or Limits()).open(references, platform) as reads:
        return tuple(_examine(read) for read in reads)


class _Read(NamedTuple):
    """An image whose layers have been read, the filesystem that they make, and the budget for its files."""

    source: OpenImage
    tree: Tree
    work: Work

    def files(self, paths: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Read files of the image."""
        return self.source.read_files(paths, limit_bytes=LARGEST_FILE_BYTES)


class _Source(NamedTuple):
    """Where images are read from, and how much of each."""

    reader: ImageReader
    limits: Limits

    @contextmanager
    def open(self, references: Sequence[ImageReference], platform: Platform | None) -> Iterator[Sequence[_Read]]:
        """Read images together, and merge their layers."""
        with self.reader.open(references, platform) as images:
            trees = merge_together([one.image.layers for one in images])
            yield [_Read(one, tree, Work(self.limits)) for one, tree in zip(images, trees, strict=True)]


def _measure_pair(pair: BuiltPair, reader: _Source) -> MeasuredPair:
    base, head = _or_absent(pair.base, pair.head), _or_absent(pair.head, pair.base)
    if isinstance(base, BuiltImage) and isinstance(head, BuiltImage):
        sides = _measure_both(base, head, reader)
    else:
        sides = _measure_one(base, reader), _measure_one(head, reader, with_facts=True)
    return MeasuredPair(pair.name, *sides, pair.why, pair.departure, pair.notes)


def _or_absent(side: BuildOutcome, other: BuildOutcome) -> BuildOutcome:
    """Take a side without a Dockerfile for one without the image; if neither side has one, that is a mistake."""
    return Absent() if _lacks_dockerfile(side) and not _lacks_dockerfile(other) else side


def _lacks_dockerfile(side: BuildOutcome) -> bool:
    return isinstance(side, Absent) or (isinstance(side, BuildFailure) and side.kind is FailureKind.NO_DOCKERFILE)


def _measure_both(base: BuiltImage, head: BuiltImage, reader: _Source) -> tuple[Side, Side]:
    """Read both sides at once, so that layers they share are read once; one by one where that fails."""
    if base.spec.platform == head.spec.platform:
        try:
            with reader.open((base.reference, head.reference), head.spec.platform) as (one, other):
                return _describe(base, one), _with_facts(_describe(head, other), other)
        except (ImageError, RegistryError):
            pass
    return _measure_one(base, reader), _measure_one(head, reader, with_facts=True)


def _measure_one(outcome: BuildOutcome, reader: _Source, *, with_facts: bool = False) -> Side:
    match outcome:
        case BuiltImage(reference=reference, spec=spec):
            try:
                with reader.open((reference,), spec.platform) as (read,):
                    described = _describe(outcome, read)
                    return _with_facts(described, read) if with_facts else described
            except (ImageError, RegistryError) as error:
                return Failed(_sentence(error))
        case BuildFailure(sentence=sentence):
            return Failed(sentence, outcome)
        case Absent() | Unbuilt():
            return outcome


def _describe(built: BuiltImage, read: _Read) -> Measurement:
    """Examine an image that we built, and say which instruction made each of its layers."""
    found = _find_packages(read)
    image = read.source.image
    known = len(built.origins) == len(image.layers)
    return Measurement(
        image=image,
        tree=read.tree,
        packages=found.packages,
        origins=built.origins if known else history_origins(image),
        builder=built.builder,
        dockerfile=built.dockerfile,
        dockerfile_path=built.spec.dockerfile,
        ignore=built.ignore,
        target=built.spec.target,
        base_image=_base_image(built),
        base_digest=built.base_digest,
        notes=(*built.warnings, *found.notes, *_unread(image), *(() if known else (_OTHER_LAYERS,))),
    )


def _examine(read: _Read) -> Measurement:
    found, image = _find_packages(read), read.source.image
    notes = (*found.notes, *_unread(image))
    described = Measurement(image, read.tree, found.packages, history_origins(image), notes=notes)
    return _with_facts(described, read)


def _unread(image: Image) -> tuple[str, ...]:
    """Say where a limit cut the reading of layers short."""
    return () if all(layer.complete for layer in image.layers) else (_NOT_READ_WHOLE,)


def _with_facts(described: Measurement, read: _Read) -> Measurement:
    """Add what advice needs from inside a few files: only the head is advised, so only the head is read for it."""
    own = {layer for layer, origin in enumerate(described.origins) if origin.kind is not OriginKind.BASE_IMAGE}

    try:
        facts = read_facts(described.image.config, read.tree, own, read.files, read.work)
    except WorkError:
        return replace(described, notes=(*described.notes, _NO_FACTS))
    except (ImageError, RegistryError):
        return described
    return replace(described, facts=facts)


def _find_packages(read: _Read) -> Packages:
    """Find packages; an image whose files cannot be read still has its sizes."""
    try:
        return find_packages(read.tree, read.files, read.work)
    except (ImageError, RegistryError) as error:
        return Packages((), (_NO_PACKAGES.format(why=error.what),))


def _base_image(built: BuiltImage) -> str:
    """Resolve the FROM of the lowest layers, with the build arguments that this side was built with."""
    lines = next((one.lines for one in built.origins if one.kind is OriginKind.BASE_IMAGE), None)
    if lines is None or built.dockerfile is None:
        return ""
    instruction = built.dockerfile.instruction_at(lines[0])
    stage = built.dockerfile.stage_of(instruction) if instruction else None
    return stage.base_expanded if stage else ""


def _sentence(error: DeadweightError) -> str:
    return f"{error.what.rstrip('.')}: {error.why}" if error.why else error.what
