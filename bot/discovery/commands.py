"""Commands that a job, a recipe or a script runs → builds: those that build, and those that lead to further scripts."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from bot.discovery import make
from bot.discovery.bake import bake_builds, read_bake_command
from bot.discovery.command_line import bake_words, build_words, pushed_references, read_build
from bot.discovery.definitions import compose_builds, compose_request, package_script, script_name
from bot.discovery.make_files import Makefile, read_makefile
from bot.discovery.nouns import Build, Collected, DefinitionEvidence, DiscoveryOptions, EvidenceKind, Push
from bot.discovery.shell import run_script
from bot.discovery.shell_state import RUNNER, Ran, State
from bot.discovery.tree import RepositoryTree, WorkLimit, joined
from bot.discovery.unknowns import is_known, shown
from bot.discovery.words import base_name
from bot.discovery.yaml_documents import NOTHING, UnreadableError, Value, read_yaml

_DEEPEST: Final = 6
_SHELLS: Final = frozenset({"sh", "bash", "source", ".", "zsh", "dash"})
_PACKAGE_MANAGERS: Final = frozenset({"npm", "yarn", "pnpm", "bun", "node"})
_MAKES: Final = frozenset({"make", "gmake"})
BUILD_WORDS: Final = (
    r"docker|podman|\bbuild\s[^\n]*\s(?:-t|--tag)\b|buildah|nerdctl|kaniko|depot|finch|\bbake\b|\bmake\b|\bnpm\b|\byarn\b|\bpnpm\b|\bbun\b"
    r"|\bnode\s+--run\b|\.sh\b|\.bash\b|\./|(?:^|[\s;&|])(?:sh|bash|source|\.)\s"
)
_WORTH_RUNNING: Final = re.compile(rf"{BUILD_WORDS}|GITHUB_OUTPUT|GITHUB_ENV|/github/output|/github/env", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Where:
    """The file whose commands are run, and how deep scripts have called scripts to come here."""

    kind: EvidenceKind
    file: str
    depth: int = 0
    sourced: bool = False

    def deeper(self, kind: EvidenceKind, file: str) -> "Where":
        """The place of a script that this one runs."""
        return Where(kind, file, self.depth + 1)


class Reader:
    """Follows commands through one repository, and collects what they build into a unit.

    ``barren`` are scripts that were followed and led to nothing: they are not followed again.
    """

    def __init__(self, tree: RepositoryTree, options: DiscoveryOptions, unit: Collected) -> None:
        self.tree = tree
        self.options = options
        self.unit = unit
        self.budget = WorkLimit()
        self.seen: set[tuple[object, ...]] = set()
        self.barren: set[tuple[object, ...]] = set()
        self._makefiles: dict[str, Makefile] = {}
        self._documents: dict[str, Value] = {}

    def script(self, text: str, state: State, first_line: int, where: Where) -> None:
        """Run a script's text as far as it is known, if it has anything to do with images or with names of them."""
        if self.budget.nodes < 0:
            return
        if where.sourced or _WORTH_RUNNING.search(text) is not None:
            state.read = state.read or self._reading(state.folder)
            self.budget.nodes -= run_script(text, state, first_line, lambda ran: self._command(ran, where))

    def document(self, path: str) -> Value:
        """Read a YAML file of the repository once; one that cannot be read is empty."""
        if path not in self._documents:
            try:
                self._documents[path] = read_yaml(self.tree.text(path))
            except UnreadableError:
                self._documents[path] = NOTHING
        return self._documents[path]

    def add(self, build: Build) -> None:
        """Keep a build, within bounds."""
        self.budget.builds -= 1
        if self.budget.builds >= 0:
            self.unit.builds.append(build)

    def _command(self, ran: Ran, where: Where) -> None:
        self.budget.commands -= 1
        if self.budget.commands < 0:
            return
        words = ran.words
        source = DefinitionEvidence(where.kind, where.file, ran.line)
        for read in (self._build, self._bake, self._compose):
            if read(ran, source):
                return
        pushed = pushed_references(words)
        self.unit.pushed.update(pushed)
        if not pushed and where.depth < _DEEPEST:
            self._follow(ran, where)

    def _reading(self, folder: str) -> Callable[[str], str | None]:
        def read(path: str) -> str | None:
            found = joined(folder, path) if is_known(folder) and is_known(path) else None
            return self.tree.text(found) if found is not None and self.tree.has(found) else None

        return read

    def _build(self, ran: Ran, source: DefinitionEvidence) -> bool:
        words = build_words(ran.words)
        if words is None:
            return False
        self.add(read_build(words, ran.variables, source, ran.folder))
        return True

    def _bake(self, ran: Ran, source: DefinitionEvidence) -> bool:
        words = bake_words(ran.words)
        if words is None:
            return False
        if "--print" in words or "--list" in words:
            return True
        command = read_bake_command(words, ran.folder, ran.variables)
        for build in bake_builds(self.tree, self.options.bake, command, source):
            self.add(build)
        return True

    def _compose(self, ran: Ran, source: DefinitionEvidence) -> bool:
        request = compose_request(ran.words)
        if request is None:
            return False
        for build in compose_builds(self.tree, request, ran.folder, source):
            self.add(build)
        return True

    def _follow(self, ran: Ran, where: Where) -> None:
        program = base_name(ran.words[0])
        if program in _MAKES:
            self._make(ran, where)
        elif program in _PACKAGE_MANAGERS:
            self._package_script(ran, where)
        else:
            path = ran.words[1] if program in _SHELLS and len(ran.words) > 1 else ran.words[0]
            self._shell_script(path, ran, where)

    def _shell_script(self, path: str, ran: Ran, where: Where) -> None:
        sourcing = base_name(ran.words[0]) in {".", "source"}
        found = self._file(path, ran) if "/" in path or path.endswith(".sh") or sourcing else None
        if found is None:
            return
        rest = ran.words[ran.words.index(path) + 1 :]
        key = ("script", found, rest, ran.folder)
        text = self.tree.text(found)
        if text is None or (not sourcing and (key in self.seen | self.barren or not _is_shell(found, text))):
            return
        self.seen.add(key)
        variables = {**ran.variables, **_positional(path, rest)}
        if sourcing and isinstance(ran.variables, dict):
            variables = ran.variables  # what it sets stays set
        state = State(variables, ran.folder, read=self._reading(ran.folder))
        with self._watched(key):
            self.script(text, state, 1, replace(where.deeper(EvidenceKind.SCRIPT, found), sourced=sourcing))

    @contextmanager
    def _watched(self, key: tuple[object, ...]) -> Iterator[None]:
        before = self._found()
        yield
        if self._found() == before and self.budget.commands > 0:
            self.barren.add(key)

    def _found(self) -> tuple[int, int]:
        return len(self.unit.builds), len(self.unit.pushed)

    def _package_script(self, ran: Ran, where: Where) -> None:
        name = script_name(ran.words)
        path = joined(ran.folder, "package.json") if is_known(ran.folder) else None
        text = self.tree.text(path) if path else None
        if not name or text is None or path is None or ("npm", path, name) in self.seen:
            return
        self.seen.add(("npm", path, name))
        found = package_script(text, name)
        if found is not None:
            state = State(dict(ran.variables), ran.folder)
            self.script(found.text, state, found.line, where.deeper(EvidenceKind.SCRIPT, path))

    def _make(self, ran: Ran, where: Where) -> None:
        call = make.read_call(ran.words, ran.folder)
        if call is None:
            return
        path = next((one for one in call.candidates() if self.tree.has(one)), None)
        key = ("make", path, call.targets, call.assigned)
        if path is None or key in self.seen | self.barren:
            return
        self.seen.add(key)
        if path not in self._makefiles:
            self._makefiles[path] = read_makefile(path, self.tree)
        with self._watched(key):
            self.recipes(make.recipes(self._makefiles[path], call, ran.variables), where)

    def recipes(self, recipes: Iterable[make.Recipe], where: Where) -> None:
        """Run command lines of recipes, each in a shell of its own, as make does."""
        for recipe in recipes:
            state = State(dict(recipe.variables), recipe.folder)
            self.script(recipe.text, state, recipe.line, where.deeper(EvidenceKind.MAKE, recipe.file))

    def _file(self, path: str, ran: Ran) -> str | None:
        if not is_known(path) or not is_known(ran.folder):
            return None
        found = joined(ran.folder, path)
        return found if found is not None and self.tree.has(found) else None


