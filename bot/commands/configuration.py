"""``deadweight config``: write, validate and explain deadweight.toml."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path

from bot.commands.call import Call
from bot.commands.files import is_there, read_config_file, refuse_unwritable, write_file
from bot.commands.world import real_git, real_world
from bot.config import read_config
from bot.config.applied_budgets import explain_config, review_config
from bot.config.kinds import did_you_mean
from bot.config.read import find_config
from bot.config.starter import Starter, starter_config
from bot.edges.builders import BakePrinter
from bot.errors import GitError, UsageError
from bot.flows import compare as flow
from bot.model.config import Config

_CONFIG = "deadweight.toml"


def check(call: Call) -> int:
    """``deadweight config check``: its mistakes, and what in it has no effect."""
    configuration = _read(call)
    if not configuration.source:
        raise UsageError("There is no configuration here.", fix="Write one with: deadweight config init")
    _insist_on_files(call, configuration)
    call.runner.print(review_config(configuration, _names(call, configuration), call.today).rstrip("\n"))
    return 0


def _insist_on_files(call: Call, configuration: Config) -> None:
    """Refuse images whose Dockerfile or context the working tree does not have, all at once; if there is one."""
    folder = Path(call.invocation.repository)
    if not is_there(folder / ".git"):
        return
    missing = [
        f"{image.source or configuration.source}: {path} of image {image.name} is not there."
        for image in configuration.images
        for path in dict.fromkeys((image.dockerfile, image.context))
        if "://" not in path and not is_there(folder / path)
    ]
    if missing:
        raise UsageError("\n".join(missing), fix="Paths are relative to the repository's root.")


def explain(call: Call) -> int:
    """``deadweight config explain``: which budget applies to which image, and what it overrides."""
    configuration, asked = _read(call), call.invocation.references
    known = _names(call, configuration)
    unknown = [name for name in asked if known and name not in known]
    if unknown:
        close = did_you_mean(unknown[0], known)
        raise UsageError(f"No image is called {', '.join(unknown)}{close}.", why=f"Images here: {', '.join(known)}.")
    names = asked or (known if configuration.finds_images else ())
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
    """``deadweight config init``: a first configuration and both workflows, for the images that CI ships."""
    folder, invocation, workflows = Path(call.invocation.repository), call.invocation, _workflows()
    paths = (_CONFIG, *workflows)
    if invocation.measure and not invocation.dry_run:
        # The paths are known before minutes are spent on measuring.
        _refuse_to_overwrite(folder, paths, force=invocation.force)
    with real_world(call) as world:
        found, sizes = flow.starting_point(call.settings, world, measured=invocation.measure)
    dive_ci = read_config_file(folder, ".dive-ci") or b""
    starter = starter_config(found, sizes, dive_ci.decode("utf-8", "replace"))
    texts = {_CONFIG: starter.text, **workflows}
    if invocation.dry_run:
        return _show_only(call, starter, workflows)
    changed = [path for path, text in texts.items() if not _has(folder / path, text)]
    _refuse_to_overwrite(folder, changed, force=invocation.force)
    for path, text in texts.items():
        if path in changed:
            write_file(call, folder / path, text, folders=True)
        call.runner.print(f"{'wrote' if path in changed else 'unchanged:'} {path}")
        if path == _CONFIG:
            call.runner.print("\n".join(starter.told))
    return 0


def _show_only(call: Call, starter: Starter, workflows: Iterable[str]) -> int:
    call.runner.print(
        "\n".join((f"would write {_CONFIG}", *starter.told, *(f"would write {one}" for one in workflows)))
    )
    call.runner.print(f"\n{starter.text}".rstrip("\n"))
    return 0


def _has(path: Path, text: str) -> bool:
    """Tell whether a file holds just this text already."""
    try:
        return path.is_file() and path.read_text(encoding="utf-8") == text
    except (OSError, ValueError):
        return False


def _refuse_to_overwrite(folder: Path, paths: Sequence[str], *, force: bool) -> None:
    there = [path for path in paths if is_there(folder / path)]
    if there and not force:
        raise UsageError(f"{', '.join(there)} would be overwritten.", fix="Remove it, or say --force.")
    refuse_unwritable([], {str((folder / path).parent) for path in paths})
    refuse_unwritable(str(folder / path) for path in there)


def _workflows() -> Mapping[str, str]:
    folder = files("bot.config") / "workflows"
    ours = sorted(folder.iterdir(), key=lambda file: file.name)
    return {f".github/workflows/{file.name}": file.read_text(encoding="utf-8") for file in ours}


def _read(call: Call) -> Config:
    """Read the configuration of the working tree."""
    folder = Path(call.invocation.repository)
    file = find_config(partial(read_config_file, folder), call.settings.config_path, "")
    return read_config(file, file, call.settings)
