"""apt-build-packages: packages for building were installed and stayed."""

import re
from collections.abc import Iterable, Iterator

from bot.contents.start_command import read_command
from bot.dockerfile import Dockerfile
from bot.model.advice import Finding
from bot.model.image import Package
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import Wording, claiming, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import (
    final_scripts,
    installs_compiler,
    is_application,
    may_compile,
    removes_packages,
    started_by,
)

ID = "apt-build-packages"
WORDING = Wording(
    rule=ID,
    title="Packages that serve building were installed and stayed",
    advice="Build in a stage of its own, or install, build and purge in one RUN. Some programs compile at run time or "
    "call git: try yours.",
    confidence=0.6,
)
_SECTIONS = frozenset({"devel", "libdevel", "vcs"})
_NAMES = re.compile(
    r"build-essential|build-base|(?:gcc|g\+\+|cpp|clang|llvm)(?:-.*)?|make|cmake|ninja(?:-build)?|autoconf|automake|libtool"
    r"|pkg-config|pkgconf|binutils(?:-.*)?|linux-headers.*|linux-libc-dev|.*-dev(?:el)?|musl-dev|git|mercurial|subversion"
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim packages above the base image of an application whose section or name serves building."""
    if not is_application(read_command(evidence.config)):
        return ()
    packages = [one for name in ("deb", "apk", "rpm") for one in evidence.packages(name) if serves_building(one)]
    return [one for one in evidence.files_of(packages) if one.kind is not ByteClass.BASE_IMAGE]


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect compilers or headers in the final stage of an application that builds with them and keeps them.

    Where nothing there builds they are for the program: a runner, a notebook, a library that has no other package.
    """
    scripts = final_scripts(dockerfile)
    if not is_application(started_by(dockerfile)) or any(removes_packages(script) for script in scripts):
        return
    if not any(may_compile(command) for script in scripts for command in script.commands):
        return
    for script in scripts:
        if installs_compiler(script):
            yield suspected(WORDING, script.instruction)


def serves_building(package: Package) -> bool:
    """Tell whether a package of a distribution is for building: by its section or, where it has none, its name."""
    return package.section.rpartition("/")[2] in _SECTIONS or _NAMES.fullmatch(package.name) is not None


RULE = Rule(
    id=ID,
    title="Packages that serve building",
    group=Group.RESIDUE,
    fix=Fix.BUILD,
    fires_on="Packages of the sections for development, and by well-known names, are claimed; others are not.",
    silent_on="An image that starts nothing of its own may be made for building.",
    measured=claiming(WORDING, find),
    suspected=suspect,
    wordings=(WORDING,),
)
