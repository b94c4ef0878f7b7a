"""Candidates: the evidence of one traced run → whole Dockerfiles that may replace an image's own, boldest first.

``seen`` reads the runs in terms of the image's files, ``bases`` knows the images to move to, ``start`` the command,
``goods`` what goes along, ``copies`` and ``stage_text`` write it; ``without_shell``, ``slim`` and ``clean`` are the
rungs; ``ladder`` puts them in order and mends one after a failure.
"""

from bot.candidates.boldness import boldest_first, may_be_smaller
from bot.candidates.ladder import ladder, repair
from bot.candidates.run_evidence import Failure, RunEvidence

__all__ = ["Failure", "RunEvidence", "boldest_first", "ladder", "may_be_smaller", "repair"]
