"""Digests as OCI writes them (image-spec descriptor.md): ``sha256:`` and hexadecimal digits."""

import hashlib


def sha256(blob: bytes) -> str:
    """Give the digest of a blob, ``sha256:…``."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
