"""static-libraries: archives and headers that only a linker or a compiler reads."""

from collections.abc import Iterable

from bot.contents.start_command import read_command
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import is_application

ID = "static-libraries"
WORDING = Wording(
    rule=ID,
    title="Static libraries and headers are shipped, which only a build reads",
    advice="Build in a first stage and copy only programs and shared libraries, or remove the -dev packages in the "
    "RUN that installs them.",
    confidence=0.6,
    minimum_bytes=5_000_000,
)
PATHS = ("**/lib/**/*.a", "**/lib64/**/*.a", "**/*.la", "usr/include/**", "usr/local/include/**", "opt/*/include/**")


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim them above the base image of an application."""
    if not is_application(read_command(evidence.config)):
        return ()
    return evidence.living(*PATHS)


RULE = Rule(
    id=ID,
    title="Static libraries and headers",
    group=Group.CONTENT,
    fix=Fix.BUILD,
    fires_on="Static libraries and headers above the base image are claimed.",
    silent_on="An image that starts nothing of its own may be made for building.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
