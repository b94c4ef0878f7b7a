"""Files of an image through a container: which of its volumes are covered, however many there are."""

from contextlib import ExitStack

from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.engine_address import EngineAddress
from bot.edges.sources.containers import RootFilesystems
from bot.formats.documents import Json
from bot.model.image import Entry, EntryKind, Image, ImageConfig, ImageReference, Layer, Platform, Transport
from bot.model.limits import Limits
from tests.cpu import within_seconds_of_cpu


class Recording(Engine):
    """An engine that makes containers and shows nothing in them; it remembers what it was asked to make."""

    asked: Json

    def ask(self, _method: str, _path: str, body: Json | None = None) -> Json:
        """Make a container."""
        self.asked = body or {}
        return {"Id": "c"}

    def stream(self, *_: object) -> ExitStack:
        """Show nothing."""
        raise EngineRefusedError(404, "no such file")


def covered(paths: list[bytes], volumes: tuple[str, ...]) -> list[str]:
    """Read files of an image with these volumes; gives the volumes that a tmpfs covers."""
    entries = [Entry(path, EntryKind.FILE, 1, 0o644, (0, 0), b"", None) for path in paths]
    layer = Layer("sha256:" + "0" * 64, len(paths), None, entries=entries)
    reference = ImageReference(Transport.DOCKER_DAEMON, "a")
    image = Image(reference, Platform("linux", "amd64"), "", ImageConfig(volumes=volumes), (), (layer,))
    engine = Recording(EngineAddress())
    with ExitStack() as removals:
        RootFilesystems(engine, removals, Limits()).read_files("a", image, paths, 1)
    return [mount["Target"] for mount in engine.asked["HostConfig"]["Mounts"]]


def test_read_files__below_a_volume() -> None:
    """A volume that a wanted file lies in is left, at any depth; all others are covered, also one of a like name."""
    volumes = ("/var/lib", "/var/lib/x/", "/var/li", "/srv", "/var/lib/x/a")

    assert ["/var/li", "/srv", "/var/lib/x/a"] == covered([b"var/lib/x/a"], volumes)


def test_read_files__many_files_and_many_volumes() -> None:
    """Thousands of wanted files and of volumes take no more than their sum."""
    assert within_seconds_of_cpu(
        "from tests.edges.sources.test_containers import covered\n"
        "paths = [b'a/%d/f' % number for number in range(30_000)]\n"
        "assert len(covered(paths, tuple(f'/v/{number}' for number in range(30_000)))) == 30_000"
    )
