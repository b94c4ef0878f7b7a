"""The fault script: what goes wrong with which request, and how often."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal["answer", "drop", "drop after commit", "cut body", "meanwhile"]

SECONDARY_LIMIT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


@dataclass
class Fault:
    """One thing that goes wrong ``times`` times with requests whose ``METHOD /path`` matches ``request``.

    ``answer`` replies with ``status``, ``headers`` and ``body`` without doing anything; ``drop`` closes
    the connection without doing anything; ``drop after commit`` does what was asked and closes the
    connection; ``cut body`` does what was asked and stops in the middle of the answer; ``meanwhile`` does what was
    asked, then ``deed``, then answers. The first ``skip`` matching requests pass.
    """

    request: str
    kind: FaultKind = "answer"
    times: int = 1
    skip: int = 0
    status: int = 502
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "Server Error"}'
    deed: Callable[[], object] = lambda: None

    def strikes(self, method: str, path: str) -> bool:
        """Count this request and say whether it goes wrong."""
        if self.times == 0 or not re.search(self.request, f"{method} {path}"):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class FaultScript:
    """The faults still to come, safe to ask from many threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()

    def next_for(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        with self._lock:
            return next((fault for fault in self._faults if fault.strikes(method, path)), None)


def secondary_limit(
    request: str, *, status: int = 403, retry_after_seconds: int | None = None, times: int = 1
) -> Fault:
    """A secondary rate limit as GitHub words it, with or without the header that says how long."""
    headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}
    body = f'{{"message": "{SECONDARY_LIMIT}", "documentation_url": "https://docs.github.com/rest"}}'
    return Fault(request, times=times, status=status, headers=headers, body=body)


def html_page(request: str, *, times: int = 1) -> Fault:
    """A proxy's or a maintenance page's friendly 200."""
    return Fault(
        request,
        times=times,
        status=200,
        headers={"Content-Type": "text/html; charset=utf-8"},
        body="<html><body>We'll be back soon</body></html>",
    )
