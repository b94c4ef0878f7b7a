"""Which pull request a comparison is of, for every way in which its commits can hang together with one."""

from dataclasses import replace

import pytest

from bot.flows.pull_of_run import Question, pull_of
from bot.model.plan import Comparison, Skip
from bot.model.provider import Pull
from tests.flows.world import Hub, Shop


class History:
    """A main branch of three commits, a topic from the second one that merged nothing, and merge commits of both."""

    def __init__(self, shop: Shop) -> None:
        commit = shop.git.commit
        self.root = commit({"n": "0"})
        self.left = commit({"n": "1"}, self.root)
        self.topic = commit({"n": "2"}, self.left)
        self.head = commit({"n": "3"}, self.topic, branch="topic")
        self.main = commit({"n": "4"}, self.left, branch="main")
        self.alien = commit({"n": "5"}, branch="alien")
        self.merge = commit({"n": "6"}, self.main, self.head)
        self.old_merge = commit({"n": "7"}, self.left, self.head)
        self.turned = commit({"n": "8"}, self.head, self.main)
        self.of_alien = commit({"n": "9"}, self.alien, self.head)
        self.octopus = commit({"n": "10"}, self.main, self.head, self.alien)
        self.of_topic = commit({"n": "11"}, self.main, self.topic)
        self.unknown = "e" * 40

    def pull(self, number: int = 5, **more: object) -> Pull:
        """A pull request of the topic into main, whose merge commit GitHub does not name."""
        fields: dict[str, object] = {
            "number": number,
            "open": True,
            "head_sha": self.head,
            "head_ref": "topic",
            "head_repository": "eve/shop",
            "base_sha": self.main,
            "base_ref": "main",
            "base_repository": "octo/shop",
            "author": "mona",
        }
        return Pull(**(fields | more))

    def compared(self, base: str, head: str, pull_head: str = "") -> Comparison:
        """A comparison of commits by their names here; empty is none."""
        base, head, pull_head = (getattr(self, name) if name else "" for name in (base, head, pull_head))
        return Comparison(base, head, "", pull_head_sha=pull_head)


@pytest.fixture
def history(shop: Shop) -> History:
    """The commits."""
    return History(shop)


@pytest.fixture
def hub(shop: Shop) -> Hub:
    """What GitHub knows of them."""
    return shop.github


@pytest.mark.parametrize(
    ("compared", "is_its"),
    [
        (("main", "merge", "head"), True),
        (("", "merge", "head"), True),
        (("left", "old_merge", "head"), True),
        (("left", "merge", "head"), False),
        (("alien", "merge", "head"), False),
        (("alien", "of_alien", "head"), False),
        (("head", "turned", "head"), False),
        (("main", "turned", "head"), False),
        (("main", "octopus", "head"), False),
        (("main", "of_topic", "head"), False),
        (("main", "of_topic", "topic"), False),
        (("main", "merge", "topic"), False),
        (("main", "head", "head"), False),
        (("main", "unknown", "head"), False),
    ],
)
def test_pull_of__merge_commit(history: History, hub: Hub, compared: tuple[str, str, str], is_its: bool):
    """A merge commit is a pull request's if it merges its head into a commit of its base branch, the base that was compared."""
    pull = history.pull()

    found = pull_of(Question(history.compared(*compared)), [pull], hub)

    assert (found == pull) is is_its
    assert isinstance(found, Skip) is not is_its


@pytest.mark.parametrize(
    ("base", "head", "is_its"),
    [
        ("left", "head", True),
        ("root", "head", True),
        ("", "head", True),
        ("main", "head", False),
        ("topic", "head", False),
        ("alien", "head", False),
        ("unknown", "head", False),
        ("left", "topic", False),
        ("left", "main", False),
    ],
)
def test_pull_of__head_without_merge_commit(history: History, hub: Hub, base: str, head: str, is_its: bool):
    """A head itself is a pull request's if the base is where it left the base branch, or left it before parts were merged."""
    pull = history.pull()

    found = pull_of(Question(history.compared(base, head)), [pull], hub)

    assert (found == pull) is is_its


