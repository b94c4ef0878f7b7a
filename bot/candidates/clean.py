"""The safest rungs: the same Dockerfile, on the slim base or on its own, with the residue of its steps gone."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from bot.candidates.bases import slim_bases
from bot.candidates.seen import Seen
from bot.dockerfile.edits import append_command, apply, insert_flag, merge_runs, replace_base
from bot.dockerfile.shell_commands import Command, Script, read_script
from bot.errors import DockerfileError
from bot.layers.paths import ancestors
from bot.model.dockerfile import Edit
from bot.model.verify import Candidate, Mend, Rung

_LISTS: Final = "rm -rf /var/lib/apt/lists/*"
_CACHES: Final = {
    "root/.cache": "rm -rf /root/.cache",
    "root/.npm": "rm -rf /root/.npm",
    "usr/local/share/.cache": "rm -rf /usr/local/share/.cache",
    "root/.bundle/cache": "rm -rf /root/.bundle/cache",
    "usr/local/bundle/cache": "rm -rf /usr/local/bundle/cache",
    "root/.composer/cache": "rm -rf /root/.composer/cache",
    "usr/local/cargo/registry": "rm -rf /usr/local/cargo/registry",
    "root/.m2": "rm -rf /root/.m2",
    "root/.gradle": "rm -rf /root/.gradle",
    "go/pkg/mod/cache": "rm -rf /go/pkg/mod/cache",
}
_LEAST_BYTES: Final = 300_000


def swap(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Start the same stage from the slim image of the same family, and leave no residue."""
    base = next((one for one in slim_bases(seen.evidence.head.base_image, seen.release) if one.same_family), None)
    base = base or next(iter(slim_bases(seen.evidence.head.base_image, seen.release)), None)
    if mends or base is None or seen.stage.base_stage is not None or "$" in seen.stage.base:
        return None
    edit = replace_base(seen.stage, base.reference)
    if edit is None or base.reference == seen.stage.base_expanded:
        return None
    return _written(seen, Rung.SWAP, base.reference, [edit, *_cleaning(seen)])


def clean(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Keep the base, and leave no residue."""
    edits = list(_cleaning(seen))
    return _written(seen, Rung.CLEAN, seen.stage.base_expanded, edits) if edits and not mends else None


def _written(seen: Seen, rung: Rung, base: str, edits: Sequence[Edit]) -> Candidate:
    changed = apply(seen.dockerfile, edits)
    if changed is None:
        raise DockerfileError("The candidate cannot be written.", why="The edits are not certain to change only this.")
    return Candidate(rung, base, changed.text)


def _cleaning(seen: Seen) -> Iterator[Edit]:
    """Yield the edits that leave no residue in any layer of the stage; each RUN is edited once at its end."""
    scripts = [script for one in seen.stage.of("RUN") if (script := read_script(seen.dockerfile, one))]
    merged = dict(_merges(seen, scripts))
    for position, script in enumerate(scripts):
        yield from merged.get(position, ())
        yield from (edit for command in script.commands for edit in _flags(command) if script.editable)
        endings = list(_endings(seen, script, scripts[position + 1 :], is_merged=position in merged))
        if endings:
            edit = append_command(seen.dockerfile, script, " && ".join(endings))
            yield from (edit,) if edit else ()


def _merges(seen: Seen, scripts: Sequence[Script]) -> Iterator[tuple[int, tuple[Edit, ...]]]:
    """Join an update that stands alone with the install that follows it."""
    for position, (first, second) in enumerate(pairwise(scripts)):
        updates = len(first.commands) == 1 and first.commands[0].starts("apt-get", "update")
        if updates and any(_installs(one) for one in second.commands):
            edits = merge_runs(seen.dockerfile, first, second)
            if edits:
                yield position, edits


def _flags(command: Command) -> Iterator[Edit]:
    if command.starts("apk", "add") and not command.has("--no-cache"):
        yield insert_flag(command, "--no-cache", after=_place(command, "add"))
    if (
        command.program in {"pip", "pip3"}
        and command.starts(command.program, "install")
        and not command.has("--no-cache-dir")
    ):
        yield insert_flag(command, "--no-cache-dir", after=_place(command, "install"))


def _place(command: Command, word: str) -> int:
    return next((index for index, one in enumerate(command.words) if one.text == word), 0)


def _endings(seen: Seen, script: Script, later: Sequence[Script], *, is_merged: bool) -> Iterator[str]:
    if is_merged:
        return
    installs = any(_installs(one) for one in script.commands)
    if installs and not _removes_lists(script) and not _needs_lists(later):
        yield _LISTS
    left = _left_by(seen, script)
    for folder, command in _CACHES.items():
        flagged = folder == "root/.cache" and all(_is_pip(one) for one in script.commands)
        if left.get(folder.encode(), 0) > _LEAST_BYTES and not flagged and not _is_used(seen, folder.encode(), later):
            yield command


def _left_by(seen: Seen, script: Script) -> dict[bytes, int]:
    """Count the bytes that the layer of a RUN holds below each cache."""
    sums: dict[bytes, int] = {}
    for layer, origin in enumerate(seen.evidence.head.origins):
        if origin.lines == script.instruction.lines and layer < len(seen.evidence.head.image.layers):
            for entry in seen.evidence.head.image.layers[layer].entries:
                for folder in ancestors(entry.path):
                    if folder.decode("utf-8", "replace") in _CACHES:
                        sums[folder] = sums.get(folder, 0) + entry.stored_bytes
    return sums


def _is_used(seen: Seen, folder: bytes, later: Sequence[Script]) -> bool:
    """Tell whether a run opened something of a cache, or a later step builds with what is in it."""
    if any(path.startswith(folder + b"/") for path in seen.used):
        return True
    offline = {b"root/.m2", b"root/.gradle", b"usr/local/cargo/registry", b"go/pkg/mod/cache"}
    return folder in offline and bool(later)


def _installs(command: Command) -> bool:
    return command.starts("apt-get", "install") or command.starts("apt", "install")


def _removes_lists(script: Script) -> bool:
    return any(one.program == "rm" and any("apt/lists" in word for word in one.operands) for one in script.commands)


def _needs_lists(later: Sequence[Script]) -> bool:
    """Tell whether a later step installs without an update of its own."""
    for script in later:
        for command in script.commands:
            if command.starts("apt-get", "update") or command.starts("apt", "update"):
                return False
            if _installs(command):
                return True
    return False


def _is_pip(command: Command) -> bool:
    return command.program in {"pip", "pip3", "python", "python3"}
