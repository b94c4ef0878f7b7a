"""The JSON that GitHub answers with: every field that its OpenAPI requires, filled from the state."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote

from tests.world.github.state import (
    ACTIONS_BOT,
    Artifact,
    CheckRun,
    Comment,
    LabelEvent,
    Pull,
    State,
    Status,
    WorkflowRun,
)

Json = dict[str, Any]

EPOCH = "2026-01-02T03:04:05Z"
WEB = "https://github.com"

USER_LINKS = [
    "followers",
    "following",
    "gists",
    "starred",
    "subscriptions",
    "organizations",
    "repos",
    "events",
    "received_events",
]
REPOSITORY_LINKS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]
ZEROES = [
    "forks",
    "forks_count",
    "open_issues",
    "open_issues_count",
    "stargazers_count",
    "watchers",
    "watchers_count",
    "size",
    "network_count",
    "subscribers_count",
]
SWITCHES = ["has_issues", "has_projects", "has_wiki", "has_pages", "has_downloads", "has_discussions", "disabled"]


class Shapes:
    """Builds answers for one state as seen at one public address (which is Prism's where Prism is in front)."""

    def __init__(self, state: State, api_url: str) -> None:
        self._state = state
        self._api_url = api_url
        self.repository_url = f"{api_url}/repos/{state.full_name}"

    def user(self, login: str) -> Json:
        """A simple user; a login that ends in ``[bot]`` is a bot."""
        name = quote(login)
        url = f"{self._api_url}/users/{name}"
        number = int(hashlib.sha256(login.encode()).hexdigest()[:6], 16)
        links = {f"{link}_url": f"{url}/{link}" for link in USER_LINKS}
        return links | {
            "login": login,
            "id": number,
            "node_id": f"U_{number}",
            "avatar_url": f"{WEB}/{name}.png",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{WEB}/{name}",
            "type": "Bot" if login.endswith("[bot]") else "User",
            "site_admin": False,
        }

    def authenticated_user(self, login: str) -> Json:
        """The answer of ``GET /user``."""
        empty = dict.fromkeys(["name", "company", "blog", "location", "email", "hireable", "bio"])
        counts = dict.fromkeys(["followers", "following", "public_gists", "public_repos"], 0)
        return self.user(login) | empty | counts | {"created_at": EPOCH, "updated_at": EPOCH}

    def repository(self, owner: str | None = None, number: int | None = None) -> Json:
        """This repository, or a fork of it where an owner is given."""
        owner = owner or self._state.owner
        full_name = f"{owner}/{self._state.name}"
        url = f"{self._api_url}/repos/{full_name}"
        links = {f"{link}_url": f"{url}/{link}" for link in REPOSITORY_LINKS}
        return (
            links
            | dict.fromkeys(ZEROES, 0)
            | dict.fromkeys(SWITCHES, False)
            | {
                "id": number or self._state.repository_id,
                "node_id": f"R_{number or self._state.repository_id}",
                "name": self._state.name,
                "full_name": full_name,
                "owner": self.user(owner),
                "private": False,
                "html_url": f"{WEB}/{full_name}",
                "description": None,
                "fork": owner != self._state.owner,
                "url": url,
                "git_url": f"git://github.com/{full_name}.git",
                "ssh_url": f"git@github.com:{full_name}.git",
                "clone_url": f"{WEB}/{full_name}.git",
                "svn_url": f"{WEB}/{full_name}",
                "mirror_url": None,
                "homepage": None,
                "language": None,
                "license": None,
                "default_branch": "main",
                "archived": self._state.archived,
                "pushed_at": EPOCH,
                "created_at": EPOCH,
                "updated_at": EPOCH,
            }
        )

    def app(self, login: str) -> Json:
        """The GitHub App behind a bot's login."""
        slug = login.removesuffix("[bot]")
        return {
            "id": 15368 if login == ACTIONS_BOT else 777,
            "slug": slug,
            "node_id": f"A_{slug}",
            "owner": self.user("github"),
            "name": slug,
            "description": None,
            "external_url": WEB,
            "html_url": f"{WEB}/apps/{slug}",
            "created_at": EPOCH,
            "updated_at": EPOCH,
            "permissions": {"checks": "write"},
            "events": [],
        }

    def comment(self, comment: Comment) -> Json:
        """An issue comment."""
        return {
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "url": f"{self.repository_url}/issues/comments/{comment.id}",
            "html_url": f"{WEB}/{self._state.full_name}/pull/{comment.issue}#issuecomment-{comment.id}",
            "issue_url": f"{self.repository_url}/issues/{comment.issue}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": "NONE",
        }

    def label(self, name: str) -> Json:
        """A label as an issue carries it."""
        return {
            "id": sum(name.encode()),
            "node_id": f"L_{name}",
            "url": f"{self.repository_url}/labels/{name}",
            "name": name,
            "description": "",
            "color": "ededed",
            "default": False,
        }

    def label_event(self, event: LabelEvent) -> Json:
        """A ``labeled`` or ``unlabeled`` event, the same for events and timeline."""
        return {
            "id": event.id,
            "node_id": f"LE_{event.id}",
            "url": f"{self.repository_url}/issues/events/{event.id}",
            "actor": self.user(event.actor),
            "event": event.event,
            "commit_id": None,
            "commit_url": None,
            "created_at": event.created_at,
            "label": {"name": event.label, "color": "ededed"},
            "performed_via_github_app": None,
        }

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
        page = f"{WEB}/{self._state.full_name}/pull/{pull.number}"
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
            "title": f"Pull request {pull.number}",
            "user": self.user(pull.head_owner or "ghost"),
            "body": None,
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
            "base": self._end(self._state.owner, self._state.repository_id, pull.base_ref, pull.base_sha),
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
            "id": self._state.repository_id,
            "url": self.repository_url,
            "name": self._state.name,
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
            "html_url": f"{WEB}/{self._state.full_name}/runs/{run.id}",
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
        pulls = [self._state.pulls[number] for number in run.pull_requests]
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
            "html_url": f"{WEB}/{self._state.full_name}/actions/runs/{run.id}",
            "pull_requests": [self.pull_stub(pull) for pull in pulls],
            "created_at": EPOCH,
            "updated_at": EPOCH,
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
        run = self._state.runs[artifact.run_id]
        return {
            "id": artifact.id,
            "node_id": f"AR_{artifact.id}",
            "name": artifact.name,
            "size_in_bytes": len(artifact.archive),
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": artifact.expired,
            "created_at": EPOCH,
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
        page = f"{WEB}/{self._state.full_name}/blob/{ref}/{path}"
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
        page = f"{WEB}/{self._state.full_name}/commit"
        parents = [
            {"sha": parent, "url": f"{self.repository_url}/commits/{parent}", "html_url": f"{page}/{parent}"}
            for parent in self._state.parents.get(sha, [])
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
        page = f"{WEB}/{self._state.full_name}/compare/{base}...{head}"
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
