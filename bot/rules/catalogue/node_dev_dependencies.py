"""node-dev-dependencies: packages that only development needs were installed into the image."""

from collections.abc import Iterator

from bot.contents.start_command import language_of, read_command
from bot.dockerfile import Dockerfile
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import Wording, measured, suspected
from bot.rules.kit.node import installs_all, without_development
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, is_one_of, started_by
from bot.rules.kit.toolchains import NODE

ID = "node-dev-dependencies"
WORDING = Wording(
    rule=ID,
    title="Packages that only development needs are installed",
    advice="Install with npm ci --omit=dev (yarn: workspaces focus --production; pnpm: --prod), after or apart from "
    "the build. Removing them in a later RUN takes nothing back.",
    confidence=0.9,
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the packages that the lock file marks as development's."""
    if is_one_of(read_command(evidence.config), NODE.commands):
        return
    files = evidence.files_of(package for package in evidence.packages("npm") if package.dev)
    own = [one for one in files if one.kind is not ByteClass.BASE_IMAGE]
    finding = measured(evidence, WORDING, own, proposal=without_development(evidence))
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a plain install in the final stage of an image that starts Node on something of its own."""
    started = started_by(dockerfile)
    if language_of(started.program) != "node" or is_one_of(started, NODE.commands) or _is_production(dockerfile):
        return
    for script in final_scripts(dockerfile):
        pruned = any(one.starts("npm", "prune") for one in script.commands)
        if not pruned and any(installs_all(one) for one in script.commands):
            yield suspected(WORDING, script.instruction)
            return


def _is_production(dockerfile: Dockerfile) -> bool:
    return any(
        name == "NODE_ENV" and value == "production"
        for stage in dockerfile.stages
        for one in stage.of("ENV")
        for name, value in zip(one.arguments[0::3], one.arguments[1::3], strict=True)
    )


RULE = Rule(
    id=ID,
    title="Development packages of Node",
    group=Group.MULTI_STAGE,
    fix=Fix.SAFE,
    fires_on="The bytes of packages marked as development's are claimed.",
    silent_on="An image that starts a development tool needs them.",
    measured=find,
    suspected=suspect,
    wordings=(WORDING,),
)
