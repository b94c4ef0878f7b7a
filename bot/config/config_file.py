"""One configuration file → what it says, as ``Config``; inputs and the other commit's file are not looked at."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bot.config import keys
from bot.config.budget_values import SIZE_BUDGET, StatedBudget
from bot.config.toml_document import Checker, Table, parse
from bot.config.values import is_glob, path_prefix, platform_name
from bot.model.budget import Budget, BudgetKind, Verdict, Waiver
from bot.model.build import ImageSpec
from bot.model.config import (
    AS_SHIPPED,
    BudgetSet,
    CommentOptions,
    Config,
    ConfigFile,
    Definitions,
    Policy,
    Suppression,
    VerifyOptions,
    VerifySet,
)

_EVERY_IMAGE: Final = "*"
DEFAULT_BAKE_FILES: Final = (
    "docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl",
)  # fmt: skip


def read_contents(file: ConfigFile) -> Config:
    """Read one file. Raises ``ConfigError`` with every mistake in it."""
    checker = Checker(parse(file))
    top = checker.root(keys.TOP)
    tables = [(table.need(keys.IMAGE_NAME, '"api"'), table) for table in top.tables("image", keys.IMAGE)]
    named = [_ImageTable(name, table) for name, table in tables if name is not None]
    discover = top.table("discover", keys.DISCOVER)
    label = top.get(keys.OVERRIDE_LABEL)
    config = Config(
        images=_images(named, discovering=discover is not None),
        policy=Policy(sets=_sets(top, named), waivers=_waivers(top), source=_source(file)),
        comment=_comment(top),
        suppressions=_suppressions(top),
        verify=_verify(top, named),
        override_label=Config().override_label if label is None else label,
        override_label_sticky=bool(top.get(keys.OVERRIDE_LABEL_STICKY)),
        discover=(discover.get(keys.DISCOVER_DOCKERFILES) or (AS_SHIPPED,)) if discover else (),
        exclude=(discover.get(keys.DISCOVER_EXCLUDE) or ()) if discover else (),
        definitions=_definitions(discover) if discover else Definitions(),
        source=_source(file),
    )
    checker.finish()
    return config


def _definitions(discover: Table) -> Definitions:
    bake, compose = discover.table("bake", keys.BAKE), discover.table("compose", keys.COMPOSE)
    if compose is not None and not compose.has(keys.COMPOSE_FILES):
        discover.problem('compose names no file; add compose.files = ["compose.yaml"]', "compose")
    return Definitions(
        bake_files=(bake.get(keys.BAKE_FILES) or DEFAULT_BAKE_FILES) if bake else (),
        bake_targets=(bake.get(keys.BAKE_TARGETS) or ()) if bake else (),
        compose_files=(compose.get(keys.COMPOSE_FILES) or ()) if compose else (),
        compose_services=(compose.get(keys.COMPOSE_SERVICES) or ()) if compose else (),
        variants=discover.get(keys.DISCOVER_VARIANTS) or (),
    )


class _ImageTable(NamedTuple):
    """A table ``[[image]]`` and the name or glob it is for."""

    name: str
    table: Table


def _source(file: ConfigFile) -> str:
    return f"{file.path} at {file.commit}" if file.commit else file.path


def _images(tables: Sequence[_ImageTable], *, discovering: bool) -> tuple[ImageSpec, ...]:
    """Return the images that are declared, one for each platform.

    A glob declares none, nor does a table without any build key where images are found: it only has their budgets.
    """
    _refuse_twins(tables)
    specs: list[ImageSpec] = []
    for name, table in tables:
        stated = [key.name for key in keys.BUILD_KEYS if table.has(key)]
        if is_glob(name):
            _refuse_build_keys(table, stated)
        elif stated or not discovering:
            specs.extend(_specs(name, table))
    return tuple(specs)


def _refuse_twins(tables: Sequence[_ImageTable]) -> None:
    first: dict[str, str] = {}
    for name, table in tables:
        if name in first:
            table.problem(f"{table.owner} is there twice; the first is at {first[name]}", "name")
        first.setdefault(name, table.source_of("name"))


def _refuse_build_keys(table: Table, stated: Sequence[str]) -> None:
    for key in stated:
        table.problem(f"{key} makes no sense in {table.owner}, which stands for several images", key)


def _specs(name: str, table: Table) -> list[ImageSpec]:
    context = table.get(keys.CONTEXT) or "."
    spec = ImageSpec(
        name=name,
        dockerfile=table.get(keys.DOCKERFILE) or default_dockerfile(context),
        context=context,
        target=table.get(keys.TARGET) or "",
        build_args=tuple((table.get(keys.BUILD_ARGS) or {}).items()),
        build_contexts=tuple((table.get(keys.BUILD_CONTEXTS) or {}).items()),
        secrets=table.get(keys.SECRETS) or (),
        network=table.get(keys.NETWORK) or "",
        source=table.source,
    )
    platforms = dict.fromkeys(table.get(keys.PLATFORMS) or ())
    return [replace(spec, platform=platform) for platform in platforms] or [spec]


def default_dockerfile(context: str) -> str:
    """The Dockerfile that docker build looks for in a context."""
    return "Dockerfile" if context == "." else f"{context}/Dockerfile"


def _verify(top: Table, tables: Sequence[_ImageTable]) -> VerifyOptions:
    usual = VerifyOptions()
    minutes = top.get(keys.VERIFY_MINUTES)
    return VerifyOptions(
        mode=top.get(keys.VERIFY) or usual.mode,
        seconds=usual.seconds if minutes is None else 60.0 * minutes,
        least=top.get(keys.VERIFY_MIN) or usual.least,
        sets=tuple(one for item in _ordered(tables) if (one := _verify_set(item)) != VerifySet(item.name)),
    )


def _verify_set(item: _ImageTable) -> VerifySet:
    table = item.table
    return VerifySet(item.name, table.get(keys.IMAGE_VERIFY), table.get(keys.SMOKE), table.get(keys.WEB_PAGES))


def _ordered(tables: Sequence[_ImageTable]) -> Sequence[_ImageTable]:
    """Order the tables of images from general to specific: globs as they stand in the file, names."""
    return sorted(tables, key=lambda item: not is_glob(item.name))


def _sets(top: Table, tables: Sequence[_ImageTable]) -> tuple[BudgetSet, ...]:
    """Order the budgets from general to specific: defaults, globs, names."""
    general = top.table("budget", keys.BUDGET)
    found = [(item.name, item.table.table("budget", keys.BUDGET)) for item in _ordered(tables)]
    return tuple(
        budgets
        for name, table in ((_EVERY_IMAGE, general), *found)
        if table is not None
        for budgets in _budget_sets(table, name)
    )


def _budget_sets(table: Table, images: str) -> list[BudgetSet]:
    """Read ``[budget]``, or the ``budget`` of an image, with its ``platform`` tables."""
    platforms = table.free(keys.BUDGET_PLATFORM)
    named = [(name.title, platforms.table(name.key, keys.PLATFORM_BUDGET)) for name in platforms.names(platform_name)]
    return [
        _budget_set(table, images, ""),
        *(_budget_set(platform, images, title) for title, platform in named if platform is not None),
    ]


def _budget_set(table: Table, images: str, platform: str) -> BudgetSet:
    on_exceed = table.get(keys.ON_EXCEED)
    already_over = table.get(keys.ALREADY_OVER)
    stated = [(BudgetKind(key.name), table.get(key), table.source_of(key.name)) for key in keys.BUDGETS]
    budgets = [_budget(kind, item, source, on_exceed) for kind, item, source in stated if item is not None]
    return BudgetSet(
        images=images,
        budgets=(*budgets, *_path_budgets(table, on_exceed)),
        platform=platform,
        source=table.source,
        on_exceed=on_exceed,
        already_over=already_over,
    )


def _budget(kind: BudgetKind, stated: StatedBudget, source: str, on_exceed: Verdict | None) -> Budget:
    return Budget(
        kind=kind,
        limit=stated.limit,
        patterns=stated.patterns,
        on_exceed=stated.on_exceed or on_exceed or Verdict.FAIL,
        source=source,
        on_exceed_stated=stated.on_exceed is not None,
        since_days=stated.since_days,
    )


def _path_budgets(table: Table, on_exceed: Verdict | None) -> list[Budget]:
    paths = table.free(keys.BUDGET_PATHS)
    stated = [(name, paths.value(name, SIZE_BUDGET)) for name in paths.names(path_prefix)]
    return [
        _budget(BudgetKind.PATHS, item._replace(patterns=(name.title,)), paths.source_of(name.key), on_exceed)
        for name, item in stated
        if item is not None
    ]


def _waivers(top: Table) -> tuple[Waiver, ...]:
    waivers: list[Waiver] = []
    for table in top.tables("waiver", keys.WAIVER):
        image = table.need(keys.WAIVER_IMAGE, '"api"')
        allows = table.need(keys.WAIVER_ALLOWS, '"max-growth"')
        reason = table.need(keys.WAIVER_REASON, '"ships the GeoIP database"')
        until = table.need(keys.WAIVER_UNTIL, "2026-12-31")
        if image and allows and reason and until:
            waivers.append(Waiver(image, allows, reason, until, table.source))
    return tuple(waivers)


def _comment(top: Table) -> CommentOptions:
    table = top.table("comment", keys.COMMENT)
    default = CommentOptions()
    if table is None:
        return default
    floor = table.get(keys.COMMENT_NOISE_FLOOR)
    bots = table.get(keys.COMMENT_BOTS)
    return CommentOptions(
        mode=table.get(keys.COMMENT_MODE) or default.mode,
        key=table.get(keys.COMMENT_KEY) or default.key,
        title=table.get(keys.COMMENT_TITLE) or "",
        footer=table.get(keys.COMMENT_FOOTER) or "",
        noise_floor_bytes=floor.amount if floor else None,
        bots=default.bots if bots is None else bots,
    )


def _suppressions(top: Table) -> tuple[Suppression, ...]:
    suppressions: list[Suppression] = []
    for table in top.tables("ignore", keys.IGNORE):
        rule = table.need(keys.IGNORE_RULE, '"apt-lists"')
        reason = table.need(keys.IGNORE_REASON, '"…"')
        image = table.get(keys.IGNORE_IMAGE) or _EVERY_IMAGE
        if rule and reason:
            suppressions.append(Suppression(rule, image, reason, table.source))
    return tuple(suppressions)
