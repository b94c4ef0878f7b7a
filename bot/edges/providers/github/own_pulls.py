"""Pull requests of our own: one for each branch, opened once, brought up to date, and never over anybody's work."""

from collections.abc import Mapping
from itertools import islice
from typing import Final

from github.GitCommit import GitCommit
from github.GitRef import GitRef
from github.InputGitTreeElement import InputGitTreeElement
from github.PullRequest import PullRequest
from github.Repository import Repository

from bot.edges.providers.github.patience import Repeater
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking, present
from bot.model.effects import ProposePull
from bot.model.provider import Posted

_SIGNATURE: Final = "Proposed-by: deadweight"
"""Ends the message of every commit of ours, so that a branch that somebody else has worked on is known."""

_OF_OTHERS: Final = "the branch {branch} has commits that are not ours; it is left as it is"
_CLOSED: Final = "somebody has closed this very proposal ({url}); it is not opened again"
_MOST_PULLS: Final = 30
_MAY_NOT: Final = (
    "grant the job `contents: write` and `pull-requests: write`, and let the repository's settings allow GitHub Actions"
    " to create pull requests"
)
_WAYS_OUT: Final[Mapping[Trouble, str]] = {Trouble.FORBIDDEN: _MAY_NOT, Trouble.GONE: _MAY_NOT}


class OwnPulls:
    """Opens pull requests in one repository; never raises for GitHub's sake."""

    def __init__(self, repository: Repository, owner: str, repeater: Repeater) -> None:
        self._repository, self._owner, self._repeater = repository, owner, repeater

    def propose(self, effect: ProposePull) -> Posted:
        """Open a pull request, or bring the one that is open up to date; a closed one is not opened again."""
        what = f"a pull request from {effect.branch}"
        try:
            return self._propose(effect, what)
        except GitHubError as error:
            return Posted(what, problem=f"{error.what}: {error.why}; {_WAYS_OUT.get(error.trouble, error.fix)}")

    def _propose(self, effect: ProposePull, what: str) -> Posted:
        pull = self._newest(effect)
        if pull is not None and pull.state == "closed" and not pull.merged_at and _mark(effect) in (pull.body or ""):
            return Posted(what, pull.html_url, pull.number, _CLOSED.format(url=pull.html_url))
        if not self._write_branch(effect):
            return Posted(what, problem=_OF_OTHERS.format(branch=effect.branch))
        if pull is None or pull.state != "open":
            pull = self._repeater.once(lambda: self._open(effect), lambda: self._open_one(effect))
        elif (pull.title, pull.body) != (effect.title, _body(effect)):
            with asking(f"{what} could not be edited"):
                pull.edit(title=effect.title, body=_body(effect))
        return Posted(what, pull.html_url, pull.number)

    def _newest(self, effect: ProposePull) -> PullRequest | None:
        """Find the newest pull request of the branch, open or not."""
        with asking(f"the pull requests from {effect.branch} could not be listed"):
            head = f"{self._owner}:{effect.branch}"
            found = islice(self._repository.get_pulls(state="all", head=head, base=effect.into), _MOST_PULLS)
            ours = [pull for pull in found if pull.head.ref == effect.branch]
            return next((pull for pull in ours if pull.state == "open"), next(iter(ours), None))

    def _open_one(self, effect: ProposePull) -> PullRequest | None:
        pull = self._newest(effect)
        return pull if pull is not None and pull.state == "open" else None

    def _open(self, effect: ProposePull) -> PullRequest:
        with asking(f"a pull request from {effect.branch} could not be opened"):
            return self._repository.create_pull(
                base=effect.into, head=effect.branch, title=effect.title, body=_body(effect)
            )

    def _write_branch(self, effect: ProposePull) -> bool:
        """Put one commit of ours on the parent; False if somebody else has put something on the branch."""
        ref = self._ref(effect.branch)
        with asking(f"the branch {effect.branch} could not be written"):
            tip = self._repository.get_git_commit(ref.object.sha) if ref else None
            if tip is not None and _SIGNATURE not in tip.message.splitlines():
                return False
            parent = self._repository.get_git_commit(effect.parent)
            elements = [
                InputGitTreeElement(path, "100644", "blob", content=content.decode("utf-8", "surrogateescape"))
                for path, content in sorted(effect.files.items())
            ]
            tree = self._repository.create_git_tree(elements, parent.tree)
            if tip is not None and _is_alike(tip, tree.sha, effect.parent):
                return True
            message = f"{effect.title}\n\n{_SIGNATURE}\n"
            commit = self._repository.create_git_commit(message, tree, [parent])
            if ref is None:
                self._repository.create_git_ref(f"refs/heads/{effect.branch}", commit.sha)
            else:
                ref.edit(commit.sha, force=True)
        return True

    def _ref(self, branch: str) -> GitRef | None:
        try:
            with asking(f"the branch {branch} could not be read"):
                ref = self._repository.get_git_ref(f"heads/{branch}")
                # It is asked for only now; what it says of itself then is what there is.
                return ref if present(ref.object).sha and ref.ref == f"refs/heads/{branch}" else None
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise
            return None


def _is_alike(tip: GitCommit, tree: str, parent: str) -> bool:
    return tip.tree.sha == tree and [one.sha for one in tip.parents] == [parent]


def _mark(effect: ProposePull) -> str:
    return f"<!-- deadweight:proposal {effect.identity} -->"


def _body(effect: ProposePull) -> str:
    return f"{_mark(effect)}\n{effect.body}"
