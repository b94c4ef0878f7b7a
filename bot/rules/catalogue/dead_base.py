"""dead-base: bytes of the base image that nothing can see any more."""

from collections.abc import Iterable

from bot.rules.catalogue.apt_upgrade import upgrades
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "dead-base"
WORDING = Wording(
    rule=ID,
    title="Bytes of the base image are hidden under later layers and shipped all the same",
    advice="Nothing in this Dockerfile takes them back. A base image without them helps; copying everything into FROM "
    "scratch does too, but must restate the configuration and shares no layer with other images.",
    confidence=0.3,
    minimum_bytes=20_000_000,
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim dead bytes of base layers, but for what a package upgrade replaced."""
    return [
        one
        for one in evidence.files.all
        if one.kind is ByteClass.BASE_IMAGE and not one.is_live and not upgrades(evidence.text_of(one.killed_by))
    ]


RULE = Rule(
    id=ID,
    title="Hidden bytes of the base image",
    group=Group.LAYERS,
    fix=Fix.ADVICE,
    fires_on="Removed or replaced, the bytes of the base image are still shipped.",
    silent_on="What an upgrade replaced belongs to apt-upgrade.",
    measured=claiming(WORDING, find, at_stage=True),
    wordings=(WORDING,),
)
