"""What the runner says of this run: its variables, the event file and the Action's inputs."""

from collections.abc import Mapping
from pathlib import Path

from bot.errors import UsageError
from bot.model.plan import RunContext

LARGEST_EVENT_BYTES = 25_000_000
"""GitHub caps webhook payloads at 25 MB."""


def read_context(environment: Mapping[str, str]) -> RunContext:
    """Read the context of this run, empty outside Actions; raises ``UsageError`` where the event file is unreadable."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return RunContext()
    return RunContext(
        in_actions=True,
        event_name=environment.get("GITHUB_EVENT_NAME", ""),
        payload=_read_event(environment.get("GITHUB_EVENT_PATH", "")),
        repository=environment.get("GITHUB_REPOSITORY", ""),
        sha=environment.get("GITHUB_SHA", ""),
        ref=environment.get("GITHUB_REF", ""),
        server_url=environment.get("GITHUB_SERVER_URL", ""),
        api_url=environment.get("GITHUB_API_URL", ""),
        run_id=_number(environment, "GITHUB_RUN_ID"),
        run_attempt=_number(environment, "GITHUB_RUN_ATTEMPT"),
        workflow=environment.get("GITHUB_WORKFLOW", ""),
        job=environment.get("GITHUB_JOB", ""),
    )


def _read_event(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_EVENT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(
            "the event that started this run cannot be read",
            why=f"GITHUB_EVENT_PATH is {path!r} ({type(error).__name__})",
            fix="run inside a job of GitHub Actions, or unset GITHUB_ACTIONS to use the command line",
        ) from error
    if len(content) > LARGEST_EVENT_BYTES:
        raise UsageError("the event file is larger than any that GitHub sends")
    return content


def _number(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "")
    return int(value) if value.isdecimal() and value.isascii() else None


def read_inputs(environment: Mapping[str, str]) -> dict[str, str]:
    """Read the Action's inputs by their names in action.yml; those left empty are absent.

    The runner upper-cases names and turns blanks into underscores, dashes stay: ``INPUT_GITHUB-TOKEN``.
    """
    return {
        name.removeprefix("INPUT_").lower(): value.strip()
        for name, value in environment.items()
        if name.startswith("INPUT_") and value.strip()
    }
