"""How much of a foreign image is looked at before we stop: no input may exhaust the machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on what one image may make us read and keep; all of them are generous for real images.

    Past ``entries`` and ``path_bytes`` the sums go on and the attribution stops (``Layer.complete`` is False). Past
    ``read_bytes``, ``read_steps`` and ``metadata_bytes`` the sums stay exact, and a note says which packages or facts
    are incomplete. Past any of the others the image is refused with a ``LimitError``.
    """

    entries: int = 2_000_000
    """Tar entries of one image that are kept, about 0.3 kB of memory each."""
    path_bytes: int = 512_000_000
    """Total length of the paths and link targets of one image that are kept."""
    unpacked_bytes: int = 256 * 1024**3
    """Uncompressed bytes of one image that are read or claimed."""
    header_bytes: int = 1_000_000
    """Length of one PAX header or GNU long name."""
    document_bytes: int = 8_000_000
    """Length of one JSON document: manifest, index or configuration."""
    layers: int = 1000
    """Layers, history steps, or members of an index of one image."""
    read_bytes: int = 768_000_000
    """Bytes of the files inside one image that are read: package databases, programs, possible secrets."""
    read_steps: int = 15_000_000
    """Lines, records, values and paths that reading those files makes, about a microsecond each."""
    metadata_bytes: int = 16_000_000
    """Length of one JSON file of a package manager inside an image."""


def raised(name: str) -> str:
    """Say how one of the limits is raised, for whoever meets it with an image that is in order."""
    return f"if the image is in order, raise the limit: input limits or option --limits, {name.replace('_', '-')}=…"
