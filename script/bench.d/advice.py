"""Verified advice over suites of small programs: what is claimed, and what a check by hand finds of it."""

import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from independent import Asked, differences, docker, history_bytes, saved_bytes, show, unsound  # noqa: E402

OWN_SUITE = ROOT / "tests/suite"
GOALS = {"verified": 95, "mean reduction": 82, "median seconds": 60}
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE)


@dataclass
class Row:
    """What became of one project; bytes are those of files in layers."""

    project: str
    suite: str
    original: int = 0
    best: int = 0
    rung: str = ""
    verified: bool = False
    why: str = ""
    passed: int = 0
    failed: int = 0
    not_made: int = 0
    seconds: float = 0.0
    off_by: int | None = None
    """Claimed minus measured, of the original and of the candidate together."""
    verdict: str = ""
    """What the check by hand says: ``alike``, or the first thing that differs."""
    attempts: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def reduction(self) -> float:
        """The share that is gone, 0 where nothing was verified."""
        return 100 * (1 - self.best / self.original) if self.verified and self.original else 0.0

    @property
    def false_claim(self) -> bool:
        """It was said to behave alike, and does not."""
        return self.verified and self.verdict not in {"", "alike"} and not self.verdict.startswith("cannot tell")


class Workplace:
    """A repository of one project; what is asked of it lies outside, so that no context holds it."""

    def __init__(self, project: pathlib.Path, folder: pathlib.Path) -> None:
        self.root, self.name = folder, project.name
        shutil.copytree(project, folder / self.name, symlinks=True, ignore=shutil.ignore_patterns("verify.json"))
        for path in folder.rglob("*"):  # as a checkout has them: a builder's cache tells modes apart
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        self.asked = (
            Asked.read((project / "verify.json").read_text()) if (project / "verify.json").exists() else Asked()
        )
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "as written"]):
            self._git(*words)

    @property
    def context(self) -> pathlib.Path:
        """The folder of the Dockerfile, which is the context too."""
        return self.root / self.name

    def report(self) -> dict[str, object]:
        """Ask the product."""
        output = self.root.parent / "report.json"
        command = [ROOT / ".venv/bin/deadweight", "advise", f"{self.name}/Dockerfile", "--verify", "--quiet"]
        done = subprocess.run(  # noqa: PLW1510
            [*command, *asking(self.asked), "--format", "json", "--output", output],
            cwd=self.root,
            capture_output=True,
            text=True,
        )
        if not output.exists():
            message = f"deadweight ended with {done.returncode}: {done.stderr.strip()[-500:]}"
            raise RuntimeError(message)
        return json.loads(output.read_text())

    def apply(self, patch: str) -> None:
        """Apply a patch to a tree that is as it was written."""
        self._git("checkout", "-q", ".")
        (self.root.parent / "best.patch").write_text(patch)
        self._git("apply", str(self.root.parent / "best.patch"))

    def _git(self, *words: str) -> None:
        who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        done = subprocess.run(["git", *who, *words], cwd=self.root, capture_output=True, text=True)  # noqa: PLW1510
        if done.returncode:
            message = f"git {words[0]}: {done.stderr.strip()[-300:]}"
            raise RuntimeError(message)


def asking(asked: Asked) -> list[str]:
    """The options by which the product asks the same."""
    commands = [word for words in asked.commands for word in ("--smoke", shlex.join(words))]
    pages = dict.fromkeys(f"{port}{path}" for port, path in asked.pages)
    return [*commands, *(word for page in pages for word in ("--page", page))]


def missing_base(project: pathlib.Path) -> str:
    """The first base image of a Dockerfile that the engine has not got; empty if there is none."""
    stages: set[str] = set()
    for base, name in _FROM.findall((project / "Dockerfile").read_text()):
        there = base in stages or base == "scratch" or docker("images", "--quiet", base, check=False).strip()
        if not there:
            return base
        stages.add(name)
    return ""


def measure(project: pathlib.Path, *, suite: str) -> Row:
    """One row of the table."""
    row = Row(project.name, suite)
    base = missing_base(project)
    if base:
        row.skipped = f"no {base}: script/base-images {base}"
        return row
    with tempfile.TemporaryDirectory(prefix="deadweight-advice-") as folder:
        try:
            _fill(row, Workplace(project, pathlib.Path(folder) / "repository"))
        except (RuntimeError, subprocess.TimeoutExpired, OSError, KeyError, IndexError) as error:
            row.why = row.why or f"{type(error).__name__}: {error}"
    return row


