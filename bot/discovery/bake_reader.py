"""Bake files where buildx is not there to read them: what they define, as ``bake --print`` would say it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from bot.discovery.bake_files import BakeQuestion, ReadText, by_label, read_blocks, read_json
from bot.discovery.hcl_syntax import Block, Expression
from bot.discovery.hcl_tokens import HclError
from bot.discovery.hcl_values import Evaluator, Scope, UndecidedError, as_string
from bot.discovery.unknowns import unknown

_READ: Final = (
    "context",
    "dockerfile",
    "target",
    "args",
    "tags",
    "platforms",
    "contexts",
    "output",
    "dockerfile-inline",
)
_MOST_TARGETS: Final = 300
_DEEPEST: Final = 20


def read_definition(read: ReadText, question: BakeQuestion) -> Mapping[str, object] | None:
    """Read what bake would print; ``None`` where a file says more than can be read here."""
    try:
        blocks = read_blocks(read, question.files) + [one for text in question.extra for one in read_json(text)]
        return _Definition(blocks, dict(question.variables)).printed(question.targets or ("default",))
    except (HclError, UndecidedError, RecursionError):
        return None


class _Definition:
    def __init__(self, blocks: Sequence[Block], given: Mapping[str, str]) -> None:
        self._given = given
        self._defaults = by_label(blocks, "variable")
        self._groups = by_label(blocks, "group")
        self._targets = by_label(blocks, "target")
        self._evaluator = Evaluator(self._variable, by_label(blocks, "function"))

    def printed(self, asked: Sequence[str]) -> Mapping[str, object]:
        """Groups resolved and targets merged, in the shape of ``--print``."""
        found: dict[str, Mapping[str, object]] = {}
        for name in dict.fromkeys(one for target in asked for one in self._members(target, 0)):
            self._add(name, found)
        wanted = list(found)
        for name in _linked(found):
            self._add(self._owner(name) if name not in self._targets else name, found)
        return {"group": {name: {"targets": wanted} for name in ("default", *asked)}, "target": found}

    def _add(self, name: str, found: dict[str, Mapping[str, object]]) -> None:
        for full_name, attributes in self._expanded(name):
            found.setdefault(full_name, attributes)
            if len(found) > _MOST_TARGETS:
                raise HclError("It makes more targets than are read.")

    def _members(self, name: str, depth: int) -> Iterator[str]:
        group = self._groups.get(name)
        if group is None or depth > _DEEPEST:
            if name not in self._targets:
                name = self._owner(name)
            yield name
            return
        members = self._evaluator.value(group.attributes.get("targets", ("list", [])), {})
        for one in members:
            yield from self._members(as_string(one), depth + 1)

    def _owner(self, name: str) -> str:
        """Find the target whose matrix makes a target of this name."""
        for own, block in self._targets.items():
            if "matrix" in block.attributes and any(full == name for full, _ in self._expanded(own)):
                return own
        raise HclError(f"There is no target {name}.")

    def _expanded(self, name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
        block = self._targets[name]
        for scope in self._rows(block):
            label = block.attributes.get("name")
            full = as_string(self._evaluator.value(label, scope)) if label is not None and scope else name
            merged = self._merged(name, scope, 0)
            yield full, {key: self._plain(f"{full}.{key}", node, here) for key, (node, here) in merged.items()}

    def _rows(self, block: Block) -> Iterator[Scope]:
        matrix = block.attributes.get("matrix")
        axes = self._evaluator.value(matrix, {}) if matrix is not None else {}
        for row in product(*axes.values()):
            yield dict(zip(axes, row, strict=True))

    def _merged(self, name: str, scope: Scope, depth: int) -> dict[str, tuple[Expression, Scope]]:
        """A target's attributes over those that it inherits; maps are merged key by key when they are read."""
        if depth > _DEEPEST or name not in self._targets:
            raise HclError(f"There is no target {name} to inherit from.")
        own = self._targets[name].attributes
        found: dict[str, tuple[Expression, Scope]] = {}
        for parent in self._evaluator.value(own.get("inherits", ("list", [])), scope):
            found = _over(found, self._merged(as_string(parent), {}, depth + 1))
        return _over(found, {key: (own[key], scope) for key in _READ if key in own})

    def _plain(self, name: str, node: Expression, scope: Scope) -> object:
        if node[0] == "merged":
            lower, upper = (self._plain(name, *part) for part in node[1:])
            both = isinstance(lower, dict) and isinstance(upper, dict)
            return {**lower, **upper} if both else upper  # type: ignore[dict-item]
        if node[0] == "object":
            return {
                as_string(self._evaluator.value(key, scope)): self._scalar(name, one, scope) for key, one in node[1]
            }
        if node[0] == "list":
            return [self._scalar(name, one, scope) for one in node[1]]
        try:
            return _strings(self._evaluator.value(node, scope))
        except UndecidedError:
            return unknown(f"bake {name}")

    def _scalar(self, name: str, node: Expression, scope: Scope) -> object:
        try:
            value = self._evaluator.value(node, scope)
            return None if value is None else as_string(value)
        except UndecidedError:
            return unknown(f"bake {name}")

    def _variable(self, name: str) -> Any:
        block = self._defaults.get(name)
        if block is None:
            raise UndecidedError
        default = self._evaluator.value(block.attributes.get("default", ("literal", None)), {})
        if name not in self._given:
            return default
        given = self._given[name]
        if isinstance(default, bool):
            return given == "true"
        return int(given) if isinstance(default, int) and given.isdigit() else given


def _linked(found: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """The targets that contexts name and that are not there yet, those that these name in turn included."""
    seen = set(found)
    while True:
        contexts = [one.get("contexts") for one in found.values()]
        values = [str(value) for one in contexts if isinstance(one, Mapping) for value in one.values()]
        missing = [name for value in values if (name := value.removeprefix("target:")) != value and name not in seen]
        if not missing:
            return
        seen.add(missing[0])
        yield missing[0]


def _over(
    lower: Mapping[str, tuple[Expression, Scope]], upper: Mapping[str, tuple[Expression, Scope]]
) -> dict[str, tuple[Expression, Scope]]:
    merged = {
        key: (("merged", lower[key], upper[key]), upper[key][1])
        for key in ("args", "contexts")
        if key in lower and key in upper
    }
    return {**lower, **upper, **merged}


def _strings(value: Any) -> object:
    if isinstance(value, list):
        return [as_string(one) for one in value]
    if isinstance(value, dict):
        return {key: None if one is None else as_string(one) for key, one in value.items()}
    return as_string(value)
