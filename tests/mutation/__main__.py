"""``python -m tests.mutation``: see ``script/mutate --help``."""

from __future__ import annotations

import argparse
import os
import pickle
import random
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.mutation.operators import Mutant, mutants_of
from tests.mutation.plan import Outcome, Plan, Verdict
from tests.mutation.targets import TARGETS, Target
from tests.mutation.tree import ROOT, Tree, copy_checkout, spoil

SURVIVORS = Path(__file__).with_name("survivors.toml")
FIGURES = Path(__file__).with_name("figures.toml")
RATE = 0.97
_LONGEST_SECONDS = 180


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    paths: Sequence[str]
    jobs: int
    sample: int
    seed: int
    only: str
    tests: str
    record: bool
    journal: Path | None
    again: bool
    narrow: bool


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of the modules that are named, print what came of it, and say whether that is good enough."""
    options = _options(arguments)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        trees = [copy_checkout(Path(folder) / str(number)) for number in range(options.jobs)]
        for target in TARGETS:
            if options.tests:
                target = replace(target, tests=(options.tests,), wider=(), whole=())  # noqa: PLW2901 - the same one, tried otherwise
            if options.narrow:
                target = replace(target, wider=(), whole=())  # noqa: PLW2901 - the same one, tried otherwise
            mutants = _sampled(_of(target, options), options)
            if mutants:
                print(f"{target.name}: {len(mutants)} mutants …", file=sys.stderr, flush=True)
                outcomes += _tried_if_needed(target, mutants, trees, options)
    if options.record:
        record(_counted(outcomes, known_survivors()))
    return _told(outcomes, known_survivors())


@dataclass(frozen=True)
class Survivor:
    """A mutant that nothing notices, and why nothing has to; an equivalent one is the same program, and not counted."""

    why: str
    equivalent: bool


def known_survivors() -> dict[str, Survivor]:
    """Mutants that no test can or need notice, by name."""
    table = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    return {
        f"{one['module']}:{one['mutant']}": Survivor(one["why"], one.get("equivalent", False))
        for one in table.get("survivor", ())
    }


def modules_of(target: Target) -> list[str]:
    """The files of a target, relative to the checkout; of a folder those that no other target names."""
    others = {ROOT / name for other in TARGETS if other.name != target.name for name in other.modules}
    found = []
    for name in target.modules:
        path = ROOT / name
        found += [one for one in sorted(path.rglob("*.py")) if one not in others] if path.is_dir() else [path]
    return [str(path.relative_to(ROOT)) for path in found]


def _options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="script/mutate", description=(__doc__ or ""))
    parser.add_argument("paths", nargs="*", help="modules or folders of bot/; all targets where none is named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--sample", type=int, default=0, help="no more than so many of each target, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="what the sample is drawn with")
    parser.add_argument("--only", default="", help="only mutants whose name has this in it")
    parser.add_argument("--record", action="store_true", help="write what came of whole modules to figures.toml")
    parser.add_argument("--tests", default="", help="a folder of tests to try them with, instead of their part's own")
    parser.add_argument(
        "--journal", type=_absolute, help="a file of those that died, not tried again while their text stays"
    )
    parser.add_argument("--again", action="store_true", help="try those that are explained as well")
    parser.add_argument(
        "--narrow", action="store_true", help="only with a part's own tests, not those of the whole path"
    )
    options = Options(**vars(parser.parse_args(arguments)))
    if options.record and (options.only or options.tests):
        parser.error("--record takes whole modules and the tests that are theirs: no --sample, --only or --tests")
    return options


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _of(target: Target, options: Options) -> list[Mutant]:
    wanted = [path.rstrip("/") for path in options.paths]
    files = [
        one for one in modules_of(target) if not wanted or any(f"{one}/".startswith(f"{path}/") for path in wanted)
    ]
    found = [
        mutant
        for file in files
        for mutant in mutants_of(ROOT / file, file[:-3].replace("/", ".").removesuffix(".__init__"))
    ]
    return [mutant for mutant in found if options.only in mutant.name]


def _sampled(mutants: list[Mutant], options: Options) -> list[Mutant]:
    if not options.sample or len(mutants) <= options.sample:
        return mutants
    return random.Random(options.seed).sample(mutants, options.sample)


def _tried_if_needed(target: Target, mutants: list[Mutant], trees: list[Tree], options: Options) -> list[Outcome]:
    """Try what is not explained, and what no earlier run of the same text has seen die."""
    dead = set(options.journal.read_text(encoding="utf-8").splitlines()) if _is_file(options.journal) else set()
    explained = {} if options.again else known_survivors()
    before = [Outcome(one, Verdict.KILLED, 0) for one in mutants if one.key in dead]
    before += [Outcome(one, Verdict.SURVIVED, 0) for one in mutants if one.key not in dead and one.name in explained]
    done = {one.mutant.name for one in before}
    left = [one for one in mutants if one.name not in done]
    return before + (_tried(target, left, trees, options.journal) if left else [])


def _is_file(path: Path | None) -> bool:
    return path is not None and path.exists()


def _tried(target: Target, mutants: list[Mutant], trees: list[Tree], journal: Path | None) -> list[Outcome]:
    outcomes, files = _in_forks(target.name, target.tests, Plan(mutants, len(trees), Path(), journal), trees[0])
    lived = [one.mutant for one in outcomes if one.verdict in (Verdict.SURVIVED, Verdict.UNCOVERED)]
    if target.wider and lived:
        wider, _ = _in_forks(target.name, target.wider, Plan(lived, len(trees), Path(), journal), trees[0])
        dead = {one.mutant.name for one in wider if one.verdict is Verdict.KILLED}
        outcomes = [replace(one, verdict=Verdict.KILLED) if one.mutant.name in dead else one for one in outcomes]
    tried = [outcome for outcome in outcomes if outcome.verdict is not Verdict.ELSEWHERE]
    rest = {one.name for one in mutants} - {outcome.mutant.name for outcome in tried}
    slow = [(mutant, files.get(mutant.module) or list(target.tests)) for mutant in mutants if mutant.name in rest]
    if target.whole:
        slow += [(one.mutant, list(target.whole)) for one in tried if one.verdict is not Verdict.KILLED]
        tried = [one for one in tried if one.verdict is Verdict.KILLED]
    free = list(trees)

    def alone(work: tuple[Mutant, list[str]]) -> Outcome:
        tree = free.pop()
        try:
            outcome = _on_disk(*work, tree)
        finally:
            free.append(tree)
        if outcome.verdict is Verdict.KILLED and journal:
            with journal.open("a", encoding="utf-8") as file:
                file.write(f"{outcome.mutant.key}\n")
        return outcome

    with ThreadPoolExecutor(len(trees)) as pool:
        return [*tried, *pool.map(alone, slow)]


def _in_forks(name: str, tests: tuple[str, ...], work: Plan, tree: Tree) -> tuple[list[Outcome], dict[str, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        plan, results = Path(folder) / "plan", Path(folder) / "results"
        plan.write_bytes(pickle.dumps(replace(work, results=results)))
        done = subprocess.run(
            [*_pytest(tree), "-s", f"--basetemp={folder}/tests", *_there(tests)],
            cwd=tree.folder,
            env={**tree.environment(), "MUTATION_PLAN": str(plan)},
            stdout=subprocess.PIPE,
            check=False,
        )
        if not results.exists():
            raise SystemExit(f"the tests of {name} did not run:\n{done.stdout.decode()}")
        return pickle.loads(results.read_bytes())


def _on_disk(mutant: Mutant, tests: list[str], tree: Tree) -> Outcome:
    """Try a mutant by writing it into the copied tree and starting the tests anew."""
    path = tree.folder / f"{mutant.module.replace('.', '/')}.py"
    if not path.exists():
        path = path.with_suffix("") / "__init__.py"
    sound = path.read_text(encoding="utf-8")
    spoil(path, mutant.applied(sound))
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [*_pytest(tree), "-x", f"--basetemp={folder}/tests", *tests],
                cwd=tree.folder,
                env=tree.environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=_LONGEST_SECONDS,
            )
        verdict = Verdict.SURVIVED if done.returncode == 0 else Verdict.KILLED
    except subprocess.TimeoutExpired:
        verdict = Verdict.KILLED
    finally:
        spoil(path, sound)
    return Outcome(mutant, verdict, len(tests))


def _pytest(tree: Tree) -> list[str]:
    options = [
        "-q",
        "--tb=native",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.mutation.calm",
        "-p",
        "tests.mutation.worker",
        "-o",
        "tmp_path_retention_policy=none",
    ]
    return [str(tree.python), "-m", "pytest", *options]


def _there(tests: Sequence[str]) -> list[str]:
    return [one for one in tests if (ROOT / one).exists()]


Rows = dict[str, list[int]]
HEADS = ("mutants", "killed", "survived", "explained", "equivalent")


def _counted(outcomes: list[Outcome], known: dict[str, Survivor]) -> Rows:
    """What came of each module's mutants, in the order of ``HEADS``."""
    rows: Rows = {}
    for outcome in outcomes:
        explained = known.get(outcome.mutant.name)
        killed = outcome.verdict is Verdict.KILLED
        counts = (1, killed, not killed, not killed and explained is not None, not killed and _is_equivalent(explained))
        row = rows.setdefault(outcome.mutant.module, [0] * len(HEADS))
        rows[outcome.mutant.module] = [have + more for have, more in zip(row, counts, strict=True)]
    return rows


