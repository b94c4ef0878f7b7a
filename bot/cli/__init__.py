"""The command line: commands, options and help. It only reads words; ``__main__`` gives them a world.

Nothing heavy is imported here, so that ``--help`` answers at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from bot.cli.subcommands import make_parser
from bot.errors import UsageError


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command as typed. ``inputs`` holds what Action inputs and options share, by the input's name."""

    command: str
    subcommand: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    repository: str = "."
    output_format: str = ""
    """Empty: each command's own, the comment for ``check`` and text for the others."""
    output: str = ""
    quiet: bool = False
    color: bool | None = None
    platform: str = ""
    patch: str = ""
    source: str = ""
    build: bool = True
    """False for ``advise --no-build``."""
    verify: bool = False
    """True for ``advise --verify``."""
    write: bool = False
    every: bool = False
    """True for ``advise --all``."""
    shards: int = 20
    measure: bool = False
    force: bool = False
    dry_run: bool = False


_FIELDS: Final = {one.name for one in fields(Invocation)}


def parse(arguments: Sequence[str]) -> Invocation:
    """Read a command line. Raises ``UsageError``; ``--help`` and ``--version`` end the process as is the custom."""
    options = vars(make_parser().parse_args(arguments))
    inputs = {name: value for name, value in options.pop("inputs", {}).items() if value}
    given = {name: value for name, value in options.items() if value is not None and name in _FIELDS}
    frozen: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    invocation = Invocation(**frozen, inputs=inputs)
    _refuse_idle(invocation)
    return invocation


def _refuse_idle(invocation: Invocation) -> None:
    """Refuse options that only a build could honour where nothing is built."""
    only_built = {"context": "context", "network": "network", "limits": "limits", "smoke": "smoke", "pages": "page"}
    idle = [f"--{option}" for name, option in only_built.items() if name in invocation.inputs]
    idle += [f"--{name}" for name in ("patch", "verify", "write") if getattr(invocation, name)]
    if invocation.every and (invocation.files or not invocation.build):
        raise UsageError(
            "--all means every image, so it goes neither with a Dockerfile nor with --no-build.",
            fix="See: deadweight advise --help",
        )
    if not invocation.build and idle:
        raise UsageError(
            f"{', '.join(idle)} does nothing with --no-build.",
            why="What is suspected from a Dockerfile's text alone is not measured, and has no patch.",
            fix="See: deadweight advise --help",
        )
