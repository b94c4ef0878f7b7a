"""Event payloads: GitHub's own examples, changed into the cases that the examples lack, checked by GitHub's schema."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

from jsonschema import Draft7Validator

from tests.world.openapi import tools_folder

Json = dict[str, Any]

OWNER, NAME, REPOSITORY_ID = "octo", "shop", 4242
FORK_ID = 7777
BASE_SHA, HEAD_SHA, MERGE_SHA = "b" * 40, "a" * 40, "c" * 40


@functools.cache
def _examples() -> list[Json]:
    path = tools_folder() / "npm/node_modules/@octokit/webhooks-examples/api.github.com/index.json"
    loaded: list[Json] = json.loads(path.read_bytes())
    return loaded


@functools.cache
def _definitions() -> Json:
    path = tools_folder() / "npm/node_modules/@octokit/webhooks-schemas/schema.json"
    loaded: Json = json.loads(path.read_bytes())["definitions"]
    return loaded


def problems(payload: Json, event: str) -> list[str]:
    """What GitHub's schema has against a payload of ``event``; one line each."""
    schema = {"$ref": f"#/definitions/{_definition_of(payload, event)}", "definitions": _definitions()}
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft7Validator(schema).iter_errors(payload)]


def _definition_of(payload: Json, event: str) -> str:
    kind = "event" if event in ("push", "workflow_dispatch") else payload["action"]
    return f"{event}${kind}"


def examples(event: str) -> list[Json]:
    """GitHub's examples of an event that satisfy GitHub's schema (a few of them do not)."""
    found = next(entry["examples"] for entry in _examples() if entry["name"] == event)
    return [copy.deepcopy(payload) for payload in found if not problems(payload, event)]


def _example(event: str, action: str | None = None) -> Json:
    return next(payload for payload in examples(event) if action in (None, payload.get("action")))


def _checked(payload: Json, event: str) -> Json:
    against = problems(payload, event)
    assert against == [], against
    return payload


def _name_repository(repository: Json, owner: str, number: int) -> None:
    repository.update(id=number, name=NAME, full_name=f"{owner}/{NAME}", fork=owner != OWNER)
    repository["owner"]["login"] = owner
    if "default_branch" in repository:
        repository["default_branch"] = "main"


def pull_request(
    action: str = "synchronize",
    *,
    fork: str | None = None,
    deleted_fork: bool = False,
    head_sha: str = HEAD_SHA,
    base_sha: str = BASE_SHA,
    labels: tuple[str, ...] = (),
    author: str = "mona",
    draft: bool = False,
) -> Json:
    """A pull_request event: from a branch, from ``fork`` (its owner), or from a fork that is gone since.

    ``edited`` is the retargeting of the pull request from ``old-main`` to ``main``.
    """
    payload = _example("pull_request", "synchronize" if action == "edited" else action)
    _name_repository(payload["repository"], OWNER, REPOSITORY_ID)
    pull = payload["pull_request"]
    for end, owner, sha, ref in (("base", OWNER, base_sha, "main"), ("head", fork or OWNER, head_sha, "grow")):
        pull[end].update(sha=sha, ref=ref, label=f"{owner}:{ref}")
        pull[end]["user"]["login"] = owner
        _name_repository(pull[end]["repo"], owner, REPOSITORY_ID if owner == OWNER else FORK_ID)
    if deleted_fork:
        pull["head"]["repo"] = None
    pull.update(number=5, draft=draft, merge_commit_sha=MERGE_SHA)
    pull["user"]["login"] = author
    pull["labels"] = [_label(name) for name in labels]
    payload["number"] = 5
    if action == "edited":
        _retarget(payload, base_sha)
    return _checked(payload, "pull_request")


def _label(name: str) -> Json:
    return {
        "id": 1,
        "node_id": "L_1",
        "url": f"https://api.github.com/repos/{OWNER}/{NAME}/labels/x",
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def _retarget(payload: Json, base_sha: str) -> None:
    del payload["before"], payload["after"]
    payload["action"] = "edited"
    payload["changes"] = {"base": {"ref": {"from": "old-main"}, "sha": {"from": base_sha}}}


def merge_group(*, head_sha: str = HEAD_SHA, base_sha: str = BASE_SHA) -> Json:
    """A merge queue asks for checks."""
    payload = _example("merge_group", "checks_requested")
    _name_repository(payload["repository"], OWNER, REPOSITORY_ID)
    payload["merge_group"].update(head_sha=head_sha, base_sha=base_sha)
    return _checked(payload, "merge_group")


def push(*, ref: str = "refs/heads/main", before: str = BASE_SHA, after: str = HEAD_SHA) -> Json:
    """A push to a branch."""
    payload = _example("push")
    _name_repository(payload["repository"], OWNER, REPOSITORY_ID)
    payload.update(ref=ref, before=before, after=after, created=False, deleted=False)
    return _checked(payload, "push")


def workflow_dispatch(**inputs: str) -> Json:
    """Somebody pressed the button."""
    payload = _example("workflow_dispatch")
    _name_repository(payload["repository"], OWNER, REPOSITORY_ID)
    payload.update(inputs=inputs, ref="refs/heads/main")
    return _checked(payload, "workflow_dispatch")


def workflow_run(
    run_id: int,
    *,
    event: str = "pull_request",
    fork: str | None = None,
    head_sha: str = HEAD_SHA,
    head_branch: str = "grow",
    pull_numbers: tuple[int, ...] = (),
    conclusion: str = "success",
) -> Json:
    """A run has completed; ``pull_numbers`` is what GitHub lists (nothing for forks)."""
    payload = _example("workflow_run", "completed")
    _name_repository(payload["repository"], OWNER, REPOSITORY_ID)
    run = payload["workflow_run"]
    _name_repository(run["repository"], OWNER, REPOSITORY_ID)
    _name_repository(run["head_repository"], fork or OWNER, FORK_ID if fork else REPOSITORY_ID)
    run.update(id=run_id, event=event, head_sha=head_sha, head_branch=head_branch, conclusion=conclusion)
    run.update(path=".github/workflows/size.yml", run_attempt=1)
    run["pull_requests"] = [_pull_stub(number, head_sha, head_branch) for number in pull_numbers]
    return _checked(payload, "workflow_run")


def _pull_stub(number: int, head_sha: str, head_branch: str) -> Json:
    repository = {"id": REPOSITORY_ID, "url": f"https://api.github.com/repos/{OWNER}/{NAME}", "name": NAME}
    return {
        "id": 9000 + number,
        "number": number,
        "url": f"https://api.github.com/repos/{OWNER}/{NAME}/pulls/{number}",
        "head": {"ref": head_branch, "sha": head_sha, "repo": repository},
        "base": {"ref": "main", "sha": BASE_SHA, "repo": repository},
    }
