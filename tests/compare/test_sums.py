"""The promise: whatever two images hold, both decompositions sum to the difference to the byte."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.contents.packages.find import assign
from bot.contents.packages.package_reader import Found, Precedence
from bot.model.explain import Measurement
from tests.compare.measured import explained, from_image, measured, step
from tests.pictures import image

NAMES = st.sampled_from(["a", "b", "c", "usr"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
WORDS = st.sampled_from(["fill=x", "fill=y", "fill=x mode=0600", "fill=y owner=1:1"])
LINES = st.one_of(
    st.builds("{} {} {}".format, PATHS, st.integers(0, 300), WORDS),
    st.builds("{}/".format, PATHS),
    st.builds("{} -> {}".format, PATHS, PATHS),
    st.builds("{} == {}".format, PATHS, PATHS),
    st.builds("-{}".format, PATHS),
    st.builds("-{}/*".format, PATHS),
)
LAYERS = st.lists(LINES, min_size=1, max_size=6).map("\n".join)
STEPS = st.sampled_from(["RUN a", "RUN b", "COPY a /", "COPY --from=x a /"])
FROMS = st.sampled_from(["golang:1.22", "golang:1.23", "debian"])
CLAIMS = st.builds(
    Found,
    st.sampled_from(Precedence),
    st.sampled_from(["deb", "npm"]),
    st.sampled_from(["p", "q", "r"]),
    st.sampled_from(["1", "2"]),
    st.lists(PATHS.map(str.encode), max_size=4),
    st.lists(PATHS.map(str.encode), max_size=2).map(tuple),
)


@st.composite
def sides(draw: st.DrawFn, shared: list[str]) -> Measurement:
    """Draw an image on shared layers, with a base image, instructions and packages."""
    layers = [*shared[: draw(st.integers(0, len(shared)))], *draw(st.lists(LAYERS, min_size=1, max_size=4))]
    reference, below = draw(FROMS), draw(st.integers(0, len(layers)))
    origins = [from_image(f"FROM {reference}")] * below
    origins += [step(draw(STEPS), line) for line in range(2, 2 + len(layers) - below)]
    drawn = image(*layers)
    packages = assign(measured(drawn).tree.live, draw(st.lists(CLAIMS, max_size=4)))
    return measured(drawn, origins, packages=packages, base_image=reference if below else "")


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Measurement, Measurement]:
    """Draw two images that may share layers."""
    shared = draw(st.lists(LAYERS, max_size=3))
    return draw(sides(shared)), draw(sides(shared))


@settings(max_examples=200, deadline=None)
@given(pairs())
def test_explain__any_two_images(pair):
    """By cause and by content, the rows sum to head minus base, and no row of a cause contradicts itself."""
    base, head = pair

    explanation = explained(base, head)

    change = head.image.unpacked_bytes - base.image.unpacked_bytes
    assert change == explanation.difference.unpacked_bytes
    assert change == sum(cause.bytes for cause in explanation.causes)
    assert change == sum(row.bytes for row in explanation.contents)
    assert all(cause.bytes == cause.head_bytes - cause.base_bytes for cause in explanation.causes)
    assert all(min(row.base_bytes, row.head_bytes) >= 0 for row in explanation.contents)


@settings(max_examples=100, deadline=None)
@given(sides([]))
def test_explain__any_image_with_itself(side):
    """An image differs from itself by nothing, and nothing needs explaining."""
    explanation = explained(side, side)

    assert (explanation.causes, explanation.contents) == ((), ())
    assert (explanation.paths_added, explanation.paths_removed, explanation.paths_changed) == (0, 0, 0)


@settings(max_examples=100, deadline=None)
@given(sides([]))
def test_explain__any_new_image(side):
    """A new image is explained whole."""
    explanation = explained(None, side)

    assert side.image.unpacked_bytes == sum(cause.bytes for cause in explanation.causes)
    assert side.image.unpacked_bytes == sum(row.bytes for row in explanation.contents)


@settings(max_examples=200, deadline=None)
@given(sides([]))
def test_assign__is_a_partition(side):
    """Every owned path lives and belongs to one package, whose bytes are those of its paths."""
    owned = [path for package in side.packages for path in package.paths]

    assert len(owned) == len(set(owned))
    assert side.tree.live.keys() >= set(owned)
    assert all(
        package.unpacked_bytes == sum(side.tree.live[path].entry.stored_bytes for path in package.paths)
        for package in side.packages
    )
