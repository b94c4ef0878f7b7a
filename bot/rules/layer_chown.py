"""layer-chown: a later chown or chmod shipped the same bytes a second time."""

from collections.abc import Iterator

from bot.dockerfile import Dockerfile
from bot.dockerfile.shell import Command
from bot.model.advice import Finding
from bot.rules.evidence import Evidence
from bot.rules.findings import Wording, measured, suspected
from bot.rules.nouns import Fix, Group, Rule
from bot.rules.rewritten import Fate, rewritten
from bot.rules.scripts import final_scripts

ID = "layer-chown"
WORDING = Wording(
    rule=ID,
    title="A change of owner or mode in a later layer shipped the same bytes twice",
    advice="Set owner and mode where files are made: COPY --chown and --chmod, or chown in the RUN that makes them, "
    "with the user created before (or by number). Keep a plain chown of directories that the program writes to.",
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the first copy of every file that a later layer repeats with other metadata."""
    finding = measured(evidence, WORDING, rewritten(evidence, Fate.METADATA))
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN that changes a tree's owner or mode and does nothing else, after a COPY of the same stage."""
    copied = [one.span.start for one in dockerfile.final_stage.of("COPY", "ADD")]
    for script in final_scripts(dockerfile):
        after_copy = any(start < script.instruction.span.start for start in copied)
        if after_copy and script.commands and all(_changes_a_tree(one) for one in script.commands):
            yield suspected(WORDING, script.instruction)


def _changes_a_tree(command: Command) -> bool:
    recursive = command.has_short("R") or command.has("--recursive")
    return command.program in {"chown", "chmod", "chgrp"} and recursive


RULE = Rule(ID, "Owner or mode changed in a later layer", Group.LAYERS, Fix.SAFE, find, suspect)
