"""Two runs of the original and one of a candidate → what is alike. Equal failures prove nothing."""

from collections.abc import Iterator

from bot.model.verify import RUNS_AS, Behaviour, Check, CheckState, Run
from bot.verify.web_pages import compared_pages, page_that_proves_nothing
from bot.verify.written_lines import compared_errors, compared_output

_NOT_COMPARED = (
    *(b"tmp/", b"var/tmp/", b"run/", b"var/run/", b"dev/", b"var/cache/", b"var/log/", b"root/.cache/", b"root/.npm/"),
)
_CANNOT_START = frozenset({126, 127})


def checks_of(
    originals: tuple[Behaviour, Behaviour], candidate: Behaviour, altered: tuple[str, ...] = ()
) -> tuple[Check, ...]:
    """Compare a candidate with two runs of the original; what differs between those two is told, and not compared.

    ``altered`` are the phrases of what the candidate knowingly changes. A check that could not be made says so.
    """
    first, second = originals
    seen = {run.command: run for run in candidate.runs}
    checks: list[Check] = []
    for one, other in zip(first.runs, second.runs, strict=False):
        run = seen.get(one.command)
        if run is None:
            checks.append(_check("start", one, "was not run", CheckState.FAILED))
        else:
            checks.extend(_of_run(one, other, run, altered))
    return tuple(checks)


def meaning_of(originals: tuple[Behaviour, Behaviour]) -> str:
    """Say why it would prove nothing if a candidate did the same; empty if it proves something.

    A run means something if it ends with 0, listens, or is healthy, and neither refuses nor breaks where it is asked.
    """
    first, second = originals
    if not first.runs or len(first.runs) != len(second.runs):
        return "the original was not run twice"
    own, again = first.runs[0], second.runs[0]
    works = any(_works(one) and _works(two) for one, two in zip(first.runs[1:], second.runs[1:], strict=True))
    return _unsound(own, again) or _unmoved(own, again, other_works=works)


def _works(run: Run) -> bool:
    return run.exit_code == 0 and not run.problem and not run.out_of_memory


def _unsound(own: Run, again: Run) -> str:
    if own.problem or again.problem:
        return "the original cannot be started in the box"
    if own.out_of_memory or again.out_of_memory:
        return "the original runs out of the memory that the box has"
    if own.exit_code != again.exit_code:
        return "the original ended differently in two runs"
    for run in (own, again):
        if run.health in {"unhealthy", "starting"}:
            return "the original is not healthy in the box"
        if page := page_that_proves_nothing(run):
            return page
    return ""


def _unmoved(own: Run, again: Run, *, other_works: bool) -> str:
    """Say why the own command's run means nothing, unless another command's does."""
    if other_works or own.exit_code == 0 or own.health == "healthy":
        return ""
    if own.exit_code is not None:
        return f"the original ends with exit code {own.exit_code} in the box"
    if not own.listening & again.listening:
        return "the original neither ends nor listens within its time"
    return ""


def _of_run(one: Run, other: Run, run: Run, altered: tuple[str, ...]) -> Iterator[Check]:
    """Compare one command's runs."""
    if one.problem or other.problem or one.exit_code in _CANNOT_START:
        yield _check(
            "start", one, "has a command that the original cannot start either", CheckState.NOT_MADE, one.problem
        )
        return
    if run.problem:
        yield _check("start", one, "cannot be started", CheckState.FAILED, run.problem)
        return
    yield from _ends(one, other, run)
    yield compared_output(one, other, run)
    yield compared_errors(one, other, run)
    yield from _ports(one, other, run)
    yield from _health(one, other, run)
    yield from compared_pages(one, other, run)
    yield from _stops(one, other, run)
    yield from _users(one, other, run, altered)
    yield from _written(one, other, run, altered)
    for missing in dict.fromkeys((*one.not_made, *other.not_made, *run.not_made)):
        yield _check("observation", one, f"shows nothing of {missing}", CheckState.NOT_MADE)


def _check(name: str, run: Run, what: str, state: CheckState, detail: str = "") -> Check:
    """Make a check; of a command that was asked, the command stands in the detail, since it is foreign."""
    command = " ".join(run.command)
    return Check(name, state, what, f"{command}: {detail}" if command and detail else command or detail)


def _state(*, passed: bool) -> CheckState:
    return CheckState.PASSED if passed else CheckState.FAILED


def _ends(one: Run, other: Run, run: Run) -> Iterator[Check]:
    if run.out_of_memory and not (one.out_of_memory or other.out_of_memory):
        yield _check("memory", one, "runs out of the memory that the original does with", CheckState.FAILED)
    if one.exit_code != other.exit_code:
        yield _check(
            "exit", one, "is held to no end, since the original ended differently in two runs", CheckState.NOT_MADE
        )
        return
    if run.exit_code == one.exit_code:
        yield _check("exit", one, _end_of(run), CheckState.PASSED)
    else:
        yield _check("exit", one, f"{_end_of(run)}; the original {_end_of(one)}", CheckState.FAILED, _last_words(run))


