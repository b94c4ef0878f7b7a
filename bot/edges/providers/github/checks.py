"""The check run, or a commit status where check runs are refused (F2)."""

import uuid
from collections.abc import Sequence

from github.CheckRun import CheckRun
from github.Repository import Repository
from github.Requester import Requester

from bot.edges.providers.github.repeater import Repeater
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking
from bot.model.effects import Annotation, PublishCheck
from bot.model.provider import Posted

ANNOTATIONS_PER_REQUEST = 50
LONGEST_TITLE = 255
LONGEST_SUMMARY = 65_535
LONGEST_MESSAGE = 60_000
LONGEST_DESCRIPTION = 140

_REFUSED = frozenset({Trouble.FORBIDDEN, Trouble.GONE})
_STATUS_STATES = {"success": "success", "neutral": "success", "failure": "failure"}


class Checks:
    """Says at a commit how the run ended."""

    def __init__(self, repository: Repository, requester: Requester, repeater: Repeater) -> None:
        self._repository = repository
        self._requester = requester
        self._repeater = repeater

    def create(self, effect: PublishCheck) -> Posted:
        """Give the check run, the commit status made instead (with the reason), or why there is neither."""
        try:
            return self._create_check_run(effect)
        except GitHubError as error:
            if error.trouble in _REFUSED:
                return self._create_status(effect, error)
            return Posted("check run", problem=error.sentence)

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
            return str(data.get("url", ""))


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
    """As the API takes it; what belongs to no file is shown at ``.github``, where the runner puts such things too."""
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
