"""Times every row in turn, from a clean process each, and prints one table (docs/measuring.md says how to read it)."""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
import pairs

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ANCHOR = "docker save head"
DIVE = shutil.which("dive", path=f"{sys.prefix}/bin:{os.environ.get('PATH', '')}")


class Row(NamedTuple):
    """What is timed: commands that run one after another."""

    name: str
    commands: Sequence[Sequence[str]]
    before: str = ""
    """A folder that is emptied before each round."""


class Figures(NamedTuple):
    """One round of a row: seconds by the clock, of its own processors and of the engine's, and peak memory."""

    wall_seconds: float
    cpu_seconds: float
    engine_cpu_seconds: float
    rss_megabytes: float


class Bench(NamedTuple):
    """Where things are, and the environment that every row runs in."""

    state: Path
    environment: Mapping[str, str]
    engine_pids: Sequence[int]


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--size", choices=list(pairs.SIZES), action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", choices=["classic", "modern", "containerd"], default="modern")
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    parser.add_argument("rows", nargs="*")
    given = parser.parse_args()
    bench = _prepared(given.state, given.engine)
    results = {}
    for size in given.size or ["S", "M"]:
        archives = pairs.make_pair(given.state, size)
        _load(bench, given.engine, archives, size)
        rows = [row for row in _rows(bench, given.engine, size, archives) if _wanted(row, given.rows)]
        results[size] = _interleaved(bench, rows, given.rounds)
        _print(size, given.engine, results[size])
    given.output.write_text(json.dumps({"engine": given.engine, "sizes": _plain(results)}, indent=1) + "\n")


def _wanted(row: Row, words: Sequence[str]) -> bool:
    return not words or row.name == ANCHOR or any(word in row.name for word in words)


def _prepared(state: Path, engine: str) -> Bench:
    """Start the engine and find its processes."""
    kind = {"containerd": "--containerd-store"}.get(engine, f"--{engine}")
    script = str(ROOT / "script" / "engine")
    subprocess.run([script, "start", kind], check=True, stdout=sys.stderr)
    lines = subprocess.run([script, "env", kind], check=True, capture_output=True, text=True).stdout
    given = dict(re.findall(r"export (\w+)='([^']*)'", lines))
    environment = {**os.environ, **given, "PYTHONDONTWRITEBYTECODE": "", "CI": ""}
    return Bench(state, environment, list(_pids(given["DOCKER_HOST"])))


