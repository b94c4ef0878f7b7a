"""archive-copied: an archive was copied into the image, and unpacked there by a later layer."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from bot.dockerfile import Dockerfile, Instruction, Stage
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, by_path, claiming, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts

ID = "archive-copied"
WORDING = Wording(
    rule=ID,
    title="An archive was copied into the image and unpacked there, so it is shipped packed as well",
    advice="ADD unpacks a local tar archive by itself; or unpack it from a bind mount: RUN "
    "--mount=type=bind,target=/in tar -xf /in/… .",
    label=by_path,
)
ARCHIVES = tuple(
    f"**/*.{suffix}" for suffix in ("tar", "tgz", "gz", "bz2", "xz", "zst", "tbz", "txz", "zip", "7z", "whl")
)
_UNPACKERS = frozenset({"tar", "unzip", "bsdtar", "7z", "gunzip", "unxz", "pip", "pip3", "dpkg", "rpm"})
_ARCHIVE = re.compile(r".*\.(?:tar|tgz|tbz2?|txz|zip|7z|(?:tar\.)(?:gz|bz2|xz|zst))")


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim archives in layers made by COPY or ADD, where a RUN of the stage unpacks a file of that name."""
    names = _unpacked_names(evidence.dockerfile, evidence.stage) if evidence.dockerfile else frozenset[str]()
    return [one for one in evidence.own(*ARCHIVES) if evidence.copies(one.layer) and _is_unpacked(one, names)]


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a COPY from the context of an archive that a RUN of the final stage unpacks."""
    names = _unpacked_names(dockerfile)
    for one in dockerfile.final_stage.of("COPY"):
        if one.flag("from") is None and names & set(_archives(one)):
            yield suspected(WORDING, one)


def _archives(instruction: Instruction) -> Iterator[str]:
    return (posixpath.basename(word) for word in instruction.arguments[:-1] if _ARCHIVE.fullmatch(word))


def _unpacked_names(dockerfile: Dockerfile, stage: Stage | None = None) -> frozenset[str]:
    commands = [command for script in final_scripts(dockerfile, stage) for command in script.commands]
    return frozenset(name for command in commands if command.program in _UNPACKERS for name in _operands(command))


def _operands(command: Command) -> Iterator[str]:
    return (posixpath.basename(word) for word in command.operands)


def _is_unpacked(one: IndexedFile, names: frozenset[str]) -> bool:
    return posixpath.basename(one.path.decode("utf-8", "replace")) in names


RULE = Rule(
    id=ID,
    title="Archive copied and unpacked",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="The packed bytes are shipped beside the unpacked ones, also where a later layer deletes them.",
    silent_on="An archive that nothing unpacks may be what the image is for.",
    measured=claiming(WORDING, find),
    suspected=suspect,
    wordings=(WORDING,),
)
