"""source-maps: maps and type declarations for developers are shipped to production."""

from bot.rules.kit.findings import Wording, claiming, living
from bot.rules.kit.rule import Fix, Group, Rule

ID = "source-maps"
WORDING = Wording(
    rule=ID,
    title="Source maps and type declarations are shipped",
    advice="Leave them out of the production build, or delete them in the RUN that installs. Keep maps that your "
    "error reporting reads inside the container.",
    confidence=0.4,
    minimum_bytes=5_000_000,
)
PATHS = ("**/*.js.map", "**/*.css.map", "**/*.mjs.map", "**/*.cjs.map", "**/*.d.ts", "**/*.d.ts.map")


RULE = Rule(
    id=ID,
    title="Source maps",
    group=Group.CONTENT,
    fix=Fix.ADVICE,
    fires_on="Maps and type declarations are claimed, code is not, nor what a base image brings.",
    silent_on="A file that only ends in map is not one.",
    measured=claiming(WORDING, living(*PATHS)),
    wordings=(WORDING,),
)
