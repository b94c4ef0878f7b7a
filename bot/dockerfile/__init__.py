"""Dockerfiles, losslessly: text → instructions, stages and shell commands with exact places; edits → new text → patch.

``parse`` returns what ``bot.model.dockerfile`` defines; ``stages``, ``variables`` and ``context`` answer questions of
it, ``shell_commands`` reads the commands inside RUN, ``edits`` changes the text by splices that a re-parse must
approve, ``patch`` shows the change as a unified diff.
"""

from bot.dockerfile.context import context_sources, read_dockerignore, visible_paths
from bot.dockerfile.parser import parse
from bot.dockerfile.stages import mounts, reachable_stages, sources_named
from bot.dockerfile.variables import expand, variables_at
from bot.model.dockerfile import Dockerfile, Edit, Heredoc, Instruction, Span, Stage, Word

__all__ = [
    "Dockerfile",
    "Edit",
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
