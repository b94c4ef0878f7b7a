"""BuildKit itself is the judge: what it takes we take, the stages it sees we see, and it takes what our edits make."""

import json
import pathlib
import subprocess
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from bot.dockerfile import Dockerfile, parse
from bot.dockerfile.edits import apply
from bot.errors import DockerfileError
from tests.dockerfile.corpus import FOLDER, texts
from tests.dockerfile.test_corpus import KINDS

pytestmark = pytest.mark.engine

SAMPLES = 20
CASES = [
    "FROM a\n",
    "",
    "# nothing\n",
    "ARG V=1\nFROM a:${V} AS One\nFROM one\nRUN x\n",
    "FROM a\nRUN <<EOF\ntrue\nEOF\nFROM b AS two\n",
    "FROM a\nRUN <<EOF\ntrue\n",
    "FROM a\nBOGUS\n",
    "FROM a AS 9\n",
    "FROM a b c\n",
    "RUN true\nFROM a\n",
    "FROM a\nENV x\n",
    'FROM a\nRUN ["a", 1]\n',
    "FROM --platform=$BUILDPLATFORM a AS x\nRUN echo \\\n# comment\n\n  done\nFROM x\n",
    "# escape=`\nFROM a\nRUN dir `\n  c:\\\nFROM b\n",
    "\ufeffFROM a\r\nRUN x \\\r\n  && y\r\nFROM b\r\n",
    "FROM a\nCOPY --from=x <<A <<B /\none\nA\ntwo\nB\nFROM c\n",
    "FROM a\nONBUILD COPY . /\nFROM b\n",
    "FROM a\nARG B=x\nFROM ${B:-y}\n",
]


class Target(NamedTuple):
    """A stage as BuildKit lists it: its name, its base, and the line of its FROM."""

    name: str
    base: str
    line: int


class BuildKit:
    """Asks the engine's BuildKit what it makes of a text."""

    def __init__(self, environment: Mapping[str, str], folder: pathlib.Path) -> None:
        self._environment = dict(environment)
        self._folder = folder
        self._known: dict[str, list[Target] | None] = {}

    def targets(self, text: str) -> list[Target] | None:
        """Return the stages, ``None`` where BuildKit refuses the text; each text is asked once."""
        if text not in self._known:
            self._known[text] = self._ask(text)
        return self._known[text]

    def _ask(self, text: str) -> list[Target] | None:
        command = ["docker", "buildx", "build", "--call=targets,format=json", "--file=-", str(self._folder)]
        raw = text.encode("utf-8", "surrogateescape")
        done = subprocess.run(command, input=raw, env=self._environment, capture_output=True, check=False, timeout=300)
        if done.returncode != 0:
            return None
        return [
            Target(one.get("name", "").lower(), one.get("base", ""), one["location"]["ranges"][0]["start"]["line"])
            for one in json.loads(done.stdout)["targets"]
        ]


@pytest.fixture(scope="module")
def buildkit(modern_engine: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> BuildKit:
    """Return BuildKit with an empty context."""
    return BuildKit(modern_engine, tmp_path_factory.mktemp("context"))


def sample() -> Iterator[tuple[str, str]]:
    """Yield some files of the corpus, evenly spread, without the directive that would fetch another front end."""
    files = list(texts()) if FOLDER.is_dir() else []
    for name, text in files[:: max(1, len(files) // SAMPLES)]:
        first, _, rest = text.partition("\n")
        yield name, rest if first.replace(" ", "").startswith("#syntax=") else text


def known(text: str) -> Dockerfile | None:
    """Parse a text, ``None`` where we refuse it."""
    try:
        return parse(text)
    except DockerfileError:
        return None


def same(buildkit: BuildKit, text: str) -> bool:
    """Tell whether BuildKit and we see the same stages, or both refuse."""
    ours, theirs = known(text), buildkit.targets(text)
    if ours is None or theirs is None:
        return ours is theirs is None
    seen = [Target(stage.name, stage.base_expanded, stage.origin.lines[0]) for stage in ours.stages]
    return [one._replace(base="") for one in seen] == [one._replace(base="") for one in theirs] and all(
        mine.base == its.base or not its.base or "$" in its.base for mine, its in zip(seen, theirs, strict=True)
    )


@pytest.mark.parametrize("text", CASES)
def test_parse__agrees_with_buildkit(buildkit: BuildKit, text: str):
    """Stages, names and lines are BuildKit's, and what it refuses is refused."""
    assert same(buildkit, text)


def test_parse__agrees_with_buildkit_on_real_files(buildkit: BuildKit):
    """So it is for files that people wrote."""
    if not FOLDER.is_dir():
        pytest.skip("no corpus of Dockerfiles; name one in DEADWEIGHT_CORPUS")

    assert [name for name, text in sample() if not same(buildkit, text)] == []


TEXT = """\
FROM debian:12
RUN apt-get update \\
    # tools
    && apt-get install -y curl \\
    && rm -r /tmp/x
RUN make && make install
RUN true
COPY . /src
"""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_edits__of_every_kind_are_taken(buildkit: BuildKit, kind):
    """BuildKit takes what each kind of edit makes, of our own text and of real files that it took before."""
    real = [text for _, text in list(sample())[::6] if known(text) and buildkit.targets(text) is not None]
    attempts = [
        (dockerfile, edits) for text in (TEXT, *real) if (dockerfile := known(text)) for edits in kind(dockerfile)
    ]

    changed = [apply(dockerfile, edits) for dockerfile, edits in attempts[:3]]

    assert any(changed)
    assert [one.text for one in changed if one and buildkit.targets(one.text) is None] == []
