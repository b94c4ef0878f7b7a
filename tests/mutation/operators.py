"""Which faults are made: every place of a module's syntax tree where one small change makes another program.

mutmut leaves out whatever is decorated and whatever stands outside a function, which here is where the guards are: the
limits, git's options, regular expressions, allowlists. So these operators are our own, and each changes one span of
the source text, which is what a reader of a survivor gets to see.

They change comparisons and their boundaries, boolean logic, arithmetic, numbers, one-word texts, slices, what is
returned, and parts of a regular expression; they drop statements, guards, keywords, and elements of allowlists; and
they swap the first two arguments of a call. What nobody can observe is left alone: docstrings, annotations and
names of types, decorators (and with them ``slots`` and ``frozen``), texts of several words, whatever only words an error, ``__repr__``,
``assert`` and ``assert_never``, and the dropping of a zip's ``strict=``, which says what the type checker cannot.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

_SWAPPED = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_ARITHMETIC = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.Div: "*",
    ast.Mod: "//",
    ast.BitOr: "&",
    ast.BitAnd: "|",
    ast.LShift: ">>",
    ast.RShift: "<<",
}
_SPELLED = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Div: "/",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_METHODS = {"startswith": "endswith", "endswith": "startswith"}
_UNOBSERVED = frozenset({"assert_never", "isinstance", "cast", "TypeVar", "NewType"})
_COMMUTATIVE = frozenset({"min", "max"})
_REGEX_PART = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<anchor>\\b|\^|\$)|\\.|(?P<look>\(\?<?[=!])|\(\?[a-zA-Z:<]*"
    r"|(?P<count>\{[0-9,]+\}|[*+?])",
    re.DOTALL,
)
_OPPOSITE = {"(?=": "(?!", "(?!": "(?=", "(?<=": "(?<!", "(?<!": "(?<="}
_DROPPED_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "casefold", "removeprefix", "removesuffix"})


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One fault: ``old`` at ``start`` of a module's text, in function ``where``, is ``new`` instead.

    ``name`` says which it is as long as the lines stay the same, wherever they are moved within the function.
    """

    module: str
    where: str
    first_line: int
    line: int
    start: int
    old: str
    new: str
    name: str
    digest: str

    @property
    def key(self) -> str:
        """What it is known by as long as its function does what it does, wherever that stands."""
        return f"{self.digest} {self.name.partition(':')[2]}"

    @property
    def in_function(self) -> bool:
        """Whether it is in a function's body, where it can be put into a running process."""
        return self.first_line > 0

    def applied(self, text: str) -> str:
        """The module with the fault."""
        return text[: self.start] + self.new + text[self.start + len(self.old) :]


def mutants_of(path: Path, module: str) -> list[Mutant]:
    """Every mutant of a module that is another program, in the order of its lines."""
    text = path.read_text(encoding="utf-8")
    sound = ast.dump(ast.parse(text))
    found: list[Mutant] = []
    seen: dict[str, int] = {}
    for place, new in sorted(_Places(text).found(), key=lambda one: (one[0].start, one[1])):
        mutant = _mutant(module, text, place, new)
        if not _compiles(mutant.applied(text), sound):
            continue
        seen[mutant.name] = seen.get(mutant.name, 0) + 1
        if seen[mutant.name] > 1:
            mutant = dataclasses.replace(mutant, name=f"{mutant.name} #{seen[mutant.name]}")
        found.append(mutant)
    return found


def _compiles(text: str, sound: str) -> bool:
    try:
        return ast.dump(ast.parse(text)) != sound and bool(compile(text, "mutant", "exec", dont_inherit=True))
    except SyntaxError:
        return False


def _mutant(module: str, text: str, place: _Place, new: str) -> Mutant:
    start_of_line = text.rfind("\n", 0, place.start) + 1
    end_of_line = (text.find("\n", place.end) + len(text) + 1) % (len(text) + 1)
    before, after = text[start_of_line : place.start], text[place.end : end_of_line]
    old = text[place.start : place.end]
    lines = (" ".join((before + middle + after).split()) for middle in (old, new))
    name = "{}:{}: - {} + {}".format(module, place.where or "module", *lines)
    line = text.count("\n", 0, place.start) + 1
    return Mutant(module, place.where, place.first_line, line, place.start, old, new, name, place.digest)


@dataclasses.dataclass(frozen=True)
class _Place:
    start: int
    end: int
    where: str
    first_line: int
    digest: str


