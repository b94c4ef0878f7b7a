"""Fingerprints of build toolchains: where each lies, what else comes with it, and the commands that build with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Toolchain:
    """One toolchain.

    ``roots`` are directories (globs) that hold it; ``marks`` are globs of which one must be alive for it to be there
    at all. ``leftovers`` are caches and sources that building with it leaves. ``builders`` are the first words of
    commands that build; ``commands`` are programs which an image may exist to run, so that shipping it is no accident.
    """

    name: str
    marks: tuple[str, ...]
    roots: tuple[str, ...]
    leftovers: tuple[str, ...] = ()
    builders: tuple[tuple[str, ...], ...] = ()
    commands: frozenset[str] = frozenset()


GO = Toolchain(
    name="Go",
    marks=("usr/local/go/pkg/tool/*/*", "usr/local/go/bin/go", "usr/lib/go-*/bin/go", "usr/lib/go/bin/go"),
    roots=("usr/local/go/**", "usr/lib/go-*/**", "usr/share/go-*/**", "usr/lib/go/**"),
    leftovers=("root/.cache/go-build/**", "home/*/.cache/go-build/**", "go/pkg/**", "root/go/pkg/**"),
    builders=(("go", "build"), ("go", "install")),
    commands=frozenset({"go", "air", "gofmt", "dlv", "gopls", "reflex"}),
)
