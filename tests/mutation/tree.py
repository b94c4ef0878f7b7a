"""A copy of the checkout to be spoilt, with an interpreter that imports ``bot`` from nowhere else."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

_TIMES = itertools.count(1_000_000_000)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Tree:
    """A copy of the checkout; what runs with its ``python``, also in processes of its own, is the copy's code."""

    folder: Path
    python: Path

    def environment(self) -> dict[str, str]:
        """The environment in which its tests run: no bytecode is kept, since files change within a second."""
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder / ".h")}


def copy_checkout(into: Path) -> Tree:
    """Copy what git knows of, as it lies there, and make an interpreter for it."""
    tree, venv = into / "tree", into / "venv"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    return Tree(tree, _interpreter(venv, tree))


def spoil(path: Path, text: str) -> None:
    """Write a file of a copy at a time of its own, by which bytecode of another text is known to be old."""
    path.write_text(text, encoding="utf-8")
    seconds = next(_TIMES)
    os.utime(path, (seconds, seconds))


def _interpreter(venv: Path, tree: Path) -> Path:
    packages = venv / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    packages.mkdir(parents=True)
    # A path in such a file is searched, but the files of that kind that lie there, ours among them, are not read.
    (packages / "copy.pth").write_text(f"{tree}\n{sysconfig.get_path('purelib')}\n")
    (venv / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    programs = venv / "bin"
    programs.mkdir()
    for program in (Path(sys.prefix) / "bin").iterdir():
        (programs / program.name).symlink_to(program if not program.is_symlink() else program.resolve())
    python = programs / "python"
    entry = programs / "deadweight"
    entry.unlink(missing_ok=True)
    entry.write_text(f"#!{python} -I\nimport sys\nfrom bot.__main__ import main\nsys.exit(main())\n")
    entry.chmod(0o755)
    return python
