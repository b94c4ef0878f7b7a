"""Which pull request a report is about: of those that its run may be of, the one whose commits were compared.

One branch can be proposed to several bases, and not every provider tells the runs of a fork's pull requests apart. What
was compared does: the merge commit has the pull request's head and a commit of its base branch for parents.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from bot.model.plan import Comparison, Skip
from bot.model.provider import Pull
from bot.ports import Provider

_NONE: Final = (
    "the report compares {base} with {head}, which no pull request of its run does (its head merged into its base "
    "branch, or its head with where it left that); a step with `base-ref` needs it here too"
)
_SEVERAL: Final = "the report may be about pull request {numbers}: which cannot be told, since {base} is on all bases"


class _Tie(IntEnum):
    """How a comparison hangs together with a pull request; certain where the provider itself names both commits."""

    NONE = 0
    POSSIBLE = 1
    CERTAIN = 2


class Question(NamedTuple):
    """A comparison that a report claims, and the ``base-ref`` that was asked for, empty where none was."""

    comparison: Comparison
    asked_base: str = ""


def pull_of(question: Question, pulls: Sequence[Pull], provider: Provider) -> Pull | Skip:
    """Find the one pull request that was compared. Raises ``PublishError`` where the provider does not answer.

    The base branch may have moved on since: its old tip is still on it. Certain ties go before possible ones; what
    fits several is posted nowhere.
    """
    ties = [(pull, _tie(question, pull, provider)) for pull in pulls]
    best = max((tie for _, tie in ties), default=_Tie.NONE)
    found = [pull for pull, tie in ties if tie is best and best is not _Tie.NONE]
    if len(found) == 1:
        return found[0]
    comparison = question.comparison
    base, head = comparison.base_sha[:7] or "nothing", comparison.head_sha[:7]
    if not found:
        return Skip(_NONE.format(base=base, head=head))
    return Skip(_SEVERAL.format(numbers=" or ".join(str(pull.number) for pull in found), base=base))


def _tie(question: Question, pull: Pull, provider: Provider) -> _Tie:
    if question.asked_base and not _is_on(question.asked_base, question.comparison.base_sha, provider):
        return _Tie.NONE
    if question.comparison.pull_head_sha:
        return _tie_of_merge(question, pull, provider)
    return _tie_of_head(question, pull, provider)


def _tie_of_merge(question: Question, pull: Pull, provider: Provider) -> _Tie:
    """Ask whether a merge commit is one of this pull request: second parent its head, first one on its base branch."""
    comparison = question.comparison
    merge, *parents = (comparison.head_sha, *provider.parents(comparison.head_sha))
    if len(parents) != 2 or {parents[1], comparison.pull_head_sha} != {pull.head_sha}:
        return _Tie.NONE
    if not question.asked_base and comparison.base_sha not in {parents[0], ""}:
        return _Tie.NONE
    if merge == pull.merge_sha:
        return _Tie.CERTAIN
    on_base = parents[0] == pull.base_sha or _is_on(pull.base_ref, parents[0], provider)
    return _Tie.POSSIBLE if on_base else _Tie.NONE


def _tie_of_head(question: Question, pull: Pull, provider: Provider) -> _Tie:
    """Ask whether a head without merge commit is this pull request's, and the base where it left the base branch."""
    comparison = question.comparison
    if comparison.head_sha != pull.head_sha:
        return _Tie.NONE
    if question.asked_base or not comparison.base_sha:
        return _Tie.POSSIBLE
    if provider.merge_base(pull.base_ref, pull.head_sha) == comparison.base_sha:
        return _Tie.CERTAIN
    # Parts of the branch may have been merged since; the merge base of then is behind that of now.
    behind = all(_is_on(tip, comparison.base_sha, provider) for tip in (pull.base_ref, pull.head_sha))
    return _Tie.POSSIBLE if behind else _Tie.NONE


def _is_on(tip: str, commit: str, provider: Provider) -> bool:
    """Tell whether a commit is an ancestor of a branch or commit, or that itself."""
    return bool(commit) and (tip == commit or provider.merge_base(tip, commit) == commit)
