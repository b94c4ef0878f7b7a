"""context-git: the repository's own history was copied into the image."""

from collections.abc import Iterator

from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import Wording, measured
from bot.rules.kit.rule import Fix, Group, Rule

ID = "context-git"
WORDING = Wording(
    rule=ID,
    title="The repository's history was copied into the image",
    advice="Put .git into .dockerignore. A build that takes its version from git can mount it: RUN "
    "--mount=type=bind,source=.git,target=.git.",
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim .git in layers copied from the build context."""
    found = [one for one in evidence.own("**/.git/**") if evidence.copies_from_context(one.layer)]
    finding = measured(evidence, WORDING, found)
    if finding:
        yield finding


RULE = Rule(
    id=ID,
    title="Repository history copied",
    group=Group.CONTENT,
    fix=Fix.SAFE,
    fires_on="What lies in .git in a layer copied from the context is claimed, at the COPY.",
    silent_on="Histories that came otherwise belong to other rules.",
    measured=find,
    wordings=(WORDING,),
)
