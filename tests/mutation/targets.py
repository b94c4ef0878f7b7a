"""Which modules are tried, and by the tests of which folders; a module that moves is a path to be replaced here.

The modules of one target run in one process, by the tests that execute the mutated line, the quickest first. Tests
that are slow for what they add are ``wider``: they are asked only about what the others let through.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A part of the program and the tests that are there for it."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    wider: tuple[str, ...] = ()
    """Tests of the path through the program, for what the part's own let through."""

    whole: tuple[str, ...] = ()
    """Tests that run the program as a process of its own: the last word on what the others let through."""


TARGETS = (
    Target(
        "trusted half",
        (
            "bot/flows/publish.py",
            "bot/flows/effective_policy.py",
            "bot/flows/pull_of_run.py",
            "bot/flows/own_words.py",
        ),
        ("tests/flows", "tests/policy", "tests/stages/test_judge.py", "tests/config"),
        whole=("tests/jobs/test_publish_job.py", "tests/jobs/test_main_job.py", "tests/jobs/test_label_job.py"),
    ),
    Target(
        "GitHub",
        ("bot/edges/providers/github",),
        ("tests/edges/github", "tests/jobs"),
        wider=("tests/flows", "tests/stages/plan/test_commits.py"),
    ),
    Target(
        "report file",
        ("bot/render/report_json",),
        (
            "tests/render/test_report_json.py",
            "tests/render/test_decode.py",
            "tests/render/test_ties.py",
            "tests/render/test_invariants.py",
        ),
        wider=("tests/flows", "tests/stages/report"),
    ),
    Target(
        "policy",
        ("bot/policy", "bot/stages/judge.py"),
        ("tests/policy", "tests/stages/test_judge.py", "tests/stages/report/test_effects.py"),
        wider=("tests/stages/report/test_make_report.py", "tests/flows"),
    ),
    Target(
        "text",
        ("bot/render/text.py", "bot/render/links.py"),
        ("tests/render/test_text.py", "tests/render/test_links.py"),
    ),
    Target("entry", ("bot/stages/describe.py", "bot/model/bounds.py"), ("tests/render", "tests/stages/report")),
    Target(
        "sums",
        (
            "bot/compare/align.py",
            "bot/compare/causes.py",
            "bot/compare/contents.py",
            "bot/compare/dead_weight.py",
            "bot/compare/rollup.py",
            "bot/stages/diff.py",
            "bot/stages/explain.py",
        ),
        ("tests/compare", "tests/stages/test_diff.py"),
        wider=("tests/contents/test_file_facts.py", "tests/flows"),
    ),
    Target("globs", ("bot/path_globs.py",), ("tests/test_path_globs.py", "tests/rules/test_globs.py")),
    Target("baseline", ("bot/policy/baseline.py",), ("tests/stages/plan/test_commits.py",)),
    Target("git", ("bot/edges/git",), ("tests/edges/git",), wider=("tests/stages/plan",)),
    Target(
        "limits",
        (
            "bot/model/limits.py",
            "bot/layers/layer.py",
            "bot/layers/tar.py",
            "bot/layers/headers.py",
            "bot/layers/inflate.py",
            "bot/layers/window.py",
        ),
        (
            "tests/layers/test_tar.py",
            "tests/layers/test_headers.py",
            "tests/layers/test_scan.py",
            "tests/layers/test_limits.py",
            "tests/layers/test_parts.py",
            "tests/formats/test_formats.py",
            "tests/config/test_settings.py",
        ),
        wider=(
            "tests/formats/test_hostile_images.py",
            "tests/edges/sources/test_claims.py",
            "tests/layers/test_tar_split.py",
        ),
    ),
    Target(
        "work",
        ("bot/contents/work_budget.py",),
        ("tests/contents/packages/test_budget.py", "tests/contents/test_budget.py"),
    ),
)