def _end_of(run: Run) -> str:
    return "still runs" if run.exit_code is None else f"ends with exit code {run.exit_code}"


def _last_words(run: Run) -> str:
    lines = (run.errors.strip() or run.output.strip()).decode("utf-8", "replace").splitlines()
    return lines[-1][:400] if lines else ""


def _ports(one: Run, other: Run, run: Run) -> Iterator[Check]:
    always, ever = one.listening & other.listening, one.listening | other.listening
    if not ever and not run.listening:
        return
    if always != ever:
        what = f"is not held to {_numbers(ever - always)}, on which the original listens in one run only"
        yield _check("ports", one, what, CheckState.NOT_MADE)
    missing, more = always - run.listening, run.listening - ever
    inside = (always & run.loopback) - one.loopback - other.loopback
    if missing:
        yield _check("ports", one, f"does not listen on {_numbers(missing)}", CheckState.FAILED, _last_words(run))
    elif inside:
        what = f"listens on {_numbers(inside)} for processes inside alone, the original for everybody"
        yield _check("ports", one, what, CheckState.FAILED)
    elif more:
        yield _check("ports", one, f"listens on {_numbers(more)}, the original does not", CheckState.FAILED)
    elif always:
        yield _check("ports", one, f"listens on {_numbers(always)}", CheckState.PASSED)


def _stops(one: Run, other: Run, run: Run) -> Iterator[Check]:
    """Compare how it ends when it is told to; an original that is slow to end has promised nothing.

    Under a tracer the program is not the first process, and was not told.
    """
    if run.exit_code is not None or one.stopped is None or other.stopped is None or run.trace is not None:
        return
    if run.stopped is None:
        yield _check("stop", one, "does not end at its stop signal, the original does", CheckState.FAILED)
    elif run.stopped in {one.stopped, other.stopped}:
        yield _check("stop", one, f"ends with exit code {run.stopped} at its stop signal", CheckState.PASSED)
    else:
        what = f"ends with exit code {run.stopped} at its stop signal, the original with {one.stopped}"
        yield _check("stop", one, what, CheckState.NOT_MADE)


def _numbers(ports: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(ports)))


def _health(one: Run, other: Run, run: Run) -> Iterator[Check]:
    if one.health == other.health == "healthy":
        what = "is healthy" if run.health == "healthy" else _unhealthy(run.health)
        detail = "" if run.health == "healthy" else run.health_output[:400].decode("utf-8", "replace").strip()
        yield _check("health", one, what, _state(passed=run.health == "healthy"), detail)
    elif one.health or other.health:
        yield _check(
            "health", one, "is not held to its health check, by which the original is not healthy", CheckState.NOT_MADE
        )


def _unhealthy(health: str) -> str:
    return f"is {health}, the original is healthy" if health else "has no health check, the original has"


def _users(one: Run, other: Run, run: Run, altered: tuple[str, ...]) -> Iterator[Check]:
    expected = one.users | other.users
    if not expected or not run.users:
        if one.exit_code is None:
            yield _check("users", one, "runs as users that are not known", CheckState.NOT_MADE)
        return
    knowingly = next((phrase for phrase in altered if phrase.startswith(RUNS_AS)), "")
    if run.users <= expected:
        yield _check("users", one, f"runs as {_numbers(run.users)}", CheckState.PASSED)
    elif knowingly:
        yield _check("users", one, f"knowingly {knowingly}", CheckState.PASSED)
    else:
        what = f"runs as {_numbers(run.users)}, the original as {_numbers(expected)}"
        yield _check("users", one, what, CheckState.FAILED)


def _written(one: Run, other: Run, run: Run, altered: tuple[str, ...]) -> Iterator[Check]:
    """Compare the files that both runs of the original wrote; caches and what lies at home of another user aside."""
    moved = any(phrase.startswith(RUNS_AS) for phrase in altered)
    expected = {path for path in one.written & other.written if _is_compared(path, moved=moved)}
    missing = sorted(expected - run.written)
    if missing:
        what = f"does not write every file that the original writes (lacks {len(missing)} of {len(expected)})"
        yield _check("written", one, what, CheckState.FAILED, b" ".join(missing[:5]).decode("utf-8", "replace"))
    elif expected:
        yield _check("written", one, f"writes every file that the original writes ({len(expected)})", CheckState.PASSED)


def _is_compared(path: bytes, *, moved: bool) -> bool:
    if path.startswith(_NOT_COMPARED) or b"__pycache__" in path or path.endswith(b".pyc"):
        return False
    return not (moved and path.startswith((b"root/", b"home/")))
