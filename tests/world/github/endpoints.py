"""What each endpoint does; one function each, in the order of GitHub's reference."""

from __future__ import annotations

from typing import Any

from tests.world.github.basics import Json
from tests.world.github.desk import LARGEST_COMMENT, Answer, Desk, Refusal, Request, found, invalid
from tests.world.github.state import CheckRun, Comment, Pull, Status


def _number(request: Request, name: str) -> int:
    return int(request.arguments[name])


# --- the token's owner, limits, a word of wisdom ---


def get_user(desk: Desk, request: Request) -> Answer:
    """Who am I; refused for installation tokens, as in real life."""
    if request.token.kind != "pat":
        raise Refusal(403, "Resource not accessible by integration")
    return Answer(200, desk.shapes.authenticated_user(request.token.login))


def post_graphql(desk: Desk, request: Request) -> Answer:
    """The one GraphQL question that is asked here: who is the viewer, for any kind of token."""
    if "viewer { login }" not in str(request.body.get("query")):
        raise Refusal(400, "A query attribute must be specified and must be a string.")
    return Answer(200, {"data": {"viewer": {"login": request.token.login}}})


def get_rate_limit(_desk: Desk, _request: Request) -> Answer:
    """Plenty left."""
    rate = {"limit": 1000, "remaining": 999, "reset": 4_102_444_800, "used": 1}
    return Answer(200, {"resources": {"core": rate, "search": rate}, "rate": rate})


def get_zen(_desk: Desk, _request: Request) -> Answer:
    """A sentence as plain text."""
    return Answer(200, b"Half measures are as bad as nothing at all.", {"Content-Type": "text/plain"})


# --- repository, commits, files ---


def get_repository(desk: Desk, _request: Request) -> Answer:
    """The repository."""
    return Answer(200, desk.shapes.repository())


def get_contents(desk: Desk, request: Request) -> Answer:
    """A file at a ref; a folder is a list of its files."""
    ref = request.query.get("ref", "main")
    path = request.arguments["path"]
    content = desk.state.files.get((ref, path))
    if content is not None:
        return Answer(200, desk.shapes.file(ref, path, content))
    below = [(name, data) for (at, name), data in desk.state.files.items() if at == ref and name.startswith(f"{path}/")]
    if not below:
        raise Refusal(404, "Not Found")
    return Answer(200, [desk.shapes.file(ref, name, data) for name, data in below])


def get_commit(desk: Desk, request: Request) -> Answer:
    """A commit and its parents."""
    return Answer(200, desk.shapes.commit(request.arguments["ref"]))


def get_comparison(desk: Desk, request: Request) -> Answer:
    """The merge base of two commits."""
    base, _, head = request.arguments["basehead"].partition("...")
    merge_base = found(desk.state.merge_bases.get((base, head)) or desk.state.merge_base(base, head))
    return Answer(200, desk.shapes.comparison(base, head, merge_base))


def get_permission(desk: Desk, request: Request) -> Answer:
    """What somebody may do in the repository."""
    login = request.arguments["username"]
    permission = desk.state.collaborators.get(login, "read")
    user = desk.shapes.user(login) | {"role_name": permission}
    return Answer(200, {"permission": permission, "role_name": permission, "user": user})


# --- pull requests ---


def _matches(pull: Pull, query: dict[str, str]) -> bool:
    head = query.get("head", "")
    return (
        query.get("state", "open") in ("all", pull.state)
        and head in ("", f"{pull.head_owner}:{pull.head_ref}")
        and query.get("base", pull.base_ref) == pull.base_ref
    )


def list_pulls(desk: Desk, request: Request) -> Answer:
    """Pull requests by state, ``head`` (owner:branch) and base, newest first."""
    pulls = sorted(desk.state.pulls.values(), key=lambda pull: -pull.number)
    return desk.page(request, [desk.shapes.pull(p) for p in pulls if _matches(p, request.query)])


def get_pull(desk: Desk, request: Request) -> Answer:
    """One pull request."""
    return Answer(200, desk.shapes.full_pull(found(desk.state.pulls.get(_number(request, "number")))))


