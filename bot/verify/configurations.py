"""Two run-time configurations: what a candidate has lost, changed, or says in other words."""

from collections.abc import Iterator

from bot.contents.lookup import find_program
from bot.contents.start_command import read_command
from bot.model.dockerfile import Stage
from bot.model.explain import Measurement
from bot.model.image import ImageConfig
from bot.model.verify import RUNS_AS, Check, CheckState

_PASSED, _FAILED, _NOT_MADE = CheckState.PASSED, CheckState.FAILED, CheckState.NOT_MADE
_SHOWN = 6


def compared_configurations(original: Measurement, candidate: Measurement, altered: tuple[str, ...]) -> Iterator[Check]:
    """Compare what containers of both images are told; what only the base image said is told apart from our own."""
    one, other = original.image.config, candidate.image.config
    differences = [
        *_started(original, candidate),
        *_user(one, other, altered),
        *_plain(one, other),
        *_environment(original, candidate),
        *_labels(original, candidate),
    ]
    yield from differences
    if not any(check.state is _FAILED for check in differences):
        yield Check("configuration", _PASSED, "has the same ports, volumes, stop signal, health check and variables")


def _started(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    """ENTRYPOINT and CMD are the same words, or at least start the same file with the same arguments."""
    one, other = original.image.config, candidate.image.config
    before, after = (*(one.entrypoint or ()), *(one.cmd or ())), (*(other.entrypoint or ()), *(other.cmd or ()))
    if before == after:
        return
    first, second = read_command(one), read_command(other)
    found = find_program(original.tree, one, first.program), find_program(candidate.tree, other, second.program)
    if found[0] == found[1] is not None and first.simple and first.arguments == second.arguments:
        yield Check("command", _PASSED, "starts the same file with the same arguments in other words")
        return
    detail = f"{' '.join(after)[:300]} instead of {' '.join(before)[:300]}"
    yield Check("command", _NOT_MADE if after else _FAILED, "is started by other words than the original", detail)


def _user(one: ImageConfig, other: ImageConfig, altered: tuple[str, ...]) -> Iterator[Check]:
    if _plain_user(one.user) == _plain_user(other.user):
        return
    knowingly = any(phrase.startswith(RUNS_AS) for phrase in altered)
    detail = f"{other.user or 'root'} instead of {one.user or 'root'}"
    yield Check("user", _PASSED if knowingly else _NOT_MADE, "is configured to run as another user", detail)


def _plain_user(user: str) -> str:
    name, _, group = user.partition(":")
    return "root" if name in {"", "0", "root"} and group in {"", "0", "root"} else user


def _plain(one: ImageConfig, other: ImageConfig) -> Iterator[Check]:
    """Compare what has to be the very same."""
    pairs = (
        ("working directory", one.working_dir.rstrip("/"), other.working_dir.rstrip("/")),
        ("exposed ports", sorted(one.exposed_ports), sorted(other.exposed_ports)),
        ("volumes", sorted(one.volumes), sorted(other.volumes)),
        ("stop signal", _signal(one.stop_signal), _signal(other.stop_signal)),
        ("health check", one.health_check, other.health_check),
    )
    for name, before, after in pairs:
        if before != after:
            detail = f"{_text(after)} instead of {_text(before)}"
            yield Check("configuration", _explained(name, before, after), f"has another {name}", detail)


def _explained(name: str, before: object, after: object) -> CheckState:
    """A health check in other words is judged by its answers; whatever else is lost is lost."""
    return _NOT_MADE if name == "health check" and before and after else _FAILED


def _text(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(getattr(value, "test", value) or "none")
    return text[:300] or "none"


def _signal(name: str) -> str:
    return {"": "TERM", "15": "TERM"}.get(name, name.removeprefix("SIG"))


def _environment(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    before, after = _variables(original.image.config), _variables(candidate.image.config)
    lost = [name for name, value in before.items() if after.get(name) != value and name != "PATH"]
    own = _set_by_own(original, "ENV", "environment")
    ours = [name for name in lost if name in own]
    if ours:
        detail = " ".join(ours[:_SHOWN])
        yield Check("environment", _FAILED, "lacks environment variables that the Dockerfile sets", detail)
    others = [name for name in lost if name not in own]
    if others:
        detail = " ".join(others[:_SHOWN])
        what = f"lacks or changes environment variables that only the old base image sets ({len(others)})"
        yield Check("environment", _NOT_MADE, what, detail)
    more = [name for name in after if name not in before]
    if more:
        what = f"has environment variables that the original has not ({len(more)})"
        yield Check("environment", _NOT_MADE, what, " ".join(more[:_SHOWN]))


def _variables(config: ImageConfig) -> dict[str, str]:
    return dict((*one.partition("=")[::2],) for one in config.env)


def _labels(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    before, after = original.image.config.labels, candidate.image.config.labels
    own = _set_by_own(original, "LABEL", "label")
    lost = [name for name, value in before.items() if name in own and after.get(name) != value]
    if lost:
        yield Check("configuration", _FAILED, "lacks labels that the Dockerfile sets", " ".join(lost[:_SHOWN]))


def _set_by_own(side: Measurement, keyword: str, what: str) -> frozenset[str]:
    """Return the names that the Dockerfile itself sets; every name of the configuration if there is none to read."""
    config = side.image.config
    if side.dockerfile is None:
        return frozenset(_variables(config) if what == "environment" else config.labels)
    names: set[str] = set()
    stage = side.dockerfile.stage_for(side.target)
    while stage is not None:
        names.update(_names(stage, keyword))
        stage = side.dockerfile.stages[stage.base_stage] if stage.base_stage is not None else None
    return frozenset(names)


def _names(stage: Stage, keyword: str) -> Iterator[str]:
    """Return the names that a stage's ENV or LABEL instructions set; their arguments are triples that begin with it."""
    for instruction in stage.of(keyword):
        yield from (word.strip("\"'") for word in instruction.arguments[::3])
