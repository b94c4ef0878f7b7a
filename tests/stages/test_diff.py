"""What two measured images may be said to differ by."""

from dataclasses import replace

from bot.model.build import Origin, OriginKind, Unbuilt
from bot.model.explain import Failed, LayerDelta
from bot.model.image import DownloadSize, Image
from tests.compare.measured import compared, from_image, measured, step
from tests.pictures import image


def with_downloads(one: Image, *sizes: DownloadSize | None, compression: str = "gzip") -> Image:
    """Return an image whose layers have these download sizes."""
    layers = zip(one.layers, sizes, strict=True)
    return replace(one, layers=tuple(replace(layer, download=size, compression=compression) for layer, size in layers))


def test_diff__head_adds_a_layer():
    """The change of unpacked bytes and of layers is head minus base."""
    base, head = image("bin/sh 700"), image("bin/sh 700", "app/main 300")

    difference = compared(measured(base), measured(head))

    assert (difference.unpacked_bytes, difference.layers) == (300, 1)
    assert difference.aligned == (LayerDelta(0, 0, 0), LayerDelta(None, 1, 300))


def test_diff__side_that_was_not_measured():
    """A side without numbers makes a difference without numbers, never zero."""
    difference = compared(Failed("the base does not build"), measured(image("bin/sh 700")))

    assert (difference.unpacked_bytes, difference.download_bytes, difference.layers) == (None, None, None)
    assert difference.aligned == ()


def test_diff__other_side_was_not_measured():
    """Where one side is there but has no measurement, nothing is exact and no layer of the other counts as new or gone."""
    side = measured(image("a 1"))

    for difference in (compared(side, Failed("no")), compared(Failed("no"), side)):
        assert (difference.download_exact, difference.aligned) == (False, ())


def test_diff__new_image():
    """A new image has no difference either, but its layers are listed as its own."""
    difference = compared(None, measured(image("bin/sh 700", "app/main 300")))

    assert difference.unpacked_bytes is None
    assert difference.aligned == (LayerDelta(None, 0, 700), LayerDelta(None, 1, 300))


def test_diff__unchanged_inputs():
    """An image that was not built because no input changed differs by exactly nothing."""
    difference = compared(Unbuilt(), Unbuilt())

    assert (difference.unpacked_bytes, difference.download_bytes, difference.layers) == (0, 0, 0)
    assert difference.download_exact
    assert difference.pull_bytes == 0


def test_diff__removed_image():
    """An image that is gone takes its layers with it; of one that could not be measured nothing is known to go."""
    base = measured(image("bin/sh 700", "app/main 300"))

    assert compared(base, None).aligned == (LayerDelta(0, None, -700), LayerDelta(1, None, -300))
    assert compared(Failed("no"), None).aligned == compared(None, Failed("no")).aligned == ()


def test_diff__two_platforms():
    """Images for different platforms are refused with a note instead of subtracted."""
    base, head = image("bin/sh 700"), image("bin/sh 900", platform="linux/arm64")

    difference = compared(measured(base), measured(head))

    assert (difference.unpacked_bytes, difference.download_exact) == (None, False)
    assert difference.notes == (
        "The base is for linux/amd64 and the head for linux/arm64: images for different platforms are not compared.",
    )


def test_diff__two_builders():
    """Two builders may make different bytes of the same instructions, so the numbers carry a warning."""
    base, head = measured(image("a 1"), builder="buildx 0.29.1"), measured(image("a 2"), builder="engine 20.10")

    difference = compared(base, head)

    (note,) = difference.notes
    assert difference.unpacked_bytes == 1
    assert note.startswith("The two sides were built by different builders (buildx 0.29.1; engine 20.10): ")


def test_diff__exact_downloads():
    """The change of the download size is exact where every layer's is."""
    exact = DownloadSize(100, exact=True)
    base = with_downloads(image("a 700"), exact)
    head = with_downloads(image("a 700", "b 300"), exact, DownloadSize(50, exact=True))

    difference = compared(measured(base), measured(head))

    assert (difference.download_bytes, difference.download_exact, difference.pull_bytes) == (50, True, 50)


def test_diff__one_estimated_download():
    """One estimated layer makes the change an estimate."""
    base = with_downloads(image("a 700"), DownloadSize(100, exact=True))
    head = with_downloads(image("b 700"), DownloadSize(90, exact=False))

    difference = compared(measured(base), measured(head))

    assert (difference.download_bytes, difference.download_exact) == (-10, False)
    assert not compared(measured(head), measured(base)).download_exact


def test_diff__unknown_download():
    """A layer whose download size nobody knows makes no number at all."""
    base, head = with_downloads(image("a 700"), DownloadSize(100, exact=True)), with_downloads(image("b 700"), None)

    difference = compared(measured(base), measured(head))

    assert (difference.download_bytes, difference.pull_bytes) == (None, None)
    assert not difference.download_exact
    assert compared(measured(head), measured(base)).download_bytes is None


def test_diff__compression_changed():
    """A change of compression is said in words, not hidden in a download size that misleads."""
    base = with_downloads(image("a 700"), DownloadSize(100, exact=True))
    head = with_downloads(image("b 700"), DownloadSize(60, exact=True), compression="zstd")

    difference = compared(measured(base), measured(head))

    assert difference.download_bytes is None
    assert difference.notes == (
        "The layers are compressed differently (gzip; zstd): their download sizes are not compared.",
    )


