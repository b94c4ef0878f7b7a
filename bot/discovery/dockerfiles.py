"""Dockerfiles by name: which files are some, which folders ship nothing, and which context fits one."""

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from bot.discovery.nouns import Build, DefinitionEvidence, EvidenceKind
from bot.discovery.tree import SYMLINK, RepositoryTree
from bot.dockerfile import context_sources, read_dockerignore
from bot.dockerfile.parser import parse
from bot.errors import DockerfileError
from bot.model.dockerfile import Dockerfile
from bot.model.image import Platform

_NAME: Final = re.compile(
    r"(?:dockerfile|containerfile)(?:[._-][\w.+-]+)?|[\w.+-]+[._-](?:dockerfile|containerfile)", re.IGNORECASE
)
_NO_DOCKERFILE: Final = re.compile(
    r".*\.(?:dockerignore|md|rst|txt|j2|jinja2?|tmpl|tpl|tt|erb|template|in|py|go|js|ts|rb|java|rs|ex|exs|sh|ya?ml|json"
    r"|html?|css|svg|png|lock|toml|patch|diff|bak|orig|vim|snap|golden|proto|cs|php|lua|xml|ps1|bats)",
    re.IGNORECASE,
)
_FOREIGN: Final = frozenset(
    {"node_modules", "vendor", "third_party", "third-party", "thirdparty", "site-packages", "deps"}
)
_NOT_SHIPPED: Final = frozenset(
    {
        "test", "tests", "testing", "testdata", "test-data", "test_data", "fixtures", "fixture", "__tests__", "spec",
        "specs", "e2e", "integration", "integration-tests", "integration_tests", "hack", "mock", "mocks", "bench",
        "benchmark", "benchmarks", "fuzz", "fuzzing", ".github", ".devcontainer", "devcontainer", ".circleci", ".ci",
        ".gitlab", ".buildkite", ".azure-pipelines", ".gitpod", "playground", "sandbox", "test-infra", "testsuite",
        "acceptance", "perf", "loadtest", "load-tests", "conformance-tests", "smoke-tests",
    }
)  # fmt: skip
_TESTS: Final = frozenset(
    {"test", "tests", "e2e", "testdata", "fixtures", ".devcontainer", "integration-tests", "__tests__"}
)
_EXAMPLES: Final = frozenset({"examples", "example", "samples", "docs", "docker-compose", "compose", ".github", "demo"})
_TEST_WORKFLOW: Final = re.compile(r"^(?:tests?|e2e|integration)(?:[-_.]|$)", re.IGNORECASE)
_TEST_FOLDER: Final = re.compile(r"^test(?!imon)|[-_.]tests?$|e2e|^integration[-_]?tests?$")
_TOOLS: Final = frozenset(
    {
        "docs",
        "doc",
        "documentation",
        "website",
        "samples",
        "tutorials",
        "templates",
        "template",
        "contrib",
        "dev",
        "ci",
        "scripts",
        "script",
        "build",
        "tools",
    }
)
_FOR_DEVELOPERS: Final = re.compile(
    r"(?:^|[._-])(?:dev|devel|development|test|tests|testing|ci|debug|local|lint|e2e|integration|bench|coverage|cross|cifuzz|fuzz|docs?|vendor|builder"
    r"|devcontainer)(?:$|[._-])",
    re.IGNORECASE,
)  # fmt: skip
NEAR: Final = re.compile(
    r"docker|container|compose|bake|earthfile|buildpack|\bko\b|jib|nixpacks|skaffold|\.goreleaser", re.IGNORECASE
)
_LARGEST_CHARACTERS: Final = 300_000


