"""Which layers of two images belong together."""

from hypothesis import given
from hypothesis import strategies as st

from bot.compare.align import InstructionWords, Keys, LayerPairing, Wordings, align

KEYS = st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=8)


NONE = InstructionWords("", frozenset())


def aligned(base: str, head: str, texts: Keys | None = None, base_words: str = "", head_words: str = ""):
    """Align layers whose identities are letters; the words of an instruction are the letters of a word."""
    wordings = Wordings(
        [InstructionWords("RUN", frozenset(word)) for word in base_words.split()] or [NONE] * len(base),
        [InstructionWords("RUN", frozenset(word)) for word in head_words.split()] or [NONE] * len(head),
    )
    return align(Keys(base, head), texts or Keys([None] * len(base), [None] * len(head)), wordings)


def test_align__common_prefix_first():
    """The common prefix stays together where a longer run further up could compete."""
    assert aligned("ab", "abab") == (
        LayerPairing(0, 0),
        LayerPairing(1, 1),
        LayerPairing(None, 2),
        LayerPairing(None, 3),
    )


def test_align__by_text_between_identical_layers():
    """Equal texts pair only between the layers that are the same on both sides."""
    texts = Keys(["from", "make", "copy"], ["from", "make", "copy"])

    assert aligned("abc", "axc", texts) == (LayerPairing(0, 0), LayerPairing(1, 1), LayerPairing(2, 2))


def test_align__text_across_an_identical_layer():
    """A step does not pair across a layer that is the same on both sides."""
    texts = Keys(["make", "copy"], ["copy", "make"])

    assert aligned("xk", "ky", texts) == (LayerPairing(0, None), LayerPairing(1, 0), LayerPairing(None, 1))


def test_align__text_before_resemblance():
    """Equal text pairs before one that merely resembles it does."""
    texts = Keys(["make a", "make b"], ["make b", "make c"])

    assert aligned("12", "34", texts, "ma mb", "mb mc") == (
        LayerPairing(0, None),
        LayerPairing(1, 0),
        LayerPairing(None, 1),
    )


def test_align__most_alike():
    """Of the ways to pair edited instructions in order, the one with the most words in common is taken."""
    assert aligned("12", "345", base_words="abc def", head_words="abx abcy dez") == (
        LayerPairing(None, 0),
        LayerPairing(0, 1),
        LayerPairing(1, 2),
    )


def test_align__little_in_common():
    """Instructions with less than half of their words in common are not one that was edited, nor are two kinds."""
    copy = Wordings([InstructionWords("COPY", frozenset("abc"))], [InstructionWords("RUN", frozenset("abc"))])

    assert aligned("1", "2", base_words="abc", head_words="axy") == (LayerPairing(0, None), LayerPairing(None, 0))
    assert align(Keys("1", "2"), Keys([None], [None]), copy) == (LayerPairing(0, None), LayerPairing(None, 0))


def test_align__half_in_common():
    """Instructions with exactly half of their words in common are one that was edited."""
    assert aligned("1", "2", base_words="ab", head_words="ac") == (LayerPairing(0, 0),)
    assert aligned("1", "2", base_words="abc", head_words="ade") == (LayerPairing(0, None), LayerPairing(None, 0))


def test_align__keys_that_are_like_nothing():
    """A layer without text pairs with no other one without."""
    assert aligned("1", "2") == (LayerPairing(0, None), LayerPairing(None, 0))


def test_align__thousands_of_equal_layers():
    """A hostile stack of equal layers is aligned without comparing all with all."""
    pairs = aligned("x" + "e" * 5_000, "y" + "e" * 5_000)

    assert sum(pair.base is not None and pair.head is not None for pair in pairs) == 5_000


def test_align__common_prefix_before_a_longer_run():
    """What both begin with stays together, although a longer run further up would take one layer more."""
    assert [(one.base, one.head) for one in aligned("abx", "abcabx")][:2] == [(0, 0), (1, 1)]


