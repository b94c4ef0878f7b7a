"""Actions that build images: the inputs of a step → builds, and the outputs that later steps use as names."""

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

from bot.discovery.command_line import pairs_of, registry_tag
from bot.discovery.dockerfiles import has_dockerfile_name
from bot.discovery.nouns import Build, DefinitionEvidence, Push
from bot.discovery.unknowns import is_known, shown, unknown

Inputs = Mapping[str, str]
_DOCKERFILE: Final = (
    "file", "dockerfile", "containerfile", "docker-file", "docker_file", "dockerfile-path", "dockerfile_path",
    "dockerfiles", "containerfiles", "build_file", "docker-dockerfile", "dockerfile-name", "dockerfile_location",
)  # fmt: skip
_CONTEXT: Final = (
    "context", "path", "directory", "build-context", "build_context", "docker-context", "context-path", "context_path",
    "docker-build-context", "docker_context", "build-directory",
)  # fmt: skip
_ARGS: Final = ("build-args", "build_args", "buildargs", "build-arg", "build_arg", "docker-build-args")
_TARGET: Final = ("target", "build-target", "docker-target")
_PLATFORMS: Final = ("platforms", "platform", "archs")
_IMAGES: Final = (
    "tags", "image", "images", "image-name", "image_name", "imagename", "name", "repository", "meta-images",
)  # fmt: skip
_NAMED_BUILDERS: Final = re.compile(
    r"(?:^|/)(?:build-push-action|buildah-build|publish-docker-github-action|docker-build-push|push-to-ghcr"
    r"|docker-build-with-cache-action|action-kaniko|build-and-push|docker-build-push-action|docker-build)$"
)
_BAKES: Final = re.compile(r"(?:^|/)bake-action$|^docker/github-builder/\.github/workflows/bake\.ya?ml$")
METADATA_FILE: Final = "/runner/metadata?"
_METADATA_TARGET: Final = "docker-metadata-action"
_DEFAULT_CONTEXT = re.compile(r"\s*defaultContext\s*")


def action_name(uses: str) -> str:
    """``Owner/name/path`` of an action, without its version."""
    return uses.partition("@")[0].strip().lower()


def is_bake(uses: str) -> bool:
    """Tell whether an action (or a reusable workflow that is known) runs bake."""
    return bool(_BAKES.search(action_name(uses)))


def is_builder(uses: str) -> bool:
    """Tell whether an action is known to build an image."""
    return bool(_NAMED_BUILDERS.search(action_name(uses)))


def read_action(uses: str, inputs: Inputs, source: DefinitionEvidence) -> Build | None:
    """Read the inputs of an action that builds, or has an input that can only be a Dockerfile."""
    known = is_builder(uses)
    dockerfile = _first(inputs, _DOCKERFILE).strip()
    if not known and not has_dockerfile_name(dockerfile.splitlines()[0] if dockerfile else ""):
        return None
    args = _first(inputs, _ARGS)
    context = _context(_first(inputs, _CONTEXT).strip())
    return Build(
        source,
        dockerfile=dockerfile.splitlines()[0] if dockerfile else "",
        context=context,
        target=_first(inputs, _TARGET).strip(),
        args=pairs_of(args),
        platforms=_listed(_first(inputs, _PLATFORMS)),
        contexts=pairs_of(inputs.get("build-contexts", "")),
        tags=_tags(inputs),
        push=_push(uses, inputs) if known else _claimed(inputs),
        doubts=(*_hidden_arguments(args), *(() if known else (f"It is built by {uses}, which was not read.",))),
        inline=_is_remote_action_context(inputs),
    )


def metadata_outputs(inputs: Inputs) -> dict[str, str]:
    """What docker/metadata-action gives, as far as names go: the tags of a run are unknown."""
    images = _split(inputs.get("images", ""))
    names = [line.removeprefix("name=") for line in images if "=" not in line or line.startswith("name=")]
    flavor = _attributes(inputs.get("flavor", "").replace("\n", ","))
    tags = [
        tag
        for line in inputs.get("tags", "").splitlines()
        if line.strip()
        for tag in _metadata_tag(line.strip(), flavor)
    ]
    tags = tags or [_affixed(unknown("the run's version"), {}, flavor)]
    named = [f"{name}:{tag}" for name in names for tag in tags[:20]]
    target = {inputs.get("bake-target", "") or _METADATA_TARGET: {"tags": named}}
    bake = METADATA_FILE + quote(json.dumps({"target": target}, ensure_ascii=False), safe="")
    return {
        "tags": "\n".join(named), "version": tags[0], "bake-file": bake, "bake-file-tags": bake,
        "bake-file-labels": METADATA_FILE, "bake-file-annotations": METADATA_FILE,
    }  # fmt: skip


