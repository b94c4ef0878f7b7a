"""Tasks that wait for each other's sake run at once, and no failure among them is lost."""

import threading

import pytest

from bot.edges.concurrency import run_concurrently


def fail(text: str) -> None:
    """Raise an error."""
    raise ValueError(text)


def test_beside__all_run_at_once() -> None:
    """Tasks that can only end together do end, and each result is in its place."""
    barrier = threading.Barrier(3, timeout=10)

    def meet(name: str) -> str:
        barrier.wait()
        return name

    assert ("a", ["b", "c"]) == run_concurrently(lambda: meet("a"), [lambda: meet("b"), lambda: meet("c")])


def test_beside__first_error() -> None:
    """Of several errors the first one in order is raised, the task's own before all others."""
    with pytest.raises(ValueError, match="own"):
        run_concurrently(lambda: fail("own"), [lambda: fail("other")])
    with pytest.raises(ValueError, match="first"):
        run_concurrently(lambda: None, [lambda: None, lambda: fail("first"), lambda: fail("second")])


def test_beside__ends_after_all() -> None:
    """Also after an error nothing goes on behind the caller's back."""
    before = threading.active_count()
    release = threading.Event()

    def fail_late() -> None:
        release.set()
        fail("own")

    with pytest.raises(ValueError, match="own"):
        run_concurrently(fail_late, [lambda: release.wait(10)])

    assert before == threading.active_count()
