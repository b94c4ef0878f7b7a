"""The files of base and head, and the inputs → ``Config``: what the pull request changes is shown, not obeyed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.config.changes import describe_changes
from bot.config.contents import read_contents
from bot.config.explain import unused_tables
from bot.config.limits import count_limit, growth_limit, size_limit
from bot.config.merge import merge_images
from bot.config.mistakes import shown
from bot.errors import ConfigError
from bot.model.budget import Budget, BudgetKind, Limit
from bot.model.build import ImageSpec
from bot.model.config import BudgetSet, Config, ConfigFile, Settings

NO_CONFIGURATION: Final = "There is no configuration, so nothing can fail; `deadweight config init` writes one."


def read_config(base: ConfigFile | None, head: ConfigFile | None, settings: Settings) -> Config:
    """Read the configuration that holds for a run. Raises ``ConfigError`` with every mistake of a file.

    Budgets, waivers and everything else that decides come from the base. The head says how its images are built,
    and which images are new. Where the base has no configuration, or one that cannot be read, the head's holds as a
    whole, and a note says so.
    """
    if base is None and head is None and settings.config_path:
        raise ConfigError([f'input "config": there is no file {shown(settings.config_path)} in the repository'])
    config = _with_inputs(_from_files(base, head), settings)
    return replace(config, notes=(*config.notes, *_unused(config)))


def _unused(config: Config) -> tuple[str, ...]:
    """Where images are found, only the plan knows their names; then ``unused_tables`` is for the plan to ask."""
    found = config.discover or not config.images
    return () if found else unused_tables(config, (image.name for image in config.images))


def _from_files(base: ConfigFile | None, head: ConfigFile | None) -> Config:
    if base is None:
        return Config(notes=(NO_CONFIGURATION,)) if head is None else _first(head)
    if head is None or (head.problem and not base.problem):
        return _unread(base, head)
    if _same(base, head):
        return _alone(base)
    return _changed(base, head)


def _same(base: ConfigFile, head: ConfigFile) -> bool:
    return (base.path, base.content, base.problem) == (head.path, head.content, head.problem)


def _alone(file: ConfigFile) -> Config:
    config = read_contents(file)
    return replace(config, base_images=config.images, notes=_also(file))


def _first(head: ConfigFile) -> Config:
    config = _alone(head)
    note = f"There is no configuration on the base, so this change is judged by its own {head.path}."
    return replace(config, override_label_sticky=False, notes=(note, *config.notes))


def _unread(base: ConfigFile, head: ConfigFile | None) -> Config:
    config = _alone(base)
    note = f"{head.path} of this change cannot be read" if head else f"This change takes {base.path} away"
    return replace(config, notes=(f"{note}; the base's holds.", *config.notes))


def _changed(base: ConfigFile, head: ConfigFile) -> Config:
    now = read_contents(head)
    try:
        before = read_contents(base)
    except ConfigError as error:
        note = f"The base's configuration cannot be read, so this change is judged by its own ({error.problems[0]})."
        notes = (note, *_also(head))
        return replace(now, base_images=now.images, override_label_sticky=False, notes=notes)
    images, notes = merge_images(before.images, now.images)
    return replace(
        before,
        images=images,
        base_images=before.images,
        discover=_union(before.discover, now.discover) if before.discover else (),
        exclude=tuple(glob for glob in before.exclude if glob in now.exclude),
        notes=(*_moved(base, head), *describe_changes(before, now), *notes, *_also(base)),
    )


def _moved(base: ConfigFile, head: ConfigFile) -> tuple[str, ...]:
    moved = base.path != head.path
    return (f"This change makes {head.path} the configuration instead of {base.path}; the base's holds.",) * moved


def _union(before: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *now)))


def _also(file: ConfigFile) -> tuple[str, ...]:
    return tuple(f"{path} is not read, because {file.path} comes first." for path in file.also)


def _with_inputs(config: Config, settings: Settings) -> Config:
    quick = _quick_budgets(settings)
    policy = replace(config.policy, sets=(*config.policy.sets, *quick), on_base_failure=settings.on_base_failure)
    return replace(
        config,
        images=_images(config, settings),
        base_images=_images(config, settings) if settings.single_image else config.base_images,
        policy=policy,
        comment=replace(
            config.comment,
            mode=settings.comment or config.comment.mode,
            key=settings.comment_key or config.comment.key,
        ),
        override_label=config.override_label if settings.override_label is None else settings.override_label,
        notes=tuple(note for note in config.notes if note != NO_CONFIGURATION or not quick),
    )


def _images(config: Config, settings: Settings) -> tuple[ImageSpec, ...]:
    if settings.single_image is None:
        return config.images
    if config.images:
        names = ", ".join(dict.fromkeys(image.name for image in config.images))
        raise ConfigError([f"the inputs describe one image, but {config.source} declares {names}; use one of both"])
    return (settings.single_image,)


def _quick_budgets(settings: Settings) -> tuple[BudgetSet, ...]:
    """Make budgets of the inputs; they hold besides those of the file, so that a workflow can never loosen one."""
    inputs: tuple[tuple[BudgetKind, str, Callable[[str], Limit]], ...] = (
        (BudgetKind.MAX_SIZE, settings.max_size, size_limit),
        (BudgetKind.MAX_GROWTH, settings.max_growth, growth_limit),
        (BudgetKind.MAX_LAYERS, settings.max_layers, count_limit),
    )
    budgets = tuple(Budget(kind, read(text), source=f"input {kind}") for kind, text, read in inputs if text)
    return (BudgetSet("*", budgets, source="inputs", adds=True),) if budgets else ()
