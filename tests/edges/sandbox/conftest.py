"""A box on a real engine, and an image to put into it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

import docker
import pytest

from bot.edges.engine import Engine
from bot.edges.engine_address import EngineAddress
from bot.edges.sandbox import EngineSandbox
from bot.edges.sandbox.attendance import BoxTimes
from bot.edges.sandbox.own_programs import find_programs
from bot.model.image import HealthCheck, ImageConfig, ImageReference, Transport
from bot.model.verify import Behaviour, Questions, Run, WebPage
from tests.edges.sandbox.images import build_image

CONFIG = ImageConfig(cmd=("/main",))


@dataclass
class Workbench:
    """A box, an image for it, and a client to look at the engine with."""

    environment: dict[str, str]
    sandbox: EngineSandbox
    client: docker.DockerClient
    image: ImageReference
    tags: list[str]

    def observe(self, mode: str, *pages: WebPage, traced: bool = False, **facts: object) -> Run:
        """Run the image in a mode; ``variables`` are more of its environment, the other facts its configuration's."""
        variables = facts.pop("variables", ())
        questions = Questions(
            pages=pages, environment=(f"MODE={mode}", *variables), awaited=facts.pop("awaited", frozenset())
        )
        [run] = self.sandbox.observe(self.image, replace(CONFIG, **facts), questions, traced=traced).runs
        return run

    def ask(self, *commands: tuple[str, ...], traced: bool = False, config: ImageConfig = CONFIG) -> Behaviour:
        """Run the image's own command and others."""
        return self.sandbox.observe(self.image, config, Questions(commands=commands), traced=traced)

    def build(self, more: str) -> ImageReference:
        """Build another image, with more lines at the end of its Dockerfile."""
        tag = f"deadweight-test-box:{secrets.token_hex(6)}"
        build_image(self.client, tag, more)
        self.tags.append(tag)
        return ImageReference(Transport.DOCKER_DAEMON, tag)

    def containers(self) -> list[str]:
        """List what the box has left in the engine."""
        return [one.id for one in self.client.containers.list(all=True, filters={"label": "dev.deadweight.box"})]


def workbench_of(kind: str) -> Iterator[Workbench]:
    """Yield a workbench on one kind of engine."""
    if f"DEADWEIGHT_TEST_ENGINE_{kind}" not in os.environ:
        pytest.skip(f"DEADWEIGHT_TEST_ENGINE_{kind} is not set; script/test sets it")
    environment = {"DOCKER_HOST": os.environ[f"DEADWEIGHT_TEST_ENGINE_{kind}"], "PATH": os.environ["PATH"]}
    client = docker.DockerClient(base_url=environment["DOCKER_HOST"], version="auto")
    programs = find_programs(Engine(EngineAddress(environment["DOCKER_HOST"])), environment["PATH"])
    if programs.helper is None or programs.strace is None:
        pytest.skip("there is no busybox-static or strace; script/test-tools debian installs them")
    sandbox = EngineSandbox(environment, times=BoxTimes(start_seconds=3, blind_seconds=1))
    bench = Workbench(environment, sandbox, client, ImageReference(Transport.DOCKER_DAEMON, ""), [])
    bench.image = bench.build("")
    yield bench
    sandbox.discard()
    for tag in bench.tags:
        client.images.remove(tag, force=True)
    client.close()


@pytest.fixture(scope="package")
def bench() -> Iterator[Workbench]:
    """Yield a workbench on the engine with BuildKit."""
    yield from workbench_of("MODERN")


@pytest.fixture(scope="package", params=["CLASSIC", "CONTAINERD"])
def other_bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """Yield a workbench on the other kinds of engine."""
    yield from workbench_of(request.param)


def probe(command: str) -> HealthCheck:
    """Return a health check by a shell line."""
    return HealthCheck(("CMD-SHELL", command))
