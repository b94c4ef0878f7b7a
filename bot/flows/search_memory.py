"""What a search has found, kept for the next push: by all that determines it, and said with the commit it is from."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from bot import __version__
from bot.dockerfile.build_inputs import BuildInputs
from bot.errors import UsageError
from bot.model import bounds
from bot.model.advice import Advice, Ladder
from bot.model.config import VerifyMode
from bot.model.explain import Measurement
from bot.model.verify import Questions
from bot.render.report_json.reader import load
from bot.render.report_json.verification import decode_verification, encode_verification

_FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class SearchKey:
    """All that a search depends on: what is built and from which files, what is asked, by which version of ours.

    ``repository`` keeps apart what several of them find on one machine: a commit that is named is one of its own.
    """

    repository: str
    inputs: BuildInputs = field(repr=False)
    questions: Questions
    mode: VerifyMode
    head: Measurement = field(repr=False)

    @property
    def digest(self) -> str:
        """Sum it up as ``sha256:…``; another base image, size or number of layers is another key.

        Layers themselves are no part of it: on a machine that is new every time, each build makes them anew.
        """
        made = hashlib.sha256()
        for part in self._parts():
            made.update(json.dumps(part, default=str, ensure_ascii=True).encode() + b"\n")
        return f"sha256:{made.hexdigest()}"

    def _parts(self) -> Iterator[object]:
        yield (
            _FORMAT,
            __version__,
            self.repository,
            self.mode,
            repr(self.questions.commands),
            repr(self.questions.pages),
        )
        head = self.head
        yield (head.image.unpacked_bytes, len(head.image.layers), head.base_image, head.base_digest)
        for spec in self.inputs.spec.with_parents:
            one = replace(self.inputs, spec=spec)
            files = one.below(spec.context)
            yield (spec.dockerfile, spec.context, spec.target, spec.platform, spec.build_args, spec.build_contexts)
            yield (one.dockerfile, one.ignore_text)
            yield from ((path, files[path][1:]) for path in sorted(one.visible(files, files)))


def remembered(advice: Advice, commit: str) -> bytes:
    """Write what is to be kept of a search, and which rules' findings it answers."""
    if advice.verification is None:
        return b""
    kept = bounds.verification(replace(advice.verification, found_at=advice.verification.found_at or commit))
    answered = sorted({finding.rule for finding in advice.findings if finding.ladder >= Ladder.BUILT})
    return json.dumps({"search": encode_verification(kept), "answered": answered}).encode()


def recalled(advice: Advice, content: bytes | None, head: Measurement) -> Advice | None:
    """Read what was kept, ``None`` where there is nothing or it is not about this very head."""
    try:
        part = load(content or b"").record("search", "answered")
        found = decode_verification(part["search"])
        answered = set(part["answered"].items(lambda rule: rule.text(bounds.TEXT_LIMIT), bounds.MOST_FINDINGS))
    except UsageError:
        return None
    best = found.best
    if best is None or best.unpacked_bytes is None or found.original_bytes != head.image.unpacked_bytes:
        return None
    step, after = Ladder.VERIFIED if found.verified else Ladder.BUILT, best.unpacked_bytes
    findings = tuple(
        replace(one, ladder=step, measured_after_bytes=after) if one.rule in answered and not one.suppressed else one
        for one in advice.findings
    )
    return replace(advice, verification=found, findings=findings)
