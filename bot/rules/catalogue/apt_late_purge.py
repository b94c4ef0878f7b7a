"""apt-late-purge: packages were removed in a later layer than the one that installed them."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.dockerfile import Dockerfile
from bot.model.advice import Finding
from bot.rules.kit.dead_files import Fate, dead_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, installs_packages, removes_packages

ID = "apt-late-purge"
WORDING = Wording(
    rule=ID,
    title="Packages were removed in a later layer, which hides them but ships them all the same",
    advice="Install, use and purge in one RUN, or build in a stage of its own.",
)
LONGEST_TEXT = 16_384
_PACKAGES_LIE = re.compile(rb"(?:usr/(?!src/|local/|app/)|lib|s?bin/|etc/|var/(?!www/))")
_COMMANDS = re.compile(r"[&|;]")
_PURGES = (
    (re.compile(r"\b(?:apt-get|apt|aptitude)\b"), re.compile(r"\b(?:remove|purge|autoremove)\b")),
    (re.compile(r"\bapk\b"), re.compile(r"\bdel\b")),
    (re.compile(r"\b(?:yum|dnf|microdnf|zypper)\b"), re.compile(r"\b(?:remove|erase|autoremove)\b")),
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim own files that a layer deleted which removes packages, where packages lie; others are late-removal's."""
    return [one for one in dead_files(evidence, Fate.REMOVED) if is_purged(evidence, one)]


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN that removes packages and installs none, after one that installs."""
    installed = False
    for script in final_scripts(dockerfile):
        installs = installs_packages(script)
        if installed and not installs and removes_packages(script):
            yield suspected(WORDING, script.instruction)
        installed = installed or installs


def is_purged(evidence: Evidence, one: IndexedFile) -> bool:
    """Tell whether a deleted file was a package's: by who deleted it, and where packages put files."""
    return _PACKAGES_LIE.match(one.path) is not None and purges(evidence.text_of(one.killed_by))


@lru_cache(maxsize=256)
def purges(text: str) -> bool:
    """Tell whether an instruction removes packages; of a very long one only the beginning is read."""
    return has_command(text, _PURGES)


def has_command(text: str, wanted: Iterable[tuple[re.Pattern[str], re.Pattern[str]]]) -> bool:
    """Tell whether some command has a program and one of its verbs after it; each command is gone over once."""
    return any(
        verbs.search(command, program.end())
        for command in _COMMANDS.split(text[:LONGEST_TEXT])
        for programs, verbs in wanted
        if (program := programs.search(command))
    )


RULE = Rule(
    id=ID,
    title="Packages removed in a later layer",
    group=Group.RESIDUE,
    fix=Fix.SAFE,
    fires_on="The removed files are dead bytes, at the instruction that made them; base files are another matter.",
    silent_on="What is gone before its layer ends was never shipped.",
    measured=claiming(WORDING, find),
    suspected=suspect,
    wordings=(WORDING,),
)
