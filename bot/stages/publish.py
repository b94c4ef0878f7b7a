"""Effects → the world: does what ``report`` asked for, in order; trouble with one never stops the next."""

from collections.abc import Iterable

from bot.errors import PublishError
from bot.model.effects import (
    Annotate,
    CreateCheckRun,
    Effect,
    Print,
    SetOutputs,
    UpsertComment,
    WriteFile,
    WriteSummary,
)
from bot.model.github import Posted
from bot.ports import GitHub, Runner

_UNPOSTED = "nothing is posted, because no GitHub token was given; set the input github-token"


def publish(effects: Iterable[Effect], runner: Runner, github: GitHub | None) -> tuple[Posted, ...]:
    """Perform the effects; gives what became of each that posts or writes. Never raises for GitHub's sake."""
    return tuple(posted for effect in effects if (posted := _perform(effect, runner, github)) is not None)


def _perform(effect: Effect, runner: Runner, github: GitHub | None) -> Posted | None:
    try:
        return _post(effect, runner, github) if isinstance(effect, _POSTS) else _write(effect, runner)
    except PublishError as error:
        runner.log(str(error))
        return Posted(type(effect).__name__, problem=error.what)


_POSTS = (UpsertComment, CreateCheckRun)


def _write(effect: WriteFile | WriteSummary | SetOutputs | Annotate | Print, runner: Runner) -> Posted | None:
    match effect:
        case WriteFile(path, content):
            return Posted(path, url=runner.write_file(path, content))
        case WriteSummary(markdown):
            runner.write_summary(markdown)
        case SetOutputs(outputs):
            runner.set_outputs(outputs)
        case Annotate(annotations):
            runner.annotate(annotations)
        case Print(text):
            runner.print(text)
    return None


def _post(effect: UpsertComment | CreateCheckRun, runner: Runner, github: GitHub | None) -> Posted:
    if github is None:
        posted = Posted(type(effect).__name__, problem=_UNPOSTED)
    elif isinstance(effect, UpsertComment):
        posted = github.upsert_comment(effect)
    else:
        posted = github.create_check_run(effect)
    _tell(effect, posted, runner)
    return posted


def _tell(effect: UpsertComment | CreateCheckRun, posted: Posted, runner: Runner) -> None:
    if posted.problem:
        runner.log(posted.problem)
        if isinstance(effect, CreateCheckRun):
            runner.annotate(effect.annotations)
    elif isinstance(effect, UpsertComment) and posted.object_id:
        runner.set_outputs({"comment-id": str(posted.object_id), "comment-url": posted.url})
