"""The box holds what is hostile in it, and nothing of ours is within its reach."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from bot.edges.engine import Engine
from bot.edges.engine_address import EngineAddress
from bot.edges.sandbox import EngineSandbox
from bot.edges.sandbox.attendance import BoxTimes
from bot.edges.sandbox.own_programs import HelperProgram, Programs, static_program, with_libraries
from bot.model.verify import Questions, WebPage
from tests.edges.sandbox.conftest import CONFIG, Workbench

LOOK = """
echo "environment: $(env | sort | tr '\\n' ' ')"
echo "interfaces: $(ls /sys/class/net | tr '\\n' ' ')"
echo "routes: $(tail -n +2 /proc/net/route | wc -l)"
echo "sockets: $(find / -xdev -name '*.sock' 2>/dev/null | wc -l)"
echo "mounts: $(cut -d' ' -f2 /proc/mounts | grep -vE '^/(proc|sys|dev)(/|$)' | tr '\\n' ' ')"
grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status
echo "others: $(ls / | grep -c deadweight)"
wget -T 2 -q -O - http://192.168.0.1/ || wget -T 2 -q -O - http://example.com/ || echo "no network"
mount -t tmpfs none /mnt 2>/dev/null && echo "may mount"
cat /proc/1/environ | tr '\\0' ' '
"""
OWN_MOUNTS = "/ /etc/resolv.conf /etc/hostname /etc/hosts "
DOCKERS_CAPABILITIES = "00000000a80425fb"


def test_box__reaches_nothing_of_ours(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    """A program that looks around finds no variable of the job, no network, no socket, no mount and no privilege."""
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    environment = (
        dict(os.environ) | bench.environment | {"INPUT_GITHUB-TOKEN": "ghs_secret", "ACTIONS_ID_TOKEN": "x1y2"}
    )
    sandbox = EngineSandbox(environment, times=BoxTimes(start_seconds=8))

    [_, run] = sandbox.observe(bench.image, CONFIG, Questions(commands=(("sh", "-c", LOOK),))).runs

    seen = dict(line.split(": ", 1) for line in run.output.decode().splitlines() if ": " in line)
    assert "secret" not in run.output.decode()
    assert "x1y2" not in run.output.decode()
    assert sorted(word.split("=")[0] for word in seen["environment"].split()) == [
        "HOME",
        "HOSTNAME",
        "PATH",
        "PWD",
        "SHLVL",
    ]
    assert seen["interfaces"].split() == ["lo"]
    assert (seen["routes"], seen["sockets"], seen["others"]) == ("0", "0", "0")
    assert seen["mounts"] == OWN_MOUNTS
    assert f"CapEff:\t{DOCKERS_CAPABILITIES}" in run.output.decode()
    assert "NoNewPrivs:\t1" in run.output.decode()
    assert "Seccomp:\t2" in run.output.decode()
    assert "no network" in run.output.decode()
    assert "may mount" not in run.output.decode()


def test_box__is_bounded_as_the_engine_sees_it(bench: Workbench):
    """Memory, processes, processors, log and network are bounded, and nothing is mounted, privileged or kept alive."""
    found: dict[str, dict[str, object]] = {}

    class Watching(EngineSandbox):
        def _remove(self, one: object) -> None:
            for container in bench.containers():
                inspected = bench.client.api.inspect_container(container)
                found[inspected["HostConfig"]["NetworkMode"].split(":")[0]] = inspected
            super()._remove(one)  # type: ignore[arg-type]

    Watching(bench.environment, times=BoxTimes(start_seconds=4)).observe(
        bench.image, CONFIG, Questions(environment=("MODE=web",))
    )

    assert set(found) == {"none", "container"}
    for inspected in found.values():
        host = inspected["HostConfig"]
        assert (host["Memory"], host["PidsLimit"], host["CpuQuota"]) == (1_000_000_000, 512, 200_000)
        assert host["SecurityOpt"] == ["no-new-privileges"]
        assert (host["Privileged"], host["CapAdd"], host["Binds"]) == (False, None, None)
        assert (inspected["Mounts"], host["IpcMode"], host["RestartPolicy"]["Name"]) == ([], "private", "no")
        assert host["LogConfig"]["Config"] == {"max-size": "20000000", "max-file": "2"}


def test_box__out_of_memory(bench: Workbench):
    """A program that takes all memory ends alone, and it is seen why."""
    sandbox = EngineSandbox(bench.environment, times=BoxTimes(start_seconds=30))

    [run] = sandbox.observe(bench.image, CONFIG, Questions(environment=("MODE=hungry",))).runs

    assert run.out_of_memory
    assert run.exit_code == 137


def test_box__without_end_of_processes_and_output(bench: Workbench):
    """A program that starts processes or writes without end is bounded; what is not kept is said to be cut."""
    greedy, loud = bench.observe("greedy"), bench.observe("loud")

    assert b"can't fork" in greedy.errors
    assert loud.cut
    assert len(loud.output) <= 1_000_000


def test_box__answers_without_end(bench: Workbench):
    """A page that never ends is read up to a bound."""
    run = bench.observe("endless", WebPage(8080, "/"), awaited=frozenset({8080}))

    answer = run.answers[WebPage(8080, "/")]
    assert answer.status == 200
    assert 100_000 < len(answer.body) <= 262_144


RUN = """
import signal, sys
from bot.edges.sandbox import EngineSandbox
from bot.edges.sandbox.attendance import BoxTimes
from bot.model.image import ImageConfig, ImageReference, Transport
from bot.model.verify import Questions
signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
sandbox = EngineSandbox({"DOCKER_HOST": sys.argv[1]}, times=BoxTimes(start_seconds=60, life_seconds=float(sys.argv[3])))
image = ImageReference(Transport.DOCKER_DAEMON, sys.argv[2])
try:
    sandbox.observe(image, ImageConfig(), Questions(environment=("MODE=nothing",)))
