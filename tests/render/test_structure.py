"""Whole pages with hostile text in every field of a report: nothing that a reader sees changes its structure (T-M1)."""

import html.parser
import re

import pytest

from bot.model.bounds import stays_inside
from bot.model.effects import Marker
from bot.model.report import RunInfo
from bot.render.annotations import annotations
from bot.render.comment import comment, summary
from bot.render.html import html_report
from bot.render.markdown import Branding
from bot.render.sarif import sarif
from bot.render.terminal import terminal
from tests.render.everything import alone, everything
from tests.render.fields import text_places, with_text
from tests.world.markdown_oracle import BIDI, HOSTILE, LINKED_TEXT, Structure

MARKER = Marker("default", "d4e5f6a", 1, 1)
REPORTS = {"one image": alone(), "several images": everything()}
OURS = {(RunInfo, "server_url"), (RunInfo, "repository"), (RunInfo, "links")}
PLACES = sorted(
    {place for report in REPORTS.values() for place in text_places(report)} - OURS,
    key=lambda place: (place[0].__name__, place[1]),
)
PAGES = {
    "comment on one image": (lambda report: comment(report, MARKER), REPORTS["one image"]),
    "comment on several images": (lambda report: comment(report, MARKER), REPORTS["several images"]),
    "summary of several images": (summary, REPORTS["several images"]),
}
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CALM_WORD = "calm_word"
"""Like the hostile texts no plain word, so that a sentence shows it as code too."""


def place_id(place: tuple[type, str]) -> str:
    """Name a place in a test's name."""
    return f"{place[0].__name__}.{place[1]}"


def versions(render, report, place) -> tuple[str, list[tuple[str, str]]]:
    """Render a report with a calm text at a place, and with each hostile one; none where the place is not rendered."""
    calm = render(with_text(report, place, lambda _: CALM_WORD))
    if calm == render(with_text(report, place, lambda _: f"other_{CALM_WORD}")):
        return calm, []
    payloads = hostile_for(place)
    return calm, [(text, render(with_text(report, place, lambda _, text=text: text))) for text in payloads]


def hostile_for(place: tuple[type, str]) -> list[str]:
    """Return the texts that are hostile at a place.

    The hash of a commit is at home where commits are named; a path that leads out of the repository is in no report.
    """
    texts = [text for name, text in HOSTILE.items() if not (name == "commit" and place[1].endswith("_sha"))]
    return [text for text in texts if place[1] != "file" or stays_inside(text)]


def skeleton(structure: Structure) -> list[str]:
    """Return the tags of a page without those of code: how many code spans a sentence has is its own affair."""
    return [tag.partition(" ")[0] for tag in structure.tags if tag.strip("/") != "code"]


def strange_addresses(structure: Structure) -> list[str]:
    """List the addresses of a page that do not lead into the repository."""
    addresses = [tag.partition(" ")[2] for tag in structure.tags if " " in tag]
    inside = re.compile(r"https://github\.com/o/r/[\w./%#~-]+")
    return [one for one in addresses if not inside.fullmatch(one) or ".." in one.partition("#")[0].split("/")]


def test_places__are_all_texts_of_a_report():
    """The walk finds the fields that pull requests can shape, nested ones too."""
    names = {place_id(place) for place in PLACES}

    assert {
        "ImageReport.name", "Cause.text", "Cause.file", "Cause.largest", "Content.name", "Content.head_version",
        "Finding.title", "Finding.evidence", "Finding.patch", "BuildFailure.log_tail", "BuildFailure.sentence",
        "Waiver.reason", "Waiver.granted_by", "Judgement.reason", "Judgement.evidence", "Budget.patterns", "Limit.text",
        "Origin.text", "LayerRow.text", "Comparison.why", "Report.notes", "ImageReport.notes", "MissingSide.why",
    } <= names  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("place", PLACES, ids=place_id)
def test_markdown__keeps_its_structure_around_hostile_text(place, page):
    """Every hostile text in every field leaves the tables, folds, links and marks of the page as they are."""
    calm_page, pages = versions(*PAGES[page], place)
    calm = Structure(calm_page)
    for payload, text in pages:
        wild = Structure(text)

        assert skeleton(calm) == skeleton(wild), payload
        assert strange_addresses(wild) == []
        assert calm.comments == wild.comments
        assert not BIDI.search(wild.text)
        assert not CONTROLS.search(text)
        assert LINKED_TEXT.findall(calm.loose_text) == LINKED_TEXT.findall(wild.loose_text), payload


@pytest.mark.parametrize("path", ["../../../evil/x/blob/main/y", "/evil", "a/../..", "a\\..\\..", "a\nb"])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("place", [place for place in PLACES if place[1] == "file"], ids=place_id)
def test_links_and_annotations__never_leave_the_repository(place, page, path):
    """A path that leads out of the repository gets neither a link nor a line of an annotation."""
    render, report = PAGES[page]
    wild = with_text(report, place, lambda _: path)

    assert strange_addresses(Structure(render(wild))) == []
    assert path not in {one.path for one in annotations(wild)}
    assert path not in sarif(wild).decode()


@pytest.mark.parametrize("payload", HOSTILE)
def test_markdown__keeps_its_structure_around_a_hostile_configuration(payload: str):
    """Title, footer and label of the configuration are foreign as well: the first one comes from the pull request."""
    calm, wild = (
        Structure(comment(alone(), MARKER, Branding(title=text, footer=text, override_label=text)))
        for text in (CALM_WORD, HOSTILE[payload])
    )

    assert skeleton(calm) == skeleton(wild)
    assert calm.comments == wild.comments
    assert LINKED_TEXT.findall(calm.loose_text) == LINKED_TEXT.findall(wild.loose_text)


class Tags(html.parser.HTMLParser):
    """The tags of a page but those of code, each with its attributes' names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        if tag != "code":
            self.tags.append((tag, *(name for name, _ in attrs)))


@pytest.mark.parametrize("size", REPORTS)
@pytest.mark.parametrize("place", PLACES, ids=place_id)
def test_html__keeps_its_elements_around_hostile_text(place, size):
    """Hostile text adds neither element nor attribute to the HTML report."""
    calm, pages = versions(html_report, REPORTS[size], place)
    for payload, wild in pages:
        assert Tags(calm).tags == Tags(wild).tags, payload
        assert not BIDI.search(wild)


@pytest.mark.parametrize("size", REPORTS)
@pytest.mark.parametrize("place", PLACES, ids=place_id)
def test_plain_text__has_no_character_that_acts(place, size):
    """Terminal and annotations show hostile text without a character that could act (T-L2, T-L4)."""
    for payload in (*HOSTILE.values(), "\x1b[31mred\x1b[0m", "a\rb", "\udcff"):
        report = with_text(REPORTS[size], place, lambda _, payload=payload: payload)
        messages = [text for one in annotations(report) for text in (one.title, one.message)]

        assert not CONTROLS.search(terminal(report))
        assert not any(CONTROLS.search(text) or "\n" in text for text in messages)
