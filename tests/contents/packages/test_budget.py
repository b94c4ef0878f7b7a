"""One budget for all that is read inside an image: counted, shared, and said where it ends."""

import struct
import tarfile

import pytest

from bot.contents.file_formats.foreign_text import lines, stanzas
from bot.contents.merged_tree import merge
from bot.contents.packages.find import find_packages
from bot.contents.packages.index import Index, LooksFor
from bot.contents.work_budget import Work
from bot.errors import ImageError, WorkError
from bot.model.limits import Limits
from tests.contents.ecosystems.test_npm import HIDDEN_LOCK
from tests.contents.ecosystems.test_rpm import ndb
from tests.contents.packages.finding import found_in, layer
from tests.pictures import Drawn, image, tar

APK = "P:musl\nV:1.2\nF:lib\nR:ld-musl.so\n\n"


def spent(files, links=None, mode=0o644):
    """Count the steps that finding packages takes."""
    work = Counted()
    found_in(layer(files, links, mode), work=work)
    return work.steps


class Counted(Work):
    """A budget that tells how much was taken of it."""

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(limits)
        self.steps = 0

    def spend(self, steps: int) -> None:
        """Count, and take."""
        self.steps += steps
        super().spend(steps)


def test_bytes__that_are_not_left_are_not_read():
    """Files are read in the order of readers as long as the bytes last; a note names the reader that went without."""
    files = {"lib/apk/db/installed": APK, "app/node_modules/.package-lock.json": HIDDEN_LOCK}
    limits = Limits(read_bytes=len(APK) + 1)

    packages, notes = found_in(layer(files | {"lib/ld-musl.so": "m"}), work=Work(limits))

    assert [one.name for one in packages if one.ecosystem == "apk"] == ["musl"]
    assert (
        "Packages are incomplete: for those of npm more bytes would be read than the limit read-bytes allows." in notes
    )


def test_bytes__have_a_total_over_all_lockfiles():
    """Many lockfiles of which each is allowed are not held together: what is read stays within the limit."""
    files = {f"{n}/node_modules/.package-lock.json": HIDDEN_LOCK for n in range(50)}
    asked = set[bytes]()

    def read(paths):
        asked.update(paths)
        return {}

    find_packages(merge(image(layer(files)).layers), read, Work(Limits(read_bytes=10 * len(HIDDEN_LOCK))))

    assert len(asked) == 10


def test_steps__that_are_not_left_end_the_reader_and_say_so():
    """What was found before the budget ended is given, the same every time, with a note of who was cut short."""
    files = {"lib/apk/db/installed": APK * 100, "lib/ld-musl.so": "m"}

    once, again = (found_in(layer(files), work=Work(Limits(read_steps=300))) for _ in range(2))

    assert once == again
    assert 0 < len(once.packages) < 101
    assert once.notes == (
        "Packages are incomplete: for those of apk more steps would be taken than the limit read-steps allows.",
    )


def test_steps__are_not_given_back_by_asking_again():
    """Once the budget is spent, every reader after that one goes without."""
    work = Work(Limits(read_steps=10))

    for _ in range(2):
        with pytest.raises(WorkError):
            work.spend(11)


@pytest.mark.parametrize("content", [b"[" + b"[]," * 600_000 + b"[]]", b" " * 16_000_001 + b"{}"])
def test_json__that_is_too_much_is_refused_before_it_is_parsed(content: bytes):
    """Three bytes of JSON can make an object of seventy: values are counted, and one file has a length of its own."""
    with pytest.raises(ImageError, match="too large"):
        Work().parse(content)


def test_json__too_large_in_a_package_manager_is_unreadable():
    """A record of nothing but lists is called unreadable; its neighbours are read."""
    files = {
        "conda-meta/a.json": b"[" + b"[]," * 600_000 + b"[]]",
        "conda-meta/b.json": b'{"name": "b", "version": "1"}',
    }

    packages, notes = found_in(layer(files))

    assert [one.name for one in packages] == ["b"]
    assert notes == ("A conda record could not be read: its package is shown as paths.",)


def test_lines__are_made_one_by_one():
    """A file of newlines is never made a list of, which weighs twenty times as much."""
    reading = lines(b"\n" * 1_000_000, Work())

    assert next(reading) == b""
    with pytest.raises(WorkError):
        next(lines(b"\n" * 1_000_000, Work(Limits(read_steps=1_000))))
    with pytest.raises(WorkError):
        next(stanzas(b"a:b\n" * 1_000_000, Work(Limits(read_steps=1_000))))


def growth(make, small=50, times=8):
    """Return how many times the steps of a small input its multiple takes."""
    return spent(make(small * times)) / spent(make(small))


def zip_directory(count: int) -> bytes:
    """Write an archive that is nothing but a directory of empty names."""
    one = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    return one * count + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(one) * count, 0, 0)


def stacked(depth: int) -> dict[str, str]:
    """Return modules within modules, and one lockfile that explains none of them."""
    deep = "node_modules/a/" * depth
    return {f"x/{deep}p{n}/node_modules/q/package.json": "{}" for n in range(20)} | {
        "node_modules/.package-lock.json": "{}"
    }


