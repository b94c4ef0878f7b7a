"""The git edge against real repositories: shallow, foreign, hostile, and untouched afterwards."""

import os
import pathlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.edges.git import GitRepository, find_repository
from bot.errors import GitError
from bot.ports import Rename
from tests.edges.git.repos import commit, copy_with_owner, git, make_repository, merge_ref, shallow_checkout, snapshot

BARE_ENVIRONMENT = {"HOME": "/nonexistent", "PATH": "utter-nonsense", "LC_ALL": "C"}


def opened(folder: pathlib.Path, **options: str) -> GitRepository:
    """Open a repository with an environment that is of no help."""
    return GitRepository(find_repository(folder), BARE_ENVIRONMENT, **options)


@pytest.fixture
def remote(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a remote: five commits on main, a branch ``pr`` off the third, and the pull request's merge commit."""
    remote = make_repository(tmp_path / "remote")
    for number in range(1, 6):
        commit(remote, {"number": str(number)})
        if number == 3:
            git(remote, "branch", "pr")
    git(remote, "checkout", "--quiet", "pr")
    commit(remote, {"feature": "new"})
    merge_ref(remote, "pr")
    return remote


def test_parents__of_a_shallow_merge_commit(remote: pathlib.Path, tmp_path: pathlib.Path):
    """A checkout one commit deep still tells both parents, because the commit object does."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/1/merge")

    with opened(checkout) as repository:
        parents = repository.parents(repository.resolve("HEAD"))

    assert parents == (git(remote, "rev-parse", "main"), git(remote, "rev-parse", "pr"))


def test_ensure__fetches_a_commit_that_a_shallow_checkout_lacks(remote: pathlib.Path, tmp_path: pathlib.Path):
    """The base of a merge ref is fetched by its object ID, and afterwards it can be read."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/1/merge")

    with opened(checkout) as repository:
        base = repository.parents(repository.resolve("HEAD"))[0]
        before = repository.has(base)
        fetched = repository.ensure(base)
        content = repository.read_file(base, "number")

    assert (before, fetched, content) == (False, True, b"5")


def test_ensure__gives_up_on_a_commit_that_nobody_has(remote: pathlib.Path, tmp_path: pathlib.Path):
    """A commit that was garbage-collected on the remote is reported as missing, not raised."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "main")

    with opened(checkout) as repository:
        assert not repository.ensure("1" * 40)


def test_ensure__without_a_remote(tmp_path: pathlib.Path):
    """A repository without a remote has what it has."""
    folder = make_repository(tmp_path / "alone")
    head = commit(folder, {"a": "1"})

    with opened(folder) as repository:
        assert repository.ensure(head)
        assert not repository.ensure("2" * 40)


def test_merge_base__deepens_a_shallow_checkout(remote: pathlib.Path, tmp_path: pathlib.Path):
    """The merge base lies below the cut, so history is fetched until it is found."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "pr")

    with opened(checkout) as repository:
        found = repository.merge_base(git(remote, "rev-parse", "main"), repository.resolve("HEAD"))

    assert found == git(remote, "merge-base", "main", "pr")


def test_merge_base__is_not_fooled_by_a_cut_that_hides_a_better_one(tmp_path: pathlib.Path):
    """An ancestor in sight is not taken while a cut elsewhere can hide a closer one."""
    remote = make_repository(tmp_path / "remote")
    old = commit(remote, {"a": "old"})
    close = commit(remote, {"a": "close"})
    # given two tips that each reach `old` in one step, and `close` only by a longer way
    for branch in ("topic", "main"):
        git(remote, "checkout", "--quiet", "-B", f"{branch}-side", close)
        for number in range(4):
            commit(remote, {branch: str(number)})
        git(remote, "checkout", "--quiet", "-B", branch, old)
        git(remote, "merge", "--quiet", "--no-ff", "--message", "catch up", f"{branch}-side")
    checkout = shallow_checkout(remote, tmp_path / "checkout", "topic", depth=2)
    git(checkout, "fetch", "--quiet", "--depth=2", "origin", "main")
    assert git(checkout, "merge-base", "HEAD", "FETCH_HEAD") == old

    with opened(checkout) as repository:
        found = repository.merge_base(git(remote, "rev-parse", "main"), repository.resolve("HEAD"))

    assert found == close


