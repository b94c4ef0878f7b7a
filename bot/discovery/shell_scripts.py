"""Where no workflow builds: bake files, Makefiles, scripts and other CI systems' files with literal commands."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from bot.discovery import make
from bot.discovery.bake import bake_builds
from bot.discovery.bake_files import DEFAULT_FILES
from bot.discovery.bake_targets import BakeCommand
from bot.discovery.commands import Reader, Where, marked_pushed, runner_variables
from bot.discovery.dockerfiles import is_for_tests, is_foreign, reason_not_shipped
from bot.discovery.make_files import read_makefile
from bot.discovery.nouns import Build, Collected, DefinitionEvidence, DiscoveryOptions, EvidenceKind, Push
from bot.discovery.shell_state import State
from bot.discovery.tree import RepositoryTree, joined
from bot.discovery.unknowns import is_known

_COMMAND: Final = re.compile(
    r"(?:docker|podman|buildah|nerdctl)(?:[ \t]+(?:image|buildx|builder|compose|--?[\w=./-]+))*"
    r"[ \t]+(?:build|bake|b|bud)\b[^\n]*"
)
_OTHER_CI: Final = (
    ".circleci/config.yml", ".travis.yml", "azure-pipelines.yml", "Jenkinsfile", ".drone.yml", ".woodpecker.yml",
    "appveyor.yml", "bitbucket-pipelines.yml", ".cirrus.yml", ".buildkite/pipeline.yml", "justfile",
    "Justfile", "Taskfile.yml", "Taskfile.yaml", "package.json", "buildspec.yml",
)  # fmt: skip
_CLOUD_BUILD: Final = re.compile(r"(?:^|/)cloudbuild[\w.-]*\.ya?ml$")
_MOST_SCRIPTS: Final = 400
_DEEPEST_FOLDER: Final = 3


def script_builds(tree: RepositoryTree, options: DiscoveryOptions) -> Iterator[list[Build]]:
    """The builds of each kind of file that is read, the most trusted kind first."""
    yield list(_bake(tree, options))
    yield list(_makefiles(tree, options))
    yield list(_cloud_build(tree, options))
    yield list(_scripts(tree, options))
    yield list(_other_ci(tree, options))


def _bake(tree: RepositoryTree, options: DiscoveryOptions) -> Iterator[Build]:
    files = tuple(name for name in DEFAULT_FILES if name in tree.modes)
    if files:
        source = DefinitionEvidence(EvidenceKind.BAKE, files[0], 1)
        command = BakeCommand(files=files, push=Push.NAMED_FOR_A_REGISTRY)
        yield from bake_builds(tree, options.bake, command, source)


def _makefiles(tree: RepositoryTree, options: DiscoveryOptions) -> Iterator[Build]:
    for path in tree.modes:
        if posixpath.basename(path) not in make.NAMES or path.count("/") > _DEEPEST_FOLDER or _is_left_out(path):
            continue
        units: list[Collected] = []
        for target, recipes in make.every_recipe(read_makefile(path, tree), posixpath.dirname(path) or "."):
            reader = Reader(tree, options, Collected())
            reader.recipes(recipes, Where(EvidenceKind.MAKE, path))
            if not reason_not_shipped(f"x/{target}"):
                units.append(reader.unit)
        pushed = {reference for unit in units for reference in unit.pushed if is_known(reference)}
        for unit in units:  # one target builds, another pushes
            unit.pushed |= pushed
            yield from marked_pushed(unit)


def _scripts(tree: RepositoryTree, options: DiscoveryOptions) -> Iterator[Build]:
    paths = [
        path
        for path in tree.modes
        if path.endswith((".sh", ".bash")) and path.count("/") <= _DEEPEST_FOLDER and not _is_left_out(path)
    ]
    for path in paths[:_MOST_SCRIPTS]:
        text = tree.text(path) or ""
        if _COMMAND.search(text):
            reader = Reader(tree, options, Collected())
            own = {"0": path, "BASH_SOURCE": path}
            reader.script(text, State(runner_variables(own), "."), 1, Where(EvidenceKind.SCRIPT, path))
            yield from marked_pushed(reader.unit)


def _cloud_build(tree: RepositoryTree, options: DiscoveryOptions) -> Iterator[Build]:
    """Read Google Cloud Build's steps, which are the arguments of a program each, and the images that it pushes."""
    for path in tree.modes:
        if not _CLOUD_BUILD.search(path) or path.count("/") > _DEEPEST_FOLDER or _is_left_out(path):
            continue
        reader = Reader(tree, options, Collected())
        document = reader.document(path)
        for step in document.get("steps").elements():
            program = step.get("entrypoint").string() or _cloud_builder(step.get("name").string())
            command = " ".join((program, *map(_in_quotes, step.get("args").strings())))
            folder = joined(".", step.get("dir").string() or ".") or "."
            where = Where(EvidenceKind.SCRIPT, path)
            reader.script(command, State(runner_variables({}), folder), step.get("args").line, where)
        for image in document.get("images").strings():
            push = f"docker push {_in_quotes(image)}"
            reader.script(push, State(runner_variables({}), "."), 1, Where(EvidenceKind.SCRIPT, path))
        yield from marked_pushed(reader.unit)


def _cloud_builder(image: str) -> str:
    name = posixpath.basename(image).partition(":")[0]
    return "/kaniko/executor" if "kaniko" in image else name


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`")
    return f'"{escaped}"'


def _other_ci(tree: RepositoryTree, options: DiscoveryOptions) -> Iterator[Build]:
    """Read the literal commands of files whose own syntax is not read: a command may go on over several lines."""
    for path in _OTHER_CI:
        text = (tree.text(path) or "") if path in tree.modes else ""
        unbroken = text.replace("\\\n", "  ")
        reader = Reader(tree, options, Collected())
        for match in list(_COMMAND.finditer(unbroken))[:100]:
            line = text[: match.start()].count("\n") + 1
            command = match[0].strip().rstrip("'\",").replace('\\"', '"')
            reader.script(command, State(runner_variables({}), "."), line, Where(EvidenceKind.SCRIPT, path))
        yield from marked_pushed(reader.unit)


def _is_left_out(path: str) -> bool:
    return is_foreign(path) or is_for_tests(path)
