"""What the bytes of a change are: packages, paths, dead bytes, layers not read whole."""

from dataclasses import replace

import pytest

from bot.errors import BugError
from bot.model.build import Unbuilt
from bot.model.explain import Content, ContentKind, Failed
from bot.model.image import Package
from bot.stages.explain import explain
from tests.compare.measured import compared, explained, measured
from tests.pictures import image


def deb(name: str, version: str, size: int, *paths: str) -> Package:
    """Return a Debian package."""
    return Package("deb", name, version, size, tuple(path.encode() for path in paths))


def test_contents__upgraded_package():
    """An upgrade is one row with both versions."""
    base = measured(image("lib/ssl 100"), packages=[deb("openssl", "3.0.1", 100, "lib/ssl")])
    head = measured(image("lib/ssl 130"), packages=[deb("openssl", "3.0.2", 130, "lib/ssl")])

    (row,) = explained(base, head).contents

    assert row == Content(ContentKind.PACKAGE, "openssl", 100, 130, "deb", "3.0.1", "3.0.2", files=1)


def test_contents__upgrade_of_the_same_size():
    """An upgrade shows although it weighs nothing, a package that stayed does not."""
    base = measured(image("a 5", "b 7"), packages=[deb("a", "1", 5, "a"), deb("b", "1", 7, "b")])
    head = measured(image("a 5 fill=new", "b 7"), packages=[deb("a", "2", 5, "a"), deb("b", "1", 7, "b")])

    assert [(row.name, row.bytes) for row in explained(base, head).contents] == [("a", 0)]


def test_contents__other_bytes_of_the_same_size():
    """A file that holds other bytes of the same number changed, but makes no row: a row is about bytes."""
    explanation = explained(measured(image("a 100 fill=x")), measured(image("a 100 fill=y")))

    assert (explanation.contents, explanation.causes, explanation.paths_changed) == ((), (), 1)


def test_path_counts__of_two_content_schemes_go_by_size_and_kind():
    """Where the sides identify contents in different ways, other bytes of the same size are not called a change."""
    head = replace(image("a 100 fill=y"), content_scheme="crc64")

    assert explained(measured(image("a 100 fill=x")), measured(head)).paths_changed == 0


def test_contents__versions_are_paired_by_size():
    """Of several versions at once the largest that went became the largest that came; a row has the more files of the two."""
    base = measured(image("a 10\nb 100"), packages=[deb("x", "1", 10, "a"), deb("x", "2", 100, "b")])
    head = measured(image("c 10\nd 90\ne 20"), packages=[deb("x", "3", 10, "c"), deb("x", "4", 110, "d", "e")])

    rows = explained(base, head).contents

    assert [(row.base_version, row.head_version, row.files) for row in rows] == [("2", "4", 2), ("1", "3", 1)]


def test_contents__largest_of_several_versions_is_the_upgrade():
    """Where several versions went and one came, the largest that went became it."""
    base = measured(image("a 10\nb 100"), packages=[deb("x", "1", 10, "a"), deb("x", "2", 100, "b")])
    head = measured(image("c 110"), packages=[deb("x", "4", 110, "c")])

    rows = explained(base, head).contents

    assert {(row.base_version, row.head_version) for row in rows} == {("2", "4"), ("1", None)}


def test_contents__files_of_what_came_and_went():
    """A row tells the files of the side that has them; a package that holds none has none."""
    base = measured(image("a 5\nb 5"), packages=[deb("x", "1", 10, "a", "b"), deb("meta", "1", 0)])
    head = measured(image("c 9\nd 1\ne 1"), packages=[deb("y", "1", 9, "c"), deb("other", "1", 0)])

    rows = explained(base, head).contents

    assert {row.name: row.files for row in rows} == {"x": 2, "y": 1, "meta": 0, "other": 0, "/d": 1, "/e": 1}


def test_contents__bytes_that_only_moved_within_a_folder():
    """A folder that gained as much as it lost makes no row."""
    grown, shrunk = "d/{0} 10\nd/x{0} 11", "d/{0} 11\nd/x{0} 10"
    base, head = ("\n".join(text.format(number) for number in range(6)) for text in (grown, shrunk))

    explanation = explained(measured(image(base)), measured(image(head)))

    assert (explanation.contents, explanation.paths_changed) == ((), 12)


def test_contents__added_and_removed_packages():
    """What came has no version before, what went none after."""
    base = measured(image("a 5"), packages=[deb("a", "1", 5, "a")])
    head = measured(image("b 9"), packages=[deb("b", "2", 9, "b")])

    rows = explained(base, head).contents

    assert [(row.name, row.base_version, row.head_version, row.bytes) for row in rows] == [
        ("b", None, "2", 9),
        ("a", "1", None, -5),
    ]


