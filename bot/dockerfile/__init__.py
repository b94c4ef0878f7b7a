"""Dockerfiles, losslessly: text → instructions, stages and shell commands with exact places; edits → new text → patch.

``parse`` gives the nouns of ``nouns``; ``stages``, ``variables`` and ``context`` answer questions about them, ``shell``
reads the commands inside RUN, ``edits`` changes the text by splices that a re-parse must approve, ``patch`` shows the
change as a unified diff.
"""

from bot.dockerfile.context import context_sources, read_dockerignore, visible_paths
from bot.dockerfile.parser import parse
from bot.dockerfile.stages import mounts, reachable_stages, sources_named
from bot.dockerfile.syntax import Dockerfile, Heredoc, Instruction, Span, Stage, Word
from bot.dockerfile.variables import expand, variables_at

__all__ = [
    "Dockerfile",
    "Heredoc",
    "Instruction",
    "Span",
    "Stage",
    "Word",
    "context_sources",
    "expand",
    "mounts",
    "parse",
    "reachable_stages",
    "read_dockerignore",
    "sources_named",
    "variables_at",
    "visible_paths",
]
