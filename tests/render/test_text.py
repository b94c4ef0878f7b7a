"""Foreign text: whatever it is, it stays where it was put, in every medium."""

import re

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from bot.render import text
from bot.render.markdown import fold, table
from tests.render.strategies import long_foreign
from tests.world.markdown_oracle import HOSTILE, Structure, break_outs

RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck))
CELL = table(["Path", "Change"], "<>", [("\x1a", "+1 MB"), ("`/b`", "0 B")])
PLACES = {
    "table cell": CELL,
    "heading": "### 🔴 Image size: \x1a grew by 1 MB\n\nafter",
    "sentence": "Shared cause: 2 images (\x1a and `b`) gained the same layer.\n\nafter",
    "list item": "- \x1a\n- `b`\n",
    "line of its own": "before\n\n\x1a\n\nafter",
    "link label": "[\x1a](https://example.com/x)\n\nafter",
    "footer": "<sub>1 image · \x1a · updated</sub>",
    "fold": "<details><summary>Notes</summary>\n\n\x1a\n</details>\n\nafter",
}
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def uncoded(structure: Structure) -> list[str]:
    """Return the tags of a page without those of code."""
    return [tag for tag in structure.tags if tag.strip("/") != "code"]


def in_place(place: str, quoted: str) -> str:
    """Put quoted text into a place as the renderer does: in a table pipes are escaped by the row."""
    quoted = quoted.replace("|", "\\|") if place == "table cell" else quoted
    return PLACES[place].replace("\x1a", quoted)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("payload", HOSTILE)
def test_code__cannot_be_left(place: str, payload: str):
    """None of the hostile texts leaves its code span, wherever that stands (T-M1)."""
    shown = text.code(HOSTILE[payload]).replace("|", "\\|" if place == "table cell" else "|")

    assert (
        break_outs(PLACES[place], lambda one: shown if one == HOSTILE[payload] else text.code(one), HOSTILE[payload])
        == []
    )


@pytest.mark.parametrize("place", PLACES)
@settings(RELAXED, max_examples=150)
@given(hostile=long_foreign)
@example(hostile="`" * 80)
def test_code__cannot_be_left_by_any_text(place: str, hostile: str):
    """No text at all changes the structure around its code span."""
    calm, wild = Structure(in_place(place, "`word`")), Structure(in_place(place, text.code(hostile)))

    assert calm.tags == wild.tags
    assert calm.comments == wild.comments
    assert calm.loose_text == wild.loose_text


@pytest.mark.parametrize("place", PLACES)
@settings(RELAXED, max_examples=150)
@given(hostile=st.one_of(long_foreign, st.lists(st.sampled_from([*HOSTILE.values(), "a", "`", "b,"])).map(" ".join)))
def test_prose__cannot_be_left_by_any_text(place: str, hostile: str):
    """A sentence from elsewhere keeps its harmless words, and nothing in it can act."""
    assume(hostile.strip(" "))
    calm, wild = Structure(in_place(place, "word")), Structure(in_place(place, text.prose(hostile)))

    assert uncoded(calm) == uncoded(wild)
    assert calm.comments == wild.comments
    assert not re.search(r"@\w|#\d|www\.|https?://|\b[0-9a-f]{7,40}\b|[<>*_~\[\]\\$|]", wild.loose_text)


@pytest.mark.parametrize("payload", HOSTILE)
def test_html_code__cannot_be_left(payload: str):
    """In a line of HTML, such as a fold's summary, hostile text is entities inside a code element."""
    template = "<details><summary><b>❌ \x1a</b> +1 MB</summary>\n\nbody\n</details>\n"

    assert break_outs(template, text.html_code, HOSTILE[payload]) == []


@settings(RELAXED, max_examples=200)
@given(lines=st.lists(long_foreign, max_size=6))
@example(lines=["```", "# mine"])
@example(lines=["`" * 255])
@example(lines=["`" * 300])
@example(lines=["x", "  " + "`" * 298, "# mine"])
def test_fence__cannot_be_ended_from_inside(lines: list[str]):
    """A log stays in its block, whatever fences and line ends it contains (T-M4)."""
    structure = Structure(f"before\n\n{text.fence(lines)}\n\nafter")

    assert structure.tags == ["p", "/p", "pre", "code", "/code", "/pre", "p", "/p"]
    assert structure.loose_text.replace("\n\n\n", "\n\n") == "before\n\nafter\n"


