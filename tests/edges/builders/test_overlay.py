"""Files of a proposal, laid over a checkout: there for a build, gone afterwards, and never through a link."""

import os
import pathlib

import pytest

from bot.edges.builders.overlay import laid_over
from bot.errors import UsageError


def picture(root: pathlib.Path) -> dict[str, str]:
    """What lies below a folder: the text of each file, and where each link leads."""
    return {
        str(path.relative_to(root)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> pathlib.Path:
    """A checkout with a Dockerfile, a folder, and links that a pull request may have put there."""
    root = tmp_path / "tree"
    (root / "api").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (root / "api" / "Dockerfile").write_text("FROM a", encoding="utf-8")
    (root / "api" / "Dockerfile").chmod(0o600)
    (root / "linked").symlink_to("../secret")
    (root / "out").symlink_to("..")
    return root


def test_laid_over__is_there_for_the_build_alone(tree: pathlib.Path):
    """During the build the proposal's files are there, with the mode of a checkout; then everything is as before."""
    before, mode = picture(tree), (tree / "api/Dockerfile").stat().st_mode
    old_umask = os.umask(0o077)
    try:
        with laid_over(str(tree), {"api/Dockerfile": b"FROM b", "api/.dockerignore": b".git"}):
            assert (tree / "api/Dockerfile").read_text(encoding="utf-8") == "FROM b"
            assert (tree / "api/.dockerignore").read_text(encoding="utf-8") == ".git"
            assert (tree / "api/Dockerfile").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(old_umask)

    assert picture(tree) == before
    assert (tree / "api/Dockerfile").stat().st_mode == mode


def test_laid_over__puts_back_when_a_build_breaks(tree: pathlib.Path):
    """An interruption leaves nothing of a proposal behind."""
    before = picture(tree)

    with pytest.raises(KeyboardInterrupt), laid_over(str(tree), {"api/Dockerfile": b"FROM b"}):
        raise KeyboardInterrupt

    assert picture(tree) == before


def test_laid_over__replaces_a_link_and_never_writes_through_it(tree: pathlib.Path, tmp_path: pathlib.Path):
    """A Dockerfile that is a link is replaced by a file; what it leads to stays as it is, and so does the link."""
    with laid_over(str(tree), {"linked": b"FROM b"}):
        assert not (tree / "linked").is_symlink()
        assert (tmp_path / "secret").read_text(encoding="utf-8") == "secret"

    assert (tree / "linked").readlink() == pathlib.Path("../secret")


@pytest.mark.parametrize("path", ["out/secret", "../secret", "/etc/passwd", "", "api", "gone/Dockerfile"])
def test_laid_over__refuses_a_path_that_leads_elsewhere(tree: pathlib.Path, tmp_path: pathlib.Path, path: str):
    """A path that leads out, through a link, to a folder or into none changes nothing, and neither do its neighbours."""
    before = picture(tree)

    with (
        pytest.raises(UsageError, match="cannot be changed"),
        laid_over(str(tree), {"api/Dockerfile": b"x", path: b"x"}),
    ):
        pass

    assert picture(tree) == before
    assert (tmp_path / "secret").read_text(encoding="utf-8") == "secret"
