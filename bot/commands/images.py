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
from bot.flows import check as flow
from bot.flows import compare as on_images
from bot.formats.reference import parse_platform, parse_reference
from bot.model.build import ImageSpec
from bot.model.plan import Skip


def check(call: Call) -> int:
    """``deadweight check``: the main job, from an event of the provider or from the command line."""
    from bot.commands.world import read_context, real_world  # noqa: PLC0415 - Docker, git, provider: compare needs none

    context = read_context(call)
    with real_world(call) as world:
        report = flow.check(context, call.settings, world, writes="report-dir" in call.invocation.inputs)
    if isinstance(report, Skip):
        call.runner.log(f"Nothing to compare: {report.reason}")
        return show(on_images.nothing_compared(report), call, "text") if call.invocation.output_format else 0
    return show(report, call, "text")


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
        report = on_images.compare(references, images, settings, call.today, file)
    return show(report, call, "text")
