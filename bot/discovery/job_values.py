"""Values of a job: rows of its matrix, inputs of steps, actions and reusable workflows, and what bake is asked."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final

from bot.discovery.actions import metadata_outputs
from bot.discovery.bake_targets import BakeCommand
from bot.discovery.command_line import pairs_of
from bot.discovery.expression_values import Contexts, Known, Result, UnknownValue, as_text
from bot.discovery.expressions import fill, value_of
from bot.discovery.nouns import Pairs, Push
from bot.discovery.tree import joined
from bot.discovery.unknowns import is_known, shown, unknown
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


def bake_command(inputs: Mapping[str, str], contexts: Contexts) -> BakeCommand:
    """Read the inputs of docker/bake-action, and of Docker's reusable bake workflow."""
    source = inputs.get("source", "")
    local = source if source and not source.startswith(("{{", "http")) and is_known(source) else "."
    folder = joined(".", inputs.get("workdir") or inputs.get("context") or local)
    environment = contexts.get("env")
    variables = dict(environment) if isinstance(environment, Mapping) else {}
    variables.update(pairs_of(inputs.get("vars", "")))
    computed = [shown(line) for line in inputs.get("set", "").splitlines() if not is_known(line)]
    pushes = inputs.get("push", "false").strip() != "false" or any("push=true" in line for line in computed)
    files = _split(inputs.get("files", ""))
    if inputs.get("meta-images"):
        own = {"images": inputs["meta-images"], "tags": inputs.get("meta-tags", "")}
        files += (metadata_outputs({**own, "bake-target": inputs.get("meta-bake-target", "")})["bake-file"],)
    return BakeCommand(
        folder=folder or ".",
        files=files,
        targets=_split(inputs.get("targets", "") or inputs.get("target", "")),
        overrides=tuple(line.strip() for line in inputs.get("set", "").splitlines() if line.strip()),
        variables={key: value for key, value in variables.items() if isinstance(value, str)},
        push=Push.PUSHED if pushes else Push.ONLY_BUILT,
        exports=inputs.get("output", "") == "local",
    )


def filled(mapping: Value, contexts: Contexts) -> dict[str, str]:
    """Evaluate the values of ``with:`` or ``env:``."""
    return {key: fill(one.string(), contexts) for key, one in mapping.entries()}


def inputs_of(declared: Value, given: Mapping[str, str], contexts: Contexts) -> dict[str, Result]:
    """Inputs their values: what the caller gives, else the default, else nothing, which is unknown if required."""
    found: dict[str, Result] = {}
    for name, one in declared.entries():
        if name in given:
            found[name] = _typed(given[name], one.get("type").string())
        elif one.get("default"):
            found[name] = plain(one.get("default"), contexts)
        else:
            required = one.get("required").string() == "true"
            found[name] = (
                unknown(f"inputs.{name}") if required else "" if one.get("type").string() != "boolean" else False
            )
    return found


def row_label(row: Row) -> Pairs:
    """The plain values of a matrix row, nested ones by their dotted names."""
    return tuple(_flat("", row))[:40]


def _flat(prefix: str, row: Row) -> Iterator[tuple[str, str]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{key}.", value)
        elif isinstance(value, str | int | float):
            yield f"{prefix}{key}", str(value)


def _typed(text: str, kind: str) -> Result:
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(",", "\n").split("\n") if part.strip())


def github_variables(contexts: Contexts) -> dict[str, str]:
    """The runner's variables that say which repository this is."""
    github = contexts.get("github")
    known = github if isinstance(github, Mapping) else {}
    names = ("repository", "repository_owner")
    return {f"GITHUB_{name.upper()}": str(known[name]) for name in names if isinstance(known.get(name), str)}
