"""layer-no-op: a layer that repeats files without changing anything about them."""

from collections.abc import Iterable

from bot.rules.kit.dead_files import Fate, dead_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "layer-no-op"
WORDING = Wording(
    rule=ID,
    title="A later layer repeats files without changing them",
    advice="Delete the command, or copy the files once: touching a file, or giving it the owner and mode that it has, "
    "still ships all of its bytes again.",
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim the first copy of every file that a later layer repeats as it was."""
    return dead_files(evidence, Fate.NOTHING)


RULE = Rule(
    id=ID,
    title="Files repeated unchanged",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="The same content with the same owner and mode again: nothing changed, and all bytes were shipped again.",
    silent_on="A changed owner belongs to another rule.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
