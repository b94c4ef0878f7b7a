"""Keeps a build apart from what others left in the engine it shares with them: cache mounts, and images.

On a machine that outlives its job, a cache mount filled by another pull request would move this one's base, and any
image that somebody pulled or built there could be read by ``FROM``, ``COPY --from`` or a mount.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

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
class Neighbours:
    """Who else uses the engine: ``namespace`` names this run's cache mounts, empty outside Actions.

    With ``asks_registries`` an image is had only by whoever its registry gives it to, with the job's credentials.
    """

    namespace: str = ""
    asks_registries: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str], *, allow_local_images: bool) -> "Neighbours":
        """Read from the runner's variables what is known of its machine; on a person's own there are none."""
        if environment.get("GITHUB_ACTIONS") != "true":
            return cls()
        is_shared = environment.get("RUNNER_ENVIRONMENT") == "self-hosted"
        return cls(f"deadweight-{secrets.token_hex(16)}", is_shared and not allow_local_images)

    def kept_apart(self, request: BuildRequest) -> BuildRequest:
        """Give the request with what keeps it apart; a namespace that the configuration chose is left."""
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


def _names_our_own(request: BuildRequest) -> bool:
    """Tell whether a build takes an image that was just built here: a registry that is asked for it has none."""
    return any(source.startswith(f"docker-image://{OUR_IMAGES}/") for _, source in request.spec.build_contexts)
