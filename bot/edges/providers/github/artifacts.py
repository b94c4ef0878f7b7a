"""An artifact's one file, fetched and unpacked within bounds: it comes from a job that ran foreign code (T-Z1)."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import urlsplit

import httpx

from bot.edges.providers.github.patience import Patience, Waits
from bot.errors import PublishError
from bot.model.provider import Artifact

LARGEST_ARCHIVE_BYTES = 5_000_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1


class ArtifactStore:
    """Fetches archives: GitHub redirects to a store that must not see the token."""

    def __init__(self, repository_url: str, token: str, patience: Patience, waits: Waits) -> None:
        self._repository_url = repository_url
        self._token = token
        self._patience = patience
        self._waits = waits

    def read(self, artifact: Artifact, file_name: str, *, limit_bytes: int) -> bytes:
        """Return the file; raises ``PublishError`` if the artifact is anything but exactly that file."""
        if artifact.expired:
            _refuse(artifact, "it has expired", "run the workflow again")
        if artifact.size_bytes > LARGEST_ARCHIVE_BYTES:
            _refuse(artifact, f"its archive has more than {LARGEST_ARCHIVE_BYTES:,} bytes")
        return only_file(artifact, self._fetch(artifact), file_name, limit_bytes=limit_bytes)

    def _fetch(self, artifact: Artifact) -> bytes:
        for _ in range(self._patience.tries - 1):
            try:
                return self._fetch_once(artifact)
            except httpx.HTTPError:
                if not self._waits.sleep(self._patience.backoff_seconds):
                    break
        try:
            return self._fetch_once(artifact)
        except httpx.HTTPError as error:
            _refuse(artifact, f"GitHub does not hand it over ({type(error).__name__})", "run the workflow again", error)

    def _fetch_once(self, artifact: Artifact) -> bytes:
        url = f"{self._repository_url}/actions/artifacts/{artifact.artifact_id}/zip"
        headers = {"Authorization": f"Bearer {self._token}", "User-Agent": "deadweight"}
        with httpx.Client(timeout=self._patience.answer_seconds, follow_redirects=False) as client:
            with client.stream("GET", url, headers=headers) as answer:
                if answer.status_code not in _REDIRECTS:
                    return _bounded(artifact, answer)
                store = self._store_address(artifact, answer.headers.get("location", ""))
            with client.stream("GET", store) as answer:
                return _bounded(artifact, answer)

    def _store_address(self, artifact: Artifact, location: str) -> str:
        """Take any host, since no token goes there, but no weaker scheme than GitHub's own."""
        scheme = urlsplit(location).scheme
        if scheme not in ("https", urlsplit(self._repository_url).scheme):
            _refuse(artifact, f"GitHub redirects to {scheme or 'nowhere'}")
        return location


def _bounded(artifact: Artifact, answer: httpx.Response) -> bytes:
    if answer.status_code in (404, 410):
        _refuse(artifact, "it is gone", "run the workflow again")
    answer.raise_for_status()
    content = bytearray()
    for chunk in answer.iter_raw(1 << 16):
        content += chunk
        if len(content) > LARGEST_ARCHIVE_BYTES:
            _refuse(artifact, f"its archive has more than {LARGEST_ARCHIVE_BYTES:,} bytes")
    return bytes(content)


def only_file(artifact: Artifact, archive: bytes, file_name: str, *, limit_bytes: int) -> bytes:
    """Return the one file of a zip; raises ``PublishError`` unless it holds exactly ``file_name``, whole and small."""
    with _reading(artifact), zipfile.ZipFile(io.BytesIO(archive)) as opened:
        entries = opened.infolist()
        if [entry.filename for entry in entries] != [file_name]:
            _refuse(artifact, f"it must hold {file_name} and nothing else")
        if entries[0].flag_bits & _ENCRYPTED or entries[0].compress_type not in _METHODS:
            _refuse(artifact, "its file is encrypted or packed in an unusual way")
        with opened.open(entries[0]) as file:
            # What the entry says of its size is not believed: reading stops one byte past the limit.
            content = file.read(limit_bytes + 1)
        if len(content) > limit_bytes:
            _refuse(artifact, f"{file_name} has more than {limit_bytes:,} bytes")
        return content


@contextmanager
def _reading(artifact: Artifact) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        _refuse(artifact, f"it is no sound zip file ({type(error).__name__})", cause=error)


def _refuse(artifact: Artifact, why: str, fix: str = "", cause: Exception | None = None) -> NoReturn:
    what = f"artifact {artifact.artifact_id} of run {artifact.run_id} is not used"
    raise PublishError(what, why=why, fix=fix) from cause
