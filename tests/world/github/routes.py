"""Which request goes to which endpoint, and what its token must be allowed to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.world.github import branches
from tests.world.github import endpoints as on
from tests.world.github.desk import Answer, Desk, Request
from tests.world.github.state import Level

Endpoint = Callable[[Desk, Request], Answer]


class Route(NamedTuple):
    """One row of the table; ``scope`` joins alternatives with ``|``."""

    method: str
    pattern: re.Pattern[str]
    scope: str
    level: Level
    endpoint: Endpoint


def _route(request: str, scope: str, level: Level, endpoint: Endpoint) -> Route:
    method, template = request.split(" ")
    named = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", template)
    named = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", named)
    return Route(method, re.compile(named), scope, level, endpoint)


TALK = "issues|pull-requests"

# Paths below the repository; those that start with // are at the root.
ROUTES = [
    _route(request, scope, level, endpoint)
    for request, scope, level, endpoint in (
        ("GET //user", "metadata", "none", on.get_user),
        ("POST //graphql", "metadata", "none", on.post_graphql),
        ("GET //rate_limit", "metadata", "none", on.get_rate_limit),
        ("GET //zen", "metadata", "none", on.get_zen),
        ("GET //_blobs/{id}", "metadata", "none", on.get_blob),
        ("GET ", "metadata", "read", on.get_repository),
        ("GET /contents/{path+}", "contents", "read", on.get_contents),
        ("PUT /contents/{path+}", "contents", "write", branches.put_contents),
        ("POST /git/trees", "contents", "write", branches.create_tree),
        ("POST /git/commits", "contents", "write", branches.create_commit),
        ("GET /git/commits/{sha}", "contents", "read", branches.get_commit),
        ("GET /git/ref/heads/{branch+}", "contents", "read", branches.get_ref),
        ("GET /git/refs/heads/{branch+}", "contents", "read", branches.get_ref),
        ("PATCH /git/refs/heads/{branch+}", "contents", "write", branches.update_ref),
        ("POST /git/refs", "contents", "write", branches.create_ref),
        ("GET /tags", "contents", "read", branches.list_tags),
        ("GET /commits/{ref}", "contents", "read", on.get_commit),
        ("GET /compare/{basehead+}", "contents", "read", on.get_comparison),
        ("GET /collaborators/{username}/permission", "metadata", "read", on.get_permission),
        ("GET /pulls", "pull-requests", "read", on.list_pulls),
        ("POST /pulls", "pull-requests", "write", on.create_pull),
        ("PATCH /pulls/{number}", "pull-requests", "write", on.edit_pull),
        ("GET /pulls/{number}", "pull-requests", "read", on.get_pull),
        ("GET /issues/{number}/comments", TALK, "read", on.list_comments),
        ("POST /issues/{number}/comments", TALK, "write", on.create_comment),
        ("GET /issues/comments/{id}", TALK, "read", on.get_comment),
        ("PATCH /issues/comments/{id}", TALK, "write", on.edit_comment),
        ("DELETE /issues/comments/{id}", TALK, "write", on.delete_comment),
        ("GET /issues/{number}/labels", TALK, "read", on.list_labels),
        ("GET /issues/{number}/events", TALK, "read", on.list_label_events),
        ("GET /issues/{number}/timeline", TALK, "read", on.list_label_events),
        ("POST /check-runs", "checks", "write", on.create_check_run),
        ("GET /check-runs/{id}", "checks", "read", on.get_check_run),
        ("PATCH /check-runs/{id}", "checks", "write", on.update_check_run),
        ("GET /commits/{ref}/check-runs", "checks", "read", on.list_check_runs),
        ("POST /statuses/{sha}", "statuses", "write", on.create_status),
        ("GET /commits/{ref}/statuses", "statuses", "read", on.list_statuses),
        ("GET /actions/runs", "actions", "read", on.list_runs),
        ("GET /actions/runs/{id}", "actions", "read", on.get_run),
        ("GET /actions/runs/{id}/artifacts", "actions", "read", on.list_artifacts),
        ("GET /actions/artifacts/{id}/zip", "actions", "read", on.download_artifact),
    )
]


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request whose path is relative to the repository, and the named parts of its path."""
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match and route.method == method:
            return route, match.groupdict()
    return None
