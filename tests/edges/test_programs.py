"""The one way in which programs are run: bounded, alone, and never left behind."""

import os
import pathlib
import signal
import time

import pytest

from bot.edges.programs import Program, find_program, run
from bot.errors import CancelledError


def shell(script: str, **options: object) -> Program:
    """Return a command that runs a script."""
    return Program(("/bin/sh", "-c", script), {"PATH": "/usr/bin:/bin"}, **({"deadline_seconds": 30.0} | options))


def ends(pid: int) -> bool:
    """Tell whether a process ends; one that is killed takes a moment, one that nobody has reaped yet has ended."""
    for _ in range(100):
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_run__gives_both_streams_and_the_exit_code():
    """What a program writes comes back apart, with its exit code."""
    output = run(shell("echo out; echo err >&2; exit 3"))

    assert output == (3, b"out\n", b"err\n", False, False)


def test_run__gives_only_the_environment_and_input_it_was_told():
    """Nothing of our own environment or terminal reaches the program; the working directory is the root."""
    output = run(shell("env | cut -d= -f1 | grep -v ^_$ | sort; cat; pwd", stdin=b"input\n"))

    assert output.stdout == b"PATH\nPWD\ninput\n/\n"


def test_run__lets_somebody_listen_to_standard_error():
    """The listener hears everything; nothing of it is kept."""
    heard: list[bytes] = []

    output = run(shell("for i in $(seq 50000); do echo line $i; done >&2"), heard.append)

    assert b"".join(heard).splitlines()[-1] == b"line 50000"
    assert output.stderr == b""


def test_run__keeps_the_end_of_standard_error():
    """Of a long complaint the end is kept, where the reason is."""
    output = run(shell("for i in $(seq 50000); do echo line $i; done >&2"))

    assert output.stderr.endswith(b"line 50000\n")
    assert len(output.stderr) == 1 << 16


def test_run__cuts_standard_output_at_its_limit():
    """A program that never stops writing is ended at the limit, and that is told."""
    output = run(shell("yes", limit_bytes=1000))

    assert (len(output.stdout), output.cut, output.expired) == (1000, True, False)


@pytest.mark.parametrize(
    "script", ["sleep 600", "exec >&- 2>&-; sleep 600", "trap '' TERM; sleep 600 & wait; sleep 600"]
)
def test_run__ends_at_its_deadline(script: str):
    """A program that hangs is ended, also one that has closed its streams or ignores the polite signal."""
    output = run(shell(script, deadline_seconds=0.3))

    assert output.expired


def test_run__ends_what_the_program_started(tmp_path: pathlib.Path):
    """A background process of the program does not outlive it, and does not keep us waiting."""
    output = run(shell(f"sleep 600 & echo $! >{tmp_path}/pid"))

    assert output.exit_code == 0
    assert ends(int((tmp_path / "pid").read_text()))


def test_run__ends_everything_when_a_signal_interrupts(tmp_path: pathlib.Path):
    """An exception raised by a signal handler passes through, and no process is left."""

    def cancel(*_: object) -> None:
        raise CancelledError("enough")

    before = signal.signal(signal.SIGALRM, cancel)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(CancelledError):
            run(shell(f"echo $$ >{tmp_path}/pid; sleep 600; sleep 600"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert ends(int((tmp_path / "pid").read_text()))


def test_run__gives_files_fixed_modes(tmp_path: pathlib.Path):
    """What a program creates does not depend on the caller's umask."""
    umask = os.umask(0o077)
    try:
        run(shell(f"echo x >{tmp_path}/file"))
    finally:
        os.umask(umask)

    assert oct((tmp_path / "file").stat().st_mode & 0o777) == "0o644"


def test_find_program__passes_over_relative_folders(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch):
    """A program that a pull request puts into the working directory is not found by an entry such as ``.``."""
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "sh").write_text("#!/bin/false\n")
        (folder / "sh").chmod(0o755)

    assert find_program("sh", ".::bin:utter-nonsense") in {"/usr/bin/sh", "/bin/sh"}
    assert find_program("sh", f"{tmp_path}/bin") == f"{tmp_path}/bin/sh"
    assert find_program("no-such-program", "/usr/bin") is None
