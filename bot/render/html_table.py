"""Tables of the HTML report: plain without the script, sortable with it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bot.units import format_bytes, format_change

SORTABLE: Final = "sortable"


class Cell(NamedTuple):
    """One cell: safe HTML, and the number that it sorts by."""

    html: str
    value: int | None = None
    css: str = ""


def change_cell(count: int, text: str = "") -> Cell:
    """Show a change, coloured by its direction."""
    direction = "up" if count > 0 else "down" if count < 0 else ""
    return Cell(text or format_change(count), count, f"n {direction}".strip())


def optional_cell(count: int | None) -> Cell:
    """Show a size, or a dash without one."""
    return Cell("–", -1, "n") if count is None else Cell(format_bytes(count), count, "n")


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], classes: str = SORTABLE) -> str:
    """Lay out a table; columns of numbers are set to the right. Empty without rows."""
    if not rows:
        return ""
    numeric = [{"n"} & set(cell.css.split()) for cell in rows[0]]
    titles = "".join(
        f'<th class="n">{title}</th>' if right else f"<th>{title}</th>"
        for title, right in zip(head, numeric, strict=True)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    made = f'<table class="{classes}"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll">{made}</div>'


def _cell(cell: Cell) -> str:
    value = "" if cell.value is None else f' data-value="{cell.value}"'
    css = f' class="{cell.css}"' if cell.css else ""
    return f"<td{css}{value}>{cell.html}</td>"
