"""What GitHub shows: the shapes of its addresses, and how long a comment, a job summary and a check may be."""

from typing import Final

from bot.model.provider import LinkTemplates, PageLimits

LINKS: Final = LinkTemplates(
    file="{root}/blob/{commit}/{path}",
    line="#L{first}",
    lines="#L{first}-L{last}",
    run="{root}/actions/runs/{run}",
    artifacts="{root}/actions/runs/{run}#artifacts",
)
LIMITS: Final = PageLimits(comment_bytes=60_000, summary_bytes=1_000_000, check_bytes=60_000, annotations=50)
"""Comments over 65,536 and summaries of checks over 65,535 are refused, and whether that is bytes or characters is not
documented; of a job summary over 1 MiB nothing is shown. One request for a check takes 50 annotations."""
