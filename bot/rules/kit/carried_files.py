"""Which files of an image's own layers a program takes along into a stage of its own."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bot.model.image import EntryKind, Located
from bot.path_globs import compile_glob
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.scripts import installs_packages
from bot.rules.kit.toolchains import COMPILED

_MOST_COPIES = 12
_ABOUT_THE_PROJECT = (
    r"(?:.*/)?(?:Dockerfile[^/]*|[^/]*\.dockerignore|docker-compose[^/]*|compose\.ya?ml|README[^/]*|LICEN[CS]E[^/]*)"
    r"|(?:.*/)?\.(?:git|github|gitlab|circleci|vscode|idea|cache)/.*|(?:.*/)?\.(?:gitignore|gitattributes|editorconfig)"
)
_NO_PART = re.compile(_ABOUT_THE_PROJECT, re.DOTALL)
_SOURCES = re.compile(
    r".*\.(?:go|rs|c|cc|cpp|cxx|h|hh|hpp|hxx|s|asm|o|a|d|lo|la|in|am|ac|m4|pc|cmake|mod|sum|rlib|rmeta)"
    r"|(?:.*/)?(?:GNU)?[Mm]akefile(?:\..*)?|(?:.*/)?(?:CMakeLists\.txt|CMakeCache\.txt|configure|config\.(?:log|status))"
    r"|(?:.*/)?(?:Cargo\.(?:toml|lock)|rust-toolchain.*|build\.rs|go\.work.*|meson\.build|BUILD(?:\.bazel)?|WORKSPACE)"
    r"|(?:.*/)?(?:CMakeFiles|node_modules|vendor/[^/]+\.[^/]+)/.*|" + _ABOUT_THE_PROJECT,
    re.DOTALL,
)
_LEFT_BEHIND = re.compile(
    rb"(?:proc|sys|dev|run|tmp|boot|var/tmp|var/cache|var/log|var/run|var/lib/(?:apt|dpkg|systemd|pam|ucf))(?:/.*)?"
    rb"|etc/(?:passwd|group|shadow|gshadow|subuid|subgid|mtab|hosts|hostname|resolv\.conf|ld\.so\.cache|\.pwd\.lock)-?"
    rb"|etc/(?:apt|alternatives|ssl|ca-certificates|dpkg|pam\.d|default|init\.d|rc.\.d|cron\.[a-z]+|systemd)(?:/.*)?"
    rb"|(?:root|home/[^/]+)/\.(?:cache|config|local|npm|cargo|rustup|wget-hsts|gnupg|bashrc|profile|bash_logout)(?:/.*)?"
    rb"|(?:usr/local/)?go/pkg(?:/.*)?|usr/local/cargo/(?:registry|git|env|\.[^/]*)(?:/.*)?|usr/include(?:/.*)?"
    rb"|usr/share/(?:doc|man|info|locale|bash-completion)(?:/.*)?|.*/__pycache__(?:/.*)?|.*\.py[co]|(?:.*/)?\.git(?:/.*)?"
    rb"|.*/target/(?:[^/]+/)?(?:release|debug)/(?:deps|build|examples|incremental|\.fingerprint|\.cargo-lock)(?:/.*)?"
    rb"|.*/target/(?:CACHEDIR\.TAG|\.rustc_info\.json|tmp|package)(?:/.*)?|usr/lib/[^/]+/gconv.*|lib/udev(?:/.*)?",
    re.DOTALL,
)
_PACKAGES_LIE = re.compile(
    rb"(?:usr/(?!src/|local/)|usr/local/share/(?:fonts|ca-certificates|man)|lib|s?bin/|etc/|var/)", re.DOTALL
)
_SHARED_FOLDERS = frozenset(
    f"{above}{name}".encode()
    for above in ("", "usr/", "usr/local/", "var/", "go/")
    for name in (
        "usr",
        "local",
        "bin",
        "sbin",
        "lib",
        "lib64",
        "etc",
        "share",
        "opt",
        "var",
        "home",
        "root",
        "srv",
        "go",
    )
)
"""What every image has: of these only what lies in them is copied."""
_INSTALLED_PROGRAM = re.compile(rb"(?:usr/local/cargo|root/\.cargo)/bin/(?!cargo|rust|rls|clippy|\.)[^/]+", re.DOTALL)
_TOOLCHAIN = re.compile(
    b"|".join(b"(?:%s)" % compile_glob(glob).pattern for one in COMPILED for glob in (*one.roots, *one.leftovers)),
    re.DOTALL,
)


class Carried(NamedTuple):
    """A file or folder to copy: its path without a leading slash, and the one owner of all that is in it."""

    path: bytes
    owner: tuple[int, int]


def carried_files(evidence: Evidence, *, compiled: bool = True) -> tuple[Carried, ...] | None:
    """List what goes along with the program; ``None`` where that is too much or too mixed to be told.

    That is the program, and whatever the own layers hold that no package owns and that is neither source, toolchain,
    cache nor log: data of the context, other programs, state that a RUN made, folders that are empty. Unless it is
    ``compiled``, sources and packages of its language are the program.
    """
    program = evidence.runtime.program if evidence.runtime else None
    if program is None:
        return None
    own = dict(_own_files(evidence, _SOURCES if compiled else _NO_PART))
    installed = program in evidence.distribution_paths() or evidence.comes_from_base_image(program)
    own |= {} if installed else {program: evidence.head.tree.live[program]}
    whole = _whole_folders(evidence, own)
    groups: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path in own:
        groups[_top(path, whole)].append(path)
    carried = [_carried(top, paths, own) for top, paths in sorted(groups.items())]
    if len(carried) > _MOST_COPIES or None in carried:
        return None
    return tuple(one for one in carried if one)


def _own_files(evidence: Evidence, left_out: re.Pattern[str]) -> Iterator[tuple[bytes, Located]]:
    packaged = evidence.distribution_paths()
    installing = _installing_layers(evidence)
    parents = {posixpath.dirname(path) for path in evidence.head.tree.live}
    for path, located in evidence.head.tree.live.items():
        if evidence.in_base_image(located.layer) or path in parents:
            continue
        if (path in packaged or _PACKAGES_LIE.match(path)) and located.layer in installing:
            continue
        if path in packaged and not evidence.copies(located.layer):
            continue
        if _goes_along(path, left_out) and not _is_toolchain_folder(path, located):
            yield path, located


def _installing_layers(evidence: Evidence) -> frozenset[int]:
    """Find the layers of RUNs that install packages, whose scripts make links and lists that no package owns."""
    scripts = ((layer, evidence.run_of(layer)) for layer in range(len(evidence.head.image.layers)))
    return frozenset(layer for layer, script in scripts if script and installs_packages(script))


def _goes_along(path: bytes, left_out: re.Pattern[str]) -> bool:
    if _INSTALLED_PROGRAM.fullmatch(path):
        return True
    if _LEFT_BEHIND.fullmatch(path) or _TOOLCHAIN.fullmatch(path):
        return False
    return left_out.fullmatch(path.decode("utf-8", "replace")) is None


def _is_toolchain_folder(path: bytes, located: Located) -> bool:
    return located.entry.kind is EntryKind.DIRECTORY and _TOOLCHAIN.fullmatch(path + b"/x") is not None


def _whole_folders(evidence: Evidence, own: Mapping[bytes, Located]) -> frozenset[bytes]:
    """Find the folders of which everything goes along."""
    mixed = {
        folder
        for path, located in evidence.head.tree.live.items()
        if path not in own and located.entry.kind is not EntryKind.DIRECTORY
        for folder in _folders(path)
    }
    mixed |= _SHARED_FOLDERS
    return frozenset(folder for path in own for folder in _folders(path) if folder not in mixed)


def _folders(path: bytes) -> Iterator[bytes]:
    while path := posixpath.dirname(path):
        yield path


def _top(path: bytes, whole: frozenset[bytes]) -> bytes:
    """Name what is copied for a file: the highest folder above it that goes along as a whole, else itself."""
    return next((folder for folder in reversed(list(_folders(path))) if folder in whole), path)


def _carried(top: bytes, paths: Iterable[bytes], own: Mapping[bytes, Located]) -> Carried | None:
    owners = {own[path].entry.owner for path in paths}
    return Carried(top, owners.pop()) if len(owners) == 1 and _is_plain(top) else None


def _is_plain(path: bytes) -> bool:
    """Tell whether a path can stand in COPY without quoting, and means itself."""
    text = path.decode("utf-8", "replace")
    return posixpath.normpath(text) == text and all(char.isalnum() or char in "/._-+@" for char in text)
