"""tar-split records, written as vbatts/tar-split writes them."""

import io
import json
import tarfile
from base64 import b64encode

_POLYNOMIAL = 0xD800000000000000


def crc64(data: bytes) -> int:
    """Return the CRC-64/GO-ISO of bytes, bit by bit."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


def split(tar: bytes, *, old: bool = False) -> bytes:
    """Return the inflated record of a tar; ``old`` cuts its end into two lines, as engine 20.10 does."""
    pieces: list[dict[str, object]] = []
    position = 0
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        for member in archive:
            size = member.size if member.isreg() else 0
            pieces.append({"type": 2, "payload": b64encode(tar[position : member.offset_data]).decode()})
            piece: dict[str, object] = {"type": 1, "name": member.name + "/" * member.isdir(), "size": size}
            payload = tar[member.offset_data : member.offset_data + size]
            piece["payload"] = b64encode(crc64(payload).to_bytes(8, "big")).decode() if size else None
            pieces.append({key: value for key, value in piece.items() if key != "size" or value})
            position = member.offset_data + size
    pieces.append({"type": 2, "payload": b64encode(tar[position:]).decode()})
    if old:
        pieces.append({"type": 2, "payload": ""})
    return _written(pieces)


def pairs(*lines: tuple[bytes, bytes]) -> bytes:
    """Return the inflated record of pairs of lines: bytes up to a payload, and the payload."""
    pieces: list[dict[str, object]] = []
    for before, payload in lines:
        pieces.append({"type": 2, "payload": b64encode(before).decode()})
        checksum = b64encode(crc64(payload).to_bytes(8, "big")).decode() if payload else None
        pieces.append({"type": 1, "name": "x", **({"size": len(payload)} if payload else {}), "payload": checksum})
    return _written(pieces)


def _written(pieces: list[dict[str, object]]) -> bytes:
    numbered = ({**piece, "position": number} for number, piece in enumerate(pieces))
    return b"".join(json.dumps(piece, separators=(",", ":")).encode() + b"\n" for piece in numbered)
