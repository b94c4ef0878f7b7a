"""Submodules and Git LFS: part of a checkout where the user's own has them, named where it has not."""

import hashlib
import pathlib

from bot.edges.git import GitRepository
from tests.edges.git.repos import commit, git, make_repository

ENVIRONMENT = {"HOME": "/nonexistent"}


def files_of(folder: pathlib.Path, head: str) -> dict[str, str]:
    """Check a commit out and give its files with their content."""
    with GitRepository(folder, ENVIRONMENT) as repository, repository.checkout(head) as root:
        paths = [path for path in pathlib.Path(root).rglob("*") if path.is_file()]
        return {str(path.relative_to(root)): path.read_text() for path in paths}


def gaps_of(folder: pathlib.Path, head: str) -> tuple[str, ...]:
    """Say what a checkout of a commit lacks."""
    with GitRepository(folder, ENVIRONMENT) as repository:
        return tuple(repository.incomplete(head))


def with_submodule(folder: pathlib.Path, inner: pathlib.Path, path: str) -> str:
    """Add a repository as a submodule and commit that."""
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", f"file://{inner}", path)
    return commit(folder, {})


def pointer(content: bytes) -> str:
    """Return the pointer that stands for a content."""
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"


def store(folder: pathlib.Path, content: bytes) -> None:
    """Keep an LFS object where git-lfs does."""
    oid = hashlib.sha256(content).hexdigest()
    path = folder / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_checkout__has_submodules_at_the_commit_that_the_tree_names(tmp_path: pathlib.Path):
    """Both sides of a comparison get the submodule as it was, also one inside another."""
    innermost = make_repository(tmp_path / "innermost")
    commit(innermost, {"deep": "1"})
    inner = make_repository(tmp_path / "inner")
    commit(inner, {"file": "old"})
    with_submodule(inner, innermost, "nested")
    folder = make_repository(tmp_path / "repository")
    base = with_submodule(folder, inner, "lib")
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
    commit(folder / "lib", {"file": "new"})
    head = commit(folder, {})

    old, new = files_of(folder, base), files_of(folder, head)

    assert (old["lib/file"], new["lib/file"]) == ("old", "new")
    assert old["lib/nested/deep"] == "1"
    assert gaps_of(folder, base) == gaps_of(folder, head) == ()


def test_checkout__without_a_submodules_repository(tmp_path: pathlib.Path):
    """A submodule that was not checked out leaves an empty folder, and a sentence with the way out."""
    inner = make_repository(tmp_path / "inner")
    commit(inner, {"file": "x"})
    folder = make_repository(tmp_path / "repository")
    head = with_submodule(folder, inner, "lib")
    git(tmp_path, "clone", "--quiet", str(folder), "clone")

    assert set(files_of(tmp_path / "clone", head)) == {".gitmodules"}
    assert gaps_of(tmp_path / "clone", head) == (
        "lib: submodules that are not here. Check out with submodules: recursive.",
    )


def test_submodule_name__cannot_lead_out_of_the_repository(tmp_path: pathlib.Path):
    """A name with .. in a hostile .gitmodules finds no repository that lies elsewhere."""
    secret = make_repository(tmp_path / "secret")
    inside = commit(secret, {"key": "s3cr3t"})
    folder = make_repository(tmp_path / "repository")
    (folder / ".git" / "modules").mkdir()
    commit(folder, {".gitmodules": '[submodule "../../../secret/.git"]\n\tpath = lib\n\turl = x\n'})
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{inside},lib")
    git(folder, "commit", "--quiet", "--message", "trap")

    assert "lib/key" not in files_of(folder, git(folder, "rev-parse", "HEAD"))


def test_checkout__has_lfs_objects_that_are_here(tmp_path: pathlib.Path):
    """The content takes the place of its pointer; a file that only looks alike stays what it is."""
    content = b"large file"
    folder = make_repository(tmp_path / "repository")
    files = {".gitattributes": "*.bin filter=lfs\n", "a.bin": pointer(content), "b.txt": pointer(content) + "more\n"}
    head = commit(folder, files)
    store(folder, content)

    found = files_of(folder, head)

    assert found["a.bin"] == "large file"
    assert found["b.txt"] == files["b.txt"]
    assert gaps_of(folder, head) == ()


def test_checkout__names_lfs_pointers_that_stay_pointers(tmp_path: pathlib.Path):
    """Objects that were never fetched are named, the first three by path."""
    folder = make_repository(tmp_path / "repository")
    names = [f"{letter}.bin" for letter in "abcde"]
    files = {".gitattributes": "*.bin filter=lfs\n"} | {name: pointer(name.encode()) for name in names}

    [sentence] = gaps_of(folder, commit(folder, files))

    assert sentence.startswith("a.bin, b.bin, c.bin and 2 more: Git LFS pointers without their content")
    assert sentence.endswith("Check out with lfs: true.")


def test_pointers__are_looked_for_only_where_attributes_speak_of_lfs(tmp_path: pathlib.Path):
    """A repository that does not use LFS may hold a text that looks like a pointer."""
    folder = make_repository(tmp_path / "repository")

    assert gaps_of(folder, commit(folder, {"a.bin": pointer(b"x")})) == ()
