"""A real runner: nektos/act runs a job of a real workflow against a real engine, with GitHub where we say it is.

Known differences to GitHub's runner: the workspace is at the host's path, ``HOME`` is ``/root``, file commands lie
under ``/var/run/act``, and ``actions/checkout`` of the repository itself is the working directory as it is. Other
actions come from folders (``actions``), since nothing is fetched.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.world.openapi import tools_folder

ACT = Path(sys.prefix) / "bin/act"
PREFIX = re.compile(r"^\[[^]]+\] {3}\| ?|^\[[^]]+\] ")


@dataclass(frozen=True)
class Job:
    """What is to be run: an event in a git checkout whose workflow file is ``workflow``.

    ``actions`` gives a folder for each ``owner/name@ref`` that the workflow uses; ``images`` an image that is ready
    for a docker action (``./`` or ``owner/name@ref``), so that it is not built.
    """

    workspace: Path
    event: str
    payload: Mapping[str, Any]
    workflow: str
    api_url: str
    token: str = "write-token"
    run_id: int = 1
    actions: Mapping[str, Path] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How the job ended and everything that was logged, without act's own prefixes."""

    succeeded: bool
    log: str


class Act:
    """The runner for one engine; a context manager that brings its job image and takes it away again.

    ``environment`` is what ``script/engine env`` gives: ``DOCKER_HOST`` and a ``PATH`` with a docker client.
    """

    def __init__(self, environment: Mapping[str, str], home: Path) -> None:
        self._home = home
        self._environment = {
            **environment,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
        }
        archive = tools_folder() / "act-image.tar"
        recipe = (tools_folder() / "act-image.recipe").read_bytes()
        self._archive = archive
        self.image = f"deadweight-test/act-runner:{hashlib.sha256(recipe + str(home).encode()).hexdigest()[:12]}"

    def __enter__(self) -> Self:
        self._docker("import", str(self._archive), self.image)
        return self

    def __exit__(self, *_: object) -> None:
        self._docker("image", "rm", "--force", self.image)
        self._docker("volume", "rm", "act-toolcache", check=False)

    def run(self, job: Job, *, interrupt_at: str = "") -> Result:
        """Run a job to its end, or cancel its docker action once the log shows a text.

        Cancelling reaches a docker action as SIGINT: the runner interrupts ``docker run``, which hands signals on.
        """
        event = self._home / "event.json"
        event.write_text(json.dumps(job.payload))
        lines: list[str] = []
        with self._images(job), self._started(job, event) as process:
            for raw in process.stdout or ():
                lines.append(PREFIX.sub("", raw.decode("utf-8", "replace").rstrip("\n")))
                if interrupt_at and interrupt_at in lines[-1]:
                    self._interrupt(job)
                    interrupt_at = ""
        return Result(process.returncode == 0, "\n".join(lines))

    def _started(self, job: Job, event: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command(job, event),
            cwd=job.workspace,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def _interrupt(self, job: Job) -> None:
        self._docker("kill", "--signal=INT", *self._containers(_image_names(job)))

    def _containers(self, images: Iterable[str]) -> list[str]:
        found = [self._docker("ps", "--all", "--quiet", f"--filter=ancestor={image}") for image in images]
        return "\n".join(found).split()

    def _command(self, job: Job, event: Path) -> list[str]:
        actions = [f"--local-repository={name}={folder}" for name, folder in job.actions.items()]
        variables = {"GITHUB_API_URL": job.api_url, "GITHUB_RUN_ID": str(job.run_id), **job.env}
        return [
            str(ACT),
            job.event,
            f"--workflows={job.workflow}",
            f"--eventpath={event}",
            f"--platform=ubuntu-24.04={self.image}",
            f"--container-daemon-socket={self._environment['DOCKER_HOST']}",
            f"--secret=GITHUB_TOKEN={job.token}",
            "--network=host",
            "--no-cache-server",
            "--pull=false",
            f"--rebuild={'false' if job.images else 'true'}",
            "--bind",
            "--rm",
            *actions,
            *(f"--env={name}={value}" for name, value in variables.items()),
        ]

    @contextmanager
    def _images(self, job: Job) -> Iterator[None]:
        """Bring the images that are ready; afterwards take away every container and name that act left."""
        for action, image in job.images.items():
            self._docker("tag", image, _image_name(action))
        try:
            yield
        finally:
            left = self._containers([self.image, *_image_names(job)])
            if left:
                self._docker("rm", "--force", "--volumes", *left)
            for name in _image_names(job):
                self._docker("image", "rm", "--no-prune", name, check=False)

    def _docker(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(["docker", *arguments], env=self._environment, check=check, capture_output=True)
        return done.stdout.decode()


def _image_names(job: Job) -> list[str]:
    return [_image_name(action) for action in {"./", *job.images, *job.actions}]


def _image_name(action: str) -> str:
    """The name under which act looks for the image of a docker action."""
    dashed = re.sub(r"[^a-zA-Z0-9]", "-", action).strip("-")
    return f"act-{dashed}-dockeraction:latest".replace("act--", "act-").lower()
