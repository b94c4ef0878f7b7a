"""Which comment is ours and what becomes of it, decided without GitHub."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from bot.edges.providers.github.sticky import TOO_LONG_NOTE, Decision, decide, shorter_bodies
from bot.model.provider import Comment
from tests.edges.github.conftest import marker

ME = "github-actions[bot]"


def written(comment_id: int, run_id: int, author: str = ME, *, key: str = "size", text: str = "") -> Comment:
    """A comment that a run left."""
    body = f"{marker(run_id, key=key).text}\n{text or f'result of run {run_id}'}"
    return Comment(comment_id, author, body, f"https://github.com/c/{comment_id}")


def body_of(run_id: int) -> str:
    """What a run writes."""
    return written(0, run_id).body


def test_decide__no_comment_yet():
    """The first run creates the comment."""
    assert decide([], ME, marker(7), body_of(7)) == Decision(None, body_of(7))


def test_decide__nothing_worth_a_new_comment():
    """Where there is no comment and none is wanted, nothing happens."""
    decision = decide([], ME, marker(7), body_of(7), create=False)

    assert decision.nothing_to_do


def test_decide__existing_comment_is_edited_even_if_none_would_be_created():
    """A comment that exists is brought up to date, so that it never shows stale numbers."""
    old = written(11, 6)

    assert decide([old], ME, marker(7), body_of(7), create=False) == Decision(old, body_of(7))


def test_decide__same_text():
    """A comment that says it already is left alone, also where GitHub changed its line ends."""
    old = Comment(11, ME, body_of(7).replace("\n", "\r\n") + "\n", "")

    assert decide([old], ME, marker(7), body_of(7)).nothing_to_do


def test_decide__someone_else_starts_with_our_marker():
    """A comment by somebody else is never ours, whatever it starts with (T-M2)."""
    forged = written(11, 99, author="mallory")

    assert decide([forged], ME, marker(7), body_of(7)) == Decision(None, body_of(7))


def test_decide__our_comment_quotes_a_marker():
    """A comment of ours with the marker anywhere but at the start is another tool's (T-M2)."""
    quoting = Comment(11, ME, f"> {body_of(3)}", "")

    assert decide([quoting], ME, marker(7), body_of(7)).kept is None


def test_decide__another_key():
    """Two jobs with two keys keep two comments (F26)."""
    other = written(11, 3, key="size-arm64")

    assert decide([other], ME, marker(7), body_of(7)).kept is None


def test_decide__newer_run_has_written():
    """An older run leaves a newer run's result alone (F18, F24)."""
    newer = written(11, 9)

    decision = decide([newer], ME, marker(7), body_of(7))

    assert decision == Decision(newer, None, (), superseded=True)


def test_decide__second_attempt_of_the_same_run():
    """A re-run overwrites its first attempt."""
    first = written(11, 7)
    again = marker(7, attempt=2)

    assert decide([first], ME, again, f"{again.text}\nbetter").body == f"{again.text}\nbetter"


def test_decide__duplicates():
    """Of duplicates the oldest stays, with the newest run's result in it (F18)."""
    duplicates = [written(13, 7), written(11, 8), written(12, 6)]

    decision = decide(duplicates, ME, marker(7), body_of(7))

    assert decision.kept == duplicates[1]
    assert decision.extra == (duplicates[2], duplicates[0])
    assert decision.body is None


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 9)), unique_by=lambda pair: pair[0], min_size=1, max_size=6)
)
def test_decide__any_set_of_duplicates_is_repaired_in_one_step(pairs):
    """After one decision is carried out, the next one finds nothing to do and the newest result stands."""
    comments = [written(comment_id, run_id) for comment_id, run_id in pairs]

    decision = decide(comments, ME, marker(5), body_of(5))
    assert decision.kept is not None
    after = [Comment(decision.kept.comment_id, ME, decision.body or decision.kept.body, "")]

    assert decide(after, ME, marker(5), body_of(5)).nothing_to_do
    newest = max([run_id for _, run_id in pairs] + [5])
    assert after[0].body == body_of(newest)
    assert decision.kept.comment_id == min(comment_id for comment_id, _ in pairs)


