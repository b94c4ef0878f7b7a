"""Comments that claim to be of a run: every workflow of a repository writes under the same name, so GitHub is asked."""

from collections.abc import Callable
from typing import Final

from bot.edges.providers.github.trouble import GitHubError
from bot.model.effects import Marker
from bot.model.provider import Comment, PipelineRun

UNCHECKED: Final = (
    "the comment of run {run} is left as it is, since that claims to be newer; whether it is cannot be checked: "
    "grant the job `actions: read`"
)


class Claims:
    """Checks the runs that markers name; each is asked about once."""

    def __init__(self, run_of: Callable[[int], PipelineRun | None]) -> None:
        self._run_of = run_of
        self._known: dict[int, PipelineRun | GitHubError | None] = {}

    def names_no_run(self, comment: Comment) -> bool:
        """Tell whether a comment names a run that this repository does not have."""
        marker = Marker.parse(comment.body)
        return marker is None or self._run(marker.run_id) is None

    def can_check(self, marker: Marker) -> bool:
        """Tell whether GitHub says anything of a marker's run."""
        return not isinstance(self._run(marker.run_id), GitHubError)

    def is_false(self, claimed: Marker, ours: Marker) -> bool:
        """Tell whether a marker names no run, or one of another workflow or branch than ours.

        A newer run of the same workflow on the same branch writes for itself soon, so naming it gains nothing.
        """
        claimant, own = self._run(claimed.run_id), self._run(ours.run_id)
        if claimant is None:
            return True
        if isinstance(claimant, GitHubError) or isinstance(own, GitHubError) or own is None:
            return False
        return claimant.run_attempt < claimed.run_attempt or _line_of(claimant) != _line_of(own)

    def _run(self, run_id: int) -> PipelineRun | GitHubError | None:
        if run_id not in self._known:
            self._known[run_id] = self._ask(run_id)
        return self._known[run_id]

    def _ask(self, run_id: int) -> PipelineRun | GitHubError | None:
        try:
            return self._run_of(run_id)
        except GitHubError as error:
            return error


def _line_of(run: PipelineRun) -> tuple[str, str, str]:
    return run.path.partition("@")[0], run.head_branch, run.head_repository
