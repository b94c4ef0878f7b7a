"""The ways in which an image of Node gets rid of what only development needs."""

from collections.abc import Iterator

from bot.dockerfile import Edit
from bot.dockerfile.edits import insert_flag
from bot.dockerfile.shell_commands import Command
from bot.rules.kit.base_variants import slim
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.final_base import FinalBase
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits
from bot.rules.kit.multi_stage_proposal import two_stages
from bot.rules.kit.scripts import final_scripts, starts_any
from bot.rules.kit.toolchains import NODE

INSTALLS = (("npm", "install"), ("npm", "ci"), ("npm", "i"))
_PRODUCTION = ("--omit", "--only", "--production", "--prod", "-g", "--global", "--location")
_PRUNES = {"npm": "RUN npm prune --omit=dev", "pnpm": "RUN pnpm prune --prod"}


def without_development(evidence: Evidence) -> ProposedEdits:
    """Propose a stage that builds and prunes, and one that runs; where nothing is built, an install without them."""
    runtime, base = evidence.runtime, evidence.head.base_image
    if evidence.dockerfile is None or runtime is None or runtime.language != "node":
        return NOTHING_PROPOSED
    commands = [one for script in final_scripts(evidence.dockerfile, evidence.stage) for one in script.commands]
    if not any(starts_any(one, NODE.builders) for one in commands):
        return ProposedEdits(tuple(_omitting(evidence)))
    manager = next((one.program for one in commands if starts_any(one, (*INSTALLS, ("pnpm", "install")))), "")
    if manager not in _PRUNES or not base:
        return NOTHING_PROPOSED
    return two_stages(evidence, on=FinalBase(slim(base) or base, (), has_shell=True), prepare=(_PRUNES[manager],))


def installs_all(command: Command) -> bool:
    """Tell whether npm installs what package.json names, with what development needs."""
    names_packages = len(command.operands) > 1 and command.program == "npm"
    return starts_any(command, INSTALLS) and not names_packages and not command.has(*_PRODUCTION)


def _omitting(evidence: Evidence) -> Iterator[Edit]:
    scripts = final_scripts(evidence.dockerfile, evidence.stage) if evidence.dockerfile else ()
    for script in scripts:
        for command in script.commands if script.editable else ():
            if installs_all(command):
                verbs = [index for index, word in enumerate(command.words) if word.text in {"install", "ci", "i"}]
                yield insert_flag(command, "--omit=dev", after=verbs[0])
