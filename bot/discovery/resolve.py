"""Builds as asked for → builds of this tree: which Dockerfile, which context, and what only a run knows."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from bot.discovery.dockerfiles import has_dockerfile_name, is_foreign, reason_not_shipped
from bot.discovery.nouns import Build, DefinitionEvidence, DiscoveryOptions, Push, Unbuildable
from bot.discovery.tree import RepositoryTree, inside, joined
from bot.discovery.unknowns import MARKER, is_known, shown

_REMOTE: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://|git@|github\.com/)", re.IGNORECASE)
_LOCAL_REGISTRY: Final = re.compile(
    r"^(?:localhost|127\.0\.0\.1|\[::1\]|registry|kind-registry|host\.docker\.internal)(?::\d+)?/"
)
_NO_FOLDER: Final = re.compile(r"(?:target|service):|[a-z][a-z0-9+.-]*://|git@", re.IGNORECASE)
_MOST_MATCHES: Final = 200
PREPARE: Final = "Compare what CI pushed (deadweight compare docker://…), or make the files in the workflow before us."


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A build that is none of this tree, or whose Dockerfile cannot be told; ``sentence`` says why."""

    source: DefinitionEvidence
    sentence: str


def resolve(
    tree: RepositoryTree, builds: Iterable[Build], options: DiscoveryOptions
) -> tuple[list[Build], list[Unresolved]]:
    """Find the Dockerfile and the context of each build."""
    resolved: list[Build] = []
    unresolved: list[Unresolved] = []
    resolver = _Resolver(tree, options)
    builds = list(builds)
    sure = {build.source for build in builds if is_known(build.dockerfile) and is_known(build.context)}
    for build in builds:
        if not is_known(build.dockerfile) and build.source in sure:
            continue  # the same step, called where the Dockerfile is known
        for one in resolver.all_of(build):
            (resolved if isinstance(one, Build) else unresolved).append(one)  # type: ignore[arg-type]
    return resolved, unresolved


class _Resolver:
    def __init__(self, tree: RepositoryTree, options: DiscoveryOptions) -> None:
        self._tree = tree
        self._options = options
        self._named = [path for path in tree.modes if has_dockerfile_name(path) and not is_foreign(path)]

    def all_of(self, build: Build) -> Iterator[Build | Unresolved]:
        """Resolve one build; a hole in its Dockerfile's path may stand for several files."""
        if build.inline:
            doubt = build.doubts[0] if build.doubts else "Its Dockerfile is no file of the repository."
            yield Unresolved(build.source, doubt)
            return
        build = replace(build, context=self._own(build.context), dockerfile=_stripped(build.dockerfile))
        if _REMOTE.match(build.context):
            yield Unresolved(build.source, f"Its context is {shown(build.context)}, which is not this repository.")
            return
        path = self._path(build)
        if path is None:
            beside = posixpath.join(build.context, build.dockerfile) if build.file_beside_context else build.dockerfile
            yield Unresolved(build.source, f"{shown(beside or build.context)} lies outside the repository.")
        elif is_known(path):
            yield self._known(build, path)
        else:
            yield from self._matching(build, path)

    def _own(self, context: str) -> str:
        """Turn a Git URL of this very repository into a folder of it."""
        name = re.escape(self._options.repository)
        match = re.fullmatch(
            rf"(?:https?://(?:[^/@]*@)?|git@)?github\.com[/:]{name}(?:\.git)?/?(?:#([^:]*):?(.*))?",
            context.strip(),
            re.IGNORECASE,
        )
        return (match[2] or ".") if match and name else context.strip() or "."

    def _path(self, build: Build) -> str | None:
        """The path of the Dockerfile, holes included; ``None`` where it leaves the repository."""
        folder = "" if build.folder == "." else f"{build.folder}/"
        context = build.context if build.context.startswith("/") else folder + build.context
        beside = build.file_beside_context and not build.dockerfile.startswith("/")
        if build.dockerfile and not beside:
            return self._within(
                build.dockerfile if build.dockerfile.startswith("/") else folder + build.dockerfile, build
            )
        return self._within(posixpath.join(context, build.dockerfile or "Dockerfile"), build)

    def _within(self, path: str, build: Build) -> str | None:
        clean = inside(path)
        return None if clean is None else _without_checkout(clean, build.checkouts, self._tree)

    def _known(self, build: Build, path: str) -> Build | Unresolved:
        found = self._file(build, path)
        if found is None:
            foreign = next((one for one, own in build.checkouts if not own and _below(path, one)), None)
            where = "which comes from another repository" if foreign else "which is not in git"
            return Unresolved(build.source, f"It builds {path}, {where}.")
        context, problem = self._context(build)
        return _resolved(build, found, context, problem)

    def _file(self, build: Build, path: str) -> str | None:
        others = [] if build.dockerfile else [posixpath.join(posixpath.dirname(path), "Containerfile")]
        if build.dockerfile and is_known(build.context):
            others = [one for one in [joined(build.folder, posixpath.join(build.context, build.dockerfile))] if one]
        return next((self._tree.resolved(one) for one in (path, *others) if self._tree.has(one)), None)

    def _context(self, build: Build) -> tuple[str, Unbuildable | None]:
        folder = "" if build.folder == "." else f"{build.folder}/"
        context = inside(build.context if build.context.startswith("/") else folder + build.context)
        if context is None:
            return ".", Unbuildable(f"CI's context {shown(build.context)} lies outside the repository.", PREPARE)
        if not is_known(context):
            return ".", Unbuildable(
                f"Only a run of CI knows its context, {shown(build.context)}.", "Name it in [[image]] context = …."
            )
        context = self._tree.resolved(_without_checkout(context, build.checkouts, self._tree))
        if not self._tree.has_folder(context):
            return context, Unbuildable(
                f"CI makes its context, {context}, before it builds: it is not in git.", PREPARE
            )
        return context, None

    def _matching(self, build: Build, path: str) -> Iterator[Build | Unresolved]:
        """Take every Dockerfile that fits a path with holes, where the path says enough."""
        pattern, names = _as_pattern(path)
        matches = [found for one in self._named if (found := pattern.fullmatch(one)) and not reason_not_shipped(one)]
        if not _says_enough(path) or not matches or len(matches) > _MOST_MATCHES:
            yield Unresolved(build.source, f"Only a run of CI knows which Dockerfile it builds: {shown(path)}.")
            return
        doubt = f"CI computes which Dockerfiles it builds ({shown(path)}): every one that fits is taken."
        for match in matches:
            filled = _filled(build, {marker: match[name] for name, marker in names.items()})
            yield self._known(replace(filled, doubts=(*build.doubts, doubt)), match[0])


