"""``deadweight advise``: one Dockerfile, and what would make its image smaller."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from bot.commands.call import Call
from bot.commands.files import is_there, read_bounded, write_file
from bot.commands.showing import show
from bot.commands.world import real_world
from bot.dockerfile import Dockerfile, parse
from bot.dockerfile.parser import LARGEST_CHARACTERS
from bot.edges.git import find_repository
from bot.errors import DockerfileError, GitError, UsageError
from bot.flows import compare as on_images
from bot.model.build import ImageSpec
from bot.model.report import Report

_LARGEST_CHARACTER_BYTES: Final = 4


def advise(call: Call) -> int:
    """``deadweight advise``: built and measured or, with ``--no-build``, suspected from its text."""
    return show(_built(call) if call.invocation.build else _unbuilt(call), call, "text")


def _built(call: Call) -> Report:
    root = find_repository(Path(call.invocation.repository)).resolve()
    dockerfile = _in_repository(root, call.invocation.files[0]) if call.invocation.files else ""
    every, search = call.invocation.every, call.invocation.verify
    settings = call.settings if every else replace(call.settings, single_image=_spec(call, dockerfile))
    with real_world(call) as world:
        report, proposals = on_images.advise_on(settings, world, search=search, every=every)
    if call.invocation.patch:
        write_file(call, call.invocation.patch, "".join(one.patch for one in proposals))
    texts = {path: text for one in reversed(proposals) for path, text in one.texts.items()}
    for path, text in texts.items() if call.invocation.write else ():
        write_file(call, root / path, text)
        call.runner.log(f"wrote {path}")
    if call.invocation.patch or call.invocation.write:
        _tell_of_proposal(call, report)
    return report


def _unbuilt(call: Call) -> Report:
    """Look at a file alone: it may lie anywhere, and neither an engine nor git is asked."""
    folder, typed = Path(call.invocation.repository), "".join(call.invocation.files) or ImageSpec("").dockerfile
    file = Path(typed) if is_there(Path(typed)) else folder / typed
    content = read_bounded(file, _LARGEST_CHARACTER_BYTES * LARGEST_CHARACTERS)
    spec = _spec(call, _shown(file, folder))
    dockerfile = _parsed(content.decode("utf-8", "surrogateescape"), spec)
    if dockerfile.stage_for(spec.target) is None:
        raise UsageError(f"{spec.dockerfile} has no stage {spec.target}.", fix="Name one that it has: --target STAGE.")
    return on_images.advise_on_text(spec, dockerfile)


def _spec(call: Call, dockerfile: str) -> ImageSpec:
    """Describe the image: a Dockerfile in its own folder, unless the options say otherwise."""
    given = call.settings.single_image or ImageSpec("")
    dockerfile = dockerfile or given.dockerfile
    folder = dockerfile.rpartition("/")[0] or "."
    context = given.context if "context" in call.invocation.inputs else folder
    name = folder.rpartition("/")[2] if context == folder != "." else given.name or "image"
    return replace(given, name=name, dockerfile=dockerfile, context=context)


def _in_repository(root: Path, path: str) -> str:
    """Return the path in the repository of a file that was named from here. Raises ``UsageError`` if it has none."""
    file = Path(path).absolute()
    if not is_there(file):
        file = root / path
    folder = file.parent.resolve()
    if not folder.is_relative_to(root) or not is_there(folder / file.name):
        raise UsageError(f"{path} is not a file of the repository {root}.", fix="Name its repository: --repo DIR.")
    return (folder / file.name).relative_to(root).as_posix()


def _shown(file: Path, folder: Path) -> str:
    """Name a file as its repository does, so that a finding is shown at its line; outside of one as it was typed."""
    place = file.parent.resolve() / file.name
    with suppress(GitError, ValueError):
        return place.relative_to(find_repository(folder).resolve()).as_posix()
    return file.as_posix()


def _parsed(text: str, spec: ImageSpec) -> Dockerfile:
    """Parse a Dockerfile as the build would; a mistake in it is told with its line. Raises ``DockerfileError``."""
    read = partial(parse, platform=spec.platform) if spec.platform else parse
    try:
        return read(text, build_arguments=dict(spec.build_args))
    except DockerfileError as error:
        place = f"{spec.dockerfile}:{error.line}" if error.line else spec.dockerfile
        raise DockerfileError(f"{place}: {error.what}", why=error.why, fix=error.fix, line=error.line) from error


def _tell_of_proposal(call: Call, report: Report) -> None:
    """Say what the change alters knowingly, and what is not in it."""
    for image in report.images:
        best = image.verification.best if image.verification else None
        altered = best.candidate.altered if best else image.plan.altered if image.plan else ()
        for phrase in altered:
            call.runner.log(f"The change {phrase}.")
        for rule, why in image.plan.left_out if image.plan and not best else ():
            call.runner.log(f"The change has nothing of {rule}: {why}.")
        if not best and not image.plan:
            call.runner.log("Nothing is proposed.")
