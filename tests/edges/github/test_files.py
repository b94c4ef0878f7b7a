"""A file of a branch: made, changed while others change it too, and refused with the way out."""

import threading

import pytest

from bot.errors import PublishError
from bot.model.history import Tag
from bot.ports import BranchFile
from tests.edges.github.conftest import client
from tests.world.github import Fault, GitHubFake

PLACE = BranchFile("deadweight-history", "sizes.jsonl")
KEY = ("deadweight-history", "sizes.jsonl")
TOKEN = "history-token"
PUT = "^PUT .*/contents/sizes.jsonl"


def adding(line: bytes):
    """A change that adds a line once, however often it is asked."""

    def change(content: bytes | None) -> bytes:
        lines = (content or b"").splitlines()
        return b"".join(one + b"\n" for one in dict.fromkeys((*lines, line)))

    return change


def test_change_file__makes_a_branch_without_history(github: GitHubFake):
    """The first record makes the branch: one commit without parents, with nothing but the file."""
    posted = client(github, TOKEN).change_file(PLACE, adding(b"one"), "Record")

    assert posted.problem == ""
    assert {place: data for place, data in github.state.files.items() if place[0] == PLACE.branch} == {KEY: b"one\n"}
    assert list(github.state.parents.values()) == [[]]


def test_change_file__adds_to_what_is_there(github: GitHubFake):
    """A file that is there is replaced by what becomes of it, named by its blob."""
    github.push_file(*KEY, b"one\n")

    posted = client(github, TOKEN).change_file(PLACE, adding(b"two"), "Record")

    assert (posted.problem, github.state.files[KEY]) == ("", b"one\ntwo\n")


def test_change_file__on_a_branch_that_lost_its_file(github: GitHubFake):
    """A branch without the file gets it back."""
    github.state.branches.add(PLACE.branch)

    posted = client(github, TOKEN).change_file(PLACE, adding(b"one"), "Record")

    assert (posted.problem, github.state.files[KEY]) == ("", b"one\n")
    assert github.count("POST /repos/octo/shop/git/") == 0


def test_change_file__writes_nothing_that_is_there_already(github: GitHubFake):
    """Recording a commit twice is recording it once."""
    github.push_file(*KEY, b"one\n")

    posted = client(github, TOKEN).change_file(PLACE, adding(b"one"), "Record")

    assert posted.problem == ""
    assert github.count("PUT ") == 0


def test_change_file__somebody_else_was_faster(github: GitHubFake):
    """What another job wrote between reading and writing is read and kept."""
    github.push_file(*KEY, b"one\n")
    meanwhile = Fault(
        "^GET .*/contents/sizes.jsonl", kind="meanwhile", deed=lambda: github.push_file(*KEY, b"one\nother\n")
    )
    github.fail(meanwhile)

    posted = client(github, TOKEN).change_file(PLACE, adding(b"two"), "Record")

    assert (posted.problem, github.state.files[KEY]) == ("", b"one\nother\ntwo\n")
    assert github.count("PUT ") == 2


def test_change_file__somebody_else_made_the_branch(github: GitHubFake):
    """Where two jobs make the branch at once, both lines are in it."""
    meanwhile = Fault("^POST .*/git/commits", kind="meanwhile", deed=lambda: github.push_file(*KEY, b"other\n"))
    github.fail(meanwhile)

    posted = client(github, TOKEN).change_file(PLACE, adding(b"one"), "Record")

    assert (posted.problem, github.state.files[KEY]) == ("", b"other\none\n")


@pytest.mark.parametrize("kind", ["drop after commit", "cut body"])
def test_change_file__answer_is_lost(github_fast: GitHubFake, kind: str):
    """A write whose answer is lost is found done, and not done again."""
    github_fast.push_file(*KEY, b"one\n")
    github_fast.fail(Fault(PUT, kind=kind))

    posted = client(github_fast, TOKEN).change_file(PLACE, adding(b"two"), "Record")

    assert (posted.problem, github_fast.state.files[KEY]) == ("", b"one\ntwo\n")
    assert github_fast.count("PUT ") == 1


def test_change_file__four_at_once(github_fast: GitHubFake):
    """Four jobs that record at the same time lose nothing of each other's."""
    github_fast.push_file(*KEY, b"")
    lines = [b"line %d" % number for number in range(4)]
    problems: list[str] = []

    def record(line: bytes) -> None:
        problems.append(client(github_fast, TOKEN).change_file(PLACE, adding(line), "Record").problem)

    threads = [threading.Thread(target=record, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == [""] * 4
    assert sorted(github_fast.state.files[KEY].splitlines()) == lines


def test_change_file__token_may_not_write(github: GitHubFake):
    """A missing permission is named."""
    github.push_file(*KEY, b"one\n")

    posted = client(github, "write-token").change_file(PLACE, adding(b"two"), "Record")

    assert "grant the job `contents: write`" in posted.problem
    assert "sizes.jsonl on the branch deadweight-history could not be written" in posted.problem
    assert github.state.files[KEY] == b"one\n"


def test_change_file__token_may_not_make_branches(github: GitHubFake):
    """The same where the branch is missing too."""
    posted = client(github, "write-token").change_file(PLACE, adding(b"one"), "Record")

    assert "grant the job `contents: write`" in posted.problem


def test_change_file__never_ends_well(github_fast: GitHubFake):
    """A branch that rules protect is given up on, with GitHub's own words."""
    github_fast.push_file(*KEY, b"one\n")
    github_fast.fail(Fault(PUT, times=-1, status=409, body='{"message": "Repository rule violations found"}'))

    posted = client(github_fast, TOKEN).change_file(PLACE, adding(b"two"), "Record")

    assert "Repository rule violations found" in posted.problem
    assert "let rules that protect branches leave this one out" in posted.problem


def test_change_file__larger_than_is_read(github: GitHubFake):
    """A file that GitHub does not hand over whole is left alone."""
    github.push_file(*KEY, b"x" * 1_000_001)

    posted = client(github, TOKEN).change_file(PLACE, adding(b"one"), "Record")

    assert posted.problem == "sizes.jsonl on the branch deadweight-history is no file of at most 1 MB"
    assert github.count("PUT ") == 0


def test_file_at__the_tip_of_a_branch(github: GitHubFake):
    """The trusted half reads the record by the branch's name."""
    github.push_file(*KEY, b"one\n")

    assert client(github).file_at(*PLACE) == b"one\n"


def test_tags__with_their_commits(github: GitHubFake):
    """Every tag is listed, page by page."""
    github.state.tags = {f"v1.{number}.0": f"{number:040x}" for number in range(130)}

    tags = client(github).tags()

    assert len(tags) == 130
    assert tags[129] == Tag("v1.129.0", f"{129:040x}")


def test_tags__cannot_be_listed(github: GitHubFake):
    """Trouble is never taken for "no tags"."""
    github.fail(Fault("^GET .*/tags", times=-1))

    with pytest.raises(PublishError, match="tags of the repository could not be listed"):
        client(github).tags()