def test_merge_base__of_unrelated_histories(tmp_path: pathlib.Path):
    """Two histories without a common commit have no merge base, and that is an answer."""
    folder = make_repository(tmp_path / "repository")
    one = commit(folder, {"a": "1"})
    git(folder, "checkout", "--quiet", "--orphan", "other")
    other = commit(folder, {"b": "1"})

    with opened(folder) as repository:
        assert repository.merge_base(one, other) is None


def test_merge_base__says_so_when_history_cannot_be_fetched(remote: pathlib.Path, tmp_path: pathlib.Path):
    """With the remote gone, a shallow checkout gives an error that names the way out, never a guess."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "pr")
    git(checkout, "fetch", "--quiet", "--depth=1", "origin", "main")
    main = git(checkout, "rev-parse", "FETCH_HEAD")
    remote.rename(tmp_path / "gone")

    with opened(checkout) as repository, pytest.raises(GitError, match="fetch-depth: 0"):
        repository.merge_base(main, repository.resolve("HEAD"))


def test_resolve__fetches_a_branch_that_only_the_remote_has(remote: pathlib.Path, tmp_path: pathlib.Path):
    """``--base main`` works in a checkout that knows no branch at all."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/1/merge")

    with opened(checkout) as repository:
        assert repository.resolve("main") == git(remote, "rev-parse", "main")


@pytest.mark.parametrize("revision", ["--help", "-n1", "nowhere", "HEAD:number", "a b", "", "HEAD..main"])
def test_resolve__takes_nothing_but_a_commit(remote: pathlib.Path, revision: str):
    """What is no commit is refused with a sentence; an option is never interpreted."""
    with opened(remote) as repository, pytest.raises(GitError, match="was not found"):
        repository.resolve(revision)


@pytest.mark.parametrize("value", ["HEAD", "--all", "abc", "a" * 39, "A" * 40, "a" * 40 + "\n"])
def test_objects__are_named_in_full(remote: pathlib.Path, value: str):
    """Every other method takes full object IDs only, so nothing from a payload can be read as an option."""
    with opened(remote) as repository, pytest.raises(GitError, match="is not a commit"):
        repository.tree(value)


def test_read_file__gives_regular_files_only(tmp_path: pathlib.Path):
    """A symlink raises and says why, as do a folder and a large file; a missing file is None."""
    folder = make_repository(tmp_path / "repository")
    head = commit(
        folder,
        {"Dockerfile": "FROM scratch\n", "link": "-> /proc/self/environ", "a/b": "x", "large": "x" * (2**20 + 1)},
    )

    with opened(folder) as repository:
        assert repository.read_file(head, "Dockerfile") == b"FROM scratch\n"
        assert repository.read_file(head, "nothing") is None
        assert repository.read_file(head, "link/environ") is None
        for path, words in (("link", "symbolic link"), ("a", "folder"), ("large", "1048577 bytes")):
            with pytest.raises(GitError, match=words):
                repository.read_file(head, path)


def test_tree__lists_every_kind_of_name(tmp_path: pathlib.Path):
    """Names with blanks, line feeds, quotes, pathspec magic and bytes that are not UTF-8 come out as they are."""
    folder = make_repository(tmp_path / "repository")
    names = ["a b", "line\nfeed", 'quo"te', ":(top)x", "*", "ümlaut", os.fsdecode(b"\xff\xfe")]
    head = commit(folder, dict.fromkeys(names, "x"))

    with opened(folder) as repository:
        tree = repository.tree(head)
        contents = {repository.read_file(head, name) for name in names}

    assert {entry.path for entry in tree} == set(names)
    assert {entry.mode for entry in tree} == {"100644"}
    assert contents == {b"x"}


def test_renames__are_those_that_git_detects(tmp_path: pathlib.Path):
    """A moved Dockerfile is paired with its old place, blanks in names and all."""
    folder = make_repository(tmp_path / "repository")
    text = "FROM scratch\n" + "COPY a /a\n" * 20
    base = commit(folder, {"Dockerfile": text, "other": "x"})
    head = commit(folder, {"Dockerfile": None, "new place/Dockerfile": text + "COPY b /b\n"})

    with opened(folder) as repository:
        assert repository.renames(base, head) == (Rename("Dockerfile", "new place/Dockerfile"),)


