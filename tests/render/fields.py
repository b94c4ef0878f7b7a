"""Every text of a report, one by one: found by walking its nouns, so that a field that is added is covered at once."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum

ImageSource = tuple[type, str]


def text_places(value: object) -> set[ImageSource]:
    """List the (class, field) of every text that is reachable from a value."""
    found: set[ImageSource] = set()
    for owner, name, part in _parts(value):
        if isinstance(part, str) and not isinstance(part, Enum):
            found.add((owner, name))
        found |= text_places(part)
    return found


def with_text(value: object, place: ImageSource, put: Callable[[str], str]) -> object:
    """Return a copy of a value in which every text at ``place`` is replaced."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(with_text(part, place, put) for part in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {}
    for field in fields(value):
        part = getattr(value, field.name)
        plain = isinstance(part, str) and not isinstance(part, Enum)
        if plain and (type(value), field.name) == place:
            changed[field.name] = put(part)
        elif isinstance(part, tuple) and (type(value), field.name) == place:
            changed[field.name] = tuple(_put_inside(item, put) for item in part)
        elif not plain:
            changed[field.name] = with_text(part, place, put)
    return replace(value, **changed)


def _put_inside(item: object, put: Callable[[str], str]) -> object:
    if isinstance(item, str):
        return put(item)
    if not isinstance(item, tuple):
        return item
    parts = (put(one) if isinstance(one, str) and not isinstance(one, Enum) else one for one in item)
    return type(item)(*parts) if hasattr(item, "_fields") else tuple(parts)


def _parts(value: object) -> Iterator[tuple[type, str, object]]:
    if not is_dataclass(value) or isinstance(value, type):
        return
    for field in fields(value):
        part = getattr(value, field.name)
        if isinstance(part, tuple):
            for item in part:
                if isinstance(item, tuple):
                    yield from ((type(value), field.name, one) for one in item)
                else:
                    yield type(value), field.name, item
        else:
            yield type(value), field.name, part
