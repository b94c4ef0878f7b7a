"""The judges themselves: what the runner would do, what GitHub's Markdown would show, what GitHub's schemas allow."""

import html

import pytest

from tests.world import webhooks
from tests.world.markdown_oracle import HOSTILE, break_outs
from tests.world.runner_oracle import Command, commands_in, read_key_values

TABLE = "| a | b |\n|---|---|\n| \x1a | 1 |\n| x | 2 |\n"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("::error::x", "error"),
        ("  \t::add-mask::a", "add-mask"),
        ("\u00a0::error::x", "error"),
        ("#7 0.123 ##[add-mask]e", "add-mask"),
        ("Step 3/4 : RUN echo ##[set-output name=delta]0", "set-output"),
        ("file '##[error]x' added", "error"),
    ],
)
def test_commands_in__what_the_runner_acts_on(line: str, name: str):
    """Both forms of a command are found where the runner finds them."""
    assert [command.name for command in commands_in(line)] == [name]


def test_commands_in__prefixed_line():
    """BuildKit's prefix stops the newer form, as in the runner."""
    assert commands_in("#7 0.123 ::warning::x") == []


def test_commands_in__carriage_return_starts_a_line():
    """A lone carriage return ends a line for the runner."""
    assert commands_in("progress\r::error::x") == [Command("error", {}, "x")]


def test_commands_in__escapes():
    """Properties and data are unescaped as the runner does it."""
    (command,) = commands_in("::error file=a%3Ab%2Cc,line=3,title=::100%25%0Anext")

    assert command == Command("error", {"file": "a:b,c", "line": "3"}, "100%\nnext")


def test_read_key_values__both_forms():
    """Values on one line and values up to a delimiter are read."""
    assert read_key_values("a=1=2\n\nb<<END\nx\n\ny\nEND\nc=\n") == {"a": "1=2", "b": "x\n\ny", "c": ""}


@pytest.mark.parametrize("text", ["nothing", "a<<END\nx\n", "<<END\nEND\n", "a<<\nx\n"])
def test_read_key_values__what_fails_a_step(text: str):
    """What the runner refuses is refused."""
    with pytest.raises(ValueError, match="fail the step"):
        read_key_values(text)


@pytest.mark.parametrize(
    ("quote", "count"),
    [
        (lambda text: text, 23),
        (lambda text: f"`{text}`", 8),
        (lambda text: f"<code>{html.escape(text)}</code>", 14),
    ],
    ids=["raw", "back-ticks", "html-escape"],
)
def test_break_outs__naive_quoting(quote, count: int):
    """The three ways that people try first let many payloads out, so the judge is not asleep."""
    assert sum(bool(break_outs(TABLE, quote, payload)) for payload in HOSTILE.values()) == count


def test_hostile__number_of_payloads():
    """There are thirty-one."""
    assert len(HOSTILE) == 31


@pytest.mark.parametrize("event", ["pull_request", "merge_group", "workflow_run", "push", "workflow_dispatch"])
def test_webhook_examples__enough_valid_ones(test_tools: None, event: str):
    """GitHub's own examples satisfy GitHub's own schema, but for a few."""
    assert webhooks.examples(event) != []


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "edited", "labeled", "closed"])
@pytest.mark.parametrize("fork", [None, "eve"])
def test_webhook_pull_request__mutations_stay_valid(test_tools: None, action: str, fork: str | None):
    """Branch, fork and label mutations of every action that matters satisfy GitHub's schema."""
    payload = webhooks.pull_request(action, fork=fork, labels=("size-ok",), draft=True)

    assert payload["action"] == action
    assert payload["pull_request"]["head"]["repo"]["full_name"] == f"{fork or 'octo'}/shop"


def test_webhook_pull_request__deleted_fork_is_valid(test_tools: None):
    """A pull request without a head repository satisfies GitHub's schema."""
    assert webhooks.pull_request(fork="eve", deleted_fork=True)["pull_request"]["head"]["repo"] is None


def test_webhook_others__mutations_are_valid(test_tools: None):
    """Runs, queues, pushes and dispatches satisfy GitHub's schema."""
    assert webhooks.workflow_run(7, fork="eve")["workflow_run"]["pull_requests"] == []
    assert webhooks.workflow_run(7, pull_numbers=(5,))["workflow_run"]["pull_requests"][0]["number"] == 5
    assert webhooks.merge_group()["merge_group"]["base_sha"] == webhooks.BASE_SHA
    assert webhooks.push()["after"] == webhooks.HEAD_SHA
    assert webhooks.workflow_dispatch(pr="5")["inputs"] == {"pr": "5"}


def test_webhook_problems__sees_mistakes(test_tools: None):
    """A payload that breaks the schema is found out."""
    payload = webhooks.pull_request()
    del payload["pull_request"]["head"]

    assert "'head' is a required property" in "".join(webhooks.problems(payload, "pull_request"))