def record(rows: Rows, path: Path = FIGURES) -> None:
    """Write the figures of modules that were tried whole, and keep those of the others."""
    kept = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    figures = kept | {name: dict(zip(HEADS, row, strict=True)) for name, row in rows.items()}
    lines = ["# What came of each module when it was last tried whole: written by script/mutate --record."]
    for name, figure in sorted(figures.items()):
        row = [int(figure[head]) for head in HEADS]
        lines += ["", f'["{name}"]', *(f"{head} = {count}" for head, count in zip(HEADS, row, strict=True))]
        lines.append(f"rate = {_rate(row):.3f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _told(outcomes: list[Outcome], known: dict[str, Survivor]) -> int:
    """Print the table and the survivors that nobody has explained."""
    unexplained = [one for one in outcomes if one.verdict is not Verdict.KILLED and one.mutant.name not in known]
    for outcome in sorted(unexplained, key=lambda one: one.mutant.name):
        mark = "~" if outcome.verdict is Verdict.UNCOVERED else " "
        print(f"{mark} {outcome.mutant.name}")
    return _table(_counted(outcomes, known), len(unexplained))


def _is_equivalent(explained: Survivor | None) -> bool:
    return explained is not None and explained.equivalent


def _rate(row: list[int]) -> float:
    """How many of the mutants that are other programs died."""
    mutants, killed, _, _, equivalent = row
    return killed / max(mutants - equivalent, 1)


def _table(rows: Rows, unexplained: int) -> int:
    total = [sum(column) for column in zip(*rows.values(), strict=True)] or [0] * len(HEADS)
    print(f"\n{'module':40}" + "".join(f"{head:>11}" for head in HEADS) + f"{'rate':>8}")
    for name, row in [*sorted(rows.items()), ("total", total)]:
        print(f"{name:40}" + "".join(f"{count:11}" for count in row) + f"{_rate(row):8.1%}")
    if unexplained:
        print(f"{unexplained} survivors are not explained in {SURVIVORS.relative_to(ROOT)}")
    if _rate(total) < RATE:
        print(f"{_rate(total):.1%} of the mutants died; {RATE:.0%} is wanted")
    return int(bool(unexplained) or _rate(total) < RATE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
