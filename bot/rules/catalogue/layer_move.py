"""layer-move: files were moved after the layer that made them."""

from collections.abc import Iterable

from bot.rules.kit.dead_files import Fate, dead_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "layer-move"
WORDING = Wording(
    rule=ID,
    title="Files were moved in a later layer, so both places ship them",
    advice="Put them into their place at once: as the destination of COPY, or with mv in the RUN that makes them.",
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim the first place of files that a later layer moved."""
    return dead_files(evidence, Fate.MOVED)


RULE = Rule(
    id=ID,
    title="Files moved in a later layer",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="The content is deleted at one path and put at another by one layer: both are shipped.",
    silent_on="Deleting alone belongs to late-removal, also where the same content lives elsewhere already.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