@settings(RELAXED, max_examples=300)
@given(hostile=st.text())
def test_plain__has_no_character_that_acts(hostile: str):
    """A terminal or an annotation gets one line without control characters, escapes or surrogates (T-L4)."""
    assert not CONTROLS.search(text.plain(hostile))
    assert not CONTROLS.search(text.visible(hostile))


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("/app", "`/app`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``x", "``` ``x ```"),
        ("", "`(empty)`"),
        ("  ", "`  `"),
        (" x", "`  x `"),
        ("a\nb", "`a\\u000Ab`"),
        ("x\udcff", "`x\\xff`"),
        ("\u202egpj", "`\\u202Egpj`"),
        ("\U000e0041", "`\\U000E0041`"),
        ("a\u3164b", "`a\\u3164b`"),
        ("a|b", "`a|b`"),
        ("X", "`X`"),
        ("aX", "`aX`"),
        ("Xa", "`Xa`"),
        ("x`", "`` x` ``"),
        ("x ", "` x  `"),
    ],
)
def test_code__shows_every_character(foreign: str, shown: str):
    """What does not print is written out, so that two names that differ look different."""
    assert shown == text.code(foreign)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("ships the GeoIP database", "ships the GeoIP database"),
        ("it's 3.93 MB (really), no?", "it's 3.93 MB (really), no?"),
        ("ask @octocat about #12", "ask `@octocat` about `#12`"),
        ("the base is refs/pull/7/merge.", "the base is `refs/pull/7/merge`."),
        ("set `max-size` in it.", "set `max-size` in it."),
        ("1. first", "`1`. first"),
        ("- item", "`-` item"),
        ("(see a/b) #7: x", "(see `a/b) #7`: x"),
        ("((", "`((`"),
        ("see www.evil.example now", "see `www.evil.example` now"),
        ("fixed in 0123abcd", "fixed in `0123abcd`"),
        ("`a``b`", "`a` `b`"),
        ("one ` tick", "one `` ` `` tick"),
        ("", ""),
    ],
)
def test_prose__keeps_harmless_words(sentence: str, shown: str):
    """A sentence reads as it was written, but for the words that could act."""
    assert shown == text.prose(sentence)


def test_clip__keeps_both_ends():
    """A long path loses its middle, for its ends tell most."""
    assert text.clip("/usr/lib/python3/dist-packages/six.py", 19) == "/usr/lib/pyt…six.py"
    assert text.clip("short", 5) == "short"


def test_code__keeps_bytes_that_are_no_utf8():
    """Bytes of a path that are no UTF-8 can be told apart."""
    assert text.code(b"/a/\xfeb".decode("utf-8", "surrogateescape")) == "`/a/\\xfeb`"


def test_url_path__leaves_nothing_to_markdown():
    """A path in an address holds nothing that could end it."""
    assert text.url_path('a b/(c)<>"`#?%2e\udcff') == "a%20b/%28c%29%3C%3E%22%60%23%3F%252e%FF"


