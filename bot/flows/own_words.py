"""A report that an untrusted run made → the same numbers in words of our own.

Its sentences are printed in our name, so none of them is taken over: they come from our tables, by rule, kind and
number. Paths, names and instructions stay, because every renderer shows them as code; patches, which somebody might
run, stay in the artifact. What is not in a table is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from bot import __version__
from bot.flows.own_search_words import search_in_our_words
from bot.model.advice import Finding
from bot.model.build import BuildFailure, FailureKind
from bot.model.plan import Comparison
from bot.model.report import ImageReport, ImageState, MissingSide, Report, SideReport
from bot.rules.catalogue import RULES
from bot.rules.kit.findings import Wording
from bot.units import NO_BREAK_SPACE

PATCHES_LEFT_OUT: Final = "Patches come from the pull request and are not shown; they are in the run's report artifact."
NOT_ALIKE: Final = "The two sides are for different platforms, which are not compared."
UNKNOWN_WHY: Final = "its run does not say why in words that we know"

_WORDINGS: Final[Mapping[str, tuple[Wording, ...]]] = {rule.id: rule.wordings for rule in RULES}
_BASES: Final = (
    "first parent of the merge commit",
    "commit that the merge group builds upon",
    "commit before the push",
    "first parent",
    "merge base",
)
"""Why a commit is the base; what may follow is a name."""

_REASONS: Final = frozenset(
    {
        "its measurement did not arrive",
        "no input changed",
        "Nothing that its build can see differs.",
    }
)
NOTES: Final = frozenset(
    {
        "Layers hold more than the limits allow: sums are exact, what they are made of is not told.",
        "The layers are not those that the builder reported: they are attributed by the image's history.",
        "The sides were read from different kinds of sources: changed paths are counted by size and kind only.",
        "The apk database could not be read: its packages are shown as paths.",
        "The dpkg database could not be read: its packages are shown as paths.",
    }
)
"""Sentences of ours that no foreign word is in, and so are known by themselves."""

_FAILURES: Final[Mapping[FailureKind, str]] = {
    FailureKind.INSTRUCTION: "An instruction failed",
    FailureKind.DOCKERFILE: "The Dockerfile cannot be built.",
    FailureKind.NO_DOCKERFILE: "There is no such Dockerfile.",
    FailureKind.BASE_IMAGE: "An image that the build needs could not be had.",
    FailureKind.CREDENTIALS: (
        "An image could not be pulled without credentials. Pull requests from forks have no secrets; use an image that"
        " everybody may pull."
    ),
    FailureKind.DISK_FULL: "The disk is full.",
    FailureKind.DEADLINE: "The build was stopped after its deadline.",
    FailureKind.NEEDS_BUILDKIT: "The Dockerfile needs a newer builder than this one.",
    FailureKind.ENGINE: "The builder failed.",
}


def in_our_words(report: Report) -> Report:
    """Return a report without a sentence that is not ours; its notes say what was left out."""
    has_patches = any(map(_has_patch, report.images))
    return replace(
        report,
        tool_version=__version__,
        comparison=_comparison(report.comparison),
        images=tuple(map(_image, report.images)),
        policy_source="",
        waivers=(),
        notes=(PATCHES_LEFT_OUT,) if has_patches else (),
    )


def _has_patch(image: ImageReport) -> bool:
    search = image.verification
    return any(finding.patch for finding in image.findings) or bool(search and search.patch)


def _comparison(comparison: Comparison) -> Comparison:
    known = next((base for base in _BASES if comparison.why.startswith(base)), "commit that its run chose")
    return replace(comparison, why=known if comparison.base_sha else "its run found no commit to compare with")


def _image(image: ImageReport) -> ImageReport:
    findings = tuple(_finding(one) for one in image.findings if one.rule in _WORDINGS)
    told = sum(one.claimed.total for one in findings if not one.suppressed)
    return replace(
        image,
        base=_side(image.base),
        head=_side(image.head),
        findings=findings,
        claimed_bytes=min(image.claimed_bytes, told),
        budgets=tuple(replace(judged, reason="", waived_by=None) for judged in image.budgets),
        notes=tuple(_notes(image)),
        verification=search_in_our_words(image.verification) if image.verification else None,
    )


def _side(side: SideReport | MissingSide | None) -> SideReport | MissingSide | None:
    match side:
        case SideReport():
            return replace(side, source="")
        case MissingSide(failure=None):
            return replace(side, why=side.why if side.why in _REASONS else UNKNOWN_WHY)
        case MissingSide(failure=BuildFailure() as failure):
            sentence = _sentence(failure)
            return MissingSide(sentence, replace(failure, sentence=sentence))
        case _:
            return None


def _sentence(failure: BuildFailure) -> str:
    if failure.kind is not FailureKind.INSTRUCTION:
        return _FAILURES[failure.kind]
    code = "" if failure.exit_code is None else f" with exit code{NO_BREAK_SPACE}{failure.exit_code}"
    return f"{_FAILURES[failure.kind]}{code}."


def _finding(finding: Finding) -> Finding:
    """Say what the rule says: in the wording that was chosen, if it is one of its own, else in its usual one."""
    wordings = _WORDINGS[finding.rule]
    chosen = (one for one in wordings if (one.title, one.advice) == (finding.title, finding.advice))
    wording = next(chosen, wordings[0])
    suppressed = "ignored by the pull request" if finding.suppressed else ""
    return replace(finding, title=wording.title, advice=wording.advice, patch="", suppressed=suppressed)


def _notes(image: ImageReport) -> Iterator[str]:
    if image.state is ImageState.NOT_COMPARED and isinstance(image.base, SideReport):
        yield NOT_ALIKE
    yield from (note for note in image.notes if note in NOTES)
