"""How well the images that CI ships are found: one table over a suite of repositories whose truth is known."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.config import read_config  # noqa: E402
from bot.config.starter import starter_config  # noqa: E402
from bot.discovery import DiscoveredImage, Discovery, DiscoveryOptions, RepositoryTree, discover  # noqa: E402
from bot.discovery.side import found_for_starter  # noqa: E402
from bot.edges.builders import BakePrinter  # noqa: E402
from bot.edges.git import GitRepository  # noqa: E402
from bot.errors import ConfigError  # noqa: E402
from bot.model.config import ConfigFile, Settings  # noqa: E402
from bot.model.plan import Comparison  # noqa: E402
from bot.stages.plan import plan_images, shipped_images  # noqa: E402

Truth = Mapping[str, object]
GOALS = {
    "identified": 93,
    "buildable or said why not": 90,
    "spurious": 5,
    "exactly right repositories": 70,
    "silently wrong context": 0,
}


@dataclass
class Score:
    """What came of one repository."""

    name: str
    images: int = 0
    dockerfile: int = 0
    context: int = 0
    target: int = 0
    arguments: int = 0
    buildable: int = 0
    found: int = 0
    spurious: int = 0
    silent: int = 0
    seconds: float = 0.0
    misses: list[str] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Every image with everything, and nothing else."""
        return self.images == self.dockerfile == self.context == self.target == self.arguments and not self.spurious