def create_pull(desk: Desk, request: Request) -> Answer:
    """A pull request from a branch of the repository; a second one of the same branch is refused."""
    branch, base = request.body["head"], request.body["base"]
    if branch not in desk.state.branches:
        raise invalid("PullRequest", "head", "invalid")
    alike = (pull for pull in desk.state.pulls.values() if (pull.head_ref, pull.state) == (branch, "open"))
    if next(alike, None) is not None:
        raise Refusal(422, "Validation Failed", [{"message": f"A pull request already exists for {branch}."}])
    number = max(desk.state.pulls, default=0) + 1
    desk.state.pulls[number] = Pull(
        number=number,
        head_ref=branch,
        head_sha=desk.state.tips.get(branch, "c" * 40),
        base_ref=base,
        base_sha=desk.state.tips.get(base, "b" * 40),
        head_owner=desk.state.owner,
        head_repository_id=desk.state.repository_id,
        title=request.body["title"],
        body=request.body.get("body"),
    )
    return Answer(201, desk.shapes.full_pull(desk.state.pulls[number]))


def edit_pull(desk: Desk, request: Request) -> Answer:
    """Another title or text of a pull request."""
    pull: Pull = found(desk.state.pulls.get(_number(request, "number")))
    pull.title, pull.body = request.body.get("title", pull.title), request.body.get("body", pull.body)
    return Answer(200, desk.shapes.full_pull(pull))


# --- issue comments ---


def _writable(desk: Desk, issue: int) -> Pull:
    if desk.state.archived:
        raise Refusal(403, "Repository was archived so is read-only.")
    pull: Pull = found(desk.state.pulls.get(issue))
    if pull.locked:
        raise Refusal(403, "Unable to create comment because issue is locked.")
    return pull


def _body_of(request: Request) -> str:
    body = request.body.get("body")
    if not isinstance(body, str) or not body.strip():
        raise invalid("IssueComment", "body", "Body can't be blank")
    if len(body) > LARGEST_COMMENT:
        raise invalid("IssueComment", "data", f"Body is too long (maximum is {LARGEST_COMMENT} characters)")
    return body


def list_comments(desk: Desk, request: Request) -> Answer:
    """The comments that the read lag lets through, oldest first."""
    found(desk.state.pulls.get(_number(request, "number")))
    comments = desk.state.visible_comments(_number(request, "number"))
    return desk.page(request, [desk.shapes.comment(comment) for comment in comments])


def create_comment(desk: Desk, request: Request) -> Answer:
    """A new comment by the token's owner."""
    issue = _number(request, "number")
    _writable(desk, issue)
    comment = desk.state.write_comment(issue, request.token.login, _body_of(request))
    return Answer(201, desk.shapes.comment(comment))


def _comment(desk: Desk, request: Request) -> Comment:
    comment: Comment = found(desk.state.comments.get(_number(request, "id")))
    return comment


def get_comment(desk: Desk, request: Request) -> Answer:
    """One comment."""
    return Answer(200, desk.shapes.comment(_comment(desk, request)))


def edit_comment(desk: Desk, request: Request) -> Answer:
    """A new body; a maintainer's token may edit anybody's comment, which is why the author must be checked."""
    comment = _comment(desk, request)
    _writable(desk, comment.issue)
    comment.edit(_body_of(request), desk.state.read_lag_seconds)
    return Answer(200, desk.shapes.comment(comment))


def delete_comment(desk: Desk, request: Request) -> Answer:
    """Gone."""
    del desk.state.comments[_comment(desk, request).id]
    return Answer(204)


# --- labels and who set them ---


def list_labels(desk: Desk, request: Request) -> Answer:
    """The labels of a pull request."""
    pull: Pull = found(desk.state.pulls.get(_number(request, "number")))
    return desk.page(request, [desk.shapes.label(name) for name in pull.labels])


def list_label_events(desk: Desk, request: Request) -> Answer:
    """Who set or took off which label, oldest first."""
    events = [e for e in desk.state.label_events if e.issue == _number(request, "number")]
    return desk.page(request, [desk.shapes.label_event(event) for event in events])


# --- check runs and commit statuses ---


def _apply(run: CheckRun, body: Json) -> None:
    output: dict[str, Any] = body.get("output", {})
    added = output.get("annotations", [])
    if len(added) > 50:
        raise invalid("CheckRun", "annotations", "No more than 50 annotations")
    for name in ("status", "conclusion", "external_id", "details_url"):
        setattr(run, name, body.get(name, getattr(run, name)))
    for name in ("title", "summary", "text"):
        setattr(run, name, output.get(name, getattr(run, name)))
    run.annotations += added
    if run.conclusion is not None:
        run.status = "completed"


