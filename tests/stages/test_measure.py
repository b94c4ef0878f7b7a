"""From built images to measured ones, and what becomes of those that cannot be read."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from bot.dockerfile import parse
from bot.errors import EngineError, ImageError, RegistryError
from bot.model.build import Absent, BuildFailure, BuiltImage, BuiltPair, FailureKind, ImageSpec, Origin, Unbuilt
from bot.model.explain import Failed, Measurement
from bot.model.image import Image, ImageReference, Platform, Transport
from bot.stages.measure import measure, measure_images
from tests.compare.measured import from_image, step
from tests.pictures import image

DOCKERFILE = "ARG V=1.22\nFROM golang:${V} AS build\nFROM build\nRUN go build .\n"
STATUS = "Package: bash\nStatus: install ok installed\nVersion: 5\n"


@dataclass
class BlobStore:
    """An ``ImageReader`` over images by name, that remembers how it was asked."""

    images: Mapping[str, Image]
    files: Mapping[bytes, bytes] = field(default_factory=dict)
    failure: Exception | None = None
    asked: list[tuple[tuple[str, ...], Platform | None]] = field(default_factory=list)

    @contextmanager
    def open(self, references: Sequence[ImageReference], platform: Platform | None):
        """Open images; a name that is not there is an ``ImageError``."""
        self.asked.append((tuple(one.name for one in references), platform))
        missing = [one.name for one in references if one.name not in self.images]
        if missing:
            raise self.failure or ImageError(f"There is no image {missing[0]}.", why="nobody built it")
        yield [Open(self.images[one.name], self.files) for one in references]


@dataclass
class Open:
    """An ``OpenImage`` whose files are the same whatever the image."""

    image: Image
    files: Mapping[bytes, bytes]

    def read_files(self, paths: Collection[bytes], *, limit_bytes: int) -> Mapping[bytes, bytes]:
        """Return files; one called ``broken`` cannot be read."""
        if b"broken" in self.files:
            raise ImageError("The layer cannot be read.")
        there = {path: self.files[path] for path in paths if path in self.files}
        return {path: content for path, content in there.items() if len(content) <= limit_bytes}


def built(name: str, *origins: Origin, **spec: object) -> BuiltImage:
    """Say that an image was built."""
    return BuiltImage(
        spec=ImageSpec("app", **spec),
        reference=ImageReference(Transport.DOCKER_DAEMON, name),
        origins=origins,
        seconds=1.0,
        cached=False,
        builder="buildx 0.29.1",
        dockerfile=parse(DOCKERFILE, build_arguments=dict(spec.get("build_args", ()))),
    )


def test_measure__both_sides():
    """Both sides are opened together, each layer gets the origin that the builder knows, FROM its resolved image."""
    shelf = BlobStore({"base": image("a 1", "b 2"), "head": image("a 1", "b 3")})
    origins = (from_image("FROM golang:${V}", 2), step("RUN go build .", 4))

    (pair,) = measure([BuiltPair("app", built("base", *origins), built("head", *origins))], shelf)

    assert shelf.asked == [(("base", "head"), None)]
    assert (pair.base.image.unpacked_bytes, pair.head.image.unpacked_bytes) == (3, 4)
    assert (pair.head.origins, pair.head.base_image) == (origins, "golang:1.22")
    assert (pair.head.dockerfile_path, pair.head.dockerfile.text) == ("Dockerfile", DOCKERFILE)


def test_measure__build_argument_in_from():
    """The build arguments of a side decide what its FROM resolves to."""
    one = built("head", from_image("FROM golang:${V}", 2), build_args=(("V", "1.23"),))

    (pair,) = measure([BuiltPair("app", Absent(), one)], BlobStore({"head": image("a 1")}))

    assert (pair.base, pair.head.base_image) == (Absent(), "golang:1.23")


def test_measure__base_that_does_not_build():
    """A failed build is a side without numbers, and the other side still has its own."""
    failure = BuildFailure(FailureKind.INSTRUCTION, "The base does not build.", exit_code=1)

    (pair,) = measure([BuiltPair("app", failure, built("head", step("COPY a /")))], BlobStore({"head": image("a 1")}))

    assert pair.base == Failed("The base does not build.", failure)
    assert pair.head.image.unpacked_bytes == 1


@pytest.mark.parametrize("failure", [None, RegistryError("The registry is gone.", why="it does not answer")])
def test_measure__base_that_cannot_be_read(failure):
    """An image that cannot be read costs its own side only, and says why."""
    shelf = BlobStore({"head": image("a 1")}, failure=failure)

    (pair,) = measure([BuiltPair("app", built("base"), built("head", step("COPY a /")))], shelf)

    why = "The registry is gone: it does not answer" if failure else "There is no image base: nobody built it"
    assert pair.base == Failed(why)
    assert isinstance(pair.head, Measurement)


def test_measure__engine_that_is_gone():
    """Without an engine no image can be measured, so the run ends."""
    shelf = BlobStore({}, failure=EngineError("No engine answers."))

    with pytest.raises(EngineError):
        measure([BuiltPair("app", Absent(), built("head"))], shelf)


def test_measure__dockerfile_on_one_side_only():
    """A side without a Dockerfile does not have the image: it is new, or gone."""
    absent = BuildFailure(FailureKind.NO_DOCKERFILE, "There is no Dockerfile.")

    (new,) = measure([BuiltPair("app", absent, built("head", step("COPY a /")))], BlobStore({"head": image("a 1")}))
    (mistaken,) = measure([BuiltPair("app", Absent(), absent)], BlobStore({}))

    assert new.base == Absent()
    assert mistaken.head == Failed("There is no Dockerfile.", absent)


def test_measure__unchanged_inputs():
    """What was not built is not read, and the reason travels on."""
    shelf = BlobStore({})

    still = Unbuilt("no input changed")

    (pair,) = measure([BuiltPair("app", still, still, still.why)], shelf)

    assert (pair.unchanged, pair.why, pair.base, pair.head, shelf.asked) == (True, still.why, still, still, [])


def test_measure__two_platforms():
    """Sides for different platforms are opened one by one, each for its own."""
    arm = Platform("linux", "arm64")
    shelf = BlobStore({"base": image("a 1"), "head": image("a 1")})

    measure([BuiltPair("app", built("base"), built("head", platform=arm))], shelf)

    assert shelf.asked == [(("base",), None), (("head",), arm)]


def test_measure__other_layers_than_reported():
    """Where the builder's report does not fit the layers, history attributes them, which is said."""
    drawn = image("a 1", "b 2", created_by=["COPY a /", "RUN b"])

    (pair,) = measure([BuiltPair("app", Absent(), built("head", step("COPY a /")))], BlobStore({"head": drawn}))

    assert [origin.text for origin in pair.head.origins] == ["COPY a /", "RUN b"]
    assert pair.head.notes == (
        "The layers are not those that the builder reported: they are attributed by the image's history.",
    )


