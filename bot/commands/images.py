"""The commands that show images: check, compare, inspect, advise."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.commands.call import Call
from bot.commands.files import read_config_file, write_file
from bot.commands.image_reader import image_reader
from bot.commands.showing import show
from bot.config.read import find_config
from bot.edges.git import find_repository
from bot.errors import UsageError
from bot.flows import check as flow
from bot.flows import compare as on_images
from bot.formats.reference import parse_platform, parse_reference
from bot.model.build import ImageSpec
from bot.model.plan import Skip
from bot.model.provider import EventKind
from bot.model.report import Report


def check(call: Call) -> int:
    """``deadweight check``: the main job, from an event of the provider or from the command line."""
    from bot.commands.world import read_context, real_world  # noqa: PLC0415 - Docker, git, provider: compare needs none

    context = read_context(call)
    with real_world(call) as world:
        report = flow.check(context, call.settings, world, writes="report-dir" in call.invocation.inputs)
    if isinstance(report, Skip):
        call.runner.log(f"Nothing to compare: {report.reason}")
        return 0
    return show(report, call, "markdown" if context.event.kind is EventKind.LOCAL else "text")


def compare(call: Call) -> int:
    """``deadweight compare`` and ``deadweight inspect``: images that are there."""
    references = [parse_reference(text) for text in call.invocation.references]
    platform = parse_platform(call.invocation.platform)
    settings = replace(call.settings, single_image=ImageSpec("", platform=platform))
    chosen = settings.config_path
    file = find_config(partial(read_config_file, Path()), chosen) if chosen else None
    with image_reader(call) as images:
        report = on_images.compare(references, images, settings, call.today, file)
    return show(report, call, "text")


def advise(call: Call) -> int:
    """``deadweight advise``: one Dockerfile, built, and what would make its image smaller."""
    from bot.commands.world import real_world  # noqa: PLC0415 - see check

    settings = replace(call.settings, single_image=_spec(call))
    with real_world(call) as world:
        report = on_images.advise_on(settings, world)
    if call.invocation.patch:
        write_file(call, call.invocation.patch, _patches(report))
    return show(report, call, "text")


def _spec(call: Call) -> ImageSpec:
    """Describe the image: a Dockerfile in its own folder, unless the options say otherwise."""
    given = call.settings.single_image or ImageSpec("")
    dockerfile = _in_repository(call, call.invocation.files[0]) if call.invocation.files else given.dockerfile
    folder = dockerfile.rpartition("/")[0] or "."
    context = given.context if "context" in call.invocation.inputs else folder
    name = given.name or (folder.rpartition("/")[2] if folder != "." else "image")
    return replace(given, name=name, dockerfile=dockerfile, context=context)


def _in_repository(call: Call, path: str) -> str:
    """Give the path in the repository of a file that was named from here. Raises ``UsageError`` where it has none."""
    root = find_repository(Path(call.invocation.repository)).resolve()
    file = Path(path).absolute()
    if not file.exists():
        file = root / path
    folder = file.parent.resolve()
    if not folder.is_relative_to(root) or not (folder / file.name).exists():
        raise UsageError(f"{path} is not a file of the repository {root}.", fix="Name its repository: --repo DIR.")
    return (folder / file.name).relative_to(root).as_posix()


def _patches(report: Report) -> str:
    """Join the patches, best first; two that change the same lines are both there for their reader to choose from."""
    return "".join(finding.patch for image in report.images for finding in image.findings if finding.patch)
