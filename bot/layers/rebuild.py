"""The tar of a small layer, byte for byte, from an engine's record of it and the files that the engine unpacked."""

import json
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator, Mapping

from bot.layers.paths import clean


def rebuild(record: bytes, payloads: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """Give the pieces of a layer's tar: the lines of its inflated tar-split record, with payloads by path.

    Raises ``ValueError`` where the two do not fit together.
    """
    for line in record.splitlines():
        piece = json.loads(line)
        try:
            if piece["type"] == 2:
                yield a2b_base64(piece.get("payload") or "")
            elif size := piece.get("size", 0):
                yield _payload(payloads, _name(piece), size)
        except (KeyError, TypeError, AttributeError, Base64Error) as error:
            raise ValueError("the record and the files do not fit") from error


def _name(piece: Mapping[str, str]) -> bytes:
    raw = piece.get("name_raw")
    return clean(a2b_base64(raw) if raw else piece["name"].encode())


def _payload(payloads: Mapping[bytes, bytes], path: bytes, size: int) -> bytes:
    payload = payloads[path]
    if len(payload) != size:
        raise ValueError("the record and the files do not fit")
    return payload
