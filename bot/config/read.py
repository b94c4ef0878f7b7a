"""Which file of a commit holds; the files of base and head, and the inputs → ``Config``.

What the pull request changes is shown, not obeyed.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final

import tomli

from bot.config.applied_budgets import unused_tables
from bot.config.config_file import read_contents
from bot.config.kinds import shown
from bot.config.merge import describe_changes, merge_images
from bot.config.quantities import count_limit, growth_limit, size_limit
from bot.config.toml_document import PYPROJECT
from bot.errors import ConfigError, GitError, PublishError, UsageError
from bot.model.budget import Budget, BudgetKind, Limit
from bot.model.build import ImageSpec
from bot.model.config import BudgetSet, Config, ConfigFile, Policy, Settings, VerifyOptions, VerifySet

CONFIG_PATHS: Final = ("deadweight.toml", ".github/deadweight.toml", PYPROJECT)
"""Where it may lie; the first that is there holds."""

_OUR_TABLE: Final = b"tool.deadweight"
NO_CONFIGURATION: Final = "There is no configuration, so nothing can fail; `deadweight config init` writes one."


def find_config(read: Callable[[str], bytes | None], chosen: str = "", commit: str = "") -> ConfigFile | None:
    """Find the configuration of a commit: the file ``chosen``, else the first of the usual ones that is there.

    ``read`` returns a file's content, ``None`` if there is no such file, and raises if what is there is no regular
    file: a link or a folder in the place of the configuration is a problem, never "no configuration".
    """
    paths = (chosen,) if chosen else CONFIG_PATHS
    found = [file for file in (_read(read, path, commit) for path in paths) if file is not None]
    if not found:
        return None
    first, *others = found
    return ConfigFile(first.path, first.content, commit, first.problem, tuple(file.path for file in others))


def _read(read: Callable[[str], bytes | None], path: str, commit: str) -> ConfigFile | None:
    try:
        content = read(path)
    except (GitError, PublishError, UsageError) as error:
        return (
            None if path == PYPROJECT else ConfigFile(path, commit=commit, problem=f"{error.what} {error.why}".strip())
        )
    if content is None or (path == PYPROJECT and not _is_ours(content)):
        return None
    return ConfigFile(path, content, commit)


def _is_ours(pyproject: bytes) -> bool:
    """Tell whether a pyproject.toml configures us; one that is broken does if it names our table."""
    try:
        tool = tomli.loads(pyproject.decode()).get("tool")
    except (ValueError, RecursionError):
        return _OUR_TABLE in pyproject
    return isinstance(tool, dict) and "deadweight" in tool


class Proposal(StrEnum):
    """What a head's configuration may decide if the base has none that could."""

    SHOWN = "shown"
    """Nothing: what it would say is shown. It is a pull request's first or repaired configuration."""
    BUDGETS = "budgets"
    """Budgets, and nothing that softens them: the base is not here, so they can only make a verdict stricter."""
    POLICY = "policy"
    """Everything but what gives authority to a build: it is the user's own, on a command line."""


def read_config(
    base: ConfigFile | None, head: ConfigFile | None, settings: Settings, proposal: Proposal = Proposal.SHOWN
) -> Config:
    """Read the configuration that holds for a run. Raises ``ConfigError`` with every mistake of a file.

    Budgets, waivers and everything else that decides come from the base, and so does all that gives authority to a
    build. The head says how its images are called and built, as far as the base's budgets leave that open. Where
    the base has no configuration, or one that cannot be read, ``proposal`` says how much of the head's holds.
    """
    if base is None and head is None and settings.config_path:
        raise ConfigError([f'input "config": there is no file {shown(settings.config_path)} in the repository'])
    config = _with_inputs(_from_files(base, head, proposal), settings)
    if config.finds_images:
        # Only the plan knows the names of images that are found, so it asks for the unused tables itself.
        return config
    return replace(config, notes=(*config.notes, *unused_tables(config, (image.name for image in config.images))))


def _from_files(base: ConfigFile | None, head: ConfigFile | None, proposal: Proposal) -> Config:
    if base is None:
        nobody = "There is no configuration on the base"
        return Config(notes=(NO_CONFIGURATION,)) if head is None else _unreviewed(head, proposal, nobody)
    if head is None or (head.problem and not base.problem):
        return _unread(base, head)
    if (base.path, base.content, base.problem) == (head.path, head.content, head.problem):
        return _alone(base)
    return _changed(base, head, proposal)


