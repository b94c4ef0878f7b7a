"""YAML and JSON of a repository → values that know their line, within bounds that a hostile file cannot stretch.

Built from libyaml's events: nothing is constructed, no tag is obeyed, an alias is a second look at the same value and
is counted, and nesting ends early.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from bot.discovery.unknowns import cleaned
from bot.errors import CaughtError

LARGEST_CHARACTERS: Final = 500_000
DEEPEST: Final = 60
MOST_VALUES: Final = 100_000
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NOTHING = frozenset({"", "null", "Null", "NULL", "~"})


class UnreadableError(CaughtError):
    """A document that is no YAML, or too much of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A scalar (``text``), a sequence (``items``) or a mapping (``fields``), and the line where it begins."""

    line: int
    text: str | None = None
    plain: bool = True
    items: "tuple[Value, ...] | None" = None
    fields: "dict[str, Value] | None" = field(default=None)
    tag: str = ""

    def get(self, *path: str) -> "Value":
        """Follow keys of mappings; what is not there is an empty value."""
        here = self
        for key in path:
            here = (here.fields or {}).get(key, NOTHING)
        return here

    def string(self) -> str:
        """A scalar's text; empty for nothing and for what is no scalar."""
        return "" if self.text is None or (self.plain and self.text in _NOTHING) else self.text

    def entries(self) -> "Iterator[tuple[str, Value]]":
        """Go through a mapping; anything else has no entries."""
        yield from (self.fields or {}).items()

    def elements(self) -> "tuple[Value, ...]":
        """Go through a sequence; anything else has no elements."""
        return self.items or ()

    def strings(self) -> tuple[str, ...]:
        """Read a sequence of scalars, or one scalar as a sequence of one."""
        if self.items is not None:
            return tuple(one.string() for one in self.items if one.string())
        return (self.string(),) if self.string() else ()

    def __bool__(self) -> bool:
        return bool(self.string()) or self.items is not None or self.fields is not None


NOTHING: Final = Value(0)


def read_yaml(text: str | None) -> Value:
    """Read the first document; JSON is read too, being YAML. Raises ``UnreadableError``."""
    return next(read_all(text), NOTHING)


def read_all(text: str | None) -> Iterator[Value]:
    """Read every document of a file, one after the other. Raises ``UnreadableError``."""
    if text is None or len(text) > LARGEST_CHARACTERS:
        raise UnreadableError("It is not there, is no text, or is too long.")
    try:
        yield from _Builder(cleaned(text)).documents()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UnreadableError(str(error).partition("\n")[0]) from None


@dataclass(frozen=True, slots=True)
class _Open:
    """A collection whose end was not seen yet."""

    line: int
    anchor: str | None
    mapping: bool
    tag: str
    values: list[Value]


class _Builder:
    """Turns events into values; the stack is ours, so depth costs nothing but the look at its length."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=_Loader)
        self._anchors: dict[str, Value] = {}
        self._count = 0

    def documents(self) -> Iterator[Value]:
        stack: list[_Open] = []
        for event in self._events:
            finished = self._take(event, stack)
            if finished is None:
                continue
            if not stack:
                yield finished
                self._anchors.clear()
            else:
                stack[-1].values.append(finished)

    def _take(self, event: Any, stack: list[_Open]) -> Value | None:
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) >= DEEPEST:
                raise UnreadableError(f"It nests deeper than {DEEPEST} levels.")
            mapping = isinstance(event, yaml.MappingStartEvent)
            stack.append(_Open(event.start_mark.line + 1, event.anchor, mapping, event.tag or "", []))
            return None
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            value = _closed(stack[-1])
            self._count += len(value.fields or ())
            return self._counted(value, stack.pop().anchor)
        if isinstance(event, yaml.ScalarEvent):
            value = Value(_first_line(event), event.value, plain=event.style in {None, ""}, tag=event.tag or "")
            return self._counted(value, event.anchor)
        if isinstance(event, yaml.AliasEvent):
            return self._counted(self._anchors.get(event.anchor, NOTHING), None)
        return None

    def _counted(self, value: Value, anchor: str | None) -> Value:
        self._count += 1
        if self._count > MOST_VALUES:
            raise UnreadableError(f"It has more than {MOST_VALUES} values.")
        if anchor:
            self._anchors[anchor] = value
        return value


def _first_line(event: Any) -> int:
    line: int = event.start_mark.line + 1
    return line + 1 if event.style in {"|", ">"} else line


def _closed(collection: _Open) -> Value:
    if not collection.mapping:
        return Value(collection.line, items=tuple(collection.values), tag=collection.tag)
    fields: dict[str, Value] = {}
    merged: list[Value] = []
    for key, value in zip(collection.values[0::2], collection.values[1::2], strict=False):
        if key.text == "<<" and key.plain:
            merged.extend(value.elements() or (value,))
        elif key.text is not None:
            fields[key.text] = value
    for parent in merged:
        fields = {**dict(parent.entries()), **fields}
    return Value(collection.line, fields=fields, tag=collection.tag)
