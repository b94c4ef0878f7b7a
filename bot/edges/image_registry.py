"""Registries by the OCI distribution specification: manifests, configurations and blobs of one repository at a time.

Only https is spoken, except to this machine itself. Everything that is fetched is checked against its digest.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from bot.edges.credentials import Credentials
from bot.edges.sources.local_files import Spool
from bot.errors import ImageError, RegistryError
from bot.formats.documents import parse_object, text
from bot.formats.oci import BLOBS, MANIFESTS, checked
from bot.layers.window import ByteSection
from bot.model.limits import Limits, raised

if TYPE_CHECKING:
    import httpx

_MANIFESTS: Final = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)
_HUB: Final = "registry-1.docker.io"
_REFERENCE: Final = re.compile(
    r"(?P<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
_CHALLENGE: Final = re.compile(r'([a-zA-Z_]+)="([^"]*)"')
_OK: Final = 200
_UNAUTHORIZED: Final = 401
_CHUNK: Final = 1 << 20
_TIMEOUT_SECONDS: Final = 60.0


class Repository(NamedTuple):
    """A repository of a registry, and what is wanted of it: a tag or a digest."""

    host: str
    path: str
    wanted: str


def parse_reference(reference: str) -> Repository:
    """Read ``[HOST/]NAME[:TAG][@DIGEST]`` as the docker CLI does; raises ``RegistryError`` for anything else."""
    host, slash, rest = reference.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = _HUB, reference if slash else f"library/{reference}"
    if host in {"docker.io", "index.docker.io"}:
        host, rest = _HUB, rest if "/" in rest else f"library/{rest}"
    parts = _REFERENCE.fullmatch(rest)
    if not parts:
        raise RegistryError(f"{reference!r} names no image of a registry", fix="write docker://HOST/NAME:TAG")
    return Repository(host, parts["repository"], parts["digest"] or parts["tag"] or "latest")


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """How registries are spoken to."""

    credentials: Callable[[str], Credentials | None]
    limits: Limits


class Registry:
    """One repository, open for reading."""

    def __init__(self, repository: Repository, access: RegistryAccess, open_files: ExitStack) -> None:
        import httpx  # noqa: PLC0415 - takes 0.1 s to import, and few need it

        scheme = "http" if is_loopback(urlsplit(f"//{repository.host}").hostname or "") else "https"
        self._repository = repository
        self._access = access
        self._open_files = open_files
        self._base = f"{scheme}://{repository.host}/v2/{repository.path}"
        self._authorization: dict[str, str] = {}
        self._error = httpx.HTTPError
        hooks = {"request": [_only_https]}
        client = httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=True, event_hooks=hooks)
        self._client = open_files.enter_context(client)

    def document(self, wanted: str, kind: str) -> bytes:
        """Fetch a JSON document: a manifest by tag or digest, or a blob by digest."""
        headers = {"Accept": _MANIFESTS} if kind == MANIFESTS else {}
        with self._get(f"{self._base}/{kind}/{wanted}", headers) as response:
            return self._content(response)

    def _content(self, response: "httpx.Response") -> bytes:
        """Read an answer that is a document, and bounded."""
        most = self._access.limits.document_bytes
        content = bytearray()
        for chunk in response.iter_bytes(_CHUNK):
            content += chunk
            if len(content) > most:
                raise RegistryError(
                    "The registry's answer is refused",
                    why=f"a document has more than {most} bytes",
                    fix=raised("document_bytes"),
                )
        return bytes(content)

    def blob(self, digest: str, announced: int) -> ByteSection:
        """Fetch a layer blob of the announced length into a temporary file that has no name."""
        spool, hasher, size = Spool(self._open_files), sha256(), 0
        with self._get(f"{self._base}/{BLOBS}/{checked(digest)}", {}) as response:
            for chunk in response.iter_raw(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
                if size > announced:
                    break
                spool.write(chunk)
        if size != announced:
            found = (
                f"more than the {announced} bytes of its manifest"
                if size > announced
                else f"{size} bytes instead of {announced}"
            )
            raise _broken(f"{digest} has {found}")
        if f"sha256:{hasher.hexdigest()}" != digest:
            raise _broken(f"the bytes of {digest} are others")
        return spool.section()

    @contextmanager
    def _get(self, url: str, headers: Mapping[str, str]) -> "Iterator[httpx.Response]":
        try:
            response = self._send(url, headers)
            if response.status_code == _UNAUTHORIZED:
                response.close()
                self._authorization = self._authorize(response.headers.get("WWW-Authenticate", ""))
                response = self._send(url, headers)
            try:
                if response.status_code != _OK:
                    raise self._refused(response.status_code, url)
                yield response
            finally:
                response.close()
        except self._error as error:
            raise self._silent(error) from error

    def _send(self, url: str, headers: Mapping[str, str]) -> "httpx.Response":
        request = self._client.build_request("GET", url, headers={**headers, **self._authorization})
        return self._client.send(request, stream=True)

    def _authorize(self, challenge: str) -> dict[str, str]:
        """Answer a challenge (distribution specification, "Token Authentication"); with nothing where we cannot."""
        kind, _, rest = challenge.partition(" ")
        credentials = self._access.credentials(self._repository.host)
        if kind.lower() == "basic" and credentials:
            return {"Authorization": _basic(credentials)}
        if kind.lower() != "bearer":
            return {}
        asked = dict(_CHALLENGE.findall(rest))
        scope = asked.get("scope") or f"repository:{self._repository.path}:pull"
        token = self._token(asked.get("realm", ""), {"service": asked.get("service", ""), "scope": scope}, credentials)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _token(self, realm: str, query: dict[str, str], credentials: Credentials | None) -> str:
        if credentials and credentials.identity_token:
            grant = {"grant_type": "refresh_token", "refresh_token": credentials.secret, "client_id": "deadweight"}
            request = self._client.build_request("POST", realm, data={**query, **grant})
        else:
            headers = {"Authorization": _basic(credentials)} if credentials else {}
            request = self._client.build_request("GET", realm, params=query, headers=headers)
        response = self._client.send(request, stream=True)
        try:
            if response.status_code != _OK:
                raise self._refused(response.status_code, realm)
            answer = parse_object(self._content(response), "token of the registry")
        finally:
            response.close()
        return text(answer, "token") or text(answer, "access_token")

    def _refused(self, status: int, url: str) -> RegistryError:
        host, path, wanted = self._repository
        fixes = {401: f"docker login {host}", 403: f"docker login {host}", 404: "look at its name and tag"}
        return RegistryError(
            f"The registry {host} does not give {path}:{wanted}",
            why=f"it answers {status} at {url}",
            fix=fixes.get(status, "try again later"),
        )

    def _silent(self, error: Exception) -> RegistryError:
        return RegistryError(
            f"The registry {self._repository.host} does not answer",
            why=str(error) or type(error).__name__,
            fix="see whether it can be reached from here",
        )


def _broken(why: str) -> ImageError:
    return ImageError("The registry's answer is broken", why=why, fix="try again")


def _basic(credentials: Credentials) -> str:
    return f"Basic {b64encode(f'{credentials.user}:{credentials.secret}'.encode()).decode()}"


def _only_https(request: "httpx.Request") -> None:
    """Let no request, be it to a token service or after a redirect, leave this machine unencrypted."""
    if request.url.scheme != "https" and not is_loopback(request.url.host):
        raise RegistryError(f"{request.url.host} is not asked", why="it would be spoken to without encryption")


def is_loopback(name: str) -> bool:
    """Tell whether a host's name or address is of this machine."""
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"
