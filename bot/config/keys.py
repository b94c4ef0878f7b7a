"""Every key of deadweight.toml: the one table that the checker, the JSON Schema and the documentation are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from bot.config import values
from bot.config.budget_values import (
    COUNT_BUDGET,
    CREEP_BUDGET,
    GROWTH_BUDGET,
    PACKAGE_BUDGET,
    PATH_BUDGET,
    RATCHET_BUDGET,
    SIZE_BUDGET,
    StatedBudget,
)
from bot.config.kinds import Kind, choice, words_of
from bot.config.quantities import SIZE, SIZE_OR_PERCENT
from bot.model.budget import BudgetKind
from bot.model.config import CommentMode

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Key(Generic[T_co]):
    """A key, what its value may be, and what it means, in one sentence."""

    name: str
    kind: Kind[T_co]
    description: str


MAX_SIZE: Final = Key(BudgetKind.MAX_SIZE, SIZE_BUDGET, "Largest unpacked size.")

BUDGETS: Final[tuple[Key[StatedBudget], ...]] = (
    MAX_SIZE,
    Key(BudgetKind.MAX_GROWTH, GROWTH_BUDGET, "Most that your own change may add, unpacked."),
    Key(BudgetKind.DOWNLOAD_MAX_SIZE, SIZE_BUDGET, "Largest download size."),
    Key(BudgetKind.DOWNLOAD_MAX_GROWTH, GROWTH_BUDGET, "Most that your own change may add to the download."),
    Key(BudgetKind.MAX_LAYERS, COUNT_BUDGET, "Most layers."),
    Key(BudgetKind.MAX_NEW_LAYERS, COUNT_BUDGET, "Most layers more than the base has."),
    Key(BudgetKind.MAX_DEAD, SIZE_BUDGET, "Most bytes that are shipped but shadowed or deleted by a later layer."),
    Key(BudgetKind.BASE_IMAGE_MAX_GROWTH, GROWTH_BUDGET, "Most that a moved base image may add."),
    Key(BudgetKind.DRIFT_MAX_GROWTH, GROWTH_BUDGET, "Most that rebuilding unchanged instructions may add."),
    Key(BudgetKind.DENY_PATHS, PATH_BUDGET, "Paths that the image must not contain."),
    Key(BudgetKind.DENY_PACKAGES, PACKAGE_BUDGET, "Packages that the image must not contain, as ECOSYSTEM:NAME."),
    Key(BudgetKind.RATCHET, RATCHET_BUDGET, "The size may not exceed the smallest one on record plus slack."),
    Key(BudgetKind.CREEP, CREEP_BUDGET, "Most growth since the last release, or since some days ago."),
)
ON_EXCEED: Final = Key("on-exceed", values.ON_EXCEED, "What an exceeded budget does, where it does not say itself.")
ALREADY_OVER: Final = Key(
    "already-over", values.ALREADY_OVER, "What an absolute budget does that is exceeded, but not through this change."
)
BUDGET_PATHS: Final = "paths"
BUDGET_PLATFORM: Final = "platform"

IMAGE_NAME: Final = Key("name", values.IMAGE_NAME, "Name of the image, or a glob: then only budgets may follow.")
DOCKERFILE: Final = Key("dockerfile", values.REPOSITORY_PATH, "Its Dockerfile; by default the one in the context.")
CONTEXT: Final = Key("context", values.REPOSITORY_PATH, "Its build context; by default the root of the repository.")
TARGET: Final = Key("target", values.STATED_TEXT, "The stage to build; by default the last one.")
PLATFORMS: Final = Key("platforms", values.PLATFORMS, "The platforms to measure; by default the builder's own.")
BUILD_ARGS: Final = Key("build-args", values.ARGUMENTS, "Build arguments.")
BUILD_CONTEXTS: Final = Key("build-contexts", values.CONTEXTS, "Additional named build contexts.")
SECRETS: Final = Key("secrets", values.SECRETS, "Where build secrets lie: id=NAME,env=VARIABLE or id=NAME,src=FILE.")
NETWORK: Final = Key("network", values.NETWORK, "Network of RUN instructions.")
IMAGE_VERIFY: Final = Key("verify", values.VERIFY, "How far proposals are tried; never further than the base lets.")
SMOKE: Final = Key("smoke", values.COMMANDS, "Commands that a proposal must answer alike, besides its own.")
WEB_PAGES: Final = Key("pages", values.WEB_PAGES, 'Pages that a proposal must answer alike, such as `"8080/health"`.')

WAIVER_IMAGE: Final = Key("image", values.IMAGE_NAME, "Name or glob of the images it is for.")
WAIVER_ALLOWS: Final = Key("allows", values.BUDGET_NAME, "The budget that may be exceeded.")
WAIVER_REASON: Final = Key("reason", values.STATED_TEXT, "Why; shown in every report.")
WAIVER_UNTIL: Final = Key("until", values.DAY, "The last day on which it holds.")

COMMENT_MODE: Final = Key(
    "mode",
    Kind(
        "always, changes, failure or never",
        choice(words_of(CommentMode)),
        {"enum": [str(mode) for mode in CommentMode]},
    ),
    "When a pull request gets a comment.",
)
COMMENT_TITLE: Final = Key("title", values.STATED_TEXT, "Line above the comment.")
COMMENT_FOOTER: Final = Key("footer", values.STATED_TEXT, "Line below the comment.")
COMMENT_NOISE_FLOOR: Final = Key(
    "noise-floor", SIZE, "Changes up to this make no comment (default: the larger of 10 kB and 0.1 %)."
)
COMMENT_KEY: Final = Key("key", values.STATED_TEXT, "Tells the comments of several workflows apart.")
COMMENT_BOTS: Final = Key("bots", values.TEXTS, "Authors who get a comment only where own bytes or a budget moved.")

DISCOVER_DOCKERFILES: Final = Key(
    "dockerfiles", values.PATHS, "Globs of Dockerfiles to find besides those that CI ships."
)
DISCOVER_EXCLUDE: Final = Key("exclude", values.PATHS, "Globs of Dockerfiles to leave out, shipped or not.")

DISCOVER_VARIANTS: Final = Key(
    "variants",
    values.VARIANTS,
    "Which variants of one Dockerfile and target are measured: one of each, all, or those of these names or globs.",
)
BAKE_FILES: Final = Key("files", values.FILES, "Bake files; by default those at the root.")
BAKE_TARGETS: Final = Key("targets", values.TEXTS, "Targets and groups; by default bake's own default.")
COMPOSE_FILES: Final = Key("files", values.FILES, "Compose files of one project, later ones over earlier ones.")
COMPOSE_SERVICES: Final = Key("services", values.TEXTS, "Services; by default all that are built.")

IGNORE_RULE: Final = Key("rule", values.STATED_TEXT, "The advice rule.")
IGNORE_IMAGE: Final = Key("image", values.IMAGE_NAME, "Name or glob of the images; by default all.")
IGNORE_REASON: Final = Key("reason", values.STATED_TEXT, "Why it is not to be reported.")

VERIFY: Final = Key(
    "verify", values.VERIFY, "How far proposals are tried before they are made; by default they are built and `run`."
)
VERIFY_MINUTES: Final = Key("verify-minutes", values.MINUTES, "The longest that trying may take; by default 5.")
VERIFY_MIN: Final = Key("verify-min", SIZE_OR_PERCENT, "Tried is what promises more than this; by default `5 %`.")
OVERRIDE_LABEL: Final = Key("override-label", values.TEXT, "Label that accepts an exceeded budget; empty: none does.")

OVERRIDE_LABEL_STICKY: Final = Key(
    "override-label-sticky",
    values.FLAG,
    "The label accepts later pushes too, whatever they add; by default it is bound to the commit it was set for.",
)


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table of the file: its keys, its sub-tables by name, and the header under which a reader finds it."""

    header: str
    keys: tuple[Key[object], ...]
    tables: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that may stand in it."""
        return (*(key.name for key in self.keys), *self.tables)


FREE: Final = TableSchema("", ())
"""A table whose keys are names of the user's choice."""

