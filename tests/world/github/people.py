"""What people do on GitHub while a test runs: open pull requests, talk, label, run workflows, push files."""

from __future__ import annotations

import io
import zipfile

from tests.world.github.state import Artifact, Comment, LabelEvent, Pull, State, WorkflowRun

BASE_SHA = "b" * 40
HEAD_SHA = "a" * 40
FORK_ID = 7777


class People:
    """The deeds of a test's given-paragraph; each returns what it made."""

    state: State

    def open_pull(self, number: int = 5, *, head_sha: str = HEAD_SHA, fork: str | None = None, **more: object) -> Pull:
        """A pull request from a branch of the repository, or of somebody's fork."""
        fields: dict[str, object] = {
            "head_ref": "grow",
            "base_ref": "main",
            "base_sha": BASE_SHA,
            "head_owner": fork or self.state.owner,
            "head_repository_id": FORK_ID if fork else self.state.repository_id,
        }
        pull = Pull(number=number, head_sha=head_sha, **(fields | more))
        self.state.pulls[number] = pull
        return pull

    def say(self, issue: int, author: str, body: str) -> Comment:
        """Somebody comments."""
        return self.state.write_comment(issue, author, body)

    def label(self, issue: int, name: str, *, by: str) -> None:
        """Somebody sets a label."""
        self.state.pulls[issue].labels.append(name)
        self.state.label_events.append(LabelEvent(next(self.state.ids), issue, by, name, "labeled"))

    def unlabel(self, issue: int, name: str, *, by: str) -> None:
        """Somebody takes a label off."""
        self.state.pulls[issue].labels.remove(name)
        self.state.label_events.append(LabelEvent(next(self.state.ids), issue, by, name, "unlabeled"))

    def run_workflow(self, pull: Pull, **more: object) -> WorkflowRun:
        """The workflow ``.github/workflows/size.yml`` runs for a pull request; forks leave no link to it."""
        own = pull.head_repository_id == self.state.repository_id
        fields: dict[str, object] = {
            "event": "pull_request",
            "path": ".github/workflows/size.yml",
            "head_branch": pull.head_ref,
            "head_sha": pull.head_sha,
            "head_owner": pull.head_owner or "ghost",
            "head_repository_id": pull.head_repository_id,
            "repository_id": self.state.repository_id,
            "pull_requests": [pull.number] if own else [],
        }
        run = WorkflowRun(**({"id": next(self.state.ids)} | fields | more))
        self.state.runs[run.id] = run
        return run

    def upload(self, run: WorkflowRun, name: str, content: bytes | dict[str, bytes]) -> Artifact:
        """A run uploads an artifact: ready zip bytes, or files to be zipped."""
        archive = content if isinstance(content, bytes) else zip_of(content)
        artifact = Artifact(next(self.state.ids), run.id, name, archive)
        self.state.artifacts[artifact.id] = artifact
        return artifact

    def push_file(self, ref: str, path: str, content: bytes) -> None:
        """A file at a commit."""
        self.state.files[ref, path] = content

    def bodies(self, issue: int = 5) -> list[str]:
        """The comments of an issue, oldest first, as a reader would find them at last."""
        return [comment.body for comment in self.state.comments.values() if comment.issue == issue]


def zip_of(files: dict[str, bytes]) -> bytes:
    """A deflated zip of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()
