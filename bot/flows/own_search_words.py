"""A search for a smaller image that an untrusted run made → the same in words of our own.

Numbers stay, and what renderers show as code: bases, packages, paths, what a check saw. Every phrase is looked up by
the name of its check, or is one of those that our own search says; the patch stays in the artifact.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.model.verify import Attempt, CheckState, Verification
from bot.stages.verify import BEHAVIOUR, BROKE_OFF, LARGER, NETWORK, SENTENCES

NOT_BUILT: Final = "it does not build"
NOT_CHOSEN: Final = "it did not pass"
UNKNOWN: Final = "its run does not say why in words that we know"

CHECKS: Final[Mapping[str, str]] = {
    "start": "whether it starts",
    "exit": "how it ends",
    "stop": "how it ends at its stop signal",
    "memory": "the memory that it needs",
    "output": "standard output",
    "errors": "standard error",
    "ports": "the ports that it listens on",
    "page": "what a page answers",
    "health": "the result of its health check",
    "users": "the users of its processes",
    "written": "the files that it writes",
    "observation": "what could not be observed",
    "program": "the program that is started",
    "command": "the words that it is started by",
    "libraries": "interpreters and libraries",
    "health check": "what its health check calls",
    "user": "the user that is configured",
    "working directory": "its working directory",
    "temporary directory": "its temporary directory",
    "CA certificates": "CA certificates",
    "time zones": "time zones",
    "locale": "its locale",
    "environment": "environment variables",
    "configuration": "its configuration",
    "opened files": "the files that the original opens",
    "own files": "files of its own that no run opened",
}
"""What each check looks at, by its name."""

_MEANINGLESS: Final = re.compile(
    r"the original (?:was not run twice|cannot be started in the box|runs out of the memory that the box has"
    r"|ended differently in two runs|is not healthy in the box|ends with exit code -?[0-9]{1,3} in the box"
    r"|neither ends nor listens within its time|does not answer on port [0-9]{1,5}"
    r"|answers [0-9]{1,3} on port [0-9]{1,5})",
    re.ASCII,
)
"""What ``bot.verify.meaning_of`` may say."""

_ALTERED: Final = re.compile(r"runs as (?:root|nonroot \([0-9]{1,6}\))", re.ASCII)


def search_in_our_words(search: Verification) -> Verification:
    """Give a search without a sentence or a patch that is not ours."""
    attempts = tuple(map(_attempt, search.attempts))
    best = None if search.best is None else attempts[search.attempts.index(search.best)]
    unmade = [check.what for check in best.checks if check.state is CheckState.NOT_MADE] if best else []
    said = [phrase for phrase in (NETWORK, BEHAVIOUR) if phrase in search.not_checked]
    return replace(
        search,
        attempts=attempts,
        best=best,
        patch="",
        not_checked=tuple(dict.fromkeys((*said, *unmade))),
        why=_why(search.why),
    )


def _why(why: str) -> str:
    if why.startswith(BROKE_OFF):
        return BROKE_OFF
    return why if not why or why in SENTENCES or _MEANINGLESS.fullmatch(why) else UNKNOWN


def _attempt(attempt: Attempt) -> Attempt:
    checks = tuple(replace(check, what=CHECKS[check.name]) for check in attempt.checks if check.name in CHECKS)
    altered = tuple(phrase for phrase in attempt.candidate.altered if _ALTERED.fullmatch(phrase))
    candidate = replace(attempt.candidate, altered=altered, form="")
    return replace(attempt, candidate=candidate, checks=checks, problem=_problem(attempt))


def _problem(attempt: Attempt) -> str:
    if not attempt.problem or attempt.problem == LARGER:
        return attempt.problem
    return NOT_BUILT if attempt.unpacked_bytes is None else NOT_CHOSEN
