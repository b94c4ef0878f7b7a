"""The architecture page: rooms, what they hold and what they import, drawn from the code itself.

``python -m tests.architecture.page > docs/architecture.md`` writes the page; a test holds it to this.
"""

import ast
import pathlib
import re
import sys
from collections import Counter

import bot

PACKAGE = pathlib.Path(bot.__file__).parent
ROOMS = (
    "__main__", "commands", "cli", "flows", "stages", "verify", "candidates", "rules", "config", "compare", "render", "discovery", "dockerfile",
    "policy", "contents", "formats", "layers", "edges", "path_globs", "ports", "model", "units", "errors",
)  # fmt: skip
"""Top to bottom, as the contract in pyproject.toml has them."""

_HEAD = """\
# Architecture

One command is one flow; a flow calls the stages; a stage takes nouns and returns nouns. Only `bot/edges` touches
processes, networks, files and the environment, behind the protocols of `bot/ports.py`, and only `bot/commands` and
`bot/__main__` join the two.

## The flow

`ls bot/stages` is the product: one file for an arrow.

```mermaid
flowchart LR
{flow}
```

`describe` makes the one noun (`ImageReport`) that is judged, rendered and published. A side of an image is measured,
failed (with its sentence), absent, or unbuilt, since nothing that its build can see differs; nobody asks it twice. The
trusted half, which runs where a token can write, enters at `judge` with a report that it has decoded as hostile data and
put into our own words.

## The rooms

What each room is for, how many modules it has, and which other rooms it imports, as the code has it today. An arrow never
goes up: the contract "Rooms import only what lies below them" in `pyproject.toml` holds that in CI.

| room | modules | is | imports |
|:--|--:|:--|:--|
{rooms}

```mermaid
flowchart TD
{arrows}
```

## Three ways through the house

- **A layer's bytes**: `edges/sources` opens an image wherever it lies, `formats` reads its manifest, `layers` turns the tar
  (or an engine's tar-split record) of each layer into entries, `contents` merges them into the filesystem of the image
  and finds the packages in it, `compare` aligns two images and decomposes the difference, `stages/describe` sums it up.
- **A budget**: `config` reads it with its line, `policy/effective` says which budgets hold for an image,
  `stages/judge` holds them against the image's report, `render` shows the judgement.
- **A finding**: a rule of `rules/catalogue` looks at the evidence that `rules/kit` has gathered, `stages/advise` ranks what
  was found and drops what is suppressed, `stages/describe` puts it into the report, `render` shows it with its patch.

Where a new rule, package reader, renderer or provider goes: [CONTRIBUTING](../CONTRIBUTING.md).
"""


def room_of(module: str) -> str:
    """The room of a dotted module name."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "errors"


def imports() -> Counter[tuple[str, str]]:
    """How many modules of a room import another room."""
    found: Counter[tuple[str, str]] = Counter()
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        for other in {room_of(name) for name in named if name.startswith("bot.")} - {room}:
            found[room, other] += 1
    return found


def described(room: str) -> str:
    """The first sentence of what a room says of itself."""
    path = PACKAGE / room / "__init__.py" if (PACKAGE / room).is_dir() else PACKAGE / f"{room}.py"
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].replace("\n", " ")


def count(room: str) -> int:
    """How many modules a room has."""
    return sum(1 for _ in (PACKAGE / room).rglob("*.py")) if (PACKAGE / room).is_dir() else 1


def render() -> str:
    """Write the page."""
    rooms = [room for room in ROOMS if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists()]
    found = imports()
    flow = re.search(r"^    (event → .*)$", str(bot.__doc__), re.MULTILINE)
    arrows = [f"    {one} --> {other}" for one in rooms for other in rooms if drawn(found, one, other)]
    rows = [
        f"| `{room}` | {count(room)} | {described(room)} | {', '.join(o for o in rooms if found[room, o]) or '–'} |"
        for room in rooms
    ]
    return _HEAD.format(
        flow=f"    {flow[1].replace('→', '-->')}" if flow else "", rooms="\n".join(rows), arrows="\n".join(arrows)
    )


def drawn(found: Counter[tuple[str, str]], one: str, other: str) -> bool:
    """Draw what tells something: everybody imports the vocabulary."""
    return found[one, other] > 0 and other not in {"model", "units", "errors", "ports"}


if __name__ == "__main__":
    sys.stdout.write(render())
