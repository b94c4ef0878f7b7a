"""The commands that show images: check, compare, inspect."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.commands.call import Call
from bot.commands.files import read_config_file
from bot.commands.image_reader import image_reader
from bot.commands.showing import show
from bot.config import read_config
from bot.config.read import find_config
from bot.edges.runner import read_context
from bot.flows import check as pipeline
from bot.formats.reference import parse_platform, parse_reference
from bot.model.build import ImageSpec
from bot.model.plan import Skip


def check(call: Call) -> int:
    """``deadweight check``: the main job, from an event of GitHub or from the command line."""
    from bot.commands.world import real_world  # noqa: PLC0415 - Docker, git and GitHub: compare needs none of them

    context = read_context(call.environment)
    with real_world(call) as world:
        report = pipeline.check(context, call.settings, world, writes="report-dir" in call.invocation.inputs)
    if isinstance(report, Skip):
        call.runner.log(f"Nothing to compare: {report.reason}")
        return 0
    return show(report, call, "text" if context.in_actions else "markdown")


def compare(call: Call) -> int:
    """``deadweight compare`` and ``deadweight inspect``: images that are there."""
    references = [parse_reference(text) for text in call.invocation.references]
    platform = parse_platform(call.invocation.platform)
    settings = replace(call.settings, single_image=ImageSpec("", platform=platform))
    chosen = settings.config_path
    file = find_config(partial(read_config_file, Path()), chosen) if chosen else None
    # Mistakes in it are told before gigabytes are read.
    read_config(file, file, replace(settings, single_image=None))
    with image_reader(call) as images:
        report = pipeline.compare(references, images, settings, call.today, file)
    return show(report, call, "text")
