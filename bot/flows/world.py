"""The world as every flow gets it."""

from dataclasses import dataclass, field
from datetime import date

from bot.ports import BakePrint, Builder, Clock, Git, ImageReader, Memory, Provider, Runner, Sandbox, no_bake


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside: made by the composition root, or by a test."""

    git: Git
    builder: Builder
    images: ImageReader
    runner: Runner
    today: date
    provider: Provider | None = None
    bake: BakePrint = no_bake
    sandbox: Sandbox | None = None
    """Where images are run; ``None``: they are not."""
    clock: Clock = field(default=lambda: 0.0)
    memory: Memory | None = None