def marked_pushed(unit: Collected) -> list[Build]:
    """A unit's builds, those pushed whose tag a later ``docker push`` names."""
    if not unit.pushed:
        return unit.builds
    names = {_untagged(one) for one in unit.pushed}
    unsure = any(not is_known(one) for one in unit.pushed)
    return [
        replace(build, push=Push.PUSHED)
        if build.tags and (unsure or any(_untagged(tag) in names for tag in build.tags))
        else build
        for build in unit.builds
    ]


def runner_variables(environment: Mapping[str, str]) -> dict[str, str | tuple[str, ...]]:
    """What a script on a runner sees at its start."""
    return {**RUNNER, **environment}


def _positional(path: str, words: tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    numbered: dict[str, str | tuple[str, ...]] = {str(index): word for index, word in enumerate(words, 1)}
    return {**numbered, "@": words, "#": str(len(words)), "0": path, "BASH_SOURCE": path}


def _untagged(reference: str) -> str:
    head, found, tail = shown(reference).rpartition(":")
    return head if found and "/" not in tail else shown(reference)


def _is_shell(path: str, text: str) -> bool:
    first = text.partition("\n")[0]
    return path.endswith((".sh", ".bash")) or (
        first.startswith("#!") and first.rstrip().endswith(("sh", "sh -e", "sh -ex"))
    )
