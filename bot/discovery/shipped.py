"""Which of the builds found are shipped: by the most trusted evidence that says so, and only failing that by name."""

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.discovery.bake import bake_builds
from bot.discovery.bake_targets import BakeCommand
from bot.discovery.definitions import ComposeRequest, compose_builds, goreleaser_builds
from bot.discovery.dockerfiles import (
    by_name,
    find_dockerfiles,
    is_for_developers,
    is_for_tests,
    is_foreign,
    is_test_folder,
    is_test_workflow,
    read_dockerfile,
    reason_not_shipped,
)
from bot.discovery.gitlab import gitlab_builds
from bot.discovery.nouns import Build, DefinitionEvidence, DiscoveryOptions, EvidenceKind, NotShipped, Push
from bot.discovery.parents import needed_bases
from bot.discovery.resolve import Unresolved, resolve
from bot.discovery.shell_scripts import script_builds
from bot.discovery.tree import RepositoryTree
from bot.discovery.unknowns import without_unknowns
from bot.discovery.workflows import workflow_builds


class FoundBuild:
    """Builds that ship, Dockerfiles that do not, and what could not be told."""

    def __init__(self) -> None:
        self.builds: list[Build] = []
        self.bases: list[Build] = []
        self.not_shipped: list[NotShipped] = []
        self.notes: list[str] = []


def find_shipped(tree: RepositoryTree, options: DiscoveryOptions) -> FoundBuild:
    """Ask for evidence in the order of trust, and stop where something says what is shipped."""
    found = FoundBuild()
    tested: list[Build] = []
    for stage in (_configured, _ci, _releases, _scripts):
        if stage is _scripts and found.builds:
            break
        builds, unresolved = resolve(tree, stage(tree, options, found), options)
        found.notes += _sentences(unresolved)
        shipped, others = _sorted_out(builds)
        bases = needed_bases(tree, shipped, others, options.platform)
        tested += others
        found.builds = _pushed_alone([*found.builds, *shipped])
        found.bases += bases
    found.builds = [*found.bases, *found.builds]
    if not found.builds:
        found.builds = [one for one in tested if not _is_for_tests(one)]
        found.builds += _named(tree, options, found)
    _leave_out(tree, options, found)
    return found


def _ci(tree: RepositoryTree, options: DiscoveryOptions, found: FoundBuild) -> Iterable[Build]:
    for read in (workflow_builds, gitlab_builds):
        collected = read(tree, options)
        found.notes += collected.notes
        yield from collected.builds
        if all(one.push is Push.ONLY_BUILT for one in collected.builds):
            yield from collected.weaker


def _releases(tree: RepositoryTree, _options: DiscoveryOptions, _found: FoundBuild) -> Iterable[Build]:
    return goreleaser_builds(tree)


def _configured(tree: RepositoryTree, options: DiscoveryOptions, found: FoundBuild) -> Iterable[Build]:
    """The builds of the files that the configuration names; one that is not there is said, not passed over."""
    wanted = options.definitions
    compose = tuple(path for path in wanted.compose_files if tree.has(path))
    bake = tuple(path for path in wanted.bake_files if tree.has(path))
    if compose:
        request = ComposeRequest(compose, wanted.compose_services, pushes=True)
        yield from compose_builds(tree, request, ".", None)
    if bake:
        command = BakeCommand(files=bake, targets=wanted.bake_targets, push=Push.PUSHED)
        yield from bake_builds(tree, options.bake, command, DefinitionEvidence(EvidenceKind.BAKE, bake[0], 1))
    missing = [path for path in wanted.compose_files if path not in compose]
    if wanted.bake_files and (not bake or len(wanted.bake_files) == 1):
        missing += [path for path in wanted.bake_files if path not in bake]
    found.notes += [f"The configuration names {path}, which is not there." for path in missing]


def _scripts(tree: RepositoryTree, options: DiscoveryOptions, _found: FoundBuild) -> Iterable[Build]:
    """The builds of the first kind of file that ships something."""
    unnamed: Sequence[Build] = ()
    for builds in script_builds(tree, options):
        unnamed = unnamed or builds
        shipped, _ = _sorted_out(resolve(tree, builds, options)[0])
        if shipped:  # a target that builds and one that pushes need not be the same: a registry's name is enough
            return [_promoted(one) for one in builds]
    return unnamed


