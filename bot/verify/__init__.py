"""Same behaviour: what an image is asked, what its runs showed, and whether a candidate does the same."""

from bot.verify.alike import checks_of, meaning_of
from bot.verify.preflight import preflight
from bot.verify.questions import awaiting, joined_trace, questions_of
from bot.verify.trace import parse_trace

__all__ = ["awaiting", "checks_of", "joined_trace", "meaning_of", "parse_trace", "preflight", "questions_of"]
