"""Every text of a report reaches a page through the functions that make it safe, and through nothing else."""

import ast
import pathlib
from collections.abc import Iterator
from itertools import pairwise

import pytest

import bot.render
from tests.render.everything import everything
from tests.render.fields import text_places

RENDERERS = (
    "annotations", "comment", "details", "headline", "html", "html_table", "markdown", "phrases", "proposals", "sarif", "single",
    "size_trend", "tables", "terminal",
)  # fmt: skip
SAFE = {"code", "html_code", "html_prose", "html_text", "fence", "plain", "prose", "sentence", "show", "_code"}
"""What makes a text safe; ``show`` is one of the others, given by the caller."""

LEADS_TO_SAFE = {"place", "_place", "_commit"}
"""Functions of the renderers that make their arguments safe."""
FOREIGN = {name for _, name in text_places(everything())}


def uses(tree: ast.Module) -> Iterator[tuple[ast.Attribute, list[ast.AST]]]:
    """Yield each use of a foreign field with the expressions and statements around it, innermost first."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FOREIGN and ast.unparse(node) != "marker.text":
            around, at = [node], node
            while at in parents:
                at = parents[at]
                around.append(at)
            yield node, around


def called(node: ast.AST) -> str:
    """Return the name of the function that is called, if this is a call."""
    function = node.func if isinstance(node, ast.Call) else None
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def is_text(around: list[ast.AST]) -> bool:
    """Tell whether a use puts the field's text into another text that nothing around makes safe."""
    inside = False
    for inner, outer in pairwise(around):
        if called(outer) in SAFE | LEADS_TO_SAFE or is_no_text(inner, outer):
            return False
        inside = inside or isinstance(outer, ast.JoinedStr | ast.BinOp)
    return inside


def is_no_text(inner: ast.AST, outer: ast.AST) -> bool:
    """Tell whether a use is a question, a loop, or a call of something that has the same name as a field."""
    match outer:
        case ast.Compare():
            return True
        case ast.IfExp() | ast.If():
            return inner is outer.test
        case ast.comprehension():
            return inner is outer.iter
        case ast.Call():
            return inner is outer.func
        case _:
            return False


@pytest.mark.parametrize("module", RENDERERS)
def test_renderer__never_puts_foreign_text_into_text_as_it_is(module: str):
    """No f-string and no sum of texts holds a field of a report that did not pass through ``bot.render.text``."""
    path = pathlib.Path(bot.render.__path__[0]) / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))

    loose = [f"{path.name}:{node.lineno}: {ast.unparse(node)}" for node, around in uses(tree) if is_text(around)]

    assert loose == []


def test_renderers__are_all_looked_at():
    """A module that is added to the renderers is looked at, or does not render text for people."""
    others = {
        "__init__",
        "queries",
        "layer_chart",
        "links",
        "registry",
        "text",
    }
    files = {path.stem for path in pathlib.Path(bot.render.__path__[0]).glob("*.py")}

    assert files == set(RENDERERS) | others
