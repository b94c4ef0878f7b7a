"""apt-lists: the package lists that apt-get update downloads and no container reads."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.dockerfile import Dockerfile, Edit, Instruction, Span, Stage, mounts
from bot.dockerfile.edits import append_command, delete_instruction, merge_runs
from bot.dockerfile.shell_commands import Command, Script, read_script
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits
from bot.rules.kit.residue import Residue, cleans, residue_rule
from bot.rules.kit.scripts import SHELLS, final_stages, starts_any

_REMOVAL = "rm -rf /var/lib/apt/lists/*"
_APT = ("apt-get", "apt", "aptitude")
_UPDATES = tuple((tool, "update") for tool in _APT)
_READS_LISTS = (
    *((tool, verb) for tool in _APT for verb in ("install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep")),
    *((tool, verb) for tool in _APT for verb in ("satisfy", "source", "download", "reinstall")),
    ("apt-cache",),
    ("gdebi",),
)
_MAY_INSTALL = re.compile(r".*\.sh|.*(?:install|setup|provision|bootstrap|deps|dependencies|prepare).*", re.IGNORECASE)


def propose(residue: Residue, evidence: Evidence, _: Sequence[IndexedFile]) -> ProposedEdits:
    """Have every RUN that reads the lists download them itself and remove them; nothing where that is not certain.

    A RUN that only updates is joined with the one below it that installs, or goes; a later RUN that relied on its lists
    gets an update of its own.
    """
    dockerfile, stage = evidence.dockerfile, evidence.stage
    if dockerfile is None or stage is None:
        return NOTHING_PROPOSED
    chain = final_stages(dockerfile, stage)
    runs = [one for part in chain for one in part.of("RUN")]
    scripts = [read_script(dockerfile, one) for one in runs]
    if _is_uncertain(dockerfile, chain, list(zip(runs, scripts, strict=True))):
        return NOTHING_PROPOSED
    using = [script for script in scripts if script and any(_uses(one) or _updates(one) for one in script.commands)]
    edits = list(_edits(residue, dockerfile, using))
    return NOTHING_PROPOSED if None in edits else ProposedEdits(tuple(edit for edit in edits if edit))


def _is_uncertain(
    dockerfile: Dockerfile, chain: Sequence[Stage], runs: Sequence[tuple[Instruction, Script | None]]
) -> bool:
    """Tell whether something may read the lists of which the text does not say so."""
    hidden = any(_apt_is_in(run) and (script is None or not script.editable or mounts(run)) for run, script in runs)
    deferred = any(_apt_is_in(one) for stage in chain for one in stage.of("ONBUILD"))
    updated = next((index for index, (_, one) in enumerate(runs) if one and any(map(_updates, one.commands))), 0)
    called = any(_may_install(one) for _, script in runs[updated + 1 :] if script for one in script.commands)
    return hidden or deferred or called or _others_rely_on_it(dockerfile, chain)


def _others_rely_on_it(dockerfile: Dockerfile, chain: Sequence[Stage]) -> bool:
    """Tell whether another stage starts from one of these and installs without an update."""
    above = [one for one in dockerfile.stages if one not in chain and set(final_stages(dockerfile, one)) & set(chain)]
    scripts = (read_script(dockerfile, run) for stage in above for run in stage.of("RUN"))
    return any(script is not None and _first_use(script) is not None for script in scripts)


def _edits(residue: Residue, dockerfile: Dockerfile, scripts: Sequence[Script]) -> Iterator[Edit | None]:
    """Make the edits, ``None`` for one that is needed and cannot be made."""
    merges = {one: merge for one, two in pairwise(scripts) if (merge := _merge(dockerfile, one, two))}
    served = {two for one, two in pairwise(scripts) if one in merges}
    for script in scripts:
        if script in merges:
            yield from merges[script]
        elif _only_updates(script):
            yield delete_instruction(dockerfile, script.instruction)
        else:
            if script not in served and _first_use(script) is not None:
                yield _own_update(script)
            if not any(cleans(residue, command) for command in script.commands[_last_use(script) :]):
                yield append_command(dockerfile, script, f"{_sudo(script)}{_REMOVAL}")


def _merge(dockerfile: Dockerfile, updating: Script, using: Script) -> tuple[Edit, ...] | None:
    relies = _only_updates(updating) and not _only_updates(using) and _first_use(using) is not None
    return merge_runs(dockerfile, updating, using) if relies else None


def _own_update(script: Script) -> Edit | None:
    """Update right before the statement that reads the lists first."""
    used = _first_use(script)
    statement = next((one for one in script.statements if used in one.commands), None)
    if statement is None or statement.operator in {"||", "&"}:
        return None
    start = statement.span.start
    return Edit(Span(start, start), f"{_sudo(script)}apt-get update && ")


def _first_use(script: Script) -> Command | None:
    """Find the first command that reads lists which its own RUN has not downloaded before it."""
    relevant = (one for one in script.commands if _uses(one) or _updates(one))
    first = next(relevant, None)
    return first if first and _uses(first) else None


def _last_use(script: Script) -> int:
    return max(index for index, one in enumerate(script.commands) if _uses(one) or _updates(one))


def _only_updates(script: Script) -> bool:
    return bool(script.commands) and all(map(_updates, script.commands)) and not script.instruction.flags


def _sudo(script: Script) -> str:
    apt = next(one for one in script.commands if _uses(one) or _updates(one))
    return "sudo " if apt.words[0].text == "sudo" else ""


def _updates(command: Command) -> bool:
    return starts_any(command, _UPDATES)


def _uses(command: Command) -> bool:
    return starts_any(command, _READS_LISTS)


def _may_install(command: Command) -> bool:
    """Tell whether a command runs a script of somebody, which may install packages."""
    file = next(iter(command.operands), "") if command.program in SHELLS | {"source", "."} else ""
    called = file if command.program in SHELLS | {"source", "."} else command.words[0].text
    return called.endswith(".sh") or ("/" in called and _MAY_INSTALL.fullmatch(called) is not None)


def _apt_is_in(instruction: Instruction) -> bool:
    return re.search(r"\bapt(?:-get|itude)?\b", instruction.joined) is not None


RULE = residue_rule(
    Residue(
        id="apt-lists",
        title="Package lists of apt-get update",
        sentence="apt-get update left its package lists in the image",
        advice="End the same RUN with rm -rf /var/lib/apt/lists/*; a later RUN cannot take the bytes back.",
        paths=("var/lib/apt/lists/**",),
        left_by=_UPDATES,
        cleaned_by=(("apt-get", "distclean"), ("apt-get", "dist-clean"), ("apt", "distclean"), ("apt", "dist-clean")),
        removed=("/var/lib/apt", "/var/lib/{apt", "/var/cache"),
        mounts=("/var/lib/apt",),
        propose=propose,
    )
)
