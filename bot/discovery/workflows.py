"""GitHub workflows → builds: every job of every file, matrix row by row, reusable workflows where they are called."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from bot.discovery.actions import is_bake, read_action
from bot.discovery.bake import bake_builds
from bot.discovery.commands import Reader
from bot.discovery.dockerfiles import is_for_developers, is_test_workflow
from bot.discovery.expression_values import OPEN, Contexts, Result, as_text
from bot.discovery.expressions import condition, fill
from bot.discovery.job_values import Row, bake_command, filled, inputs_of, row_label, rows
from bot.discovery.jobs import Scope, StepReader
from bot.discovery.nouns import Build, Collected, DefinitionEvidence, DiscoveryOptions, EvidenceKind, Push
from bot.discovery.tree import SYMLINK, RepositoryTree, joined
from bot.discovery.unknowns import unknown, without_unknowns
from bot.discovery.yaml_documents import UnreadableError, Value, read_yaml

FOLDERS: Final = (".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/")
_FOR_TESTS: Final = re.compile(r"(?:^|[._-])(?:tests?|integration|e2e|lint)(?:$|[._-])", re.IGNORECASE)
_MOST_CHARACTERS: Final = 5_000_000
_MOST_FILES: Final = 400
_DEEPEST_CALL: Final = 4
_MOST_ROWS: Final = 3_000


def workflow_builds(tree: RepositoryTree, options: DiscoveryOptions) -> Collected:
    """Read every workflow; those that can only be called are read where they are, and alone if nobody calls them."""
    reading = _Workflows(tree, options)
    collected = Collected()
    for path, document in reading.documents.items():
        if not _only_called(document):
            builds = reading.workflow(path, {}, 0).builds
            tests = is_test_workflow(path) or _runs_for_pull_requests(document)
            collected.builds += builds if tests else map(_released, builds)
    for path, document in reading.documents.items():
        if _only_called(document) and path not in reading.called:
            collected.weaker += reading.workflow(path, {}, 0).builds
    collected.notes = reading.notes
    return collected


def workflow_files(tree: RepositoryTree) -> tuple[str, ...]:
    """List the workflow files, which lie directly in their folder."""
    found = (
        path
        for path, mode in tree.modes.items()
        if path.endswith((".yml", ".yaml")) and path.startswith(FOLDERS) and path.count("/") == 2 and mode != SYMLINK
    )
    return tuple(sorted(found)[:_MOST_FILES])


class _Called(NamedTuple):
    builds: list[Build]
    outputs: Mapping[str, Result]


class _Workflows:
    def __init__(self, tree: RepositoryTree, options: DiscoveryOptions) -> None:
        self._tree = tree
        self._options = options
        self._reader = Reader(tree, options, Collected())
        self._step_reader = StepReader(self._reader, (options.repository,))
        self.rows_left = _MOST_ROWS
        self._read_before: dict[tuple[object, ...], _Called] = {}
        self.notes: list[str] = []
        self.called: set[str] = set()
        self.documents = dict(self._read())

    def _read(self) -> Iterator[tuple[str, Value]]:
        characters = _MOST_CHARACTERS
        for path in workflow_files(self._tree):
            characters -= len(self._tree.text(path) or "")
            if characters < 0:
                self.notes.append(f"{path} and what comes after it were not read: the workflows are too long.")
                return
            try:
                yield path, read_yaml(self._tree.text(path))
            except UnreadableError as error:
                self.notes.append(f"{path} could not be read: {error}")

    def workflow(self, path: str, given: Mapping[str, str], depth: int) -> _Called:
        """Read one workflow with the inputs that its caller gives, once for the same inputs."""
        key = (path, tuple(sorted(given.items())))
        if key not in self._read_before:
            self._read_before[key] = _Called([], {})
            self._read_before[key] = _Run(self, path, self.documents[path], given, depth).everything()
        return self._read_before[key]

    def local(self, uses: str) -> str | None:
        """The path of a reusable workflow of this repository, ``None`` for anybody else's."""
        name, own = uses.partition("@")[0], f"{self._options.repository}/"
        if self._options.repository and name.lower().startswith(own.lower()):
            name = f"./{name[len(own) :]}"
        path = joined(".", name) if name.startswith("./") else None
        return path if path in self.documents else None

    def steps(self) -> StepReader:
        """The reader of steps, ready for another job."""
        self._reader.seen.clear()
        return self._step_reader

    def external(
        self, uses: str, inputs: Mapping[str, str], source: DefinitionEvidence, contexts: Contexts
    ) -> list[Build]:
        """Read the call of a reusable workflow that is not in this tree by its inputs alone."""
        if is_bake(uses):
            return list(bake_builds(self._tree, self._options.bake, bake_command(inputs, contexts), source))
        build = read_action(uses, inputs, source)
        return [build] if build is not None else []

    def github(self) -> Result:
        """What is known of the ``github`` context whatever started the run."""
        known: dict[str, Result] = {
            "workspace": "/github/workspace", "server_url": "https://github.com", "action_path": ".", OPEN: None,
        }  # fmt: skip
        repository = self._options.repository
        if repository:
            owner, _, name = repository.partition("/")
            event: Result = {"name": name, "full_name": repository, "owner": {"login": owner, OPEN: None}, OPEN: None}
            known |= {"repository": repository, "repository_owner": owner, "event": {"repository": event, OPEN: None}}
        return known


