"""compare_commits: the right base for every event, on checkouts as Actions makes them, and the reason for it."""

import pathlib
from collections.abc import Callable, Iterator

import pytest

from bot.edges.git import GitRepository
from bot.errors import GitError, RefusedError
from bot.model.config import Settings
from bot.model.plan import WORKING_TREE, Comparison, Skip
from bot.model.provider import Event, EventKind, PullRequest
from bot.stages.plan import compare_commits
from tests.edges.git.repos import commit, git, make_repository, merge_ref, shallow_checkout

Opener = Callable[[pathlib.Path], GitRepository]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Yield a way to open repositories that are closed when the test ends."""
    repositories: list[GitRepository] = []

    def open_(folder: pathlib.Path) -> GitRepository:
        repositories.append(GitRepository(folder, {"HOME": "/nonexistent"}))
        return repositories[-1]

    yield open_
    for repository in repositories:
        repository.close()


@pytest.fixture
def remote(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a remote whose main went on after a pull request's branch was made, and the merge commit of both."""
    remote = make_repository(tmp_path / "remote")
    commit(remote, {"main": "1"})
    git(remote, "checkout", "--quiet", "-b", "grow")
    commit(remote, {"feature": "1"})
    git(remote, "checkout", "--quiet", "main")
    commit(remote, {"main": "2"})
    merge_ref(remote, "grow", 5)
    return remote


def sha(folder: pathlib.Path, revision: str) -> str:
    """Return the commit that a revision names."""
    return git(folder, "rev-parse", revision)


def pull_request(remote: pathlib.Path, **changes: object) -> Event:
    """Return the event of the pull request as GitHub sends it for a merge ref."""
    facts: dict[str, object] = {
        "kind": EventKind.PULL_REQUEST,
        "action": "synchronize",
        "sha": sha(remote, "refs/pull/5/merge"),
        "ref": "refs/pull/5/merge",
        "default_branch": "main",
        "pull_request": PullRequest(
            number=5,
            head_sha=sha(remote, "grow"),
            base_sha=sha(remote, "main"),
            head_ref="grow",
            base_ref="main",
            head_repository="octo/shop",
            base_repository="octo/shop",
            author="mona",
        ),
    }
    return Event(**(facts | changes))


