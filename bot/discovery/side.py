"""What is discovered in one commit → the images that the plan pairs, and what to say of the rest."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.config.starter import StarterFindings, StarterImage
from bot.discovery.nouns import DiscoveredImage, Discovery, EvidenceKind
from bot.dockerfile.found import Choice, FoundImage
from bot.model.build import ImageSpec

_MOST_LISTED = 12
_LOOKED_FOR = (
    "No image was found. Looked for: builds in .github/workflows and .gitlab-ci.yml, .goreleaser.yml, bake files,"
    " Makefiles and scripts, and Dockerfiles by name."
)


def found_images(discovery: Discovery) -> tuple[FoundImage, ...]:
    """The images of a commit, those to be built first coming first."""
    specs: dict[str, ImageSpec] = {}
    found = []
    for one in discovery.images:
        specs[one.name] = _spec(one, specs)
        found.append(FoundImage(specs[one.name], _choice(one), one.why_not_measured, tuple(_notes_on(one))))
    return tuple(found)


def notes_on(discovery: Discovery, planned: Collection[str], declared: Collection[str]) -> Iterator[str]:
    """What a reader must know of what is not measured.

    ``planned`` are the names of images that are, ``declared`` the Dockerfiles that somebody named.
    """
    left = [one for one in discovery.images if not (one.measured or one.over_cap or one.name in planned)]
    for one in left:
        if one.unbuildable is not None:
            yield f"Not measured: {one.name} ({one.source}). {one.unbuildable.reason} {one.unbuildable.way_out}"
    others = [f"{one.name} ({one.why_not_measured})" for one in left if one.unbuildable is None]
    if others:
        yield f"Not measured: {_listed(others)}."
    those = [f"{one.dockerfile} ({one.reason})" for one in discovery.not_shipped if one.dockerfile not in declared]
    if those:
        yield f"Not shipped, so not measured: {_listed(those)}. Patterns in [discover] or an [[image]] switch them on."
    if not discovery.images and not planned:
        yield _LOOKED_FOR + _near(discovery) + " Name one in [[image]]."
    yield from discovery.notes


def found_for_starter(discovery: Discovery) -> StarterFindings:
    """What a first configuration speaks of."""
    specs: dict[str, ImageSpec] = {}
    images = []
    for one in discovery.images:
        specs[one.name] = _spec(one, specs)
        way_out = one.unbuildable.way_out if one.unbuildable is not None else ""
        images.append(
            StarterImage(
                specs[one.name], one.platforms, one.doubts, one.why_not_measured, way_out, variant_of=one.variant_of
            )
        )
    return StarterFindings(tuple(images), tuple((one.dockerfile, one.reason) for one in discovery.not_shipped))


def _near(discovery: Discovery) -> str:
    return (
        f" Not understood, though it looks like one: {_listed(discovery.near_misses)}." if discovery.near_misses else ""
    )


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST_LISTED} more" if len(words) > _MOST_LISTED else ""
    return ", ".join(words[:_MOST_LISTED]) + more


def _spec(one: DiscoveredImage, before: Mapping[str, ImageSpec]) -> ImageSpec:
    """How an image is built; where images need each other in a circle, what comes later is not built for another."""
    by_name = one.source.kind is EvidenceKind.NAME
    return ImageSpec(
        one.name,
        dockerfile=one.dockerfile,
        context=one.context,
        target=one.target,
        build_args=one.build_args,
        build_contexts=tuple(pair for pair in one.build_contexts if not pair[1].startswith(("target:", "service:"))),
        source="" if by_name else str(one.source),
        parents=tuple((reference, before[name]) for name, reference in one.parents if name in before),
    )


def _choice(one: DiscoveredImage) -> Choice:
    if one.over_cap:
        return Choice.OVER_CAP
    return Choice.MEASURED if one.measured else Choice.LEFT_OUT


def _notes_on(one: DiscoveredImage) -> Iterator[str]:
    """Where the definition comes from, what is in doubt, and which platforms are not looked at."""
    if one.source.kind is not EvidenceKind.NAME:
        reader = f", its bake file read by {one.source.reader}" if one.source.reader else ""
        yield f"Built as {one.source} says{_as_well(one)}{reader}."
    if one.parents:
        yield f"Built from images of this repository: {', '.join(name for name, _ in one.parents)}."
    yield from one.doubts
    if len(one.platforms) > 1:
        yield f"CI ships it for {', '.join(one.platforms)}; one platform is measured, the builder's own."


def _as_well(one: DiscoveredImage) -> str:
    places = ", ".join(map(str, one.also[:3]))
    return f" (also {places})" if places else ""
