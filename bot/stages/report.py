"""Judged images → Report → effects: everything that is known, bounded, and what is to be done with it, in order."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot import __version__
from bot.model import bounds
from bot.model.budget import Verdict, worst
from bot.model.config import CommentMode, CommentOptions, Config, Settings
from bot.model.effects import (
    Annotate,
    Annotation,
    Effect,
    Level,
    Marker,
    PublishCheck,
    SetOutputs,
    UpsertComment,
    WriteFile,
    WriteSummary,
)
from bot.model.plan import Comparison, Plan
from bot.model.report import ImageReport, ImageState, PublishOptions, Report, RunInfo
from bot.policy.outcome import exit_code, not_arrived, waivers_of
from bot.render import phrases, queries
from bot.render.annotations import annotations
from bot.render.comment import check_summary, comment, summary
from bot.render.headline import headline, hedged
from bot.render.html import html_report
from bot.render.markdown import Branding
from bot.render.report_json import dump
from bot.render.sarif import sarif
from bot.render.text import code, plain

READ_ONLY: Final = Annotation(
    Level.NOTICE,
    "This run's token can only read, as for every pull request from a fork and from Dependabot, so nothing was posted. "
    "The job summary has the report. To have it posted, add the workflow examples/workflows/image-size-publish.yml.",
    "No comment was posted",
)

_LONGEST_TITLE: Final = 255
_CONCLUSIONS: Final = {Verdict.PASS: "success", Verdict.WARN: "neutral", Verdict.NOT_MEASURED: "neutral"}


def make_report(judged: Sequence[ImageReport], plan: Plan, run: RunInfo, config: Config, settings: Settings) -> Report:
    """Put the results of a run together. An image of the plan without a result is not measured, never left out."""
    images = (*judged, *_missing(judged, plan))
    return Report(
        tool_version=__version__,
        comparison=_bounded(plan.comparison),
        images=images,
        verdict=worst(image.verdict for image in images),
        run=run,
        policy_source=bounds.text(config.policy.source),
        waivers=waivers_of(images),
        notes=bounds.notes((*config.notes, *plan.notes)),
        exit_code=exit_code(images, settings.fail_on),
    )


def effects(report: Report, options: PublishOptions) -> tuple[Effect, ...]:
    """Say what is to be done with a report, in order: files, outputs, summary, check or annotations, comment."""
    return (
        *_files(report, options),
        SetOutputs(outputs(report, options.settings.report_dir)),
        *([WriteSummary(summary(report, _voice(options)))] if options.settings.summary else []),
        *_check(report, options),
        *_comment(report, options),
    )


def outputs(report: Report, folder: str) -> dict[str, str]:
    """Return the step outputs; sizes are plain bytes, summed over the images compared, empty where unknown."""
    base, head = (_total(report, side) for side in ("base", "head"))
    change = queries.total_change(report.images) if any(image.delta for image in report.images) else None
    return {
        "result": result(report),
        "changed": "false" if all(map(queries.is_still, report.images)) else "true",
        "base-size": _number(base),
        "head-size": _number(head),
        "diff-size": _number(change),
        "diff-percent": f"{change * 100 / base:.2f}" if base and change is not None else "",
        "over-budget": json.dumps([image.name for image in report.images if queries.exceeded(image)]),
        "report-dir": folder,
        "report-html": f"{folder}/report.html",
        "report-json": f"{folder}/report.json",
        "markdown-file": f"{folder}/comment.md",
    }


def result(report: Report) -> str:
    """Name the result: pass, warn, fail, error, or unchanged."""
    if report.verdict is Verdict.NOT_MEASURED:
        return "error"
    quiet = report.verdict is Verdict.PASS and all(map(queries.is_still, report.images))
    return "unchanged" if quiet else str(report.verdict)


def marker_of(report: Report, options: PublishOptions) -> Marker:
    """Identify our comment of this pull request and how new it is."""
    key = options.settings.comment_key or options.comment.key
    return Marker(key, queries.head_commit(report), report.run.run_id or 0, report.run.run_attempt or 0)


def check_name(comment: CommentOptions) -> str:
    """Name the check."""
    return plain(comment.title or phrases.DEFAULT_TITLE, 100)


def wants_comment(options: PublishOptions) -> bool:
    """Tell whether there is to be a comment at all."""
    return options.can_write and (options.settings.comment or options.comment.mode) is not CommentMode.NEVER


def deserves_comment(report: Report, options: PublishOptions) -> bool:
    """Tell whether a new comment is worth anybody's attention; an existing one is brought up to date in any case."""
    mode = options.settings.comment or options.comment.mode
    if mode is CommentMode.ALWAYS:
        return True
    if mode is CommentMode.FAILURE:
        return report.verdict in {Verdict.FAIL, Verdict.NOT_MEASURED}
    if report.verdict in {Verdict.FAIL, Verdict.NOT_MEASURED}:
        return True
    own_only = options.author in options.comment.bots and report.verdict is Verdict.PASS
    return any(_moved(image, options.comment, own_only=own_only) for image in report.images)