OUTSIDE = [
    "..", "../x", "a/../../x", "a/..", "/etc/passwd", "//evil.example/x", "a\\..\\x", "a\nb", "a\x00b", "a\x7f", "a\x9bb", "a\u2028",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_url_path__never_leaves_the_repository(path: str):
    """A path that is absolute, goes up, or has a backslash or a control character has no address."""
    assert text.url_path(path) == ""


@pytest.mark.parametrize("path", ["a", "a/b", "..a/b..", "a/...", ".github/x", "größe/\udcff", "a b", "a//b"])
def test_stays_inside__is_no_stricter_than_it_must_be(path: str):
    """Dots that are part of a name, spaces and letters of any kind are fine."""
    assert text.stays_inside(path)


def test_fold__ends_with_its_element():
    """A fold is one element whose body is Markdown."""
    assert Structure(fold("<b>x</b>", "body")).tags == [
        "details",
        "summary",
        "b",
        "/b",
        "/summary",
        "p",
        "/p",
        "/details",
    ]


INVISIBLE = (
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0",
    *(chr(point) for point in (0xFE00, 0xFE0F, 0xE0100, 0xE01EF)),
)


@pytest.mark.parametrize("unseen", INVISIBLE, ids=lambda one: f"U+{ord(one):04X}")
def test_code__shows_what_prints_as_nothing(unseen: str):
    """A character that Unicode calls printable and no reader sees is written out, in code and in prose (T-M1)."""
    assert f"{ord(unseen):04X}" in text.code(f"a{unseen}b").upper()
    assert unseen not in text.prose(f"app{unseen}roved")


@pytest.mark.parametrize("seen", ["\ufe10", "\ufdff", "é", "日", "ÿ"])
def test_code__leaves_what_is_seen(seen: str):
    """What lies beside the invisible is shown as it is."""
    assert text.code(f"a{seen}b") == f"`a{seen}b`"


@pytest.mark.parametrize(
    ("title", "shown"), [("", ""), ("a", "a."), ("a.", "a."), ("a!", "a!"), ("a?", "a?"), ("a,", "a,.")]
)
def test_sentence__ends_once(title: str, shown: str):
    """A title becomes a sentence by one full stop, unless it ends already."""
    assert text.sentence(title) == shown


def test_link__without_an_address_is_its_label():
    """A label without an address is no link."""
    assert (text.link("a", "https://b"), text.link("a", "")) == ("[a](https://b)", "a")


def test_clip__to_the_character():
    """What is cut has exactly as many characters as may be shown, two thirds of them from the start."""
    assert text.clip("0123456789", 9) == "012345…89"
    assert text.clip("0123456789", 10) == "0123456789"
    assert [len(text.clip("x" * 50, limit)) for limit in (7, 8, 9)] == [7, 8, 9]


def test_html_prose__has_its_code_between_ticks():
    """In HTML as in Markdown what stands between two ticks is code; an odd tick is a tick."""
    assert text.html_prose("set `a<b` in it") == "set <code>a&lt;b</code> in it"
    assert text.html_prose("one ` tick") == "one ` tick"


def test_url_path__keeps_its_folders():
    """Slashes stay, for the address has folders too."""
    assert text.url_path("a/b") == "a/b"


INERT = [
    "word", "größe", "it's", "it’s", "well-known", "a-b-c", "1", "1.5", "1.2.3", "12.5.", "+5", "−5", "≈5", "×5", "÷5", "5%", "5…",
    "word…", "1\u00a0B", "1\u00a0kB", "1\u00a0MB", "1\u00a0GB", "1\u00a0TB", "1\u00a0PB", "1\u00a0MiB", "1.5\u00a0GiB", "1\u00a0%", "%", "→",
    "·", "×", "(a", '("a', "('a", "“a”", "a)", 'a")', "a')", "a,", "a;", "a:", "a!", "a?", "a?.", "a).", "...", ".,;", ":", "!?)", "1.5)",
    "abcdef", "abcdefg", "abcdef0x", "xabcdef0", "0" * 65, "gh-x", "agh-12", "gh-12a", "X",
]  # fmt: skip
ACTING = [
    "1.", "12)", "12.)", "_a_", "a_b", "a.b", "a--b", "-a", "-", "1\u00a0XB", "1\u00a0M", "a,,", "a..", "....", "(((a", "a)))", "++5",
    "a/b", "@a", "#1", "5%%", "a[b]", "<a>", "a…%", "1..2", "·a", "abcdef0", "ABCDEF0", "0123456", "0" * 64, "gh-12", "GH-1",
    "x-abcdef0", "gh-12,", "*", "~~", "$", "a\u200bb", "+a", "1.x",
]  # fmt: skip


@pytest.mark.parametrize("word", INERT, ids=ascii)
def test_prose__leaves_a_harmless_word(word: str):
    """Letters, numbers with their units, and ordinary punctuation around them stand as they are."""
    assert text.prose(word) == word
    assert text.prose(f"so {word} it") == f"so {word} it"


@pytest.mark.parametrize("word", ACTING, ids=ascii)
def test_prose__makes_any_other_word_code(word: str):
    """Whatever could be a list, a mark, a path, an address, a reference or a commit becomes code."""
    assert "`" in text.prose(word)
    assert "`" in text.prose(f"so {word} it")


@pytest.mark.parametrize(
    ("function", "limit", "around"),
    [
        (text.code, text.NAME_LIMIT, 2),
        (lambda one: text.code(one, text.INSTRUCTION_LIMIT), 72, 2),
        (text.html_code, 80, 13),
        (text.html_text, 1000, 0),
        (text.html_prose, 1000, 0),
        (text.plain, 400, 0),
        (text.prose, 300, 0),
        (text.sentence, 300, 1),
        (lambda one: text.fence([one]), text.LOG_LINE_LIMIT, 12),
    ],
    ids=["code", "instruction", "html code", "html text", "html prose", "plain", "prose", "sentence", "fence"],
)
def test_text__is_shown_up_to_its_limit(function, limit: int, around: int):
    """What just fits is whole; one character more, and the middle is cut."""
    assert limit in {80, 72, 300, 400, 1000}
    assert len(function("x" * limit)) == limit + around
    assert "…" not in function("x" * limit)
    assert "…" in function("x" * (limit + 1)) or "&#8230;" in function("x" * (limit + 1))


def test_limits__are_those_of_a_table_on_github():
    """A cell shows eighty characters of a name and seventy-two of an instruction, a log three hundred of a line."""
    shown = [len(text.code("x" * 999, limit)) - 2 for limit in (text.NAME_LIMIT, text.INSTRUCTION_LIMIT)]

    assert shown == [80, 72]
    assert len(text.fence(["x" * 999]).splitlines()[1]) == 300


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["a"], "```text\na\n```"),
        (["a", "b"], "```text\na\nb\n```"),
        (["a\tb"], "```text\na    b\n```"),
        (["``"], "```text\n``\n```"),
        (["```"], "````text\n```\n````"),
        (["`````", "```"], "``````text\n`````\n```\n``````"),
        ([], "```text\n```"),
        (["a\x1b[1m"], "```text\na\\u001B[1m\n```"),
    ],
)
def test_fence__is_longer_than_any_run_of_ticks(lines: list[str], shown: str):
    """A block has three ticks, or one more than any line; tabs are four spaces."""
    assert text.fence(lines) == shown
    assert text.fence(["a"], "diff") == "```diff\na\n```"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("set`x`in", "set `x` in"),
        ("`x` `y`", "`x` `y`"),
        ("a `x`, b", "a `x`, b"),
        ("a `b` c ` d", "a `b` c `` ` `` d"),
        ("@a @b", "`@a @b`"),
        ("@a b @c", "`@a` b `@c`"),
        ("see (@a), now", "see (`@a`), now"),
        ("@a`x`", "`@a` `x`"),
        ("X@a", "`X@a`"),
        ("@aX", "`@aX`"),
    ],
)
def test_prose__keeps_code_apart(sentence: str, shown: str):
    """Code stands apart from words and from other code; neighbours that act are one piece; punctuation stays outside."""
    assert text.prose(sentence) == shown


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("\udc80", "\\x80"), ("\udcff", "\\xff"), ("\udc7f", "\\uDC7F"), ("\udd00", "\\uDD00"), ("\uffff", "\\uFFFF"),
        ("\U000e0001", "\\U000E0001"), ("\n", "\\u000A"), ("X", "X"), ("a b", "a b"), ("\u00a0", "\\u00A0"),
    ],
)  # fmt: skip
def test_visible__writes_out_what_does_not_print(foreign: str, shown: str):
    """A byte that is no UTF-8 shows as its two digits, any other character as the four or eight of its code point."""
    assert text.visible(foreign) == shown


