"""overwritten-files: a file was replaced by another version of it in a later layer."""

from collections.abc import Iterable

from bot.rules.catalogue.apt_upgrade import upgrades
from bot.rules.kit.dead_files import Fate, dead_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "overwritten-files"
WORDING = Wording(
    rule=ID,
    title="Files were replaced in a later layer, so both versions are shipped",
    advice="Make the final version in the layer that makes the file, or copy it once, after the last change.",
    confidence=0.8,
)

_REWRITTEN_BY_INSTALLS = (
    b"var/lib/dpkg/",
    b"var/lib/apt/",
    b"var/cache/",
    b"var/log/",
    b"lib/apk/db/",
    b"usr/lib/apk/db/",
    b"var/lib/rpm/",
    b"usr/lib/sysimage/rpm/",
    b"etc/ld.so.cache",
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim the replaced version of files of own layers, but for what every install of packages writes anew."""
    return [
        one
        for one in dead_files(evidence, Fate.REPLACED)
        if not one.path.startswith(_REWRITTEN_BY_INSTALLS) and not upgrades(evidence.text_of(one.killed_by))
    ]


RULE = Rule(
    id=ID,
    title="Files replaced in a later layer",
    group=Group.LAYERS,
    fix=Fix.ADVICE,
    fires_on="The version below is dead, whatever its size.",
    silent_on="What an upgrade replaced belongs to apt-upgrade.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
