"""One report in which every noun occurs, so that every text of a report is somewhere in it."""

from dataclasses import replace
from datetime import date

from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict, Waiver
from bot.model.explain import DeadWeight
from bot.model.report import Report
from tests.render.reports import accepted, base_fails, growth, head_fails, report, shrink, thirty_images


def everything() -> Report:
    """Return a report of several images in every state."""
    rename = {"growth": growth, "shrink": shrink, "base-fails": base_fails, "head-fails": head_fails}
    images = [replace(make().images[0], name=name) for name, make in rename.items()]
    return report(busy(), *images, *thirty_images().images[-4:-2], notes=("a note on the run",), waivers=(waiver(),))


def alone() -> Report:
    """Return a report of the one image that has everything."""
    return report(busy(), notes=("a note on the run",), waivers=(waiver(),), policy_source="deadweight.toml")


def waiver() -> Waiver:
    """Return a waiver with a reason."""
    return Waiver("api", "max-growth", "ships a database", date(2026, 12, 31), "label image-size-ok", "octocat")


def busy():
    """Return an image with causes, contents, findings, denied files, waivers and notes."""
    one, small = growth().images[0], accepted().images[0]
    denied = Judgement(
        Budget(BudgetKind.DENY_PATHS, None, ("/root/**",), source="deadweight.toml:9"),
        Verdict.FAIL,
        2,
        0,
        "The image contains 2 files.",
        evidence=(("/root/.cache/x", 71_000_000), ("/root/.npm/y", 1_000)),
    )
    below = Judgement(
        Budget(BudgetKind.PATHS, Limit(amount=1, text="1 B"), ("/opt",), source="deadweight.toml:10"),
        Verdict.WARN,
        2,
        1,
        "It has 2 bytes.",
    )
    copied = shrink().images[0].causes[1].copied_from
    causes = tuple(replace(cause, copied_from=copied, exact=False) for cause in one.causes)
    held = (*one.budgets, denied, below, replace(small.budgets[0], waived_by=waiver()))
    causes = (replace(causes[0], was="golang:1.21", now="golang:1.22"), *causes[1:])
    dead = (DeadWeight(900_000, deleted=True, file="api/Dockerfile", added=(4, 4), killed=(6, 6)),)
    findings = (*one.findings, replace(one.findings[0], suppressed="it is needed"))
    return replace(
        one,
        causes=causes,
        budgets=held,
        findings=findings,
        notes=("a note on the image",),
        verdict=Verdict.FAIL,
        dead=dead,
    )
