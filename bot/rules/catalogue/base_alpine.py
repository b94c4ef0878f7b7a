"""base-alpine: an interpreter on Debian whose program has nothing native that would tie it to the C library."""

import re
from collections.abc import Iterable

from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "base-alpine"
WORDING = Wording(
    rule=ID,
    title="The program ties itself to no C library, and its base image has an Alpine variant",
    advice="Try the -alpine tag of the same version. Upper bound: Alpine brings its own packages, and its C library "
    "differs in name resolution and locales. Not offered for Python, whose wheels would have to be compiled.",
    confidence=0.3,
    minimum_bytes=50_000_000,
)
_HAS_ALPINE = re.compile(r"(?:docker\.io/)?(?:library/)?(?:node|php):(?!.*alpine).*")
_NATIVE = ("**/*.node", "usr/local/lib/php/extensions/**/*.so")


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim the Debian packages of a Node or PHP base where the application has no native part and installs nothing."""
    if not _HAS_ALPINE.fullmatch(evidence.head.base_image) or evidence.own(*_NATIVE):
        return ()
    own_packages = [one for one in evidence.files_of(evidence.packages("deb")) if one.kind is not ByteClass.BASE_IMAGE]
    if own_packages or (evidence.stage and evidence.stage.of("SHELL")):
        return ()
    return evidence.files_of(evidence.packages("deb"))


RULE = Rule(
    id=ID,
    title="Debian under a program without native parts",
    group=Group.BASE_IMAGE,
    fix=Fix.BUILD,
    fires_on="Debian's packages are claimed, with little confidence.",
    silent_on="Python is never sent to Alpine, whose C library its wheels do not fit; Alpine is there already.",
    measured=claiming(WORDING, find, at_stage=True),
    wordings=(WORDING,),
)
