"""The catalogue of rules as a table: what each fires on and stays silent on, in its own words.

``script/rules-index`` writes it to docs/rules/README.md; a test compares the two.
"""

import pathlib
import sys
from collections.abc import Iterator

from bot.rules.catalogue import RULES
from bot.rules.kit.rule import Group, Rule

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "rules"

_HEAD = """\
# Rules

Advice from evidence: a rule looks at the bytes of the image that was built, and at the Dockerfile that made it. Without
an image it may look at the text alone; then it only suspects, and claims no byte.

Each finding says how far it is proven: *suspected* from text, *measured* in the image, *built* from the changed
Dockerfile, *verified* by running that image. Only the last two may say that something is saved. The bytes of findings
overlap; a total counts each byte once.

To ignore a rule, with a reason, write above the instruction (or inside of it):

```dockerfile
# deadweight: ignore=pip-cache the service installs plug-ins at start
RUN pip install -r requirements.txt
```

or name it in `deadweight.toml`. What is ignored and never found is reported, so that it can go.
"""


def page(rule: Rule) -> pathlib.Path:
    """Name the page of a rule."""
    return PAGES / f"{rule.id}.md"


def render() -> str:
    """Write the index."""
    return "\n".join([_HEAD, *(line for group in Group for line in _group(group))])


def _group(group: Group) -> Iterator[str]:
    rules = [rule for rule in RULES if rule.group is group]
    yield f"## {group}\n"
    yield "| rule | what | fires on | silent on | fix |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        yield f"| [{rule.id}]({rule.id}.md) | {rule.title} | {rule.fires_on} | {rule.silent_on} | {rule.fix} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(render())
