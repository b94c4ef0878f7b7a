"""The JSON that GitHub answers with: every field that its OpenAPI requires, filled from the state."""

from __future__ import annotations

import base64
import hashlib

from tests.world.github.basics import EPOCH, WEB, Basics, Json
from tests.world.github.state import Artifact, CheckRun, Pull, Status, WorkflowRun


class Shapes(Basics):
    """Pull requests, checks, runs, artifacts, files and commits."""

    def _end(self, owner: str | None, repository_id: int, ref: str, sha: str) -> Json:
        gone = owner is None
        return {
            "label": ref if gone else f"{owner}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(owner or "ghost"),
            "repo": None if gone else self.repository(owner, repository_id),
        }

    def pull(self, pull: Pull) -> Json:
        """A pull request as lists show it."""
        url = f"{self.repository_url}/pulls/{pull.number}"
        issue_url = f"{self.repository_url}/issues/{pull.number}"
        page = f"{WEB}/{self.state.full_name}/pull/{pull.number}"
        links = {
            "self": url,
            "html": page,
            "issue": issue_url,
            "comments": f"{issue_url}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{self.repository_url}/pulls/comments/{{number}}",
            "commits": f"{url}/commits",
            "statuses": f"{self.repository_url}/statuses/{pull.head_sha}",
        }
        addresses = {f"{name}_url": address for name, address in links.items() if name != "self"}
        closed_at = None if pull.state == "open" else EPOCH
        return addresses | {
            "_links": {name: {"href": address} for name, address in links.items()},
            "url": url,
            "id": 9000 + pull.number,
            "node_id": f"PR_{pull.number}",
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "number": pull.number,
            "state": pull.state,
            "locked": pull.locked,
            "title": pull.title or f"Pull request {pull.number}",
            "user": self.user(pull.head_owner or "ghost"),
            "body": pull.body,
            "labels": [self.label(name) for name in pull.labels],
            "milestone": None,
            "created_at": EPOCH,
            "updated_at": EPOCH,
            "closed_at": closed_at,
            "merged_at": None,
            "merge_commit_sha": pull.merge_commit_sha,
            "assignee": None,
            "draft": pull.draft,
            "head": self._end(pull.head_owner, pull.head_repository_id, pull.head_ref, pull.head_sha),
            "base": self._end(self.state.owner, self.state.repository_id, pull.base_ref, pull.base_sha),
            "author_association": "CONTRIBUTOR",
            "auto_merge": None,
        }

    def full_pull(self, pull: Pull) -> Json:
        """A pull request as ``GET pulls/{number}`` shows it."""
        counts = ["additions", "changed_files", "comments", "commits", "deletions", "review_comments"]
        return (
            self.pull(pull)
            | dict.fromkeys(counts, 0)
            | {
                "mergeable": True,
                "mergeable_state": "clean",
                "merged": False,
                "maintainer_can_modify": False,
                "merged_by": None,
            }
        )

    def pull_stub(self, pull: Pull) -> Json:
        """A pull request as runs and check runs carry it."""
        repository = {
            "id": self.state.repository_id,
            "url": self.repository_url,
            "name": self.state.name,
        }
        return {
            "id": 9000 + pull.number,
            "number": pull.number,
            "url": f"{self.repository_url}/pulls/{pull.number}",
            "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": repository},
            "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": repository},
        }

    def check_run(self, run: CheckRun) -> Json:
        """A check run; annotations are counted, not repeated."""
        url = f"{self.repository_url}/check-runs/{run.id}"
        return {
            "id": run.id,
            "node_id": f"CR_{run.id}",
            "head_sha": run.head_sha,
            "external_id": run.external_id,
            "url": url,
            "html_url": f"{WEB}/{self.state.full_name}/runs/{run.id}",
            "details_url": run.details_url,
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": EPOCH,
            "completed_at": EPOCH if run.status == "completed" else None,
            "name": run.name,
            "check_suite": {"id": 5},
            "app": self.app(run.app),
            "pull_requests": [],
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations_count": len(run.annotations),
                "annotations_url": f"{url}/annotations",
            },
        }

    def status(self, status: Status) -> Json:
        """A commit status."""
        return {
            "url": f"{self.repository_url}/statuses/{status.sha}",
            "avatar_url": None,
            "id": status.id,
            "node_id": f"SC_{status.id}",
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": EPOCH,
            "updated_at": EPOCH,
            "creator": self.user(status.creator),
        }

    def run(self, run: WorkflowRun) -> Json:
        """A workflow run."""
        url = f"{self.repository_url}/actions/runs/{run.id}"
        links = ["jobs", "logs", "artifacts", "cancel", "rerun"]
        pulls = [self.state.pulls[number] for number in run.pull_requests]
        return {f"{link}_url": f"{url}/{link}" for link in links} | {
            "id": run.id,
            "name": "Image size",
            "node_id": f"WFR_{run.id}",
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
            "path": run.path,
            "run_number": 7,
            "run_attempt": run.run_attempt,
            "event": run.event,
            "status": "completed",
            "conclusion": run.conclusion,
            "workflow_id": 33,
            "url": url,
            "html_url": f"{WEB}/{self.state.full_name}/actions/runs/{run.id}",
            "pull_requests": [self.pull_stub(pull) for pull in pulls],
            "created_at": run.created_at,
            "updated_at": EPOCH,
            "run_started_at": run.run_started_at,
            "check_suite_url": f"{self.repository_url}/check-suites/5",
            "workflow_url": f"{self.repository_url}/actions/workflows/33",
            "head_commit": None,
            "repository": self.repository(None, run.repository_id),
            "head_repository": self.repository(run.head_owner, run.head_repository_id),
            "display_title": "Image size",
        }

    def artifact(self, artifact: Artifact) -> Json:
        """An artifact's record; its bytes are at ``archive_download_url``."""
        url = f"{self.repository_url}/actions/artifacts/{artifact.id}"
        run = self.state.runs[artifact.run_id]
        return {
            "id": artifact.id,
            "node_id": f"AR_{artifact.id}",
            "name": artifact.name,
            "size_in_bytes": len(artifact.archive),
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": artifact.expired,
            "created_at": artifact.created_at,
            "expires_at": EPOCH,
            "updated_at": EPOCH,
            "workflow_run": {
                "id": run.id,
                "repository_id": run.repository_id,
                "head_repository_id": run.head_repository_id,
                "head_branch": run.head_branch,
                "head_sha": run.head_sha,
            },
        }

    def file(self, ref: str, path: str, content: bytes) -> Json:
        """A file's content at a ref, in Base64 with line breaks as GitHub sends it."""
        sha = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        url = f"{self.repository_url}/contents/{path}?ref={ref}"
        git_url = f"{self.repository_url}/git/blobs/{sha}"
        page = f"{WEB}/{self.state.full_name}/blob/{ref}/{path}"
        inline = len(content) <= 1_000_000
        return {
            "type": "file",
            "encoding": "base64" if inline else "none",
            "size": len(content),
            "name": path.rsplit("/", 1)[-1],
            "path": path,
            "content": base64.encodebytes(content).decode() if inline else "",
            "sha": sha,
            "url": url,
            "git_url": git_url,
            "html_url": page,
            "download_url": page,
            "_links": {"self": url, "git": git_url, "html": page},
        }

    def commit(self, sha: str) -> Json:
        """A commit with its parents."""
        url = f"{self.repository_url}/commits/{sha}"
        person = {"name": "Mona", "email": "mona@example.com", "date": EPOCH}
        page = f"{WEB}/{self.state.full_name}/commit"
        parents = [
            {"sha": parent, "url": f"{self.repository_url}/commits/{parent}", "html_url": f"{page}/{parent}"}
            for parent in self.state.parents.get(sha, [])
        ]
        return {
            "url": url,
            "sha": sha,
            "node_id": f"C_{sha}",
            "html_url": f"{page}/{sha}",
            "comments_url": f"{url}/comments",
            "commit": {
                "url": url,
                "author": person,
                "committer": person,
                "message": "Change things",
                "tree": {"sha": sha, "url": url},
                "comment_count": 0,
            },
            "author": self.user("mona"),
            "committer": self.user("mona"),
            "parents": parents,
        }

    def comparison(self, base: str, head: str, merge_base: str) -> Json:
        """The comparison of two commits, without their list of commits."""
        url = f"{self.repository_url}/compare/{base}...{head}"
        page = f"{WEB}/{self.state.full_name}/compare/{base}...{head}"
        return {
            "url": url,
            "html_url": page,
            "permalink_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": self.commit(base),
            "merge_base_commit": self.commit(merge_base),
            "status": "ahead",
            "ahead_by": 1,
            "behind_by": 0,
            "total_commits": 1,
            "commits": [self.commit(head)],
        }
