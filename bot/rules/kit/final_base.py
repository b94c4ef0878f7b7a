"""Which image a compiled program can run on, by what it links and by the tools that its container needs besides."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from bot.contents.lookup import find_program
from bot.contents.start_command import read_command
from bot.dockerfile.shell_commands import Command
from bot.model.facts import ProgramKind, Runtime
from bot.model.image import Package
from bot.rules.kit.distroless import DISTROLESS_STATIC, distroless_family, library_stem
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.scripts import final_scripts, starts_any

_CODENAMES = {"11": "bullseye", "12": "bookworm", "13": "trixie"}
_HAS_DISTROLESS = frozenset({"12", "13"})
_INSTALLS = (("apt-get", "install"), ("apt", "install"))
_OTHER_INSTALLS = (
    ("apk", "add"),
    ("dnf", "install"),
    ("yum", "install"),
    ("microdnf", "install"),
    ("zypper", "install"),
)
_FOR_BUILDING = re.compile(
    r"build-essential|(?:gcc|g\+\+|cpp|clang|llvm|lld)(?:-[\w.-]+)?|make|cmake|ninja-build|meson|autoconf|automake|libtool"
    r"|pkg-config|pkgconf|binutils|bison|flex|nasm|yasm|protobuf-compiler|golang(?:-.*)?|rustc|cargo|ca-certificates"
    r"|musl-(?:dev|tools)|.*-dev"
)
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_IN_SLIM = frozenset(
    {"base-files", "bash", "coreutils", "dash", "grep", "libc-bin", "libc6", "libgcc-s1", "libstdc++6", "passwd", "sed"}
    | {"util-linux", "zlib1g", "debianutils", "findutils", "hostname", "perl-base", "tar", "gzip", "sysvinit-utils"}
)
_SELF_CONTAINED = frozenset(
    {"libz", "libzstd", "libbz2", "liblzma", "liblz4", "libsqlite3", "libyaml-0", "libexpat", "libffi", "libfmt"}
    | {"libpcre", "libpcre2-8", "libuuid", "libcjson", "libjansson", "libevent-2", "libev", "libuv", "libmicrohttpd"}
)
"""Stems of libraries that open no file of their own."""
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_WORD = re.compile(r"[A-Za-z0-9_./+-]+")


class FinalBase(NamedTuple):
    """An image to start the last stage from, and the Debian packages to install in it (none in a distroless one)."""

    image: str
    packages: tuple[str, ...]
    has_shell: bool
    libraries: tuple[str, ...] = ()
    """Absolute paths of libraries to copy into it."""


def final_base(evidence: Evidence, *, makes_users: bool) -> FinalBase | None:
    """Choose the smallest image that has what the program links and calls; ``None`` where that is not known.

    Distroless where neither shell nor tool is needed, else the slim image of the same Debian with packages by name.
    """
    runtime = evidence.runtime
    if runtime is None or runtime.kind not in {ProgramKind.STATIC, ProgramKind.DYNAMIC} or runtime.missing:
        return None
    named = _named_packages(evidence)
    tools = _health_check_tools(evidence)
    if named is None or tools is None:
        return None
    release = debian_release(evidence)
    simple = read_command(evidence.config).simple and not makes_users and not named and not tools
    checks_by_shell = evidence.config.health_check is not None and evidence.config.health_check.test[:1] != ("CMD",)
    if simple and not checks_by_shell:
        found = _distroless(evidence, runtime, release)
        if found:
            return found
    return _slim(evidence, release, {*named, *tools})


def debian_release(evidence: Evidence) -> str:
    """Return the major version of the Debian that the image is made of; empty for another distribution."""
    versions = [one.version for one in evidence.packages("deb") if one.name == "base-files"]
    match = re.match(r"(\d+)(?!.*ubuntu)", versions[0]) if versions else None
    return match[1] if match else ""


def _distroless(evidence: Evidence, runtime: Runtime, release: str) -> FinalBase | None:
    """Take the image of the family that has most of what is linked; what it lacks is copied where it needs no data."""
    if runtime.kind is ProgramKind.STATIC:
        return FinalBase(DISTROLESS_STATIC, (), has_shell=False)
    alone = tuple(name for name in runtime.libraries if library_stem(name) in _SELF_CONTAINED)
    family = distroless_family(replace(runtime, libraries=tuple(set(runtime.libraries) - set(alone))))
    paths = tuple(filter(None, (_path_of(evidence, runtime, name) for name in alone)))
    if not family or release not in _HAS_DISTROLESS or len(paths) < len(alone):
        return None
    return FinalBase(f"gcr.io/distroless/{family}-debian{release}", (), has_shell=False, libraries=paths)


def _path_of(evidence: Evidence, runtime: Runtime, library: str) -> str:
    """Find a library under the name by which it is linked, next to the file that it leads to."""
    folders = sorted({posixpath.dirname(path.decode("utf-8", "surrogateescape")) for path in runtime.files})
    return next((f"/{folder}/{library}" for folder in folders if evidence.lives(f"{folder}/{library}")), "")


def _slim(evidence: Evidence, release: str, wanted: set[str]) -> FinalBase | None:
    linked = _owners(evidence, evidence.runtime.files if evidence.runtime else frozenset())
    if release not in _CODENAMES or linked is None:
        return None
    certificates = {"ca-certificates"} if evidence.lives(_CERTIFICATES) else set[str]()
    packages = sorted((linked | wanted | certificates) - _IN_SLIM)
    if not all(map(_PLAIN_NAME.fullmatch, packages)):
        return None
    return FinalBase(f"debian:{_CODENAMES[release]}-slim", tuple(packages), has_shell=True)


def _owners(evidence: Evidence, paths: frozenset[bytes]) -> set[str] | None:
    """Name the packages that own paths of the distribution; ``None`` where a library in use has no owner."""
    own = {one.path for one in evidence.files.all if one.is_live and not evidence.in_base_image(one.layer)}
    by_path = _packages_by_path(evidence)
    program = evidence.runtime.program if evidence.runtime else None
    strangers = [path for path in paths if path not in by_path and path != program]
    # What a build put somewhere itself goes along; what the base image has without a package cannot be installed.
    if any(path not in own for path in strangers):
        return None
    return {by_path[path].name for path in paths if path in by_path}


def _packages_by_path(evidence: Evidence) -> dict[bytes, Package]:
    return {path: package for package in evidence.packages("deb") for path in package.paths}


def _named_packages(evidence: Evidence) -> set[str] | None:
    """Name what the final stage installs beside what serves building; ``None`` where that is a variable."""
    scripts = final_scripts(evidence.dockerfile, evidence.stage) if evidence.dockerfile else ()
    commands = [command for script in scripts for command in script.commands]
    if any(starts_any(one, _OTHER_INSTALLS) for one in commands):
        return None
    names = [name for one in commands if starts_any(one, _INSTALLS) for name in _operands(one)]
    if any("$" in name for name in names):
        return None
    return {name for name in names if not _FOR_BUILDING.fullmatch(name)}


def _operands(command: Command) -> Iterator[str]:
    words = iter(command.operands[1:])
    return (word.partition("=")[0].partition(":")[0] for word in words if word not in {";", "\\"})


def _health_check_tools(evidence: Evidence) -> set[str] | None:
    """Name the packages of the programs that a health check calls; ``None`` where one of them has none."""
    check = evidence.config.health_check
    if check is None or check.test[:1] in {(), ("NONE",)}:
        return set()
    words = check.test[1:2] if check.test[0] == "CMD" else tuple(_WORD.findall(" ".join(check.test[1:])))
    by_path = _packages_by_path(evidence)
    found = {path for word in words if (path := find_program(evidence.head.tree, evidence.config, word))}
    if not found:
        return None
    return {by_path[path].name for path in found if path in by_path}