@pytest.mark.parametrize(
    ("asked", "compared", "is_its"),
    [
        ("alien", ("alien", "merge", "head"), True),
        ("alien", ("alien", "head", ""), True),
        ("main", ("left", "merge", "head"), True),
        ("main", ("root", "head", ""), True),
        ("main", ("alien", "merge", "head"), False),
        ("main", ("head", "head", ""), False),
        ("main", ("", "merge", "head"), False),
        ("main", ("", "head", ""), False),
        ("nowhere", ("main", "merge", "head"), False),
        ("alien", ("alien", "of_topic", "head"), False),
        ("alien", ("alien", "topic", ""), False),
    ],
)
def test_pull_of__base_that_was_asked_for(
    history: History, hub: Hub, asked: str, compared: tuple[str, str, str], is_its: bool
):
    """With ``base-ref`` the base lies on that branch, wherever the pull request's own is; the head stays tied to it."""
    pull = history.pull()

    found = pull_of(Question(history.compared(*compared), asked), [pull], hub)

    assert (found == pull) is is_its


def test_pull_of__asked_base_may_be_a_commit(history: History, hub: Hub):
    """A ``base-ref`` that is the very commit that was compared is on itself, also where GitHub knows no such commit."""
    pull = history.pull()
    comparison = Comparison(history.unknown, history.head, "")

    assert pull_of(Question(comparison, history.unknown), [pull], hub) == pull


@pytest.mark.parametrize("turned", [False, True])
def test_pull_of__certain_goes_before_possible(history: History, hub: Hub, turned: bool):
    """Of two that fit, the one whose merge commit GitHub names is meant, whichever comes first."""
    possible, certain = history.pull(5), history.pull(6, merge_sha=history.merge)
    pulls = [certain, possible] if turned else [possible, certain]

    assert pull_of(Question(history.compared("main", "merge", "head")), pulls, hub) == certain


@pytest.mark.parametrize("merge_sha", ["", "named"])
def test_pull_of__several_that_fit_alike(history: History, hub: Hub, merge_sha: str):
    """What fits two pull requests alike is posted to neither, and both are named."""
    sha = history.merge if merge_sha else ""
    pulls = [history.pull(5, merge_sha=sha), history.pull(6, merge_sha=sha), history.pull(7, head_sha=history.topic)]

    found = pull_of(Question(history.compared("main", "merge", "head")), pulls, hub)

    assert isinstance(found, Skip)
    assert f"pull request 5 or 6: which cannot be told, since {history.main[:7]} is on all bases" in found.reason


def test_pull_of__where_the_head_left_goes_before_where_it_had_left(history: History, hub: Hub, shop: Shop):
    """Of two bases the one that the head left at the compared commit is certain; the other is only possible."""
    stable = shop.git.commit({"n": "20"}, history.topic, branch="stable")
    to_stable = history.pull(6, base_ref="stable", base_sha=stable)

    assert pull_of(Question(history.compared("left", "head")), [to_stable, history.pull(5)], hub) == history.pull(5)
    assert pull_of(Question(history.compared("topic", "head")), [to_stable, history.pull(5)], hub) == to_stable


def test_pull_of__none(history: History, hub: Hub):
    """Without any pull request that fits, the commits that were compared are said, ``nothing`` for no base."""
    found = pull_of(Question(history.compared("", "topic")), [history.pull()], hub)
    empty = pull_of(Question(history.compared("main", "merge", "head")), [], hub)

    assert isinstance(found, Skip)
    assert f"compares nothing with {history.topic[:7]}, which no pull request" in found.reason
    assert isinstance(empty, Skip)
    assert f"compares {history.main[:7]} with {history.merge[:7]}, which no" in empty.reason


def test_pull_of__base_branch_that_moved_on(history: History, hub: Hub, shop: Shop):
    """The tip that GitHub names for the base counts by itself, also where the branch was rewound since."""
    shop.git.branches["main"] = history.root
    pull = history.pull()

    assert pull_of(Question(history.compared("main", "merge", "head")), [pull], hub) == pull
    moved = replace(pull, base_sha=history.root)
    assert isinstance(pull_of(Question(history.compared("main", "merge", "head")), [moved], hub), Skip)


def test_pull_of__head_without_a_base_fits_every_base(history: History, hub: Hub):
    """A head that was compared with nothing is of each pull request that proposes it, so that it cannot be told."""
    found = pull_of(Question(history.compared("", "head")), [history.pull(5), history.pull(6)], hub)

    assert isinstance(found, Skip)
    assert "pull request 5 or 6" in found.reason
