"""Git attributes are inputs of an image: what they make of a file is what its build gets."""

from __future__ import annotations

import itertools
import pathlib

import pytest

from bot.edges.git import GitRepository
from tests.edges.git.repos import commit, git, make_repository
from tests.stages.plan.test_images import UNCHANGED, planned

DOCKERFILE = "FROM scratch\nCOPY app /app\n"
BASE = {"api/Dockerfile": DOCKERFILE, "api/app": "one\ntwo $Id$ \u00e9\n", "web/x.css": "b"}

CHANGING = {
    "line ends": "app eol=crlf\n",
    "line ends of text": "app text eol=crlf\n",
    "line ends of what looks like text": "app text=auto eol=crlf\n",
    "the old name of text": "app crlf eol=crlf\n",
    "encoding": "app working-tree-encoding=UTF-16LE-BOM\n",
    "ident": "app ident\n",
}
CHANGING_NOTHING = {
    "line ends as they are": "* text=auto eol=lf\n",
    "no text": "* -text eol=crlf\n",
    "the old name of no text": "* -crlf eol=crlf\n",
    "binary": "app eol=crlf\napp binary\n",
    "other files": "*.css eol=crlf ident working-tree-encoding=latin1\n",
    "taken back": "app eol=crlf ident\napp !eol -ident\n",
    "encoding as it is": "* working-tree-encoding=UTF-8\n",
    "archives": "* export-subst\napi export-ignore\napp export-ignore\n",
    "filters that nobody runs": "* filter=git-crypt diff=git-crypt\n",
    "comments": "# app eol=crlf\n",
}


def attributed(folder: pathlib.Path, text: str, place: str = ".gitattributes") -> str:
    """Commit an attributes file and nothing else: git must not look at files through it."""
    (folder / place).write_text(text)
    git(folder, "add", place)
    git(folder, "commit", "--quiet", "--message", "attributes")
    return git(folder, "rev-parse", "HEAD")


@pytest.mark.parametrize("place", [".gitattributes", "api/.gitattributes"])
@pytest.mark.parametrize("attributes", CHANGING.values(), ids=CHANGING)
def test_attributes__that_change_bytes_are_a_change(tmp_path: pathlib.Path, attributes: str, place: str):
    """Attributes that make other bytes of a copied file have its image built, also from outside of its context (T-K4)."""
    folder = make_repository(tmp_path / "shop")
    base = commit(folder, BASE)

    [image] = planned(folder, base, attributed(folder, attributes, place)).images

    assert (image.unchanged, image.why) == (False, "changed: app")


def test_attributes__by_a_macro(tmp_path: pathlib.Path):
    """A macro of the tree's top is followed to what it stands for."""
    folder = make_repository(tmp_path / "shop")
    base = commit(folder, BASE)

    [image] = planned(folder, base, attributed(folder, "[attr]odd ident\n/api/** odd\n")).images

    assert not image.unchanged


@pytest.mark.parametrize("attributes", CHANGING_NOTHING.values(), ids=CHANGING_NOTHING)
def test_attributes__that_change_nothing_are_none(tmp_path: pathlib.Path, attributes: str):
    """Attributes that leave the bytes of what is copied as they are have nothing built."""
    folder = make_repository(tmp_path / "shop")
    base = commit(folder, BASE)

    [image] = planned(folder, base, attributed(folder, attributes)).images

    assert (image.unchanged, image.why) == (True, UNCHANGED)


def test_attributes__of_an_ignore_list(tmp_path: pathlib.Path):
    """Where attributes change the ignore list itself, every file of the context counts as seen (T-K4)."""
    base = {**BASE, "api/.dockerignore": "app/secret\n", "api/app": None, "api/app/a": "1", "api/app/secret": "1"}
    folder = make_repository(tmp_path / "shop")
    first = commit(folder, base)
    hidden = commit(folder, {"api/app/secret": "22"})
    second = attributed(folder, ".dockerignore working-tree-encoding=UTF-16LE-BOM\n")
    (folder / "api/app/secret").write_text("333")
    git(folder, "commit", "--quiet", "--message", "secret", "api/app/secret")

    [by_hidden_file] = planned(folder, first, hidden).images
    [by_attributes] = planned(folder, hidden, second).images
    [by_file] = planned(folder, second, git(folder, "rev-parse", "HEAD")).images

    assert (by_hidden_file.unchanged, by_attributes.unchanged, by_file.unchanged) == (True, False, False)


def test_unchanged__means_the_same_bytes(tmp_path: pathlib.Path):
    """For every pair of these attributes, an image that is called unchanged gets the same bytes on both sides."""
    folder = make_repository(tmp_path / "shop")
    texts = (*CHANGING.values(), *list(CHANGING_NOTHING.values())[:4])
    commits = [commit(folder, BASE), *(attributed(folder, text) for text in texts)]
    with GitRepository(folder, {"HOME": "/nonexistent"}) as repository:
        content = {}
        for one in commits:
            with repository.checkout(one) as root:
                content[one] = pathlib.Path(root, "api/app").read_bytes()

    called = {pair: planned(folder, *pair).images[0].unchanged for pair in itertools.combinations(commits, 2)}

    assert {pair for pair, unchanged in called.items() if unchanged and content[pair[0]] != content[pair[1]]} == set()
    assert len(set(content.values())) == 4
    assert sum(called.values()) == 3 + 6 + 4