def find_dockerfiles(tree: RepositoryTree, discover: Sequence[str], exclude: Sequence[str]) -> tuple[str, ...]:
    """Find the Dockerfiles by the patterns of ``discover``, else by name; those near the root come first.

    Third-party folders are never looked into. A link is none: what it leads to is.
    """
    wanted = read_dockerignore("\n".join(discover)) if discover else None
    unwanted = read_dockerignore("\n".join(exclude)) if exclude else None
    found = (
        path
        for path, mode in tree.modes.items()
        if mode != SYMLINK
        and (wanted.matches(path) if wanted else has_dockerfile_name(path) and not is_foreign(path))
        and not (unwanted and unwanted.matches(path))
    )
    return tuple(sorted(found, key=lambda path: (path.count("/"), path)))


def has_dockerfile_name(path: str) -> bool:
    """Tell whether a file is called as Dockerfiles are: ``Dockerfile-nightly``, ``x.dockerfile``, ``Containerfile``."""
    name = posixpath.basename(path)
    return bool(_NAME.fullmatch(name)) and not _NO_DOCKERFILE.fullmatch(name)


def is_foreign(path: str) -> bool:
    """Tell whether a path lies in a folder of other people's code."""
    return any(part.lower() in _FOREIGN for part in path.split("/")[:-1])


def reason_not_shipped(path: str) -> str:
    """Say why a Dockerfile that nothing mentions is taken for one that nobody ships; empty where it may well be."""
    folders = [part.lower() for part in path.split("/")[:-1]]
    folder = next(
        (part for part in folders if part in _NOT_SHIPPED or _TEST_FOLDER.search(part) or _is_hidden(part)), ""
    )
    if folder:
        return f"it lies in {folder}/"
    if any(part in _TOOLS for part in folders):
        return "it lies among documentation, samples or tools"
    return "its name says that it is for development" if is_for_developers(posixpath.basename(path)) else ""


def _is_hidden(folder: str) -> bool:
    """Tell whether a folder is some tool's own, such as an editor's or an agent's."""
    return folder.startswith(".") and folder not in {".docker", ".build", ".container", ".containers", ".deploy"}


def is_test_folder(path: str) -> bool:
    """Tell whether a file lies among tests: an image that CI pushes from there is for CI."""
    return any(part.lower() in _TESTS for part in path.split("/")[:-1])


def is_for_tests(path: str) -> bool:
    """Tell whether a script or Makefile lies where tests, examples and their like do."""
    folders = [part.lower() for part in path.split("/")[:-1]]
    return any(part in _TESTS or part in _EXAMPLES or _TEST_FOLDER.search(part) for part in folders)


def is_test_workflow(path: str) -> bool:
    """Tell whether a workflow is called after tests."""
    return bool(_TEST_WORKFLOW.search(posixpath.basename(path)))


def is_for_developers(name: str) -> bool:
    """Tell whether a file name, target or tag says that it is for developers and tests."""
    return bool(_FOR_DEVELOPERS.search(name))


def read_dockerfile(
    tree: RepositoryTree, path: str, arguments: Iterable[tuple[str, str]], platform: Platform
) -> Dockerfile | None:
    """Read a Dockerfile with the arguments that the build passes; ``None`` where it cannot be."""
    text = tree.text(path)
    if text is None or len(text) > _LARGEST_CHARACTERS:
        return None
    return _parsed(text, tuple(arguments), platform)


@lru_cache(maxsize=1024)
def _parsed(text: str, arguments: tuple[tuple[str, str], ...], platform: Platform) -> Dockerfile | None:
    try:
        return parse(text, build_arguments=dict(arguments), platform=platform)
    except DockerfileError:
        return None


def declared_arguments(dockerfile: Dockerfile) -> frozenset[str]:
    """List the arguments that a Dockerfile declares anywhere: passing any other changes nothing."""
    words = (word for one in dockerfile.instructions if one.keyword == "ARG" for word in one.arguments)
    return frozenset(word.partition("=")[0] for word in words)


def near_misses(tree: RepositoryTree, most: int = 10) -> tuple[str, ...]:
    """List files that look as if they could define an image, for a repository in which none was found."""
    found = (path for path in tree.modes if NEAR.search(posixpath.basename(path)) and not is_foreign(path))
    return tuple(sorted(found, key=lambda path: (path.count("/"), path))[:most])


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
