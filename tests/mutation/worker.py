"""A pytest plugin that runs a group's tests once, noting what each executes, and then once for every mutant.

All tests are collected once. A mutant in a function is put into a forked copy of that process, by giving the function
another code object, and there the tests that execute the mutated line are run until one fails: 20 to 200 ms each.
What stands outside a function has been executed long before, so it is tried by a pytest of its own in a copied tree.
"""

from __future__ import annotations

import ast
import contextlib
import enum
import functools
import gc
import inspect
import os
import pickle
import resource
import signal
import sys
import tempfile
import threading
import time
import types
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.mutation.calm import EXAMPLES
from tests.mutation.operators import Mutant
from tests.mutation.plan import Outcome, Plan, Verdict

_MOST_MEMORY = 6_000_000_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that ask for hundreds of examples be content with what the profile says."""
    for item in items:
        asked = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
        if asked and asked.max_examples > EXAMPLES:
            item.obj._hypothesis_internal_use_settings = hypothesis.settings(asked, max_examples=EXAMPLES)


def pytest_configure(config: pytest.Config) -> None:
    """Take over if there is something to be tried."""
    if "MUTATION_PLAN" in os.environ:
        config.pluginmanager.register(Forge(pickle.loads(Path(os.environ["MUTATION_PLAN"]).read_bytes())))


class Forge:
    """Takes the place of pytest's own loop."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._failed = False
        self._tracing: set[tuple[str, int]] | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notice a failure."""
        self._failed = self._failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.SessionCache) -> bool:
        """Run the tests as they are, then for each mutant; write down what came of it."""
        for module in {mutant.module for mutant in self._plan.mutants}:
            __import__(module)
        baseline = self._baseline(session.items)
        functions = _functions()
        gc.collect()
        gc.freeze()  # what a copy only reads need not be copied for it
        outcomes = []
        running: dict[int, tuple[Mutant, float, float, int]] = {}
        queue = list(self._plan.mutants)
        texts = {mutant.module: _path(mutant.module).read_text(encoding="utf-8") for mutant in queue}
        while queue or running:
            while queue and len(running) < self._plan.jobs:
                mutant = queue.pop(0)
                chosen = _chosen(mutant, texts[mutant.module], session.items, baseline)
                if not chosen:
                    early = mutant.where in _called_at_import(texts[mutant.module])
                    outcomes.append(Outcome(mutant, Verdict.ELSEWHERE if early else Verdict.UNCOVERED, 0))
                    self._note(outcomes[-1])
                    continue
                limit = 15 + 6 * sum(baseline[item.nodeid].seconds for item in chosen)
                pid = os.fork()
                if pid == 0:
                    self._try(
                        mutant, texts[mutant.module], [(item, baseline[item.nodeid]) for item in chosen], functions
                    )
                running[pid] = (mutant, time.monotonic(), limit, len(chosen))
            for outcome in _ended(running):
                outcomes.append(outcome)
                self._note(outcome)
        files = {one: sorted(set(_files(one, session.items, baseline))) for one in texts}
        self._plan.results.write_bytes(pickle.dumps((outcomes, files)))
        return True

    def _note(self, outcome: Outcome) -> None:
        """Say at once what survived, and write down what died: a run takes long, and may not be let to its end."""
        if outcome.verdict is Verdict.KILLED and self._plan.journal:
            with self._plan.journal.open("a", encoding="utf-8") as journal:
                journal.write(f"{outcome.mutant.key}\n")
        if outcome.verdict in (Verdict.SURVIVED, Verdict.UNCOVERED):
            print(f"{outcome.verdict.value}: {outcome.mutant.name}", file=sys.stderr, flush=True)

    def _baseline(self, items: list[pytest.Item]) -> dict[str, Ran]:
        """Run everything in a forked copy, for nothing of it may be left in the process that is copied later."""
        handle, _ = tempfile.mkstemp()
        pid = os.fork()
        if pid == 0:
            _quiet()
            ran: dict[str, Ran] = {}
            files = frozenset(str(_path(mutant.module)) for mutant in self._plan.mutants)
            caches = _caches()
            for item, following in zip(items, [*items[1:], None], strict=True):
                for cache in caches:
                    cache.cache_clear()  # what an earlier test left there would hide which lines this one needs
                self._failed, start = False, time.monotonic()
                with _traced(files) as lines:
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                ran[item.nodeid] = Ran(lines, time.monotonic() - start, self._failed)
            with os.fdopen(handle, "wb") as file:
                pickle.dump(ran, file)
            os._exit(0)
        os.waitpid(pid, 0)
        with os.fdopen(handle, "rb") as file:
            file.seek(0)  # what the copy wrote has moved the place that both share
            return pickle.load(file)

    def _try(self, mutant: Mutant, text: str, tests: list[tuple[pytest.Item, Ran]], functions: Functions) -> None:
        """In a forked copy: put the fault in, run tests until one fails, and end with 1 if one has.

        One that takes many times the seconds of a test that passes, or the memory of all, ends this process.
        """
        os.setsid()
        _quiet()
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        try:
            (_put_in if mutant.in_function else transplant)(mutant, text, functions)
        except BaseException:  # noqa: BLE001 - whatever it is, this way is not open to it
            os._exit(3)
        items = [item for item, _ in tests]
        for (item, ran), following in zip(tests, [*items[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_PROF, 2 + 3 * ran.seconds)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._failed:
                os._exit(1)
        os._exit(0)


class Ran:
    """What a test executes."""

    def __init__(self, lines: set[tuple[str, int]], seconds: float, failed: bool) -> None:
        self.lines = lines
        self.seconds = seconds
        self.failed = failed


Functions = dict[tuple[str, str, int], list[types.FunctionType]]


def _functions() -> Functions:
    """Every function of ours by file, name and line, however it is decorated or bound."""
    found: Functions = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and "/bot/" in thing.__code__.co_filename:
            code = thing.__code__
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(thing)
    return found


def _caches() -> list[functools._lru_cache_wrapper[object]]:
    """Every cache of ours that fills as the program runs."""
    return [
        one
        for one in gc.get_objects()
        if isinstance(one, functools._lru_cache_wrapper) and str(one.__module__).partition(".")[0] == "bot"
    ]


def _put_in(mutant: Mutant, text: str, functions: Functions) -> None:
    path = str(_path(mutant.module))
    whole = compile(mutant.applied(text), path, "exec", dont_inherit=True)
    code = next(
        one for one in _codes(whole) if (one.co_qualname, one.co_firstlineno) == (mutant.where, mutant.first_line)
    )
    targets = functions[path, mutant.where, mutant.first_line]
    if not targets:
        raise LookupError(mutant.name)
    for function in targets:
        _lend_code(function, code, mutant)
    # What it made before, such as at import, has the code of its inner functions.
    for inner in _codes(code):
        for function in (
            one
            for (file, name, _), held in functions.items()
            for one in held
            if (file, name) == (path, inner.co_qualname)
        ):
            if inner.co_name == "<lambda>" and function.__code__.co_firstlineno != inner.co_firstlineno:
                continue
            _lend_code(function, inner, mutant)


def _lend_code(function: types.FunctionType, code: types.CodeType, mutant: Mutant) -> None:
    if function.__code__.co_freevars != code.co_freevars:
        raise LookupError(mutant.name)
    function.__code__ = code


def _called_at_import(text: str) -> frozenset[str]:
    """Name the functions that a module calls as it is read."""
    outside = [one for one in ast.parse(text).body if not isinstance(one, ast.FunctionDef | ast.ClassDef)]
    calls = [node for one in outside for node in ast.walk(one) if isinstance(node, ast.Call)]
    return frozenset(call.func.id for call in calls if isinstance(call.func, ast.Name))


def transplant(mutant: Mutant, text: str, functions: Functions) -> None:
    """Run a module anew with a fault outside its functions, and give its constants and defaults to the old one."""
    module = sys.modules[mutant.module]
    fresh = types.ModuleType(module.__name__)
    fresh.__dict__.update(
        __file__=module.__file__, __package__=module.__package__, __path__=getattr(module, "__path__", [])
    )
    exec(compile(mutant.applied(text), str(module.__file__), "exec", dont_inherit=True), fresh.__dict__)
    changed = [
        _hand_over(name, made, module, functions) for name, made in list(vars(fresh).items()) if name[:2] != "__"
    ]
    if not any(changed):
        raise LookupError(mutant.name)


def _hand_over(name: str, made: object, module: types.ModuleType, functions: Functions) -> bool:
    """Put what a fresh module made in the place of what the old one has under that name; tell whether it differs."""
    old = vars(module).get(name)
    if getattr(made, "__module__", "") == module.__name__ and isinstance(made, types.FunctionType | type):
        return _lend(made, old)
    value = _at_home(made, module)
    if repr(value) == repr(old):
        return False
    for other in [one for key, one in sys.modules.items() if key.partition(".")[0] in ("bot", "tests")]:
        for alias in [key for key, held in vars(other).items() if held is old]:
            setattr(other, alias, value)
    for function in (one for held in functions.values() for one in held):
        _set_defaults(function, old, value)
    return True


def _set_defaults(function: types.FunctionType, old: object, value: object) -> None:
    if function.__defaults__ and any(one is old for one in function.__defaults__):
        function.__defaults__ = tuple(value if one is old else one for one in function.__defaults__)
    for key, held in (function.__kwdefaults__ or {}).items():
        if held is old:
            function.__kwdefaults__[key] = value


def _lend(fresh: object, old: object) -> bool:
    """Take over defaults of a function, or of a class's functions, and plain class attributes; tell whether any differ."""
    if isinstance(fresh, types.FunctionType):
        old = inspect.unwrap(old)
        before = repr((old.__defaults__, old.__kwdefaults__))
        old.__defaults__, old.__kwdefaults__ = fresh.__defaults__, fresh.__kwdefaults__
        return before != repr((old.__defaults__, old.__kwdefaults__))
    if issubclass(fresh, enum.Enum):
        if [(one.name, one.value) for one in fresh] != [(one.name, one.value) for one in old]:
            raise LookupError(fresh)
        return False
    changed = False
    for name, value in list(vars(fresh).items()):
        if isinstance(value, types.FunctionType) and isinstance(vars(old).get(name), types.FunctionType):
            changed |= _lend(value, vars(old)[name])
        elif _is_plain(name, value) and value != vars(old).get(name):
            setattr(old, name, value)
            changed = True
    return changed


