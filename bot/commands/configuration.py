"""``deadweight config``: write, validate and explain deadweight.toml."""

from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path

from bot.commands.call import Call
from bot.commands.config_file import read_config_file
from bot.commands.world import real_git, real_world
from bot.config import read_config
from bot.config.applied_budgets import explain_config, review_config
from bot.config.read import find_config
from bot.config.starter import starter_files
from bot.errors import GitError, UsageError
from bot.flows import check as pipeline
from bot.model.config import Config


def config(call: Call) -> int:
    """``deadweight config init|check|explain``."""
    return {"init": _init, "check": _check, "explain": _explain}[call.invocation.subcommand](call)


def _check(call: Call) -> int:
    configuration = _read(call)
    if not configuration.source:
        raise UsageError("There is no configuration here.", fix="Write one with: deadweight config init")
    call.runner.print(review_config(configuration, _names(call, configuration), call.today).rstrip("\n"))
    return 0


def _explain(call: Call) -> int:
    configuration, asked = _read(call), call.invocation.references
    names = asked or (_names(call, configuration) if pipeline.finds_images(configuration) else ())
    call.runner.print(explain_config(configuration, names).rstrip("\n"))
    return 0


def _names(call: Call, configuration: Config) -> tuple[str, ...]:
    """Name the images that there are; those declared where git cannot tell which are found."""
    declared = tuple(image.name for image in configuration.images)
    if not pipeline.finds_images(configuration):
        return declared
    try:
        with real_git(call) as git:
            return pipeline.image_names(configuration, git)
    except GitError:
        return declared


def _init(call: Call) -> int:
    folder = Path(call.invocation.repository)
    with real_world(call) as world:
        specs, sizes = pipeline.starting_point(call.settings, world, measured=call.invocation.measure)
    dive_ci = read_config_file(folder, ".dive-ci") or b""
    written = starter_files(specs, sizes, _workflows(), dive_ci.decode("utf-8", "replace"))
    _refuse_to_overwrite(folder, written, force=call.invocation.force)
    for path, text in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(call.redactor.text(text), encoding="utf-8")
        call.runner.print(f"wrote {path}")
    return 0


def _refuse_to_overwrite(folder: Path, paths: Mapping[str, str], *, force: bool) -> None:
    there = [path for path in paths if (folder / path).is_symlink() or (folder / path).exists()]
    if there and not force:
        raise UsageError(f"{', '.join(there)} would be overwritten.", fix="Remove it, or say --force.")


def _workflows() -> Mapping[str, str]:
    folder = files("bot.config") / "workflows"
    return {
        file.name: file.read_text(encoding="utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name)
    }


def _read(call: Call) -> Config:
    """Read the configuration of the working tree."""
    folder = Path(call.invocation.repository)
    file = find_config(partial(read_config_file, folder), call.settings.config_path, "")
    return read_config(file, file, call.settings)
