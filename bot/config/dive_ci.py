"""The rules of a ``.dive-ci`` (dive's README, "CI Integration") → the budget that means the same here.

A word is said about those that have no counterpart; kebab-case is accepted as well, and ``disabled`` turns a rule off.
"""

import re
from typing import Final, NamedTuple

from bot.units import parse_size


class DiveRules(NamedTuple):
    """What was found: text for ``max-dead``, empty if there is none, and comments for the reader."""

    max_dead: str
    remarks: tuple[str, ...]


_RULE: Final = re.compile(
    r"^[ \t]*(?:-[ \t]+)?(lowest-?efficiency|highest-?wasted-?bytes|highest-?user-?wasted-?percent)[ \t]*[:=][ \t]*"
    r"[\"']?([A-Za-z0-9.% ]{1,40}?)[\"']?[ \t]*(?:\#.*)?$",
    re.IGNORECASE | re.MULTILINE,
)
_WASTED_BYTES: Final = "highestwastedbytes"


def read_dive_ci(text: str) -> DiveRules:
    """Translate a ``.dive-ci``; what is not understood is said, never guessed."""
    rules = {match[1].lower().replace("-", ""): match[2].strip() for match in _RULE.finditer(text)}
    wasted = rules.pop(_WASTED_BYTES, "disabled")
    known = parse_size(wasted) is not None
    remarks = [
        f"{_NAMES[name]} = {value} of .dive-ci has no counterpart: {_WHY[name]}" for name, value in rules.items()
    ]
    if known:
        remarks.insert(0, _WHY_DEAD)
    elif wasted != "disabled":
        remarks.insert(0, "highestWastedBytes of .dive-ci is not a size that can be read")
    return DiveRules(wasted if known else "", tuple(remarks))


_NAMES: Final = {"lowestefficiency": "lowestEfficiency", "highestuserwastedpercent": "highestUserWastedPercent"}
_WHY: Final = {
    "lowestefficiency": "a share says nothing about the bytes; max-dead and max-size do",
    "highestuserwastedpercent": "dead bytes are bounded in bytes, by max-dead",
}
_WHY_DEAD: Final = (
    "max-dead is highestWastedBytes of .dive-ci; only bytes that are not in the final filesystem count here, "
    "so it is never stricter"
)
