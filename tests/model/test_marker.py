"""The marker: whose comment it is, told in a line that nobody can forge from inside."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.effects import Marker
from tests.world.markdown_oracle import HOSTILE, Structure

HEAD = "d4e5f6a" + "0" * 33


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.integers(0, 10**12), st.integers(0, 99))
def test_marker__is_read_back(key: str, run_id: int, attempt: int):
    """Whatever the key is, the marker of a comment says it again."""
    marker = Marker(key, HEAD, run_id, attempt)

    assert marker == Marker.parse(f"{marker.text}\n### verdict\n")


@pytest.mark.parametrize("payload", HOSTILE)
def test_marker__stays_a_comment_of_html(payload: str):
    """A hostile key does not end the comment that it stands in."""
    text = Marker(payload, HEAD, 1, 1).text
    structure = Structure(f"{text}\n### verdict\n")

    assert structure.tags == ["h3", "/h3"]
    assert len(structure.comments) == 1
    assert "--" not in text.removeprefix("<!--").removesuffix("-->")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "### verdict",
        f" {Marker('default', HEAD, 1, 1).text}\n",
        f"hello\n{Marker('default', HEAD, 1, 1).text}\n",
        f"{Marker('default', HEAD, 1, 1).text} and more\n",
        "<!-- deadweight:v2 key=default head=00 run=1/1 -->\n",
        "<!-- deadweight:v1 key=a b head=00 run=1/1 -->\n",
        "<!-- deadweight:v1 key=default head=main run=1/1 -->\n",
        f"<!-- deadweight:v1 key=default head=00 run={'9' * 19}/1 -->\n",
    ],
)
def test_marker__is_only_what_starts_a_comment(body: str):
    """Text that mentions a marker, or one of another version, is not ours (T-M2)."""
    assert Marker.parse(body) is None


def test_marker__is_read_from_what_github_gives_back():
    """GitHub gives bodies with carriage returns; the marker is read all the same."""
    assert Marker("default", HEAD, 1, 2) == Marker.parse(f"{Marker('default', HEAD, 1, 2).text}\r\n### verdict")