def _fill(row: Row, place: Workplace) -> None:
    report = place.report()
    image = report["images"][0]  # type: ignore[index]
    found = image.get("verification")
    if not found:
        row.why = "no search was made"
        return
    _read(row, found)
    if found["best"] is not None and found["patch"]:
        _check_by_hand(row, place, found)


def _read(row: Row, found: dict) -> None:
    row.original, row.seconds, row.why = found["original_bytes"], found["seconds"], found["why"]
    row.verified = found["verified"]
    for attempt in found["attempts"]:
        size = "not built" if attempt["unpacked_bytes"] is None else f"{attempt['unpacked_bytes'] / 1e6:.1f} MB"
        row.attempts.append(f"{attempt['rung']} on {attempt['base']}, {size}: {attempt['problem'] or 'passed'}")
    if found["best"] is None:
        return
    best = found["attempts"][found["best"]]
    row.best, row.rung = best["unpacked_bytes"], best["rung"]
    states = [check["state"] for check in best["checks"]]
    row.passed, row.failed, row.not_made = (states.count(state) for state in ("passed", "failed", "not made"))


def _check_by_hand(row: Row, place: Workplace, found: dict) -> None:
    names = [f"bench-advice-{row.project}-{which}" for which in ("original", "best")]
    try:
        docker("build", "--quiet", "--tag", names[0], str(place.context))
        place.apply(found["patch"])
        docker("build", "--quiet", "--tag", names[1], str(place.context))
        sizes = [history_bytes(names[0]), saved_bytes(names[1])]
        row.off_by = (found["original_bytes"] - sizes[0]) - (row.best - sizes[1])
        row.verdict = _verdict(*names, place.asked)
    finally:
        docker("image", "rm", "--force", *names, check=False)


def _verdict(original: str, candidate: str, asked: Asked) -> str:
    one, other, mine = show(original, asked), show(original, asked), show(candidate, asked)
    reason = unsound(one)
    found = differences(one, other, mine)
    if found:  # a server under load may say a line late: once more
        found = differences(one, other, show(candidate, asked))
    if reason:
        return f"cannot tell: {reason}"
    return found[0] if found else "alike"


# --- the table ----------------------------------------------------------------------------------------------------


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The rows as Markdown."""
    checks = "checks passed, failed, not made"
    yield f"| project | original | best | less | rung | verified | {checks} | seconds | claimed − measured | by hand |"
    yield "|:--|--:|--:|--:|:--|:--|:--|--:|--:|:--|"
    for row in rows:
        if row.skipped:
            yield f"| {row.project} | – | – | – | – | skipped: {_cell(row.skipped)} | – | – | – | – |"
            continue
        checks = f"{row.passed}, {row.failed}, {row.not_made}" if row.rung else "–"
        off = "–" if row.off_by is None else f"{row.off_by} B"
        best = f"{row.best / 1e6:.1f} MB" if row.best else "–"
        verified = "yes" if row.verified else f"no: {_cell(row.why) or 'nothing smaller passed'}"
        yield (
            f"| {row.project} | {row.original / 1e6:.0f} MB | {best} | {row.reduction:.0f} % | {row.rung or '–'} |"
            f" {verified} | {checks} | {row.seconds:.0f} | {off} | {_cell(row.verdict) or '–'} |"
        )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("`", "'").replace("<", "&lt;")[:160]


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """What the rows come to."""
    made = [row for row in rows if not row.skipped]
    if not made:
        yield "Nothing could be measured."
        return
    verified = [row for row in made if row.verified]
    off = [row for row in made if row.off_by]
    false = [row.project for row in made if row.false_claim]
    share, mean = 100 * len(verified) / len(made), statistics.mean(row.reduction for row in made)
    seconds = [row.seconds for row in made]
    yield f"- verified: {len(verified)} of {len(made)} ({share:.0f} %; goal {GOALS['verified']} %)"
    yield f"- mean reduction over all: {mean:.1f} % (goal {GOALS['mean reduction']} %)"
    median = statistics.median(seconds)
    yield f"- seconds of a search: median {median:.0f} (goal {GOALS['median seconds']}), longest {max(seconds):.0f}"
    yield f"- claimed minus measured other than 0 B: {len(off)}"
    yield f"- said to behave alike, and found not to by hand: {len(false)}{': ' + ', '.join(false) if false else ''}"


PAGE = """\
# Verified advice, measured

`deadweight advise --verify` over {count} small programs with the Dockerfiles that people write for them: {own} of ours
in `tests/suite`{others}. Made by `script/bench advice`, on {cores} cores, which other work shared; {when}.