def test_default_branch__prefers_what_the_remote_says(remote: pathlib.Path, tmp_path: pathlib.Path):
    """A clone knows its remote's HEAD; a repository of its own has main or master; else it is an error."""
    git(tmp_path, "clone", "--quiet", str(remote), "clone")
    unborn = make_repository(tmp_path / "unborn")

    with opened(tmp_path / "clone") as clone, opened(remote) as own, opened(unborn) as none:
        assert clone.default_branch() == "refs/remotes/origin/HEAD"
        assert own.default_branch() == "refs/heads/main"
        with pytest.raises(GitError, match="Name the base"):
            none.default_branch()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/octo/shop.git", "shop"),
        ("git@example.org:octo/shop", "shop"),
        ("/srv/git/shop.git/", "shop"),
        ("", "folder"),
    ],
)
def test_name__is_the_end_of_the_remotes_url(tmp_path: pathlib.Path, url: str, name: str):
    """The repository is called what its remote calls it, else what its folder is called."""
    folder = make_repository(tmp_path / "folder")
    if url:
        git(folder, "remote", "add", "origin", url)

    with opened(folder) as repository:
        assert repository.name() == name


def test_checkout__writes_plain_files(tmp_path: pathlib.Path):
    """A checkout has the commit's files with fixed modes whatever the umask, no .git, and is gone afterwards."""
    folder = make_repository(tmp_path / "repository")
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o755)
    head = commit(folder, {"a/b": "x", "link": "-> a/b"})
    umask = os.umask(0o077)

    try:
        with opened(folder) as repository, repository.checkout(head) as root:
            found = sorted(str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*"))
            modes = [oct(os.lstat(pathlib.Path(root, name)).st_mode & 0o777) for name in (".", "a", "a/b", "run")]
            target = str(pathlib.Path(root, "link").readlink())
    finally:
        os.umask(umask)

    assert found == ["a", "a/b", "link", "run"]
    assert modes == ["0o755", "0o755", "0o644", "0o755"]
    assert target == "a/b"
    assert not pathlib.Path(root).exists()


def test_checkout__runs_no_filter_of_the_repository(tmp_path: pathlib.Path):
    """A smudge filter that attributes of the tree ask for is not run, even where the configuration names one."""
    folder = make_repository(tmp_path / "repository")
    head = commit(folder, {".gitattributes": "* filter=evil\n", "a": "plain"})
    git(folder, "config", "filter.evil.smudge", f"touch {tmp_path}/ran; cat")

    with opened(folder) as repository, repository.checkout(head) as root:
        content = pathlib.Path(root, "a").read_text()

    assert content == "plain"
    assert not (tmp_path / "ran").exists()


def test_worktree_commit__is_head_where_nothing_changed(tmp_path: pathlib.Path):
    """A clean working tree is its HEAD, also with ignored files lying around."""
    folder = make_repository(tmp_path / "repository")
    head = commit(folder, {"a": "1", ".gitignore": "*.log\n"})
    (folder / "noise.log").write_text("x")

    with opened(folder) as repository:
        assert repository.worktree_commit() == head


def test_worktree_commit__holds_what_is_not_committed(tmp_path: pathlib.Path):
    """Changed, new, staged and deleted files are in the commit, whose parent is HEAD; the repository is untouched."""
    folder = make_repository(tmp_path / "repository")
    head = commit(folder, {"changed": "1", "deleted": "1", ".gitignore": "*.log\n"})
    (folder / "changed").write_text("2")
    (folder / "deleted").unlink()
    (folder / "new").write_text("3")
    (folder / "noise.log").write_text("x")
    (folder / "staged").write_text("4")
    git(folder, "add", "staged")
    before = snapshot(folder)

    with opened(folder) as repository:
        made = repository.worktree_commit()
        files = {entry.path: repository.read_file(made, entry.path) for entry in repository.tree(made)}
        parents = repository.parents(made)

    assert files == {".gitignore": b"*.log\n", "changed": b"2", "new": b"3", "staged": b"4"}
    assert parents == (head,)
    assert snapshot(folder) == before


def test_user_repository__is_never_written(remote: pathlib.Path, tmp_path: pathlib.Path):
    """Fetching, deepening and checking out leave not one byte changed in a shallow checkout."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "pr")
    before = snapshot(checkout)

    with opened(checkout) as repository:
        main = repository.resolve("main")
        repository.merge_base(main, repository.resolve("HEAD"))
        with repository.checkout(main):
            pass

    assert snapshot(checkout) == before


def test_full_clone__does_not_become_shallow_by_a_fetch(remote: pathlib.Path, tmp_path: pathlib.Path):
    """In a complete clone a commit is fetched with its history, so that merge bases stay right."""
    git(tmp_path, "clone", "--quiet", f"file://{remote}", "clone")
    git(remote, "checkout", "--quiet", "main")
    newer = commit(remote, {"number": "6"})

    with opened(tmp_path / "clone") as repository:
        assert repository.ensure(newer)
        assert repository.merge_base(newer, git(remote, "rev-parse", "pr")) == git(remote, "merge-base", "main", "pr")
    assert git(tmp_path / "clone", "rev-parse", "--is-shallow-repository") == "false"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_foreign_workspace__is_read_as_root(remote: pathlib.Path, tmp_path: pathlib.Path):
    """A checkout that belongs to another user, as in the Action's container, is not refused as dubious."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/1/merge")
    foreign = copy_with_owner(checkout, tmp_path / "foreign", 1001)

    with opened(foreign) as repository:
        head = repository.resolve("HEAD")
        assert repository.ensure(repository.parents(head)[0])
        assert repository.worktree_commit() == head


def test_embedded_bare_repository__runs_nothing(tmp_path: pathlib.Path):
    """A folder of the checkout that poses as a bare repository, with an fsmonitor to run, is only a folder."""
    folder = make_repository(tmp_path / "repository")
    ran = tmp_path / "ran"
    trap = f"[core]\n\tbare = false\n\tworktree = ..\n\tfsmonitor = touch {ran}; false\n"
    files = {"HEAD": "ref: refs/heads/main\n", "config": trap, "objects/x": "", "refs/x": ""}
    head = commit(folder, {f"trap/{name}": content for name, content in files.items()})
    (folder / "trap" / "new").write_text("x")

    with opened(folder / "trap") as repository:
        repository.worktree_commit()
        with repository.checkout(head):
            pass

    assert not ran.exists()


def test_hooks_and_monitors__of_the_repository_run_nothing(remote: pathlib.Path, tmp_path: pathlib.Path):
    """Hooks, an fsmonitor, a pager and an ext:: remote in the repository's own configuration stay silent."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "pr")
    ran = tmp_path / "ran"
    hook = checkout / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external"):
        git(checkout, "config", key, f"touch {ran}; false")
    git(checkout, "remote", "set-url", "origin", f"ext::sh -c touch% {ran}")
    (checkout / "new").write_text("x")

    with opened(checkout) as repository:
        made = repository.worktree_commit()
        repository.renames(repository.resolve("HEAD"), made)
        assert not repository.ensure("3" * 40)
        with repository.checkout(made):
            pass

    assert not ran.exists()


class _Asked(BaseHTTPRequestHandler):
    """Remembers the credentials of every request and lets nobody in."""

    seen: list[str | None] = []  # noqa: RUF012 - one server in one test

    def do_GET(self) -> None:
        self.seen.append(self.headers["Authorization"])
        self.send_response(401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_token__goes_to_no_server_but_githubs_own(tmp_path: pathlib.Path):
    """A remote elsewhere, or one without TLS, is asked without the token."""
    server = HTTPServer(("127.0.0.1", 0), _Asked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = make_repository(tmp_path / "repository")
    commit(folder, {"a": "1"})
    url = f"http://127.0.0.1:{server.server_port}"
    git(folder, "remote", "add", "origin", f"{url}/octo/shop")

    with opened(folder, token="s3cr3t", server_url="https://example.org") as repository:
        assert not repository.ensure("4" * 40)
    with opened(folder, token="s3cr3t", server_url=url) as repository:
        assert not repository.ensure("4" * 40)
    server.shutdown()
    server.server_close()

    assert _Asked.seen
    assert set(_Asked.seen) == {None}


def test_token__is_on_no_command_line(tmp_path: pathlib.Path):
    """Git gets the token by its environment: whoever lists processes sees only the variable's name."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>{tmp_path}/arguments\nexec /usr/bin/git "$@"\n')
    program.chmod(0o755)
    folder = make_repository(tmp_path / "repository")
    commit(folder, {"a": "1"})
    git(folder, "remote", "add", "origin", "https://127.0.0.1:9/octo/shop")
    environment = BARE_ENVIRONMENT | {"PATH": str(program.parent)}

    with GitRepository(folder, environment, token="s3cr3t", server_url="https://127.0.0.1:9") as repository:
        assert not repository.ensure("5" * 40)

    lines = (tmp_path / "arguments").read_text()
    assert "DEADWEIGHT_GIT_HEADER" in lines
    assert "s3cr3t" not in lines
    assert "czNjcjN0" not in lines


