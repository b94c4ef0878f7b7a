"""What is known of an image that was just built: by the engine it is in, and by BuildKit's provenance.

The provenance of a build that buildx writes names its steps, their lines and their layers.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, unquote

from bot.edges.engine import Engine, EngineRefusedError
from bot.errors import EngineError
from bot.formats.documents import Json, count, inner, text, texts
from bot.model.build import BuildRecord, ProvenanceStep
from bot.model.image import HistoryStep, ImageReference, Transport

# https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md (SLSA v0.2 as buildx writes it).
_IMAGE_URL = re.compile(r"pkg:docker/([^@?]+)@([^?]+)(?:\?.*)?")
_BUILDKIT = "https://mobyproject.org/buildkit@v1#metadata"


def record_of(engine: Engine, tag: str, builder: str) -> BuildRecord:
    """Describe the image behind a tag; the rest is the builder's. Raises ``EngineError`` if there is none."""
    path = f"/images/{quote(tag, safe='/:')}"
    try:
        details = engine.get(f"{path}/json")
        history = engine.get_list(f"{path}/history")
    except EngineRefusedError as refusal:
        raise EngineError(
            "The built image is not in the engine.",
            why=refusal.message[:200],
            fix="The builder must be able to load images into the engine (docker buildx build --load).",
        ) from None
    return BuildRecord(
        reference=ImageReference(Transport.DOCKER_DAEMON, tag),
        diff_ids=texts(inner(details, "RootFS"), "Layers") or (),
        # The newest comes first.
        history=tuple(map(_history_step, reversed(history))),
        steps=(),
        seconds=0.0,
        cached=False,
        builder=builder,
    )


def _history_step(entry: Json) -> HistoryStep:
    """Read one entry; the engine does not say which are empty, so an entry without bytes counts as such here."""
    return HistoryStep(text(entry, "CreatedBy"), text(entry, "Comment"), empty=not count(entry, "Size"))


def read_provenance(metadata: bytes) -> tuple[ProvenanceStep, ...]:
    """Return the steps of a build with the image's own step last; empty if there is no complete provenance."""
    try:
        document: object = json.loads(metadata)
    except (ValueError, RecursionError):
        return ()
    provenance = _map(document, "buildx.build.provenance")
    definition = _list(_map(provenance, "buildConfig").get("llbDefinition"))
    details = _map(_map(provenance, "metadata"), _BUILDKIT)
    if not definition or not details:
        return ()
    digests = dict(_digests(_list(provenance.get("materials"))))
    return tuple(replace(step, digest=digests.get(step.source, "")) for step in _Graph(definition, details).steps())


def _digests(materials: list[object]) -> Iterator[tuple[str, str]]:
    """Read what each image that was fetched resolved to, by the name that its step has.

    A material is a package URL, ``pkg:docker/NAME@TAG?platform=…``, with familiar names (docker.io is left out).
    """
    for material in materials:
        found = _IMAGE_URL.fullmatch(_text(_map(material).get("uri")))
        digest = _text(_map(material, "digest").get("sha256"))
        if found and digest:
            yield f"docker-image://{_canonical(unquote(found[1]))}:{unquote(found[2])}", f"sha256:{digest}"


def _canonical(name: str) -> str:
    """Write a familiar name out as BuildKit does: ``busybox`` is ``docker.io/library/busybox``."""
    host, slash, _ = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"


class _Graph:
    """The steps of one LLB definition, which is sorted so that a step comes after its inputs."""

    def __init__(self, definition: list[object], details: Json) -> None:
        self._steps = [step for step in definition if isinstance(step, dict)]
        self._places = {_text(step.get("id")): index for index, step in enumerate(self._steps)}
        self._locations = _map(_map(details, "source"), "locations")
        self._layers = _map(details, "layers")

    def steps(self) -> tuple[ProvenanceStep, ...]:
        """Leave out the last entry of a definition, which only points to its result, and what comes after that."""
        results = self._inputs(self._steps[-1]) if self._steps else []
        end = results[0] + 1 if results else 0
        return tuple(self._step(index) for index in range(end))

    def _step(self, index: int) -> ProvenanceStep:
        step = self._steps[index]
        name, operation = _text(step.get("id")), _map(_map(step, "op"), "Op")
        inputs = [one for one in self._inputs(step) if one < index]
        parent = _parent_input(operation)
        return ProvenanceStep(
            lines=tuple(_lines(_map(self._locations, name))),
            layers=tuple(self._chain(name)),
            parent=inputs[parent] if parent is not None and parent < len(inputs) else None,
            reads=tuple(one for number, one in enumerate(inputs) if number != parent),
            source=_text(_map(operation, "source").get("identifier")),
        )

    def _inputs(self, step: Json) -> list[int]:
        """Return the indices of a step's inputs, which are written ``step7:0``."""
        names = (_text(one).rpartition(":")[0] for one in _list(step.get("inputs")))
        return [self._places[name] for name in names if name in self._places]

    def _chain(self, name: str) -> Iterator[str]:
        chains = _list(self._layers.get(f"{name}:0"))
        for layer in _list(chains[0]) if chains else ():
            yield _text(_map(layer).get("digest"))


def _parent_input(operation: Json) -> int | None:
    """Find the input whose filesystem the step continues: the root mount of an exec, a file op's first."""
    if "exec" in operation:
        mounts = [_map(mount) for mount in _list(_map(operation, "exec").get("mounts"))]
        root = next((mount for mount in mounts if mount.get("dest") == "/"), {})
        return _index(root.get("input", 0))
    if "file" in operation:
        actions = [_map(action) for action in _list(_map(operation, "file").get("actions"))]
        return _index(actions[0].get("input", 0)) if actions else None
    return 0 if "merge" in operation else None


def _index(found: object) -> int | None:
    return found if isinstance(found, int) and found >= 0 else None


def _lines(location: Json) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each location; a location is written as one range a line."""
    for written in _list(location.get("locations")):
        ranges = [_map(one) for one in _list(_map(written).get("ranges"))]
        starts = [_index(_map(one, "start").get("line")) for one in ranges]
        ends = [_index(_map(one, "end").get("line")) for one in ranges]
        known = [line for line in (*starts, *ends) if line]
        if known:
            yield min(known), max(known)


def _map(found: object, key: str = "") -> Json:
    inner = found.get(key) if key and isinstance(found, dict) else found
    return inner if isinstance(inner, dict) else {}


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
