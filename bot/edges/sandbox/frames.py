"""An engine's stream of a container's standard output and error, taken apart."""

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from bot.edges.engine_http import Response

_HEAD_BYTES: Final = 8
_ERRORS: Final = 2
_LINE_BYTES: Final = 80
_BUFFER_BYTES: Final = 1 << 16


class Frames(NamedTuple):
    """What came over each of the two; ``cut`` where it was more than is kept.

    ``logged_bytes`` is about what all of it takes as a log of JSON, a line for each frame.
    """

    output: bytes
    errors: bytes
    cut: bool
    logged_bytes: int


def read_frames(response: "Response", most: int) -> Frames:
    """Read a multiplexed stream (moby ``stdcopy``) to its end, and keep so many bytes of each of the two."""
    kept: dict[bool, bytearray] = {False: bytearray(), True: bytearray()}
    waiting, buffer, cut = bytearray(), memoryview(bytearray(_BUFFER_BYTES)), False
    left, is_error, logged = 0, False, 0
    while count := response.readinto(buffer):
        waiting += buffer[:count]
        while waiting:
            if not left:
                if len(waiting) < _HEAD_BYTES:
                    break
                left, is_error = int.from_bytes(waiting[4:_HEAD_BYTES], "big"), waiting[0] == _ERRORS
                logged += left + _LINE_BYTES
                del waiting[:_HEAD_BYTES]
                continue
            part = waiting[:left]
            del waiting[: len(part)]
            left -= len(part)
            target = kept[is_error]
            cut |= len(target) + len(part) > most
            target += part[: most - len(target)]
    return Frames(bytes(kept[False]), bytes(kept[True]), cut, logged)
