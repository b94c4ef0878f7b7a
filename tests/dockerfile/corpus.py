"""Real Dockerfiles, kept out of the repository: DEADWEIGHT_CORPUS, or ~/.cache/deadweight/corpus."""

import os
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from bot.dockerfile import Dockerfile, parse
from bot.errors import DockerfileError

FOLDER = pathlib.Path(os.environ.get("DEADWEIGHT_CORPUS", pathlib.Path.home() / ".cache" / "deadweight" / "corpus"))
needs_corpus = pytest.mark.skipif(not FOLDER.is_dir(), reason="no corpus of Dockerfiles; name one in DEADWEIGHT_CORPUS")


class Case(NamedTuple):
    """A file that parses, and where it comes from."""

    name: str
    dockerfile: Dockerfile


def texts(*collections: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of every file, of some collections only where any is named."""
    for path in sorted(FOLDER.rglob("*")):
        name = str(path.relative_to(FOLDER))
        if path.is_file() and (not collections or name.startswith(collections)):
            yield name, path.read_bytes().decode("utf-8", "surrogateescape")


def cases(*collections: str) -> Iterator[Case]:
    """Yield what parses."""
    for name, text in texts(*collections):
        try:
            yield Case(name, parse(text))
        except DockerfileError:
            continue
