"""What goes along: the files of an image that its program needs, or may need where one run cannot tell."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bot.candidates.seen import Seen
from bot.candidates.start import StartCommand
from bot.contents.lookup import encoded
from bot.layers.paths import ancestors, parent

# Folders of an interpreter's packages: what lies in one may be loaded at any time.
_PACKAGE_FOLDERS: Final = re.compile(
    rb"(?P<root>.*?/(?:site-packages|dist-packages|node_modules|bundle|gems/[0-9.]+|vendor|\.venv))(?:/.*)?"
)
_SOURCE: Final = re.compile(
    rb".*\.(?:go|c|cc|cpp|cxx|h|hh|hpp|hxx|rs|s|S|asm|java|kt|kts|scala|cs|fs|vb|swift|zig|hs|lhs|ml|mli|f90|o|a|d|in|am|ac"
    rb"|cmake|gradle|csproj|fsproj|sln|proto|md|rst|patch|y|l|m4|mod|sum|lock)"
    rb"|(?:.*/)?(?:Makefile|makefile|GNUmakefile|CMakeLists\.txt|Cargo\.toml|go\.(?:mod|sum|work)|pom\.xml|meson\.build"
    rb"|configure|gradlew|gradlew\.bat|mvnw|mvnw\.cmd|Dockerfile.*|\.dockerignore|\.git.*|\.editorconfig|LICENSE.*"
    rb"|COPYING.*|README.*|CHANGELOG.*|\.clang-.*|MANIFEST\.MF|manifest\.txt|verify\.json|docker-compose.*|compose\.ya?ml)"
    rb"|(?:.*/)?(?:\.git|\.github|\.idea|\.vscode|tests?|testdata|examples?|docs?|target|obj|CMakeFiles)/.*"
)
_TOP: Final = frozenset(
    {b"", b"root", b"home", b"usr", b"opt", b"srv", b"var", b"etc", b"tmp", b"usr/local", b"usr/src", b"usr/local/bin"}
)
_RUNTIMES: Final = {
    "python": re.compile(rb"(?P<root>.*/lib/(?:python3\.\d+|pypy[0-9.]+))/.*"),
    "ruby": re.compile(rb"(?P<root>.*/lib/ruby)/.*"),
    "perl": re.compile(rb"(?P<root>.*/(?:lib|share)/perl5?)/.*"),
    "node": re.compile(rb"(?P<root>.*?/node_modules/(?:@[^/]+/)?[^/]+)/.*"),
    "php": re.compile(rb"(?P<root>.*/lib/php)/.*"),
}
_LARGEST_UNASKED_BYTES: Final = 50_000_000


def goods(seen: Seen, command: StartCommand) -> frozenset[bytes]:
    """Return the files of ours that go along.

    Those that were opened or asked about; all of a folder that was listed, and of a folder of packages of which one
    was; of what was copied from the context everything but sources or, for an interpreted language, everything in the
    working directory and beside the program.
    """
    found = {path for path in seen.used | seen.looked_at | set(seen.libraries.values()) if path in seen.ours}
    found |= set(_package_folders(seen, found | seen.used))
    for folder in (*_listed(seen), *_homes(seen, command)):
        found |= seen.ours.intersection(seen.files_below(folder))
    found |= set(_asked_for_nothing(seen))
    return frozenset(found)


def runtime_goods(seen: Seen) -> frozenset[bytes]:
    """Return what the base image's own interpreter needs: what was opened of it, and its library as a whole."""
    opened = {path for path in seen.used if seen.is_borrowed(path) and not seen.is_left_behind(path)}
    pattern = _RUNTIMES.get(seen.language)
    roots = {match["root"] for path in opened if pattern and (match := pattern.fullmatch(path))}
    return frozenset(opened.union(*map(seen.files_below, roots)))


