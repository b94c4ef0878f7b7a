"""The command line and the environment of one ``buildx build``."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.edges.builders.build_secrets import build_secrets
from bot.edges.programs import USUAL_FOLDERS
from bot.model.build import BuildRequest, is_of_the_runner

METADATA = "metadata.json"
"""The file in which buildx leaves what it knows of a build."""

_KEPT = frozenset({"HOME", "TMPDIR", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "SSL_CERT_FILE"})
_KEPT_PREFIXES = ("DOCKER_", "BUILDX_", "BUILDKIT_")
_KEPT_LOWER = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
# What the Actions cache needs; a build that does not use it gets none of these tokens.
_ACTIONS_CACHE = ("ACTIONS_CACHE_URL", "ACTIONS_RESULTS_URL", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_CACHE_SERVICE_V2")
_FIXED = {
    "LC_ALL": "C",
    "DOCKER_CLI_HINTS": "false",
    "BUILDX_METADATA_PROVENANCE": "max",
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
}


def build_arguments(request: BuildRequest, tag: str, folder: Path, builder: str) -> tuple[str, ...]:
    """List what follows ``buildx``; the metadata file goes into ``folder``, the image into the engine as ``tag``.

    Attestations would wrap the image into an index of its own; its provenance comes by the metadata file instead.
    """
    return (
        *(("--builder", builder) if builder else ()),
        "build",
        "--progress=rawjson",
        f"--metadata-file={folder / METADATA}",
        "--provenance=false",
        "--load",
        f"--tag={tag}",
        *_options(request),
        "--",
        str(Path(request.root, request.spec.context)),
    )


def client_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Keep what the docker client may know: where the engine and its own files are, nothing of the job."""
    folders = [one for one in environment.get("PATH", "").split(os.pathsep) if one.startswith("/")]
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.lower() in _KEPT_LOWER or name.startswith(_KEPT_PREFIXES)
    }
    return kept | {"PATH": os.pathsep.join((*folders, *USUAL_FOLDERS))} | _FIXED


def build_environment(request: BuildRequest, environment: Mapping[str, str]) -> dict[str, str]:
    """Add to the client's environment what this build was promised: its secrets, the tokens of its cache."""
    uses_actions_cache = any("type=gha" in one for one in (*request.cache_from, *request.cache_to))
    wanted = {*_secret_variables(request), *(_ACTIONS_CACHE if uses_actions_cache else ())}
    return client_environment(environment) | {name: environment[name] for name in wanted if name in environment}


def _options(request: BuildRequest) -> Iterator[str]:
    spec = request.spec
    yield f"--file={Path(request.root, spec.dockerfile)}"
    single = {"target": spec.target, "network": spec.network, "platform": str(spec.platform or "")}
    yield from (f"--{name}={value}" for name, value in single.items() if value)
    yield from (f"--build-arg={name}={value}" for name, value in spec.build_args)
    yield from (f"--build-context={name}={_build_context(request, source)}" for name, source in spec.build_contexts)
    yield from (f"--secret={secret.argument}" for secret in build_secrets(request.spec))
    yield from (f"--cache-from={one}" for one in request.cache_from)
    yield from (f"--cache-to={one}" for one in request.cache_to)
    yield from (f"--label={name}={value}" for name, value in request.labels.items())
    if request.pull:
        yield "--pull"


def _build_context(request: BuildRequest, source: str) -> str:
    return source if "://" in source else str(Path(request.root, source))


def _secret_variables(request: BuildRequest) -> Iterator[str]:
    """List the variables that secrets may come from; none of them is the runner's, whoever let it pass."""
    return (one.variable for one in build_secrets(request.spec) if one.variable and not is_of_the_runner(one.variable))