def _is_plain(name: str, value: object) -> bool:
    return isinstance(value, str | int | bytes | tuple | frozenset) and not name.startswith("__")


def _at_home(value: object, module: types.ModuleType) -> object:
    """A value in which what the fresh module made is what the old one has under the same name."""
    if isinstance(value, enum.Enum) and type(value).__module__ == module.__name__:
        return vars(module)[type(value).__name__][value.name]
    if isinstance(value, types.FunctionType | type) and value.__module__ == module.__name__:
        return vars(module).get(value.__name__, value)
    if type(value) in (tuple, list, set, frozenset):
        return type(value)(_at_home(one, module) for one in value)
    if type(value) is dict:
        return {_at_home(key, module): _at_home(one, module) for key, one in value.items()}
    return value


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)


def _path(module: str) -> Path:
    return Path(sys.modules[module].__file__ or "")


def _chosen(mutant: Mutant, text: str, items: list[pytest.Item], baseline: dict[str, Ran]) -> list[pytest.Item]:
    """The tests that execute the mutated line, or where no line event tells, its function; the quickest first."""
    path = str(_path(mutant.module))
    lines = {(path, line) for line in range(mutant.line, mutant.line + mutant.old.count("\n") + 1)}
    sound = [item for item in items if not baseline[item.nodeid].failed]
    chosen = [item for item in sound if baseline[item.nodeid].lines & lines]
    if mutant.where and not mutant.in_function:
        chosen = sound  # a field of a class: the functions that use it have no lines of ours
    elif not mutant.in_function:
        chosen = [item for item in sound if any(file == path for file, _ in baseline[item.nodeid].lines)] or sound
    elif not chosen or mutant.old.count("\n"):
        entered = (path, -mutant.first_line)
        chosen = [item for item in sound if entered in baseline[item.nodeid].lines]
    return sorted(chosen, key=lambda item: baseline[item.nodeid].seconds)


