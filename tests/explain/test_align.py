"""Which layers of two images belong together."""

from hypothesis import given
from hypothesis import strategies as st

from bot.image.align import Keys, Pairing, align

KEYS = st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=8)


def test_align__common_prefix_first():
    """The common prefix stays together where a longer run further up could compete."""
    assert align(Keys("ab", "abab"), ()) == (Pairing(0, 0), Pairing(1, 1), Pairing(None, 2), Pairing(None, 3))


def test_align__by_step_between_identical_layers():
    """Steps pair only between the layers that are the same on both sides."""
    pairs = align(Keys("abc", "axc"), [Keys(["from", "make", "copy"], ["from", "make", "copy"])])

    assert pairs == (Pairing(0, 0), Pairing(1, 1), Pairing(2, 2))


def test_align__step_across_an_identical_layer():
    """A step does not pair across a layer that is the same on both sides."""
    pairs = align(Keys("xk", "ky"), [Keys(["make", "copy"], ["copy", "make"])])

    assert pairs == (Pairing(0, None), Pairing(1, 0), Pairing(None, 1))


def test_align__first_respect_wins():
    """Equal text pairs before equal keyword does."""
    texts, keywords = Keys(["make a", "make b"], ["make b", "make c"]), Keys(["make", "make"], ["make", "make"])

    assert align(Keys("12", "34"), [texts, keywords]) == (Pairing(0, None), Pairing(1, 0), Pairing(None, 1))


def test_align__keys_that_are_like_nothing():
    """A layer without a key pairs with no other one without."""
    assert align(Keys("1", "2"), [Keys([None], [None])]) == (Pairing(0, None), Pairing(None, 0))


def test_align__thousands_of_equal_layers():
    """A hostile stack of equal layers is aligned without comparing all with all."""
    pairs = align(Keys(["x", *["e"] * 5_000], ["y", *["e"] * 5_000]), ())

    assert sum(pair.base is not None and pair.head is not None for pair in pairs) == 5_000


@given(KEYS, KEYS, st.data())
def test_align__is_a_partition(base, head, data):
    """Every layer of both sides comes exactly once, and layers that are the same on both sides are always paired."""
    base_steps = data.draw(st.lists(st.sampled_from(["r", "c", None]), min_size=len(base), max_size=len(base)))
    head_steps = data.draw(st.lists(st.sampled_from(["r", "c", None]), min_size=len(head), max_size=len(head)))

    pairs = align(Keys(base, head), [Keys(base_steps, head_steps)])

    assert sorted(pair.base for pair in pairs if pair.base is not None) == list(range(len(base)))
    assert [pair.head for pair in pairs if pair.head is not None] == list(range(len(head)))
    same = sum(1 for one, other in pairs if None not in {one, other} and base[one] == head[other] is not None)
    assert same >= max(min(base.count(key), head.count(key)) for key in "abcd")
