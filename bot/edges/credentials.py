"""Registry credentials as ``docker login`` keeps them: in config.json, or with a credential helper."""

import binascii
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from bot.errors import ImageError
from bot.formats.documents import Json, inner, parse_object, text

_HUB: Final = "https://index.docker.io/v1/"
_REFRESHING_USER: Final = "<token>"


class Credentials(NamedTuple):
    """A user and a password or token; with ``identity_token`` the secret is an OAuth 2 refresh token."""

    user: str
    secret: str
    identity_token: bool = False


RunHelper = Callable[[str, str], bytes]
"""Runs ``docker-credential-NAME get`` with a server address as its input; returns its output, empty if it fails."""


class DockerCredentials:
    """Credentials by registry host."""

    def __init__(self, folder: Path, run_helper: RunHelper) -> None:
        self._folder = folder
        self._run_helper = run_helper

    def of(self, host: str) -> Credentials | None:
        """Find the credentials for a registry, ``None`` if there are none."""
        config = self._config()
        servers = (_HUB,) if host == "registry-1.docker.io" else (host, f"https://{host}", f"https://{host}/v1/")
        for server in servers:
            helper = text(inner(config, "credHelpers"), server) or text(config, "credsStore")
            found = self._of_helper(helper, server) if helper else _stored(inner(inner(config, "auths"), server))
            if found:
                return found
        return None

    def _config(self) -> Json:
        try:
            return parse_object((self._folder / "config.json").read_bytes(), "docker configuration")
        except OSError:
            return {}

    def _of_helper(self, helper: str, server: str) -> Credentials | None:
        if not helper.replace("-", "").replace("_", "").isalnum():
            return None
        try:
            answer = parse_object(self._run_helper(helper, server), "answer of a credential helper")
        except ImageError:
            return None
        user, secret = text(answer, "Username"), text(answer, "Secret")
        return Credentials(user, secret, user == _REFRESHING_USER) if secret else None


def _stored(auth: Json) -> Credentials | None:
    if token := text(auth, "identitytoken"):
        return Credentials(_REFRESHING_USER, token, identity_token=True)
    try:
        user, colon, secret = b64decode(text(auth, "auth"), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credentials(user, secret) if colon else None
