"""What an engine says of an image when it is asked by name."""

from os.path import isdir, isfile
from typing import Final, NamedTuple
from urllib.parse import quote

from bot.edges.engine import Engine, EngineRefusedError
from bot.errors import EngineError, ImageError, UsageError
from bot.formats.documents import Json, inner, text, texts

# What engines answer to words that cannot be a name: a redirect to a cleaner path, or that they make no sense.
_NO_NAME: Final = (301, 400)


class Inspected(NamedTuple):
    """An image of an engine: its ID, its layers, and the digest of its manifest or index where the store has one."""

    name: str
    identity: str
    diff_ids: tuple[str, ...]
    volumes: tuple[str, ...]
    descriptor: str

    @property
    def digest(self) -> str:
        """Digest of the manifest or index in a containerd store, where it is the ID, too."""
        return self.descriptor or self.identity


def inspect(engine: Engine, name: str) -> Inspected:
    """Ask for an image; raises ``ImageError`` where the engine has none of that name."""
    try:
        answer = engine.get(f"/images/{quote(name, safe='/:@')}/json")
    except EngineRefusedError as refusal:
        if refusal.status in _NO_NAME:
            raise UsageError(f"{name} is no name of an image", why=refusal.message, fix=_fix(name)) from refusal
        if refusal.status != 404:
            raise refused(f"tell about {name}", refusal) from refusal
        raise ImageError(
            f"The engine has no image {name}",
            why=refusal.message,
            fix=_fix(name),
        ) from refusal
    return Inspected(
        name=name,
        identity=text(answer, "Id"),
        diff_ids=texts(inner(answer, "RootFS"), "Layers") or (),
        volumes=tuple(inner(inner(answer, "Config"), "Volumes")),
        descriptor=text(inner(answer, "Descriptor"), "digest"),
    )


def _fix(name: str) -> str:
    """Say where else an image of that name may be."""
    if isdir(name):  # noqa: PTH112 - Path raises for a name that is too long
        return f"a folder is oci:{name}"
    if isfile(name):  # noqa: PTH113
        return f"a file is docker-archive:{name} or oci-archive:{name}"
    return "build or pull it first; an image of a registry is docker://NAME"


def refused(what: str, refusal: EngineRefusedError) -> EngineError:
    """Word a refusal of the engine."""
    return EngineError(f"The engine does not {what}", why=f"{refusal.status}: {refusal.message}", fix="see its log")


class Store(NamedTuple):
    """Where and how an engine keeps images."""

    root: str
    containerd: bool
    containerd_address: str
    driver: str


def store_of(engine: Engine) -> Store:
    """Ask an engine how it keeps images."""
    info: Json = engine.get("/info")
    status = info.get("DriverStatus")
    return Store(
        root=text(info, "DockerRootDir"),
        containerd="io.containerd.snapshotter" in str(status),
        containerd_address=text(inner(info, "Containerd"), "Address"),
        driver=text(info, "Driver"),
    )
