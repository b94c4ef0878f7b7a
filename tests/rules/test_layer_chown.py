"""layer-chown fires on bytes that a change of owner or mode shipped twice."""

import pytest

from bot.rules.catalogue.layer_chown import RULE
from tests.rules.world import look, picture, read, the


@pytest.mark.parametrize("change", ["owner=1000", "mode=0755"])
def test_image__claims_the_first_copy_exactly(change: str):
    """Twenty megabytes whose metadata a later layer changes are shipped twice: the first copy is dead."""
    image = picture(f"""
FROM a
  x 9
COPY . /app
  app/big 20000000 =big
  app/small 30 =small
RUN chown -R app /app
  app/big 20000000 =big {change}
  app/small 30 =small {change}
""")

    finding = the(look(RULE, image))

    assert (finding.claimed.dead, finding.claimed.live) == (20_000_030, 0)
    assert {claim.layer for claim in finding.claims} == {1}


def test_image__with_other_content_is_silent():
    """A file that changed is replaced, not repeated."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY . /\n  b 20000000 =one\nRUN x\n  b 20000000 =two owner=5")) == ()


def test_image__that_changes_a_base_file_is_silent():
    """A copy of a base file is a byte more, but the base's own copy is not ours to take back."""
    assert look(RULE, picture("FROM a\n  b 20000000 =one\nRUN chown app /b\n  b 20000000 =one owner=5")) == ()


def chowned(dockerfile: str, copy: str, owner: str):
    """Return an image whose files are copied, then given to an owner."""
    return picture(
        f"FROM a\n  x 9\n{copy}\n  app/big 20000000 =big\nRUN chown -R {owner} /app\n  app/big 20000000 =big owner=5",
        dockerfile=dockerfile,
    )


def test_patch__gives_the_owner_at_the_copy():
    """COPY gets the owner, the later chown keeps to the directory, which costs nothing."""
    dockerfile = "FROM a\nRUN adduser app\nCOPY . /app\nRUN chown -R app /app && touch /run/x\n"

    finding = the(look(RULE, chowned(dockerfile, "COPY . /app", "app")))

    changed = [line for line in finding.patch.split("\n")[4:] if line[:1] in {"+", "-"}]
    assert changed == [
        "-COPY . /app",
        "-RUN chown -R app /app && touch /run/x",
        "+COPY --chown=app . /app",
        "+RUN chown app /app && touch /run/x",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "COPY . /app\nRUN adduser app\nRUN chown -R app /app",
        "RUN adduser app\nCOPY --chown=1 . /app\nRUN chown -R app /app",
        "RUN adduser app\nCOPY . /app\nRUN chown -R app /app && chown -R app /srv",
        "RUN adduser app\nCOPY . /app\nRUN chmod 644 big && chown -R app /app",
        "RUN adduser app\nCOPY . /app\nRUN chown -R app /app && touch /app/big",
    ],
    ids=["user made later", "owner given already", "two trees", "one mode more", "one time more"],
)
def test_patch__is_refused_where_it_might_not_build(lines: str):
    """A user who is not there yet, an owner that is set, and more than one tree are left to people."""
    copy = next(line for line in lines.split("\n") if line.startswith("COPY"))

    assert the(look(RULE, chowned(f"FROM a\n{lines}\n", copy, "app"))).patch == ""


@pytest.mark.parametrize(
    "run", ["chown -R app:app /app", "chmod -R 755 /app && chown -Rf app /app/x", "chgrp --recursive 0 /"]
)
def test_text__that_only_changes_a_tree_after_a_copy_is_suspected(run: str):
    """A RUN that does nothing but change a tree that was copied repeats it."""
    assert the(read(RULE, f"FROM a\nCOPY . /app\nRUN {run}\n")).lines == (3, 3)
    assert read(RULE, f"FROM a\nCOPY . /app\nRUN {run.replace('/', '/srv/')}\n") == ()


@pytest.mark.parametrize(
    "lines",
    [
        "RUN chown -R app /app",
        "COPY . /app\nRUN chown app /app",
        "COPY . /app\nRUN make && chown -R app /app/out",
        "COPY --chown=app . /app",
    ],
)
def test_text__that_makes_files_or_changes_one_directory_is_silent(lines: str):
    """Without a COPY before, for a single directory, or where the RUN makes the files itself, nothing is repeated."""
    assert read(RULE, f"FROM a\n{lines}\n") == ()
