"""What scripts wrote into ``$GITHUB_OUTPUT`` and ``$GITHUB_ENV`` → names and values."""

from collections.abc import Iterable

from bot.discovery.unknowns import is_known, unknown, unknowns_of


def read_outputs(lines: Iterable[str]) -> dict[str, str]:
    """Read ``NAME=value`` lines and ``NAME<<END`` blocks; a value that is shell text with holes keeps its holes."""
    found: dict[str, str] = {}
    name, end, block = "", "", list[str]()
    for line in (part for text in lines for part in text.split("\n")):
        if end:
            if line.strip() == end:
                found[name], end, block = "\n".join(block), "", []
            else:
                block.append(line)
            continue
        key, given, value = line.partition("=")
        opening, is_block, marker = line.partition("<<")
        if is_block and (not given or len(opening) < len(key)):
            name, end = opening.strip(), marker.strip()
        elif given and is_known(key):
            found[key.strip()] = value
        elif unknowns_of(line) and not given:
            found.setdefault("*", unknown("a script's output"))
    return found
