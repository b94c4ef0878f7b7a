"""What findings propose, put together: one Dockerfile, one ignore list and one patch to an image."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from bot.dockerfile import Dockerfile, Edit
from bot.dockerfile.edits import apply, overlap
from bot.dockerfile.patch import unified_patch
from bot.model.advice import EditPlan, Finding, LeftOut
from bot.model.dockerfile import IgnoreFile

_SAME_PLACE = "it changes the same lines as a proposal that removes more"
_BUILD_STAGE = "the lines that it changes are in a build stage now, which is not shipped"
_NOT_TOGETHER = "together with the others it would change more of the Dockerfile than its own lines"


def combined(
    dockerfile: Dockerfile, findings: Iterable[Finding], *, path: str, ignore: IgnoreFile | None = None
) -> EditPlan | None:
    """Put together what findings propose for a Dockerfile, best first; ``None`` where that is nothing.

    ``path`` is the Dockerfile's in the repository. A proposal that does not go with a better one is left out as a
    whole, with the reason. Comments and layout stay: the text is the old one with the edits spliced in.
    """
    taken, left_out = list[Finding](), list[LeftOut]()
    for finding in _splits_first(one for one in findings if (one.edits or one.ignores) and not one.suppressed):
        why = _objection(dockerfile, taken, finding)
        if why:
            left_out.append(LeftOut(finding.rule, why))
        else:
            taken.append(finding)
    if not taken:
        return None
    changed = _changed(dockerfile, _edits_of(taken))
    new_ignore = ignoring(ignore, [line for finding in taken for line in finding.ignores])
    return EditPlan(
        dockerfile=changed.text,
        ignore=new_ignore,
        patch=patch_between(dockerfile, changed, path, ignore, new_ignore),
        taken=tuple(dict.fromkeys(finding.rule for finding in taken)),
        left_out=tuple(dict.fromkeys(left_out)),
        altered=tuple(dict.fromkeys(phrase for finding in taken for phrase in finding.altered)),
    )


def patch_between(
    before: Dockerfile, after: Dockerfile, path: str, ignore: IgnoreFile | None = None, new_ignore: str | None = None
) -> str:
    """Show a changed Dockerfile, and a changed or new ignore list, as one diff that ``git apply`` takes."""
    patch = unified_patch(path, before.text, after.text) if path else ""
    if after.text != before.text and not patch:
        return ""
    return patch + (unified_patch(ignore.path, ignore.text, new_ignore) if ignore and new_ignore is not None else "")


def ignoring(ignore: IgnoreFile | None, lines: Sequence[str]) -> str | None:
    """Append lines to an ignore list, those that it has not yet; ``None`` where it stays as it is.

    Of an ignore list the last line that matches decides, so that what is appended holds.
    """
    if ignore is None:
        return None
    known = {line.strip().strip("/") for line in ignore.text.splitlines()}
    new = [line for line in dict.fromkeys(lines) if line.strip("/") not in known]
    if not new:
        return None
    newline = "\r\n" if "\r\n" in ignore.text else "\n"
    ended = ignore.text if not ignore.text or ignore.text.endswith("\n") else ignore.text + newline
    return ended + "".join(f"{line}{newline}" for line in new)


def joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Order edits by place: one that is there twice once, and insertions at one place after one another as given."""
    unique = dict.fromkeys(edits)
    by_place = groupby(sorted(unique, key=lambda edit: edit.span), key=lambda edit: edit.span)
    grouped = [(span, list(at_place)) for span, at_place in by_place]
    return tuple(
        edit
        for span, at_place in grouped
        for edit in ([Edit(span, "".join(one.text for one in at_place))] if span.start == span.end else at_place)
    )


def _splits_first(findings: Iterable[Finding]) -> list[Finding]:
    """Put what makes a build stage first: of what is in one, nothing is shipped any more."""
    return sorted(findings, key=lambda finding: not any(map(_starts_a_stage, finding.edits)))


def _objection(dockerfile: Dockerfile, taken: Sequence[Finding], finding: Finding) -> str:
    before = _edits_of(taken)
    split = max((edit.span.start for edit in before if _starts_a_stage(edit)), default=0)
    if any(edit.span.start < split for edit in finding.edits):
        return _BUILD_STAGE
    together = joined((*before, *finding.edits))
    if overlap(together):
        return _SAME_PLACE
    return _NOT_TOGETHER if finding.edits and apply(dockerfile, together) is None else ""


def _edits_of(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    return joined(edit for finding in findings for edit in finding.edits)


def _changed(dockerfile: Dockerfile, edits: Sequence[Edit]) -> Dockerfile:
    return (apply(dockerfile, edits) if edits else None) or dockerfile


def _starts_a_stage(edit: Edit) -> bool:
    return any(line.startswith("FROM ") for line in edit.text.splitlines())