finally:
    sandbox.discard()
"""


def started(bench: Workbench, life_seconds: float) -> subprocess.Popen[bytes]:
    """Start a run of ours whose box never ends, and wait until it and its helper are there."""
    arguments = (sys.executable, "-c", RUN, bench.environment["DOCKER_HOST"], bench.image.name, str(life_seconds))
    process = subprocess.Popen(arguments)
    end = time.monotonic() + 30
    while len(bench.containers()) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(bench.containers()) >= 2
    return process


def test_box__is_removed_when_we_are_told_to_stop(bench: Workbench):
    """SIGTERM in the middle of a run leaves no container."""
    process = started(bench, 60)

    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 130
    assert bench.containers() == []


def test_box__that_a_killed_run_left_is_removed_by_the_next_one(bench: Workbench):
    """After SIGKILL the next run removes what is past its time, and leaves what another run may still need."""
    process = started(bench, 1)
    process.kill()
    process.wait()
    bystander = bench.client.containers.create(
        "busybox", labels={"dev.deadweight.box": "other", "dev.deadweight.box.until": str(int(time.time()) + 100)}
    )
    time.sleep(2)

    sandbox = EngineSandbox(bench.environment, times=BoxTimes(start_seconds=4))
    sandbox.observe(bench.image, CONFIG, Questions())
    left = bench.containers()
    sandbox.discard()
    bystander.remove()

    assert left == [bystander.id]


def test_programs__that_are_not_there_are_said_to_be_missing(bench: Workbench):
    """Without busybox and strace a job is still run, and what could not be seen is said."""
    sandbox = EngineSandbox(bench.environment, times=BoxTimes(4, blind_seconds=1), programs=Programs(None, None))

    [run] = sandbox.observe(bench.image, CONFIG, Questions(environment=("MODE=web",)), traced=True).runs

    assert (run.exit_code, run.output, run.trace) == (None, b"listening\n", None)
    assert [what.split(",")[0] for what in run.not_made] == ["ports and pages", "opened files"]


def test_helper__of_an_image(bench: Workbench):
    """Where this machine has no busybox for the engine's, an image's is taken."""
    programs = Programs(HelperProgram(image="busybox:latest"), None)
    sandbox = EngineSandbox(bench.environment, times=BoxTimes(4), programs=programs)

    [run] = sandbox.observe(bench.image, CONFIG, Questions(environment=("MODE=web",))).runs

    assert run.listening == {8080}
    assert run.answers[WebPage(8080, "/")].status == 200


def test_own_programs__are_for_the_engines_architecture(bench: Workbench):
    """A program of this machine is not taken for an engine on another kind of machine."""
    architecture = Engine(EngineAddress(bench.environment["DOCKER_HOST"])).get("/version")["Arch"]
    other = "arm64" if architecture == "amd64" else "amd64"

    assert static_program("busybox", "", str(architecture)) is not None
    assert static_program("busybox", "", other) is None
    assert with_libraries("strace", "", other) is None
    assert static_program("strace", "", str(architecture)) is None
