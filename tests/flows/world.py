"""A world in memory: a repository, a builder whose Dockerfiles say what they weigh, a runner and a GitHub that remember.

A Dockerfile of this world has one layer for each ``RUN make PATH BYTES``; ``RUN exit 7`` fails. What a step makes in
a cache is not there where the step says ``--no-cache-dir``.
"""
# ruff: noqa: ARG002 - the ports have parameters that a world in memory does not need

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from bot.edges.providers.github.event import LIMITS, LINKS, event_of
from bot.errors import GitError, ImageError, PublishError
from bot.flows.check import World
from bot.model.build import BuildFailure, BuildRecord, BuildRequest, FailureKind
from bot.model.effects import Annotation, ProposePull, PublishCheck, UpsertComment
from bot.model.history import Tag
from bot.model.image import HistoryStep, Image, ImageConfig, ImageReference, Platform, Transport
from bot.model.provider import Artifact, HeadBranch, LabelSetter, PipelineRun, Posted, Pull, RunContext
from bot.model.verify import Behaviour, Questions, Run
from bot.ports import BranchFile, Rename, TreeEntry
from tests import pictures

MB = 1_000_000
TODAY = date(2026, 11, 24)
REPOSITORY = "octo/shop"
Files = Mapping[str, str]


def dockerfile(*megabytes: int) -> str:
    """A Dockerfile with layers of that many megabytes."""
    return "FROM scratch\n" + "".join(f"RUN make /file{at} {size}000000\n" for at, size in enumerate(megabytes))


_layer = functools.cache(pictures.layer)


def _made(step: str) -> str:
    """Draw the layer of a step."""
    made, _, rest = " ".join(step.split()[2:]).removeprefix("/").partition(" && ")
    return "" if ".cache" in made and "--no-cache-dir" in rest else made


def _object_id(*parts: object) -> str:
    return hashlib.sha1(repr(parts).encode()).hexdigest()