def test_diff__same_layers_compressed_differently():
    """Layers that are the same are the same download, however a registry came to compress them."""
    base = with_downloads(image("a 700"), DownloadSize(100, exact=True))
    head = with_downloads(image("a 700"), DownloadSize(60, exact=True), compression="zstd")

    difference = compared(measured(base), measured(head))

    assert (difference.download_bytes, difference.download_exact, difference.notes) == (0, True, ())


def test_diff__estimate_against_gzip():
    """An estimate is one of gzip, so it compares with a registry's gzip layers whatever the source stores."""
    base = with_downloads(image("a 700"), DownloadSize(100, exact=True))
    head = with_downloads(image("b 700"), DownloadSize(60, exact=False), compression="none")

    assert compared(measured(base), measured(head)).download_bytes == -40


def test_diff__pull_of_a_layer_that_comes_twice():
    """A layer that an image has twice is pulled once."""
    layer = DownloadSize(50, exact=True)
    base, head = image("a 700"), image("a 700", "b 300", "b 300")

    difference = compared(measured(with_downloads(base, layer)), measured(with_downloads(head, layer, layer, layer)))

    assert difference.pull_bytes == 50


def test_diff__contents_identified_in_two_ways():
    """Two sources that identify contents differently make the count of changed paths coarser, which is said."""
    base, head = image("a 700"), replace(image("a 700", "b 1"), content_scheme="crc64")

    (note,) = compared(measured(base), measured(head)).notes

    assert note.startswith("The sides were read from different kinds of sources")


def test_diff__edited_instruction():
    """An edited RUN is still the same step: its two layers are one row."""
    base = measured(image("a 700", "b 300"), [from_image("FROM x"), step("RUN make", 2)])
    head = measured(image("a 700", "b 350"), [from_image("FROM x"), step("RUN make all", 2)])

    assert compared(base, head).aligned == (LayerDelta(0, 0, 0), LayerDelta(1, 1, 50))


def test_diff__inserted_instruction():
    """A new instruction stands alone, and the ones after it keep their counterparts by their text."""
    base = measured(image("a 700", "c 5 fill=old"), [step("COPY a /"), step("RUN c", 2)])
    head = measured(image("a 700", "b 300", "c 6 fill=new"), [step("COPY a /"), step("RUN b", 2), step("RUN c", 3)])

    assert compared(base, head).aligned == (LayerDelta(0, 0, 0), LayerDelta(None, 1, 300), LayerDelta(1, 2, 1))


def test_diff__reordered_layers():
    """Layers that only changed places are the same layers."""
    base = measured(image("a 700", "b 300", "c 5"), [step("COPY a /"), step("COPY b /"), step("COPY c /")])
    head = measured(image("b 300", "c 5", "a 700"), [step("COPY b /"), step("COPY c /"), step("COPY a /")])

    assert {(one.base_layer, one.head_layer) for one in compared(base, head).aligned} == {(0, 2), (1, 0), (2, 1)}


def test_diff__layers_of_one_base_image():
    """Layers of the same FROM belong together in order, whatever they hold."""
    origins = [from_image("FROM busybox"), from_image("FROM busybox")]

    difference = compared(measured(image("a 1", "b 2"), origins), measured(image("c 3", "d 5"), origins))

    assert difference.aligned == (LayerDelta(0, 0, 2), LayerDelta(1, 1, 3))


def test_diff__instructions_that_nobody_knows():
    """A layer of which nothing is told pairs with none that it is not."""
    unknown = Origin(OriginKind.UNKNOWN, "")

    difference = compared(measured(image("a 1"), [unknown]), measured(image("b 2"), [unknown]))

    assert difference.aligned == (LayerDelta(0, None, -1), LayerDelta(None, 0, 2))


def test_diff__one_builder():
    """What one builder built needs no remark."""
    base, head = measured(image("a 1"), builder="buildx 0.29"), measured(image("b 1"), builder="buildx 0.29")

    assert compared(base, head).notes == ()


def test_diff__builder_that_is_not_known():
    """Of two builders of which one is not known, nobody can say that they differ."""
    known, unknown = measured(image("a 1"), builder="buildx 0.29"), measured(image("b 1"))

    assert compared(known, unknown).notes == compared(unknown, known).notes == ()


def test_diff__words_that_tell():
    """Signs alone do not make one instruction an edit of another; a word with signs in it does."""
    one, other = measured(image("a 1"), [step("RUN a &&")]), measured(image("b 2"), [step("RUN b &&")])
    fast, slow = (measured(image(f"{way} 3"), [step(f"RUN ./make.sh --{way}")]) for way in ("fast", "slow"))

    assert compared(one, other).aligned == (LayerDelta(0, None, -1), LayerDelta(None, 0, 2))
    assert compared(fast, slow).aligned == (LayerDelta(0, 0, 0),)


def test_diff__layers_of_two_base_images():
    """Layers of two base images are never one layer that was edited, however alike their FROM lines are."""
    base = measured(image("a 1"), [from_image("FROM golang:1.22 AS build")])
    head = measured(image("b 2"), [from_image("FROM debian:12 AS build")])

    assert compared(base, head).aligned == (LayerDelta(0, None, -1), LayerDelta(None, 0, 2))


def test_diff__exact_download_of_an_unnamed_compression():
    """A source that does not name its compression has the usual one."""
    base = with_downloads(image("a 700"), DownloadSize(100, exact=True), compression="")
    head = with_downloads(image("b 700"), DownloadSize(60, exact=True))

    assert compared(measured(base), measured(head)).download_bytes == -40
