"""``python -m tests.mutation``: see ``script/mutate --help``."""

from __future__ import annotations

import argparse
import math
import os
import pickle
import random
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

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
    recorded: bool


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of the modules that are named, print what came of it, and say whether that is good enough."""
    options = _options(arguments)
    outcomes: list[Outcome] = []
    samples: dict[str, Sample] = {}
    with tempfile.TemporaryDirectory() as folder:
        trees = [copy_checkout(Path(folder) / str(number)) for number in range(options.jobs)]
        for target in (_as_asked(one, options) for one in TARGETS):
            found = _of(target, options)
            draw = _draw(target, options)
            mutants = _sampled(found, draw)
            if mutants:
                print(f"{target.name}: {len(mutants)} of {len(found)} mutants …", file=sys.stderr, flush=True)
                tried = _tried_if_needed(target, mutants, trees, options)
                outcomes += tried
                if draw.sample:
                    samples[target.name] = Sample(draw, len(found), tried)
    known = known_survivors()
    if options.record:
        record({} if samples else _counted(outcomes, known), _rows_of(samples, known))
    if options.recorded:
        _tell_what_is_not_recorded()
    return _told(outcomes, known)


def _as_asked(target: Target, options: Options) -> Target:
    """Return a target with the tests that it is to be tried with."""
    if options.tests:
        return replace(target, tests=(options.tests,), wider=(), whole=())
    return replace(target, wider=(), whole=()) if options.narrow else target


@dataclass(frozen=True)
class Draw:
    """How many mutants of a target are drawn at random, all where that is 0, and with what seed."""

    sample: int
    seed: int


@dataclass(frozen=True)
class Sample:
    """What was drawn of a target, of how many, and what came of it."""

    draw: Draw
    of: int
    tried: list[Outcome]


def _draw(target: Target, options: Options) -> Draw:
    on_record = figures()["sample"].get(target.name) if options.recorded else None
    return Draw(on_record["drawn"], on_record["seed"]) if on_record else Draw(options.sample, options.seed)


def _tell_what_is_not_recorded() -> None:
    on_record = figures()
    for target in TARGETS:
        for file in modules_of(target):
            if _module(file) not in on_record["whole"] and target.name not in on_record["sample"]:
                print(f"not on record, and not tried: {file}")


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
    parser.add_argument(
        "--recorded", action="store_true", help="what is in figures.toml, as it was tried: whole or a sample"
    )
    parser.add_argument("--again", action="store_true", help="try those that are explained as well")
    parser.add_argument(
        "--narrow", action="store_true", help="only with a part's own tests, not those of the whole path"
    )
    options = Options(**vars(parser.parse_args(arguments)))
    if options.record and (options.only or options.tests):
        parser.error("--record takes whole modules and the tests that are theirs: no --sample, --only or --tests")
    return options


def _module(file: str) -> str:
    return file[:-3].replace("/", ".").removesuffix(".__init__")


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _of(target: Target, options: Options) -> list[Mutant]:
    wanted = [path.rstrip("/") for path in options.paths]
    files = [
        one for one in modules_of(target) if not wanted or any(f"{one}/".startswith(f"{path}/") for path in wanted)
    ]
    if options.recorded:
        on_record = figures()
        files = [one for one in files if _module(one) in on_record["whole"] or target.name in on_record["sample"]]
    found = [mutant for file in files for mutant in mutants_of(ROOT / file, _module(file))]
    return [mutant for mutant in found if options.only in mutant.name]


def _sampled(mutants: list[Mutant], draw: Draw) -> list[Mutant]:
    if not draw.sample or len(mutants) <= draw.sample:
        return mutants
    return random.Random(draw.seed).sample(mutants, draw.sample)


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


def figures(path: Path = FIGURES) -> dict[str, dict[str, dict[str, int]]]:
    """Read what is on record: of modules that were tried ``whole``, and of targets of which a ``sample`` was."""
    kept = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {"whole": {}, "sample": {}} | kept


def record(rows: Rows, samples: Mapping[str, Mapping[str, int]] = MappingProxyType({}), path: Path = FIGURES) -> None:
    """Write the figures of what was tried, and keep those of the others."""
    kept = figures(path)
    whole = kept["whole"] | {name: dict(zip(HEADS, row, strict=True)) for name, row in rows.items()}
    drawn = kept["sample"] | samples
    lines = ["# What came of each module, or of a sample of a part, when it was last tried: script/mutate --record."]
    for name, figure in sorted(whole.items()):
        lines += ["", f'[whole."{name}"]', *_figures_of(figure, HEADS), f"rate = {_rate(_row(figure)):.3f}"]
    for name, figure in sorted(drawn.items()):
        lines += ["", f'[sample."{name}"]', *_figures_of(figure, ("seed", "of", "drawn", *HEADS[1:]))]
        row = _row(figure | {"mutants": figure["drawn"]})
        lines += [f"rate = {_rate(row):.3f}", f"at_least = {_at_least(row):.3f} # of all, with 95 % confidence"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _figures_of(figure: Mapping[str, int], heads: Sequence[str]) -> list[str]:
    return [f"{head} = {int(figure[head])}" for head in heads]


def _row(figure: Mapping[str, int]) -> list[int]:
    return [int(figure[head]) for head in HEADS]


def _rows_of(samples: Mapping[str, Sample], known: dict[str, Survivor]) -> dict[str, dict[str, int]]:
    rows = {}
    for name, sample in samples.items():
        total = [sum(column) for column in zip(*_counted(sample.tried, known).values(), strict=True)]
        counts = dict(zip(HEADS, total, strict=True))
        rows[name] = {"seed": sample.draw.seed, "of": sample.of, "drawn": counts.pop("mutants"), **counts}
    return rows


def _at_least(row: list[int]) -> float:
    """Return the lower end of Wilson's interval: above it lies the rate of all in 19 of 20 samples."""
    z, viable = 1.645, max(row[0] - row[4], 1)
    share, square = _rate(row), 1.645**2
    middle = share + square / (2 * viable)
    return (middle - z * math.sqrt(share * (1 - share) / viable + square / (4 * viable**2))) / (1 + square / viable)


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
