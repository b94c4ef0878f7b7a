"""explanation → advice: what the rules find in the head image, best first, or suspect of one that did not build."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from bot.model.advice import Advice, EditPlan, Finding
from bot.model.build import BuildFailure
from bot.model.config import Suppression
from bot.model.dockerfile import Dockerfile
from bot.model.explain import Explanation, Failed, MeasuredPair, Measurement, measurement_of
from bot.rules.catalogue import RULES
from bot.rules.kit.edit_plan import combined
from bot.rules.kit.evidence import Evidence, gather
from bot.rules.kit.run_rules import read_ignores, run, suppress, suspect, union, without_repetitions


def advise(explanation: Explanation, suppressions: Sequence[Suppression]) -> Advice:
    """Run every rule over the head image, or over the Dockerfile of a head that did not build: that is only suspected.

    Findings that the Dockerfile or the configuration ignores are kept, marked, and claim nothing.
    """
    pair = explanation.difference.pair
    applying = [one for one in suppressions if fnmatchcase(pair.name, one.image or "*")]
    match pair.head:
        case Measurement() as head:
            return _measured(explanation, _gather(pair, head), applying)
        case Failed(failure=BuildFailure(dockerfile=Dockerfile() as dockerfile) as failure):
            return _suspected(explanation, failure, dockerfile, applying)
        case _:
            return Advice(explanation)


def _measured(explanation: Explanation, evidence: Evidence, applying: Sequence[Suppression]) -> Advice:
    """Note also what was to be ignored and met no finding, so that it can go."""
    ignores = read_ignores(evidence.dockerfile) if evidence.dockerfile else ()
    marked, notes = suppress(run(RULES, evidence), ignores, applying)
    findings = without_repetitions(marked)
    return Advice(explanation, findings, union(findings, evidence), notes, plan=_plan(evidence, findings))


def _plan(evidence: Evidence, findings: Sequence[Finding]) -> EditPlan | None:
    head = evidence.head
    if head.dockerfile is None:
        return None
    return combined(head.dockerfile, findings, path=head.dockerfile_path, ignore=head.ignore)


def _gather(pair: MeasuredPair, head: Measurement) -> Evidence:
    return gather(head, measurement_of(pair.base), base_unknown=isinstance(pair.base, Failed))


def _suspected(
    explanation: Explanation, failure: BuildFailure, dockerfile: Dockerfile, applying: Sequence[Suppression]
) -> Advice:
    """Claim nothing; and say of nothing ignored that it was not found, because no image was looked at."""
    found = suspect(RULES, dockerfile, file=failure.file, target=failure.target)
    findings, _ = suppress(found, read_ignores(dockerfile), applying)
    return Advice(explanation, findings)
