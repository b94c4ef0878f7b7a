"""``.gitlab-ci.yml`` → builds: the scripts of its jobs, with their variables, templates and parallel matrices."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final

from bot.discovery.commands import BUILD_WORDS, Reader, Where, marked_pushed
from bot.discovery.nouns import Collected, DiscoveryOptions, EvidenceKind
from bot.discovery.shell_state import State
from bot.discovery.tree import RepositoryTree, joined
from bot.discovery.unknowns import unknown
from bot.discovery.yaml_documents import NOTHING, UnreadableError, Value, read_all

FILES: Final = (".gitlab-ci.yml", ".gitlab-ci.yaml")
_NOT_JOBS: Final = frozenset(
    {
        "default",
        "variables",
        "stages",
        "include",
        "workflow",
        "image",
        "services",
        "cache",
        "before_script",
        "after_script",
    }
)
_BUILD_WORDS: Final = re.compile(BUILD_WORDS, re.MULTILINE)
_MOST_INCLUDED: Final = 40
_MOST_ROWS: Final = 64
_DEEPEST: Final = 8
_PROJECT: Final = {"CI_PROJECT_DIR": "/github/workspace", "CI": "true", "GITLAB_CI": "true"}


def gitlab_builds(tree: RepositoryTree, options: DiscoveryOptions) -> Collected:
    """Read the pipeline and the files of this repository that it includes."""
    collected = Collected()
    path = next((one for one in FILES if one in tree.modes), None)
    if path is None:
        return collected
    jobs = dict(_documents(tree, path, collected))
    variables = {**_PROJECT, **dict(_pairs(jobs.get("variables", (path, NOTHING))[1]))}
    for name, (file, job) in jobs.items():
        if name in _NOT_JOBS or name.startswith(".") or job.fields is None:
            continue
        reader = Reader(tree, options, Collected())
        for row in _rows(_field(job, "parallel", jobs).get("matrix")):
            own = {**variables, **_variables(job, jobs, 0), **row}
            _job(reader, job, file, jobs, own)
        collected.builds += marked_pushed(reader.unit)
    return collected


Jobs = Mapping[str, tuple[str, Value]]


def _documents(tree: RepositoryTree, path: str, collected: Collected) -> Iterator[tuple[str, tuple[str, Value]]]:
    waiting = [path]
    for count, one in enumerate(waiting):
        if count > _MOST_INCLUDED:
            break
        try:
            documents = list(read_all(tree.text(one)))
        except UnreadableError as error:
            collected.notes.append(f"{one} could not be read: {error}")
            continue
        for document in documents:
            yield from ((name, (one, job)) for name, job in document.entries())
            included = [document.get("include"), *(job.get("trigger", "include") for _, job in document.entries())]
            names = [name for one_of_them in included for name in _included(one_of_them)]
            waiting += [found for name in names if (found := joined(".", name)) and tree.has(found)]


def _included(include: Value) -> Iterator[str]:
    for one in include.elements() or (include,):
        name = one.string() or one.get("local").string()
        if name and "://" not in name and "*" not in name:
            yield name.lstrip("/")


def _job(reader: Reader, job: Value, file: str, jobs: Jobs, variables: Mapping[str, str]) -> None:
    state = State({**variables}, ".")
    default = jobs.get("default", (file, NOTHING))[1]
    before = (
        _field(job, "before_script", jobs)
        or default.get("before_script")
        or jobs.get("before_script", (file, NOTHING))[1]
    )
    lines = [line for part in (before, _field(job, "script", jobs)) for line in _lines(part, jobs)]
    # They run in one shell: a line that only changes the folder counts where another one builds.
    builds = any(_BUILD_WORDS.search(line.string()) for line in lines)
    for line in lines if builds else ():
        reader.script(line.string(), state, line.line, Where(EvidenceKind.GITLAB, file, sourced=True))


def _lines(part: Value, jobs: Jobs, depth: int = 0) -> Iterator[Value]:
    """The lines of a script; a list within it is a reference to another job's (``!reference``), or more lines."""
    named = part.strings()
    if depth and len(named) > 1 and named[0] in jobs and depth < _DEEPEST:
        yield from _lines(_referred(named, jobs), jobs, depth + 1)
        return
    for line in part.elements() or (part,):
        yield from _lines(line, jobs, depth + 1) if line.elements() and depth < _DEEPEST else (line,)


def _referred(path: Sequence[str], jobs: Jobs) -> Value:
    value = _field(jobs[path[0]][1], path[1], jobs)
    for name in path[2:]:
        value = value.get(name)
    return value


def _parents(job: Value, jobs: Jobs) -> Iterator[Value]:
    for name in reversed(job.get("extends").strings()):
        if name in jobs:
            yield jobs[name][1]


def _field(job: Value, name: str, jobs: Jobs, depth: int = 0) -> Value:
    if job.get(name) or depth > _DEEPEST:
        return job.get(name)
    return next((found for parent in _parents(job, jobs) if (found := _field(parent, name, jobs, depth + 1))), NOTHING)


def _variables(job: Value, jobs: Jobs, depth: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for parent in reversed(list(_parents(job, jobs)) if depth < _DEEPEST else []):
        found |= _variables(parent, jobs, depth + 1)
    return found | dict(_pairs(job.get("variables")))


def _pairs(variables: Value) -> Iterator[tuple[str, str]]:
    for name, value in variables.entries():
        text = (value.get("value") if value.fields else value).string()
        yield name, text if "$" not in text else unknown(text)


def _rows(matrix: Value) -> Iterator[dict[str, str]]:
    entries = matrix.elements()
    if not entries:
        yield {}
    for entry in entries[:_MOST_ROWS]:
        axes: list[tuple[str, tuple[str, ...]]] = [(name, value.strings()) for name, value in entry.entries()]
        for row in islice(product(*(values for _, values in axes)), _MOST_ROWS):
            yield dict(zip((name for name, _ in axes), row, strict=True))
