"""What can be said of a candidate before it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.explain import Measurement
from bot.model.facts import ProgramKind
from bot.model.image import ImageConfig
from bot.model.verify import Check, CheckState, Trace
from bot.verify import preflight
from tests.rules.world import config, health, package, packed, picture, started

DOCKERFILE = """\
FROM golang:1.22
ENV MODE=fast
LABEL owner=us
COPY . .
RUN go build -o /app/main .
"""
ORIGINAL = """
FROM golang:1.22
  usr/local/go/bin/go 15000000 mode=0755
  usr/bin/curl 300000 mode=0755
  bin/sh 100000 mode=0755
  etc/passwd 100 =passwd
  etc/ssl/certs/ca-certificates.crt 200000 =certificates
  usr/share/zoneinfo/UTC 114 =utc
  usr/lib/x86_64-linux-gnu/libpq.so.5 300000
  usr/lib/locale/de_DE.utf8/LC_TIME 3000
  tmp/ mode=1777
  app/ mode=0755
COPY . .
  app/config/words.json 120 =words
  app/main.go 800
  app/run.sh 90 =run mode=0755
RUN go build -o /app/main .
  app/main 8000000 =main mode=0755
  app/version 10 =version
"""
CANDIDATE = """
FROM debian:bookworm-slim
  bin/sh 90000 mode=0755
  usr/bin/curl 300000 mode=0755
  etc/passwd 100 =passwd
  etc/ssl/certs/ca-certificates.crt 200000 =certificates
  usr/share/zoneinfo/UTC 114 =utc
  usr/lib/locale/de_DE.utf8/LC_TIME 3000
  tmp/ mode=1777
COPY --from=build /app /app
  app/ mode=0755
  app/config/words.json 120 =words
  app/run.sh 90 =run mode=0755
  app/main 8000000 =main mode=0755
  app/version 10 =version
