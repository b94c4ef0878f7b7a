"""The Builder port: BuildKit where buildx is there, the Engine's classic builder where it is not."""

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.edges.builders.build_log import BuildLog
from bot.edges.builders.build_secrets import build_secrets, refuse_secrets_of_others
from bot.edges.builders.buildx import Buildx, find_buildx
from bot.edges.builders.isolation import OUR_IMAGES, BuildIsolation, refused
from bot.edges.builders.overlay import laid_over
from bot.edges.engine import Engine
from bot.edges.engine_address import engine_address
from bot.edges.redactor import Redactor
from bot.errors import EngineError, MeasureError, UsageError
from bot.formats.documents import texts
from bot.model.build import BuildFailure, BuildRecord, BuildRequest, FailureKind, ImageSpec

if TYPE_CHECKING:
    from bot.edges.builders.classic_builder import ClassicBuilder

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_NAME_CHARACTERS = 60
_TIMEOUT_SECONDS = 60


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
        self._isolation = BuildIsolation.of(environment, allow_local_images=allow_local_images)
        self._environment = environment
        self._instance = builder
        self._show = show
        self._redactor = redactor or Redactor()
        self._connected: tuple[Engine, Buildx | ClassicBuilder] | None = None
        self._tags: list[str] = []
        self._remains: list[str] = []

    def build(self, request: BuildRequest) -> BuildRecord | BuildFailure:
        """Build one image.

        Raises ``EngineError`` if there is nothing to build with, ``ConfigError`` where a secret is not the build's.
        """
        refuse_secrets_of_others(request, self._environment)
        failure = refused(request) or self._isolation.refused(request)
        if failure is not None:
            return failure
        engine, builder = self._connect()
        tag = _tag(request)
        self._tags.append(tag)
        log = BuildLog(self._show, self._redactor_for(request.spec))
        try:
            aside = request.aside and isinstance(builder, Buildx)
            with laid_over(request.root, {} if aside else request.overlay):
                return self._isolation.explained(builder.build(self._isolation.kept_apart(request), tag, engine, log))
        except UsageError as error:
            return BuildFailure(FailureKind.DOCKERFILE, f"{error.what} {error.why}", file=request.spec.dockerfile)

    def _redactor_for(self, spec: ImageSpec) -> Redactor:
        """Hide the secrets of an image for good, and the values of its build arguments in what is told of its build."""
        values = (value for secret in build_secrets(spec) for value in secret.values(self._environment))
        for value in (*values, *spec.secret_build_args):
            self._redactor.hide(value)
        return self._redactor.knowing(spec.sensitive_values)

    def discard(self) -> None:
        """Remove the images that were made, newest first; what is gone, or in use by somebody, is left alone.

        An image that somebody else has named too loses only our name for it.
        """
        if self._connected is None:
            return
        engine, _ = self._connected
        for tag in reversed(self._tags):
            with suppress(MeasureError):
                engine.delete(_path(tag))
        for image in reversed(self._remains):
            with suppress(MeasureError):
                if not texts(engine.get(f"{_path(image)}/json"), "RepoTags"):
                    engine.delete(_path(image))
        self._tags.clear()
        self._remains.clear()
        engine.close()

    def _connect(self) -> "tuple[Engine, Buildx | ClassicBuilder]":
        if self._connected is None:
            engine = find_engine(self._environment)
            self._connected = engine, self._find_buildx(engine) or self._classic_builder()
        return self._connected

    def _classic_builder(self) -> "ClassicBuilder":
        from bot.edges.builders.classic_builder import ClassicBuilder  # noqa: PLC0415 - the SDK takes 0.2 s to import

        return ClassicBuilder(self._remains)

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


def find_engine(environment: Mapping[str, str]) -> Engine:
    """Find the engine. Raises ``EngineError`` that names the address tried and what happened there."""
    address = engine_address(environment, Path(environment.get("HOME", "/")))
    engine = Engine(address, timeout_seconds=_TIMEOUT_SECONDS)
    # Whether it answers is known before anything is built.
    engine.version  # noqa: B018
    return engine


def _path(image: str) -> str:
    return f"/images/{quote(image, safe='/:')}"


def _tag(request: BuildRequest) -> str:
    name = _NOT_IN_NAMES.sub("-", request.spec.name.lower())[:_NAME_CHARACTERS].strip("-") or "image"
    return f"{OUR_IMAGES}/{name}:{request.side}-{secrets.token_hex(8)}"
