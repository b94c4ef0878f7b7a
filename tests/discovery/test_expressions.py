"""Expressions and matrices of workflows: known where they can be known, unknown otherwise, never wrong."""

import pytest

from bot.discovery.expression_values import OPEN, UnknownValue
from bot.discovery.expressions import condition, evaluate, fill, value_of
from bot.discovery.job_values import MOST_ROWS, rows
from bot.discovery.unknowns import shown
from bot.discovery.yaml_documents import read_yaml

CONTEXTS = {
    "matrix": {"os": "debian", "empty": "", "list": ["a", "b"], "deep": {"name": "x"}, "flag": False},
    "github": {"repository": "acme/shop", OPEN: None},
    "inputs": {"tag": "", OPEN: None},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'it''s'", "it's"),
        ("matrix.os", "debian"),
        ("matrix['os']", "debian"),
        ("matrix.deep.name", "x"),
        ("matrix.list[1]", "b"),
        ("matrix.missing", None),
        ("matrix.os == 'DEBIAN' && 'yes' || 'no'", "yes"),
        ("matrix.os != 'debian' && 'yes' || 'no'", "no"),
        ("inputs.tag || 'latest'", "latest"),
        ("!matrix.flag", True),
        ("!(matrix.os == 'debian')", False),
        ("contains(matrix.list, 'A')", True),
        ("contains(matrix.os, 'bi')", True),
        ("startsWith(github.repository, 'acme/')", True),
        ("endsWith(github.repository, 'x')", False),
        ("format('{0}-{1}', matrix.os, 1)", "debian-1"),
        ("join(matrix.list, '/')", "a/b"),
        ("fromJSON('[1, 2]')[0]", 1.0),
        ("1 < 2", True),
        ("'10' == 10", True),
        ("true && matrix.os", "debian"),
    ],
)
def test_known_expression__has_its_value(expression: str, value: object):
    """What depends on nothing but known contexts is evaluated as the runner does."""
    assert evaluate(expression, CONTEXTS) == value


@pytest.mark.parametrize(
    "expression",
    [
        "github.sha",
        "steps.x.outputs.y",
        "github.sha == 'x' && 'a' || 'b'",
        "github.ref_name || 'x'",
        "hashFiles('**')",
        "matrix.os ==",
        "(((",
        "matrix.os 'x'",
        "§",
        "(" * 500 + ")" * 500,
    ],
)
def test_unknown_expression__stays_unknown_and_is_shown_as_written(expression: str):
    """What a run decides, and what is no expression, is unknown; the text shows it again."""
    assert isinstance(evaluate(expression, CONTEXTS), UnknownValue)
    assert shown(fill(f"a-${{{{ {expression} }}}}-z", CONTEXTS)).startswith(f"a-${{{{ {expression[:40]}")


def test_format__keeps_what_is_known_around_a_hole():
    """A text that is put together from known and unknown parts is unknown only where its parts are."""
    assert shown(fill("${{ format('{0}/{1}/x', matrix.os, github.sha) }}", CONTEXTS)) == "debian/${{ github.sha }}/x"


def test_unknown_and_false__is_false():
    """``&&`` with a side that is known to be false is false, whatever the other side is."""
    assert condition("github.sha == 'x' && false", CONTEXTS) is False
    assert condition("github.sha == 'x' || true", CONTEXTS) is True
    assert condition("github.sha == 'x'", CONTEXTS) is None


def test_value__of_a_lone_expression_keeps_its_type():
    """A text that is one expression is its value; with anything around it, it is a string."""
    assert value_of("${{ matrix.list }}", CONTEXTS) == ["a", "b"]
    assert value_of("x${{ matrix.os }}", CONTEXTS) == "xdebian"


def test_marker__cannot_be_forged():
    """Private-use characters of a file do not pass for an unknown expression."""
    document = read_yaml("a: '\ue000\U000f0061\ue001'\n")

    assert document.get("a").string() == "\ufffd\ufffd\ufffd"


def matrix_rows(text: str) -> list[dict[str, object]]:
    return [dict(row) for row in rows(read_yaml(text), CONTEXTS)]


def test_include__adds_to_rows_it_does_not_contradict_and_else_stands_alone():
    """The example of GitHub's documentation gives the rows that it gives there."""
    text = """
matrix:
  fruit: [apple, pear]
  animal: [cat, dog]
  include:
    - color: green
    - {color: pink, animal: cat}
    - {fruit: apple, shape: circle}
    - fruit: banana
    - {fruit: banana, animal: cat}
"""
    assert matrix_rows(text) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_exclude__may_name_a_part_of_a_nested_value():
    """An exclusion takes out rows whose values it names, nested mappings in part."""
    text = "matrix:\n  stage: [debug, release]\n  arch: [{p: amd64, n: 1}, {p: arm, n: 2}]\n  exclude: [{stage: debug, arch: {p: arm}}]\n"

    assert [(row["stage"], row["arch"]["p"]) for row in matrix_rows(text)] == [  # type: ignore[index]
        ("debug", "amd64"),
        ("release", "amd64"),
        ("release", "arm"),
    ]


def test_rows__are_bounded():
    """A matrix of millions of rows costs no more than the bound."""
    axes = "".join(f"  a{index}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n" for index in range(9))

    assert len(matrix_rows(f"matrix:\n{axes}")) == MOST_ROWS
