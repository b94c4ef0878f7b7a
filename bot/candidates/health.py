"""The health check: the programs that it calls, and how it is written where there is no shell."""

import re

from bot.candidates.bases import Base
from bot.candidates.seen import Seen
from bot.candidates.stage_text import exec_form, single_line
from bot.candidates.start import find_in_path, plain_call
from bot.contents.lookup import encoded


def health_tools(seen: Seen) -> frozenset[bytes]:
    """Return the programs that the health check calls."""
    check = seen.config.health_check
    words = re.findall(r"[\w./-]+", " ".join(check.test[1:])) if check else []
    found = (find_in_path(seen, word) for word in words if not word.startswith("-"))
    return frozenset(seen.real(encoded(path.lstrip("/"))) for path in found if path)


def health_words(seen: Seen) -> tuple[str, ...]:
    """Return the health check's command, if it needs no shell."""
    check = seen.config.health_check
    if check is None or len(check.test) < 2:
        return ()
    return check.test[1:] if check.test[0] == "CMD" else plain_call(check.test[1])


def health_check_line(seen: Seen, base: Base) -> str:
    """Write the health check for an image without a shell, its program by absolute path; nothing for none."""
    own = [one for one in seen.chain if one.keyword == "HEALTHCHECK"]
    words = health_words(seen)
    if not own or not words:
        return ""
    program = find_in_path(seen, words[0])
    is_language = seen.real(encoded(program.strip("/"))) in seen.interpreters
    words = (base.program if is_language and base.program else program, *words[1:])
    return exec_form(" ".join(["HEALTHCHECK", *map(single_line, own[-1].flags), "CMD"]), words)
