"""base-slim: a full language image where its slim variant would do."""

import re
from collections.abc import Iterator

from bot.dockerfile import Dockerfile, Stage
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.model.image import Package
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import Wording, measured, stage_lines, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, is_application, started_by

ID = "base-slim"
WORDING = Wording(
    rule=ID,
    title="The base image is the full variant, with compilers and development libraries",
    advice="Start from the -slim tag of the same version and install the few packages that are missing, or build on "
    "the full image in a first stage. Upper bound: some of these packages may be used at run time.",
    confidence=0.5,
    minimum_bytes=50_000_000,
)
_FULL = re.compile(r"(?:docker\.io/)?(?:library/)?(?:python|node|ruby|perl|openjdk|rust|pypy|haskell):?([\w.-]*)")
_SMALL = ("slim", "alpine", "windowsservercore", "nanoserver", "distroless")
_TOOLS = frozenset({"gcc", "g++", "make", "cmake", "git", "hg", "svn", "npm", "yarn", "pnpm", "pip", "pip3", "bundle"})
_BUILD_SECTIONS = frozenset({"devel", "libdevel", "vcs"})
_BUILD_NAMES = re.compile(
    r"(?:gcc|g\+\+|cpp|libgcc|libstdc\+\+)-\d+.*|.*-dev(?:-bin)?|imagemagick.*|libmagick.*|mercurial.*|subversion"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the packages for building that the base image brings, where the final stage builds nothing with them."""
    if not _is_full(evidence.head.base_image) or (
        evidence.dockerfile and _uses_tools(evidence.dockerfile, evidence.stage)
    ):
        return
    files = evidence.files_of(package for package in evidence.packages("deb") if _is_for_building(package))
    found = [one for one in files if one.kind is ByteClass.BASE_IMAGE and not _is_needed(evidence, one.path)]
    finding = measured(evidence, WORDING, found, stage_lines(evidence))
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a final stage that starts from a full image, only copies files and starts a program."""
    stage = dockerfile.final_stage
    if _is_full(stage.base_expanded) and is_application(started_by(dockerfile)) and not _uses_tools(dockerfile):
        yield suspected(WORDING, stage.origin)


def _is_full(reference: str) -> bool:
    match = _FULL.fullmatch(reference.partition("@")[0])
    return match is not None and not any(word in match[1] for word in _SMALL)


def _uses_tools(dockerfile: Dockerfile, stage: Stage | None = None) -> bool:
    return any(_is_tool(command) for script in final_scripts(dockerfile, stage) for command in script.commands)


def _is_tool(command: Command) -> bool:
    return command.program in _TOOLS and command.texts[1:] != ("--version",)


def _is_for_building(package: Package) -> bool:
    return package.section.rpartition("/")[2] in _BUILD_SECTIONS or _BUILD_NAMES.fullmatch(package.name) is not None


def _is_needed(evidence: Evidence, path: bytes) -> bool:
    return evidence.runtime is not None and path in evidence.runtime.files


RULE = Rule(
    id=ID,
    title="Full language image as base",
    group=Group.BASE_IMAGE,
    fix=Fix.BUILD,
    fires_on="Development packages of the base image are claimed, as an upper bound; libraries are not.",
    silent_on="Slim and Alpine variants, images without a slim variant, and images of other people are silent.",
    measured=find,
    suspected=suspect,
    wordings=(WORDING,),
)
