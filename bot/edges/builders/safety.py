"""Keeps a build inside its checkout: a link in a hostile tree must not send the machine's files to the builder."""

import os
from pathlib import Path

from bot.model.build import BuildFailure, BuildRequest, FailureKind


def refused(request: BuildRequest) -> BuildFailure | None:
    """Give why a request must not be built: its Dockerfile or a context is missing or leads through a link."""
    spec = request.spec
    if not os.path.lexists(Path(request.root, spec.dockerfile)):
        return _failure(request, FailureKind.NO_DOCKERFILE, f"There is no {spec.dockerfile}.")
    folders = (spec.context, *(source for _, source in spec.build_contexts if "://" not in source))
    for path in (spec.dockerfile, *folders):
        if not _is_plainly_inside(request.root, path):
            sentence = f"{path} leads through a symbolic link or out of the repository; name what it points to."
            return _failure(request, FailureKind.DOCKERFILE, sentence)
    for path in folders:
        if not Path(request.root, path).is_dir():
            return _failure(request, FailureKind.DOCKERFILE, f"There is no folder {path} to be the build context.")
    return None


def _is_plainly_inside(root: str, path: str) -> bool:
    """Tell whether a path stays below the root without passing a link."""
    real_root = os.path.realpath(root)
    wanted = os.path.normpath(Path(real_root, path))
    return os.path.realpath(wanted) == wanted and (wanted + os.sep).startswith(real_root + os.sep)


def _failure(request: BuildRequest, kind: FailureKind, sentence: str) -> BuildFailure:
    return BuildFailure(kind, sentence, file=request.spec.dockerfile)
