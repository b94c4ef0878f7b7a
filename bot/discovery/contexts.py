"""The context of a Dockerfile that nothing describes: where what it copies is; and doubt, where that is not clear."""

import posixpath
from collections.abc import Iterable

from bot.discovery.builds import Build
from bot.discovery.dockerfiles import has_dockerfile_name, read_dockerfile
from bot.discovery.nouns import DefinitionEvidence, EvidenceKind
from bot.discovery.tree import RepositoryTree
from bot.dockerfile import context_sources
from bot.model.dockerfile import Dockerfile
from bot.model.image import Platform

_WILDCARDS = frozenset("*?[\\")
_FILES_FOR_DOCKER = frozenset({".dockerignore", "docker-bake.hcl", "readme.md", "readme", "makefile", "license"})


def by_name(tree: RepositoryTree, path: str, platform: Platform) -> Build:
    """Describe the image of a Dockerfile by itself: its final stage, and the context that fits what it copies."""
    dockerfile = read_dockerfile(tree, path, (), platform)
    context, doubts = likely_context(tree, path, dockerfile)
    return Build(DefinitionEvidence(EvidenceKind.NAME, path), path, context, doubts=doubts)


def likely_context(tree: RepositoryTree, path: str, dockerfile: Dockerfile | None) -> tuple[str, tuple[str, ...]]:
    """Choose between a Dockerfile's own folder, the folders above it, and the root, and say what speaks against it."""
    own = posixpath.dirname(path) or "."
    if own == "." or dockerfile is None:
        return own, ()
    sources = [one.pattern for one in context_sources(dockerfile)]
    named = [one for one in sources if one != "." and "$" not in one]
    plain = [one for one in named if not _WILDCARDS & set(one) or _is_anywhere(tree, own, one)]
    fitting = [folder for folder in _upwards(own) if _all_there(tree, folder, plain)]
    if plain and fitting:
        return _named_itself(path, plain, fitting), ()
    if plain:
        return _best(tree, own, plain), (f"{path} copies files that no folder above it has: its context is a guess.",)
    if "." in sources and _only_docker_files(tree, own):
        return ".", (
            f"{path} copies everything, and its folder has only Docker's files: the root is taken for its context.",
        )
    if sources:
        return own, (f"Nothing in {path} says whether its context is its folder or the root: its folder is taken.",)
    return own, ()


def _upwards(folder: str) -> list[str]:
    found = [folder]
    while folder != ".":
        folder = posixpath.dirname(folder) or "."
        found.append(folder)
    return found


def _named_itself(path: str, plain: Iterable[str], fitting: list[str]) -> str:
    """Prefer the root where the Dockerfile names its own path, else the nearest folder that has everything."""
    own = posixpath.dirname(path)
    names_itself = any(one == own or one.startswith(f"{own}/") for one in plain)
    return "." if names_itself and "." in fitting else fitting[0]


def _all_there(tree: RepositoryTree, folder: str, sources: Iterable[str]) -> bool:
    return all(_is_there(tree, folder, one) for one in sources)


def _is_there(tree: RepositoryTree, folder: str, source: str) -> bool:
    path = posixpath.normpath(f"{folder}/{source}")
    return tree.matches(path) if _WILDCARDS & set(source) else tree.holds(path)


def _is_anywhere(tree: RepositoryTree, own: str, pattern: str) -> bool:
    """Tell whether a wildcard finds something in any folder: one that finds nothing is no reason for any of them."""
    return any(_is_there(tree, folder, pattern) for folder in _upwards(own))


def _best(tree: RepositoryTree, own: str, sources: list[str]) -> str:
    """Take the folder that has most of what is copied; the root before others where it is a draw."""

    def score(folder: str) -> tuple[int, bool, int]:
        there = sum(_is_there(tree, folder, one) for one in sources)
        return there, folder == ".", folder.count("/")

    return max(_upwards(own), key=score)


def _only_docker_files(tree: RepositoryTree, folder: str) -> bool:
    return all(
        has_dockerfile_name(name)
        or name in _FILES_FOR_DOCKER
        or name.endswith((".sh", ".conf", ".dockerignore", ".yml", ".yaml", ".env", ".md"))
        for name in tree.names_in(folder)
    )