def _alone(file: ConfigFile) -> Config:
    return replace(_of_base(read_contents(file)), notes=_also(file))


def _of_base(config: Config) -> Config:
    """Say that what a file finds and declares is what the base has."""
    return replace(
        config,
        base_images=config.images,
        base_discover=config.discover,
        base_exclude=config.exclude,
        base_definitions=config.definitions,
    )


_HOLDS: Final = {
    Proposal.SHOWN: "{path} of this change says how images are built, and decides nothing before it is merged",
    Proposal.BUDGETS: "budgets are those of this change's own {path}, and nothing else of it decides",
    Proposal.POLICY: "this change is judged by its own {path}",
}


def _unreviewed(head: ConfigFile, proposal: Proposal, why: str) -> Config:
    """Take of a configuration that nobody has reviewed what ``proposal`` lets it say; never what gives authority."""
    now = read_contents(head)
    images, notes = merge_images((), now.images)
    told = (f"{why}: {_HOLDS[proposal].format(path=head.path)}.", *notes, *_also(head))
    if proposal is Proposal.POLICY:
        return _of_base(replace(now, images=images, override_label_sticky=False, notes=told))
    policy = Policy(now.policy.sets, source=now.policy.source) if proposal is Proposal.BUDGETS else Policy()
    return Config(
        images,
        policy=policy,
        verify=_under(VerifyOptions(), now.verify),
        discover=now.discover,
        definitions=now.definitions,
        notes=told,
        proposed=now.policy,
    )


def _under(reviewed: VerifyOptions, now: VerifyOptions) -> VerifyOptions:
    """Ask of an image what its own commit says it must answer; how far, how long and when is for what was reviewed."""
    return replace(now, seconds=reviewed.seconds, least=reviewed.least, ceilings=(reviewed,))


def _unread(base: ConfigFile, head: ConfigFile | None) -> Config:
    config = _alone(base)
    note = f"{head.path} of this change cannot be read" if head else f"This change takes {base.path} away"
    return replace(config, notes=(f"{note}; the base's holds.", *config.notes))


def _changed(base: ConfigFile, head: ConfigFile, proposal: Proposal) -> Config:
    now = read_contents(head)
    try:
        before = _of_base(read_contents(base))
    except ConfigError as error:
        return _unreviewed(head, proposal, f"The base's configuration cannot be read ({error.problems[0]})")
    images, notes = merge_images(before.images, now.images)
    # What the base finds is found all the same, and what it excludes is excluded only while the head does so too: a
    # pull request can add images to what is measured, and take none out of it.
    return replace(
        before,
        images=images,
        proposed=now.policy,
        verify=_under(before.verify, now.verify),
        discover=tuple(dict.fromkeys((*before.discover, *now.discover))) if before.discover else (),
        exclude=tuple(glob for glob in before.exclude if glob in now.exclude),
        notes=(*_moved(base, head), *describe_changes(before, now), *notes, *_also(base)),
    )


def _moved(base: ConfigFile, head: ConfigFile) -> tuple[str, ...]:
    moved = base.path != head.path
    return (f"This change makes {head.path} the configuration instead of {base.path}; the base's holds.",) * moved


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
        verify=_verify(config.verify, settings),
        comment=replace(
            config.comment,
            mode=settings.comment or config.comment.mode,
            key=settings.comment_key or config.comment.key,
        ),
        override_label=config.override_label if settings.override_label is None else settings.override_label,
        notes=tuple(note for note in config.notes if note != NO_CONFIGURATION or not quick),
    )


def _verify(options: VerifyOptions, settings: Settings) -> VerifyOptions:
    """Let inputs say how long and what is asked; how far they only bound, so that no workflow can go beyond a file."""
    bound = () if settings.verify is None else (VerifyOptions(mode=settings.verify),)
    asked = VerifySet("*", smoke=settings.smoke or None, pages=settings.pages or None)
    return replace(
        options,
        seconds=options.seconds if settings.verify_seconds is None else settings.verify_seconds,
        least=growth_limit(settings.verify_min) if settings.verify_min else options.least,
        sets=options.sets if asked == VerifySet("*") else (*options.sets, asked),
        ceilings=(*options.ceilings, *bound),
    )


def _images(config: Config, settings: Settings) -> tuple[ImageSpec, ...]:
    if settings.single_image is None:
        return config.images
    if config.images:
        names = ", ".join(dict.fromkeys(image.name for image in config.images))
        raise ConfigError(
            [f"the inputs describe one image, but {config.source or 'this change'} declares {names}; use one of both"]
        )
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
