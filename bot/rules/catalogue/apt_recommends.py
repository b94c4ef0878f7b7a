"""apt-recommends: packages that came only because another one recommends them."""

import re
from collections.abc import Collection, Iterator, Sequence

from bot.dockerfile import Dockerfile, Edit
from bot.dockerfile.edits import insert_flag
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.model.image import Package
from bot.rules.catalogue.apt_build_packages import serves_building
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits, Wording, measured, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, is_application, may_compile, removes_packages, started_by

ID = "apt-recommends"
TITLE = "Packages were installed only because others recommend them"
ADVICE = (
    "Install with --no-install-recommends and name what is needed besides (often ca-certificates). Try the program: a "
    "recommended package may have been used."
)
WORDING = Wording(ID, TITLE, ADVICE, 0.6)
_ALTERED = ("installs no package that another one only recommends",)
_ALWAYS = frozenset({"ca-certificates", "locales", "netbase", "tzdata"})
_FOR_BUILDING = frozenset(
    {"autoconf", "automake", "build-essential", "dpkg-dev", "g++", "gcc", "libc6-dev", "libltdl-dev", "make"}
    | {"pkg-config", "python3-dev", "python3-distutils", "python3-setuptools", "python3-wheel", "ruby-dev"}
)
_IN_BUILD_ESSENTIAL = frozenset({"dpkg-dev", "g++", "gcc", "libc6-dev", "make"})
_USED_BY = {
    "bzip2": r"\.t?bz2?\b|\btar -?\w*j",
    "dirmngr": r"\bgpg2?\b|\bapt-key\b",
    "gnupg": r"\bgpg2?\b|\bapt-key\b",
    "openssh-client": r"git@|ssh://",
    "unzip": r"\.zip\b",
    "xz-utils": r"\.t?xz\b|\btar -?\w*J",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_PROGRAM = re.compile(rb"(?:usr/)?(?:local/)?s?bin/([^/]+)")
_OFF = ("--no-install-recommends", "APT::Install-Recommends", "--without-recommends")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the packages above the base image that nothing installed by name depends on, and that nothing here uses."""
    names = evidence.head.facts.recommended if evidence.head.facts else frozenset[str]()
    recommended = [one for one in evidence.packages("deb") if one.name in names]
    kept = _kept(evidence, recommended)
    dropped = [one for one in recommended if one not in kept and not (_builds(evidence) and serves_building(one))]
    own = [one for one in evidence.files_of(dropped) if one.kind is not ByteClass.BASE_IMAGE]
    finding = measured(evidence, WORDING, own, proposal=_proposal(evidence, kept, {one.layer for one in own}))
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect an install of packages in the final stage of an application that takes recommendations along."""
    if _is_off(dockerfile) or not is_application(started_by(dockerfile)):
        return
    for script in final_scripts(dockerfile):
        if any(_takes_recommended(one) for one in script.commands) and not removes_packages(script):
            yield suspected(WORDING, script.instruction)


def _kept(evidence: Evidence, recommended: Sequence[Package]) -> list[Package]:
    """Choose what is to be named from now on: what the image needs wherever it runs, and what its text speaks of."""
    text = "\n".join(one.joined for one in evidence.dockerfile.instructions) if evidence.dockerfile else ""
    building = _FOR_BUILDING if _builds(evidence) else frozenset[str]()
    linked = evidence.runtime.files if evidence.runtime else frozenset[bytes]()
    kept = [
        one
        for one in recommended
        if one.name in _ALWAYS | building or not linked.isdisjoint(one.paths) or _is_spoken_of(one, text)
    ]
    whole = any(one.name == "build-essential" for one in kept)
    return [one for one in kept if not (whole and one.name in _IN_BUILD_ESSENTIAL)]


def _is_spoken_of(package: Package, text: str) -> bool:
    if package.name in _USED_BY and re.search(_USED_BY[package.name], text):
        return True
    programs = (match[1].decode() for path in package.paths if (match := _PROGRAM.fullmatch(path)))
    return any(re.search(rf"(?<![\w-]){re.escape(program)}(?![\w-])", text) for program in programs)


def _builds(evidence: Evidence) -> bool:
    """Tell whether a RUN may compile: a package manager of a language does where it finds no built package."""
    scripts = final_scripts(evidence.dockerfile, evidence.stage) if evidence.dockerfile else ()
    return any(may_compile(command) for script in scripts for command in script.commands)


def _proposal(evidence: Evidence, kept: Sequence[Package], layers: Collection[int]) -> ProposedEdits:
    if evidence.dockerfile is None or _is_off(evidence.dockerfile):
        return NOTHING_PROPOSED
    return ProposedEdits(tuple(_edits(evidence, kept, layers)), altered=_ALTERED)


def _edits(evidence: Evidence, kept: Sequence[Package], layers: Collection[int]) -> Iterator[Edit]:
    """Install without recommendations what brought such packages; the last command of a RUN names what is kept."""
    for layer in sorted(layers):
        script = evidence.run_of(layer)
        commands = [one for one in script.commands if _takes_recommended(one)] if script and script.editable else []
        for command in commands:
            place = [word.text for word in command.words].index("install")
            yield insert_flag(command, "--no-install-recommends", after=place)
        named = [one for one in kept if any(file.layer == layer for file in evidence.files_of([one]))]
        names = sorted(one.name for one in named if _NAME.fullmatch(one.name))
        if commands and names:
            yield insert_flag(commands[-1], " ".join(names), after=len(commands[-1].words) - 1)


def _takes_recommended(command: Command) -> bool:
    installs = command.starts("apt-get", "install") or command.starts("apt", "install")
    by_name = any(not set("=$*") & set(word) for word in command.operands[1:])
    return installs and by_name and not any(option in text for option in _OFF for text in command.texts)


def _is_off(dockerfile: Dockerfile) -> bool:
    return any(option in one.joined for option in _OFF[1:] for one in dockerfile.instructions if one.keyword == "RUN")


RULE = Rule(
    id=ID,
    title="Recommended packages",
    group=Group.RESIDUE,
    fix=Fix.BUILD,
    fires_on="The files of such packages above the base image are claimed, those of the base image are not.",
    silent_on="Where every package is needed by one that was named there is nothing to claim.",
    measured=find,
    suspected=suspect,
    wordings=(WORDING,),
)
