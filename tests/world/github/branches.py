"""What writes to branches: a file put into one, and the three steps that make a branch without history; and tags."""

from __future__ import annotations

import base64
import hashlib
import json

from tests.world.github.basics import EPOCH, WEB, Json
from tests.world.github.desk import Answer, Desk, Refusal, Request, found
from tests.world.github.state import State

PERSON = {"name": "Mona", "email": "mona@example.com", "date": EPOCH}


def _object_id(*parts: object) -> str:
    return hashlib.sha1(json.dumps(parts, default=str).encode()).hexdigest()


def _has(state: State, branch: str) -> bool:
    return branch in state.branches or any(ref == branch for ref, _ in state.files)


def put_contents(desk: Desk, request: Request) -> Answer:
    """A file written to a branch; what is replaced must be named by its blob, as it is now."""
    branch, path = request.body.get("branch", "main"), request.arguments["path"]
    if not _has(desk.state, branch):
        raise Refusal(404, f"Branch {branch} not found")
    before = desk.state.files.get((branch, path))
    _check_blob(desk, request, before)
    content = base64.b64decode(request.body["content"])
    desk.state.files[branch, path] = content
    commit = _object_id(request.body["message"], next(desk.state.ids))
    body = {"content": desk.shapes.file(branch, path, content), "commit": _commit(desk, commit, "", [])}
    return Answer(201 if before is None else 200, body)


def _check_blob(desk: Desk, request: Request, before: bytes | None) -> None:
    named, path = request.body.get("sha"), request.arguments["path"]
    if before is None:
        return
    if named is None:
        raise Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if named != desk.shapes.file("", path, before)["sha"]:
        raise Refusal(409, f"{path} does not match {named}")


def create_tree(desk: Desk, request: Request) -> Answer:
    """A tree of the files given, on top of another one or of nothing."""
    entries = request.body["tree"]
    below = desk.state.trees.get(request.body.get("base_tree", ""), {})
    files = below | {entry["path"]: entry["content"].encode() for entry in entries}
    sha = _object_id(sorted(files.items()))
    desk.state.trees[sha] = files
    url = f"{desk.shapes.repository_url}/git/trees/{sha}"
    listed = [
        {"path": entry["path"], "mode": entry["mode"], "type": "blob", "sha": _object_id(entry), "size": 1}
        for entry in entries
    ]
    return Answer(201, {"sha": sha, "url": url, "tree": listed, "truncated": False})


def create_commit(desk: Desk, request: Request) -> Answer:
    """A commit of a tree."""
    tree = request.body["tree"]
    found(desk.state.trees.get(tree))
    sha = _object_id(request.body, next(desk.state.ids))
    desk.state.parents[sha] = request.body.get("parents", [])
    desk.state.commit_trees[sha] = tree
    desk.state.messages[sha] = request.body["message"]
    return Answer(201, _commit(desk, sha, tree, desk.state.parents[sha], request.body["message"]))


def get_commit(desk: Desk, request: Request) -> Answer:
    """A commit with its parents."""
    sha = request.arguments["sha"]
    parents = found(desk.state.parents.get(sha))
    return Answer(
        200, _commit(desk, sha, desk.state.commit_trees.get(sha, sha), parents, desk.state.messages.get(sha, ""))
    )


def create_ref(desk: Desk, request: Request) -> Answer:
    """A branch at a commit; one that is there already is refused."""
    ref, sha = request.body["ref"], request.body["sha"]
    branch = ref.removeprefix("refs/heads/")
    if _has(desk.state, branch):
        raise Refusal(422, "Reference already exists")
    desk.state.branches.add(branch)
    return Answer(201, _moved(desk, branch, sha))


def get_ref(desk: Desk, request: Request) -> Answer:
    """The commit that a branch is at."""
    branch = request.arguments["branch"]
    return Answer(200, _ref(desk, branch, found(desk.state.tips.get(branch))))


def update_ref(desk: Desk, request: Request) -> Answer:
    """A branch moved to another commit; what is no descendant is refused unless it is forced."""
    branch, sha = request.arguments["branch"], request.body["sha"]
    before = found(desk.state.tips.get(branch))
    if not request.body.get("force") and before not in desk.state.ancestors(sha):
        raise Refusal(422, "Update is not a fast forward")
    return Answer(200, _moved(desk, branch, sha))


def _moved(desk: Desk, branch: str, sha: str) -> Json:
    """Let a branch be at a commit, with that commit's files and no others."""
    state = desk.state
    state.tips[branch] = sha
    state.files = {place: content for place, content in state.files.items() if place[0] != branch}
    state.files |= {(branch, path): content for path, content in state.trees[state.commit_trees[sha]].items()}
    return _ref(desk, branch, sha)


def _ref(desk: Desk, branch: str, sha: str) -> Json:
    ref = f"refs/heads/{branch}"
    url = f"{desk.shapes.repository_url}/git/{ref}"
    return {"ref": ref, "node_id": "REF_1", "url": url, "object": {"type": "commit", "sha": sha, "url": url}}


def list_tags(desk: Desk, request: Request) -> Answer:
    """The tags of the repository."""
    root = desk.shapes.repository_url
    tags = [
        {
            "name": name,
            "commit": {"sha": sha, "url": f"{root}/commits/{sha}"},
            "zipball_url": f"{root}/zipball/refs/tags/{name}",
            "tarball_url": f"{root}/tarball/refs/tags/{name}",
            "node_id": f"REF_{name}",
        }
        for name, sha in desk.state.tags.items()
    ]
    return desk.page(request, tags)


def _commit(desk: Desk, sha: str, tree: str, parents: list[str], message: str = "") -> Json:
    root, page = desk.shapes.repository_url, f"{WEB}/{desk.state.full_name}/commit"
    return {
        "sha": sha,
        "node_id": f"C_{sha}",
        "url": f"{root}/git/commits/{sha}",
        "html_url": f"{page}/{sha}",
        "author": PERSON,
        "committer": PERSON,
        "message": message,
        "tree": {"sha": tree, "url": f"{root}/git/trees/{tree}"},
        "parents": [{"sha": one, "url": f"{root}/git/commits/{one}", "html_url": f"{page}/{one}"} for one in parents],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }
