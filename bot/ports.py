"""What the stages need from the world, as structural types; ``bot/edges`` provides it, tests may too."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.model.build import BuildFailure, BuildRecord, BuildRequest
from bot.model.effects import Annotation, ProposePull, PublishCheck, UpsertComment
from bot.model.history import Tag
from bot.model.image import Image, ImageConfig, ImageReference, Platform
from bot.model.provider import Artifact, HeadBranch, LabelSetter, PipelineRun, Posted, Pull
from bot.model.verify import Behaviour, Questions


class TreeEntry(NamedTuple):
    """A file of a git tree: POSIX path, mode (``100644``, ``120000`` symlink, ``160000`` submodule), object.

    ``attributes`` names what the tree's git attributes change in it when it is checked out, empty for nothing.
    """

    path: str
    mode: str
    object_id: str
    attributes: str = ""


class Rename(NamedTuple):
    """A file that git sees as moved between two commits."""

    old: str
    new: str


class Git(Protocol):
    """One repository. Every method raises ``GitError`` where it cannot answer."""

    def resolve(self, revision: str) -> str:
        """Return the full object ID of a commit; never interprets an option."""

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents as written in the commit object, also where a shallow clone cut them off."""

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, deepening a shallow clone where needed; ``None`` if there is none."""

    def has(self, commit: str) -> bool:
        """Tell whether the commit's tree is here."""

    def ensure(self, commit: str) -> bool:
        """Fetch the commit if it is missing; False where it cannot be had."""

    def read_file(self, commit: str, path: str) -> bytes | None:
        """Return a regular file's content (≤ 1 MiB), ``None`` if there is none; a symlink or larger file raises."""

    def tree(self, commit: str) -> Sequence[TreeEntry]:
        """List every file of the commit's tree."""

    def renames(self, base: str, head: str) -> Sequence[Rename]:
        """List the files that git detects as renamed."""

    def default_branch(self) -> str:
        """Return the revision that stands for the default branch (``origin/HEAD``, ``main``, ``master``)."""

    def tags(self) -> Sequence[Tag]:
        """List the newest tags that are here, at most a thousand, each with the commit that it ends at."""

    def name(self) -> str:
        """Return the repository's own name: the end of its remote's URL, else the name of its folder."""

    def incomplete(self, commit: str) -> Sequence[str]:
        """Say what a checkout of the commit will lack (submodules, LFS objects that are not here), a sentence each."""

    def worktree_commit(self) -> str:
        """Return an object whose tree is the working tree with its uncommitted changes; ``HEAD`` where it is clean."""

    def checkout(self, commit: str) -> AbstractContextManager[str]:
        """Write the commit's tree, without ``.git``, into a folder that is removed afterwards; yields its path."""


class Builder(Protocol):
    """Builds one image at a time and removes what it made."""

    def build(self, request: BuildRequest) -> BuildRecord | BuildFailure:
        """Build; a failing Dockerfile is a ``BuildFailure``, a missing engine raises ``EngineError``."""

    def discard(self) -> None:
        """Remove every image, container and tag that this builder made."""


class BakeRequest(NamedTuple):
    """What ``docker buildx bake --print`` is asked: files by path with their text, later ones over earlier ones.

    ``folder`` is where it is asked; the paths are relative to one root, in which there is nothing else.
    """

    files: tuple[tuple[str, str], ...]
    targets: tuple[str, ...] = ()
    folder: str = "."


class BakePrint(Protocol):
    """Reads bake files as bake does, with nothing of the machine or the job in what comes of it."""

    def __call__(self, request: BakeRequest, /) -> Mapping[str, object] | None:
        """Return what bake prints; ``None`` if there is no bake, or it refuses or takes too long."""


def no_bake(_request: BakeRequest) -> None:
    """Stand in for a machine without buildx."""


class Sandbox(Protocol):
    """Runs images in a box from which nothing of ours can be reached. Raises ``EngineError`` if the engine is gone."""

    def observe(
        self, image: ImageReference, config: ImageConfig, questions: Questions, *, traced: bool = False
    ) -> Behaviour:
        """Run the image's own command, then each command that is asked, each in a new box; ``traced`` is slower."""

    def discard(self) -> None:
        """Remove every container, image and volume that this box made."""


Clock = Callable[[], float]
"""Gives the seconds since some moment; it only goes forward, and only differences mean something."""


