"""context-git: the repository's own history was copied into the image."""

from collections.abc import Iterable, Sequence

from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import ProposedEdits, Wording, claiming
from bot.rules.kit.ignored_paths import leaving_out
from bot.rules.kit.rule import Fix, Group, Rule

ID = "context-git"
WORDING = Wording(
    rule=ID,
    title="The repository's history was copied into the image",
    advice="Put .git into .dockerignore. A build that takes its version from git can mount it: RUN "
    "--mount=type=bind,source=.git,target=.git.",
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim .git in layers copied from the build context."""
    return [one for one in evidence.own("**/.git/**") if evidence.copies_from_context(one.layer)]


def propose(evidence: Evidence, _: Sequence[IndexedFile]) -> ProposedEdits:
    """Leave the history out, unless a build reads it."""
    return leaving_out(evidence, [".git"])


RULE = Rule(
    id=ID,
    title="Repository history copied",
    group=Group.CONTENT,
    fix=Fix.SAFE,
    fires_on="What lies in .git in a layer copied from the context is claimed, at the COPY.",
    silent_on="Histories that came otherwise belong to other rules.",
    measured=claiming(WORDING, find, propose=propose),
    wordings=(WORDING,),
)
