"""What somebody accepted by label: remembered in our own comment, so that it ends where an image grows further."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from bot.model.effects import Marker

LONGEST_LINE: Final = 5_000
"""Characters, so that line and comment stay below 65,536 together, which is the least that any provider takes."""

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_LINE: Final = re.compile(
    r"<!-- deadweight:accepted by=(?P<by>[A-Za-z0-9_.~%-]{1,600})"
    r" at=(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"
    r"(?: head=(?P<head>[0-9a-f]{40}(?:[0-9a-f]{24})?))?"
    r"(?P<amounts>(?: [A-Za-z0-9_.~%-]+,[A-Za-z0-9_.~%-]*,[A-Za-z0-9_.~%-]+,[0-9]{1,16})+) -->(?:\r?\n|\Z)",
    re.ASCII,
)


class Amount(NamedTuple):
    """What one budget of one image measured when that was accepted: bytes or a count."""

    image: str
    platform: str
    budget: str
    amount: int


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who set the label, when, for which commit, and what was exceeded then.

    Without ``amounts`` nothing has been judged since, and whatever that commit exceeds is accepted.
    """

    login: str
    when: datetime
    amounts: tuple[Amount, ...] = ()
    head: str = ""

    @property
    def line(self) -> str:
        """One HTML comment, without line end, percent-encoded and never holding ``--``.

        Amounts beyond its length are left out: what is not remembered is not accepted.
        """
        when = self.when.astimezone(UTC).strftime(_TIME)
        head = f" head={self.head}" if self.head else ""
        start = f"<!-- deadweight:accepted by={_quoted(self.login)} at={when}{head}"
        return f"{start}{''.join(self._fitting(LONGEST_LINE - len(start) - len(_END)))}{_END}"

    def put_below_marker(self, body: str) -> str:
        """Put the line where ``parse`` looks for it."""
        marker, _, rest = body.partition("\n")
        return f"{marker}\n{self.line}\n{rest}"

    def _fitting(self, left: int) -> Iterator[str]:
        for one in self.amounts:
            text = f" {_quoted(one.image)},{_quoted(one.platform)},{_quoted(one.budget)},{one.amount}"
            left -= len(text)
            if left < 0:
                return
            yield text

    @classmethod
    def parse(cls, body: str) -> "Acceptance | None":
        """Read what our own comment remembers: directly below its marker, else nothing."""
        first, _, rest = body.partition("\n")
        match = _LINE.match(rest) if Marker.parse(f"{first}\n") is not None else None
        if match is None or len(match[0]) > LONGEST_LINE + 2:
            return None
        try:
            when = datetime.strptime(match["at"], _TIME).replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(unquote(match["by"]), when, tuple(map(_amount, match["amounts"].split())), match["head"] or "")


_END: Final = " -->"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace").replace("--", "-%2D")


def _amount(text: str) -> Amount:
    image, platform, budget, amount = text.split(",")
    return Amount(unquote(image), unquote(platform), unquote(budget), int(amount))
