"""Jobs and steps of GitHub workflows → builds: contexts are filled step by step, as the runner would."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.discovery.actions import is_bake, is_builder, metadata_outputs, read_action
from bot.discovery.bake import bake_builds
from bot.discovery.commands import BUILD_WORDS, Reader, Where, marked_pushed, runner_variables
from bot.discovery.expression_values import OPEN, Contexts, Result
from bot.discovery.expressions import condition, fill
from bot.discovery.job_values import bake_command, filled, github_variables, inputs_of
from bot.discovery.nouns import Build, Collected, DefinitionEvidence, EvidenceKind, Pairs
from bot.discovery.shell_state import ENVIRONMENT_FILE, OUTPUT_FILE, State, read_outputs
from bot.discovery.tree import joined
from bot.discovery.unknowns import is_known, unknown
from bot.discovery.yaml_documents import Value

_BUILD_WORDS: Final = re.compile(BUILD_WORDS, re.MULTILINE)
_DEEPEST_ACTION: Final = 4
_POSIX_SHELLS: Final = ("bash", "sh", "pwsh", "powershell", "cmd", "")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the steps of one job's row see and leave behind."""

    contexts: dict[str, Result]
    environment: dict[str, str]
    file: str
    folder: str = "."
    variant: Pairs = ()
    outputs: dict[str, Result] = field(default_factory=dict)
    checkouts: list[tuple[str, bool]] = field(default_factory=list)
    depth: int = 0

    def here(self, extra: Mapping[str, str] | None = None) -> Contexts:
        """The contexts as they are now, with the environment of a step."""
        steps: Result = {**self.outputs, OPEN: None}
        environment: Result = {**self.environment, **(extra or {}), OPEN: None}
        return {**self.contexts, "env": environment, "steps": steps}


