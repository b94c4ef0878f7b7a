"""What is posted where a run has no report that could be: that its commit was not measured, and why."""

from collections.abc import Iterator

from bot.model.effects import Effect, PublishCheck, UpsertComment
from bot.model.report import PublishOptions, Report
from bot.render import phrases, queries
from bot.render.links import links_of
from bot.render.text import code, link, prose
from bot.stages.report import check_name, marker_of, wants_comment


def unmeasured_effects(report: Report, why: str, options: PublishOptions) -> tuple[Effect, ...]:
    """Say that nothing is known of a commit: in our comment, if there is one, and in a neutral check.

    ``report`` has no images: it says which run and commit this is about.
    """
    return (*_check(report, why, options), *_comment(report, why, options))


def _check(report: Report, why: str, options: PublishOptions) -> Iterator[PublishCheck]:
    sha = queries.head_commit(report)
    if options.settings.check_run:
        title = check_name(options.comment)
        yield PublishCheck(
            title, sha, "neutral", f"⚪ not measured for {sha[:7]}", f"Nothing is known of this commit: {prose(why)}."
        )


def _comment(report: Report, why: str, options: PublishOptions) -> Iterator[UpsertComment]:
    if report.run.pull_number and wants_comment(options):
        marker = marker_of(report, options)
        title = prose(options.comment.title) or phrases.DEFAULT_TITLE
        log = link("its log", links_of(report).run) or "its log"
        lines = (
            marker.text,
            f"### ⚪ {title}: not measured for {code(queries.head_commit(report)[:7])}",
            "",
            f"Nothing is known of this commit: {prose(why)}. See {log}; what stood here before was of an earlier run.",
        )
        body = "\n".join((*lines, ""))
        if options.acceptance is not None:
            body = options.acceptance.put_below_marker(body)
        yield UpsertComment(report.run.pull_number, marker, body, create=False)
