"""What reading the files inside one image may cost: bytes held, and steps taken over them.

Steps are counted, not timed, so that the same image gives the same report on every machine. A step is about a
microsecond: a line, a record, a path that is made or looked up; long paths count for several.
"""

from collections.abc import Callable, Collection, Mapping

from bot.errors import ImageError, WorkError
from bot.model.limits import Limits, raised

LARGEST_FILE_BYTES = 64_000_000
"""A file inside an image that is larger is not read at all."""

ReadFiles = Callable[[Collection[bytes]], Mapping[bytes, bytes]]
"""Returns the content of live files by path; a file larger than ``LARGEST_FILE_BYTES`` is absent."""

_MOST_VALUES = 1_000_000
_PATH_BYTES_A_STEP = 32


class Work:
    """What is left of the budget that all readers of one image's packages and facts share."""

    __slots__ = ("_bytes", "_metadata_bytes", "_steps")

    def __init__(self, limits: Limits | None = None) -> None:
        """Start with all that the limits allow."""
        allowed = limits or Limits()
        self._bytes = allowed.read_bytes
        self._steps = allowed.read_steps
        self._metadata_bytes = allowed.metadata_bytes

    def spend(self, steps: int) -> None:
        """Take steps; raises ``WorkError`` where they are not left, and ever after."""
        self._steps -= steps
        if self._steps < 0:
            raise WorkError("The work is more than the limits allow", fix=raised("read_steps"))

    def spend_on_path(self, length: int) -> None:
        """Take what it costs to make, look up or keep a path of so many bytes."""
        self.spend(1 + length // _PATH_BYTES_A_STEP)

    def hold(self, count: int) -> bool:
        """Take bytes that are to be read and held; False, and nothing taken, where they are not left."""
        if count > self._bytes:
            return False
        self._bytes -= count
        return True

    def parse(self, document: bytes) -> None:
        """Take what it costs to parse a JSON file; raises ``ImageError`` for one that is too much by itself.

        The values in a document are at most one more than its commas and opening brackets: three bytes can make a
        list of seventy, so that length alone bounds nothing.
        """
        values = sum(map(document.count, (b",", b"[", b"{")))
        if len(document) > self._metadata_bytes or values > _MOST_VALUES:
            raise ImageError("A JSON file of the image is too large to be read", fix=raised("metadata_bytes"))
        self.spend(1 + values)
