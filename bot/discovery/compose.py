"""Compose files, where a step or the configuration names them: services with ``build`` → builds."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.discovery.builds import Build, Push
from bot.discovery.command_line import read_options
from bot.discovery.nouns import DefinitionEvidence, EvidenceKind
from bot.discovery.tree import RepositoryTree, joined
from bot.discovery.unknowns import is_known, unknown
from bot.discovery.words import base_name
from bot.discovery.yaml_documents import UnreadableError, Value, read_yaml

FILES: Final = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDES: Final = (
    "compose.override.yaml", "compose.override.yml", "docker-compose.override.yaml", "docker-compose.override.yml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComposeRequest:
    """Files and services as a command names them; no files mean the usual ones, no services all."""

    files: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    pushes: bool = False


def compose_request(words: Sequence[str]) -> ComposeRequest | None:
    """Read ``docker compose build`` (or ``push``); ``None`` for any other command, ``up`` included."""
    program = base_name(words[0]) if words else ""
    rest = words[1:] if program in {"docker-compose", "podman-compose"} else words[2:]
    if program not in {"docker-compose", "podman-compose"} and (
        program not in {"docker", "podman"} or words[1:2] != ("compose",)
    ):
        return None
    options = read_options(rest)
    if options.operands[:1] not in (["build"], ["push"]):
        return None
    pushes = "--push" in options.flags or options.operands[0] == "push"
    return ComposeRequest(tuple(options.all("file")), tuple(options.operands[1:]), pushes)


def compose_builds(
    tree: RepositoryTree, request: ComposeRequest, folder: str, source: DefinitionEvidence | None
) -> Iterator[Build]:
    """The builds of a compose project: later files change what earlier ones say of a service."""
    if not is_known(folder) or not all(is_known(one) for one in request.files):
        return
    files = [path for path in _files(tree, request, folder) if tree.has(path)]
    services: dict[str, dict[str, Value]] = {}
    places: dict[str, tuple[str, int]] = {}
    for path in files:
        try:
            document = read_yaml(tree.text(path))
        except UnreadableError:
            continue
        for name, service in document.get("services").entries():
            build = service.get("build")
            merged = services.setdefault(name, {})
            merged.update({"image": service.get("image")} if service.get("image") else {})
            if build:
                merged.update({"context": build} if build.string() else dict(build.entries()))
                places[name] = (path, build.line)
    base = posixpath.dirname(files[0]) or "." if files else folder
    for name, (path, line) in places.items():
        if not request.services or name in request.services:
            yield _build(
                name, services[name], base, source or DefinitionEvidence(EvidenceKind.COMPOSE, path, line), request
            )


def _files(tree: RepositoryTree, request: ComposeRequest, folder: str) -> list[str]:
    if request.files:
        return [path for one in request.files if (path := joined(folder, one)) is not None]
    first = [path for name in FILES if (path := joined(folder, name)) is not None and tree.has(path)][:1]
    return first + [path for name in _OVERRIDES if (path := joined(folder, name)) is not None and tree.has(path)]


def _build(
    name: str, service: dict[str, Value], folder: str, source: DefinitionEvidence, request: ComposeRequest
) -> Build:
    nothing = Value(0)
    image = _filled(service.get("image", nothing).string())
    return Build(
        source,
        dockerfile=_filled(service.get("dockerfile", nothing).string()),
        context=_filled(service.get("context", nothing).string()) or ".",
        folder=folder,
        target=_filled(service.get("target", nothing).string()),
        args=_arguments(service.get("args", nothing)),
        platforms=service.get("platforms", nothing).strings(),
        contexts=_arguments(service.get("additional_contexts", nothing)),
        tags=(image,) if image else (),
        push=Push.PUSHED if request.pushes else Push.NAMED_FOR_A_REGISTRY if "/" in image else Push.ONLY_BUILT,
        hints=(name,),
        inline=bool(service.get("dockerfile_inline")),
        file_beside_context=True,
    )


def _arguments(value: Value) -> tuple[tuple[str, str], ...]:
    if value.fields is not None:
        return tuple((key, _filled(one.string())) for key, one in value.entries())
    pairs = (one.partition("=") for one in value.strings())
    return tuple((name, _filled(text) if found else unknown(f"${name}")) for name, found, text in pairs)


def _filled(text: str) -> str:
    """Expand ``${NAME:-default}`` to its default; any other variable is the environment's."""
    found, rest = list[str](), text
    while "$" in rest and len(found) < 100:
        before, _, rest = rest.partition("$")
        found.append(before)
        if rest.startswith("$"):
            found.append("$")
            rest = rest[1:]
        elif rest.startswith("{"):
            body, _, rest = rest[1:].partition("}")
            name, sign, default = body.partition(":-") if ":-" in body else body.partition("-")
            found.append(default if sign else unknown(f"${name}"))
        else:
            end = next((index for index, one in enumerate(rest) if not (one.isalnum() or one == "_")), len(rest))
            found.append(unknown(f"${rest[:end]}"))
            rest = rest[end:]
    return "".join(found) + rest