TOP: Final = TableSchema(
    "",
    (OVERRIDE_LABEL, OVERRIDE_LABEL_STICKY, VERIFY, VERIFY_MINUTES, VERIFY_MIN),
    ("budget", "image", "waiver", "comment", "discover", "ignore"),
)
PLATFORM_BUDGET: Final = TableSchema("[budget.platform.NAME]", (*BUDGETS, ON_EXCEED, ALREADY_OVER), (BUDGET_PATHS,))
BUDGET: Final = TableSchema("[budget]", PLATFORM_BUDGET.keys, (BUDGET_PATHS, BUDGET_PLATFORM))
BUILD_KEYS: Final[tuple[Key[object], ...]] = (
    DOCKERFILE,
    CONTEXT,
    TARGET,
    PLATFORMS,
    BUILD_ARGS,
    BUILD_CONTEXTS,
    SECRETS,
    NETWORK,
)
IMAGE: Final = TableSchema("[[image]]", (IMAGE_NAME, *BUILD_KEYS, IMAGE_VERIFY, SMOKE, WEB_PAGES), ("budget",))
WAIVER: Final = TableSchema("[[waiver]]", (WAIVER_IMAGE, WAIVER_ALLOWS, WAIVER_REASON, WAIVER_UNTIL))
COMMENT: Final = TableSchema(
    "[comment]",
    (COMMENT_MODE, COMMENT_TITLE, COMMENT_FOOTER, COMMENT_NOISE_FLOOR, COMMENT_KEY, COMMENT_BOTS),
)
BAKE: Final = TableSchema("[discover.bake]", (BAKE_FILES, BAKE_TARGETS))
COMPOSE: Final = TableSchema("[discover.compose]", (COMPOSE_FILES, COMPOSE_SERVICES))
DISCOVER: Final = TableSchema(
    "[discover]", (DISCOVER_DOCKERFILES, DISCOVER_EXCLUDE, DISCOVER_VARIANTS), ("bake", "compose")
)
IGNORE: Final = TableSchema("[[ignore]]", (IGNORE_RULE, IGNORE_IMAGE, IGNORE_REASON))
SECTIONS: Final = (TOP, BUDGET, IMAGE, WAIVER, COMMENT, DISCOVER, BAKE, COMPOSE, IGNORE)


