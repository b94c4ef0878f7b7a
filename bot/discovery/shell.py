"""What a shell script runs: its commands in order, literal variables expanded, known conditions decided.

An interpreter of a few things only (assignments, ``cd``, ``if``, ``case``, ``for``, functions, ``echo`` into
``$GITHUB_OUTPUT``): it executes nothing, and where an answer depends on a run, it follows every branch.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from itertools import takewhile
from typing import Final

import tree_sitter_bash
from tree_sitter import Language, Node, Parser, Tree

from bot.discovery.shell_state import (
    Ran,
    State,
    answer_of,
    appended,
    folder_after,
    in_order,
    merge,
    moved,
    printed,
    without_prefixes,
)
from bot.discovery.unknowns import unknown
from bot.discovery.words import WordExpander, base_name, command_words, decide, matches, source

LARGEST_SCRIPT: Final = 100_000
_MOST_STEPS: Final = 4_000
_MOST_ROUNDS: Final = 60
_MOST_VARIABLES: Final = 600
_DEEPEST_CALL: Final = 8
_GROUPS = frozenset({"program", "list", "pipeline", "compound_statement", "negated_command", "do_group", "else_clause"})

Handler = Callable[[Ran], None]


def run_script(text: str, state: State, first_line: int, handle: Handler) -> int:
    """Go through a script, give each command to the handler, leave in the state what it set; tell what it cost."""
    if len(text) > LARGEST_SCRIPT:
        return 1
    interpreter = _Interpreter(state, first_line, handle)
    try:
        interpreter.run(_parsed(text).root_node)
    except RecursionError:
        return _MOST_STEPS
    return interpreter.steps


@lru_cache(maxsize=256)
def _parsed(text: str) -> Tree:
    return _parser().parse(text.encode("utf-8", "replace"))


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


class _Interpreter:
    def __init__(self, state: State, first_line: int, handle: Handler) -> None:
        self._state = state
        self._first_line = first_line
        self._handle = handle
        self._functions: dict[str, Node] = {}
        self.steps = 0
        self._calls = 0
        self._visitors: Mapping[str, Callable[[Node], None]] = {
            "command": self._command,
            "variable_assignment": self._assign,
            "variable_assignments": self._children,
            "declaration_command": self._children,
            "redirected_statement": self._redirected,
            "if_statement": self._if,
            "case_statement": self._case,
            "for_statement": self._for,
            "while_statement": self._children,
            "subshell": self._subshell,
            "function_definition": self._function,
            **dict.fromkeys(_GROUPS, self._children),
        }

    def run(self, node: Node) -> None:
        self.steps += 1
        visitor = self._visitors.get(node.type)
        if visitor is not None and self.steps < _MOST_STEPS:
            visitor(node)
        elif node.type == "ERROR" and self.steps < _MOST_STEPS:
            self._children(node)

    @property
    def _expander(self) -> WordExpander:
        return WordExpander(self._state.variables, self._printed)

    def _children(self, node: Node) -> None:
        for child in node.named_children:
            self.run(child)

    def _assign(self, node: Node) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or len(self._state.variables) > _MOST_VARIABLES:
            return
        new: str | tuple[str, ...] = ""
        if value is not None and value.type == "array":
            new = tuple(word for one in value.named_children for word in self._expander.words(one))
        elif value is not None:
            new = self._expander.text(value)
        if "+=" in source(node)[: len(source(name)) + 2]:
            new = appended(self._state.variables.get(source(name), ""), new)
        self._state.variables[source(name)] = new

    def _command(self, node: Node) -> None:
        before = self._state.variables
        assigned = list(takewhile(lambda one: one.type == "variable_assignment", node.named_children))
        if assigned:
            self._state.variables = dict(before)
            for one in assigned:
                self._assign(one)
        words = without_prefixes(command_words(node, self._expander))
        if words:
            self._run_words(words, node)
        if assigned:
            self._state.variables = before

    def _run_words(self, words: tuple[str, ...], node: Node) -> None:
        program = base_name(words[0])
        if program in {"cd", "pushd"}:
            self._state.go(moved(self._state.folder, words[1:]))
        elif program in {"echo", "printf"} and self._state.sink:
            self._state.sinks.setdefault(self._state.sink, []).append(printed(words))
        elif program == "cat" and self._state.sink and len(words) == 2:
            self._write_file(words[1])
        elif words[0] in self._functions:
            self._call(words)
        else:
            line = self._first_line + node.start_point[0]
            self._handle(Ran(words, self._state.folder, line, self._state.variables))

    def _write_file(self, path: str) -> None:
        text = self._state.read(path) if self._state.read is not None else None
        if text is not None and len(text) < LARGEST_SCRIPT:
            lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
            self._state.sinks.setdefault(self._state.sink, []).extend(lines[:_MOST_STEPS])

    def _redirected(self, node: Node) -> None:
        body, outer = node.child_by_field_name("body"), self._state.sink
        for one in node.children_by_field_name("redirect"):
            target = one.child_by_field_name("destination")
            if one.type == "file_redirect" and target is not None:
                self._state.sink = self._expander.text(target)
        for one in node.named_children:
            if one.type == "heredoc_redirect":
                self._heredoc(one)
        if body is not None:
            self.run(body)
        self._state.sink = outer

    def _heredoc(self, node: Node) -> None:
        for one in node.named_children:
            target = one.child_by_field_name("destination")
            if one.type == "file_redirect" and target is not None:
                self._state.sink = self._expander.text(target)
        for one in node.named_children:
            if one.type == "heredoc_body" and self._state.sink:
                self._state.sinks.setdefault(self._state.sink, []).append(self._expander.text(one))

    def _subshell(self, node: Node) -> None:
        folder = self._state.folder
        self._children(node)
        self._state.go(folder)

    def _function(self, node: Node) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            self._functions[source(name)] = body

    def _call(self, words: tuple[str, ...]) -> None:
        self._calls += 1
        if self._calls <= _DEEPEST_CALL:
            positional = {str(index): word for index, word in enumerate(words[1:], 1)}
            self._state.variables.update(positional | {"@": words[1:], "*": " ".join(words[1:])})
            self.run(self._functions[words[0]])
        self._calls -= 1

    def _if(self, node: Node) -> None:
        branches: list[list[Node]] = [[]]
        answers = [decide(node.child_by_field_name("condition"), self._expander)]
        for one in node.children_by_field_name("condition"):
            self.run(one)
        for child in node.named_children:
            if child.type == "elif_clause":
                answers.append(decide(next(iter(child.named_children), None), self._expander))
                branches.append(child.named_children[1:])
            elif child.type == "else_clause":
                answers.append(True)
                branches.append(child.named_children)
            elif child != node.child_by_field_name("condition"):
                branches[0].append(child)
        self._choose(answers, branches)

    def _case(self, node: Node) -> None:
        value = node.child_by_field_name("value")
        text = self._expander.text(value) if value is not None else unknown("case")
        items = [one for one in node.named_children if one.type == "case_item"]
        answers = [
            matches(text, [self._expander.text(one) for one in item.children_by_field_name("value")]) for item in items
        ]
        self._choose(
            answers,
            [[one for one in item.named_children if one.type not in {"word", "extglob_pattern"}] for item in items],
        )

    def _choose(self, answers: Iterable[bool | None], branches: Iterable[Iterable[Node]]) -> None:
        """Run the branch that is known to be taken, else each that may be, and forget what they disagree on."""
        ends: list[State] = []
        start, certain = self._state, False
        for taken, branch in zip(answers, branches, strict=False):
            if taken is False:
                continue
            self._state = start.copied()
            for one in branch:
                self.run(one)
            ends.append(self._state)
            if taken:
                certain = True
                break
        self._state, self.steps = start, self.steps + len(start.variables) // 20
        merge(start, ends if certain else [*ends, start.copied()])

    def _for(self, node: Node) -> None:
        name, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        values = [word for one in node.children_by_field_name("value") for word in self._expander.words(one)]
        known = bool(values) and not any(set("*?{") & set(value) for value in values)
        for value in values[:_MOST_ROUNDS] if known else [unknown(f"${source(name)}")]:
            self._state.variables[source(name)] = value
            self.run(body)

    def _printed(self, node: Node) -> str | None:
        """What a command substitution prints, for the few commands whose answer is in their words."""
        *before, last = in_order(node.named_children) or [node]
        if last.type not in {"command", "pipeline"} or any(one.type != "command" for one in before):
            return None
        folder = folder_after([command_words(one, self._expander) for one in before], self._state.folder)
        commands = last.named_children if last.type == "pipeline" else [last]
        return answer_of([command_words(one, self._expander) for one in commands], self._state.read, folder)
