"""Text → image reference, in the words of containers-transports(5); a bare name is one in the engine."""

from typing import Final

from bot.errors import UsageError
from bot.model.image import ImageReference, Platform, Transport

_REGISTRY: Final = "docker://"
_FORMS: Final = (
    "Write NAME or docker-daemon:NAME, docker-archive:PATH, oci:PATH, oci-archive:PATH, or docker://REGISTRY/NAME:TAG."
)


def parse_reference(text: str) -> ImageReference:
    """Read an image reference. Raises ``UsageError`` where it names nothing."""
    if text.startswith(_REGISTRY):
        return _named(Transport.DOCKER, text.removeprefix(_REGISTRY), text)
    prefix, separator, rest = text.partition(":")
    for transport in (Transport.DOCKER_DAEMON, Transport.DOCKER_ARCHIVE, Transport.OCI, Transport.OCI_ARCHIVE):
        if separator and prefix == transport:
            return _named(transport, rest, text)
    return _named(Transport.DOCKER_DAEMON, text, text)


def parse_platform(text: str) -> Platform | None:
    """Read ``os/architecture[/variant]``; ``None`` for empty text. Raises ``UsageError``."""
    if not text:
        return None
    parts = text.split("/")
    if len(parts) not in {2, 3} or not all(parts):
        raise UsageError(f"{text!r} is not a platform.", fix="Write one such as linux/amd64 or linux/arm/v7.")
    return Platform(*parts)


def _named(transport: Transport, name: str, text: str) -> ImageReference:
    if not name or any(not character.isprintable() or character == " " for character in name):
        raise UsageError(f"{text!r} is not an image reference.", fix=_FORMS)
    return ImageReference(transport, name)
