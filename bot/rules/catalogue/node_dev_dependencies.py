"""node-dev-dependencies: packages that only development needs were installed into the image."""

from collections.abc import Iterator

from bot.contents.start_command import language_of, read_command
from bot.dockerfile import Dockerfile
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import Wording, measured, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, is_one_of, started_by, starts_any
from bot.rules.kit.toolchains import NODE

ID = "node-dev-dependencies"
WORDING = Wording(
    rule=ID,
    title="Packages that only development needs are installed",
    advice="Install with npm ci --omit=dev (yarn: workspaces focus --production; pnpm: --prod), after or apart from "
    "the build. Removing them in a later RUN takes nothing back.",
    confidence=0.9,
)
_INSTALLS = (("npm", "install"), ("npm", "ci"), ("npm", "i"))
_PRODUCTION = ("--omit", "--only", "--production", "--prod", "-g", "--global", "--location")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the packages that the lock file marks as development's."""
    if is_one_of(read_command(evidence.config), NODE.commands):
        return
    files = evidence.files_of(package for package in evidence.packages("npm") if package.dev)
    finding = measured(evidence, WORDING, [one for one in files if one.kind is not ByteClass.BASE_IMAGE])
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a plain install in the final stage of an image that starts Node on something of its own."""
    started = started_by(dockerfile)
    if language_of(started.program) != "node" or is_one_of(started, NODE.commands) or _is_production(dockerfile):
        return
    for script in final_scripts(dockerfile):
        pruned = any(one.starts("npm", "prune") for one in script.commands)
        if not pruned and any(_installs_all(one) for one in script.commands):
            yield suspected(WORDING, script.instruction)
            return


def _installs_all(command: Command) -> bool:
    names_packages = len(command.operands) > 1 and command.program == "npm"
    return starts_any(command, _INSTALLS) and not names_packages and not command.has(*_PRODUCTION)


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