class _Run:
    """One reading of one workflow: its jobs in the order in which they need each other."""

    def __init__(
        self, all_of_them: _Workflows, path: str, document: Value, given: Mapping[str, str], depth: int
    ) -> None:
        self._all = all_of_them
        self._path = path
        self._document = document
        self._depth = depth
        self._jobs = dict(document.get("jobs").entries())
        self._done: dict[str, Result] = {}
        self._builds: list[Build] = []
        self._contexts = self._start(given)
        self._environment = filled(document.get("env"), self._contexts)

    def everything(self) -> _Called:
        """Read all jobs, and what a caller sees of them."""
        for name in self._jobs:
            self._job(name)
        contexts = {**self._contexts, "jobs": {**self._done, OPEN: None}}
        declared = self._document.get("on", "workflow_call", "outputs")
        outputs: dict[str, Result] = {key: fill(one.get("value").string(), contexts) for key, one in declared.entries()}
        return _Called(self._builds, outputs)

    def _start(self, given: Mapping[str, str]) -> dict[str, Result]:
        contexts: dict[str, Result] = {
            "github": self._all.github(), "vars": {OPEN: None}, "secrets": {OPEN: None},
            "runner": {"os": "Linux", "temp": "/runner/temp", OPEN: None},
        }  # fmt: skip
        trigger = self._document.get("on")
        declared = trigger.get("workflow_call", "inputs")
        dispatched = trigger.get("workflow_dispatch", "inputs")
        called, alone = inputs_of(declared, given, contexts), inputs_of(dispatched, given, contexts)
        inputs = {**alone, **called} if given else {**called, **alone}
        contexts["inputs"] = {**inputs, OPEN: None}
        return contexts

    def _job(self, name: str) -> None:
        if name in self._done:
            return
        self._done[name] = {"outputs": {OPEN: None}, OPEN: None}
        job = self._jobs[name]
        for needed in job.get("needs").strings():
            if needed in self._jobs:
                self._job(needed)
        contexts: dict[str, Result] = {**self._contexts, "needs": {**self._done, OPEN: None}}
        if job.get("if") and condition(job.get("if").string(), contexts) is False:
            return
        worth = bool(job.get("uses")) or self._all.steps().may_build(job.get("steps"))
        if not worth and not job.get("outputs"):
            return
        wanted = rows(job.get("strategy"), contexts)[: None if worth else 1]
        self._all.rows_left -= len(wanted)
        outputs = [self._row(job, row, contexts) for row in wanted[: max(0, self._all.rows_left + len(wanted))]]
        self._done[name] = {"outputs": {**_agreed(outputs), OPEN: None}, "result": "success", OPEN: None}

    def _row(self, job: Value, row: Row, contexts: Contexts) -> Mapping[str, Result]:
        here: dict[str, Result] = {**contexts, "matrix": row}
        environment: Result = {**self._environment, OPEN: None}
        if job.get("uses"):
            return self._call(job, {**here, "env": environment})
        own = {**self._environment, **filled(job.get("env"), {**here, "env": environment})}
        folder = self._folder(job, {**here, "env": {**own, OPEN: None}})
        scope = Scope(here, own, self._path, folder=folder, variant=row_label(row))
        steps = self._all.steps()
        steps.steps(job.get("steps"), scope)
        self._builds += steps.collected()
        return {key: fill(one.string(), scope.here()) for key, one in job.get("outputs").entries()}

    def _folder(self, job: Value, contexts: Contexts) -> str:
        path = ("defaults", "run", "working-directory")
        asked = fill((job.get(*path) or self._document.get(*path)).string(), contexts)
        return joined(".", asked) or unknown(asked) if asked else "."

    def _call(self, job: Value, contexts: Contexts) -> Mapping[str, Result]:
        uses = fill(job.get("uses").string(), contexts)
        inputs = filled(job.get("with"), contexts)
        path = self._all.local(uses)
        if path is None or self._depth >= _DEEPEST_CALL:
            source = DefinitionEvidence(EvidenceKind.WORKFLOW, self._path, job.get("uses").line)
            self._builds += self._all.external(uses, inputs, source, contexts)
            return {}
        self._all.called.add(path)
        found = self._all.workflow(path, inputs, self._depth + 1)
        self._builds += found.builds
        return found.outputs


def _runs_for_pull_requests(document: Value) -> bool:
    return any(name.startswith("pull_request") for name in _triggers(document))


def _released(build: Build) -> Build:
    """Take a build with a registry's name for one that ships where its workflow never runs for a pull request.

    It may be saved, and be pushed by a later job; what says that it is for tests is left as it is.
    """
    words = [part for tag in build.tags for part in (tag, tag.rpartition(":")[2])]
    tested = _FOR_TESTS.search(posixpath.basename(build.dockerfile)) or any(map(_is_for_developers, words))
    return replace(build, push=Push.PUSHED) if build.push is Push.NAMED_FOR_A_REGISTRY and not tested else build


def _is_for_developers(tag: str) -> bool:
    return is_for_developers(without_unknowns(tag))


def _triggers(document: Value) -> list[str]:
    trigger = document.get("on")
    return [key for key, _ in trigger.entries()] or list(trigger.strings())


def _only_called(document: Value) -> bool:
    return _triggers(document) == ["workflow_call"]


def _agreed(outputs: list[Mapping[str, Result]]) -> dict[str, Result]:
    """Keep what every row of a job gives alike."""
    found: dict[str, Result] = {}
    for key in dict.fromkeys(key for one in outputs for key in one):
        values = {as_text(one.get(key)) for one in outputs}
        found[key] = values.pop() if len(values) == 1 else unknown(f"outputs.{key}")
    return found