def environment_goods(seen: Seen, command: StartCommand) -> frozenset[bytes]:
    """Return what a virtual environment needs without the tool that made it: its project, and Pythons of that tool."""
    homes = {path for home in _homes(seen, command) for path in seen.ours.intersection(seen.files_below(home))}
    managed = (path for path in seen.ours & seen.used if b"/uv/python/" in path)
    folders = {path[: path.index(b"/uv/python/") + len(b"/uv/python")] for path in managed}
    return frozenset(homes.union(*map(seen.files_below, folders)))


def _package_folders(seen: Seen, used: Iterable[bytes]) -> Iterator[bytes]:
    roots = {match["root"] for path in used if (match := _PACKAGE_FOLDERS.fullmatch(path))}
    for root in roots:
        yield from seen.ours.intersection(seen.files_below(root))


def _listed(seen: Seen) -> Iterator[bytes]:
    folders = (folder for folder in seen.listed if folder not in _TOP and not seen.is_of_install(folder))
    return (folder for folder in folders if not seen.is_left_behind(folder))


def _homes(seen: Seen, command: StartCommand) -> Iterator[bytes]:
    if not seen.language:
        return
    folders = [seen.config.working_dir, *(word.rpartition("/")[0] for word in command.argv if word.startswith("/"))]
    words = (f"{seen.config.working_dir}/{word}" for word in command.argv[1:] if not word.startswith(("-", "/")))
    folders += [word.rpartition("/")[0] for word in words]
    for folder in dict.fromkeys(seen.real(encoded(one.strip("/"))) for one in folders):
        if folder not in _TOP and not folder.startswith((b"usr/bin", b"usr/lib", b"bin")):
            yield folder


def _asked_for_nothing(seen: Seen) -> Iterator[bytes]:
    """Yield what came from the context, is no source, and that no run asked for: a rare page, another language."""
    total, unasked = 0, _layers_for_building(seen)
    for path in sorted(path for path in seen.ours if seen.is_from_context(path) and not _SOURCE.fullmatch(path)):
        if seen.live[path].layer in unasked:
            continue
        total += seen.bytes_of(path)
        if total > _LARGEST_UNASKED_BYTES:
            return
        yield path


def _layers_for_building(seen: Seen) -> frozenset[int]:
    """Return the layers of which nothing was opened, where what ran is a package's: they were there to build from."""
    if any(path in seen.ours for path in seen.executed):
        return frozenset()
    return frozenset({seen.live[path].layer for path in seen.ours} - {seen.live[path].layer for path in seen.used})


def folders_needed(seen: Seen, files: Iterable[bytes]) -> frozenset[bytes]:
    """Return the folders that something was written in, or listed, and that no file of these brings along."""
    brought = {folder for path in files for folder in ancestors(path)}
    wanted = {*seen.written_folders, *(one for one in seen.listed if _is_own_folder(seen, one))}
    return frozenset(
        one
        for one in wanted - brought
        if _is_own_folder(seen, one) and not seen.is_left_behind(one) and one not in _TOP
    )


def _is_own_folder(seen: Seen, folder: bytes) -> bool:
    return seen.is_folder(folder) and seen.is_ours(folder) and not seen.is_of_install(folder)


def loose_links(seen: Seen, whole: Iterable[bytes], *, borrowed: bool) -> tuple[bytes, ...]:
    """Return the symlinks of ours that were followed and lie in none of these folders.

    ``borrowed`` takes those of the base image too that lead to what no package owns, such as ``python``.
    """
    folders = set(whole)
    return tuple(
        link
        for link in sorted(seen.links)
        if parent(link) and not folders & set(ancestors(link)) and _may_go(seen, link, borrowed=borrowed)
    )


def _may_go(seen: Seen, link: bytes, *, borrowed: bool) -> bool:
    target = seen.live[link].entry.link
    if link.startswith(b"etc/alternatives/") or target.startswith(b"/etc/alternatives/") or seen.is_left_behind(link):
        return False
    if link.startswith(b"etc/") and seen.is_of_install(link) and seen.real(link) in seen.owners:
        return False
    return seen.is_ours(link) or (borrowed and seen.is_borrowed(link) and seen.real(link) not in seen.owners)
