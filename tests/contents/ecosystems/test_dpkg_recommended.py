"""Which Debian packages are there only because another one recommends them."""

from bot.contents.ecosystems.dpkg import recommended_only

STATUS = b"""\
Package: ffmpeg
Status: install ok installed
Depends: libav (>= 5), virtual-thing | other
Recommends: fonts

Package: libav
Status: install ok installed
Pre-Depends: libc6:any

Package: libc6
Status: install ok installed

Package: provider
Status: install ok installed
Provides: virtual-thing (= 1)
Depends: deep

Package: deep
Status: install ok installed
Description: many lines
 with a continuation: that looks like a field

Package: fonts
Status: install ok installed
Depends: fonts-data

Package: fonts-data
Status: install ok installed

Package: gone
Status: deinstall ok config-files
"""
STATES = b"\n".join(
    b"Package: %s\nArchitecture: amd64\nAuto-Installed: 1\n" % name
    for name in (b"libav", b"libc6", b"provider", b"deep", b"fonts", b"fonts-data", b"gone")
)


def test_recommended_only__follows_every_way_to_be_needed():
    """Dependencies, pre-dependencies, alternatives and virtual packages are needed; the rest was recommended."""
    assert recommended_only(STATUS, STATES) == {"fonts", "fonts-data"}


def test_recommended_only__without_states_is_empty():
    """Where apt recorded nothing every package counts as wanted."""
    assert recommended_only(STATUS, b"") == frozenset()


def test_recommended_only__survives_noise():
    """Bytes that are no control file give nothing."""
    assert recommended_only(b"\xff\x00:\n\n::", b"Package\nAuto-Installed: 1") == frozenset()
