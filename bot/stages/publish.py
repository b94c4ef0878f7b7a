"""Effects → the world: does what ``report`` asked for, in order; trouble with one never stops the next."""

from collections.abc import Iterable

from bot.errors import PublishError
from bot.model.effects import (
    Annotate,
    Effect,
    Print,
    PublishCheck,
    SetOutputs,
    UpsertComment,
    WriteFile,
    WriteSummary,
)
from bot.model.provider import Posted
from bot.ports import Provider, Runner

_UNPOSTED = "nothing is posted, because no GitHub token was given; set the input github-token"


def publish(effects: Iterable[Effect], runner: Runner, provider: Provider | None) -> tuple[Posted, ...]:
    """Perform the effects; returns what became of each that posts or writes. Never raises for the provider's sake."""
    return tuple(posted for effect in effects if (posted := _perform(effect, runner, provider)) is not None)


def _perform(effect: Effect, runner: Runner, provider: Provider | None) -> Posted | None:
    try:
        return _post(effect, runner, provider) if isinstance(effect, _POSTS) else _write(effect, runner)
    except PublishError as error:
        runner.log(str(error))
        return Posted(type(effect).__name__, problem=error.what)


_POSTS = (UpsertComment, PublishCheck)


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


def _post(effect: UpsertComment | PublishCheck, runner: Runner, provider: Provider | None) -> Posted:
    if provider is None:
        posted = Posted(type(effect).__name__, problem=_UNPOSTED)
    elif isinstance(effect, UpsertComment):
        posted = provider.upsert_comment(effect)
    else:
        posted = provider.publish_check(effect)
    _tell(effect, posted, runner)
    return posted


def _tell(effect: UpsertComment | PublishCheck, posted: Posted, runner: Runner) -> None:
    if posted.problem:
        runner.log(posted.problem)
        if isinstance(effect, PublishCheck):
            runner.annotate(effect.annotations)
    elif isinstance(effect, UpsertComment) and posted.object_id:
        runner.set_outputs({"comment-id": str(posted.object_id), "comment-url": posted.url})
