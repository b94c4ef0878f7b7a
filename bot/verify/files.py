"""Files of two images: whether what the original opened is there in a candidate, and what of our own is not."""

import re
from collections.abc import Iterable, Iterator

from bot.contents.lookup import walk
from bot.contents.work_budget import Work
from bot.model.build import OriginKind
from bot.model.explain import Measurement
from bot.model.image import Entry, EntryKind
from bot.model.verify import Check, CheckState, Trace

_SHOWN = 5
_COPIES = re.compile(r"\s*(?:COPY|ADD)\b(?!.*--from)", re.IGNORECASE)
_CACHES = ("etc/ld.so.cache", "var/lib/apt/", "var/lib/dpkg/", "var/cache/", "var/log/", "root/.cache/", "root/.npm/")
_NOT_MISSED = tuple(one.encode() for one in _CACHES)


def compared_files(original: Measurement, candidate: Measurement, trace: Trace | None) -> Iterator[Check]:
    """Compare the files that the original opened, ours strictly, and tell how many of ours no run opened and are gone.

    Ours is what lies above the base image and belongs to no package of the distribution.
    """
    own = frozenset(_own(original))
    lost = sorted(path for path in own if path not in candidate.tree.live and not path.startswith(_NOT_MISSED))
    if trace is None:
        yield Check("opened files", CheckState.NOT_MADE, "is not known to have every file that the original opens")
        opened: frozenset[bytes] = frozenset()
    else:
        opened = frozenset(_led_to(original, trace.opened | trace.executed))
        yield from _opened(original, candidate, opened, own)
    unopened = [path for path in lost if path not in opened]
    if unopened:
        what = "leaves out files of yours"
        yield Check("own files", CheckState.NOT_MADE, f"{what} that no run opened ({len(unopened)})", _quoted(unopened))


def _own(side: Measurement) -> Iterator[bytes]:
    """Return our files, which have no package of the distribution; in doubt a layer is ours."""
    packaged = {path for package in side.packages if package.distribution for path in package.paths}
    for path, (layer, entry) in side.tree.live.items():
        if entry.kind in {EntryKind.FILE, EntryKind.HARD_LINK, EntryKind.SYMLINK} and path not in packaged:
            origin = side.origins[layer] if layer < len(side.origins) else None
            if origin is None or origin.kind is not OriginKind.BASE_IMAGE:
                yield path


def _led_to(side: Measurement, paths: Iterable[bytes]) -> Iterator[bytes]:
    """Follow each path to the file of the image that it names; what a run made itself leads to none."""
    work = Work()
    for path in paths:
        found = path if path in side.tree.live else walk(side.tree, path, work)
        if found is not None and found in side.tree.live:
            yield found


def _opened(
    original: Measurement, candidate: Measurement, opened: frozenset[bytes], own: frozenset[bytes]
) -> Iterator[Check]:
    work = Work()
    missing: list[bytes] = []
    changed: list[bytes] = []
    rebuilt: list[bytes] = []
    for path in sorted(opened & own):
        found = path if path in candidate.tree.live else walk(candidate.tree, path, work)
        if found is None or found not in candidate.tree.live:
            missing.append(path)
        elif not _alike(original, original.tree.live[path].entry, candidate, candidate.tree.live[found].entry):
            (changed if _is_copied(original, path) else rebuilt).append(path)
    gone = [path for path in missing if not path.startswith(_NOT_MISSED)]
    if gone:
        yield Check(
            "opened files", CheckState.FAILED, f"lacks files that the original opens ({len(gone)})", _quoted(gone)
        )
    if changed:
        what = f"has another content in files that the original opens ({len(changed)})"
        yield Check("opened files", CheckState.FAILED, what, _quoted(changed))
    if rebuilt:
        what = f"has another content in built files that the original opens ({len(rebuilt)})"
        yield Check("opened files", CheckState.NOT_MADE, what, _quoted(rebuilt))
    if not gone and not changed:
        yield Check(
            "opened files", CheckState.PASSED, f"has every file of yours that the original opens ({len(opened & own)})"
        )
    yield from _of_the_system(candidate, opened - own)


def _of_the_system(candidate: Measurement, opened: frozenset[bytes]) -> Iterator[Check]:
    """Libraries of the distribution that the original opens; where they lie is the distribution's affair."""
    there = {_stem(path) for path in candidate.tree.live if b".so" in path}
    gone = sorted(path for path in opened if b".so" in path and _stem(path) not in there)
    if gone:
        what = f"lacks libraries of the system that the original opens ({len(gone)})"
        yield Check("libraries", CheckState.NOT_MADE, what, _quoted(gone))


def _stem(path: bytes) -> bytes:
    """Return a library's name up to its version, which a newer distribution has raised."""
    return path.rpartition(b"/")[2].partition(b".so")[0]


def _alike(original: Measurement, one: Entry, candidate: Measurement, other: Entry) -> bool:
    """Tell whether two entries have the same content, as far as is known."""
    one, other = _bytes_of(original, one), _bytes_of(candidate, other)
    if one.kind is EntryKind.SYMLINK and other.kind is EntryKind.SYMLINK:
        return one.link == other.link
    if one.kind is not EntryKind.FILE or other.kind is not EntryKind.FILE:
        return True
    if one.path.endswith(b".pyc"):
        # A module that Python compiled holds the time of its source.
        return True
    if one.stored_bytes != other.stored_bytes:
        return False
    if original.image.content_scheme != candidate.image.content_scheme or None in {one.content, other.content}:
        return True
    return one.content == other.content


def _bytes_of(side: Measurement, entry: Entry) -> Entry:
    if entry.kind is EntryKind.HARD_LINK and entry.link in side.tree.live:
        return side.tree.live[entry.link].entry
    return entry


def _is_copied(side: Measurement, path: bytes) -> bool:
    """Tell whether a file came from the build context as it is, so that it has no reason to differ."""
    layer = side.tree.live[path].layer
    return layer < len(side.origins) and _COPIES.match(side.origins[layer].text) is not None


def _quoted(paths: Iterable[bytes]) -> str:
    return " ".join(path.decode("utf-8", "replace")[:200] for path in list(paths)[:_SHOWN])