def metadata_text(path: str) -> str | None:
    """The bake file that docker/metadata-action writes, by the path that it is given here; ``None`` for another's."""
    return unquote(path[len(METADATA_FILE) :]) if path.startswith(METADATA_FILE) else None


def _attributes(text: str) -> dict[str, str]:
    return {
        key.strip(): value.strip() for key, found, value in (part.partition("=") for part in text.split(",")) if found
    }


def _metadata_tag(line: str, flavor: Mapping[str, str]) -> list[str]:
    """Read a line of ``tags``: a raw value is known, whatever depends on the run is not; its affixes are."""
    if line.startswith("#"):
        return []
    if not line.startswith("type="):
        return [_affixed(line, {}, flavor)] if "=" not in line else []
    attributes = _attributes(line)
    if attributes.get("enable") == "false":
        return []
    value = attributes.get("value") if attributes["type"] == "raw" else None
    return [_affixed(value or unknown("the run's version"), attributes, flavor)]


def _affixed(tag: str, own: Mapping[str, str], flavor: Mapping[str, str]) -> str:
    return f"{own.get('prefix', flavor.get('prefix', ''))}{tag}{own.get('suffix', flavor.get('suffix', ''))}"


def _first(inputs: Inputs, names: tuple[str, ...]) -> str:
    return next((inputs[name] for name in names if inputs.get(name, "").strip()), "")


def _context(context: str) -> str:
    """Read a context input: none, and ``{{defaultContext}}``, are the repository itself."""
    if context.startswith("{{"):
        head, _, rest = context.partition("}}")
        if _DEFAULT_CONTEXT.fullmatch(head.removeprefix("{{")):
            return rest.removeprefix(":").removeprefix("#") or "."
    return context or "."


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[,\s]+", text) if part.strip())


def _tags(inputs: Inputs) -> tuple[str, ...]:
    named = re.findall(r"(?:^|,)name=([^,\n]+)", inputs.get("outputs", ""))
    return tuple(dict.fromkeys((*_split(_first(inputs, _IMAGES)), *named)))


def _split(text: str) -> tuple[str, ...]:
    parts = (part.strip().strip('"') for part in re.split(r"[\n,]", text))
    return tuple(part for part in parts if part and not part.startswith("#"))


def _push(uses: str, inputs: Inputs) -> Push:
    outputs = inputs.get("outputs", "")
    if "push=true" in outputs or "type=registry" in outputs:
        return Push.PUSHED
    if "push" in inputs and inputs["push"].strip() != "false":
        return Push.PUSHED
    if action_name(uses).endswith(("/build-push-action", "/buildah-build", "/docker-build")):
        return Push.NAMED_FOR_A_REGISTRY if _loads_for_registry(inputs) else Push.ONLY_BUILT
    return _claimed(inputs)


def _loads_for_registry(inputs: Inputs) -> bool:
    kept = inputs.get("push", "").strip() != "false" or "dest=" in inputs.get("outputs", "")
    return kept and any(registry_tag(tag) for tag in _tags(inputs))


def _claimed(inputs: Inputs) -> Push:
    return Push.ONLY_BUILT if inputs.get("push", "").strip() == "false" else Push.PUSHED


def _hidden_arguments(args: str) -> tuple[str, ...]:
    lines = [line.strip() for line in args.splitlines()]
    hidden = [shown(line) for line in lines if line and "=" not in line and not is_known(line)]
    return tuple(f"CI passes further arguments that only a run knows: {line}." for line in hidden)


def _is_remote_action_context(inputs: Inputs) -> bool:
    return posixpath.basename(_first(inputs, _DOCKERFILE)) == "-"
