"""Finds packages in images made of given files, as if read from an archive."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from bot.contents.merged_tree import merge
from bot.contents.packages.find import Packages, find_packages
from bot.contents.work_budget import Work
from bot.model.image import Package, Tree
from tests.pictures import Drawn, image, tar


def layer(files: Mapping[str, bytes | str], links: Mapping[str, str] | None = None, mode: int = 0o644) -> bytes:
    """Return the tar of a layer with these files and symlinks."""
    members = [_file(name, content, mode) for name, content in files.items()]
    return tar([*members, *(_link(name, target) for name, target in (links or {}).items())])


def found_in(*layers: bytes, work: Work | None = None) -> Packages:
    """Find the packages of an image of these layers."""
    tree = merge(image(*layers).layers)
    contents = _contents(layers, tree)
    return find_packages(tree, lambda paths: {path: contents[path] for path in paths if path in contents}, work)


def found(files: Mapping[str, bytes | str], links: Mapping[str, str] | None = None) -> dict[str, Package]:
    """Find the packages among some files, by name; nothing may be unreadable."""
    packages, notes = found_in(layer(files, links))
    assert notes == ()
    return {package.name: package for package in packages}


def found_below(folder: Path) -> Packages:
    """Find the packages of a real directory."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as out:
        out.add(folder, arcname="")
    return found_in(stream.getvalue())


def _contents(layers: tuple[bytes, ...], tree: Tree) -> dict[bytes, bytes]:
    """Read every live file; a hard link's content is that of the file it names."""
    contents: dict[bytes, bytes] = {}
    for data in layers:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file:
                    contents[member.name.encode("utf-8", "surrogateescape")] = file.read()
    return {path: content for path, content in contents.items() if path in tree.live}


def _file(name: str, content: bytes | str, mode: int) -> Drawn:
    payload = content.encode() if isinstance(content, str) else content
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(payload), mode
    return Drawn(info, payload)


def _link(name: str, target: str) -> Drawn:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return Drawn(info)
