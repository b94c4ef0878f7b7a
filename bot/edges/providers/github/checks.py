"""Check runs: ours is made, or a commit status where they are refused (F2), and earlier ones of ours are read again."""

import uuid
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from github.CheckRun import CheckRun
from github.Repository import Repository
from github.Requester import Requester

from bot.edges.providers.github.patience import Repeater
from bot.edges.providers.github.transport import Identity
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking, present
from bot.model.effects import Annotation, PublishCheck
from bot.model.provider import Posted

ANNOTATIONS_PER_REQUEST: Final = 50
LONGEST_TITLE: Final = 255
LONGEST_SUMMARY: Final = 65_535
LONGEST_MESSAGE: Final = 60_000
LONGEST_DESCRIPTION: Final = 140
MOST_RUNS: Final = 100

_REFUSED: Final = frozenset({Trouble.FORBIDDEN, Trouble.GONE})
_STATUS_STATES: Final[Mapping[str, str]] = {"success": "success", "neutral": "success", "failure": "failure"}


class Checks:
    """Says at a commit how the run ended, and what was said there before."""

    def __init__(self, repository: Repository, requester: Requester, identity: Identity, repeater: Repeater) -> None:
        self._repository = repository
        self._requester = requester
        self._identity = identity
        self._repeater = repeater

    def create(self, effect: PublishCheck) -> Posted:
        """Return the check run, the commit status made instead (with the reason), or why there is neither."""
        try:
            return self._create_check_run(effect)
        except GitHubError as error:
            if error.trouble in _REFUSED:
                return self._create_status(effect, error)
            return Posted("check run", problem=error.sentence)

    def summaries(self, commit: str, name: str) -> Sequence[str]:
        """List what our check runs of a name say, newest first; none for a commit that GitHub does not know.

        They say what was accepted of a commit: a check run is ours only if this token's own App has made it.
        """
        login = self._identity.login()
        try:
            with asking(f"the check runs of {commit[:12]} could not be read"):
                found = islice(self._repository.get_commit(commit).get_check_runs(check_name=name), MOST_RUNS)
                return tuple(
                    present(run.output).summary or "" for run in found if f"{present(run.app).slug}[bot]" == login
                )
        except GitHubError as error:
            if error.trouble not in {Trouble.GONE, Trouble.INVALID}:
                raise
            return ()

    # --- check run ---

    def _create_check_run(self, effect: PublishCheck) -> Posted:
        mark = uuid.uuid4().hex
        first, *more = _batches(effect.annotations)
        run = self._repeater.once(lambda: self._post(effect, mark, first), lambda: self._find(effect, mark))
        for batch in more:
            with asking("the check run could not be completed"):
                run.edit(output=_output(effect, batch))
        return Posted("check run", url=run.html_url or "", object_id=run.id)

    def _post(self, effect: PublishCheck, mark: str, batch: Sequence[Annotation]) -> CheckRun:
        with asking("the check run could not be created"):
            return self._repository.create_check_run(
                effect.name,
                effect.head_sha,
                external_id=mark,
                status="completed",
                conclusion=effect.conclusion,
                output=_output(effect, batch),
            )

    def _find(self, effect: PublishCheck, mark: str) -> CheckRun | None:
        """Look whether a POST without an answer was carried out after all."""
        with asking("the check runs of the commit could not be read"):
            runs = self._repository.get_commit(effect.head_sha).get_check_runs(check_name=effect.name)
            return next((run for run in runs if run.external_id == mark), None)

    # --- commit status ---

    def _create_status(self, effect: PublishCheck, refused: GitHubError) -> Posted:
        try:
            url = self._repeater.once(lambda: self._post_status(effect), lambda: None)
        except GitHubError as error:
            return Posted("check run", problem=f"{refused.sentence}; nor a commit status: {error.why}")
        return Posted("commit status", url=url, problem=f"{refused.what}, a commit status says it: {refused.why}")

    def _post_status(self, effect: PublishCheck) -> str:
        """Repeating this does no harm: of the statuses of a context only the last counts."""
        content = {
            "state": _STATUS_STATES.get(effect.conclusion, "error"),
            "context": effect.name,
            "description": _clip(effect.title, LONGEST_DESCRIPTION),
        }
        with asking("the commit status could not be set"):
            path = f"{self._repository.url}/statuses/{effect.head_sha}"
            _, data = self._requester.requestJsonAndCheck("POST", path, input=content)
            return str(data.get("url", "")) if isinstance(data, dict) else ""


def _batches(annotations: Sequence[Annotation]) -> list[Sequence[Annotation]]:
    starts = range(0, max(len(annotations), 1), ANNOTATIONS_PER_REQUEST)
    return [annotations[start : start + ANNOTATIONS_PER_REQUEST] for start in starts]


def _output(effect: PublishCheck, batch: Sequence[Annotation]) -> dict[str, str | list[dict[str, str | int]]]:
    return {
        "title": _clip(effect.title, LONGEST_TITLE),
        "summary": _clip(effect.summary, LONGEST_SUMMARY),
        "annotations": [_annotation(annotation) for annotation in batch],
    }


def _annotation(annotation: Annotation) -> dict[str, str | int]:
    """Word it for the API; what belongs to no file is shown at ``.github``, where the runner puts such things too."""
    start_line = max(annotation.start_line, 1)
    content: dict[str, str | int] = {
        "path": annotation.path or ".github",
        "start_line": start_line,
        "end_line": max(annotation.end_line, start_line),
        "annotation_level": annotation.level.value,
        "message": _clip(annotation.message, LONGEST_MESSAGE) or "(no text)",
    }
    return content | ({"title": _clip(annotation.title, LONGEST_TITLE)} if annotation.title else {})


def _clip(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