def is_local_registry(reference: str) -> bool:
    """Tell whether a reference names a registry that only exists while CI runs."""
    return bool(_LOCAL_REGISTRY.match(reference))


def _resolved(build: Build, dockerfile: str, context: str, problem: Unbuildable | None) -> Build:
    target = build.target.strip()
    unsure = not is_known(target)
    doubts = list(build.doubts)
    if unsure:
        doubts.append(f"Only a run of CI knows its target, {shown(target)}: the final stage is taken.")
        target = ""
    local = bool(build.tags) and all(is_local_registry(tag) for tag in build.tags)
    return replace(
        build,
        dockerfile=dockerfile,
        context=context,
        folder=".",
        target=target,
        platforms=tuple(dict.fromkeys(one for one in build.platforms if is_known(one))),
        contexts=tuple((name, _from_root(build.folder, value)) for name, value in build.contexts),
        push=Push.ONLY_BUILT if local else build.push,
        doubts=tuple(dict.fromkeys(doubts)),
        unbuildable=problem,
        unsure_target=unsure,
    )


def _from_root(folder: str, value: str) -> str:
    """Write a named context that is a folder as a path from the root; what leaves the repository stays as written."""
    value = value.removeprefix("cwd://")
    if not is_known(value) or _NO_FOLDER.match(value):
        return value
    return joined(folder, value) or value


def _stripped(path: str) -> str:
    return path.strip().removeprefix("cwd://")


def _below(path: str, folder: str) -> bool:
    return folder in {".", path} or path.startswith(f"{folder}/")


def _without_checkout(path: str, checkouts: Iterable[tuple[str, bool]], tree: RepositoryTree) -> str:
    """Take off the folder into which this repository was checked out."""
    if is_known(path) and tree.holds(path) and path != ".":
        return path
    for folder, own in checkouts:
        if own and folder != "." and _below(path, folder):
            return path[len(folder) :].lstrip("/") or "."
    return path


def _as_pattern(path: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Turn a path with holes into a pattern: the same hole stands for the same text."""
    names: dict[str, str] = {}
    parts, position = list[str](), 0
    for match in MARKER.finditer(path):
        parts.append(re.escape(path[position : match.start()]))
        known = next((name for name, marker in names.items() if marker == match[0]), None)
        if known is None and len(names) < 8:
            names[name := f"hole{len(names)}"] = match[0]
            parts.append(rf"(?P<{name}>[^/]+)")
        else:
            parts.append(f"(?P={known})" if known else "[^/]+")
        position = match.end()
    return re.compile("".join(parts) + re.escape(path[position:])), names


def _says_enough(path: str) -> bool:
    """Tell whether the known part of a path names a folder, or the Dockerfile's own name."""
    known = MARKER.sub("", path)
    return len(known.strip("./-_")) >= len("Dockerfile")


def _filled(build: Build, values: dict[str, str]) -> Build:
    def fill(text: str) -> str:
        for marker, value in values.items():
            text = text.replace(marker, value)
        return text

    return replace(
        build,
        dockerfile=fill(build.dockerfile),
        context=fill(build.context),
        target=fill(build.target),
        tags=tuple(fill(one) for one in build.tags),
        args=tuple((name, fill(value)) for name, value in build.args),
        folder=fill(build.folder),
    )
