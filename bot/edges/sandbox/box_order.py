"""What a box is told: an image, what is said otherwise than the image says it, and the bounds."""

import time
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.model.image import HealthCheck

LABEL: Final = "dev.deadweight.box"
"""Carried by every container of the box; its value is the run that it belongs to."""
UNTIL: Final = "dev.deadweight.box.until"
"""When nobody can need the container any more, in seconds since 1970: whoever finds it then removes it."""

_MEMORY_BYTES: Final = 1_000_000_000
_PROCESSES: Final = 512
_CPU_PERIOD_MICROSECONDS: Final = 100_000
_CPUS: Final = 2
_PATIENCE: Final = 1_000
LOG_BYTES: Final = 20_000_000
"""The engine keeps so much of what a box writes, or twice as much, and forgets what came before."""


class BoxOwner(NamedTuple):
    """The run that a box belongs to, and how long at most it can need it."""

    run: str
    life_seconds: float


@dataclass(frozen=True, slots=True)
class BoxOrder:
    """What is to run: an image by name, and what is said otherwise than the image says it.

    ``argv`` takes the place of entry point and command, ``None`` leaves them. ``network`` is ``none``, or another
    box's, as ``container:ID``.
    """

    image: str
    owner: BoxOwner
    argv: tuple[str, ...] | None = None
    environment: tuple[str, ...] = ()
    health_check: HealthCheck | None = None
    network: str = "none"
    user: str | None = None

    def body(self) -> dict[str, object]:
        """Spell it as the API has it."""
        until = str(int(time.time() + self.owner.life_seconds))
        body: dict[str, object] = {
            "Image": self.image,
            "Env": list(self.environment),
            "Labels": {LABEL: self.owner.run, UNTIL: until},
            "Healthcheck": _probing(self.health_check),
            "HostConfig": _host_configuration(self.network),
        }
        if self.network == "none":
            body["Hostname"] = "box"
        if self.argv is not None:
            body |= {"Entrypoint": list(self.argv), "Cmd": []}
        if self.user is not None:
            body |= {"User": self.user, "WorkingDir": "/"}
        return body


def _host_configuration(network: str) -> dict[str, object]:
    """Spell the bounds. Capabilities are Docker's own: with all dropped, servers fail that work anywhere else."""
    return {
        "NetworkMode": network,
        "SecurityOpt": ["no-new-privileges"],
        "Memory": _MEMORY_BYTES,
        "MemorySwap": _MEMORY_BYTES,
        "PidsLimit": _PROCESSES,
        # Not NanoCpus, which a machine with fewer processors refuses.
        "CpuPeriod": _CPU_PERIOD_MICROSECONDS,
        "CpuQuota": _CPU_PERIOD_MICROSECONDS * _CPUS,
        "IpcMode": "private",
        "LogConfig": {"Type": "json-file", "Config": {"max-size": str(LOG_BYTES), "max-file": "2"}},
        "RestartPolicy": {"Name": "no"},
    }


def _probing(check: HealthCheck | None) -> dict[str, object]:
    """Ask a health check every second, and never give up: how it ended, we read from its last probes."""
    if check is None:
        return {"Test": ["NONE"]}
    timeout = min(check.timeout_seconds or 30.0, 10.0)
    second = 1_000_000_000
    return {
        "Test": list(check.test),
        "Interval": second,
        "Timeout": int(timeout * second),
        "StartPeriod": 0,
        "Retries": _PATIENCE,
    }
