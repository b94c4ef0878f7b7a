"""The JSON of people, repositories, comments and labels; ``shapes`` has the rest."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from tests.world.github.state import (
    ACTIONS_BOT,
    Comment,
    LabelEvent,
    State,
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


class Basics:
    """Builds answers for one state as seen at one public address (which is Prism's where Prism is in front)."""

    def __init__(self, state: State, api_url: str) -> None:
        self.state = state
        self.api_url = api_url
        self.repository_url = f"{api_url}/repos/{state.full_name}"

    def user(self, login: str) -> Json:
        """A simple user; a login that ends in ``[bot]`` is a bot."""
        name = quote(login)
        url = f"{self.api_url}/users/{name}"
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
        owner = owner or self.state.owner
        full_name = f"{owner}/{self.state.name}"
        url = f"{self.api_url}/repos/{full_name}"
        links = {f"{link}_url": f"{url}/{link}" for link in REPOSITORY_LINKS}
        return (
            links
            | dict.fromkeys(ZEROES, 0)
            | dict.fromkeys(SWITCHES, False)
            | {
                "id": number or self.state.repository_id,
                "node_id": f"R_{number or self.state.repository_id}",
                "name": self.state.name,
                "full_name": full_name,
                "owner": self.user(owner),
                "private": False,
                "html_url": f"{WEB}/{full_name}",
                "description": None,
                "fork": owner != self.state.owner,
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
                "archived": self.state.archived,
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
            "html_url": f"{WEB}/{self.state.full_name}/pull/{comment.issue}#issuecomment-{comment.id}",
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
