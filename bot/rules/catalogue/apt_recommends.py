"""apt-recommends: packages that came only because another one recommends them."""

from collections.abc import Iterator

from bot.dockerfile import Dockerfile, Edit, Stage
from bot.dockerfile.edits import insert_flag
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits, Wording, measured, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, is_application, removes_packages, started_by

ID = "apt-recommends"
TITLE = "Packages were installed only because others recommend them"
ADVICE = (
    "Install with --no-install-recommends and name what is needed besides (often ca-certificates). Try the program: a "
    "recommended package may have been used."
)
WORDING = Wording(ID, TITLE, ADVICE, 0.6)
_OFF = ("--no-install-recommends", "APT::Install-Recommends", "--without-recommends")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the packages above the base image that nothing installed by name depends on."""
    names = evidence.head.facts.recommended if evidence.head.facts else frozenset[str]()
    files = evidence.files_of(package for package in evidence.packages("deb") if package.name in names)
    own = [one for one in files if one.kind is not ByteClass.BASE_IMAGE]
    finding = measured(evidence, WORDING, own, proposal=_proposal(evidence))
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect an install of packages in the final stage of an application that takes recommendations along."""
    if _is_off(dockerfile) or not is_application(started_by(dockerfile)):
        return
    for script in final_scripts(dockerfile):
        if any(_takes_recommended(one) for one in script.commands) and not removes_packages(script):
            yield suspected(WORDING, script.instruction)


def _proposal(evidence: Evidence) -> ProposedEdits:
    if evidence.dockerfile is None or _is_off(evidence.dockerfile):
        return NOTHING_PROPOSED
    return ProposedEdits(tuple(_edits(evidence.dockerfile, evidence.stage)))


def _edits(dockerfile: Dockerfile, stage: Stage | None) -> Iterator[Edit]:
    for script in final_scripts(dockerfile, stage):
        for command in script.commands if script.editable else ():
            if _takes_recommended(command):
                place = [word.text for word in command.words].index("install")
                yield insert_flag(command, "--no-install-recommends", after=place)


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
