"""Waiting for several things at once."""

from collections.abc import Callable, Sequence
from threading import Thread
from typing import TypeVar

_Main = TypeVar("_Main")
_Side = TypeVar("_Side")


def run_concurrently(task: Callable[[], _Main], others: Sequence[Callable[[], _Side]]) -> tuple[_Main, list[_Side]]:
    """Run a task, and others in threads of their own meanwhile; returns the results of all of them.

    Raises the first error among them, the task's before the others', once all have ended.
    """
    results: list[_Side | None] = [None] * len(others)
    errors: list[Exception | None] = [None] * len(others)

    def run(index: int) -> None:
        try:
            results[index] = others[index]()
        except Exception as error:  # noqa: BLE001 - it is the caller's, whatever it is
            errors[index] = error

    threads = [Thread(target=run, args=(index,)) for index in range(len(others))]
    for thread in threads:
        thread.start()
    try:
        result = task()
    finally:
        for thread in threads:
            thread.join()
    for error in filter(None, errors):
        raise error
    return result, results  # type: ignore[return-value] # without an error, each has its result
