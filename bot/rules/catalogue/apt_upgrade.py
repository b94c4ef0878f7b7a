"""apt-upgrade: upgrading replaced packages of the base image, so both versions are shipped."""

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.rules.catalogue.apt_late_purge import has_command
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "apt-upgrade"
WORDING = Wording(
    rule=ID,
    title="Upgrading packages shipped a second version of files of the base image",
    advice="Start from a newer tag of the base image, which has the updates already. Where a policy wants the "
    "upgrade, this is its price.",
    confidence=0.4,
)
_UPGRADES = (
    (re.compile(r"\b(?:apt-get|apt|aptitude)\b"), re.compile(r"\b(?:upgrade|dist-upgrade|full-upgrade)\b")),
    (re.compile(r"\bapk\b"), re.compile(r"\bupgrade\b")),
    (re.compile(r"\b(?:yum|dnf|microdnf)\b"), re.compile(r"\b(?:update|upgrade)\b")),
    (re.compile(r"\bzypper\b"), re.compile(r"\b(?:up|update|dup)\b")),
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim files that an upgrade replaced or removed, in the base image or above it."""
    return [one for one in evidence.files.all if not one.is_live and upgrades(evidence.text_of(one.killed_by))]


@lru_cache(maxsize=256)
def upgrades(text: str) -> bool:
    """Tell whether an instruction upgrades installed packages; of a very long one only the beginning is read."""
    return has_command(text, _UPGRADES)


RULE = Rule(
    id=ID,
    title="Packages upgraded over the base image",
    group=Group.RESIDUE,
    fix=Fix.ADVICE,
    fires_on="The replaced files of the base image are claimed: a newer base image is the way out.",
    silent_on="Other instructions that replace files belong to other rules.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