def test_find_repository__looks_upwards_and_says_where_it_looked(tmp_path: pathlib.Path):
    """A folder inside a checkout belongs to it; outside of one the message says what to do."""
    folder = make_repository(tmp_path / "repository")
    (folder / "a" / "b").mkdir(parents=True)

    assert find_repository(folder / "a" / "b") == folder
    with pytest.raises(GitError, match="check out first"):
        find_repository(tmp_path)


def test_linked_worktree__is_a_repository_too(tmp_path: pathlib.Path):
    """A worktree made by ``git worktree add``, whose .git is a file, works like any checkout."""
    folder = make_repository(tmp_path / "repository")
    commit(folder, {"a": "1"})
    git(folder, "worktree", "add", "--quiet", "-b", "topic", "../linked")
    head = commit(tmp_path / "linked", {"a": "2"})

    with opened(tmp_path / "linked") as repository:
        assert repository.resolve("HEAD") == head
        assert repository.worktree_commit() == head


def test_close__removes_everything_that_was_made(remote: pathlib.Path, tmp_path: pathlib.Path, monkeypatch):
    """Nothing is left in the temporary folder."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()

    with opened(remote) as repository, repository.checkout(repository.resolve("HEAD")):
        during = len(list((tmp_path / "temporary").iterdir()))

    assert during == 2
    assert list((tmp_path / "temporary").iterdir()) == []


def test_partial_clone__gets_what_it_left_out_when_it_is_needed(tmp_path: pathlib.Path):
    """In a clone without blobs every file can be read and checked out, and the clone stays as it was."""
    remote = make_repository(tmp_path / "remote")
    base = commit(remote, {"a": "old", "d/b": "1", ".gitattributes": "*.bin filter=lfs\n"})
    commit(remote, {"a": "new"})
    git(remote, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{remote}", "clone")
    before = snapshot(tmp_path / "clone")

    with opened(tmp_path / "clone") as repository:
        content = repository.read_file(base, "a")
        gaps = repository.incomplete(base)
        with repository.checkout(base) as root:
            files = {path.name: path.read_text() for path in pathlib.Path(root).rglob("*") if path.is_file()}

    assert (content, gaps) == (b"old", ())
    assert files == {"a": "old", "b": "1", ".gitattributes": "*.bin filter=lfs\n"}
    assert snapshot(tmp_path / "clone") == before


def test_find_repository__bare(tmp_path: pathlib.Path):
    """A bare repository is one where both its HEAD and its objects are; a folder with one of them alone is none."""
    bare, headless, empty = (tmp_path / name for name in ("bare", "headless", "empty"))
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    (headless / "objects").mkdir(parents=True)
    empty.mkdir()
    (empty / "HEAD").write_text("ref: refs/heads/main\n")

    assert find_repository(bare) == bare
    for folder in (headless, empty):
        with pytest.raises(GitError, match="is not in a git repository"):
            find_repository(folder)


def test_branches__of_both_kinds(remote: pathlib.Path, tmp_path: pathlib.Path):
    """Branches are listed by their short names, one's own and those of a remote."""
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", str(remote), str(checkout))

    with opened(checkout) as repository:
        found = repository.branches()

    assert {"main", "origin/pr", "origin/main"} <= set(found)
