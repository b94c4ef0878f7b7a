"""layer-count: very many layers; it costs no bytes, and so none are claimed."""

from collections.abc import Iterator

from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import Wording, noted, stage_lines
from bot.rules.kit.rule import Fix, Group, Rule

ID = "layer-count"
MANY_LAYERS = 60
WORDING = Wording(
    rule=ID,
    title="The image has very many layers of its own",
    advice="Engines refuse more than 127 layers, and each is a request when the image is pulled. Layers cost no bytes "
    "by themselves: merge RUNs where one deletes what another made.",
    confidence=0.1,
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Note more than sixty layers above the base image."""
    own = [layer for layer in range(len(evidence.head.image.layers)) if not evidence.in_base_image(layer)]
    if len(own) > MANY_LAYERS:
        yield noted(evidence, WORDING, [("layers above the base image", len(own))], stage_lines(evidence))


RULE = Rule(
    id=ID,
    title="Very many layers",
    group=Group.LAYERS,
    fix=Fix.ADVICE,
    fires_on="The number is told; layers themselves weigh nothing.",
    silent_on="Many small steps are a matter of taste.",
    measured=find,
    wordings=(WORDING,),
)