def _promoted(build: Build) -> Build:
    """Take a registry's name for a push, unless the Dockerfile's own says that it is for tests or developers."""
    named = build.push is Push.NAMED_FOR_A_REGISTRY and not reason_not_shipped(posixpath.normpath(build.dockerfile))
    return replace(build, push=Push.PUSHED) if named else build


def _sorted_out(builds: Sequence[Build]) -> tuple[list[Build], list[Build]]:
    """Part what is shipped from what is only built: the strongest sign of shipping that occurs is the measure."""
    builds = [_judged(one) for one in builds]
    strongest = max((one.push for one in builds), default=Push.ONLY_BUILT)
    if strongest is Push.ONLY_BUILT:
        return [], list(builds)
    shipped = [one for one in builds if one.push is strongest or (strongest is not Push.PUSHED and _may_ship(one))]
    real = [one for one in shipped if not is_test_folder(one.dockerfile)] or shipped
    return real, [one for one in builds if one not in real]


def _pushed_alone(builds: Sequence[Build]) -> list[Build]:
    """Drop what is only named for a registry once something is pushed: a release tool may come after a test's build."""
    pushed = [one for one in builds if one.push is Push.PUSHED]
    return pushed or list(builds)


def _judged(build: Build) -> Build:
    """Take a build that a script of tests or examples makes for what it is, whatever name it gets."""
    tested = build.push is Push.NAMED_FOR_A_REGISTRY and _comes_from_tests(build)
    return replace(build, push=Push.ONLY_BUILT) if tested else build


def _comes_from_tests(build: Build) -> bool:
    if build.source.kind is EvidenceKind.WORKFLOW:
        return is_test_workflow(build.source.file)
    return build.source.kind in {EvidenceKind.MAKE, EvidenceKind.SCRIPT} and is_for_tests(build.source.file)


def _may_ship(build: Build) -> bool:
    """Tell whether a build that nothing pushes may be shipped by something that was not read."""
    if build.linked:
        return False
    names = (build.target, *(without_unknowns(tag).rpartition(":")[2] for tag in build.tags))
    return not _is_for_tests(build) and not any(is_for_developers(one) for one in names)


def _is_for_tests(build: Build) -> bool:
    return bool(reason_not_shipped(build.dockerfile)) or build.unbuildable is not None or _comes_from_tests(build)


def _named(tree: RepositoryTree, options: DiscoveryOptions, found: FoundBuild) -> list[Build]:
    """Take Dockerfiles by name that no evidence speaks of; beside what CI builds, only those at the root.

    Patterns that the configuration names stand for the usual names: ``_leave_out`` follows them.
    """
    if options.discover:
        return []
    known = {one.dockerfile for one in found.builds}
    named = []
    for path in find_dockerfiles(tree, (), options.exclude):
        if (
            path in known
            or (known and "/" in path)
            or reason_not_shipped(path)
            or not _is_dockerfile(tree, path, options)
        ):
            continue
        named.append(by_name(tree, path, options.platform))
    return named


def _leave_out(tree: RepositoryTree, options: DiscoveryOptions, found: FoundBuild) -> None:
    """List the Dockerfiles that are there and not among the images, or make images of them where asked to."""
    known = {one.dockerfile for one in found.builds}
    if options.discover:
        wanted = [path for path in find_dockerfiles(tree, options.discover, options.exclude) if path not in known]
        found.builds += [
            by_name(tree, path, options.platform) for path in wanted if _is_dockerfile(tree, path, options)
        ]
        known |= set(wanted)
    says = "nothing that ships builds it"
    for path in find_dockerfiles(tree, (), ()):
        if path not in known and not is_foreign(path):
            found.not_shipped.append(NotShipped(path, reason_not_shipped(path) or says))


def _is_dockerfile(tree: RepositoryTree, path: str, options: DiscoveryOptions) -> bool:
    plain = posixpath.basename(path) in {"Dockerfile", "Containerfile"}
    return plain or read_dockerfile(tree, path, (), options.platform) is not None


def _sentences(unresolved: Iterable[Unresolved]) -> list[str]:
    return list(dict.fromkeys(f"{one.source}: {one.sentence}" for one in unresolved))
