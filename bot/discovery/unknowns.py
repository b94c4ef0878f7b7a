"""Text with holes: an expression that only a CI run can answer travels inside the string as a marker.

A marker is one run of private-use characters: it survives splitting at white space, quotes, slashes and commas, so that
what is known around it stays usable, and it can always be turned back into the expression. Text from the repository has
these characters replaced first, so none can be forged.
"""

import re
from functools import lru_cache

_OPEN, _CLOSE = "\ue000", "\ue001"
_SHIFT = 0xF0000
_LARGEST = 0xFFFD
_LONGEST_EXPRESSION = 200
MARKER = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_FORGED = re.compile(f"[{_OPEN}{_CLOSE}\U000f0000-\U000ffffd]")


@lru_cache(maxsize=4096)
def unknown(expression: str) -> str:
    """Hide an expression in a marker."""
    shifted = (chr(_SHIFT + min(ord(one), _LARGEST)) for one in expression.strip()[:_LONGEST_EXPRESSION])
    return f"{_OPEN}{''.join(shifted)}{_CLOSE}"


def is_known(text: str) -> bool:
    """Tell whether nothing in the text is left to a CI run."""
    return _OPEN not in text


def is_hole(text: str) -> bool:
    """Tell whether nothing of the text is known."""
    return not is_known(text) and not without_unknowns(text).strip()


def shown(text: str) -> str:
    """Write the text for people, its holes as the expressions they stand for."""
    return MARKER.sub(lambda match: _written(_expression(match[1])), text)


def unknowns_of(text: str) -> tuple[str, ...]:
    """List the expressions that the text waits for."""
    return tuple(dict.fromkeys(_expression(match[1]) for match in MARKER.finditer(text)))


def without_unknowns(text: str) -> str:
    """Drop the holes."""
    return MARKER.sub("", text)


def starts_unknown(text: str) -> bool:
    """Tell whether the text begins with a hole."""
    return text.startswith(_OPEN)


def as_pattern(text: str) -> re.Pattern[str]:
    """Turn a text into a pattern in which a hole stands for anything."""
    return re.compile(".*".join(re.escape(part) for part in re.split(MARKER.pattern.replace("(", "(?:"), text)))


def cleaned(text: str) -> str:
    """Take out of foreign text what could pass for a marker."""
    return _FORGED.sub("\ufffd", text)


def _expression(shifted: str) -> str:
    return "".join(chr(ord(one) - _SHIFT) for one in shifted)


def _written(expression: str) -> str:
    return expression if expression.startswith("$") else f"${{{{ {expression} }}}}"
