"""What became of the search for a smaller image, as JSON and back; ``best`` is an index into the attempts."""

import re
from typing import Final

from bot.model import bounds
from bot.model.verify import Attempt, Candidate, Check, CheckState, Mend, MendKind, Rung, Verification
from bot.render.report_json import decode_values
from bot.render.report_json.reader import Json, Node

_COMMIT: Final = re.compile(r"(?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,63}", re.ASCII)


def encode_verification(one: Verification) -> Json:
    """Turn a search into JSON values."""
    return {
        "verified": one.verified,
        "original_bytes": one.original_bytes,
        "best": None if one.best is None else one.attempts.index(one.best),
        "attempts": [_attempt(attempt) for attempt in one.attempts],
        "patch": one.patch,
        "not_checked": list(one.not_checked),
        "why": one.why,
        "seconds": float(one.seconds),
        "found_at": one.found_at,
    }


def _attempt(attempt: Attempt) -> Json:
    candidate, download = attempt.candidate, attempt.download
    return {
        "rung": candidate.rung.value,
        "base": candidate.base,
        "altered": list(candidate.altered),
        "form": candidate.form,
        "mends": [{"kind": mend.kind.value, "subject": mend.subject} for mend in candidate.mends],
        "unpacked_bytes": attempt.unpacked_bytes,
        "download_bytes": {"bytes": download.bytes, "exact": download.exact} if download else None,
        "layers": attempt.layers,
        "seconds": float(attempt.seconds),
        "checks": [_check(check) for check in attempt.checks],
        "problem": attempt.problem,
    }


def _check(check: Check) -> Json:
    return {"name": check.name, "state": check.state.value, "what": check.what, "detail": check.detail}


def decode_verification(node: Node) -> Verification:
    """Read a search that anybody may have written. Raises ``UsageError`` with the JSON path of what is wrong."""
    words = ("patch", "not_checked", "why", "seconds", "found_at")
    part = node.record("verified", "original_bytes", "best", "attempts", *words)
    attempts = part["attempts"].items(_read_attempt, bounds.MOST_ATTEMPTS)
    best = part["best"].optional(lambda index: index.whole(0, bounds.MOST_ATTEMPTS - 1))
    if best is not None and best >= len(attempts):
        raise part["best"].refusal("is the index of no attempt")
    return Verification(
        original_bytes=part["original_bytes"].count(),
        attempts=attempts,
        best=None if best is None else attempts[best],
        verified=part["verified"].flag(),
        patch=part["patch"].text(bounds.PATCH_LIMIT),
        not_checked=part["not_checked"].items(decode_values.text, bounds.MOST_PHRASES),
        why=decode_values.text(part["why"]),
        seconds=part["seconds"].seconds(),
        found_at=part["found_at"].matching(_COMMIT),
    )


def _read_attempt(node: Node) -> Attempt:
    figures = ("unpacked_bytes", "download_bytes", "layers", "seconds", "checks", "problem")
    part = node.record("rung", "base", "altered", "form", "mends", *figures)
    return Attempt(
        candidate=Candidate(
            rung=part["rung"].choice(Rung),
            base=decode_values.text(part["base"]),
            dockerfile="",
            altered=part["altered"].items(decode_values.text, bounds.MOST_PHRASES),
            form=decode_values.text(part["form"]),
            mends=part["mends"].items(_read_mend, bounds.MOST_PHRASES),
        ),
        unpacked_bytes=part["unpacked_bytes"].optional(Node.count),
        download=part["download_bytes"].optional(decode_values.size),
        layers=part["layers"].optional(Node.count),
        seconds=part["seconds"].seconds(),
        checks=part["checks"].items(_read_check, bounds.MOST_CHECKS),
        problem=decode_values.text(part["problem"]),
    )


def _read_mend(node: Node) -> Mend:
    part = node.record("kind", "subject")
    return Mend(part["kind"].choice(MendKind), decode_values.text(part["subject"]))


def _read_check(node: Node) -> Check:
    part = node.record("name", "state", "what", "detail")
    return Check(
        name=part["name"].matching(_NAME),
        state=part["state"].choice(CheckState),
        what=decode_values.text(part["what"]),
        detail=decode_values.text(part["detail"]),
    )