def test_align__hundreds_of_steps_of_one_text():
    """However often a text comes, it pairs with its like on the other side, in order."""
    texts = Keys(["x"] + ["t"] * 300, ["y"] + ["t"] * 300)
    pairs = align(
        Keys([f"b{at}" for at in range(301)], [f"h{at}" for at in range(301)]),
        texts,
        Wordings([NONE] * 301, [NONE] * 301),
    )

    assert [one for one in pairs if None not in one] == [LayerPairing(at, at) for at in range(1, 301)]


def test_align__most_comparisons_of_texts():
    """Of steps that differ, two thousand by two thousand are compared by their text, one more is not; the first are free."""

    def paired(base: int, head: int, prefix: int) -> int:
        same = [f"p{at}" for at in range(prefix)]
        texts = Keys(
            [*same, "x", *["t"] * (base - 1)],
            [*same, "y", *map(str, range(head - 2)), "t"],
        )
        own = Keys([f"b{at}" for at in range(base + prefix)], [f"h{at}" for at in range(head + prefix)])
        pairs = align(own, texts, Wordings([NONE] * (base + prefix), [NONE] * (head + prefix)))
        return sum(None not in one for one in pairs)

    assert (paired(2_000, 2_000, 10), paired(2_001, 2_000, 10), paired(41, 97_561, 0)) == (11, 10, 0)


def test_align__most_comparisons_of_words():
    """A hundred by a hundred instructions are compared word by word, one pair more is not."""

    def paired(base: int, head: int) -> int:
        pairs = aligned("b" * base, "h" * head, base_words="ab " * base, head_words="ac " * head)
        return sum(None not in one for one in pairs)

    assert (paired(100, 100), paired(101, 100), paired(73, 137)) == (100, 0, 0)


def test_align__edited_before_what_is_like_nothing():
    """An edited instruction keeps its pair when one that is like nothing comes after it, on either side."""
    assert aligned("1", "23", base_words="abc", head_words="abd xyz") == (LayerPairing(0, 0), LayerPairing(None, 1))
    assert aligned("12", "3", base_words="abc xyz", head_words="abd") == (LayerPairing(0, 0), LayerPairing(1, None))


def test_align__two_that_resemble_one():
    """Of two instructions that resemble the same one, the one with more words in common is its pair."""
    assert aligned("123", "45", base_words="abcd xyz abef", head_words="nop abcg") == (
        LayerPairing(None, 0),
        LayerPairing(0, 1),
        LayerPairing(1, None),
        LayerPairing(2, None),
    )


def test_align__equally_alike():
    """Of two instructions that are equally alike, the first is the pair."""
    assert aligned("1", "23", base_words="ab", head_words="ac ad") == (LayerPairing(0, 0), LayerPairing(None, 1))


def test_align__moved_onto_a_step_of_the_same_text():
    """A step that has its pair by text keeps it, although the base has the very same layer elsewhere."""
    texts = Keys([None, None, None, "make"], [None, None, "make"])

    assert aligned("xpqz", "pqx", texts) == (
        LayerPairing(0, None),
        LayerPairing(1, 0),
        LayerPairing(2, 1),
        LayerPairing(3, 2),
    )


def test_align__removed_between_layers_that_stayed():
    """What only the base has comes in the place that it had, not before everything."""
    assert aligned("abc", "ac") == (LayerPairing(0, 0), LayerPairing(1, None), LayerPairing(2, 1))


@given(KEYS, KEYS, st.data())
def test_align__is_a_partition(base, head, data):
    """Every layer of both sides comes exactly once, and layers that are the same on both sides are always paired."""
    base_steps, head_steps = (
        data.draw(st.lists(st.sampled_from(["r", "c", None]), min_size=len(side), max_size=len(side)))
        for side in (base, head)
    )

    wordings = Wordings(
        *(
            [InstructionWords("RUN", frozenset(f"make {step}".split())) for step in steps]
            for steps in (base_steps, head_steps)
        )
    )

    pairs = align(Keys(base, head), Keys(base_steps, head_steps), wordings)

    assert sorted(pair.base for pair in pairs if pair.base is not None) == list(range(len(base)))
    assert [pair.head for pair in pairs if pair.head is not None] == list(range(len(head)))
    same = sum(1 for one, other in pairs if None not in {one, other} and base[one] == head[other] is not None)
    assert same >= max(min(base.count(key), head.count(key)) for key in "abcd")
