"""What cannot be built from the tree alone, told before anything is built, with the reason and the way out."""

import posixpath
from collections.abc import Sequence
from typing import Final

from bot.discovery.nouns import Build, DiscoveryOptions, EvidenceKind, Unbuildable
from bot.discovery.parents import outside_references
from bot.discovery.resolve import PREPARE, is_local_registry
from bot.discovery.tree import RepositoryTree, inside
from bot.dockerfile import context_sources
from bot.model.dockerfile import Dockerfile

_WILDCARDS: Final = frozenset("*?[\\")
_NAME_IT: Final = "Give it in [[image]]."


def predict(
    tree: RepositoryTree,
    build: Build,
    dockerfile: Dockerfile | None,
    parents: Sequence[str],
    options: DiscoveryOptions,
) -> tuple[Unbuildable | None, tuple[str, ...]]:
    """Say why a build would fail, or what is doubtful about it; ``parents`` are references that are built here."""
    if build.unbuildable is not None:
        return build.unbuildable, ()
    if dockerfile is None:
        return Unbuildable(
            f"{build.dockerfile} cannot be read as a Dockerfile.", "Name the Dockerfile in [[image]]."
        ), ()
    if build.target and dockerfile.stage_for(build.target) is None:
        return Unbuildable(
            f"{build.dockerfile} has no stage {build.target}.", "Name the stage in [[image]] target = …."
        ), ()
    for check in (_platform(build, options), _bases(build, dockerfile, parents), _contexts(tree, build)):
        if check is not None:
            return check, ()
    return _files(tree, build, dockerfile)


def _platform(build: Build, options: DiscoveryOptions) -> Unbuildable | None:
    """Refuse what CI ships for other platforms alone: its bytes here would not be the ones that are shipped."""
    own = options.platform
    if not build.platforms or any(_same_machine(one, own.os, own.architecture) for one in build.platforms):
        return None
    named = ", ".join(build.platforms)
    return Unbuildable(
        f"CI ships it for {named} only, and this machine builds {own}.",
        "Run this job on such a machine, or name platforms in [[image]] where the builder can emulate them.",
    )


def _same_machine(platform: str, system: str, architecture: str) -> bool:
    parts = platform.lower().split("/")
    if len(parts) == 1:
        return parts[0] in {architecture, "local"} or (parts[0], architecture) in {
            ("x86_64", "amd64"),
            ("aarch64", "arm64"),
        }
    return parts[0] == system and parts[1].replace("x86_64", "amd64").replace("aarch64", "arm64") == architecture


def _bases(build: Build, dockerfile: Dockerfile, parents: Sequence[str]) -> Unbuildable | None:
    named = {name.lower() for name, _ in build.contexts}
    unknown = {name for name, _ in build.unknown_args}
    for reference in outside_references(dockerfile, build.target):
        if reference in parents or reference.lower() in named:
            continue
        if not reference or reference.startswith((":", "@", "/")) or reference.endswith((":", "/", "@")):
            waits = ", ".join(sorted(unknown)) or "an argument"
            return Unbuildable(
                f"A FROM of {build.dockerfile} is empty without {waits}.", f"{_NAME_IT[:-1]} build-args = …."
            )
        if is_local_registry(reference):
            return Unbuildable(f"Its base {reference} is in a registry that only exists while CI runs.", PREPARE)
    windows = any(
        "windows" in one.lower()
        for one in outside_references(dockerfile, build.target)
        if "microsoft" in one.lower() or "/windows/" in one
    )
    if windows:
        return Unbuildable(
            "It is an image for Windows, which this builder cannot make.", "Compare what CI pushed (docker://…)."
        )
    return None


def _contexts(tree: RepositoryTree, build: Build) -> Unbuildable | None:
    for name, value in build.contexts:
        if "://" in value or value.startswith(("target:", "service:")):
            continue
        path = inside(value)
        if path is None:
            return Unbuildable(f"Its build context {name} is {value}, outside the repository.", PREPARE)
        if not tree.holds(path):
            return Unbuildable(f"Its build context {name} is {value}, which is not in git.", PREPARE)
    return None


def _files(tree: RepositoryTree, build: Build, dockerfile: Dockerfile) -> tuple[Unbuildable | None, tuple[str, ...]]:
    """Look for what it copies: what is not in git is made by CI, or lies in a submodule."""
    unset = {f"${name}" for name, _ in build.unknown_args}
    missing = []
    doubts = []
    for source in context_sources(dockerfile, build.target):
        pattern = source.pattern
        if "$" in pattern or any(name in one for one in source.instruction.arguments for name in unset):
            continue
        path = posixpath.normpath(f"{build.context}/{pattern}")
        if any(path == one or path.startswith(f"{one}/") for one in tree.submodules):
            doubts.append(f"It copies {pattern} from a submodule: check submodules out.")
        elif not _is_there(tree, path):
            missing.append((pattern, source.instruction.lines[0]))
    if not missing:
        return None, tuple(dict.fromkeys(doubts))
    if build.source.kind is EvidenceKind.NAME:
        doubts.append(f"Nothing says which context it is built with: {build.context} was tried.")
    pattern, line = missing[0]
    if pattern == ".git" or pattern.startswith(".git/"):
        reason = f"{build.dockerfile}:{line} copies {pattern}: a commit is built from its files alone, without history."
        return Unbuildable(reason, PREPARE), tuple(dict.fromkeys(doubts))
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    reason = f"{build.dockerfile}:{line} copies {pattern}{more}, which is not in git: CI makes it before it builds."
    return Unbuildable(reason, PREPARE), tuple(dict.fromkeys(doubts))


def _is_there(tree: RepositoryTree, path: str) -> bool:
    if path == ".":
        return True
    if not _WILDCARDS & set(path):
        return tree.holds(path)
    # BuildKit copies nothing where a wildcard finds nothing: that is missing only where its very folder is.
    folder = posixpath.dirname(path)
    return tree.matches(path) or (not _WILDCARDS & set(folder) and tree.has_folder(folder or "."))