class StepReader:
    """Goes through steps; builds end up in the reader's unit."""

    def __init__(self, reader: Reader, own: Sequence[str]) -> None:
        self._reader = reader
        self._own = tuple(one.lower() for one in own if one)
        self._worth: dict[str, bool] = {}

    def steps(self, steps: Value, scope: Scope) -> None:
        """Read steps in order; those whose condition is known to fail are left out."""
        for step in steps.elements():
            if not self._reader.budget.spend_step(len(step.get("run").text or "")):
                return
            if step.get("if") and condition(step.get("if").string(), scope.here()) is False:
                continue
            self._step(step, scope)

    def may_build(self, steps: Value) -> bool:
        """Tell whether steps are worth a look: whether one of them could lead to a build."""
        return any(self._step_may_build(step) for step in steps.elements())

    def _step_may_build(self, step: Value) -> bool:
        uses = step.get("uses").string()
        if uses.startswith("$") or is_bake(uses) or is_builder(uses):
            return True
        if uses.startswith("./"):
            return self._action_may_build(uses)
        if any(uses.lower().startswith(f"{own}/") for own in self._own):
            return True
        given = step.get("with").entries()
        return bool(_BUILD_WORDS.search(step.get("run").string())) or any("file" in key.lower() for key, _ in given)

    def _action_may_build(self, uses: str) -> bool:
        if uses not in self._worth:
            self._worth[uses] = True  # an action that uses itself is read, within its depth
            path = self._action_path(uses)
            self._worth[uses] = path is None or self.may_build(self._reader.document(path).get("runs", "steps"))
        return self._worth[uses]

    def _action_path(self, uses: str) -> str | None:
        folder = joined(".", uses)
        names = (f"{folder}/{name}".removeprefix("./") for name in ("action.yml", "action.yaml"))
        return next((path for path in names if folder and self._reader.tree.has(path)), None)

    def collected(self) -> Iterator[Build]:
        """The unit's builds and begin a new one."""
        yield from marked_pushed(self._reader.unit)
        self._reader.unit = Collected()

    def _step(self, step: Value, scope: Scope) -> None:
        environment = filled(step.get("env"), scope.here())
        contexts = scope.here(environment)
        uses = fill(step.get("uses").string(), contexts)
        outputs: Result = None
        if step.get("run"):
            outputs = self._run(step, scope, environment)
        elif uses.startswith("./"):
            outputs = self._composite(uses, step, scope, contexts)
        elif uses:
            outputs = self._action(uses, step, scope, contexts)
        name = step.get("id").string()
        if name:
            known = outputs if isinstance(outputs, Mapping) else {}
            scope.outputs[name] = {"outputs": {**known, OPEN: None}, OPEN: None}

    def _run(self, step: Value, scope: Scope, environment: Mapping[str, str]) -> Result:
        script = step.get("run")
        shell = fill(step.get("shell").string(), scope.here()).split(" ")[0]
        if is_known(shell) and shell not in _POSIX_SHELLS:
            return None
        contexts = scope.here(environment)
        text = fill(script.string(), contexts).replace("`\n", "\\\n")
        asked = fill(step.get("working-directory").string(), contexts)
        folder = joined(".", asked) if asked else scope.folder
        variables = runner_variables({**scope.environment, **environment, **github_variables(contexts)})
        state = State(variables, unknown(asked) if folder is None or not is_known(asked) else folder)
        key = ("run", text, state.folder, tuple(sorted(scope.environment.items())), tuple(sorted(environment.items())))
        if key in self._reader.barren:
            return None
        before = len(self._reader.unit.builds)
        self._reader.script(text, state, script.line, Where(EvidenceKind.WORKFLOW, scope.file))
        self._mark(before, scope)
        if before == len(self._reader.unit.builds) and not state.sinks and not self._reader.unit.pushed:
            self._reader.barren.add(key)
        scope.environment.update(read_outputs(state.sinks.get(ENVIRONMENT_FILE, ())))
        found: Result = read_outputs(state.sinks.get(OUTPUT_FILE, ()))
        return found

    def _mark(self, before: int, scope: Scope) -> None:
        builds = self._reader.unit.builds
        builds[before:] = [
            replace(one, variant=scope.variant, checkouts=tuple(scope.checkouts)) for one in builds[before:]
        ]

    def _action(self, uses: str, step: Value, scope: Scope, contexts: Contexts) -> Result:
        inputs = filled(step.get("with"), contexts)
        name = uses.partition("@")[0].lower()
        own = next((one for one in self._own if name.startswith(f"{one}/")), None)
        if own is not None:
            return self._composite(f"./{uses.partition('@')[0][len(own) + 1 :]}", step, scope, contexts)
        if name == "actions/checkout":
            self._checkout(inputs, scope)
        elif name.endswith("/metadata-action"):
            return {**metadata_outputs(inputs)}
        elif is_bake(name):
            self._bake(inputs, step, scope, contexts)
        else:
            self._built_by_action(uses, inputs, step, scope)
        return None

    def _built_by_action(self, uses: str, inputs: Mapping[str, str], step: Value, scope: Scope) -> None:
        before = len(self._reader.unit.builds)
        build = read_action(uses, inputs, DefinitionEvidence(EvidenceKind.WORKFLOW, scope.file, step.get("uses").line))
        if build is not None:
            self._reader.add(build)
            self._mark(before, scope)

    def _checkout(self, inputs: Mapping[str, str], scope: Scope) -> None:
        path, repository = inputs.get("path", ""), inputs.get("repository", "").lower()
        own = not repository or not is_known(repository) or repository in self._own
        clean = joined(".", path) if is_known(path) else None
        if clean is not None and (path or not own):
            scope.checkouts.append((clean, own))

    def _bake(self, inputs: Mapping[str, str], step: Value, scope: Scope, contexts: Contexts) -> None:
        before = len(self._reader.unit.builds)
        source = DefinitionEvidence(EvidenceKind.WORKFLOW, scope.file, step.get("uses").line)
        for build in bake_builds(self._reader.tree, self._reader.options.bake, bake_command(inputs, contexts), source):
            self._reader.add(build)
        self._mark(before, scope)

    def _composite(self, uses: str, step: Value, scope: Scope, contexts: Contexts) -> Result:
        path = self._action_path(uses)
        if path is None or scope.depth >= _DEEPEST_ACTION:
            self._built_by_action(uses, filled(step.get("with"), contexts), step, scope)
            return None
        action = self._reader.document(path)
        if not action.get("outputs") and not self.may_build(action.get("runs", "steps")):
            return None
        given = inputs_of(action.get("inputs"), filled(step.get("with"), contexts), contexts)
        inner = Scope(
            {**contexts, "inputs": {**given, OPEN: None}},
            {**scope.environment, **filled(step.get("env"), contexts)},
            path,
            variant=scope.variant,
            checkouts=scope.checkouts,
            depth=scope.depth + 1,
        )
        self.steps(action.get("runs", "steps"), inner)
        return {key: fill(one.get("value").string(), inner.here()) for key, one in action.get("outputs").entries()}