For each project the image is built as written, the product searches a smaller one, and what it proposes is then checked
by hand: the patch is applied with `git apply` to a clean tree, both are built with plain `docker build`, run with plain
`docker run`, asked what `verify.json` says over the host's own HTTP client, and weighed, the candidate by the layers
that `docker save` writes, the original by `docker history`. None of the product's own checks takes part in that. The
original runs twice; what differs between its runs is not compared.

{summary}

{table}

*less* counts 0 where nothing was verified. *seconds* is what the search adds to a run: the original's runs, the builds
of candidates with the engine's cache, and their checks. *not made* counts checks that could not be made; the report
says which. Bases are stand-ins where no registry answers (`tests/images/README.md`); sizes with the originals differ a
little.

## To reproduce

```sh
script/engine start --modern
eval "$(script/engine env --modern)"
script/base-images {bases}
script/bench advice --write            # ours
script/bench advice --suite DIRECTORY  # folders with a Dockerfile and a verify.json each, as those in tests/suite
```

`verify.json` says what is asked of a project: `http` (port and path, in order), `smoke` (commands in the place of the
image's own), `env`.
"""


def page(rows: Sequence[Row], unmeasured: Sequence[str] = ()) -> str:
    """The page of the documentation."""
    mine = [row for row in rows if row.suite == "suite"]
    others = len(rows) - len(mine)
    return PAGE.format(
        count=len(rows),
        own=len(mine),
        others=f" and {others} that were written by others" if others else "",
        cores=len(os.sched_getaffinity(0)),
        when=time.strftime("%d %B %Y").lstrip("0"),
        summary="\n".join([*summary(rows), *_not_yet(unmeasured)]),
        table="\n".join(table(rows)),
        bases=" ".join(sorted(_bases())),
    )


def _not_yet(unmeasured: Sequence[str]) -> list[str]:
    return [f"- not measured yet, and in none of these figures: {', '.join(unmeasured)}"] if unmeasured else []


def _bases() -> set[str]:
    found = {base for file in OWN_SUITE.glob("*/Dockerfile") for base, _ in _FROM.findall(file.read_text())}
    slim = {"python:3.12-slim", "node:20-slim", "ruby:3.1-slim", "eclipse-temurin:25-jre", "debian:bookworm-slim"}
    family = {
        f"gcr.io/distroless/{kind}" for kind in ("static-debian12", "base-debian12", "cc-debian12", "cc-debian13")
    }
    return {base for base in found if ":" in base} | slim | family


def projects(suites: Sequence[pathlib.Path], only: Sequence[str]) -> Iterator[tuple[pathlib.Path, str]]:
    """Folders with a Dockerfile and the name of their suite."""
    for suite in suites:
        if not suite.is_dir():
            print(f"{suite}: skipped, no such folder", file=sys.stderr)
        for file in sorted(suite.glob("*/Dockerfile")):
            if not only or file.parent.name in only:
                yield file.parent, suite.name


def main() -> int:
    """Print the table; with ``--write`` make the page."""
    parser = argparse.ArgumentParser(prog="script/bench advice", description=main.__doc__)
    parser.add_argument(
        "--suite", action="append", type=pathlib.Path, default=[], metavar="DIR", help="a suite besides ours"
    )
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="these projects alone; others keep their rows"
    )
    parser.add_argument("--state", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--stored", action="store_true", help="measure nothing: the rows of earlier runs")
    parser.add_argument("--write", action="store_true", help="write docs/verified.md")
    options = parser.parse_args()
    engine = shutil.which("docker") and docker("version", "--format", "{{.Server.Version}}", check=False).strip()
    if not options.stored and not engine:
        print("skipped: no engine answers; script/engine start starts one")
        return 0
    options.state.mkdir(parents=True, exist_ok=True)
    chosen = list(projects([OWN_SUITE, *options.suite], options.only))
    for project, suite in () if options.stored else chosen:
        row = measure(project, suite=suite)
        (options.state / f"{suite}-{row.project}.json").write_text(json.dumps(asdict(row), indent=1))
        print("\n".join([*list(table([row]))[2:], *(f"    {attempt}" for attempt in row.attempts)]), flush=True)
    files = {
        project.name: options.state / f"{suite}-{project.name}.json"
        for project, suite in projects([OWN_SUITE, *options.suite], [])
    }
    rows = [Row(**json.loads(file.read_text())) for file in files.values() if file.exists()]
    unmeasured = [name for name, file in files.items() if not file.exists()]
    print("\n".join(["", *table(rows), "", *summary(rows), *_not_yet(unmeasured)]))
    if options.write:
        (ROOT / "docs/verified.md").write_text(page(rows, unmeasured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
