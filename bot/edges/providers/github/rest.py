"""The provider's port for GitHub: one repository, one token, one budget of waiting."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from github.Repository import Repository

from bot.edges.providers.github.artifacts import ArtifactStore
from bot.edges.providers.github.checks import Checks
from bot.edges.providers.github.comments import StickyComments
from bot.edges.providers.github.git_data import Files, GitCommits
from bot.edges.providers.github.own_pulls import OwnPulls
from bot.edges.providers.github.patience import Patience, Repeater, Waits
from bot.edges.providers.github.reading import GitHubReading
from bot.edges.providers.github.sticky import Claims
from bot.edges.providers.github.transport import Identity, requester
from bot.edges.redactor import Redactor
from bot.model.effects import ProposePull, PublishCheck, UpsertComment
from bot.model.history import Tag
from bot.model.provider import Artifact, HeadBranch, LabelSetter, PipelineRun, Posted, Pull
from bot.ports import BranchFile


class RestGitHub:
    """Everything that we ask of GitHub; see ``bot.ports.Provider``."""

    def __init__(
        self, token: str, repository: str, api_url: str, patience: Patience | None, redactor: Redactor
    ) -> None:
        patience = patience or Patience()
        self._redactor = redactor
        waits = Waits(patience)
        asked = requester(token, api_url, patience, waits)
        lazy = Repository(asked, url=f"/repos/{repository}")
        repeater = Repeater(patience, waits)
        self._reading = GitHubReading(lazy, repository)
        self._commits = GitCommits(lazy)
        identity, claims = Identity(asked, repeater), Claims(self._reading.pipeline_run)
        self._comments = StickyComments(lazy, identity, repeater, claims)
        self._checks = Checks(lazy, asked, identity, repeater)
        self._files = Files(lazy, repeater)
        self._own_pulls = OwnPulls(lazy, repository.partition("/")[0], repeater)
        self._store = ArtifactStore(f"{asked.base_url}/repos/{repository}", token, patience, waits)

    def upsert_comment(self, effect: UpsertComment) -> Posted:
        """Create, edit or leave the sticky comment."""
        return self._comments.upsert(replace(effect, body=self._redactor.text(effect.body)))

    def publish_check(self, effect: PublishCheck) -> Posted:
        """Create a completed check run, or a commit status where check runs are refused."""
        return self._checks.create(_redacted(effect, self._redactor.text))

    def pull(self, number: int) -> Pull | None:
        """Return a pull request, ``None`` if it is gone."""
        return self._reading.pull(number)

    def pulls_of_run(self, run: PipelineRun) -> Sequence[Pull]:
        """Return the open pull requests whose head is the run's head."""
        return self._reading.pulls_of_run(run)

    def pipeline_run(self, run_id: int) -> PipelineRun | None:
        """Return a workflow run, ``None`` if there is none."""
        return self._reading.pipeline_run(run_id)

    def parents(self, commit: str) -> Sequence[str]:
        """Return the parents of a commit."""
        return self._commits.parents(commit)

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor of two commits or branches."""
        return self._commits.merge_base(one, other)

    def head_before(self, branch: HeadBranch, when: datetime) -> str:
        """Return the commit that a pull request's branch was at before a moment."""
        return self._commits.head_before(branch, when)

    def artifacts(self, run_id: int) -> Sequence[Artifact]:
        """List the artifacts of a run, the latest first."""
        return self._reading.artifacts(run_id)

    def read_artifact(self, artifact: Artifact, file_name: str, *, limit_bytes: int) -> bytes:
        """Return the one file of an artifact."""
        return self._store.read(artifact, file_name, limit_bytes=limit_bytes)

    def file_at(self, commit: str, path: str) -> bytes | None:
        """Return a regular file's content at a commit."""
        return self._files.at(commit, path)

    def label_setter(self, pull_number: int, label: str) -> LabelSetter | None:
        """Tell who set the label that the pull request carries now."""
        return self._reading.label_setter(pull_number, label)

    def sticky_comment(self, pull_number: int, key: str) -> str | None:
        """Return the text of our own comment of this key."""
        return self._comments.read(pull_number, key)

    def check_summaries(self, commit: str, name: str) -> Sequence[str]:
        """List the summaries of our own check runs at a commit."""
        return self._checks.summaries(commit, name)

    def tags(self) -> Sequence[Tag]:
        """List tags with the commits that they end at."""
        return self._files.tags()

    def propose_pull(self, effect: ProposePull) -> Posted:
        """Open our own pull request of a branch, or bring it up to date."""
        hide = self._redactor
        files = {path: hide.content(content) for path, content in effect.files.items()}
        return self._own_pulls.propose(
            replace(effect, title=hide.text(effect.title), body=hide.text(effect.body), files=files)
        )

    def change_file(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        """Write what ``change`` makes of a file of a branch."""
        return self._files.change(place, lambda found: self._redactor.content(change(found)), message)


def _redacted(effect: PublishCheck, hide: Callable[[str], str]) -> PublishCheck:
    annotations = tuple(
        replace(one, message=hide(one.message), title=hide(one.title), path=hide(one.path))
        for one in effect.annotations
    )
    return replace(
        effect, name=hide(effect.name), title=hide(effect.title), summary=hide(effect.summary), annotations=annotations
    )
