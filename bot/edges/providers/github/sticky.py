"""What becomes of the sticky comment: pure decisions over a list of comments, and over the runs that they name.

Every workflow of a repository writes under the same name, so a comment is not believed to be of the run that it names
until GitHub has said so.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.edges.providers.github.trouble import GitHubError
from bot.model.effects import Marker
from bot.model.provider import Comment, PipelineRun

TOO_LONG_NOTE: Final = "_The rest is too long for a comment here; the job summary has all of it._"
UNCHECKED: Final = (
    "the comment of run {run} is left as it is, since that claims to be newer; whether it is cannot be checked: "
    "grant the job `actions: read`"
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Write ``body`` into ``kept`` (a new comment where that is ``None``), then delete ``extra``.

    A ``body`` of ``None`` writes nothing. ``superseded`` says that a newer run's result stands.
    """

    kept: Comment | None
    body: str | None
    extra: tuple[Comment, ...] = ()
    superseded: bool = False

    @property
    def nothing_to_do(self) -> bool:
        """True where the comments are as they should be."""
        return self.body is None and not self.extra


def own_comments(comments: Sequence[Comment], login: str, key: str) -> list[Comment]:
    """The comments of this key, oldest first: written by us *and* starting with the marker (T-M2)."""
    ours = [c for c in comments if c.author == login and (m := Marker.parse(c.body)) is not None and m.key == key]
    return sorted(ours, key=lambda comment: comment.comment_id)


def decide(comments: Sequence[Comment], login: str, marker: Marker, body: str, *, create: bool = True) -> Decision:
    """Keep the oldest of our comments with the newest run's result in it; the others go.

    Concurrent runs reach the same end whatever their order, because the oldest comment and the newest run are the
    same for all of them.
    """
    ours = own_comments(comments, login, marker.key)
    if not ours:
        return Decision(None, body if create else None)
    kept, *extra = ours
    newest = max(ours, key=comment_age)
    superseded = age(marker) < comment_age(newest)
    wanted = newest.body if superseded else body
    changed = _text(wanted) != _text(kept.body)
    return Decision(kept, wanted if changed else None, tuple(extra), superseded)


def age(marker: Marker) -> tuple[int, int]:
    """Larger is newer: run IDs only grow, and a re-run keeps its run's ID under a higher attempt."""
    return marker.run_id, marker.run_attempt


def comment_age(comment: Comment) -> tuple[int, int]:
    """The age of a comment's content, by its marker."""
    marker = Marker.parse(comment.body)
    return (0, 0) if marker is None else age(marker)


def disowned(comment: Comment) -> Comment:
    """The comment as if it were older than any run's: its marker names a run that it is not of."""
    marker = Marker.parse(comment.body)
    if marker is None:
        return comment
    rest = comment.body.partition("\n")[2]
    return replace(comment, body=f"{replace(marker, run_id=0, run_attempt=0).text}\n{rest}")


def _text(body: str) -> str:
    return "\n".join(line.rstrip() for line in body.splitlines()).rstrip()


def shorter_bodies(body: str) -> Iterator[str]:
    """The body, then what to try where GitHub finds it too long: its first half, its marker and first line."""
    yield body
    yield _whole_paragraphs(body, len(body) // 2)
    yield f"{_top(body)}\n\n{TOO_LONG_NOTE}"


def _whole_paragraphs(body: str, limit: int) -> str:
    """The longest start of whole paragraphs within the limit that leaves no fold and no fence open."""
    ends = [match.start() for match in re.finditer(r"\n\n", body) if match.start() <= limit]
    starts = (body[:end] for end in reversed(ends))
    kept = next((start for start in starts if _is_closed(start)), _top(body))
    return f"{kept}\n\n{TOO_LONG_NOTE}"


def _top(body: str) -> str:
    """Return the lines for machines, of which the marker is the first, and the first one for people."""
    lines = [line for line in body.splitlines() if line.strip()]
    hidden = sum(1 for _ in itertools.takewhile(lambda line: line.startswith("<!-- deadweight:"), lines))
    return "\n".join(lines[: hidden + 1])


def _is_closed(markdown: str) -> bool:
    fences = len(re.findall(r"^ *(?:```|~~~)", markdown, re.MULTILINE))
    return markdown.count("<details") == markdown.count("</details") and fences % 2 == 0


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
