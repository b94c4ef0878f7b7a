"""What two runs of the original wrote to standard output and error, against what a candidate wrote."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.model.verify import Check, CheckState, Run
from bot.verify.normalise import normalised_together, shape

_SHOWN = 3
_SHOWN_CHARACTERS = 200


def compared_output(one: Run, other: Run, run: Run) -> Check:
    """Compare standard output."""
    return _compared("output", _Runs(one, other, run), (one.output, other.output, run.output))


def compared_errors(one: Run, other: Run, run: Run) -> Check:
    """Compare standard error."""
    return _compared("errors", _Runs(one, other, run), (one.errors, other.errors, run.errors))


class _Runs(NamedTuple):
    """Two runs of the original and one of the candidate, of one command."""

    one: Run
    other: Run
    run: Run

    @property
    def end(self) -> bool:
        """Whether all of them came to their end by themselves: what they wrote is then whole, and in order."""
        return all(run.exit_code is not None and not run.cut for run in self)


def _compared(name: str, runs: _Runs, outputs: tuple[bytes, bytes, bytes]) -> Check:
    one, other, mine = normalised_together(*outputs)
    what = {"output": "standard output", "errors": "standard error"}[name]
    if runs.end and one == other:
        return _result(name, what, runs.one, *_in_order(one, mine))
    missing, more = _regardless_of_order(one, other, mine)
    if (missing or more) and any(run.cut for run in runs):
        return Check(name, CheckState.NOT_MADE, f"writes more to {what} than is kept")
    stable = set(one) & set(other)
    unstable = len((set(one) | set(other)) - stable)
    if not missing and more and unstable >= len(more):
        detail = _quoted(more)
        return Check(
            name, CheckState.NOT_MADE, f"writes lines to {what} that differ, as between runs of the original", detail
        )
    return _result(name, what, runs.one, missing, more)


def _in_order(one: Sequence[str], mine: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what is missing and what is new; lines that only changed places count as missing."""
    if one == mine:
        return (), ()
    missing, more = list((Counter(one) - Counter(mine)).elements()), list((Counter(mine) - Counter(one)).elements())
    if not missing and not more:
        missing = [line for line, own in zip(one, mine, strict=True) if line != own]
    return missing, more


def _regardless_of_order(
    one: Sequence[str], other: Sequence[str], mine: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the lines of both originals that are missing, and new ones that look like no varying line of theirs."""
    first, second, own = set(one), set(other), set(mine)
    varying = {shape(line) for line in first ^ second}
    missing = [line for line in dict.fromkeys(one) if line in second and line not in own]
    more = [line for line in dict.fromkeys(mine) if line not in first | second and shape(line) not in varying]
    return missing, more


def _result(name: str, what: str, run: Run, missing: Sequence[str], more: Sequence[str]) -> Check:
    command = " ".join(run.command)
    if not missing and not more:
        return Check(name, CheckState.PASSED, f"writes the same to {what}", command)
    told = "; ".join(
        part
        for part in (f"lacks {_quoted(missing)}" if missing else "", f"has {_quoted(more)}" if more else "")
        if part
    )
    return Check(name, CheckState.FAILED, f"writes otherwise to {what}", f"{command}: {told}" if command else told)


def _quoted(lines: Iterable[str]) -> str:
    return " | ".join(line[:_SHOWN_CHARACTERS] for line in list(lines)[:_SHOWN])
