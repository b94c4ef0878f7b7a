"""Budgets as keys state them: a plain limit, a table with ``on-exceed``, or ``false`` to lift a more general one."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from bot.config.kinds import Kind, Mistake, array, did_you_mean, each_read, shown, stated_text
from bot.config.quantities import count_value, growth_value, size_value
from bot.config.values import ON_EXCEED
from bot.model.budget import Limit, Verdict

NO_SLACK: Final = Limit(amount=0, text="0 B")


class StatedBudget(NamedTuple):
    """What one key says of one budget; neither limit nor patterns: it is lifted."""

    limit: Limit | None = None
    patterns: tuple[str, ...] = ()
    on_exceed: Verdict | None = None
    since_days: int | None = None

    def joined(self, other: "StatedBudget") -> "StatedBudget":
        """Join the parts that two keys of one table state."""
        return StatedBudget(
            self.limit or other.limit,
            self.patterns or other.patterns,
            self.on_exceed or other.on_exceed,
            self.since_days or other.since_days,
        )


_Read = Callable[[object], StatedBudget]


def _form(plain: _Read, main: str, **others: _Read) -> _Read:
    """Accept the plain form, a table whose key ``main`` holds it, or ``false``."""
    readers: Mapping[str, _Read] = {main: plain, "on-exceed": _on_exceed, **others}

    def read(value: object) -> StatedBudget:
        if value is False:
            return StatedBudget()
        if not isinstance(value, dict):
            return plain(value)
        if main not in value:
            raise Mistake(f'has no "{main}"; write {{{main} = …, on-exceed = "warn"}}')
        return _joined(value, readers)

    return read


def _joined(value: Mapping[str, object], readers: Mapping[str, _Read]) -> StatedBudget:
    def read(item: tuple[str, object]) -> StatedBudget:
        name, part = item
        if name not in readers:
            raise Mistake(f"is an unknown key{did_you_mean(name, readers)}")
        return readers[name](part)

    whole = StatedBudget()
    for part in each_read({(name,): (name, item) for name, item in value.items()}, read).values():
        whole = whole.joined(part)
    return whole


def _on_exceed(value: object) -> StatedBudget:
    return StatedBudget(on_exceed=ON_EXCEED.read(value))


def _limit(read: Callable[[object], Limit]) -> _Read:
    return lambda value: StatedBudget(read(value))


def _patterns(read: Callable[[object], str]) -> _Read:
    return lambda value: StatedBudget(patterns=array(read)(value))


def _slack(value: object) -> StatedBudget:
    return StatedBudget(NO_SLACK) if value is True else StatedBudget(size_value(value))


_DAYS: Final = re.compile(r"([1-9][0-9]{0,3}) days?", re.ASCII)


def _since(value: object) -> StatedBudget:
    if value == "release":
        return StatedBudget()
    match = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Mistake(f'must be "release" or a number of days such as "30 days", not {shown(value)}')
    return StatedBudget(since_days=int(match[1]))


def _schema(main: str, plain: Mapping[str, object], **others: Mapping[str, object]) -> Mapping[str, object]:
    properties = {main: plain, "on-exceed": ON_EXCEED.schema, **others}
    table = {"type": "object", "properties": properties, "required": [main], "additionalProperties": False}
    return {"anyOf": [plain, table, {"const": False}]}


def denied_path(value: object) -> str:
    """Accept a glob of paths in an image."""
    text = stated_text(value)
    if not text.startswith(("/", "**/")):
        raise Mistake(f'{shown(text)} must begin with "/" (one place) or "**/" (anywhere): write {shown("**/" + text)}')
    return text


_DENIED_PACKAGE: Final = re.compile(r"(?:[a-z]{1,20}|\*):[^\s]+", re.ASCII)


def denied_package(value: object) -> str:
    """Accept ``ecosystem:glob``."""
    text = stated_text(value)
    if not _DENIED_PACKAGE.fullmatch(text):
        raise Mistake(f'{shown(text)} is not ECOSYSTEM:NAME, such as "deb:gcc*", "npm:typescript" or "*:curl"')
    return text


_SIZE: Final = {"$ref": "#/$defs/size"}
_GROWTH: Final = {"anyOf": [_SIZE, {"$ref": "#/$defs/percent"}]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_GLOBS: Final = {"type": "array", "items": {"type": "string"}}

SIZE_BUDGET: Final = Kind("size", _form(_limit(size_value), "limit"), _schema("limit", _SIZE))
GROWTH_BUDGET: Final = Kind("size or percentage", _form(_limit(growth_value), "limit"), _schema("limit", _GROWTH))
COUNT_BUDGET: Final = Kind("number", _form(_limit(count_value), "limit"), _schema("limit", _COUNT))
PATH_BUDGET: Final = Kind("array of globs", _form(_patterns(denied_path), "patterns"), _schema("patterns", _GLOBS))
PACKAGE_BUDGET: Final = Kind(
    "array of globs", _form(_patterns(denied_package), "patterns"), _schema("patterns", _GLOBS)
)
RATCHET_BUDGET: Final = Kind(
    "true, or a table with slack",
    _form(_slack, "slack"),
    _schema("slack", {"anyOf": [{"const": True}, _SIZE]}),
)
CREEP_BUDGET: Final = Kind(
    "size or percentage",
    _form(_limit(growth_value), "limit", since=_since),
    _schema("limit", _GROWTH, since={"type": "string", "pattern": "^(release|[1-9][0-9]{0,3} days?)$"}),
)
