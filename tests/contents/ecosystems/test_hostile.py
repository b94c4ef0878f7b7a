"""Package databases made to hurt: whatever they hold, readers end, and no byte is counted twice."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.contents.ecosystems import READERS
from bot.contents.merged_tree import merge
from bot.contents.packages.find import find_packages
from tests.contents.ecosystems.test_apk import INSTALLED
from tests.contents.ecosystems.test_dpkg import STATUS
from tests.contents.ecosystems.test_golang import inline, pointed
from tests.contents.ecosystems.test_npm import HIDDEN_LOCK
from tests.contents.ecosystems.test_rpm import BASH, GLIBC, berkeley, ndb, sqlite
from tests.contents.packages.finding import found_in, layer
from tests.pictures import image

DATABASES = {
    "var/lib/dpkg/status": STATUS.encode(),
    "var/lib/dpkg/diversions": b"/bin/sh\n/bin/sh.distrib\nbash\n",
    "var/lib/dpkg/info/bash.list": b"/bin\n/bin/bash\n",
    "var/lib/dpkg/status.d/base": b"Package: base\nVersion: 1\n",
    "var/lib/dpkg/status.d/base.md5sums": b"0123  usr/bin/bash\n",
    "lib/apk/db/installed": INSTALLED.encode(),
    "var/lib/rpm/rpmdb.sqlite": sqlite(BASH, GLIBC),
    "usr/lib/sysimage/rpm/Packages.db": ndb(BASH, GLIBC),
    "var/lib/rpm/Packages": berkeley(BASH, GLIBC),
    "var/lib/pacman/local/zlib-1-1/files": b"%FILES%\nusr/bin/bash\n",
    "opt/conda/conda-meta/a.json": b'{"name": "a", "version": "1", "files": ["x"]}',
    "site-packages/a-1.dist-info/RECORD": b'a.py,sha256=x,1\n"b.py",,\n',
    "site-packages/b-1.egg-info/PKG-INFO": b"Name: b",
    "site-packages/b-1.egg-info/installed-files.txt": b"../b.py\n",
    "app/app.deps.json": b'{"targets": {"net8": {"a/1": {"runtime": {"a.dll": {}}}}}}',
    "app/node_modules/.package-lock.json": HIDDEN_LOCK.encode(),
    "web/node_modules/a/package.json": b'{"name": "a", "version": "1"}',
    "vendor/composer/installed.json": b'{"packages": [{"name": "a/b", "install-path": "../a/b"}]}',
    "app/fat.jar": b"PK\x05\x06" + b"\0" * 18,
    "usr/local/bin/shop": inline().ljust(1_000_000, b"\0"),
    "usr/local/bin/old": pointed().ljust(1_000_000, b"\0"),
    "usr/bin/bash": b"bash",
}


def test_databases__cover_every_reader():
    """The databases below make every reader that reads files read one."""
    asked = set[bytes]()

    def read(paths):
        asked.update(paths)
        return {}

    find_packages(merge(image(layer(DATABASES, mode=0o755)).layers), read)

    assert len(READERS) == 14
    assert {path.encode() for path in DATABASES} - asked == {b"usr/bin/bash", b"site-packages/b-1.egg-info/PKG-INFO"}


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, bytes]:
    """Draw the databases with bytes of one of them overwritten, removed, repeated or made up."""
    path = draw(st.sampled_from(sorted(DATABASES)))
    content = DATABASES[path]
    start, length = draw(st.integers(0, min(len(content), 9_000))), draw(st.integers(0, 200))
    noise = draw(st.one_of(st.binary(max_size=60), st.just(content[start : start + length] * 3)))
    return DATABASES | {path: content[:start] + noise + content[start + length :]}


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_find_packages__damaged_databases(files):
    """No damage makes a reader fail, and owned bytes never exceed what there is."""
    packages, notes = found_in(layer(files, mode=0o755))

    owned = [path for package in packages for path in package.paths]
    assert len(owned) == len(set(owned))
    assert sum(package.unpacked_bytes for package in packages) <= sum(map(len, files.values()))
    assert all(note.isprintable() for note in notes)
