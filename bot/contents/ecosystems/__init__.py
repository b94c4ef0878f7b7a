"""The ecosystems whose packages we find: a module each, and a line each in ``READERS``.

docs/explaining.md says how to add one, and how paths are divided among packages.
"""

from collections.abc import Mapping
from typing import Final

from bot.contents.ecosystems import (
    apk,
    cargo,
    composer,
    conda,
    dpkg,
    gem,
    golang,
    java,
    npm,
    nuget,
    opkg,
    pacman,
    python,
    rpm,
)
from bot.contents.packages.package_reader import PackageReader

READERS: Final[tuple[PackageReader, ...]] = (
    dpkg.READER,
    opkg.READER,
    apk.READER,
    rpm.READER,
    pacman.READER,
    conda.READER,
    python.READER,
    nuget.READER,
    npm.READER,
    gem.READER,
    composer.READER,
    cargo.READER,
    golang.READER,
    java.READER,
)
"""In the order in which they may spend what the limits allow, and in which equal claims count."""

LABELS: Final[Mapping[str, str]] = {reader.ecosystem: reader.label for reader in READERS}
"""What to call an ecosystem in a sentence."""

DATABASES: Final = frozenset(path for reader in READERS if reader.distribution for path in reader.databases)
"""What a layer writes to in which a distribution's package manager works."""