def test_merge_ref__is_compared_with_its_first_parent(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """What main gained meanwhile is on both sides, so the pull request is not blamed for it (G7)."""
    git_port = opened(shallow_checkout(remote, tmp_path / "checkout", "refs/pull/5/merge"))

    comparison = compare_commits(pull_request(remote), Settings(), git_port)

    assert comparison == Comparison(
        base_sha=sha(remote, "main"),
        head_sha=sha(remote, "refs/pull/5/merge"),
        why="first parent of the merge commit",
        base_label="main",
        head_label="grow",
        pull_head_sha=sha(remote, "grow"),
    )
    assert git_port.has(comparison.base_sha)


def test_merge_ref__newer_than_its_event(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """A push between the event and the checkout moves the merge ref; what is checked out decides."""
    event = pull_request(remote)
    git(remote, "checkout", "--quiet", "grow")
    newer = commit(remote, {"feature": "2"})
    merge_ref(remote, "grow", 5)
    event = pull_request(remote, pull_request=event.pull_request)

    comparison = compare_commits(
        event, Settings(), opened(shallow_checkout(remote, tmp_path / "checkout", "refs/pull/5/merge"))
    )

    assert comparison.pull_head_sha == newer
    assert comparison.base_sha == sha(remote, "main")


def test_head_commit__is_compared_with_its_merge_base(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """Where the workflow checks out the head itself, main's later commits are on neither side."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "grow")

    comparison = compare_commits(pull_request(remote), Settings(), opened(checkout))

    assert comparison.base_sha == git(remote, "merge-base", "main", "grow")
    assert comparison.why == "merge base with main"
    assert comparison.pull_head_sha == ""


def test_head_commit__that_is_itself_a_merge(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """A pull request whose last commit merges main into it is no merge ref: its merge base is that main."""
    git(remote, "checkout", "--quiet", "grow")
    git(remote, "merge", "--quiet", "--no-ff", "--message", "catch up", "main")
    event = pull_request(remote, sha="f" * 40)

    comparison = compare_commits(event, Settings(), opened(shallow_checkout(remote, tmp_path / "checkout", "grow")))

    assert comparison.base_sha == sha(remote, "main")
    assert comparison.why == "merge base with main"


def test_stacked_pull_request__is_compared_with_the_branch_it_is_stacked_on(
    remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener
):
    """The base is the branch that the pull request asks to be merged into, not the default branch."""
    git(remote, "checkout", "--quiet", "-b", "top", "grow")
    commit(remote, {"top": "1"})
    event = pull_request(remote)
    stacked = PullRequest(6, sha(remote, "top"), sha(remote, "grow"), "top", "grow", "octo/shop", "octo/shop", "mona")

    comparison = compare_commits(
        pull_request(remote, pull_request=stacked, ref=event.ref),
        Settings(),
        opened(shallow_checkout(remote, tmp_path / "checkout", "top")),
    )

    assert (comparison.base_sha, comparison.why) == (sha(remote, "grow"), "merge base with grow")


def test_base__that_cannot_be_fetched_is_no_baseline(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """With the remote out of reach there is no baseline, and the reason names the commit: never zero (F23)."""
    event = pull_request(remote)
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/5/merge")
    remote.rename(tmp_path / "gone")

    comparison = compare_commits(event, Settings(), opened(checkout))

    base = event.pull_request.base_sha
    assert comparison.base_sha == ""
    assert comparison.why == f"no baseline: {base[:7]}, the first parent of the merge commit, could not be fetched"


def test_merge_base__that_cannot_be_fetched_is_no_baseline(
    remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener
):
    """A head commit whose base is out of reach has no baseline either."""
    event = pull_request(remote)
    checkout = shallow_checkout(remote, tmp_path / "checkout", "grow")
    remote.rename(tmp_path / "gone")

    comparison = compare_commits(event, Settings(), opened(checkout))

    assert comparison.base_sha == ""
    assert comparison.why.startswith(f"no baseline: {event.pull_request.base_sha[:7]}, the tip of main")


def test_merge_group__is_compared_with_what_it_builds_upon(
    remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener
):
    """The queue's base comes from the event, and is fetched."""
    event = Event(EventKind.MERGE_QUEUE, base_sha=sha(remote, "main"))
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/5/merge")

    comparison = compare_commits(event, Settings(), opened(checkout))

    assert (comparison.base_sha, comparison.why) == (sha(remote, "main"), "commit that the merge group builds upon")


def test_push__is_compared_with_the_commit_before(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """A push of several commits is compared as a whole."""
    before = sha(remote, "main")
    commit(remote, {"main": "3"})
    commit(remote, {"main": "4"})
    event = Event(EventKind.PUSH, base_sha=before, ref="refs/heads/main", default_branch="main")

    comparison = compare_commits(event, Settings(), opened(shallow_checkout(remote, tmp_path / "checkout", "main")))

    assert (comparison.base_sha, comparison.why, comparison.base_label) == (before, "commit before the push", "main")


def test_push__after_which_the_commit_before_is_gone(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """A forced push may leave nothing of what was there: then the first parent is the base, and it says so."""
    event = Event(EventKind.PUSH, base_sha="d" * 40, ref="refs/heads/main", default_branch="main")

    comparison = compare_commits(event, Settings(), opened(shallow_checkout(remote, tmp_path / "checkout", "main")))

    assert comparison.base_sha == sha(remote, "main~1")
    assert comparison.why == "first parent (the commit before the push is gone)"


def test_push__of_a_new_branch(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """A branch that is new is compared with where it left the default branch."""
    event = Event(EventKind.PUSH, ref="refs/heads/grow", default_branch="main")

    comparison = compare_commits(event, Settings(), opened(shallow_checkout(remote, tmp_path / "checkout", "grow")))

    assert (comparison.base_sha, comparison.why) == (sha(remote, "main~1"), "merge base with main")


@pytest.mark.parametrize("kind", [EventKind.MANUAL, EventKind.SCHEDULE])
def test_run_by_hand_or_clock__on_the_default_branch(
    kind: EventKind, remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener
):
    """On the default branch the last commit is compared with the one before it."""
    event = Event(kind, ref="refs/heads/main", default_branch="main")

    comparison = compare_commits(event, Settings(), opened(shallow_checkout(remote, tmp_path / "checkout", "main")))

    assert (comparison.base_sha, comparison.why) == (sha(remote, "main~1"), "first parent")


def test_first_commit__has_no_baseline(tmp_path: pathlib.Path, opened: Opener):
    """The first commit of all is compared with nothing, and that is said."""
    folder = make_repository(tmp_path / "repository")
    commit(folder, {"a": "1"})

    comparison = compare_commits(Event(EventKind.SCHEDULE), Settings(), opened(folder))

    assert (comparison.base_sha, comparison.why) == ("", "no baseline: this is the first commit")


def test_local__on_a_branch_with_uncommitted_changes(remote: pathlib.Path, opened: Opener):
    """Locally the working tree is compared with where the branch left the default branch."""
    git(remote, "checkout", "--quiet", "grow")
    (remote / "feature").write_text("uncommitted")
    git_port = opened(remote)

    comparison = compare_commits(Event(EventKind.LOCAL), Settings(), git_port)

    assert (comparison.base_sha, comparison.why) == (sha(remote, "main~1"), "merge base with main")
    assert git_port.read_file(comparison.head_sha, "feature") == b"uncommitted"
    assert (comparison.as_reported.head_sha, comparison.as_reported.head_label) == ("", WORKING_TREE)


def test_local__on_the_default_branch(remote: pathlib.Path, opened: Opener):
    """On the default branch uncommitted changes are compared with HEAD, and HEAD, where clean, with its parent."""
    clean = compare_commits(Event(EventKind.LOCAL), Settings(), opened(remote))
    (remote / "main").write_text("uncommitted")
    dirty = compare_commits(Event(EventKind.LOCAL), Settings(), opened(remote))

    assert (clean.base_sha, clean.why) == (sha(remote, "main~1"), "first parent")
    assert (dirty.base_sha, dirty.why) == (sha(remote, "main"), "merge base with main")
    assert clean.as_reported == clean


def test_local__without_a_default_branch(tmp_path: pathlib.Path, opened: Opener):
    """A repository that has neither main nor master nor a remote falls back to the first parent."""
    folder = make_repository(tmp_path / "repository")
    git(folder, "checkout", "--quiet", "-b", "trunk")
    first = commit(folder, {"a": "1"})
    commit(folder, {"a": "2"})

    comparison = compare_commits(Event(EventKind.LOCAL), Settings(), opened(folder))

    assert (comparison.base_sha, comparison.why) == (first, "first parent (there is no default branch here)")


@pytest.mark.parametrize("kind", [EventKind.LOCAL, EventKind.MANUAL, EventKind.PULL_REQUEST])
def test_named_commits__are_taken_as_named(
    kind: EventKind, remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener
):
    """A base that somebody asked for is that very commit, on every event, fetched where it is missing."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/5/merge")
    event = pull_request(remote, kind=kind)

    comparison = compare_commits(event, Settings(base_ref="grow", head_ref="main"), opened(checkout))

    assert (comparison.base_sha, comparison.head_sha) == (sha(remote, "grow"), sha(remote, "main"))
    assert (comparison.why, comparison.base_label, comparison.head_label) == ("grow, as asked", "grow", "main")


def test_named_commits__are_called_by_their_first_digits(remote: pathlib.Path, opened: Opener):
    """A base named by its whole object ID is shown short."""
    base = sha(remote, "grow")

    comparison = compare_commits(Event(EventKind.LOCAL), Settings(base_ref=base, head_ref="main"), opened(remote))

    assert (comparison.base_sha, comparison.base_label, comparison.why) == (base, base[:7], f"{base[:7]}, as asked")


def test_named_base__that_does_not_exist(remote: pathlib.Path, opened: Opener):
    """A base that was asked for and is nowhere is an error: falling back would answer another question."""
    with pytest.raises(GitError, match="'nowhere'"):
        compare_commits(Event(EventKind.LOCAL), Settings(base_ref="nowhere"), opened(remote))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event(EventKind.PUSH, deleted=True), "was deleted"),
        (Event(EventKind.PULL_REQUEST, action="edited"), "text"),
        (Event(EventKind.LOCAL), "compared with itself"),
    ],
)
def test_nothing_to_compare__is_skipped_with_a_reason(event: Event, words: str, tmp_path: pathlib.Path, opened: Opener):
    """A deleted branch, an edited title and a commit against itself are skipped, and the reason says which."""
    folder = make_repository(tmp_path / "repository")
    commit(folder, {"a": "1"})

    skip = compare_commits(event, Settings(base_ref="HEAD"), opened(folder))

    assert isinstance(skip, Skip)
    assert words in skip.reason


def test_closed_pull_request__is_skipped(remote: pathlib.Path, opened: Opener):
    """A pull request that is closed, merged or not, needs no comparison any more."""
    skip = compare_commits(pull_request(remote, action="closed"), Settings(), opened(remote))

    assert skip == Skip("The pull request is closed.")


def test_retargeted_pull_request__is_compared_again(remote: pathlib.Path, tmp_path: pathlib.Path, opened: Opener):
    """An edit that changes the base changes the answer (F25)."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/5/merge")

    comparison = compare_commits(pull_request(remote, action="edited", base_changed=True), Settings(), opened(checkout))

    assert comparison.base_sha == sha(remote, "main")


@pytest.mark.parametrize("kind", [EventKind.PULL_REQUEST, EventKind.COMPLETED_RUN])
def test_privileged_event__is_refused_unless_opted_in(kind: EventKind, remote: pathlib.Path, opened: Opener):
    """Building what a pull request says with a token that can write is refused with exit code 2 (T-D2)."""
    event = pull_request(remote, kind=kind, privileged=True, sha="", ref="refs/heads/main")
    git(remote, "checkout", "--quiet", "grow")

    with pytest.raises(RefusedError, match="not built on") as caught:
        compare_commits(event, Settings(), opened(remote))
    allowed = compare_commits(event, Settings(allow_privileged_build=True), opened(remote))

    assert caught.value.exit_code == 2
    assert isinstance(allowed, Comparison)