def test_contents__several_versions_at_once():
    """A package in several versions pairs equal versions, copies of one count together, the rest pair as upgrades."""
    npm = [Package("npm", "lodash", version, size, (path.encode(),)) for version, size, path in [
        ("3.0", 30, "n/1"), ("4.0", 40, "n/2"), ("4.0", 40, "n/3"),
    ]]  # fmt: skip
    base = measured(image("n/1 30\nn/2 40\nn/3 40"), packages=npm)
    head = measured(
        image("n/2 40\nn/5 55"),
        packages=[npm[1], Package("npm", "lodash", "5.0", 55, (b"n/5",))],
    )

    rows = explained(base, head).contents

    assert [(row.base_version, row.head_version, row.bytes) for row in rows] == [
        ("4.0", "4.0", -40),
        ("3.0", "5.0", 25),
    ]


def test_contents__file_that_a_package_came_to_own():
    """The same file that changes its owner moves from the paths to the package, and the sum stays zero."""
    base = measured(image("opt/tool 50"))
    head = measured(image("opt/tool 50"), packages=[deb("tool", "1", 50, "opt/tool")])

    rows = explained(base, head).contents

    assert [(row.kind, row.name, row.bytes) for row in rows] == [
        (ContentKind.PACKAGE, "tool", 50),
        (ContentKind.PATH, "/opt/tool", -50),
    ]


def test_contents__dead_bytes():
    """Bytes that a later layer deletes are rows of their own kind, named by their path."""
    base = measured(image("etc/passwd 5"))
    head = measured(image("etc/passwd 5", "tmp/archive.tar 900", "-tmp/archive.tar\nopt/x 40"))

    rows = explained(base, head).contents

    assert [(row.kind, row.name, row.bytes) for row in rows] == [
        (ContentKind.DEAD, "/tmp/archive.tar", 900),
        (ContentKind.PATH, "/opt/x", 40),
    ]


def test_contents__layer_not_read_whole():
    """Bytes of a layer that was not read to its end are said to be unread, not guessed."""
    whole = image("etc/passwd 5", "a 10\nb 20")
    cut = replace(whole.layers[1], entries=whole.layers[1].entries[:1], complete=False)
    head = measured(replace(whole, layers=(whole.layers[0], cut)))

    rows = explained(measured(image("etc/passwd 5")), head).contents

    assert [(row.kind, row.bytes) for row in rows] == [(ContentKind.UNREAD, 20), (ContentKind.PATH, 10)]


def test_contents__name_that_is_not_text():
    """A path of any bytes can be printed."""
    (row,) = explained(measured(image("a 1")), measured(image("a 1", "opt/\udcff 9 fill=x"))).contents

    assert row.name == "/opt/\\xff"


def test_path_counts__added_removed_changed():
    """Paths are counted without directories; changed are those whose content, mode, owner, kind or target differ."""
    base = measured(image("same 5\nedited 5\nchmodded 5\ngone 5\nlink -> same\nfolder/x 1"))
    head = measured(
        image("same 5\nedited 5 fill=other\nchmodded 5 mode=0600\nnew 5\nlink -> new\nfolder/x 1\nempty/\nfile/y 1")
    )

    explanation = explained(base, head)

    assert (explanation.paths_added, explanation.paths_removed, explanation.paths_changed) == (2, 1, 3)


def test_path_counts__file_becomes_a_directory():
    """A path that becomes a directory is removed, what lies in it is added."""
    explanation = explained(measured(image("data 5")), measured(image("data/one 5")))

    assert (explanation.paths_added, explanation.paths_removed, explanation.paths_changed) == (1, 1, 0)


def test_explain__removed_image():
    """An image that is gone is explained as minus its size."""
    explanation = explained(measured(image("a 1\nb 20")), None)

    assert sum(cause.bytes for cause in explanation.causes) == -21
    assert sum(row.bytes for row in explanation.contents) == -21


def test_explain__nothing_to_subtract():
    """Without two sides, or with inputs that did not change, there is nothing to explain."""
    head = measured(image("a 1"))

    assert explained(Failed("does not build"), head).contents == ()
    assert explained(head, Failed("does not build")).causes == ()
    assert explained(head, measured(image("a 1", platform="linux/arm64"))).causes == ()
    assert compared(Unbuilt(), Unbuilt()).unpacked_bytes == 0


def test_explain__sum_that_is_off():
    """A decomposition that does not add up is a bug report, never a report."""
    head = measured(image("a 100"), packages=[deb("a", "1", 99, "a")])

    with pytest.raises(BugError, match="by content does not add up"):
        explained(measured(image("b 1")), head)
    with pytest.raises(BugError, match="by cause does not add up"):
        explain(replace(compared(measured(image("b 1")), measured(image("c 2"))), aligned=()))
