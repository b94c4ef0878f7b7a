"""Registries: references, credentials, every way to be asked who we are, and no word in the clear."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.edges.credentials import Credentials, DockerCredentials
from bot.edges.disk_cache import DiskCache
from bot.edges.image_registry import Registry, RegistryAccess, Repository, parse_reference
from bot.edges.sources import Images, SourceOptions
from bot.errors import ImageError, RegistryError
from bot.formats.oci import MANIFESTS
from bot.model.image import DownloadSize, Image, ImageReference, Transport
from bot.model.limits import Limits
from tests.pictures import Picture, digest, image_of, layout, picture


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("debian", Repository("registry-1.docker.io", "library/debian", "latest")),
        ("debian:12", Repository("registry-1.docker.io", "library/debian", "12")),
        ("user/app", Repository("registry-1.docker.io", "user/app", "latest")),
        ("docker.io/debian", Repository("registry-1.docker.io", "library/debian", "latest")),
        ("ghcr.io/o/r/app:1.2", Repository("ghcr.io", "o/r/app", "1.2")),
        ("localhost/app", Repository("localhost", "app", "latest")),
        ("host:5000/app:t", Repository("host:5000", "app", "t")),
        ("[::1]:5000/app", Repository("[::1]:5000", "app", "latest")),
        ("a.b/c@sha256:" + "0" * 64, Repository("a.b", "c", "sha256:" + "0" * 64)),
        ("a.b/c:t@sha256:" + "0" * 64, Repository("a.b", "c", "sha256:" + "0" * 64)),
    ],
)
def test_parse_reference__as_the_docker_cli(reference: str, expected: Repository) -> None:
    """Host, repository and tag or digest are found as the docker CLI finds them."""
    assert expected == parse_reference(reference)


@pytest.mark.parametrize("reference", ["", "A/B", "a.b/", "a:b:c", "a.b/../c", "a@sha256:1", "a b", "a.b/c?x"])
def test_parse_reference__no_reference(reference: str) -> None:
    """What could not be a reference never becomes part of an address."""
    with pytest.raises(RegistryError, match="names no image"):
        parse_reference(reference)


# --- credentials --------------------------------------------------------------------------------------------------


def credentials_of(
    folder: Path, config: Mapping[str, object], helpers: Mapping[tuple[str, str], object]
) -> DockerCredentials:
    """Write a docker configuration; helpers answer by name and server."""
    (folder / "config.json").write_text(json.dumps(config))

    def run(helper: str, server: str) -> bytes:
        answer = helpers.get((helper, server))
        return json.dumps(answer).encode() if answer else b"credentials not found\n"

    return DockerCredentials(folder, run)


USER = base64.b64encode(b"user:se:cret").decode()
HELPED = {"Username": "helped", "Secret": "s"}
HUB = "https://index.docker.io/v1/"


@pytest.mark.parametrize(
    ("config", "host", "expected"),
    [
        ({"auths": {"a.b": {"auth": USER}}}, "a.b", Credentials("user", "se:cret")),
        ({"auths": {"https://a.b/v1/": {"auth": USER}}}, "a.b", Credentials("user", "se:cret")),
        ({"auths": {HUB: {"auth": USER}}}, "registry-1.docker.io", Credentials("user", "se:cret")),
        ({"auths": {"a.b": {"identitytoken": "t"}}}, "a.b", Credentials("<token>", "t", identity_token=True)),
        ({"auths": {"a.b": {"auth": "???"}}}, "a.b", None),
        ({"auths": {"a.b": {"auth": USER}}}, "c.d", None),
        ({"credHelpers": {"a.b": "one"}, "auths": {"a.b": {"auth": USER}}}, "a.b", Credentials("helped", "s")),
        ({"credsStore": "all"}, "c.d", Credentials("<token>", "r", identity_token=True)),
        ({"credsStore": "missing"}, "a.b", None),
        ({"credsStore": "../../bin/sh"}, "a.b", None),
        ({}, "a.b", None),
        ([], "a.b", None),
    ],
)
def test_of__config_and_helpers(config: Mapping[str, object], host: str, expected: object, tmp_path: Path) -> None:
    """Credentials are found in config.json or asked of the helper that it names for the host."""
    helpers = {("one", "a.b"): HELPED, ("all", "c.d"): {"Username": "<token>", "Secret": "r"}}
    if isinstance(config, list):
        with pytest.raises(ImageError):
            credentials_of(tmp_path, config, helpers).of(host)
        return

    assert expected == credentials_of(tmp_path, config, helpers).of(host)


def test_of__no_configuration(tmp_path: Path) -> None:
    """Without a docker configuration there are no credentials, and that is fine."""
    assert DockerCredentials(tmp_path, lambda *_: b"").of("a.b") is None


# --- a registry that asks who we are ------------------------------------------------------------------------------


class FakeRegistry:
    """A registry with one repository, ``app``; it remembers what it was asked and with what authorization."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.tags: dict[str, bytes] = {}
        self.challenge = ""
        self.accepts = ""
        self.redirect = ""
        self.open_to_all: set[str] = set()
        self.seen: list[tuple[str, str]] = []
        self.forms: list[dict[str, list[str]]] = []
        self.sent: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.answer(self, {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                fake.answer(self, parse_qs(self.rfile.read(length).decode()))

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False  # so that closing it waits for whoever still answers
        self.host = f"127.0.0.1:{self.server.server_port}"

    def hold(self, drawn: Picture, tag: str) -> None:
        """Hold an image under a tag."""
        files = layout({tag: drawn})
        self.blobs.update({f"sha256:{name[13:]}": data for name, data in files.items() if name.startswith("blobs/")})
        self.tags[tag] = files["index.json"]

    def is_layer(self, path: str) -> bool:
        """Tell whether a path is that of a layer blob."""
        return self.blobs.get(path.rpartition("/")[2], b"")[:2] == b"\x1f\x8b"

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, list[str]]) -> None:
        """Answer a request, as long as somebody listens."""
        with suppress(ConnectionError):
            self._answer(request, form)

    def _answer(self, request: BaseHTTPRequestHandler, form: dict[str, list[str]]) -> None:
        authorization = request.headers.get("Authorization", "")
        self.seen.append((request.path, authorization))
        url = urlsplit(request.path)
        if url.path == "/token":
            self.forms.append(form or parse_qs(url.query))
            self.send(request, 200, json.dumps({"token": "granted"}).encode())
        elif self.challenge and authorization != self.accepts and url.path not in self.open_to_all:
            self.send(request, 401, b"{}", {"WWW-Authenticate": self.challenge})
        elif self.redirect and "/blobs/" in url.path:
            self.send(request, 307, b"", {"Location": self.redirect})
        else:
            name = url.path.rpartition("/")[2]
            found = self.tags.get(name) or self.blobs.get(name)
            self.send(request, 200 if found else 404, found or b"{}")
            self.sent.append(name)

    @staticmethod
    def send(
        request: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send an answer."""
        request.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            request.send_header(key, value)
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    """Yield a running registry that holds an image as ``app:1``."""
    registry = FakeRegistry()
    registry.hold(PICTURE, "1")
    thread = threading.Thread(target=registry.server.serve_forever)
    thread.start()
    yield registry
    registry.server.shutdown()
    thread.join()
    registry.server.server_close()


PICTURE = picture("etc/passwd 1200\nusr/bin/vi 9000", "-etc/passwd\netc/motd = hello")


def read(fake: FakeRegistry, credentials: Credentials | None = None, reference: str = "app:1") -> Image:
    """Read an image of the registry."""
    options = SourceOptions(credentials=lambda host: credentials if host == fake.host else None)
    with Images(options).open([ImageReference(Transport.DOCKER, f"{fake.host}/{reference}")], None) as (opened,):
        return opened.image


def test_open__image_of_a_registry(fake: FakeRegistry) -> None:
    """From a registry comes the same image, with the exact size of its blobs."""
    found = read(fake)

    expected = image_of(PICTURE)
    assert [layer.entries for layer in expected.layers] == [layer.entries for layer in found.layers]
    assert (expected.config, expected.history, expected.platform) == (found.config, found.history, found.platform)
    sizes = [
        len(fake.blobs[found_digest]) for found_digest in fake.blobs if fake.blobs[found_digest][:2] == b"\x1f\x8b"
    ]
    assert DownloadSize(sum(sizes), exact=True) == found.download


def test_read_files__of_a_registry(fake: FakeRegistry) -> None:
    """Files are read from blobs that have been fetched already."""
    with Images().open([ImageReference(Transport.DOCKER, f"{fake.host}/app:1")], None) as (opened,):
        asked = len(fake.seen)
        files = opened.read_files([b"etc/motd", b"etc/passwd"], limit_bytes=100)

    assert {b"etc/motd": b"hello"} == files
    assert asked == len(fake.seen)


def test_open__bearer_token(fake: FakeRegistry) -> None:
    """A challenge for a token is answered at its realm, with the credentials of the registry, once for all requests."""
    fake.challenge = f'Bearer realm="http://{fake.host}/token",service="fake",scope="repository:app:pull"'
    fake.accepts = "Bearer granted"

    read(fake, Credentials("user", "secret"))

    tokens = [authorization for path, authorization in fake.seen if path.startswith("/token")]
    assert [f"Basic {base64.b64encode(b'user:secret').decode()}"] == tokens
    assert [{"service": ["fake"], "scope": ["repository:app:pull"]}] == fake.forms
    assert {"", "Bearer granted"} == {
        authorization for path, authorization in fake.seen if not path.startswith("/token")
    }


def test_open__anonymous_token(fake: FakeRegistry) -> None:
    """Without credentials a token is asked for all the same, as public images want it."""
    fake.challenge, fake.accepts = f'Bearer realm="http://{fake.host}/token",service="fake"', "Bearer granted"

    read(fake)

    assert [""] == [authorization for path, authorization in fake.seen if path.startswith("/token")]
    assert ["repository:app:pull"] == fake.forms[0]["scope"]


def test_open__identity_token(fake: FakeRegistry) -> None:
    """An identity token is exchanged as a refresh token, never sent as a password."""
    fake.challenge, fake.accepts = f'Bearer realm="http://{fake.host}/token",service="fake"', "Bearer granted"

    read(fake, Credentials("<token>", "refresh", identity_token=True))

    assert (["refresh_token"], ["refresh"]) == (fake.forms[0]["grant_type"], fake.forms[0]["refresh_token"])


def test_open__basic(fake: FakeRegistry) -> None:
    """A registry that wants a password gets it."""
    fake.challenge, fake.accepts = 'Basic realm="fake"', f"Basic {base64.b64encode(b'user:secret').decode()}"

    assert 2 == len(read(fake, Credentials("user", "secret")).layers)


@pytest.mark.parametrize("challenge", ['Basic realm="fake"', "Negotiate", ""])
def test_open__refused(challenge: str, fake: FakeRegistry) -> None:
    """Who may not read is told to log in."""
    fake.challenge, fake.accepts = challenge or " ", "never"

    with pytest.raises(RegistryError, match=rf"(?s)answers 401.*docker login {fake.host}"):
        read(fake)


def test_open__unknown_tag(fake: FakeRegistry) -> None:
    """A tag that does not exist is said so."""
    with pytest.raises(RegistryError, match=r"(?s)does not give app:2.*404"):
        read(fake, reference="app:2")


def test_open__other_bytes(fake: FakeRegistry) -> None:
    """A blob with other bytes than its digest says is refused."""
    blob = next(name for name, data in fake.blobs.items() if data[:2] == b"\x1f\x8b")
    fake.blobs[blob] = fake.blobs[blob][:-1] + b"x"

    with pytest.raises(ImageError, match="are others"):
        read(fake)


def test_open__blob_that_is_longer_than_announced(fake: FakeRegistry) -> None:
    """A blob is fetched only as far as its manifest says, however much the registry sends."""
    blob = next(name for name, data in fake.blobs.items() if data[:2] == b"\x1f\x8b")
    fake.blobs[blob] += bytes(60_000_000)

    with pytest.raises(ImageError, match="more than the"):
        read(fake)
    fake.server.shutdown()
    fake.server.server_close()

    assert blob not in fake.sent


def test_open__token_that_never_ends(fake: FakeRegistry) -> None:
    """The answer of a token service is a document, and bounded like any other."""
    fake.challenge, fake.accepts = f'Bearer realm="http://{fake.host}/v2/x/manifests/token"', "Bearer granted"
    fake.tags["token"] = b" " * 9_000_000 + b"{}"
    fake.open_to_all.add("/v2/x/manifests/token")

    with pytest.raises(RegistryError, match="more than 8000000 bytes"):
        read(fake)


def test_open__blobs_that_are_known(fake: FakeRegistry, tmp_path: Path) -> None:
    """A blob that was fetched and found to be what its image says is not fetched again; a new claim for it is."""
    options = SourceOptions(cache=DiskCache(tmp_path))
    reference = ImageReference(Transport.DOCKER, f"{fake.host}/app:1")
    with Images(options).open([reference], None) as (one,):
        first = one.image
    asked = len(fake.seen)
    with Images(options).open([reference], None) as (one,):
        assert first.layers == one.image.layers
    assert [] == [path for path, _ in fake.seen[asked:] if fake.is_layer(path)]

    fake.hold(Picture((PICTURE.layers[0], picture("liar 9").layers[0]), PICTURE.config), "2")
    with (
        pytest.raises(ImageError, match="not what the image says"),
        Images(options).open([ImageReference(Transport.DOCKER, f"{fake.host}/app:2")], None),
    ):
        pass


def test_open__manifest_with_other_bytes(fake: FakeRegistry) -> None:
    """A manifest asked by digest must have it."""
    wanted = "sha256:" + "1" * 64
    fake.blobs[wanted] = b"{}"

    with pytest.raises(ImageError, match="are others"):
        read(fake, reference=f"app@{wanted}")


def test_document__too_long(fake: FakeRegistry) -> None:
    """A document above its limit is refused while it arrives."""
    fake.tags["long"] = b"x" * 5000
    access = RegistryAccess(lambda _: None, Limits(document_bytes=1000))
    with ExitStack() as stack, pytest.raises(RegistryError, match="more than 1000 bytes"):
        Registry(Repository(fake.host, "app", "long"), access, stack).document("long", MANIFESTS)


@pytest.mark.parametrize("where", ["realm", "redirect"])
def test_open__nothing_in_the_clear(where: str, fake: FakeRegistry) -> None:
    """Neither a token realm nor a redirect makes us speak unencrypted to another machine."""
    if where == "realm":
        fake.challenge, fake.accepts = 'Bearer realm="http://198.51.100.7/token"', "never"
    else:
        fake.redirect = "http://198.51.100.7/blob"

    with pytest.raises(RegistryError, match=r"198\.51\.100\.7 is not asked"):
        read(fake, Credentials("user", "secret"))


def test_open__nobody_answers() -> None:
    """A registry that is not there is an error that names it."""
    images = Images()

    with (
        pytest.raises(RegistryError, match=r"127\.0\.0\.1:1 does not answer"),
        images.open([ImageReference(Transport.DOCKER, "127.0.0.1:1/app")], None),
    ):
        pass


def test_fake__holds_what_digests_say(fake: FakeRegistry) -> None:
    """The registry of these tests keeps blobs under their own digests."""
    assert all(name == digest(data) for name, data in fake.blobs.items())