class Memory(Protocol):
    """Remembers small results of earlier runs by the SHA-256 of what determines them; may forget any of them."""

    def recall(self, key: str) -> bytes | None:
        """Give what was kept under a key (``sha256:…``)."""

    def keep(self, key: str, content: bytes) -> None:
        """Keep a result."""


class OpenImage(Protocol):
    """An image whose layers have been read and whose files can be."""

    @property
    def image(self) -> Image:
        """The image."""

    def read_files(self, paths: Collection[bytes], *, limit_bytes: int) -> Mapping[bytes, bytes]:
        """Return the content of live regular files by path; a missing file or one above the limit is absent."""


class ImageReader(Protocol):
    """Reads images by reference. Raises ``ImageError``, ``LimitError``, ``EngineError`` or ``RegistryError``."""

    def open(
        self, references: Sequence[ImageReference], platform: Platform | None
    ) -> AbstractContextManager[Sequence[OpenImage]]:
        """Read one or two images together, so that layers they share are read once."""


class BranchFile(NamedTuple):
    """A file at the tip of a branch."""

    branch: str
    path: str


class Provider(Protocol):
    """The few things we ask of a code host for one repository. Posting never raises for its sake: see ``Posted``."""

    def upsert_comment(self, effect: UpsertComment) -> Posted:
        """Create, edit or leave the sticky comment; ends with one comment of this key, the newest result in it."""

    def publish_check(self, effect: PublishCheck) -> Posted:
        """Say at a commit how the run ended: a check with all annotations, or a status where checks are refused."""

    def pull(self, number: int) -> Pull | None:
        """Return a pull request, ``None`` where it is gone."""

    def pulls_of_run(self, run: PipelineRun) -> Sequence[Pull]:
        """Return the open pull requests of this repository whose head is the run's head (docs/security.md T-A1)."""

    def pipeline_run(self, run_id: int) -> PipelineRun | None:
        """Return a run of this repository's CI, ``None`` if there is none."""

    def parents(self, commit: str) -> Sequence[str]:
        """Return the parents of a commit; none where the provider does not know it."""

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor of two commits or branches; empty if there is none or one is unknown."""

    def head_before(self, branch: HeadBranch, when: datetime) -> str:
        """Return the commit for which a pull request's run was started last before a moment; empty: none is known."""

    def artifacts(self, run_id: int) -> Sequence[Artifact]:
        """List the artifacts of a run."""

    def read_artifact(self, artifact: Artifact, file_name: str, *, limit_bytes: int) -> bytes:
        """Return the one file of an artifact; raises ``PublishError`` where it is not exactly that (T-Z1)."""

    def file_at(self, commit: str, path: str) -> bytes | None:
        """Return a regular file's content at a commit, or at the tip of a branch (≤ 1 MiB)."""

    def label_setter(self, pull_number: int, label: str) -> LabelSetter | None:
        """Tell who set the label that the pull request carries now."""

    def sticky_comment(self, pull_number: int, key: str) -> str | None:
        """Return the text of our own comment of this key, ``None`` if there is none."""

    def check_summaries(self, commit: str, name: str) -> Sequence[str]:
        """List the summaries of the checks of a name that this token's own account made at a commit."""

    def tags(self) -> Sequence[Tag]:
        """List tags, at most a thousand, each with the commit that it ends at."""

    def propose_pull(self, effect: ProposePull) -> Posted:
        """Open our own pull request of a branch, or bring it up to date; a branch with work of others is left alone."""

    def change_file(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        """Write what ``change`` makes of a file; a branch that is missing is made, with nothing but the file in it.

        ``change`` gets ``None`` if there is no file yet, and is asked again where somebody else was faster.
        """


class Runner(Protocol):
    """The CI runner's (or terminal's) log, files and outputs."""

    def group(self, title: str) -> AbstractContextManager[None]:
        """Fold what is logged inside."""

    def log(self, text: str) -> None:
        """Write foreign or own text to the log, with everything in it neutralised that the runner would obey."""

    def annotate(self, annotations: Iterable[Annotation]) -> None:
        """Show messages on lines of files, as many as the runner shows."""

    def mask(self, secret: str) -> None:
        """Have the runner hide a value in everything that follows."""

    def set_outputs(self, outputs: Mapping[str, str]) -> None:
        """Set step outputs."""

    def write_summary(self, markdown: str) -> None:
        """Append to the page that the provider shows of a job."""

    def write_file(self, path: str, content: bytes) -> str:
        """Write a file of the report folder; returns its path relative to the workspace."""

    def print(self, text: str) -> None:
        """Write a result to standard output."""