def _pids(host: str) -> Iterator[int]:
    """Find the daemon that listens on a socket."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"dockerd") and host.encode() in words:
            yield int(folder.name)


def _load(bench: Bench, engine: str, archives: Sequence[pairs.Archives], size: str) -> None:
    """Load the pair into the engine, unless it is there; a containerd store keeps layers compressed as they come."""
    for saved, which in zip(archives, ("base", "head"), strict=True):
        archive = saved.layout if engine == "containerd" else saved.saved
        name = f"deadweight-bench-{size.lower()}:{which}"
        there = subprocess.run(
            ["docker", "image", "inspect", name], env=bench.environment, capture_output=True, check=False
        )
        if there.returncode:
            subprocess.run(
                ["docker", "load", "--input", str(archive)], env=bench.environment, check=True, stdout=sys.stderr
            )


def _rows(bench: Bench, engine: str, size: str, archives: Sequence[pairs.Archives]) -> Iterator[Row]:
    names = [f"deadweight-bench-{size.lower()}:{which}" for which in ("base", "head")]
    saved = [str(one.saved) for one in archives]
    layouts = [str(one.layout) for one in archives]
    python = [sys.executable, "-I"]
    ours = [*python, str(HERE / "ours.py")]
    floor = [*python, str(HERE / "floors.py")]
    cache = str(bench.state / f"cache-{engine}-{size}")
    fresh = str(bench.state / f"cache-{engine}-{size}-fresh")
    yield Row("ours, engine", [[*ours, "", "", *(f"docker-daemon:{name}" for name in names)]])
    yield Row(
        "ours, engine, filling the cache",
        [[*ours, "", fresh, *(f"docker-daemon:{name}" for name in names)]],
        fresh,
    )
    yield Row("ours, engine, all layers known", [[*ours, "", cache, *(f"docker-daemon:{name}" for name in names)]])
    yield Row(
        "ours, engine, base known",
        [
            [*ours, "", fresh, *(f"docker-daemon:{name}" for name in (names[0], names[0]))],
            [*ours, "", fresh, *(f"docker-daemon:{name}" for name in names)],
        ],
        fresh,
    )
    yield Row("ours, save stream", [[*ours, "save", "", *(f"docker-daemon:{name}" for name in names)]])
    yield Row("ours, archives", [[*ours, "", "", *(f"docker-archive:{path}" for path in saved)]])
    yield Row("ours, OCI archives", [[*ours, "", "", *(f"oci-archive:{path}" for path in layouts)]])
    if DIVE:
        yield Row("dive, engine, both", [[DIVE, name, "--json", "/dev/null"] for name in names])
        yield Row("dive, archives, both", [[DIVE, f"docker-archive://{path}", "--json", "/dev/null"] for path in saved])
    yield Row("tarfile, archives, both", [[*floor, "tarfile", *saved]])
    yield Row(ANCHOR, [["docker", "save", names[1]]])
    yield Row("docker save, both in one", [["docker", "save", *names]])
    yield Row("docker history, both", [["docker", "history", "--quiet", name] for name in names])
    yield Row("cat, archives", [["cat", *saved]])
    if engine == "containerd":
        yield Row("floor: changed blobs, inflated", [[*floor, "blobs", *names]])
    else:
        yield Row("floor: records, inflated", [[*floor, "records", *names]])


def _interleaved(bench: Bench, rows: Sequence[Row], rounds: int) -> dict[str, list[Figures]]:
    figures: dict[str, list[Figures]] = {row.name: [] for row in rows}
    for number in range(rounds + 1):
        for row in rows:
            print(f"round {number} of {rounds}: {row.name}          ", end="\r", file=sys.stderr)
            measured = _measure(bench, row)
            if number:
                figures[row.name].append(measured)
    print(" " * 70, end="\r", file=sys.stderr)
    return figures


def _measure(bench: Bench, row: Row) -> Figures:
    """Run the commands of a row; only the last one of a row that prepares something is counted."""
    counted = row.commands
    if row.before:
        shutil.rmtree(row.before, ignore_errors=True)
        for command in row.commands[:-1]:
            _run(bench, command)
        counted = row.commands[-1:]
    engine = _engine_cpu(bench)
    start = time.perf_counter()
    used = [_run(bench, command) for command in counted]
    wall = time.perf_counter() - start
    cpu, rss = sum(one[0] for one in used), max(one[1] for one in used)
    return Figures(wall, cpu, _engine_cpu(bench) - engine, rss)


def _run(bench: Bench, command: Sequence[str]) -> tuple[float, float]:
    """Run a command to nowhere; give its CPU seconds and peak memory in MB."""
    process = subprocess.Popen(
        command, env=bench.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed: {errors.decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def _engine_cpu(bench: Bench) -> float:
    ticks = 0
    for pid in bench.engine_pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _print(size: str, engine: str, figures: Mapping[str, Sequence[Figures]]) -> None:
    anchor = statistics.median(one.wall_seconds for one in figures[ANCHOR])
    print(f"\n{size}, {engine} engine: seconds (min, median, max), CPU, engine's CPU, memory, times {ANCHOR}")
    for name, rounds in figures.items():
        wall = [one.wall_seconds for one in rounds]
        cpu, engine_cpu, rss = (statistics.median(column) for column in list(zip(*rounds, strict=True))[1:])
        middle = statistics.median(wall)
        print(
            f"  {name:34} {min(wall):8.3f} {middle:8.3f} {max(wall):8.3f}"
            f"  {cpu:7.2f} {engine_cpu:7.2f} {rss:6.0f} MB  ×{middle / anchor:.3f}"
        )


def _plain(results: Mapping[str, Mapping[str, Sequence[Figures]]]) -> dict[str, object]:
    return {
        size: {name: [one._asdict() for one in rounds] for name, rounds in rows.items()}
        for size, rows in results.items()
    }


if __name__ == "__main__":
    main()
