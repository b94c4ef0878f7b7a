"""bundled-tests: test suites that Node packages and Ruby gems bring along."""

from bot.rules.kit.findings import Wording, claiming, living
from bot.rules.kit.rule import Fix, Group, Rule

ID = "bundled-tests"
WORDING = Wording(
    rule=ID,
    title="Libraries brought their own test suites",
    advice="They can be deleted in the RUN that installs. Some packages load files from such folders: try the program.",
    confidence=0.3,
    minimum_bytes=5_000_000,
)
PATHS = (
    "**/node_modules/**/test/**",
    "**/node_modules/**/tests/**",
    "**/node_modules/**/__tests__/**",
    "**/gems/*/spec/**",
    "**/gems/*/test/**",
    "**/vendor/*/*/tests/**",
    "**/vendor/*/*/Tests/**",
)


RULE = Rule(
    id=ID,
    title="Test suites of libraries",
    group=Group.CONTENT,
    fix=Fix.ADVICE,
    fires_on="Test folders inside of libraries are claimed.",
    silent_on="The program's own tests are its maker's affair.",
    measured=claiming(WORDING, living(*PATHS)),
    wordings=(WORDING,),
)
