"""A file of a branch, changed while others may be changing it too: read, change, write; where that collides, again."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, NamedTuple

from github.InputGitTreeElement import InputGitTreeElement
from github.Repository import Repository

from bot.edges.providers.github.repeater import Repeater
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking
from bot.errors import PublishError
from bot.model.history import Tag
from bot.model.provider import Posted
from bot.ports import BranchFile

MOST_TAGS: Final = 1000

_ROUNDS: Final = 8
_MAY_NOT_WRITE: Final = "grant the job `contents: write`"
_WAYS_OUT: Final[Mapping[Trouble, str]] = {
    Trouble.FORBIDDEN: _MAY_NOT_WRITE,
    Trouble.GONE: _MAY_NOT_WRITE,
    Trouble.CLOSED: "nothing is written to an archived repository",
    Trouble.CONFLICT: "let rules that protect branches leave this one out, or run the job again",
    Trouble.INVALID: "let rules that protect branches leave this one out",
    Trouble.LIMITED: "run the job again later",
    Trouble.DOUBTFUL: "run the job again",
}


class _Found(NamedTuple):
    """A file as it is now; ``blob`` identifies its content, and what is written must name it."""

    content: bytes
    blob: str


class Files:
    """Changes files of branches, and lists tags."""

    def __init__(self, repository: Repository, repeater: Repeater) -> None:
        self._repository = repository
        self._repeater = repeater

    def tags(self) -> tuple[Tag, ...]:
        """List tags, at most a thousand. Raises ``GitHubError``."""
        with asking("the tags of the repository could not be listed"):
            return tuple(Tag(tag.name, tag.commit.sha) for tag in islice(self._repository.get_tags(), MOST_TAGS))

    def change(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        """Say which file holds it now, or why it could not be written; never raises for GitHub's sake."""
        try:
            return self._change(place, change, message)
        except GitHubError as error:
            why = f"{error.what}: {error.why}; {_WAYS_OUT.get(error.trouble, error.fix)}"
            return Posted(_named(place), problem=why)
        except PublishError as error:
            return Posted(_named(place), problem=error.what)

    def _change(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        for _ in range(_ROUNDS - 1):
            try:
                return self._change_once(place, change, message)
            except GitHubError as error:
                if not self._repeater.pause_after(error):
                    raise
        return self._change_once(place, change, message)

    def _change_once(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        """Read, change and write. A write whose answer was lost is seen by the next reading, so none is done twice."""
        found = self._read(place)
        wanted = change(found.content if found else None)
        if found is None or found.content != wanted:
            self._write(place, found, wanted, message)
        return Posted(_named(place))

    def _read(self, place: BranchFile) -> _Found | None:
        try:
            with asking(f"{_named(place)} could not be read"):
                found = self._repository.get_contents(place.path, ref=place.branch)
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise
            return None
        if isinstance(found, list) or found.type != "file" or found.encoding != "base64":
            raise PublishError(f"{_named(place)} is no file of at most 1 MB")
        return _Found(found.decoded_content, found.sha)

    def _write(self, place: BranchFile, found: _Found | None, wanted: bytes, message: str) -> None:
        with asking(f"{_named(place)} could not be written"):
            if found is not None:
                self._repository.update_file(place.path, message, wanted, found.blob, branch=place.branch)
                return
        try:
            with asking(f"{_named(place)} could not be written"):
                self._repository.create_file(place.path, message, wanted, branch=place.branch)
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise
            self._make_branch(place, wanted, message)

    def _make_branch(self, place: BranchFile, content: bytes, message: str) -> None:
        """Make a branch without history and without the files of any other."""
        with asking(f"the branch {place.branch} could not be made"):
            element = InputGitTreeElement(place.path, "100644", "blob", content=content.decode())
            tree = self._repository.create_git_tree([element])
            commit = self._repository.create_git_commit(message, tree, [])
        self._name(place.branch, commit.sha)

    def _name(self, branch: str, commit: str) -> None:
        what = f"the branch {branch} could not be made"
        try:
            with asking(what):
                self._repository.create_git_ref(f"refs/heads/{branch}", commit)
        except GitHubError as error:
            # Somebody else's branch of this name is refused like anything invalid; it is there to be written to now.
            if error.trouble is Trouble.INVALID:
                raise GitHubError(what, Trouble.CONFLICT, error.detail) from error
            raise


def _named(place: BranchFile) -> str:
    return f"{place.path} on the branch {place.branch}"
