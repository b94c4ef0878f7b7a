"""The table of keys → a JSON Schema for editors, and the tables of the documentation."""

from collections.abc import Mapping
from typing import Final

from bot.config import keys
from bot.config.keys import Section
from bot.config.stated import SIZE_BUDGET

_SIZE: Final = r"^[0-9]{1,15}(\.[0-9]{1,9})?[ \u00a0]?([kKmMgGtTpP]?[bB]|[kKmMgGtTpP][iI][bB])$"
_PERCENT: Final = r"^[0-9]{1,6}(\.[0-9]{1,4})?[ \u00a0]?%$"


def json_schema() -> Mapping[str, object]:
    """Give the schema (draft 2020-12) of deadweight.toml, and of ``tool.deadweight`` in a pyproject.toml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "deadweight.toml",
        "description": "Which images are measured, and the budgets they are held against.",
        **_table(
            keys.TOP,
            {
                "budget": _definition("budget"),
                "image": _array(_table(keys.IMAGE, {"budget": _definition("budget")}, required=("name",))),
                "waiver": _array(_table(keys.WAIVER, required=tuple(key.name for key in keys.WAIVER.keys))),
                "comment": _table(keys.COMMENT),
                "discover": _table(keys.DISCOVER),
                "ignore": _array(_table(keys.IGNORE, required=("rule", "reason"))),
            },
        ),
        "$defs": _definitions(),
    }


def _definitions() -> Mapping[str, object]:
    platforms = {"type": "object", "additionalProperties": _definition("platform-budget")}
    paths = {"type": "object", "propertyNames": {"pattern": "^/"}, "additionalProperties": SIZE_BUDGET.schema}
    return {
        "size": {"type": "string", "pattern": _SIZE},
        "percent": {"type": "string", "pattern": _PERCENT},
        "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        "budget": _table(keys.BUDGET, {"paths": paths, "platform": platforms}),
        "platform-budget": _table(keys.PLATFORM_BUDGET, {"paths": paths}),
    }


def _table(
    section: Section, tables: Mapping[str, object] | None = None, required: tuple[str, ...] = ()
) -> dict[str, object]:
    own = {key.name: {"description": key.description, **key.kind.schema} for key in section.keys}
    schema: dict[str, object] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {**own, **(tables or {})},
    }
    return {**schema, "required": list(required)} if required else schema


def _array(items: Mapping[str, object]) -> Mapping[str, object]:
    return {"type": "array", "items": items}


def _definition(name: str) -> Mapping[str, object]:
    return {"$ref": f"#/$defs/{name}"}


def keys_markdown() -> str:
    """Write a table of keys for each table of the file."""
    return "\n".join(_section_markdown(section) for section in keys.SECTIONS)


def _section_markdown(section: Section) -> str:
    title = f"### `{section.header}`" if section.header else "### Top of the file"
    rows = [f"| `{key.name}` | {key.kind.word} | {key.description} |" for key in section.keys]
    more = [f"| `{name}` | table | {_TABLES[name]} |" for name in section.tables if name in _TABLES]
    return "\n".join((title, "", "| key | value | meaning |", "|:--|:--|:--|", *rows, *more)) + "\n"


_TABLES: Final[Mapping[str, str]] = {
    keys.BUDGET_PATHS: 'Largest size below a path: `paths."/usr/share" = "20 MB"`.',
    keys.BUDGET_PLATFORM: 'Budgets of one platform: `platform."linux/arm64".max-size = "60 MB"`.',
}