_SIZE: Final = r"^[0-9]{1,15}(\.[0-9]{1,9})?[ \u00a0]?([kKmMgGtTpP]?[bB]|[kKmMgGtTpP][iI][bB])$"
_PERCENT: Final = r"^[0-9]{1,6}(\.[0-9]{1,4})?[ \u00a0]?%$"


def json_schema() -> Mapping[str, object]:
    """The JSON Schema (draft 2020-12) of deadweight.toml, and of ``tool.deadweight`` in a pyproject.toml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "deadweight.toml",
        "description": "Which images are measured, and the budgets they are held against.",
        **_table(
            TOP,
            {
                "budget": _definition("budget"),
                "image": _array(_table(IMAGE, {"budget": _definition("budget")}, required=("name",))),
                "waiver": _array(_table(WAIVER, required=tuple(key.name for key in WAIVER.keys))),
                "comment": _table(COMMENT),
                "discover": _table(DISCOVER, {"bake": _table(BAKE), "compose": _table(COMPOSE)}),
                "ignore": _array(_table(IGNORE, required=("rule", "reason"))),
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
        "budget": _table(BUDGET, {"paths": paths, "platform": platforms}),
        "platform-budget": _table(PLATFORM_BUDGET, {"paths": paths}),
    }


def _table(
    section: TableSchema, tables: Mapping[str, object] | None = None, required: tuple[str, ...] = ()
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
    return "\n".join(_section_markdown(section) for section in SECTIONS)


def _section_markdown(section: TableSchema) -> str:
    title = f"### `{section.header}`" if section.header else "### Top of the file"
    rows = [f"| `{key.name}` | {key.kind.word} | {key.description} |" for key in section.keys]
    more = [f"| `{name}` | table | {_TABLES[name]} |" for name in section.tables if name in _TABLES]
    return "\n".join((title, "", "| key | value | meaning |", "|:--|:--|:--|", *rows, *more)) + "\n"


_TABLES: Final[Mapping[str, str]] = {
    BUDGET_PATHS: 'Largest size below a path: `paths."/usr/share" = "20 MB"`.',
    BUDGET_PLATFORM: 'Budgets of one platform: `platform."linux/arm64".max-size = "60 MB"`.',
}