def _moved(image: ImageReport, comment: CommentOptions, *, own_only: bool) -> bool:
    if image.delta is None:
        return image.state is not ImageState.UNCHANGED
    floor_bytes = queries.noise_floor_bytes(image, comment.noise_floor_bytes)
    return abs(image.delta.own_bytes if own_only else image.delta.unpacked_bytes) > floor_bytes


def _files(report: Report, options: PublishOptions) -> Iterator[WriteFile]:
    yield WriteFile("report.json", dump(report))
    yield WriteFile("report.html", html_report(report).encode())
    yield WriteFile("comment.md", comment(report, marker_of(report, options), _voice(options)).encode())
    if options.settings.sarif_file:
        yield WriteFile(options.settings.sarif_file, sarif(report))


def _check(report: Report, options: PublishOptions) -> Iterator[PublishCheck | Annotate]:
    lines = annotations(report) if options.settings.annotations else ()
    sha = queries.head_commit(report)
    if options.settings.check_run and options.can_write and sha and report.run.repository:
        icon, sentence = hedged(headline(report, code, longest=_LONGEST_TITLE), plain(options.caveat))
        text = check_summary(report, _voice(options))
        if options.acceptance is not None:
            text = f"{text}\n{options.acceptance.line}\n"
        ending = conclusion(report, hedged=bool(options.caveat))
        yield PublishCheck(check_name(options.comment), sha, ending, f"{icon} {sentence}"[:_LONGEST_TITLE], text, lines)
    else:
        lines = lines if options.can_write or not report.run.pull_number else (READ_ONLY, *lines)
        yield from [Annotate(lines)] if lines else []


def conclusion(report: Report, *, hedged: bool = False) -> str:
    """Return the conclusion of the check: a failure only where the job fails too, no success where it is hedged."""
    if report.exit_code:
        return "failure"
    return "neutral" if hedged else _CONCLUSIONS.get(report.verdict, "neutral")


def _comment(report: Report, options: PublishOptions) -> Iterator[UpsertComment]:
    number = report.run.pull_number
    if number and wants_comment(options):
        marker = marker_of(report, options)
        body = comment(report, marker, _voice(options))
        if options.acceptance is not None:
            body = options.acceptance.put_below_marker(body)
        create = deserves_comment(report, options) or options.acceptance is not None
        yield UpsertComment(number, marker, body, create=create)


def _voice(options: PublishOptions) -> Branding:
    return Branding(
        options.comment.title,
        options.comment.footer,
        options.override_label,
        options.caveat,
        options.label_sticky,
        options.comment.noise_floor_bytes,
    )


def _total(report: Report, side: str) -> int | None:
    compared = [image for image in report.images if image.delta is not None] or report.images
    sizes = [queries.measured(image.base if side == "base" else image.head) for image in compared]
    known = [size.unpacked_bytes for size in sizes if size is not None]
    return sum(known) if known else None


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def _missing(judged: Sequence[ImageReport], plan: Plan) -> Iterator[ImageReport]:
    """Find the images of the plan that nothing is known of."""
    known = Counter(image.name for image in judged)
    planned = Counter(bounds.text(image.name) for image in plan.images)
    return (not_arrived(name) for name in (planned - known).elements())


def _bounded(comparison: Comparison) -> Comparison:
    told = comparison.as_reported
    return replace(
        told,
        why=bounds.text(told.why),
        base_label=bounds.text(told.base_label),
        head_label=bounds.text(told.head_label),
    )
