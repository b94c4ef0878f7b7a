"""What an image is asked: what the configuration says, what it exposes, and what its own health check asks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.model.image import ImageConfig
from bot.model.verify import Behaviour, Questions, Trace, WebPage

_MOST_PAGES: Final = 64
_URL: Final = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(\d{1,5}))?(/[A-Za-z0-9._~+,=:@%/?&-]*)?"
)
_PORT: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/tcp)?")
_LARGEST_PORT: Final = 65_535


def questions_of(asked: Questions, config: ImageConfig) -> Questions:
    """Add to what the configuration asks of an image the ports that it exposes, and what its health check asks."""
    pages = (*asked.pages, *(WebPage(port, "/") for port in exposed(config)), *_of_health_check(config))
    awaited = asked.awaited | frozenset(exposed(config))
    return replace(asked, pages=tuple(dict.fromkeys(pages))[:_MOST_PAGES], awaited=awaited)


def awaiting(questions: Questions, seen: Behaviour) -> Questions:
    """Wait, in the next box, for what the image has already been seen to do: listen on ports, end when it is told."""
    if not seen.runs:
        return questions
    own = seen.runs[0]
    ends = questions.ends_when_told or own.stopped is not None
    return replace(questions, awaited=questions.awaited | own.listening, ends_when_told=ends)


def joined_trace(seen: Behaviour) -> Trace | None:
    """Join what all runs of an image asked for; ``None`` where not one of them was traced."""
    traces = [run.trace for run in seen.runs if run.trace is not None]
    return (
        Trace(
            opened=frozenset().union(*(trace.opened for trace in traces)),
            executed=frozenset().union(*(trace.executed for trace in traces)),
            missed=frozenset().union(*(trace.missed for trace in traces)),
            looked_at=frozenset().union(*(trace.looked_at for trace in traces)),
        )
        if traces
        else None
    )


def exposed(config: ImageConfig) -> tuple[int, ...]:
    """Return the TCP ports that an image exposes, in order."""
    found = {port for one in config.exposed_ports if (match := _PORT.fullmatch(one)) for port in _range(match)}
    return tuple(sorted(found))[:_MOST_PAGES]


def _range(match: "re.Match[str]") -> range:
    first, last = int(match[1]), int(match[2] or match[1])
    return range(first, min(last, _LARGEST_PORT, first + _MOST_PAGES) + 1) if first else range(0)


def _of_health_check(config: ImageConfig) -> Iterator[WebPage]:
    """Read the addresses that a health check names literally."""
    test = config.health_check.test if config.health_check else ()
    for match in _URL.finditer(" ".join(test[1:])[:4096]):
        port = int(match[1] or 80)
        if 0 < port <= _LARGEST_PORT:
            yield WebPage(port, match[2] or "/")