def test_measure__packages():
    """The packages are those that the image's own databases list."""
    files = {b"var/lib/dpkg/status": STATUS.encode(), b"var/lib/dpkg/info/bash.list": b"/bin/bash\n"}
    drawn = image("var/lib/dpkg/status 40\nvar/lib/dpkg/info/bash.list 10\nbin/bash 900")

    (pair,) = measure([BuiltPair("app", Absent(), built("head", step("COPY a /")))], BlobStore({"head": drawn}, files))

    assert [(one.name, one.version, one.unpacked_bytes) for one in pair.head.packages] == [("bash", "5", 900)]


def test_measure__files_that_cannot_be_read():
    """Where files cannot be read the sizes still hold, packages are missing and that is said."""
    shelf = BlobStore({"head": image("var/lib/dpkg/status 40")}, {b"broken": b""})

    (pair,) = measure([BuiltPair("app", Absent(), built("head", step("COPY a /")))], shelf)

    assert (pair.head.image.unpacked_bytes, pair.head.packages) == (40, ())
    assert pair.head.notes == (
        "Package databases could not be read (The layer cannot be read.): what they own is shown as paths.",
    )


def test_measure__broken_dockerfile():
    """A Dockerfile that our parser cannot read leaves the base image unresolved, nothing more."""
    one = replace(built("head", from_image("FROM golang", 2)), dockerfile=None)

    (pair,) = measure([BuiltPair("app", Absent(), one)], BlobStore({"head": image("a 1")}))

    assert pair.head.base_image == ""


def test_measure_images__by_history():
    """Images that we did not build are attributed by their history, and opened together for one platform."""
    shelf = BlobStore({"one": image("a 1", created_by=["RUN a"]), "other": image("a 2", created_by=["RUN b"])})
    references = [ImageReference(Transport.DOCKER_DAEMON, name) for name in ("one", "other")]

    one, other = measure_images(references, shelf, Platform("linux", "amd64"))

    assert shelf.asked == [(("one", "other"), Platform("linux", "amd64"))]
    assert (one.origins[0].text, other.origins[0].text, other.origins[0].exact) == ("RUN a", "RUN b", False)


def test_measure_images__missing():
    """An image that somebody names and that cannot be read is an error, not a gap."""
    with pytest.raises(ImageError, match="There is no image nowhere"):
        measure_images([ImageReference(Transport.DOCKER_DAEMON, "nowhere")], BlobStore({}), None)