def _digest(function: ast.FunctionDef) -> str:
    """Tell what a function does from what another one does; its docstrings do nothing."""
    bare = ast.parse(ast.unparse(function))
    for node in ast.walk(bare):
        if isinstance(node, ast.FunctionDef):
            node.body = _without_docstring(node.body) or [ast.Pass()]
    return hashlib.sha256(ast.dump(bare).encode()).hexdigest()[:16]


class _Places(ast.NodeVisitor):
    """Walks a module and collects where to change what."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0]
        for line in text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._raw = text.splitlines(keepends=True)
        self._names: list[str] = []
        self._function: tuple[str, int, str] = ("", 0, "")
        self._found: list[tuple[_Place, str]] = []
        self._said = 0  # depth within what is only said to a reader: raise, f-strings

    def found(self) -> Iterator[tuple[_Place, str]]:
        self.visit(ast.parse(self._text))
        yield from self._found

    # --- places ---

    def _offset(self, line: int, column: int) -> int:
        return self._lines[line - 1] + len(self._raw[line - 1].encode()[:column].decode())

    def _span(self, node: ast.AST) -> tuple[int, int]:
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def _source(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._text[start:end]

    def _add(self, start: int, end: int, new: str) -> None:
        where, first_line, digest = self._function
        self._found.append((_Place(start, end, where or ".".join(self._names), first_line, digest), new))

    def _swap(self, node: ast.AST, new: str) -> None:
        self._add(*self._span(node), new)

    def _between(self, left: ast.AST, right: ast.AST, old: str, new: str) -> None:
        start, end = self._span(left)[1], self._span(right)[0]
        at = self._text.find(old, start, end)
        if at >= 0:
            self._add(at, at + len(old), new)

    def _drop_each(self, nodes: list[ast.expr]) -> None:
        """Remove each of several things that commas stand between."""
        for index, node in enumerate(nodes):
            start, end = self._span(node)
            if index + 1 < len(nodes):
                end = self._span(nodes[index + 1])[0]
            elif index:
                start = self._span(nodes[index - 1])[1]
            self._add(start, end, "")

    # --- structure ---

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for outer in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(outer)
        if node.name == "__repr__":
            return
        self._names.append(node.name)
        outermost = self._function
        if not outermost[0]:
            first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            self._function = (".".join(self._names), first, _digest(node))
        for statement in _without_docstring(node.body):
            self.visit(statement)
        self._function = outermost
        self._names.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._names.append(node.name)
        for statement in _without_docstring(node.body):
            self.visit(statement)
        self._names.pop()

    def visit_Module(self, node: ast.Module) -> None:
        for statement in _without_docstring(node.body):
            if not isinstance(statement, ast.Import | ast.ImportFrom) and not _is_type_checking(statement):
                self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    # --- statements ---

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "assert_never":
            return
        if self._function[0] and isinstance(node.value, ast.Call):
            self._swap(node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        is_union = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr)
        if not self._function[0] and (is_union or isinstance(node.value, ast.Subscript)):
            return  # the name of a type
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            return  # what a star would import, which nobody writes
        if self._function[0] and not any(isinstance(target, ast.Name | ast.Tuple) for target in node.targets):
            self._swap(node, "pass")
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if self._function[0]:
            self._swap(node, "pass")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._swap(node, "pass")
        self._said += 1
        self.generic_visit(node)
        self._said -= 1

    def visit_Return(self, node: ast.Return) -> None:
        # In the place of a constant that is no more than None is, None says nothing else.
        if node.value is not None and not (isinstance(node.value, ast.Constant) and not node.value.value):
            self._swap(node.value, "None")
        self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._swap(node, "break")

    def visit_Break(self, node: ast.Break) -> None:
        self._swap(node, "continue")

    def visit_If(self, node: ast.If) -> None:
        self._swap(node.test, "False")
        self._swap(node.test, "True")
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._swap(node.test, "False")
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if isinstance(node.type, ast.Tuple):
            self._drop_each(node.type.elts)
        for statement in node.body:
            self.visit(statement)

    def visit_Assert(self, node: ast.Assert) -> None:
        """What is asserted is said to the type checker."""

    # --- expressions ---

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._swap(node.test, "True")
        self._swap(node.test, "False")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self._swap(condition, "True")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, operator, right in zip((node.left, *node.comparators), node.ops, node.comparators, strict=False):
            self._between(left, right, _SPELLED[type(operator)], _SWAPPED[type(operator)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        spelled, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        self._between(node.values[0], node.values[1], f"{spelled}", other)
        for value in node.values:
            self._swap(value, "True" if spelled == "and" else "False")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub):
            self._swap(node, f"({self._source(node.operand)})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        new = _ARITHMETIC.get(type(node.op))
        if new:
            self._between(node.left, node.right, _SPELLED[type(node.op)], new)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._swap(node, str(not value))
        elif isinstance(value, int):
            self._swap(node, str(value + 1))
        elif isinstance(value, str | bytes) and value and not self._said and len(value.split()) == 1:
            source = self._source(node)
            at = min(source.find(quote) for quote in "\"'" if quote in source)
            body = at + (3 if source[at : at + 3] in ('"""', "'''") else 1)
            self._swap(node, f"{source[:body]}XX{source[body:]}")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Python 3.11 does not know where the parts of an f-string are."""

    def visit_Set(self, node: ast.Set) -> None:
        self._elements(node)

    def visit_List(self, node: ast.List) -> None:
        self._elements(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if not self._function[0] or all(isinstance(one, ast.Constant) for one in node.elts):
            self._elements(node)
        else:
            self.generic_visit(node)

    def _elements(self, node: ast.Set | ast.List | ast.Tuple) -> None:
        if len(node.elts) > 1:
            self._drop_each(node.elts)
        for element in node.elts:
            # What can be dropped need not be misspelled as well.
            if len(node.elts) == 1 or not isinstance(element, ast.Constant):
                self.visit(element)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self.visit(key)
            self.visit(value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.slice, ast.Slice):
            for bound in (node.slice.lower, node.slice.upper):
                if bound is not None:
                    self._swap(bound, "")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name) and function.id in _NAMES:
            self._swap(function, _NAMES[function.id])
        if isinstance(function, ast.Name) and function.id in _UNOBSERVED - {"isinstance"}:
            return
        if self._source(function) == "re.compile" and isinstance(node.args[0], ast.Constant):
            self._regex(node.args[0])
            return
        self._arguments(node)
        if isinstance(function, ast.Attribute):
            self._method(node, function)
        self._keywords(node)
        if isinstance(function, ast.Name) and function.id == "zip":
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "strict"]
        self.generic_visit(node)

    def _arguments(self, node: ast.Call) -> None:
        """Swap the first two arguments, where they are two things of ours."""
        first, second = (*node.args[:2], None, None)[:2]
        plain = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
        known = isinstance(node.func, ast.Name) and node.func.id in _UNOBSERVED | _COMMUTATIVE
        if self._said or known or not isinstance(first, plain) or not isinstance(second, plain):
            return
        self._add(self._span(first)[0], self._span(second)[1], f"{self._source(second)}, {self._source(first)}")

    def _regex(self, node: ast.Constant) -> None:
        """Weaken each part of a regular expression: anchors and counts go, classes and lookarounds turn round."""
        start, end = self._span(node)
        for part in _REGEX_PART.finditer(self._text, start, end):
            kind, old = part.lastgroup, part.group()
            if kind is None:
                continue
            new = {"class": f"[{old[2:]}" if old.startswith("[^") else f"[^{old[1:]}", "look": _OPPOSITE.get(old)}.get(
                kind
            ) or ""
            changed = self._text[start : part.start()] + new + self._text[part.end() : end]
            if _is_regex(changed):
                self._add(part.start(), part.end(), new)

    def _method(self, node: ast.Call, function: ast.Attribute) -> None:
        _, end = self._span(function)
        if function.attr in _METHODS:
            self._add(end - len(function.attr), end, _METHODS[function.attr])
        if function.attr in _DROPPED_METHODS:
            self._swap(node, self._source(function.value))

    def _keywords(self, node: ast.Call) -> None:
        if self._said:
            return
        for keyword in node.keywords:
            start, end = self._span(keyword)
            rest = self._text[end:]
            comma = len(rest) - len(rest.lstrip())
            if keyword.arg == "strict" and getattr(node.func, "id", "") == "zip":
                continue
            if rest[comma : comma + 1] == ",":
                self._add(start, end + comma + 1, "")
            elif node.args or len(node.keywords) > 1:
                before = self._text.rfind(",", 0, start)
                self._add(before, end, "")


def _is_regex(source: str) -> bool:
    try:
        return bool(re.compile(ast.literal_eval(f"({source})")))
    except (SyntaxError, re.error):
        return False


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_docstring else body


def _is_type_checking(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and getattr(statement.test, "id", "") == "TYPE_CHECKING"