def test_shorter_bodies__cuts_whole_paragraphs_and_closed_folds():
    """What is tried after "too long" has its marker, no open fold and no open fence, and says that it is cut (F6)."""
    fold = "<details><summary>more</summary>\n\n```\nx\n\ny\n```\n\n</details>"
    body = "\n\n".join([f"{marker().text}\n**+1 GB**", *itertools.repeat(fold, 9)])

    whole, half, minimal = shorter_bodies(body)

    assert whole == body
    assert len(half) < len(body) * 0.6
    assert half.startswith(marker().text)
    assert half.endswith(TOO_LONG_NOTE)
    assert half.count("<details>") == half.count("</details>") > 0
    assert half.count("```") % 2 == 0
    assert minimal == f"{marker().text}\n**+1 GB**\n\n{TOO_LONG_NOTE}"


@given(st.lists(st.sampled_from(["text", "<details>", "</details>", "```", "", "| a |"]), max_size=40))
def test_shorter_bodies__always_get_shorter_or_stay_small(lines):
    """Whatever the body, the last resort is its first two lines and the note."""
    body = "\n".join([marker().text, "**verdict**", *lines])

    *_, minimal = shorter_bodies(body)

    assert minimal.splitlines()[:2] == [marker().text, "**verdict**"]
    assert len(minimal.splitlines()) == 4


def test_decide__there_is_something_to_do():
    """Something is to be done where a text is to be written or a comment to go, and else nothing is."""
    one = written(11, 6)

    assert Decision(one, None).nothing_to_do
    assert not Decision(one, "text").nothing_to_do
    assert not Decision(one, None, (written(12, 6),)).nothing_to_do
    assert not Decision(one, "text", (written(12, 6),)).nothing_to_do


def test_decide__the_same_attempt_corrects_itself():
    """What a run has written it may write anew, for that is no newer result than its own."""
    old = written(11, 7, text="first words")

    assert decide([old], ME, marker(7), body_of(7)) == Decision(old, body_of(7))


def test_decide__an_earlier_attempt_is_older():
    """Of one run the later attempt holds, whichever comes last."""
    second = Comment(11, ME, f"{marker(7, attempt=2).text}\nsecond", "")

    decision = decide([second], ME, marker(7, attempt=1), f"{marker(7, attempt=1).text}\nfirst")

    assert (decision.body, decision.superseded) == (None, True)


def test_decide__blanks_that_nobody_sees():
    """Blanks at the ends of lines and of the text make no other text."""
    wanted = f"{body_of(7)}\nmore"
    old = Comment(11, ME, f"{body_of(7)}  \nmore \n\n \n", "")

    assert decide([old], ME, marker(7), wanted).nothing_to_do


def test_shorter_bodies__leave_no_fence_open():
    """A cut that would end within a fenced block is made before it, be there one fence or three."""
    block = "```\n\n" + "x\n\n" * 300 + "```"
    body = "\n\n".join([f"{marker().text}\n**verdict**", "before", block, "after"])

    _, half, _ = shorter_bodies(body)

    assert half == f"{marker().text}\n**verdict**\n\nbefore\n\n{TOO_LONG_NOTE}"


def test_shorter_bodies__take_all_that_fits_into_the_half():
    """A paragraph that ends exactly at the half is still in it."""
    top = f"{marker().text}\n**verdict**"
    first = f"{top}\n\n{'a' * 100}"
    body = f"{first}\n\n{'b' * (len(first) - 2)}"
    assert len(body) // 2 == len(first)

    _, half, _ = shorter_bodies(body)

    assert half == f"{first}\n\n{TOO_LONG_NOTE}"


def test_shorter_bodies__find_the_first_words_behind_blank_lines():
    """The first line for people may come after lines with nothing, or nothing but blanks, in them."""
    *_, minimal = shorter_bodies(f"{marker().text}\n\n   \n**verdict**\nmore\n")

    assert minimal == f"{marker().text}\n**verdict**\n\n{TOO_LONG_NOTE}"