@dataclass
class Repository:
    """A git repository: commits with parents and files, and the branches that name them."""

    commits: dict[str, tuple[tuple[str, ...], Files]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tag_list: list[Tag] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    head: str = ""
    asked: list[str] = field(default_factory=list)

    def commit(self, files: Files, *parents: str, branch: str = "") -> str:
        """Make a commit and check it out."""
        self.head = _object_id(sorted(files.items()), parents, len(self.commits))
        self.commits[self.head] = (parents, dict(files))
        if branch:
            self.branches[branch] = self.head
        return self.head

    def record(self, content: bytes) -> None:
        """Put a record of sizes on its branch."""
        head = self.head
        self.commit({"sizes.jsonl": content.decode()}, branch="deadweight-history")
        self.head = head

    # --- the port ---

    def resolve(self, revision: str) -> str:
        """Return a branch's commit, a commit, or the one that is checked out."""
        self.asked.append(revision)
        known = {"HEAD": self.head, **self.branches, **{sha: sha for sha in self.commits}}
        if revision not in known:
            raise GitError(f"The revision {revision!r} was not found.")
        return known[revision]

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents."""
        return self.commits[commit][0]

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the first ancestor of the one that is one of the other."""
        others = set(self._ancestors(other))
        return next((sha for sha in self._ancestors(one) if sha in others), None)

    def _ancestors(self, commit: str) -> Iterator[str]:
        yield commit
        for parent in self.parents(commit):
            yield from self._ancestors(parent)

    def has(self, commit: str) -> bool:
        """Tell whether a commit is here."""
        return commit in self.commits and commit not in self.lost

    ensure = has

    def read_file(self, commit: str, path: str) -> bytes | None:
        """Return a file's content."""
        content = self._files(commit).get(path)
        return None if content is None else content.encode()

    def tree(self, commit: str) -> Sequence[TreeEntry]:
        """List the files."""
        return [TreeEntry(path, "100644", _object_id(text)) for path, text in sorted(self._files(commit).items())]

    def renames(self, base: str, head: str) -> Sequence[Rename]:
        """List the files that moved without a change."""
        before, after = self._files(base), self._files(head)
        gone = {text: path for path, text in before.items() if path not in after}
        return [Rename(gone[text], path) for path, text in after.items() if path not in before and text in gone]

    def _files(self, commit: str) -> Files:
        if not self.has(commit):
            raise GitError(f"{commit} is not here.")
        return self.commits[commit][1]

    def default_branch(self) -> str:
        """Return main."""
        return "main"

    def name(self) -> str:
        """Return the repository's name."""
        return "shop"

    def tags(self) -> Sequence[Tag]:
        """List the tags."""
        return self.tag_list

    def incomplete(self, commit: str) -> Sequence[str]:
        """Lack nothing."""
        return ()

    def worktree_commit(self) -> str:
        """Return what is checked out."""
        return self.head

    @contextlib.contextmanager
    def checkout(self, commit: str) -> Iterator[str]:
        """Return the commit for the name of a folder."""
        self.asked.append(f"checkout {commit}")
        yield commit


@dataclass
class Workshop:
    """Builds images from the Dockerfiles of this world, and reads them again."""

    repository: Repository
    platform: str = "linux/amd64"
    builds: list[BuildRequest] = field(default_factory=list)
    shelf: dict[str, pictures.Picture] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def put(self, name: str, *layers: str) -> ImageReference:
        """Put an image on the shelf that nobody built."""
        self.shelf[name] = pictures.picture(*layers, platform=self.platform)
        return ImageReference(Transport.DOCKER_DAEMON, name)

    # --- the builder's port ---

    def build(self, request: BuildRequest) -> BuildRecord | BuildFailure:
        """Build what the Dockerfile of the commit says."""
        self.builds.append(request)
        text = request.overlay.get(request.spec.dockerfile) or self.repository.read_file(
            request.root, request.spec.dockerfile
        )
        steps = [line for line in (text or b"").decode().splitlines() if line.startswith("RUN ")]
        if "RUN exit 7" in steps:
            sentence = "RUN exit 7 failed with exit code 7."
            return BuildFailure(FailureKind.INSTRUCTION, sentence, request.spec.dockerfile, text="RUN exit 7")
        layers = [_layer(_made(step)) for step in steps]
        number = len(self.builds) if request.side == "proposal" else ""
        name = f"{request.spec.name}:{request.side}{number}-{request.spec.platform or self.platform}"
        platform = str(request.spec.platform or self.platform)
        self.shelf[name] = pictures.picture(*layers, created_by=steps, platform=platform)
        reference = ImageReference(Transport.DOCKER_DAEMON, name)
        history = tuple(HistoryStep(step, "", empty=False) for step in steps)
        return BuildRecord(reference, self.shelf[name].diff_ids, history, (), 0.1, False, "a builder in memory")

    def discard(self) -> None:
        """Keep everything."""

    # --- the reader's port ---

    @contextlib.contextmanager
    def open(self, references: Sequence[ImageReference], platform: Platform | None) -> Iterator[Sequence[Opened]]:
        """Read images of the shelf."""
        missing = [one.name for one in references if one.name not in self.shelf or one.name in self.unreadable]
        if missing:
            raise ImageError(f"There is no image {missing[0]}.")
        yield [Opened(replace(pictures.image_of(self.shelf[one.name]), reference=one)) for one in references]


@dataclass
class Box:
    """A sandbox in which every image behaves as ``acts`` says of its name."""

    acts: Callable[[str], Run] = field(default=lambda _: Run(exit_code=0, output=b"hello\n"))
    seen: list[tuple[str, bool]] = field(default_factory=list)

    def observe(
        self, image: ImageReference, config: ImageConfig, questions: Questions, *, traced: bool = False
    ) -> Behaviour:
        """Tell how an image behaves."""
        self.seen.append((image.name, traced))
        return Behaviour((self.acts(image.name),))

    def discard(self) -> None:
        """Keep nothing."""


@dataclass(frozen=True)
class Opened:
    """An image whose files nobody needs."""

    image: Image

    def read_files(self, paths: Collection[bytes], *, limit_bytes: int) -> Mapping[bytes, bytes]:
        """Return nothing."""
        return {}


@dataclass
class Notebook:
    """A runner that writes down everything."""

    lines: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summaries: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Note the title."""
        self.groups.append(title)
        yield

    def log(self, text: str) -> None:
        """Note a line."""
        self.lines.append(text)

    def annotate(self, annotations: Iterable[Annotation]) -> None:
        """Note annotations."""
        self.annotations += annotations

    def mask(self, secret: str) -> None:
        """Hide nothing."""

    def set_outputs(self, outputs: Mapping[str, str]) -> None:
        """Note outputs."""
        self.outputs |= outputs

    def write_summary(self, markdown: str) -> None:
        """Note a summary."""
        self.summaries.append(markdown)

    def write_file(self, path: str, content: bytes) -> str:
        """Note a file."""
        self.files[path] = content
        return f"deadweight-report/{path}"

    def print(self, text: str) -> None:
        """Note a result."""
        self.printed.append(text)


@dataclass
class Hub:
    """A GitHub of one repository that remembers; ``down`` are the questions that it does not answer."""

    comments: dict[int, str] = field(default_factory=dict)
    checks: list[PublishCheck] = field(default_factory=list)
    setters: dict[tuple[int, str], LabelSetter] = field(default_factory=dict)
    pulls: list[Pull] = field(default_factory=list)
    runs: dict[int, PipelineRun] = field(default_factory=dict)
    uploads: dict[int, Artifact] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    tag_list: list[Tag] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    refusal: str = ""
    proposals: dict[str, ProposePull] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    git: Repository = field(default_factory=Repository)
    pushed: list[tuple[datetime, str]] = field(default_factory=list)

    def label(self, number: int, label: str, by: str, hour: int = 12, permission: str = "write") -> None:
        """Let somebody set a label."""
        when = datetime(2026, 11, 24, hour, tzinfo=UTC)
        self.setters[number, label] = LabelSetter(by, when, permission)

    def upload(self, run: PipelineRun, content: bytes, *, number: int = 1, **more: object) -> None:
        """Let a run leave its report."""
        fields: dict[str, object] = {"name": "deadweight-report", "size_bytes": len(content), "expired": False}
        self.runs[run.run_id] = run
        self.uploads[number] = Artifact(artifact_id=number, **(fields | {"run_id": run.run_id} | more))
        self.contents[number] = content

    def _ask(self, question: str) -> None:
        self.asked.append(question)
        if question in self.down:
            raise PublishError(f"the {question} could not be read")

    # --- the port ---

    def upsert_comment(self, effect: UpsertComment) -> Posted:
        """Keep the comment of a pull request."""
        self.asked.append("upsert_comment")
        if effect.create or effect.pull_number in self.comments:
            self.comments[effect.pull_number] = effect.body
        return Posted("comment", "https://github.com/octo/shop/pull/5#issuecomment-1", 1)

    def publish_check(self, effect: PublishCheck) -> Posted:
        """Keep a check run."""
        self.checks.append(effect)
        return Posted("check run", object_id=2)

    def pull(self, number: int) -> Pull | None:
        """Return a pull request."""
        return next((pull for pull in self.pulls if pull.number == number), None)

    def pulls_of_run(self, run: PipelineRun) -> Sequence[Pull]:
        """Return the open pull requests at the run's head."""
        return [pull for pull in self.pulls if pull.open and pull.head_sha == run.head_sha]

    def pipeline_run(self, run_id: int) -> PipelineRun | None:
        """Return a run."""
        return self.runs.get(run_id)

    def parents(self, commit: str) -> Sequence[str]:
        """Return the parents of a commit."""
        return self.git.parents(commit) if commit in self.git.commits else ()

    def merge_base(self, one: str, other: str) -> str:
        """Return the common ancestor of two branches or commits."""
        known = {**self.git.branches, **{sha: sha for sha in self.git.commits}}
        return self.git.merge_base(known[one], known[other]) or "" if {one, other} <= known.keys() else ""

    def head_before(self, branch: HeadBranch, when: datetime) -> str:
        """Return the head that was pushed last before a moment."""
        self._ask("runs")
        return max([(moment, head) for moment, head in self.pushed if moment < when], default=(when, ""))[1]

    def artifacts(self, run_id: int) -> Sequence[Artifact]:
        """List what is there, newest first."""
        self._ask("artifacts")
        return sorted(self.uploads.values(), key=lambda one: -one.artifact_id)

    def read_artifact(self, artifact: Artifact, file_name: str, *, limit_bytes: int) -> bytes:
        """Return the file."""
        self._ask("artifact")
        content = {"report.json": self.contents[artifact.artifact_id]}[file_name]
        if len(content) > limit_bytes:
            raise PublishError("The artifact is too large.", why=f"{file_name} has more than {limit_bytes} bytes.")
        return content

    def file_at(self, commit: str, path: str) -> bytes | None:
        """Return a file."""
        self._ask(f"{path} at {commit}")
        return self.files.get((commit, path))

    def label_setter(self, pull_number: int, label: str) -> LabelSetter | None:
        """Tell who set a label."""
        self._ask("label events")
        return self.setters.get((pull_number, label))

    def sticky_comment(self, pull_number: int, key: str) -> str | None:
        """Return our comment."""
        self._ask("comments")
        return self.comments.get(pull_number)

    def check_summaries(self, commit: str, name: str) -> Sequence[str]:
        """Return what the checks of a commit say."""
        self._ask("check runs")
        return [check.summary for check in self.checks if (check.head_sha, check.name) == (commit, name)]

    def tags(self) -> Sequence[Tag]:
        """List tags."""
        self._ask("tags")
        return self.tag_list

    def propose_pull(self, effect: ProposePull) -> Posted:
        """Keep our pull request of a branch."""
        self.proposals[effect.branch] = effect
        return Posted(f"a pull request from {effect.branch}", "https://github.com/octo/shop/pull/6", 6)

    def change_file(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        """Change a file, after somebody else did at the same time."""
        self.asked.append(message)
        if not self.refusal:
            change(self.files.get(place))
            self.files[place] = change(self.files.get(place))
        return Posted(f"{place.path} on the branch {place.branch}", problem=self.refusal)


@dataclass
class Shop:
    """The repository ``octo/shop`` with everything around it."""

    git: Repository = field(default_factory=Repository)
    runner: Notebook = field(default_factory=Notebook)
    github: Hub | None = field(default_factory=Hub)
    workshop: Workshop = field(init=False)
    box: Box | None = None
    drawer: dict[str, bytes] = field(default_factory=dict)
    now: float = 0.0

    def recall(self, key: str) -> bytes | None:
        """Give what was put into the drawer."""
        return self.drawer.get(key)

    def keep(self, key: str, content: bytes) -> None:
        """Put something into the drawer."""
        self.drawer[key] = content

    def tick(self) -> float:
        """Give the time; a second goes by whenever somebody asks."""
        self.now += 1.0
        return self.now

    def __post_init__(self) -> None:
        """Put a workshop into the repository."""
        self.workshop = Workshop(self.git)
        if self.github is not None:
            self.github.git = self.git

    @property
    def world(self) -> World:
        """The world as the pipeline gets it."""
        return World(
            self.git,
            self.workshop,
            self.workshop,
            self.runner,
            TODAY,
            self.github,
            sandbox=self.box,
            clock=self.tick,
            memory=self,
        )

    def built(self) -> list[tuple[str, str]]:
        """What was built: image and side, in order."""
        return [(request.spec.name, request.side) for request in self.workshop.builds]

    def start(self, files: Files) -> str:
        """Make the default branch's commit."""
        return self.git.commit(files, branch="main")

    def propose(self, files: Files, *, labels: tuple[str, ...] = (), **more: object) -> RunContext:
        """Open pull request 5, or push to it, and check its merge commit out; gives the run's context.

        It is opened at eleven, and pushed to every minute after half past twelve.
        """
        main = self.git.branches["main"]
        head = self.git.commit(files, main, branch="grow")
        merge = self.git.commit(files, main, head)
        if self.github is not None:
            minute = len(self.github.pushed)
            when = (
                datetime(2026, 11, 24, 12, 30 + minute, tzinfo=UTC)
                if minute
                else datetime(2026, 11, 24, 11, tzinfo=UTC)
            )
            self.github.pushed.append((when, head))
        return pull_request(main, head, merge, labels=labels, **more)


def pull_request(
    base: str,
    head: str,
    merge: str,
    *,
    labels: tuple[str, ...] = (),
    fork: str = "octo",
    author: str = "mona",
    action: str = "synchronize",
    run_id: int = 100,
    label: str = "",
    number: int = 5,
    event: str = "pull_request",
) -> RunContext:
    """Return the context of a run for pull request 5; ``label`` is the one whose setting started it."""
    sides = {
        "base": {"sha": base, "ref": "main", "repo": {"full_name": REPOSITORY}},
        "head": {"sha": head, "ref": "grow", "repo": {"full_name": f"{fork}/shop"}},
    }
    named = [{"name": label} for label in labels]
    updated = "2026-11-24T12:00:00Z"
    pull = {"number": number, "updated_at": updated, "user": {"login": author}, "labels": named, **sides}
    payload: dict[str, object] = {"action": action, "pull_request": pull, "repository": _repository()}
    if label:
        payload |= {"action": "labeled", "label": {"name": label}}
    return context(event, payload, merge, f"refs/pull/{number}/merge", run_id)


def push(before: str, after: str, ref: str = "refs/heads/main", run_id: int = 100) -> RunContext:
    """Return the context of a run for a push."""
    payload = {"before": before, "after": after, "ref": ref, "repository": _repository()}
    return context("push", payload, after, ref, run_id)


def workflow_run(run: PipelineRun) -> RunContext:
    """Return the context of a run that another one's end started."""
    told = {
        "id": run.run_id,
        "event": run.event,
        "path": run.path,
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "run_attempt": run.run_attempt,
    }
    return context(
        "workflow_run", {"workflow_run": told, "repository": _repository()}, "f" * 40, "refs/heads/main", 200
    )


def context(event: str, payload: Mapping[str, object], sha: str, ref: str, run_id: int) -> RunContext:
    """Return what the runner says of a run."""
    return RunContext(
        event_of(event, json.dumps(payload).encode(), repository=REPOSITORY, sha=sha, ref=ref),
        repository=REPOSITORY,
        server_url="https://github.com",
        run_id=run_id,
        run_attempt=1,
        links=LINKS,
        limits=LIMITS,
    )


def _repository() -> Mapping[str, str]:
    return {"full_name": REPOSITORY, "default_branch": "main"}
