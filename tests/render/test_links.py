"""Addresses: only below the server and repository that a report names in plain characters, else none."""

from dataclasses import replace

import pytest

from bot.edges.providers.github.event import LINKS
from bot.render.links import Links, links_of
from tests.render.reports import growth

ROOT = "https://github.com/o/r"
SHA, SHA256 = "0123456789" * 4, "0123456789abcdef" * 4


def of_run(**run: object) -> Links:
    """The addresses of a report about another run."""
    report = growth()
    return links_of(replace(report, run=replace(report.run, **run)))  # type: ignore[arg-type]


def of_comparison(**sides: object) -> Links:
    """The addresses of a report about another comparison."""
    report = growth()
    return links_of(replace(report, comparison=replace(report.comparison, **sides)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "server", ["http://a", "https://a", "https://A-z.9", "https://a:1", "https://a:12345", "https://" + "a" * 200]
)
def test_links__are_below_a_plain_server(server: str):
    """A server is a scheme, a name and perhaps a port."""
    assert of_run(server_url=server).root == f"{server}/o/r"


@pytest.mark.parametrize(
    "server",
    ["", "a", "ftp://a", "https:/a", "https://", "https://a:", "https://a:123456", "https://a:x", "https://a/", "https://a b",
     "https://a_b", "https://" + "a" * 201, "https://a)", "xhttps://a", "http", "https://ü", "https://a\n"],
)  # fmt: skip
def test_links__are_none_where_the_server_is_anything_else(server: str):
    """What is not plainly a server makes no address at all."""
    assert of_run(server_url=server) == Links()


@pytest.mark.parametrize("repository", ["o/r", "A-_.0/z-_.9", "o" * 100 + "/" + "r" * 100])
def test_links__are_below_a_plain_repository(repository: str):
    """A repository is an owner and a name."""
    assert of_run(repository=repository).root == f"https://github.com/{repository}"


@pytest.mark.parametrize(
    "repository", ["", "o", "o/", "/r", "o/r/x", "o" * 101 + "/r", "o/" + "r" * 101, "o/r)", "o r/x", "o/r\n"]
)
def test_links__are_none_where_the_repository_is_anything_else(repository: str):
    """What is not plainly a repository makes no address at all."""
    assert of_run(repository=repository) == Links()


@pytest.mark.parametrize("sha", [SHA, SHA256])
def test_links__have_the_commits_of_both_sides(sha: str):
    """A file of the head is shown at the head, one that only the base has at the base."""
    links = of_comparison(base_sha=sha, head_sha=sha[::-1], pull_head_sha="")

    assert (links.base_sha, links.head_sha) == (sha, sha[::-1])
    assert links.lines("a", None, "base") == f"{ROOT}/blob/{sha}/a"
    assert links.lines("a", None) == f"{ROOT}/blob/{sha[::-1]}/a"


@pytest.mark.parametrize(
    "sha", ["", "main", SHA[1:], SHA + "0", SHA256[1:], SHA256 + "0", SHA.replace("1", "A"), SHA + "\n", SHA + "g" * 24]
)
def test_links__have_no_commit_that_is_none(sha: str):
    """A branch, or what only looks like a commit, has no address."""
    links = of_comparison(base_sha=sha, head_sha=sha, pull_head_sha="")

    assert (links.root, links.base_sha, links.head_sha) == (ROOT, "", "")
    assert (links.lines("a", None), links.lines("a", None, "base")) == ("", "")


@pytest.mark.parametrize(("lines", "fragment"), [(None, ""), ((1, 1), "#L1"), ((1, 2), "#L1-L2"), ((7, 12), "#L7-L12")])
def test_lines__is_an_address_of_lines(lines: tuple[int, int] | None, fragment: str):
    """The lines of a file are the address's fragment: none, one, or from one to another."""
    assert Links(ROOT, SHA, SHA256, templates=LINKS).lines("a b/c", lines) == f"{ROOT}/blob/{SHA256}/a%20b/c{fragment}"


@pytest.mark.parametrize(
    ("links", "path"),
    [
        (Links("", SHA, SHA, templates=LINKS), "a"),
        (Links(ROOT, SHA, "", templates=LINKS), "a"),
        (Links(ROOT, SHA, SHA, templates=LINKS), "../a"),
    ],
)
def test_lines__without_repository_commit_or_path_is_nothing(links: Links, path: str):
    """An address needs a repository, a commit and a path inside; without one of them there is none."""
    assert links.lines(path, (1, 2)) == ""


def test_run__has_an_address_of_its_own():
    """The run and its artifacts have an address where the repository and the run's number are known."""
    run = Links(ROOT, run_id=5, templates=LINKS)

    assert (run.run, run.artifacts) == (f"{ROOT}/actions/runs/5", f"{ROOT}/actions/runs/5#artifacts")
    assert of_run(run_id=8).run == f"{ROOT}/actions/runs/8"
    for nowhere in (Links(), Links(ROOT, templates=LINKS), Links("", run_id=5, templates=LINKS)):
        assert (nowhere.run, nowhere.artifacts) == ("", "")


def test_links__of_a_provider_without_addresses_of_files():
    """Where the provider has no address of a file, there is none, also not the lines of one."""
    links = Links(ROOT, SHA, SHA, templates=LINKS._replace(file=""))

    assert (links.lines("Dockerfile", (1, 2)), links.lines("Dockerfile", None)) == ("", "")