class Repository:
    """One repository on disk, bare or checked out; HEAD is what is read."""

    def __init__(self, path: pathlib.Path) -> None:
        self._git = ["git", "-C", str(path)]
        listing = self._run("ls-tree", "-r", "-z", "--full-tree", "HEAD")
        self._reader = subprocess.Popen(
            [*self._git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        entries = (entry.split(b"\t", 1) for entry in listing.split(b"\0") if entry)
        self.modes = {name.decode("utf-8", "surrogateescape"): meta.split(b" ")[0].decode() for meta, name in entries}

    def read(self, path: str) -> str | None:
        """The text of a file, from one process for all of them."""
        if path not in self.modes or "\n" in path or self._reader.stdin is None or self._reader.stdout is None:
            return None
        self._reader.stdin.write(f"HEAD:{path}\n".encode("utf-8", "surrogateescape"))
        self._reader.stdin.flush()
        header = self._reader.stdout.readline().split()
        if len(header) != 3:
            return None
        content = self._reader.stdout.read(int(header[2]) + 1)[:-1]
        return content.decode("utf-8", "surrogateescape")

    def close(self) -> None:
        """End the process that reads."""
        self._reader.communicate()

    def _run(self, *words: str) -> bytes:
        return subprocess.run([*self._git, *words], capture_output=True, check=True).stdout


def score(name: str, truth: Sequence[Truth], found: Discovery, seconds: float) -> Score:
    """Compare what was found with the truth: each found image may stand for one true image."""
    result = Score(name, images=len(truth), seconds=seconds, found=sum(one.measured for one in found.images))
    pairs = sorted(
        ((fit(true, image), -t, -i) for t, true in enumerate(truth) for i, image in enumerate(found.images)),
        reverse=True,
    )
    matched: dict[int, int] = {}
    for (right, *_), t, i in pairs:
        if right and -t not in matched and -i not in matched.values():
            matched[-t] = -i
    for t, true in enumerate(truth):
        add(result, true, found.images[matched[t]] if t in matched else None)
    extra = [image for i, image in enumerate(found.images) if i not in matched.values() and image.measured]
    result.spurious = len(extra)
    result.misses += [f"spurious: {image.name} ({image.dockerfile} {image.target}, {image.source})" for image in extra]
    return result


def fit(true: Truth, image: DiscoveredImage) -> tuple[bool, int, bool, int]:
    """Say how well an image fits a true one; without the Dockerfile not at all."""
    if true["df"] != image.dockerfile:
        return (False, 0, False, 0)
    marks = (true["target"] == image.target) * 4 + has_arguments(true, image) * 2 + (true["ctx"] == image.context)
    return (True, int(marks), image.measured, -len(image.build_args) if not true["args"] else 0)


def has_arguments(true: Truth, image: DiscoveredImage) -> bool:
    """Tell whether the arguments that decide are there; the truth names some by what they stand for (JDK)."""
    passed = {**dict(image.build_args), **dict(image.unknown_args)}
    wanted = dict(true["args"])  # type: ignore[call-overload]
    return all(
        (key in passed and (value == 1 or str(value) in passed[key]))
        or (key not in passed and value != 1 and any(str(value) in one for one in (*passed.values(), image.name)))
        for key, value in wanted.items()
    )


def add(result: Score, true: Truth, image: DiscoveredImage | None) -> None:
    """Count one true image."""
    label = f"{true['df']} {true['target']} {true['args'] or ''}".strip()
    if image is None:
        result.misses.append(f"not found: {label}")
        return
    right = {
        "context": true["ctx"] == image.context,
        "target": true["target"] == image.target,
        "arguments": has_arguments(true, image),
    }
    result.dockerfile += 1
    result.context += right["context"]
    result.target += right["target"]
    result.arguments += right["arguments"]
    says = predicted(str(true["flags"]), image)
    result.buildable += (all(right.values()) or image.unbuildable is not None) and not says
    result.silent += not right["context"] and not image.doubts and image.unbuildable is None
    wrong = [f"{what} is not right" for what, good in right.items() if not good] + ([says] if says else [])
    got = f"{image.context} {image.target} {dict(image.build_args)}"
    if wrong:
        result.misses.append(f"{', '.join(wrong)}: {label} in {true['ctx']}; found {got}")
    elif image.unbuildable is not None:
        result.misses.append(f"(predicted unbuildable: {label}: {image.unbuildable.reason})")


def predicted(flags: str, image: DiscoveredImage) -> str:
    """Say what a flag of the truth asks for and the image lacks."""
    if flags in {"arch", "windows", "goreleaser", "P"} and image.unbuildable is None:
        return f"{flags} was not predicted"
    if flags in {"parent", "localparent"} and not image.parents and image.unbuildable is None:
        return "its parent was not found"
    if flags == "nctx" and not image.build_contexts and "builder-gnu" not in image.dockerfile:
        return "its named contexts are missing"
    return ""


def find(repositories: pathlib.Path, name: str) -> pathlib.Path | None:
    """Find a repository beside the suite, under any of the usual names of its folder."""
    owner, _, short = name.partition("/")
    candidates = (repositories / name.replace("/", "+"), repositories / owner / short, repositories / short)
    return next((path for path in candidates if path.is_dir()), None)


def rows(scores: Sequence[Score]) -> list[tuple[str, int, int]]:
    """The rows of the table: what is counted, how many, and of how many."""
    total = sum(one.images for one in scores) or 1
    found = sum(one.found for one in scores) or 1
    return [
        ("identified", sum(one.dockerfile for one in scores), total),
        ("right context", sum(one.context for one in scores), total),
        ("right target", sum(one.target for one in scores), total),
        ("right arguments", sum(one.arguments for one in scores), total),
        ("buildable or said why not", sum(one.buildable for one in scores), total),
        ("spurious", sum(one.spurious for one in scores), found),
        ("exactly right repositories", sum(one.exact for one in scores), len(scores) or 1),
        ("silently wrong context", sum(one.silent for one in scores), total),
    ]


def goal_of(label: str) -> str:
    """The goal of a row, empty if there is none."""
    goal = GOALS.get(label)
    return "" if goal is None else f"{'≤' if label in {'spurious', 'silently wrong context'} else '≥'} {goal} %"


def table(scores: Sequence[Score]) -> str:
    """Draw the table."""
    lines = [f"{'':28}{'count':>9}{'of':>6}{'%':>7}{'goal':>8}"]
    lines += [
        f"{label:28}{count:>9}{of:>6}{100 * count / of:>7.1f}{goal_of(label):>8}" for label, count, of in rows(scores)
    ]
    slowest = max(scores, key=lambda one: one.seconds)
    lines.append(f"{'slowest, processor time':28}{slowest.seconds:>8.2f}s  {slowest.name}")
    return "\n".join(lines)


def markdown(scores: Sequence[Score], large_seconds: float) -> str:
    """Write the table for the page, with what was missed by its kind."""
    lines = ["| | count | | goal |", "|:--|--:|--:|--:|"]
    lines += [
        f"| {label} | {count} of {of} | {100 * count / of:.1f} % | {goal_of(label)} |"
        for label, count, of in rows(scores)
    ]
    kinds = Counter(miss.partition(":")[0] for one in scores for miss in one.misses if not miss.startswith("("))
    missed = "; ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items())) or "nothing"
    slowest = max(one.seconds for one in scores)
    lines += ["", f"Missed, by kind: {missed}. The slowest repository takes {slowest:.1f} s of processor time, "]
    lines[-1] += f"a made-up one with 30,000 files and 700 Dockerfiles {large_seconds:.1f} s (goal: 3 s)."
    return "\n".join(lines)


def write(scores: Sequence[Score]) -> None:
    """Write the figures into the page about discovery, between its markers."""
    page = ROOT / "docs" / "discovery.md"
    begin, end = "<!-- begin figures -->", "<!-- end figures -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    text = f"{before}{begin}\n{markdown(scores, large_repository())}\n{end}{rest.partition(end)[2]}"
    page.write_text(text, encoding="utf-8")


def large_repository() -> float:
    """Discover 30,000 files with 700 Dockerfiles that 120 workflows build; seconds of processor time."""
    files = dict.fromkeys((f"src/m{n // 300}/p{n % 300}.go" for n in range(29_180)), "")
    files |= {f"services/s{n}/Dockerfile": f"FROM golang AS b\nCOPY . .\nRUN go build ./{n}\n" for n in range(700)}
    step = "on: push\njobs:\n  ship:\n    strategy: {{matrix: {{n: {numbers}}}}}\n    steps:\n"
    step += "      - uses: docker/build-push-action@v6\n"
    step += "        with: {{push: true, context: 'services/s${{{{ matrix.n }}}}'}}\n"
    for n in range(120):
        files[f".github/workflows/w{n}.yml"] = step.format(numbers=list(range(n * 5, n * 5 + 5)))
    start = time.process_time()
    discover(RepositoryTree(dict.fromkeys(files, "100644"), files.get), DiscoveryOptions(repository="acme/shop"))
    return time.process_time() - start


def main() -> int:
    """Run the suite; repositories that are not there are named and left out."""
    parser = argparse.ArgumentParser(prog="script/bench discovery")
    parser.add_argument("--suite", type=pathlib.Path, default=ROOT.parent / "shared/suite/images-that-ci-ships.json")
    parser.add_argument("--repositories", type=pathlib.Path, default=ROOT.parent / "suite-repos")
    parser.add_argument("--misses", action="store_true", help="list every miss")
    parser.add_argument("--init", action="store_true", help="plan what config init writes, beside what is found")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/discovery.md")
    parser.add_argument("--no-bake", action="store_true", help="read bake files without buildx")
    parser.add_argument("names", nargs="*", help="owner/name, all of them unless said")
    options = parser.parse_args()
    if not options.suite.is_file():
        print(f"skipped: there is no suite at {options.suite} (--suite)")
        return 0
    suite = json.loads(options.suite.read_text(encoding="utf-8"))
    places = {name: find(options.repositories, name) for name in options.names or suite}
    for name in (name for name, path in places.items() if path is None):
        print(f"skipped: {name} is not in {options.repositories} (--repositories)")
    there = {name: path for name, path in places.items() if path is not None}
    scores = [run(name, path, suite[name]["images"], bake=not options.no_bake) for name, path in there.items()]
    for one in scores if options.misses else ():
        print(f"{one.name}: {'exactly right' if one.exact else ''} {one.seconds:.2f} s")
        print("\n".join(f"    {miss}" for miss in one.misses))
    if options.init:
        print(about_init(there))
    print(table(scores) if scores else "skipped: none of the suite's repositories is here")
    if options.write and scores:
        write(scores)
    return 0


def about_init(there: Mapping[str, pathlib.Path]) -> str:
    """Say for how many repositories what config init writes is accepted and keeps the plan, and what is wrong else."""
    wrong = {name: why for name, path in there.items() if (why := keeps_the_plan(path))}
    lines = [f"config init of {name}: {why}" for name, why in wrong.items()]
    return "\n".join(
        (*lines, f"config init: {len(there) - len(wrong)} of {len(there)} accepted, with the plan as it was")
    )


def keeps_the_plan(path: pathlib.Path) -> str:
    """Say what is wrong with the configuration that ``config init`` would write for a repository; empty for nothing."""
    with GitRepository(path, dict(os.environ)) as git:
        sha = git.resolve("HEAD")
        comparison = Comparison("", sha, "")
        text = starter_config(found_for_starter(shipped_images(sha, git)), {}).text
        if text != starter_config(found_for_starter(shipped_images(sha, git)), {}).text:
            return "a second one differs"
        file = ConfigFile("deadweight.toml", text.encode(), sha)
        try:
            config = read_config(file, file, Settings())
        except ConfigError as error:
            return str(error)
        before = plan_images(comparison, read_config(None, None, Settings()), git).images
        after = plan_images(comparison, config, git).images
    changed = {(one.name, one.head) for one in before} ^ {(one.name, one.head) for one in after}
    return f"the plan differs for {', '.join(sorted({name for name, _ in changed}))}" if changed else ""


def run(name: str, path: pathlib.Path, truth: Sequence[Truth], *, bake: bool) -> Score:
    """Discover one repository and compare."""
    repository = Repository(path)
    tree = RepositoryTree(repository.modes, repository.read)
    options = (
        DiscoveryOptions(repository=name, bake=BakePrinter(os.environ)) if bake else DiscoveryOptions(repository=name)
    )
    start = time.process_time()
    found = discover(tree, options)
    repository.close()
    return score(name, truth, found, time.process_time() - start)


if __name__ == "__main__":
    sys.exit(main())
