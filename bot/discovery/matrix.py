"""``strategy.matrix`` → rows, with include and exclude as GitHub applies them."""

from collections.abc import Mapping, Sequence
from itertools import islice, product
from typing import Final

from bot.discovery.expression_values import Contexts, Known, Result, UnknownValue, as_text
from bot.discovery.expressions import value_of
from bot.discovery.unknowns import is_known, unknown
from bot.discovery.yaml_documents import Value

MOST_ROWS: Final = 256
_MOST_VALUES: Final = 2_000
_BOOLEANS: Final = {"true": True, "false": False}
Row = Mapping[str, Known]


def rows(strategy: Value, contexts: Contexts) -> tuple[Row, ...]:
    """The rows of a job's matrix; one empty row without a matrix.

    An axis that only a run knows has one value, which is unknown; so has everything where the whole matrix is.
    """
    matrix = strategy.get("matrix")
    if not matrix:
        return ({},)
    whole = _plain(matrix, contexts, _Budget())
    if not isinstance(whole, Mapping):
        return ({"*": unknown(matrix.string().strip().removeprefix("${{").removesuffix("}}"))},)
    axes = {key: _values(key, value) for key, value in whole.items() if key not in {"include", "exclude"}}
    excluded = _mappings(whole.get("exclude"))
    crossed = [dict(zip(axes, row, strict=True)) for row in islice(product(*axes.values()), MOST_ROWS)] if axes else []
    kept = [row for row in crossed if not any(_covers(one, row) for one in excluded)]
    return tuple(_included(kept, _mappings(whole.get("include")), frozenset(axes)))[:MOST_ROWS]


class _Budget:
    """What turning values into plain ones may still cost: aliases can repeat a value very often."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def spend(self) -> bool:
        self._left -= 1
        return self._left >= 0


def plain(value: Value, contexts: Contexts) -> Known:
    """Turn a value into what expressions work on, its own expressions evaluated."""
    return _plain(value, contexts, _Budget())


def _plain(value: Value, contexts: Contexts, budget: _Budget) -> Known:
    if not budget.spend():
        return None
    if value.fields is not None:
        return {key: _plain(one, contexts, budget) for key, one in value.entries()}
    if value.items is not None:
        return [_plain(one, contexts, budget) for one in value.elements()]
    return _scalar(value, contexts)


def _scalar(value: Value, contexts: Contexts) -> Known:
    if value.plain and value.text in _BOOLEANS:
        return _BOOLEANS[value.text]
    return _known(value_of(value.text or "", contexts)) if value else None


def _known(result: Result) -> Known:
    return unknown(result.expression) if isinstance(result, UnknownValue) else result


def _values(key: str, value: Known) -> Sequence[Known]:
    if isinstance(value, list | tuple) and value:
        return value
    if isinstance(value, str) and not is_known(value):
        return [value]
    return [unknown(f"matrix.{key}")]


def _mappings(value: Known) -> list[Row]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def _covers(part: Row, row: Row) -> bool:
    """Tell whether each key of an exclusion has the row's value; a nested mapping may name a part of it."""
    return all(_agrees(value, row.get(key)) for key, value in part.items())


def _agrees(wanted: Known, found: Known) -> bool:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return _covers(wanted, found)
    return _same(wanted, found)


def _same(one: Known, other: Known) -> bool:
    if isinstance(one, Mapping | list) or isinstance(other, Mapping | list):
        return one == other
    return as_text(one) == as_text(other)


def _included(kept: list[dict[str, Known]], extras: Sequence[Row], axes: frozenset[str]) -> list[Row]:
    """Add each include to the rows whose original values it does not change, else as a row of its own."""
    originals = [dict(row) for row in kept]
    alone: list[Row] = []
    for extra in extras[:MOST_ROWS]:
        shared = {key: value for key, value in extra.items() if key in axes}
        fitting = [index for index, row in enumerate(originals) if _covers(shared, row)]
        for index in fitting:
            kept[index].update(extra)
        if not fitting:
            alone.append(extra)
    return [*kept, *alone] or [{}]
