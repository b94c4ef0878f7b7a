"""What goes along, gathered and written: files, folders that were written in, links, libraries."""

import posixpath
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.candidates.copies import Copy, copies_of, pack
from bot.candidates.goods import folders_needed, loose_links
from bot.candidates.seen import Seen, text_of
from bot.candidates.stage_text import path_word
from bot.contents.lookup import encoded
from bot.errors import DockerfileError
from bot.layers.paths import ancestors, parent
from bot.model.verify import Mend, MendKind

_SEARCHED: Final = ("/usr/local/lib/", "/usr/local/lib64/", "/usr/lib/", "/usr/lib64/", "/lib/", "/lib64/")
_LARGEST_TWICE_BYTES: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Luggage:
    """Copies, and the symlinks that no copied folder holds."""

    copies: tuple[Copy, ...]
    links: tuple[bytes, ...]
    folders: frozenset[bytes]
    """Folders in which something goes along."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to gather: ``owner`` (``user:group``) gets what is written; ``borrowed`` takes links of the base image too.

    Where no ``ln`` can make a link again (``by_copy``), the folder of one that leads to a large file goes as a whole.
    """

    owner: str = ""
    borrowed: bool = False
    by_copy: bool = False


def gather(seen: Seen, files: Collection[bytes], mends: Collection[Mend], wishes: Wishes) -> Luggage:
    """Pack files and what mends add. Raises ``DockerfileError`` where they lie in too many places."""
    added = [encoded(one.subject.strip("/")) for one in mends if one.kind is MendKind.FILE]
    wanted = {*files, *(one for one in added if seen.is_file(one))}
    for folder in added:
        wanted |= set(seen.files_below(folder)) if seen.is_folder(folder) else set()
    owned = {*seen.written_folders, *_unreadable(seen, wanted)}
    owned |= {encoded(one.subject.strip("/")) for one in mends if one.kind is MendKind.WRITABLE}
    empty = folders_needed(seen, wanted) | {one for one in owned if seen.is_folder(one) and _is_empty(seen, one)}
    packing = pack(seen, wanted, empty)
    loose = loose_links(seen, packing.whole, borrowed=wishes.borrowed) if packing else ()
    if wishes.by_copy and loose:
        packing = pack(seen, wanted, empty, {parent(one) for one in loose if _leads_to_large(seen, one)})
    if packing is None:
        raise DockerfileError("The candidate cannot be written.", why="What goes along lies in too many places.")
    folders = frozenset(one for path in wanted for one in ancestors(path)) | packing.folders
    links = loose_links(seen, packing.whole, borrowed=wishes.borrowed)
    return Luggage(copies_of(seen, packing, owned, wishes.owner), links, folders)


def _leads_to_large(seen: Seen, link: bytes) -> bool:
    """Tell whether a link leads to a file that no one would ship twice, from a folder that may go with it."""
    folder = seen.files_below(parent(link))
    extra = sum(map(seen.bytes_of, folder)) - seen.bytes_of(seen.real(link))
    owned = any(path in seen.owners for path in folder)
    return seen.bytes_of(seen.real(link)) > _LARGEST_TWICE_BYTES and extra < _LARGEST_TWICE_BYTES and not owned


def with_working_folder(seen: Seen, luggage: Luggage, copied: Iterable[str], *, owner: str) -> Iterator[str]:
    """Put WORKDIR where its folder gets the owner that it needs among the lines that copy.

    A folder that is copied has its owner from there, so it comes after; else WORKDIR makes it, for the user of the base
    image or for root. ``owner`` is who else it must be given to; only a shell can.
    """
    home = seen.config.working_dir or "/"
    real = seen.real(encoded(home.strip("/")))
    line = f"WORKDIR {path_word(home)}"
    whole = any(one.is_folder and encoded(one.destination.strip("/")) == real for one in luggage.copies)
    if not whole:
        yield line
        yield from (f"RUN chown {owner} {path_word(home)}",) if owner and home != "/" else ()
    yield from copied
    if whole:
        yield line


def link_copies(seen: Seen, luggage: Luggage) -> tuple[Copy, ...]:
    """Copy what links lead to under their names, for an image that has no ``ln``. Raises ``DockerfileError``."""
    reals = {link: seen.real(link) for link in luggage.links}
    wrong = next((link for link, real in reals.items() if not seen.is_file(real)), None)
    large = next((link for link, real in reals.items() if seen.bytes_of(real) > _LARGEST_TWICE_BYTES), None)
    if wrong or large:
        raise DockerfileError(
            "The candidate cannot be written.", why="A symlink has to go along that no copy can make."
        )
    return tuple(Copy((text_of(link),), text_of(link)) for link in reals)


def link_lines(seen: Seen, luggage: Luggage) -> Iterator[str]:
    """Write the RUN that makes the links. Raises ``DockerfileError`` for strange names."""
    commands = []
    for link in luggage.links:
        target = seen.live[link].entry.link.decode("utf-8", "surrogateescape")
        written = path_word(target) if target.startswith("/") else path_word(f"/{target}")[1:]
        folder = "" if parent(link) in luggage.folders or seen.is_folder(parent(link)) else parent(link).decode()
        commands += [f"mkdir -p {path_word('/' + folder)}"] if folder else []
        commands.append(f"ln -sf {written} {path_word(text_of(link))}")
    if commands:
        yield "RUN " + " \\\n    && ".join(commands)


def library_copies(seen: Seen, libraries: Collection[bytes]) -> tuple[Copy, ...]:
    """Copy libraries by the names that the loader asks for, into folders where it looks without a cache."""
    triplet = "x86_64" if seen.evidence.head.image.platform.architecture == "amd64" else "aarch64"
    standard = f"/usr/lib/{triplet}-linux-gnu/"
    grouped: dict[str, list[str]] = {}
    for path in sorted(libraries):
        text = text_of(path)
        folder = posixpath.dirname(text) + "/"
        searched = folder in {
            standard,
            f"/lib/{triplet}-linux-gnu/",
            "/usr/local/lib/",
            "/usr/lib/",
            "/lib/",
            "/usr/local/lib64/",
            "/lib64/",
        }
        grouped.setdefault(standard if searched else folder, []).append(text)
    return tuple(Copy(tuple(paths), folder) for folder, paths in grouped.items())


def _is_empty(seen: Seen, folder: bytes) -> bool:
    return not seen.files_below(folder)


def _unreadable(seen: Seen, files: Collection[bytes]) -> Iterator[bytes]:
    """Return the folders of files that only their owner may read."""
    return (parent(path) for path in files if path in seen.live and not seen.live[path].entry.mode & 0o004)