def create_check_run(desk: Desk, request: Request) -> Answer:
    """A check run; GitHub Apps only."""
    if request.token.kind == "pat":
        raise Refusal(403, "You must authenticate via a GitHub App.")
    number = next(desk.state.ids)
    run = CheckRun(number, request.body["name"], request.body["head_sha"], request.token.login)
    _apply(run, request.body)
    desk.state.check_runs[run.id] = run
    return Answer(201, desk.shapes.check_run(run))


def _check_run(desk: Desk, request: Request) -> CheckRun:
    run: CheckRun = found(desk.state.check_runs.get(_number(request, "id")))
    return run


def get_check_run(desk: Desk, request: Request) -> Answer:
    """One check run."""
    return Answer(200, desk.shapes.check_run(_check_run(desk, request)))


def update_check_run(desk: Desk, request: Request) -> Answer:
    """Changes a check run; annotations are appended."""
    run = _check_run(desk, request)
    _apply(run, request.body)
    return Answer(200, desk.shapes.check_run(run))


def list_check_runs(desk: Desk, request: Request) -> Answer:
    """The check runs of a commit, newest first, by name where one is given."""
    name = request.query.get("check_name")
    runs = [r for r in desk.state.check_runs.values() if r.head_sha == request.arguments["ref"]]
    shown = [desk.shapes.check_run(run) for run in reversed(runs) if name in (None, run.name)]
    return desk.page(request, shown, "check_runs")


def create_status(desk: Desk, request: Request) -> Answer:
    """A commit status; the description has 140 characters at most."""
    body = request.body
    if len(body.get("description") or "") > 140:
        raise invalid("Status", "description", "description is too long (maximum is 140 characters)")
    status = Status(
        next(desk.state.ids),
        request.arguments["sha"],
        body["state"],
        body.get("context", "default"),
        body.get("description"),
        body.get("target_url"),
        request.token.login,
    )
    desk.state.statuses.append(status)
    return Answer(201, desk.shapes.status(status))


def list_statuses(desk: Desk, request: Request) -> Answer:
    """The statuses of a commit, newest first."""
    statuses = [s for s in reversed(desk.state.statuses) if s.sha == request.arguments["ref"]]
    return desk.page(request, [desk.shapes.status(status) for status in statuses])


# --- workflow runs and artifacts ---


def get_run(desk: Desk, request: Request) -> Answer:
    """One workflow run."""
    return Answer(200, desk.shapes.run(found(desk.state.runs.get(_number(request, "id")))))


def list_runs(desk: Desk, request: Request) -> Answer:
    """The workflow runs of an event, of branches of that name in whatever repository, started before a moment."""
    query = request.query
    before = query.get("created", "").removeprefix("<")
    runs = [
        run
        for run in sorted(desk.state.runs.values(), key=lambda run: run.created_at, reverse=True)
        if query.get("event", run.event) == run.event
        and query.get("branch", run.head_branch) == run.head_branch
        and (not before or run.created_at < before)
    ]
    return desk.page(request, [desk.shapes.run(run) for run in runs], "workflow_runs")


def list_artifacts(desk: Desk, request: Request) -> Answer:
    """The artifacts of a run, by name where one is given."""
    found(desk.state.runs.get(_number(request, "id")))
    name = request.query.get("name")
    artifacts = [a for a in desk.state.artifacts.values() if a.run_id == _number(request, "id")]
    shown = [desk.shapes.artifact(a) for a in artifacts if name in (None, a.name)]
    return desk.page(request, shown, "artifacts")


def download_artifact(desk: Desk, request: Request) -> Answer:
    """Where the zip is: a redirect to another address (one that needs no token), or the bytes at once."""
    artifact = found(desk.state.artifacts.get(_number(request, "id")))
    if artifact.expired:
        raise Refusal(410, "Artifact has expired")
    if desk.state.direct_artifacts:
        return Answer(200, artifact.archive, {"Content-Type": "application/zip"})
    return Answer(302, b"", {"Location": f"{desk.blob_url}/_blobs/{artifact.id}?signature=abc"})


def get_blob(desk: Desk, request: Request) -> Answer:
    """The artifact store: the bytes of a zip."""
    artifact = found(desk.state.artifacts.get(_number(request, "id")))
    return Answer(200, artifact.archive, {"Content-Type": "application/zip"})