def test_plain__keeps_the_space_of_an_amount():
    """The space between a number and its unit does not break, and is no character to be written out."""
    assert text.plain("1\u00a0MB\n") == "1\u00a0MB\\u000A"


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("", "<code>&#40;empty&#41;</code>"),
        ("aZ9", "<code>aZ9</code>"),
        ("é", "<code>&#233;</code>"),
        ("<", "<code>&#60;</code>"),
    ],
)
def test_html_code__is_entities_but_for_plain_letters(foreign: str, shown: str):
    """Only ASCII letters and digits stand for themselves."""
    assert text.html_code(foreign) == shown


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "a/..b",
        "a/b..",
        "..a",
        "a/.",
        ".",
        "a b",
        "a\u00a0b",
        "a//b",
        "...",
        "a/.../b",
        "\u2027",
        "\u202a",
    ],
)
def test_stays_inside__below_the_root(path: str):
    """What stays below the root is inside, however odd its letters are."""
    assert text.stays_inside(path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a",
        "..",
        "../",
        "a/..",
        "a/../",
        "a/b/../c",
        "\\",
        "a\\b",
        "\x00",
        "\x1f",
        "\x7f",
        "\x80",
        "\x9f",
        "\u2028",
        "\u2029",
    ],
)
def test_stays_inside__refuses_what_leads_out(path: str):
    """What is absolute, goes up, or has a backslash or a control character is not."""
    assert not text.stays_inside(path)


def test_html_prose__takes_an_odd_tick_for_itself():
    """Of three ticks none is code in HTML; what stands between two is, each with its own escapes."""
    assert text.html_prose("`a` `b") == "`a` `b"
    assert text.html_prose("`<` & `>`") == "<code>&lt;</code> &amp; <code>&gt;</code>"
    assert text.html_text("<\"'&>") == "&lt;&quot;&#x27;&amp;&gt;"
