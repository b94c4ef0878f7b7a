"""base-slim: a full language image where its slim variant would do."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.dockerfile import Dockerfile, Stage
from bot.dockerfile.edits import replace_base
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.model.image import Package
from bot.rules.kit.base_variants import slim
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits, Wording, measured, stage_lines, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, final_stages, is_application, is_one_of, started_by
from bot.rules.kit.toolchains import NODE, PYTHON, RUBY

ID = "base-slim"
WORDING = Wording(
    rule=ID,
    title="The base image is the full variant, with compilers and development libraries",
    advice="Start from the -slim tag of the same version and install the few packages that are missing, or build on "
    "the full image in a first stage. Upper bound: some of these packages may be used at run time.",
    confidence=0.5,
    minimum_bytes=50_000_000,
)
_COMPILED_CONFIDENCE = 0.3
_FULL = re.compile(r"(?:docker\.io/)?(?:library/)?(?:python|node|ruby|perl|pypy)(?::([\w.-]+))?")
_SMALL = ("slim", "alpine", "windowsservercore", "nanoserver", "distroless")
_TOOLS = frozenset({"gcc", "g++", "make", "cmake", "git", "hg", "svn"})
_PACKAGE_MANAGERS = frozenset(
    {"npm", "yarn", "pnpm", "npx", "pip", "pip3", "pipenv", "poetry", "uv", "pdm", "bundle", "gem"}
    | {"python", "python3", "cpanm", "corepack"}
)
_DEVELOPMENT = PYTHON.commands | NODE.commands | RUBY.commands
_WINDOWS = frozenset({"powershell", "pwsh", "cmd", "cmd.exe", "powershell.exe"})
_NOT_IN_SLIM = frozenset({"curl", "wget", "unzip", "bzip2", "xz", "file", "ssh", "gpg", "ps", "patch", "pg_config"})
_COMPILED = (
    *("**/node_modules/**/*.node", "**/node_modules/**/build/Release/**", "**/extensions/**/*.so"),
    *("**/site-packages/*.egg-link", "**/site-packages/*.dist-info/direct_url.json"),
)
"""What a compiler made, or what came from a repository: the slim variant has neither compiler nor git."""
_BUILD_SECTIONS = frozenset({"devel", "libdevel", "vcs"})
_BUILD_NAMES = re.compile(
    r"(?:gcc|g\+\+|cpp|libgcc|libstdc\+\+)-\d+.*|.*-dev(?:-bin)?|imagemagick.*|libmagick.*|mercurial.*|subversion"
)
_IN_SLIM = frozenset({"ca-certificates", "netbase", "tzdata", "libs", "oldlibs"})
_LAYERS_OF_FULL = 3


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the packages that the full variant adds, where nothing in the final stage needs them to build.

    A package manager alone is no such need: what it installed tells whether it compiled.
    """
    if not _is_full(evidence.head.base_image) or (evidence.dockerfile and _uses(evidence, _TOOLS)):
        return
    managed = evidence.dockerfile is not None and _uses(evidence, _PACKAGE_MANAGERS)
    if managed and evidence.head.facts is None:
        return
    compiled = managed and _compiled_here(evidence)
    found = [
        one
        for package in evidence.packages("deb")
        for one in evidence.files_of([package])
        if one.kind is ByteClass.BASE_IMAGE and _is_added(evidence, package, one) and not _is_needed(evidence, one.path)
    ]
    wording = replace(WORDING, confidence=_COMPILED_CONFIDENCE) if compiled else WORDING
    proposal = NOTHING_PROPOSED if compiled else _proposal(evidence)
    finding = measured(evidence, wording, found, stage_lines(evidence), proposal)
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a final stage that starts from a full image, builds nothing there and starts a program."""
    stage = final_stages(dockerfile)[0]
    commands = [command for script in final_scripts(dockerfile) for command in script.commands]
    started = started_by(dockerfile)
    if not _is_full(stage.base_expanded) or not is_application(started) or is_one_of(started, _DEVELOPMENT):
        return
    if _any_of(commands, _TOOLS) or posixpath.basename(started.program) in _WINDOWS:
        return
    managed = _any_of(commands, _PACKAGE_MANAGERS)
    yield suspected(replace(WORDING, confidence=_COMPILED_CONFIDENCE) if managed else WORDING, stage.origin)


def _is_full(reference: str) -> bool:
    match = _FULL.fullmatch(reference.partition("@")[0])
    return match is not None and not any(word in (match[1] or "") for word in _SMALL)


def _uses(evidence: Evidence, programs: frozenset[str]) -> bool:
    scripts = final_scripts(evidence.dockerfile, evidence.stage) if evidence.dockerfile else ()
    return _any_of((command for script in scripts for command in script.commands), programs)


def _any_of(commands: Iterable[Command], programs: frozenset[str]) -> bool:
    return any(one.program in programs and one.texts[1:] != ("--version",) for one in commands)


def _compiled_here(evidence: Evidence) -> bool:
    """Tell whether what was installed was compiled in this image, or fetched from a repository."""
    facts = evidence.head.facts
    return bool(facts and facts.built_wheels) or bool(evidence.living(*_COMPILED))


def _is_added(evidence: Evidence, package: Package, one: IndexedFile) -> bool:
    """Tell whether a package is one that the full variant has over the slim one: by its kind, or by its layer."""
    if _is_for_building(package):
        return True
    layers = sum(evidence.in_base_image(layer) for layer in range(len(evidence.head.image.layers)))
    kinds = {package.name, package.section.rpartition("/")[2]}
    return layers >= _LAYERS_OF_FULL and one.layer > 0 and not kinds & _IN_SLIM and bool(package.section)


def _is_for_building(package: Package) -> bool:
    return package.section.rpartition("/")[2] in _BUILD_SECTIONS or _BUILD_NAMES.fullmatch(package.name) is not None


def _is_needed(evidence: Evidence, path: bytes) -> bool:
    return evidence.runtime is not None and path in evidence.runtime.files


def _proposal(evidence: Evidence) -> ProposedEdits:
    """Start from the slim variant, where nothing that a RUN or a health check calls is missing in it."""
    dockerfile, stage, check = evidence.dockerfile, evidence.stage, evidence.config.health_check
    if dockerfile is None or stage is None or _uses(evidence, _NOT_IN_SLIM):
        return NOTHING_PROPOSED
    lowest = final_stages(dockerfile, stage)[0]
    others = [one for one in dockerfile.stages if one is not stage and one.base_stage == lowest.index]
    checked = " ".join(check.test) if check else ""
    if any(re.search(rf"\b{tool}\b", checked) for tool in _NOT_IN_SLIM) or (others and lowest is not stage):
        return NOTHING_PROPOSED
    reference = _slim_as_written(lowest)
    edit = replace_base(lowest, reference) if reference else None
    return ProposedEdits((edit,)) if edit else NOTHING_PROPOSED


def _slim_as_written(stage: Stage) -> str:
    """Name the slim variant as FROM is written: a variable stays, where the variant only adds to what it stands for."""
    found = slim(stage.base_expanded)
    if not found or stage.base == stage.base_expanded:
        return found
    added = found.removeprefix(stage.base_expanded)
    return stage.base + added if added != found else ""


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
