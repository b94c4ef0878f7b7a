"""git-clone: the history of a repository was cloned along with the files that were wanted."""

from collections.abc import Iterable, Iterator

from bot.dockerfile import Dockerfile
from bot.dockerfile.shell_commands import Command, Script
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, is_bare_shell, started_by

ID = "git-clone"
WORDING = Wording(
    rule=ID,
    title="A git clone left the history of the repository in the image",
    advice="Clone with --depth 1 and remove .git in the same RUN, or let ADD fetch the repository. Builds that take "
    "their version from git need the history, but only while they build.",
    confidence=0.9,
)
_SHALLOW = ("--depth", "--shallow-since", "--filter")


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim .git in layers of a RUN that clones."""
    return [one for one in evidence.own("**/.git/**") if not evidence.copies(one.layer)]


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a full clone in the final stage that nothing in its RUN deletes."""
    if is_bare_shell(started_by(dockerfile)):
        return
    for script in final_scripts(dockerfile):
        clones = [one for one in script.commands if one.starts("git", "clone") and not one.has(*_SHALLOW)]
        if clones and not _deletes(script):
            yield suspected(WORDING, script.instruction)


def _deletes(script: Script) -> bool:
    return any(_is_removal(command) for command in script.commands)


def _is_removal(command: Command) -> bool:
    return command.program in {"rm", "mv"} or (command.program == "find" and "-delete" in command.texts)


RULE = Rule(
    id=ID,
    title="History of a git clone",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="What lies in .git is claimed, the files are not.",
    silent_on="A copied repository belongs to context-git.",
    measured=claiming(WORDING, find),
    suspected=suspect,
    wordings=(WORDING,),
)
