"""Documents that define builds: compose files, GoReleaser's configuration, and the scripts of ``package.json``."""

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.discovery.command_line import read_build, read_options
from bot.discovery.nouns import Build, DefinitionEvidence, EvidenceKind, Pairs, Push
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


_NAMES: Final = (".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml")


def goreleaser_builds(tree: RepositoryTree) -> Iterator[Build]:
    """Read every configuration near the root for the images it makes."""
    for path in sorted(tree.modes):
        name = posixpath.basename(path)
        is_one = name in _NAMES or (name.startswith((".goreleaser", "goreleaser")) and name.endswith((".yml", ".yaml")))
        if path.count("/") > 2 or not is_one:
            continue
        try:
            document = read_yaml(tree.text(path))
        except UnreadableError:
            continue
        for entry in document.get("dockers").elements():
            yield _released(entry, path, entry.get("image_templates"))
        for entry in document.get("dockers_v2").elements():
            yield _released(entry, path, entry.get("images"))


def _released(entry: Value, path: str, images: Value) -> Build:
    source = DefinitionEvidence(EvidenceKind.GORELEASER, path, entry.line)
    flags = tuple(_without_templates(one) for one in entry.get("build_flag_templates").strings())
    flagged = read_build(flags, {}, source, ".")
    arch, system = entry.get("goarch").string(), entry.get("goos").string() or "linux"
    return Build(
        source,
        dockerfile=_without_templates(entry.get("dockerfile").string()) or "Dockerfile",
        target=flagged.target,
        args=flagged.args
        or tuple((key, _without_templates(one.string())) for key, one in entry.get("build_args").entries()),
        platforms=flagged.platforms or entry.get("platforms").strings() or ((f"{system}/{arch}",) if arch else ()),
        tags=tuple(_without_templates(one) for one in images.strings()),
        push=Push.PUSHED,
        doubts=("GoReleaser puts the binaries that it built into the context: they are not in git.",),
    )


def _build_args(entry: Value) -> Pairs:
    return tuple((key, _without_templates(one.string())) for key, one in entry.get("build_args").entries())


def _without_templates(text: str) -> str:
    """Turn ``{{ … }}`` of Go's templates into holes."""
    found, rest = list[str](), text
    while "{{" in rest and len(found) < 100:
        before, _, rest = rest.partition("{{")
        body, closed, after = rest.partition("}}")
        found.append(before + unknown("${{" + body + "}}" if not closed else "$" + "{{" + body + "}}"))
        rest = after
    return "".join(found) + rest


class PackageScript(NamedTuple):
    """A script's text and the line on which it stands."""

    text: str
    line: int


def package_script(text: str, name: str) -> PackageScript | None:
    """Find a script by its name in the text of a ``package.json``."""
    found = _package_scripts(text).get(name)
    line = text[: max(text.find(json.dumps(name)), 0)].count("\n") + 1
    return PackageScript(found, line) if isinstance(found, str) else None


def script_name(words: tuple[str, ...]) -> str:
    """The name of the script that ``npm run`` and its like run; empty for any other command."""
    rest = [word for word in words[1:] if not word.startswith("-") or word == "--run"]
    if rest[:1] in (["run"], ["--run"], ["run-script"]):
        return rest[1] if len(rest) > 1 else ""
    return rest[0] if rest and base_name(words[0]) in {"yarn", "pnpm"} else ""


def _package_scripts(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    scripts = found.get("scripts") if isinstance(found, dict) else None
    return scripts if isinstance(scripts, dict) else {}
