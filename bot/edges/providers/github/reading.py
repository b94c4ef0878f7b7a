"""What is read from GitHub for the trusted half: pull requests, runs, artifacts' records, who set a label."""

from collections.abc import Sequence
from typing import Final

from github.Artifact import Artifact as ArtifactRecord
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.PaginatedList import PaginatedList
from github.PullRequest import PullRequest
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun as RunRecord

from bot.edges.providers.github.trouble import GitHubError, Trouble, asking, present
from bot.model.provider import Artifact, LabelSetter, PipelineRun, Pull

_ROLES: Final = frozenset({"admin", "maintain", "write", "triage", "read", "none"})


class GitHubReading:
    """Answers from one repository. Everything raises ``GitHubError`` if GitHub gives no proper answer."""

    def __init__(self, repository: Repository, full_name: str) -> None:
        self._repository = repository
        self._full_name = full_name

    # --- pull requests and runs ---

    def pull(self, number: int) -> Pull | None:
        """Return a pull request, ``None`` if it is gone."""
        try:
            with asking(f"pull request {number} could not be read"):
                return _pull(self._repository.get_pull(number))
        except GitHubError as error:
            _raise_unless_gone(error)
            return None

    def pulls_of_run(self, run: PipelineRun) -> Sequence[Pull]:
        """Return the open pull requests that a run measured, found from GitHub's own records only (T-A1).

        The run must be a ``pull_request`` run of this repository. GitHub names no pull requests for a fork's run;
        then they are those of the run's head branch. All must be open, into this repository, and still at the
        commit that was measured: a run that was overtaken has none.
        """
        if run.event != "pull_request" or run.repository != self._full_name:
            return ()
        named = [self.pull(number) for number in run.pull_numbers] or self._pulls_from(run)
        return tuple(pull for pull in named if pull is not None and self._is_measured(pull, run))

    def _pulls_from(self, run: PipelineRun) -> list[Pull | None]:
        owner = run.head_repository.partition("/")[0]
        if not owner or not run.head_branch:
            return []
        with asking(f"the pull requests from {owner} could not be listed"):
            found = self._repository.get_pulls(state="open", head=f"{owner}:{run.head_branch}")
            return [_pull(pull) for pull in found]

    def _is_measured(self, pull: Pull, run: PipelineRun) -> bool:
        return (
            pull.open
            and pull.head_sha == run.head_sha
            and pull.head_ref == run.head_branch
            and pull.head_repository == run.head_repository
            and pull.base_repository == self._full_name
        )

    def pipeline_run(self, run_id: int) -> PipelineRun | None:
        """Return a workflow run, ``None`` if there is none."""
        try:
            with asking(f"workflow run {run_id} could not be read"):
                return _run(self._repository.get_workflow_run(run_id))
        except GitHubError as error:
            _raise_unless_gone(error)
            return None

    def artifacts(self, run_id: int) -> Sequence[Artifact]:
        """List the artifacts of a run, the latest first; of a run with several attempts each attempt has its own."""
        with asking(f"the artifacts of run {run_id} could not be listed"):
            path = f"{self._repository.url}/actions/runs/{run_id}/artifacts"
            records = PaginatedList(ArtifactRecord, self._repository.requester, path, None, list_item="artifacts")
            listed = [_artifact(record, run_id) for record in records]
        return tuple(sorted(listed, key=lambda artifact: -artifact.artifact_id))

    # --- labels ---

    def label_setter(self, pull_number: int, label: str) -> LabelSetter | None:
        """Tell who set the label that the pull request carries now; ``None`` if it does not carry it."""
        with asking(f"the label events of pull request {pull_number} could not be read"):
            events = [
                event
                for event in self._repository.get_issue(pull_number).get_events()
                if event.event in ("labeled", "unlabeled") and present(event.label).name.casefold() == label.casefold()
            ]
            if not events or events[-1].event == "unlabeled":
                return None
            login = _login(events[-1].actor)
            return LabelSetter(login, present(events[-1].created_at), self._permission(login))

    def _permission(self, login: str) -> str:
        """Return what somebody may do here; who is no collaborator (a deleted user, a bot) may do nothing."""
        if not login:
            return "none"
        try:
            with asking(f"the permission of {login} could not be read"):
                role = self._repository.get_collaborator_role_name(login)
                return role if role in _ROLES else self._repository.get_collaborator_permission(login)
        except GitHubError as error:
            _raise_unless_gone(error)
            return "none"


def _raise_unless_gone(error: GitHubError) -> None:
    if error.trouble is not Trouble.GONE:
        raise error


def _pull(pull: PullRequest) -> Pull:
    head, base = present(pull.head), present(pull.base)
    return Pull(
        number=present(pull.number),
        open=pull.state == "open",
        head_sha=present(head.sha),
        head_ref=present(head.ref),
        head_repository=name_of(head.repo),
        base_sha=present(base.sha),
        base_ref=present(base.ref),
        base_repository=name_of(base.repo),
        author=_login(pull.user),
        labels=tuple(label.name for label in present(pull.labels)),
        merge_sha=pull.merge_commit_sha or "",
    )


def _run(run: RunRecord) -> PipelineRun:
    return PipelineRun(
        run_id=present(run.id),
        event=run.event,
        path=run.path,
        head_sha=present(run.head_sha),
        head_branch=run.head_branch or "",
        head_repository=name_of(run.head_repository),
        repository=name_of(run.repository),
        run_attempt=present(run.run_attempt),
        pull_numbers=tuple(pull.number for pull in run.pull_requests or ()),
        conclusion=run.conclusion or "",
        started=run.run_started_at,
    )


def _artifact(record: ArtifactRecord, run_id: int) -> Artifact:
    return Artifact(
        present(record.id), record.name, present(record.size_in_bytes), record.expired, run_id, record.created_at
    )


def name_of(repository: Repository | None) -> str:
    """Return ``owner/name``, empty for a repository that was deleted."""
    return "" if repository is None else repository.full_name


def _login(user: NamedUser | Organization | None) -> str:
    return "" if user is None else user.login
