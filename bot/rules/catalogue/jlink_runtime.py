"""jlink-runtime: a whole Java runtime under a program that uses a few of its modules."""

from collections.abc import Iterable

from bot.contents.start_command import read_command
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, by_path, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "jlink-runtime"
WORDING = Wording(
    rule=ID,
    title="The image ships every module of the Java runtime",
    advice="jdeps --print-module-deps tells which modules the program names and jlink makes a runtime of them. Upper "
    "bound, and worth a trial only: modules found by reflection are missed (add jdk.crypto.ec and jdk.zipfs), and "
    "with some vendors' JDKs the result is larger than their JRE.",
    confidence=0.2,
    label=by_path,
    minimum_bytes=60_000_000,
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim the module image of the runtime that the image starts."""
    if read_command(evidence.config).program.rsplit("/", 1)[-1] != "java":
        return ()
    return [one for one in evidence.files.matching("**/lib/modules") if one.is_live]


RULE = Rule(
    id=ID,
    title="Whole Java runtime",
    group=Group.MULTI_STAGE,
    fix=Fix.ADVICE,
    fires_on="The module image is claimed, called an upper bound, and ranked low.",
    silent_on="Who else needs the runtime is unknown.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