def _files(module: str, items: list[pytest.Item], baseline: dict[str, Ran]) -> Iterator[str]:
    path = str(_path(module))
    for item in items:
        ran = baseline[item.nodeid]
        if not ran.failed and any(file == path for file, _ in ran.lines):
            yield item.nodeid.partition("::")[0]


def _ended(running: dict[int, tuple[Mutant, float, float, int]]) -> Iterator[Outcome]:
    """Wait for one to end, or end what takes too long: a fault that never ends is noticed as well."""
    while running:
        for pid, (mutant, start, limit, tests) in list(running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            late = not done and time.monotonic() - start > limit
            if not done and not late:
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            if late:
                os.waitpid(pid, 0)
            del running[pid]
            code = 1 if late else os.waitstatus_to_exitcode(status)
            verdict = {0: Verdict.SURVIVED, 3: Verdict.ELSEWHERE}.get(code, Verdict.KILLED)
            yield Outcome(mutant, verdict, tests)
            return
        time.sleep(0.005)


@contextlib.contextmanager
def _traced(files: frozenset[str]) -> Iterator[set[tuple[str, int]]]:
    """Collect the lines of some files that are executed, and as negative numbers the functions that are entered."""
    lines: set[tuple[str, int]] = set()

    def local(frame: types.FrameType, event: str, _: object) -> object:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def enter(frame: types.FrameType, event: str, _: object) -> object:
        code = frame.f_code
        if code.co_filename not in files:
            return None
        lines.add((code.co_filename, -code.co_firstlineno))
        return local

    threading.settrace(enter)
    sys.settrace(enter)
    try:
        yield lines
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]


def _quiet() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
