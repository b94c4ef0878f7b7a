"""explanation → advice: what the rules find in the head image, best first."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from bot.model.advice import Advice
from bot.model.config import Suppression
from bot.model.explain import Explanation, Failed, MeasuredPair, Measurement, measurement_of
from bot.rules.catalogue import RULES
from bot.rules.kit.evidence import Evidence, gather
from bot.rules.kit.run_rules import read_ignores, run, suppress, union


def advise(explanation: Explanation, suppressions: Sequence[Suppression]) -> Advice:
    """Run every rule over the head image; an image that was not measured gets no findings.

    Findings that the Dockerfile or the configuration ignores are kept, marked, and claim nothing; an instruction to
    ignore that met no finding is noted.
    """
    pair = explanation.difference.pair
    if not isinstance(pair.head, Measurement):
        return Advice(explanation)
    evidence = _gather(pair, pair.head)
    ignores = read_ignores(evidence.dockerfile) if evidence.dockerfile else ()
    applying = [one for one in suppressions if fnmatchcase(pair.name, one.image or "*")]
    findings, notes = suppress(run(RULES, evidence), ignores, applying)
    return Advice(explanation, findings, union(findings, evidence), notes)


def _gather(pair: MeasuredPair, head: Measurement) -> Evidence:
    return gather(head, measurement_of(pair.base), base_unknown=isinstance(pair.base, Failed))
