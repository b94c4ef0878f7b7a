"""Tells from what a builder says why a build failed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.edges.builders.build_log import plain
from bot.edges.redactor import Redactor
from bot.model.build import BuildFailure, BuildRequest, FailureKind

_TAIL_LINES = 20
_EXCERPT = re.compile(r"^\s*(\d+) \| >>> ?(.*)$")
_EXIT_CODE = re.compile(r"exit (?:code|status):? (\d+)|returned a non-zero code: (\d+)")
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|ENOSPC", re.IGNORECASE)

# Words that come after the command line that failed, and so are never the Dockerfile's own.
_FAILED_COMMAND = re.compile(
    r"did not complete successfully|returned a non-zero code|(?<=\]: )(?:runc did not terminate successfully: )?"
    r"exit (?:code|status):? \d+\s*\Z"
)
_PARSE_ERROR = re.compile(r"parse error (?:on )?line (\d+)")
# Frames that BuildKit puts around the words that matter.
_WRAPPINGS = re.compile(
    r"^(?:ERROR: |failed to (?:build|solve|create LLB definition|compute cache key|calculate checksum of ref \S+): |"
    r"failed to solve with frontend \S+: |rpc error: code = \w+ desc = |(?:COPY|ADD) failed: )+"
)

# The first that matches says what kind it is; the patterns are of messages by BuildKit, containerd and the Engine.
_KINDS: tuple[tuple[FailureKind, tuple[str, ...]], ...] = (
    (
        FailureKind.NEEDS_BUILDKIT,
        (
            r"requires? BuildKit",
            r"the --\w+ option requires",
            r"unknown flag: (mount|network|security|link|exclude)",
            r"frontend\.contexts",
        ),
    ),
    (FailureKind.INSTRUCTION, (_FAILED_COMMAND.pattern,)),
    (
        FailureKind.CREDENTIALS,
        (
            *("pull access denied", "unauthorized", "authentication required", "authorization failed"),
            *("insufficient_scope", r"\bdenied: ", "error getting credentials", "no basic auth credentials"),
            *("401 Unauthorized", "403 Forbidden"),
        ),
    ),
    (FailureKind.NO_DOCKERFILE, ("failed to read dockerfile", "cannot locate specified dockerfile")),
    (
        FailureKind.INSTRUCTION,
        ("failed to compute cache key", "failed to calculate checksum", "COPY failed", "ADD failed"),
    ),
    (
        FailureKind.BASE_IMAGE,
        (
            *("failed to resolve", "failed to do request", "manifest unknown", "manifest for .* not found"),
            *("no such host", "connection refused", "i/o timeout", "repository .* not found", "no match for platform"),
            *("invalid reference format", "failed to parse stage name", r"Get \"?https?://"),
        ),
    ),
    (
        FailureKind.DOCKERFILE,
        (
            *("dockerfile parse error", "unknown instruction", "target stage .* could not be found"),
            *("failed to reach build target", "failed to create LLB definition", "circular dependency"),
            *("no instructions", "cannot be empty", "no build stage in current context", "syntax error"),
        ),
    ),
)
_OF_INSTRUCTIONS = frozenset({FailureKind.INSTRUCTION, FailureKind.DISK_FULL})
_COMPILED = tuple((kind, re.compile("|".join(patterns), re.IGNORECASE)) for kind, patterns in _KINDS)

_SENTENCES = {
    FailureKind.DOCKERFILE: "{file} is not a Dockerfile that can be built: {reason}",
    FailureKind.NO_DOCKERFILE: "There is no {file}.",
    FailureKind.BASE_IMAGE: "An image that the build needs could not be had: {reason}",
    FailureKind.CREDENTIALS: (
        "An image could not be pulled without credentials: {reason} Pull requests from forks have no secrets;"
        " log in to the registry before this step, or use an image that everybody may pull."
    ),
    FailureKind.DISK_FULL: (
        "The disk is full. Free space before the build, for example by removing what the job does not need,"
        " or use a runner with more."
    ),
    FailureKind.DEADLINE: "The build was stopped after its deadline of {deadline:.0f} s.",
    FailureKind.NEEDS_BUILDKIT: (
        "{file} needs a newer builder than this one: {reason} Install docker buildx 0.13 or newer, or a newer engine."
    ),
    FailureKind.ENGINE: "The builder failed: {reason}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """What a builder said about a failure: its error, the text around it, and the step it was at with its log.

    ``step`` is an instruction on one line, such as ``RUN make``, empty where it was none.
    """

    error: str
    excerpt: Sequence[str] = ()
    step: str = ""
    log: Sequence[str] = ()
    expired: bool = False


def explain_failure(account: Account, request: BuildRequest, redactor: Redactor | None = None) -> BuildFailure:
    """Make a failure of an account: kind, sentence, lines, exit code, and the last lines of the log, made plain.

    Without a redactor the image's build arguments are hidden, and nothing else.
    """
    redactor = redactor or Redactor().knowing(request.spec.sensitive_values)
    words = _own_words(account.error)
    kind = FailureKind.DEADLINE if account.expired else _kind(words, account)
    failure = BuildFailure(
        kind=kind,
        sentence="",
        file=request.spec.dockerfile,
        lines=_lines(account.excerpt, words),
        text=plain(account.step, redactor),
        exit_code=_exit_code(words) if kind in _OF_INSTRUCTIONS else None,
        log_tail=tuple(plain(line) for line in redactor.lines(account.log)[-_TAIL_LINES:]) if account.log else (),
    )
    reason = plain(_WRAPPINGS.sub("", " ".join(redactor.text(account.error).split())), redactor)
    return replace(failure, sentence=_sentence(failure, reason, request))


def _kind(words: str, account: Account) -> FailureKind:
    # A RUN that meets a full disk fails like any other; only its log knows.
    if _DISK_FULL.search(words) or any(map(_DISK_FULL.search, account.log)):
        return FailureKind.DISK_FULL
    usual = FailureKind.INSTRUCTION if account.step else FailureKind.ENGINE
    return next((kind for kind, pattern in _COMPILED if pattern.search(words)), usual)


def _own_words(error: str) -> str:
    """Cut off the command line that the builder quotes, which could contain anything."""
    *_, last = [error, *(error[match.start() :] for match in _FAILED_COMMAND.finditer(error))]
    return last


def _sentence(failure: BuildFailure, reason: str, request: BuildRequest) -> str:
    ended = reason if reason.endswith((".", "…")) else f"{reason}."
    if failure.kind is not FailureKind.INSTRUCTION:
        details = {"file": failure.file, "reason": ended, "deadline": request.deadline_seconds}
        return _SENTENCES[failure.kind].format(**details)
    keyword = failure.text.partition(" ")[0].upper() or "An instruction"
    if failure.exit_code is not None:
        return f"{keyword} failed with exit code {failure.exit_code}."
    return f"{keyword} failed: {ended}"


def _lines(excerpt: Iterable[str], words: str) -> tuple[int, int] | None:
    numbers = [int(match[1]) for line in excerpt if (match := _EXCERPT.match(line))]
    if not numbers and (match := _PARSE_ERROR.search(words)):
        numbers = [int(match[1])]
    return (min(numbers), max(numbers)) if numbers else None


def _exit_code(words: str) -> int | None:
    match = _EXIT_CODE.search(words)
    return int(match[1] or match[2]) if match else None
