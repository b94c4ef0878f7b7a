"""An image, judged: its advice, every budget held against it, and the worst verdict."""

from dataclasses import dataclass

from bot.model.advice import Advice
from bot.model.budget import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """One image with all that is known of it."""

    advice: Advice
    judgements: tuple[Judgement, ...]
    verdict: Verdict