@pytest.mark.parametrize(
    "make",
    [
        lambda n: {"var/lib/dpkg/status": "Package: a\nVersion: 1\n\n" * n, "var/lib/dpkg/info/a.list": "/x\n" * n},
        lambda n: {"a.jar": zip_directory(n)},
        lambda n: {"lib/apk/db/installed": "P:a\nV:1\nF:b\n" + "R:c\n" * n},
        lambda n: {"s/a-1.dist-info/RECORD": "../x.py,,\n" * n},
    ],
    ids=["one list of many stanzas", "directory of a jar", "files of one package", "rows of a record"],
)
def test_steps__grow_with_the_input(make):
    """Eight times the input takes about eight times the steps, however it is arranged."""
    assert growth(make) < 9


def test_steps__of_nested_modules_are_taken_once_a_directory():
    """Modules nested three hundred deep ask for every directory once, not once for every path below it."""
    assert spent(stacked(100)) < 100 * 80 + 20 * 1000


def test_steps__of_links_in_a_circle_are_counted():
    """Paths through a symlink that leads to itself cost what following it costs."""
    status = "Package: a\nVersion: 1\n"
    listed = "".join(f"/loop/{n}/../f\n" for n in range(200))

    steps = spent({"var/lib/dpkg/status": status, "var/lib/dpkg/info/a.list": listed}, {"loop": "loop"})

    assert steps > 200 * 2 * 40


def test_jars__fifty_names_of_one_directory():
    """Hard links to one jar cost a directory each, and the budget ends it."""
    content = zip_directory(2_000)
    first = tarfile.TarInfo("j0.jar")
    first.size = len(content)
    links = [tarfile.TarInfo(f"j{n}.jar") for n in range(1, 50)]
    for link in links:
        link.type, link.linkname = tarfile.LNKTYPE, "j0.jar"
    tree = merge(image(tar([Drawn(first, content), *(Drawn(link) for link in links)])).layers)

    _, notes = find_packages(tree, lambda paths: dict.fromkeys(paths, content), Work(Limits(read_steps=20_000)))

    assert notes == (
        "Packages are incomplete: for those of Java more steps would be taken than the limit read-steps allows.",
    )


def test_rpm__one_long_directory_of_many_files():
    """A header that names a directory of a megabyte for thousands of files does not make thousands of megabytes."""
    count, folder = 5_000, b"/" + b"d" * 1_000_000 + b"/"
    values = [
        (1000, b"x\0", 1), (1001, b"1\0", 1), (1002, b"1\0", 1),
        (1116, bytes(4 * count), count), (1117, b"a\0" * count, count), (1118, folder + b"\0", 1),
    ]  # fmt: skip
    index, data = b"", b""
    for tag, value, many in values:
        index += struct.pack(">IIII", tag, 6, len(data), many)
        data += value
    blob = struct.pack(">II", len(values), len(data)) + index + data

    _, notes = found_in(layer({"usr/lib/sysimage/rpm/Packages.db": ndb(blob)}), work=Work(Limits(read_steps=1_000_000)))

    assert "rpm" in notes[0]


def test_resolve__a_path_that_no_system_opens():
    """A path longer than PATH_MAX names nothing and is not walked."""
    index = Index(merge(image(layer({"a": "x"})).layers), LooksFor())

    assert index.resolve(b"a/" * 3_000) == b"a/" * 3_000


def test_limits__are_met_at_their_very_number():
    """As much as a limit says is taken, and not one more; what is refused takes nothing."""
    work = Work(Limits(read_bytes=10, read_steps=5))

    assert [work.hold(4), work.hold(7), work.hold(6), work.hold(0), work.hold(1)] == [True, False, True, True, False]
    work.spend(5)
    with pytest.raises(WorkError) as error:
        work.spend(1)
    assert "read-steps" in error.value.fix


@pytest.mark.parametrize(("length", "steps"), [(0, 1), (31, 1), (32, 2), (63, 2), (64, 3), (4096, 129)])
def test_path__costs_a_step_and_one_for_each_32_bytes(length: int, steps: int):
    """Long paths cost more than short ones, and none costs nothing."""
    Work(Limits(read_steps=steps)).spend_on_path(length)
    with pytest.raises(WorkError):
        Work(Limits(read_steps=steps - 1)).spend_on_path(length)


@pytest.mark.parametrize(
    ("document", "steps"),
    [(b"1", 1), (b"[]", 2), (b"{}", 2), (b"[1]", 2), (b"[1,2]", 3), (b'{"a":[1,{}]}', 5)],
)
def test_json__costs_a_step_for_each_value_it_may_hold(document: bytes, steps: int):
    """Commas, brackets and braces are counted, and a document costs one step by itself."""
    Work(Limits(read_steps=steps)).parse(document)
    with pytest.raises(WorkError):
        Work(Limits(read_steps=steps - 1)).parse(document)


@pytest.mark.parametrize("opening", [b",", b"[", b"{"])
def test_json__of_a_million_values_is_the_last_that_is_read(opening: bytes):
    """A million values are parsed, one more is not, whatever they are made with."""
    Work().parse(opening * 1_000_000)
    with pytest.raises(ImageError) as error:
        Work().parse(opening * 1_000_001)
    assert "metadata-bytes" in error.value.fix


def test_json__as_long_as_the_limit():
    """A file of exactly the length that is allowed is parsed, a longer one is refused."""
    Work(Limits(metadata_bytes=2)).parse(b"{}")
    with pytest.raises(ImageError):
        Work(Limits(metadata_bytes=1)).parse(b"{}")
