"""The house in figures: ``python -m tests.architecture.figures [TREE…]`` prints a table with a column for each tree.

Everything is counted in the code of a tree as it lies there (``bot/`` below it), so that a checkout of an earlier
commit can stand beside today's. What ``tests.architecture.ways`` sees while the program runs is added with ``--ways``.
"""

import ast
import builtins
import pathlib
import re
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

SMALLEST_CLONE_LINES = 6
SUBJECTS = ("commands", "flows", "stages", "model")
"""Rooms whose files may share a name, see ``test_names__stand_for_one_thing``."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class House:
    """One tree, read once."""

    root: pathlib.Path

    @cached_property
    def texts(self) -> Mapping[pathlib.Path, str]:
        """The modules."""
        return {path: path.read_text(encoding="utf-8") for path in sorted((self.root / "bot").rglob("*.py"))}

    @cached_property
    def trees(self) -> Mapping[pathlib.Path, ast.Module]:
        """Their syntax trees."""
        return {path: ast.parse(text) for path, text in self.texts.items()}

    def all_of(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """All nodes of some kinds."""
        return (node for tree in self.trees.values() for node in ast.walk(tree) if isinstance(node, kinds))

    @cached_property
    def functions(self) -> list[Function]:
        """All functions and methods, those inside others too."""
        return list(self.all_of(ast.FunctionDef, ast.AsyncFunctionDef))  # type: ignore[arg-type]

    @cached_property
    def names(self) -> Counter[str]:
        """How often each name is read or asked of something; a word that stands alone in quotes counts too."""
        found: Counter[str] = Counter()
        for node in self.all_of(ast.Name, ast.Attribute, ast.Constant):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found[node.id] += 1
            elif isinstance(node, ast.Attribute):
                found[node.attr] += 1
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
                found.update(re.findall(r"\w+", node.value))
        return found


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def modules(house: House) -> str:
    return f"{len(house.texts)}"


def module_lines(house: House) -> str:
    lines = [text.count("\n") for text in house.texts.values()]
    return f"{statistics.median(lines):.0f} / {max(lines)} (of {sum(lines):,})"


def function_lines(house: House) -> str:
    lines = [length(node) for node in house.functions]
    return f"{statistics.median(lines):.0f} / {max(lines)} (of {len(lines):,})"


def names_of_two_types(house: House) -> str:
    types = Counter(node.name for node in house.all_of(ast.ClassDef) if node.name[0] != "_")
    return str(sum(count > 1 for count in types.values()))


def names_of_two_files(house: House) -> str:
    stems = [path.relative_to(house.root / "bot") for path in house.texts]
    files = Counter(path.stem for path in stems if path.stem != "__init__")
    unlike = Counter(path.stem for path in stems if path.stem != "__init__" and path.parts[0] not in SUBJECTS)
    return (
        f"{sum(count > 1 for count in unlike.values())} (+{sum(count > 1 for count in files.values())} with subjects)"
    )


def one_caller_functions(house: House) -> str:
    """Private functions and methods of under five lines that one place in their module names."""
    found = 0
    for tree in house.trees.values():
        named = Counter(
            node.id if isinstance(node, ast.Name) else node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Name | ast.Attribute)
        )
        for node in ast.walk(tree):
            if isinstance(node, Function) and re.match("_[^_]", node.name) and length(node) < 5:
                found += named[node.name] == 1
    return f"{found} of {len(house.functions):,}"


def dead_public_names(house: House) -> str:
    """Public functions and classes of modules that nothing in the package names."""
    public = [
        node.name
        for tree in house.trees.values()
        for node in tree.body
        if isinstance(node, ast.ClassDef | Function) and node.name[0] != "_"
    ]
    return str(sum(not house.names[name] for name in public))


def error_roots(house: House) -> str:
    """Exception classes that descend from a builtin one directly."""
    raised = {
        name for name, item in vars(builtins).items() if isinstance(item, type) and issubclass(item, BaseException)
    }
    roots = [node for node in house.all_of(ast.ClassDef) if raised & {ast.unparse(base) for base in node.bases}]
    return str(len(roots))


def clones(house: House) -> str:
    """Functions of six or more lines that are another one but for the names, texts and numbers in them."""
    shapes = Counter(shape(node) for node in house.functions if length(node) >= SMALLEST_CLONE_LINES)
    return str(sum(count - 1 for count in shapes.values() if count > 1))


def shape(node: Function) -> str:
    text = ast.dump(ast.Module([part for part in node.body if not is_docstring(part)], []))
    return re.sub(r"(id|attr|arg|name|value|module)='[^']*'|value=\d+", "_", text)


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def comment_share(house: House) -> str:
    comments = code = 0
    for text in house.texts.values():
        lines = iter(text.splitlines(keepends=True))
        comments += sum(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(lambda: next(lines, "")))  # noqa: B023
        code += sum(bool(line.strip()) for line in text.splitlines())
    return f"{100 * comments / code:.1f} %"


def docstrings_with_give(house: House) -> str:
    documented = [ast.get_docstring(node) or "" for node in (*house.trees.values(), *house.functions)]
    return str(sum(bool(re.match(r"Gives?\b", text)) for text in documented))


FIGURES: Mapping[str, Callable[[House], str]] = {
    "modules": modules,
    "lines of a module: median / longest": module_lines,
    "lines of a function: median / longest": function_lines,
    "type names that stand for several things": names_of_two_types,
    "file names that stand for several things": names_of_two_files,
    "private functions under five lines with one caller": one_caller_functions,
    "public names that nothing in the package uses": dead_public_names,
    "classes of errors below a builtin one": error_roots,
    "functions that are written twice": clones,
    "comments, of lines that are not empty": comment_share,
    "docstrings that begin with Give": docstrings_with_give,
}


def table(roots: list[pathlib.Path], *, ways: bool) -> str:
    """The figures of all trees, side by side, in Markdown."""
    houses = [House(root) for root in roots]
    rows = [[title, *(figure(house) for house in houses)] for title, figure in FIGURES.items()]
    if ways:
        from tests.architecture.ways import figures_of_ways

        seen = [figures_of_ways(root) for root in roots]
        rows += [[title, *(one[title] for one in seen)] for title in seen[0]]
    head = ["figure", *(root.resolve().name for root in roots)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, [":--", *["--:" for _ in roots]], *rows))


if __name__ == "__main__":
    trees = [pathlib.Path(text) for text in sys.argv[1:] if text != "--ways"] or [pathlib.Path()]
    sys.stdout.write(table(trees, ways="--ways" in sys.argv) + "\n")
