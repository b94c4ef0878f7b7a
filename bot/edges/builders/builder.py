"""The Builder port: BuildKit where buildx is there, the Engine's classic builder where it is not."""

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress

import requests
from docker.errors import DockerException

from bot.edges.builders.build_secrets import refuse_secrets_of_others
from bot.edges.builders.buildx import Buildx, find_buildx
from bot.edges.builders.classic_builder import Classic
from bot.edges.builders.listener import Listener
from bot.edges.builders.neighbours import OUR_IMAGES, Neighbours
from bot.edges.builders.safety import refused
from bot.edges.builders.sdk import Engine, find_engine
from bot.edges.builders.secrets import secret_values
from bot.edges.redactor import Redactor
from bot.errors import EngineError
from bot.model.build import BuildFailure, BuildRecord, BuildRequest, ImageSpec

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_NAME_CHARACTERS = 60


class DockerBuilder:
    """Builds on the engine that answers. Every image gets a random name, so that it never meets anybody else's."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        builder: str = "",
        show: Callable[[str], None] = lambda _: None,
        redactor: Redactor | None = None,
        allow_local_images: bool = False,
    ) -> None:
        """Take the environment to find Docker in, the buildx instance to use, and who hears the builds' own logs.

        The redactor hears of every build secret before anything is built with it. On a self-hosted runner, images of
        the engine are taken as they are only where that is allowed.
        """
        self._neighbours = Neighbours.of(environment, allow_local_images=allow_local_images)
        self._environment = environment
        self._instance = builder
        self._show = show
        self._redactor = redactor or Redactor()
        self._connected: tuple[Engine, Buildx | Classic] | None = None
        self._tags: list[str] = []
        self._remains: list[str] = []

    def build(self, request: BuildRequest) -> BuildRecord | BuildFailure:
        """Build one image.

        Raises ``EngineError`` where there is nothing to build with, ``ConfigError`` where a secret is not the build's.
        """
        refuse_secrets_of_others(request, self._environment)
        failure = refused(request) or self._neighbours.refused(request)
        if failure is not None:
            return failure
        engine, way = self._connect()
        tag = _tag(request)
        self._tags.append(tag)
        listener = Listener(self._show, self._redactor_for(request.spec))
        return self._neighbours.explained(way.build(self._neighbours.kept_apart(request), tag, engine, listener))

    def _redactor_for(self, spec: ImageSpec) -> Redactor:
        """Hide the secrets of an image for good, and the values of its build arguments in what is told of its build."""
        for value in (*secret_values(spec.secrets, self._environment), *spec.secret_build_args):
            self._redactor.hide(value)
        return self._redactor.knowing(spec.sensitive_values)

    def discard(self) -> None:
        """Remove the images that were made, newest first; what is gone, or in use by somebody, is left alone.

        An image that somebody else has named too loses only our name for it.
        """
        if self._connected is None:
            return
        client = self._connected[0].client
        for tag in reversed(self._tags):
            with suppress(DockerException, requests.RequestException):
                client.remove_image(tag)
        for image in reversed(self._remains):
            with suppress(DockerException, requests.RequestException):
                if not client.inspect_image(image).get("RepoTags"):
                    client.remove_image(image)
        self._tags.clear()
        self._remains.clear()

    def _connect(self) -> tuple[Engine, Buildx | Classic]:
        if self._connected is None:
            engine = find_engine(self._environment)
            self._connected = engine, self._find_buildx(engine) or Classic(self._remains)
        return self._connected

    def _find_buildx(self, engine: Engine) -> Buildx | None:
        """Find buildx, unless ``DOCKER_BUILDKIT=0`` asks for the classic builder as it does of docker itself."""
        environment = dict(self._environment) | engine.address.variables()
        asked_for_classic = environment.get("DOCKER_BUILDKIT") == "0" and not self._instance
        buildx = None if asked_for_classic else find_buildx(environment, self._instance)
        if buildx is None and self._instance:
            raise EngineError(
                f"The builder {self._instance!r} cannot be used.",
                why="There is no docker buildx 0.13 or newer here.",
                fix="Install docker buildx, or leave the input builder empty.",
            )
        return buildx


def _tag(request: BuildRequest) -> str:
    name = _NOT_IN_NAMES.sub("-", request.spec.name.lower())[:_NAME_CHARACTERS].strip("-") or "image"
    return f"{OUR_IMAGES}/{name}:{request.side}-{secrets.token_hex(8)}"
