"""Keeps a build apart: inside its checkout, and from what others left in the engine that it shares with them.

A link in a hostile tree must not send the machine's files to the builder. On a machine that outlives its job, a cache
mount filled by another pull request would move this one's base, and any image that somebody pulled or built there could
be read by ``FROM``, ``COPY --from`` or a mount.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.model.build import BuildFailure, BuildRecord, BuildRequest, FailureKind

CACHE_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS"
"""The build argument that puts all cache mounts of a build under a name; it is no part of the layers' cache keys."""

OUR_IMAGES = "deadweight"
"""The folder of the names that images get which are built here; the rest of a name is random."""

_ABOUT_IMAGES = frozenset({FailureKind.BASE_IMAGE, FailureKind.CREDENTIALS})
_WAY_OUT = (
    " On a self-hosted runner every image is asked for at its registry, also where the engine has one of that name;"
    " the input allow-local-images takes the engine's."
)


@dataclass(frozen=True, slots=True)
class BuildIsolation:
    """What a run does because others use its engine: ``namespace`` names its cache mounts, empty outside Actions.

    With ``asks_registries`` an image is had only by whoever its registry gives it to, with the job's credentials.
    """

    namespace: str = ""
    asks_registries: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str], *, allow_local_images: bool) -> "BuildIsolation":
        """Read from the runner's variables what is known of its machine; on a person's own there are none."""
        if environment.get("GITHUB_ACTIONS") != "true":
            return cls()
        is_shared = environment.get("RUNNER_ENVIRONMENT") == "self-hosted"
        return cls(f"deadweight-{secrets.token_hex(16)}", is_shared and not allow_local_images)

    def kept_apart(self, request: BuildRequest) -> BuildRequest:
        """Add to a request what keeps it apart; a namespace that the configuration chose is left."""
        spec = request.spec
        if self.namespace and CACHE_NAMESPACE not in dict(spec.build_args):
            spec = replace(spec, build_args=(*spec.build_args, (CACHE_NAMESPACE, self.namespace)))
        pull = (request.pull and not _names_our_own(request)) or self.asks_registries
        return replace(request, spec=spec, pull=pull)

    def refused(self, request: BuildRequest) -> BuildFailure | None:
        """Refuse an image that is built from another one of ours, where every image is asked for at its registry."""
        if not (self.asks_registries and _names_our_own(request)):
            return None
        sentence = "It is built from another image of this repository, which no registry has." + _WAY_OUT
        return BuildFailure(FailureKind.BASE_IMAGE, sentence, file=request.spec.dockerfile)

    def explained(self, outcome: BuildRecord | BuildFailure) -> BuildRecord | BuildFailure:
        """Say the way out where an image was refused because of us."""
        if isinstance(outcome, BuildFailure) and outcome.kind in _ABOUT_IMAGES and self.asks_registries:
            return replace(outcome, sentence=outcome.sentence + _WAY_OUT)
        return outcome


def refused(request: BuildRequest) -> BuildFailure | None:
    """Say why a request must not be built, if so: its Dockerfile or a context is missing or leads through a link."""
    spec = request.spec
    if not os.path.lexists(Path(request.root, spec.dockerfile)):
        return _failure(request, FailureKind.NO_DOCKERFILE, f"There is no {spec.dockerfile}.")
    folders = (spec.context, *(source for _, source in spec.build_contexts if "://" not in source))
    for path in (spec.dockerfile, *folders):
        if not _is_plainly_inside(request.root, path):
            sentence = f"{path} leads through a symbolic link or out of the repository; name what it points to."
            return _failure(request, FailureKind.DOCKERFILE, sentence)
    for path in folders:
        if not Path(request.root, path).is_dir():
            return _failure(request, FailureKind.DOCKERFILE, f"There is no folder {path} to be the build context.")
    return None


def _is_plainly_inside(root: str, path: str) -> bool:
    """Tell whether a path stays below the root without passing a link."""
    real_root = os.path.realpath(root)
    wanted = os.path.normpath(Path(real_root, path))
    return os.path.realpath(wanted) == wanted and (wanted + os.sep).startswith(real_root + os.sep)


def _failure(request: BuildRequest, kind: FailureKind, sentence: str) -> BuildFailure:
    return BuildFailure(kind, sentence, file=request.spec.dockerfile)


def _names_our_own(request: BuildRequest) -> bool:
    """Tell whether a build takes an image that was just built here: a registry that is asked for it has none."""
    return any(source.startswith(f"docker-image://{OUR_IMAGES}/") for _, source in request.spec.build_contexts)