"""
OWN = ImageConfig(
    cmd=("/app/main",),
    env=("PATH=/usr/local/go/bin:/usr/bin:/bin", "MODE=fast", "GOLANG_VERSION=1.22"),
    labels={"owner": "us"},
    working_dir="/app",
    exposed_ports=("8080/tcp",),
    volumes=("/data",),
    stop_signal="SIGTERM",
    health_check=health("CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"),
)
TRACE = Trace(opened=frozenset({b"app/config/words.json", b"app/version"}), executed=frozenset({b"app/main"}))


def original(own: ImageConfig = OWN) -> Measurement:
    return with_closure(picture(ORIGINAL, config=own, dockerfile=DOCKERFILE))


def with_closure(side: Measurement, *missing: str) -> Measurement:
    kind = ProgramKind.DYNAMIC
    return started(side, kind=kind, program=b"app/main", files=frozenset({b"app/main"}), missing=missing)


def candidate(text: str = CANDIDATE, *missing: str, **changes: object) -> Measurement:
    own = replace(OWN, env=OWN.env[:2], **changes)  # type: ignore[arg-type]
    return with_closure(picture(text, config=own), *missing)


def without(*lines: str) -> str:
    kept = [line for line in CANDIDATE.splitlines() if not any(word in line for word in lines)]
    assert len(kept) < len(CANDIDATE.splitlines())
    return "\n".join(kept)


def states(checks: tuple[Check, ...], state: CheckState) -> set[str]:
    return {check.name for check in checks if check.state is state}


def failed(side: Measurement, trace: Trace | None = TRACE, own: ImageConfig = OWN) -> set[str]:
    return states(preflight(original(own), side, trace), CheckState.FAILED)


def test_preflight__of_a_good_candidate():
    """A candidate that has all that the original needs passes; what it leaves out that nobody opened is told."""
    checks = preflight(original(), candidate(), TRACE)

    assert states(checks, CheckState.FAILED) == set()
    assert states(checks, CheckState.NOT_MADE) == {"own files", "environment"}
    assert states(checks, CheckState.PASSED) == {
        *("program", "libraries", "health check", "working directory", "temporary directory", "CA certificates"),
        *("time zones", "configuration", "opened files"),
    }
    assert [check.detail for check in checks if check.name == "own files"] == ["app/main.go"]


LACKING = {
    "program": (without("app/main 8"), "program"),
    "health check's tool": (without("curl"), "health check"),
    "health check's shell": (without("bin/sh"), "health check"),
    "configuration file": (without("words.json"), "opened files"),
    "generated file": (without("app/version"), "opened files"),
    "other configuration": (CANDIDATE.replace("=words", "=other"), "opened files"),
    "other size": (CANDIDATE.replace("words.json 120", "words.json 121"), "opened files"),
    "not executable": (
        CANDIDATE.replace("app/main 8000000 =main mode=0755", "app/main 8000000 =main mode=0644"),
        "program",
    ),
    "temporary directory": (without("tmp/"), "temporary directory"),
    "temporary directory of root": (CANDIDATE.replace("mode=1777", "mode=0755"), "temporary directory"),
}


@pytest.mark.parametrize("lack", LACKING)
def test_preflight__of_a_candidate_that_lacks_something(lack: str):
    """Each thing that breaks a program and can be seen in the files fails the check that is about it."""
    text, name = LACKING[lack]

    assert name in failed(candidate(text))


CHANGED = {
    "lost variable": ({"env": ()}, "environment"),
    "changed variable": ({"env": ("MODE=slow",)}, "environment"),
    "lost port": ({"exposed_ports": ()}, "configuration"),
    "lost volume": ({"volumes": ()}, "configuration"),
    "other stop signal": ({"stop_signal": "SIGQUIT"}, "configuration"),
    "lost health check": ({"health_check": None}, "configuration"),
    "lost label": ({"labels": {}}, "configuration"),
    "other working directory": ({"working_dir": "/"}, "configuration"),
    "lost command": ({"cmd": None}, "program"),
}


@pytest.mark.parametrize("change", CHANGED)
def test_preflight__of_a_candidate_that_is_configured_otherwise(change: str):
    """What the Dockerfile promises and the candidate does not fails."""
    changes, name = CHANGED[change]

    assert name in failed(with_closure(picture(CANDIDATE, config=replace(OWN, **changes))))  # type: ignore[arg-type]


def test_preflight__of_the_same_program_in_other_words():
    """A program found through PATH may be started by its whole path instead."""
    before = original(replace(OWN, env=("PATH=/app", *OWN.env[1:]), cmd=("main", "-v")))
    after = candidate(cmd=("/app/main", "-v"))

    checks = preflight(before, after, TRACE)

    assert "command" in states(checks, CheckState.PASSED)
    assert states(checks, CheckState.FAILED) == set()


def test_preflight__of_other_arguments():
    """Another argument is told, and left to the run to judge."""
    checks = preflight(original(), candidate(cmd=("/app/main", "-v")), TRACE)

    assert "command" in states(checks, CheckState.NOT_MADE)


def test_preflight__of_a_missing_library_or_interpreter():
    """What the candidate's program is linked to and has not fails; what the original lacked as well does not."""
    assert failed(candidate(CANDIDATE, "libpq.so.5")) == {"libraries"}
    assert failed(candidate(CANDIDATE, "/bin/bash")) == {"libraries"}
    both = with_closure(picture(ORIGINAL, config=OWN, dockerfile=DOCKERFILE), "libodd.so")
    assert states(preflight(both, candidate(CANDIDATE, "libodd.so"), TRACE), CheckState.FAILED) == set()


def test_preflight__without_certificates_or_time_zones():
    """Data that no run opened is not failed but told; once opened it must be there."""
    text = without("ca-certificates", "zoneinfo")
    opened = replace(TRACE, opened=TRACE.opened | {b"etc/ssl/certs/ca-certificates.crt", b"usr/share/zoneinfo/UTC"})

    assert failed(candidate(text)) == set()
    assert {"CA certificates", "time zones"} <= states(
        preflight(original(), candidate(text), TRACE), CheckState.NOT_MADE
    )
    assert failed(candidate(text), opened) == {"CA certificates", "time zones"}


