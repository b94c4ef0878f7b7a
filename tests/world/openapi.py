"""GitHub's own OpenAPI in front of the fake: Prism checks every request and every answer against it.

The description is cut down to the paths that matter here (the whole one takes Prism 14 s to read, the
subset 3 s). ``repair`` lists where GitHub's description is narrower than GitHub.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any, Self

Json = dict[str, Any]

GRAPHQL_REQUEST: Json = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}
        }
    },
}
GRAPHQL_ANSWER: Json = {
    "200": {
        "description": "The answer",
        "content": {"application/json": {"schema": {"type": "object", "required": ["data"]}}},
    }
}

REFUSED = "Request terminated with error"

REPOSITORY = "/repos/{owner}/{repo}"
PATHS = ["/user", "/rate_limit", "/zen", REPOSITORY] + [
    REPOSITORY + path
    for path in (
        "/actions/artifacts/{artifact_id}/{archive_format}",
        "/actions/runs",
        "/actions/runs/{run_id}",
        "/actions/runs/{run_id}/artifacts",
        "/check-runs",
        "/check-runs/{check_run_id}",
        "/check-runs/{check_run_id}/annotations",
        "/collaborators/{username}/permission",
        "/commits/{ref}",
        "/commits/{ref}/check-runs",
        "/commits/{ref}/statuses",
        "/compare/{basehead}",
        "/contents/{path}",
        "/git/commits",
        "/git/commits/{commit_sha}",
        "/git/ref/{ref}",
        "/git/refs",
        "/git/refs/{ref}",
        "/git/trees",
        "/issues/{issue_number}",
        "/issues/{issue_number}/comments",
        "/issues/{issue_number}/events",
        "/issues/{issue_number}/labels",
        "/issues/{issue_number}/timeline",
        "/issues/comments/{comment_id}",
        "/pulls",
        "/pulls/{pull_number}",
        "/statuses/{sha}",
        "/tags",
    )
]


def tools_folder() -> Path:
    """Where ``script/test-tools`` puts what the tests need beside Python."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("DEADWEIGHT_STATE") or Path(cache) / "deadweight") / "tools"


def subset(description: Json) -> Json:
    """The description with ``PATHS`` only and the components that these reach, repaired."""
    paths = {path: description["paths"][path] for path in PATHS}
    components: Json = {}
    todo = _references(paths)
    while todo:
        kind, name = todo.pop()
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = description["components"][kind][name]
        todo |= _references(components[kind][name])
    kept: Json = {"openapi": description["openapi"], "info": description["info"], "paths": paths}
    return repair(kept | {"components": components})


def _references(node: object) -> set[tuple[str, str]]:
    return set(re.findall(r'"\$ref": "#/components/([\w-]+)/([^"]+)"', json.dumps(node)))


def repair(description: Json) -> Json:
    """Widen the description to what GitHub documents in prose or is seen to do.

    A file's path and a branch's name may have several segments; ``head.repo`` is null where a fork was deleted (the webhook
    schema says so); runs are listed by a range of times, which is no time itself; any request may be refused with 401, 403, 404, 410 or 422, or fail with 5xx; an
    artifact may be sent without a redirect; a conflict is told in an error that also fits the other schema that it
    is to be exactly one of; GraphQL is not described at all; answers are also served as ``application/vnd.github.v3+json``.
    """
    runs = description["components"]["parameters"]["created"]
    runs["schema"] = {"type": "string"}
    conflict = description["paths"][REPOSITORY + "/contents/{path}"]["put"]["responses"]["409"]
    conflict["content"]["application/json"]["schema"] = {}
    _let_paths_have_segments(description["paths"], "/contents/{path}", 4)
    for path in ("/git/ref/{ref}", "/git/refs/{ref}"):
        _let_paths_have_segments(description["paths"], path, 3)
    for name in ("pull-request", "pull-request-simple"):
        head = description["components"]["schemas"][name]["properties"]["head"]
        head["properties"]["repo"] = {"nullable": True, "allOf": [head["properties"]["repo"]]}
    archive = description["paths"][REPOSITORY + "/actions/artifacts/{artifact_id}/{archive_format}"]
    archive["get"]["responses"]["200"] = {"description": "The archive", "content": {"application/zip": {}}}
    for operation in _operations(description):
        _let_fail(operation["responses"])
        _serve_old_media_type(operation["responses"])
    description["paths"]["/graphql"] = {"post": {"requestBody": GRAPHQL_REQUEST, "responses": GRAPHQL_ANSWER}}
    description["servers"] = [{"url": "http://127.0.0.1"}]
    return description


def _operations(description: Json) -> list[Json]:
    verbs = ("get", "post", "patch", "put", "delete")
    return [item[verb] for item in description["paths"].values() for verb in verbs if verb in item]


def _let_paths_have_segments(paths: Json, ending: str, deepest: int) -> None:
    first = ending.rpartition("{")[2].removesuffix("}")
    for depth in range(2, deepest + 1):
        names = [first] + [f"{first}{number}" for number in range(2, depth + 1)]
        item = json.loads(json.dumps(paths[REPOSITORY + ending]))
        for operation in item.values():
            operation["parameters"] += [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names[1:]
            ]
        longer = "/".join(f"{{{name}}}" for name in names)
        paths[REPOSITORY + ending.replace(f"{{{first}}}", longer)] = item


def _let_fail(responses: Json) -> None:
    anything = {"description": "A refusal or a failure", "content": {"application/json": {"schema": {}}}}
    for status in ("401", "403", "404", "410", "422", "429", "500", "502", "503"):
        responses.setdefault(status, anything)


def _serve_old_media_type(responses: Json) -> None:
    for response in responses.values():
        content = response.get("content", {})
        if "application/json" in content:
            content.setdefault("application/vnd.github.v3+json", content["application/json"])


def free_port() -> int:
    """A TCP port on loopback that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PrismProxy:
    """``prism proxy`` between a client and the fake; a context manager that is ready when entered."""

    def __init__(self, upstream_url: str, folder: Path) -> None:
        self._port = free_port()
        self._log = folder / "prism.log"
        self._description = folder / "github-subset.json"
        self._upstream_url = upstream_url
        self._read_bytes = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        packages = tools_folder() / "npm/node_modules"
        whole = json.loads((packages / "@octokit/openapi/generated/api.github.com.json").read_bytes())
        self._description.write_text(json.dumps(subset(whole)))
        program = packages / "@stoplight/prism-cli/dist/index.js"
        command = ["node", str(program), "proxy", "-h", "127.0.0.1", "-p", str(self._port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--errors", str(self._description), self._upstream_url], stdout=log, stderr=log
            )
        self._wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def _wait_until_ready(self) -> None:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.url}/zen", timeout=5):
                    self._read_bytes = self._log.stat().st_size
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise RuntimeError(f"Prism did not start:\n{self._log.read_text()[-2000:]}")

    def violations(self) -> list[str]:
        """What Prism objected to since the last call: one line each, with the request.

        Prism writes its log after it has answered; a request for a path that it must refuse marks the end.
        """
        mark = f"/end-of-log-{uuid.uuid4().hex}"
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"{self.url}{mark}", timeout=5)
        lines: list[str] = []
        while not any(mark in line and REFUSED in line for line in lines):
            time.sleep(0.005)
            lines += self._read_log()
        return [line for line in lines if REFUSED in line and mark not in line]

    def _read_log(self) -> list[str]:
        with self._log.open("rb") as log:
            log.seek(self._read_bytes)
            whole_lines = log.read().rpartition(b"\n")[0]
        self._read_bytes += len(whole_lines)
        return whole_lines.decode("utf-8", "replace").splitlines()
