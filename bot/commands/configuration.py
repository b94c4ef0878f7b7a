"""``deadweight config``: write, validate and explain deadweight.toml."""

from collections.abc import Iterable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path

from bot.commands.call import Call
from bot.commands.files import is_there, read_config_file, refuse_unwritable, write_file
from bot.commands.world import real_git, real_world
from bot.config import read_config
from bot.config.applied_budgets import explain_config, review_config
from bot.config.read import find_config
from bot.config.starter import starter_files
from bot.edges.builders import BakePrinter
from bot.errors import GitError, UsageError
from bot.flows import compare as flow
from bot.model.config import Config


def check(call: Call) -> int:
    """``deadweight config check``: its mistakes, and what in it has no effect."""
    configuration = _read(call)
    if not configuration.source:
        raise UsageError("There is no configuration here.", fix="Write one with: deadweight config init")
    call.runner.print(review_config(configuration, _names(call, configuration), call.today).rstrip("\n"))
    return 0


def explain(call: Call) -> int:
    """``deadweight config explain``: which budget applies to which image, and what it overrides."""
    configuration, asked = _read(call), call.invocation.references
    names = asked or (_names(call, configuration) if configuration.finds_images else ())
    call.runner.print(explain_config(configuration, names).rstrip("\n"))
    return 0


def _names(call: Call, configuration: Config) -> tuple[str, ...]:
    """Name the images that there are; those declared if git cannot tell which are found."""
    declared = tuple(image.name for image in configuration.images)
    if not configuration.finds_images:
        return declared
    try:
        with real_git(call) as git:
            return flow.image_names(configuration, git, BakePrinter(call.environment))
    except GitError:
        return declared


def init(call: Call) -> int:
    """``deadweight config init``: a first configuration and both workflows, for the Dockerfiles that there are."""
    folder, workflows = Path(call.invocation.repository), _workflows()
    # The paths are known before minutes are spent on measuring.
    _refuse_to_overwrite(folder, starter_files((), {}, workflows), force=call.invocation.force)
    with real_world(call) as world:
        specs, sizes = flow.starting_point(call.settings, world, measured=call.invocation.measure)
    dive_ci = read_config_file(folder, ".dive-ci") or b""
    for path, text in starter_files(specs, sizes, workflows, dive_ci.decode("utf-8", "replace")).items():
        write_file(call, folder / path, text, folders=True)
        call.runner.print(f"wrote {path}")
    return 0


def _refuse_to_overwrite(folder: Path, paths: Iterable[str], *, force: bool) -> None:
    there = [path for path in paths if is_there(folder / path)]
    if there and not force:
        raise UsageError(f"{', '.join(there)} would be overwritten.", fix="Remove it, or say --force.")
    refuse_unwritable([], {str((folder / path).parent) for path in paths})
    refuse_unwritable(str(folder / path) for path in there)


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
