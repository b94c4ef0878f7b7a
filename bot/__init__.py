"""Deadweight: container image size on the pull request.

A pull request comes in; the images of its base and of its head are built by one builder, measured
from their layer bytes, compared, explained so that every byte adds up, advised upon, described, judged
against budgets, and published as one quiet comment. One file in ``bot/stages`` per arrow:

    event → plan → build → measure → diff → explain → advise → verify → describe → judge → report → publish

``describe`` makes the one noun that is judged, rendered and published. ``bot/flows`` calls the stages for each command,
``bot/model`` holds the frozen nouns that travel along the arrows, ``bot/ports`` what the stages need from the world,
``bot/edges`` the only code that touches it, ``bot/commands`` and ``bot/__main__`` join the two.
"""

__version__ = "0.1.0"
