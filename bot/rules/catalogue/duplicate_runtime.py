"""duplicate-runtime: a second copy of an interpreter that the base image has already."""

from collections.abc import Iterator

from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import Wording, measured
from bot.rules.kit.rule import Fix, Group, Rule

ID = "duplicate-runtime"
WORDING = Wording(
    rule=ID,
    title="A second copy of an interpreter was installed on top of the base image's own",
    advice="Use the interpreter of the base image, or a base image without one. A package may insist on the "
    "distribution's interpreter: then only another base image helps.",
    confidence=0.6,
    minimum_bytes=5_000_000,
)
_COPIES = (
    (("usr/local/lib/python3*/os.py",), ("usr/lib/python3/**", "usr/lib/python3.*/**", "usr/bin/python3.*")),
    (("usr/local/bin/node",), ("usr/bin/node", "usr/bin/nodejs", "usr/lib/node_modules/**", "usr/share/nodejs/**")),
    (("opt/java/openjdk/lib/modules", "usr/local/openjdk-*/lib/modules"), ("usr/lib/jvm/**",)),
    (("usr/local/bin/ruby",), ("usr/bin/ruby*", "usr/lib/ruby/**", "var/lib/gems/**")),
    (("usr/local/bin/perl*",), ("usr/share/perl/**",)),
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the second interpreter, as far as it was installed above the base image that has the first."""
    for first, second in _COPIES:
        if any(one.is_live for one in evidence.files.matching(*first)):
            finding = measured(evidence, WORDING, _own(evidence, second))
            if finding:
                yield finding


def _own(evidence: Evidence, globs: tuple[str, ...]) -> list[IndexedFile]:
    return [one for one in evidence.own(*globs) if one.kind is ByteClass.LIVE]


RULE = Rule(
    id=ID,
    title="Two copies of an interpreter",
    group=Group.BASE_IMAGE,
    fix=Fix.BUILD,
    fires_on="The interpreter that was installed over the base image's own is claimed.",
    silent_on="Two copies in the base image are not this Dockerfile's.",
    measured=find,
    wordings=(WORDING,),
)
