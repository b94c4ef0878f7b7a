"""What the rules on build stages share: which toolchain the final image carries by accident, and its weight."""

import posixpath
from collections.abc import Sequence

from bot.dockerfile import Dockerfile
from bot.model.image import ImageConfig
from bot.rules.evidence import Evidence
from bot.rules.holdings import Holding
from bot.rules.residue import scripts, starts_any
from bot.rules.toolchains import Toolchain

_SHELLS = frozenset({"sh", "bash", "ash", "zsh", "dash", "/bin/sh", "/bin/bash"})


def shipped(evidence: Evidence, toolchain: Toolchain) -> Sequence[Holding]:
    """Give the toolchain's living holdings and its leftovers; empty where it is absent, or shipped on purpose."""
    if not evidence.holdings.matching(*toolchain.marks) or on_purpose(evidence, toolchain):
        return ()
    return [one for one in evidence.holdings.matching(*toolchain.roots, *toolchain.leftovers) if one.is_live]


def on_purpose(evidence: Evidence, toolchain: Toolchain) -> bool:
    """Tell whether the image may exist for its toolchain.

    It does where what it starts is a tool of the toolchain, or where it starts nothing of its own. Where the Dockerfile
    is known, something must also have been built in the final stage.
    """
    started = started_program(evidence.config)
    if not started or started in toolchain.commands or started in _SHELLS:
        return True
    return evidence.dockerfile is not None and not builds_in_final_stage(evidence.dockerfile, toolchain)


def builds_in_final_stage(dockerfile: Dockerfile, toolchain: Toolchain) -> bool:
    """Tell whether a RUN that ends up in the final image builds with the toolchain."""
    return any(starts_any(command, toolchain.builders) for script in scripts(dockerfile) for command in script.commands)


def started_program(config: ImageConfig) -> str:
    """Give the bare name of what ENTRYPOINT and CMD start; of a shell's script its first word; empty for nothing."""
    argv = (*(config.entrypoint or ()), *(config.cmd or ()))
    if len(argv) > 2 and posixpath.basename(argv[0]) in _SHELLS and argv[1] == "-c":
        argv = tuple(argv[2].removeprefix("exec ").split()[:1]) or argv
    return posixpath.basename(argv[0]) if argv else ""