def test_preflight__without_the_locale_that_is_asked_for():
    """A locale that a variable asks for and the original opened must be there."""
    own = replace(OWN, env=(*OWN.env, "LANG=de_DE.UTF-8"))
    opened = replace(TRACE, opened=TRACE.opened | {b"usr/lib/locale/de_DE.utf8/LC_TIME"})
    after = candidate(without("locale"))

    assert "locale" in states(preflight(original(own), after, opened), CheckState.FAILED)
    assert "locale" not in states(preflight(original(), after, opened), CheckState.FAILED)


def test_preflight__of_a_user():
    """A user by name needs an entry; one by number needs none."""
    assert failed(candidate(without("passwd"), user="app")) == {"user"}
    assert failed(candidate(without("passwd"), user="1000")) == set()
    other = preflight(original(), candidate(CANDIDATE.replace("=passwd", "=else"), user="app"), TRACE)
    assert "user" in states(other, CheckState.NOT_MADE)


def test_preflight__of_a_working_directory_that_may_not_be_written():
    """That the user may not write any more where the program works is told before a run shows it."""
    checks = preflight(original(), candidate(user="65532"), TRACE, ("runs as nonroot (65532)",))

    assert "working directory" in states(checks, CheckState.NOT_MADE)
    assert "user" in states(checks, CheckState.PASSED)


def test_preflight__without_a_trace():
    """Where it is not known what the original opens, that is said, and every file of ours that is gone is told."""
    checks = preflight(original(), candidate(without("words.json")), None)

    assert "opened files" in states(checks, CheckState.NOT_MADE)
    [own] = [check for check in checks if check.name == "own files"]
    assert own.detail == "app/config/words.json app/main.go"


def test_preflight__of_files_of_packages_and_of_the_base():
    """A library of the distribution that is gone is told; it may lie elsewhere or not be needed."""
    opened = replace(TRACE, opened=TRACE.opened | {b"usr/lib/x86_64-linux-gnu/libpq.so.5", b"usr/bin/curl"})

    checks = preflight(original(), candidate(), opened)

    assert states(checks, CheckState.FAILED) == set()
    assert any("libpq.so.5" in check.detail for check in checks if check.state is CheckState.NOT_MADE)
    newer = CANDIDATE.replace("  tmp/", "  usr/lib/libpq.so.6 300000\n  tmp/")
    assert not any("libpq" in check.detail for check in preflight(original(), candidate(newer), opened))


def test_preflight__of_packages_above_the_base():
    """What a package of the distribution owns is not ours, wherever its layer lies."""
    before = packed(original(), package("deb", "words", "app/config/words.json"))

    assert states(preflight(before, candidate(without("words.json")), TRACE), CheckState.FAILED) == set()


def test_preflight__of_a_built_program_that_is_another_one():
    """A program that was built again may differ: that is told, and left to the run to judge."""
    checks = preflight(original(), candidate(CANDIDATE.replace("=main", "=again")), TRACE)

    assert states(checks, CheckState.FAILED) == set()
    assert any("app/main" in check.detail for check in checks if check.state is CheckState.NOT_MADE)


def test_preflight__of_python_that_was_compiled_again():
    """A compiled module holds the time of its source, and is not told to have another content."""
    line = "  app/__pycache__/main.cpython-313.pyc 900 ={}\n"
    before = with_closure(picture(ORIGINAL + line.format("one"), config=OWN, dockerfile=DOCKERFILE))
    opened = replace(TRACE, opened=TRACE.opened | {b"app/__pycache__/main.cpython-313.pyc"})

    checks = preflight(before, candidate(CANDIDATE + line.format("other")), opened)

    assert "opened files" not in states(checks, CheckState.NOT_MADE)


def test_preflight__of_a_health_check_by_a_program():
    """A health check in exec form needs its program and no shell."""
    own = config("/app/main", health_check=health("CMD", "/app/run.sh"))

    after = with_closure(picture(without("bin/sh"), config=own))

    assert "health check" in states(preflight(original(own), after, TRACE), CheckState.PASSED)
