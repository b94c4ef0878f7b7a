"""A table of budgets → budget sets: one for all platforms, one for each platform that has its own."""

from bot.config import keys
from bot.config.check import Table
from bot.config.stated import SIZE_BUDGET, Stated
from bot.config.values import path_prefix, platform_name
from bot.model.budget import Budget, BudgetKind, Verdict
from bot.model.config import BudgetSet


def budget_sets(table: Table, images: str) -> list[BudgetSet]:
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


def _budget(kind: BudgetKind, stated: Stated, source: str, on_exceed: Verdict | None) -> Budget:
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
