"""A ``docker save`` as it streams by: documents are kept, layers are scanned, nothing else is."""

from typing import Final

from bot.errors import LimitError
from bot.formats.archive import MemberCount, followed, link_target, name_of
from bot.formats.blobs import BlobInfo
from bot.layers.download import Sampled, Sampler
from bot.layers.headers import BLOCK, looks_like_tar
from bot.layers.inflate import compression_of, inflated
from bot.layers.layer import Allowance, ScannedLayer
from bot.layers.scan import scan_layer
from bot.layers.tar import FILE, HARD_LINK, SYMLINK, Member, members
from bot.layers.window import Part, Window
from bot.model.limits import raised

_DOCUMENT_STARTS: Final = b"{["
_MOST_DOCUMENTS_BYTES: Final = 64_000_000


class Stream:
    """``Blobs`` of an archive that is read once, from its beginning to its end.

    Raises ``ImageError`` where the archive or a layer in it is broken, ``LimitError`` where it holds too much.
    """

    def __init__(self, window: Window, allowance: Allowance, *, estimate: bool) -> None:
        self._allowance = allowance
        self._estimate = estimate
        self._documents: dict[str, bytes] = {}
        self._documents_bytes = 0
        self._links: dict[str, str] = {}
        self._layers: dict[str, ScannedLayer] = {}
        self._infos: dict[str, BlobInfo] = {}
        self._estimates: dict[str, int] = {}
        count = MemberCount(allowance.limits)
        for member in members(window, allowance.limits):
            count.add(member)
            if member.type in {SYMLINK, HARD_LINK}:
                self._links[name_of(member)] = link_target(member)
            elif member.type == FILE and member.size:
                self._take(name_of(member), member, window)

    def _take(self, name: str, member: Member, window: Window) -> None:
        window.fill(min(BLOCK, member.size))
        start = bytes(window.buffer[window.position : window.position + min(BLOCK, member.size)])
        # A layer may begin with a file whose name begins like a document.
        if compression_of(start[:4]) != "none" or looks_like_tar(start):
            self._scan(name, member, window, compression_of(start[:4]))
        elif start[0] in _DOCUMENT_STARTS and member.size <= self._allowance.limits.document_bytes:
            self._keep(name, window.take(member.size))

    def _keep(self, name: str, document: bytes) -> None:
        self._documents_bytes += len(document)
        if self._documents_bytes > _MOST_DOCUMENTS_BYTES:
            raise LimitError("The archive is refused", why="it holds more than 64 MB of documents")
        self._documents[name] = document

    def _scan(self, name: str, member: Member, window: Window, compression: str) -> None:
        if len(self._layers) >= self._allowance.limits.layers:
            most = self._allowance.limits.layers
            raise LimitError("The archive is refused", why=f"it holds more than {most} layers", fix=raised("layers"))
        plain = inflated(Part(window, member.size), compression)
        sampler = Sampler() if self._estimate and compression == "none" else None
        self._layers[name] = scan_layer(Window(Sampled(plain, sampler) if sampler else plain), self._allowance)
        self._infos[name] = BlobInfo(member.size, compression)
        if sampler:
            self._estimates[name] = sampler.estimate()

    def document(self, name: str) -> bytes | None:
        """Give a document, see ``Blobs``."""
        return self._documents.get(followed(name, self._links))

    def info(self, name: str) -> BlobInfo | None:
        """Tell what a layer is like, see ``Blobs``."""
        return self._infos.get(followed(name, self._links))

    def names(self) -> tuple[str, ...]:
        """Give some of the names, see ``Blobs``."""
        return (*self._documents, *self._layers)

    def layer(self, name: str) -> ScannedLayer:
        """Give a layer that ``info`` knows."""
        return self._layers[followed(name, self._links)]

    def estimate(self, name: str) -> int | None:
        """Give the estimated gzip size of a layer that is stored plain."""
        return self._estimates.get(followed(name, self._links))
