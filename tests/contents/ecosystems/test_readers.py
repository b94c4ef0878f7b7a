"""What every package reader keeps to: its module is all that has to be written, beside one line in the registry."""

import pkgutil
import re
from pathlib import Path

import pytest

from bot.contents import ecosystems
from bot.contents.ecosystems import LABELS, READERS
from bot.contents.packages.package_reader import PackageReader
from tests.contents.ecosystems.test_golang import inline
from tests.contents.ecosystems.test_rpm import BASH, sqlite
from tests.contents.packages.finding import found_in, layer

DOCS = Path(__file__).resolve().parents[3] / "docs"

MINIMAL = {
    "deb": {
        "usr/lib/dpkg/status": "Package: bash\nStatus: install ok installed\nVersion: 5\n",
        "usr/lib/dpkg/info/bash.list": "/x\n",
        "x": "x",
    },
    "opkg": {"usr/lib/opkg/status": "Package: a\nStatus: install user installed\nVersion: 1\n"},
    "apk": {"lib/apk/db/installed": "P:musl\nV:1\n"},
    "rpm": {"usr/share/rpm/rpmdb.sqlite": sqlite(BASH)},
    "pacman": {"var/lib/pacman/local/zlib-1-1/files": "%FILES%\nx\n", "x": "x"},
    "conda": {"c/conda-meta/a.json": '{"name": "a", "version": "1", "files": []}'},
    "python": {"s/a-1.dist-info/RECORD": "a.py,,\n", "s/a.py": "x"},
    "nuget": {"a.deps.json": '{"targets": {"n": {"a/1": {"runtime": {"a.dll": {}}}}}}', "a.dll": "x"},
    "npm": {"node_modules/a/package.json": '{"name": "a", "version": "1"}'},
    "gem": {"g/specifications/a-1.gemspec": "x"},
    "composer": {"vendor/composer/installed.json": '[{"name": "a/b", "version": "1"}]', "vendor/a/b/x": "x"},
    "cargo": {"c/registry/src/i/a-1.0.0/Cargo.toml": "x"},
    "go": {"usr/local/bin/a": inline().ljust(1_000_000, b"\0")},
    "java": {"a-1.jar": "x"},
}
"""The least that makes an image have one package of each ecosystem."""

every_reader = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.ecosystem)


@every_reader
def test_reader__finds_its_least_database(reader: PackageReader):
    """One package is found, with the ecosystem's word on it, and it is a distribution's where the reader is one's."""
    ((package,), notes) = found_in(layer(MINIMAL[reader.ecosystem], mode=0o755))

    assert (package.ecosystem, package.distribution, notes) == (reader.ecosystem, reader.distribution, ())
    assert package.name


@every_reader
@pytest.mark.parametrize("content", ["", "\0", "\n\n\n", "[", "{}", '{"packages": null, "targets": []}'])
def test_reader__with_empty_databases(reader: PackageReader, content: str):
    """A database that says nothing has no package that its own path does not name, and breaks nothing."""
    packages, notes = found_in(layer(dict.fromkeys(MINIMAL[reader.ecosystem], content), mode=0o755))

    assert {one.ecosystem for one in packages} <= {reader.ecosystem}
    assert all("could not be read" in note for note in notes)


@every_reader
def test_reader__with_folders_for_databases(reader: PackageReader):
    """A folder where the database should be is no database."""
    folders = [layer({f"{path}/x": "x"}) for path in MINIMAL[reader.ecosystem]]

    packages, notes = found_in(*folders)

    assert (packages if reader.distribution else (), notes) == ((), ())


@every_reader
def test_reader__with_symlinks_for_databases(reader: PackageReader):
    """A symlink to itself where the database should be is followed by nobody: what its name tells has no bytes."""
    packages, _ = found_in(layer({}, {path: path for path in MINIMAL[reader.ecosystem]}))

    assert all(one.unpacked_bytes == 0 for one in packages)


@every_reader
def test_reader__is_documented(reader: PackageReader):
    """The page on contents has a row for it, and the one on budgets its word."""
    module = reader.packages.__module__.rpartition(".")[2]

    assert f"| `{module}` |" in (DOCS / "explaining.md").read_text()
    assert f"`{reader.ecosystem}`" in (DOCS / "budgets.md").read_text()


def test_readers__words_and_databases():
    """Words are such as budgets can name, words, labels and databases are there and nobody has another's."""
    databases = [path for reader in READERS for path in reader.databases]

    assert all(re.fullmatch(r"[a-z]{1,20}", reader.ecosystem) and reader.label for reader in READERS)
    assert all(reader.databases for reader in READERS)
    assert len(LABELS) == len(set(LABELS.values())) == len(READERS)
    assert len(set(databases)) == len(databases)


def test_readers__are_the_modules_of_the_folder():
    """Whatever lies in the folder is an ecosystem, and is registered."""
    modules = {one.name for one in pkgutil.iter_modules(ecosystems.__path__)}

    assert modules == {reader.packages.__module__.rpartition(".")[2] for reader in READERS}
