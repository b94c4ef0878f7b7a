"""Which instruction made which layer: exactly from BuildKit's provenance, else by the order of the history."""

import re
from collections.abc import Iterator, Sequence

from bot.dockerfile.stages import sources_named
from bot.model.build import BuildRecord, ImageSpec, Origin, OriginKind, ProvenanceStep
from bot.model.dockerfile import Dockerfile, Instruction, Stage
from bot.model.image import HistoryStep

__all__ = ["base_digest", "find_origins"]


def find_origins(dockerfile: Dockerfile, spec: ImageSpec, record: BuildRecord) -> tuple[Origin, ...]:
    """Return the origin of every layer of an image that was built from this Dockerfile, lowest first."""
    if record.steps and len(record.steps[-1].layers) == len(record.diff_ids):
        return origins_by_provenance(dockerfile, spec, record.steps)
    return origins_by_history(dockerfile, spec, record)


_LAYER_MAKERS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})
_KEYWORDS = _LAYER_MAKERS | {
    "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL",
    "STOPSIGNAL", "USER", "VOLUME",
}  # fmt: skip
# The classic builder marks what runs nothing, "/bin/sh -c #(nop) COPY …"; BuildKit writes the instruction itself.
_NOTHING_RUN = re.compile(r"#\(nop\)\s+([A-Z]+)")


def origins_by_history(dockerfile: Dockerfile, spec: ImageSpec, record: BuildRecord) -> tuple[Origin, ...]:
    """Return the origin of each layer, lowest first; none of them is exact.

    Every instruction leaves one entry, so the newest entries are the Dockerfile's and what lies below is the base
    image's. Where the two lists disagree, the rest is unknown.
    """
    reader = _History(dockerfile, spec)
    makers = reader.makers(record.history)
    lowest = min(makers, default=0)
    layers = _layers(record.history, len(record.diff_ids))
    unknown = (Origin(OriginKind.UNKNOWN, "", exact=False),) * (len(record.diff_ids) - len(layers))
    return unknown + tuple(
        reader.base_image() if index < lowest else reader.origin(makers.get(index)) for index in layers
    )


class _History:
    """The instructions of the built stages, as the history should have them."""

    def __init__(self, dockerfile: Dockerfile, spec: ImageSpec) -> None:
        self._dockerfile = dockerfile
        self._spec = spec
        self._chain = stage_chain(dockerfile, dockerfile.stage_for(spec.target))

    def makers(self, history: Sequence[HistoryStep]) -> dict[int, Instruction]:
        """Match instructions to entries from the newest back; labels that the builder added are passed over."""
        found: dict[int, Instruction] = {}
        index = len(history) - 1
        for instruction in reversed([one for stage in self._chain for one in stage.instructions]):
            while index >= 0 and _keyword(history[index]) == "LABEL" != instruction.keyword:
                index -= 1
            if index < 0 or _keyword(history[index]) != instruction.keyword:
                break
            found[index] = instruction
            index -= 1
        return found

    def base_image(self) -> Origin:
        """Return the FROM below all that the Dockerfile adds."""
        return origin_of(self._dockerfile, self._spec, self._chain[0].origin, exact=False)

    def origin(self, instruction: Instruction | None) -> Origin:
        """Return the origin that an instruction is, unknown for none."""
        if instruction is None:
            return Origin(OriginKind.UNKNOWN, "", exact=False)
        copied_from = tuple(dict.fromkeys(self._copied(instruction)))
        return origin_of(self._dockerfile, self._spec, instruction, copied_from=copied_from, exact=False)

    def _copied(self, instruction: Instruction) -> Iterator[Origin]:
        stage = self._dockerfile.stage_of(instruction)
        for one, name in sources_named(self._dockerfile, stage) if stage else ():
            if one is instruction and stage is not None:
                source = self._dockerfile.stage_named(name, before=stage.index)
                yield from self._made(source) if source else (Origin(OriginKind.BASE_IMAGE, name, exact=False),)

    def _made(self, stage: Stage) -> Iterator[Origin]:
        for maker in self._file_makers(stage):
            yield origin_of(self._dockerfile, self._spec, maker, exact=False)

    def _file_makers(self, stage: Stage) -> Iterator[Instruction]:
        chain = stage_chain(self._dockerfile, stage)
        if chain[0].base_expanded != "scratch":
            yield chain[0].origin
        for one in chain:
            yield from one.of(*_LAYER_MAKERS)


def _keyword(step: HistoryStep) -> str:
    marked = _NOTHING_RUN.search(step.created_by)
    word = marked[1] if marked else step.created_by.partition(" ")[0]
    return word if word in _KEYWORDS else "RUN"


def _layers(history: Sequence[HistoryStep], count: int) -> list[int]:
    """Choose the entries that are layers: those with bytes, then as many of the others as the image has layers.

    An engine does not say which entries of zero bytes are layers; RUN, COPY and ADD always are, WORKDIR often.
    """
    likely = [index for index, step in enumerate(history) if not step.empty or _keyword(step) in _LAYER_MAKERS]
    likely.sort(key=lambda index: (history[index].empty, _keyword(history[index]) == "WORKDIR", -index))
    return sorted(likely[:count])


_IMAGE = "docker-image://"


def origins_by_provenance(
    dockerfile: Dockerfile, spec: ImageSpec, steps: Sequence[ProvenanceStep]
) -> tuple[Origin, ...]:
    """Return the origin of each layer of the last step's chain, lowest first."""
    return tuple(_Provenance(dockerfile, spec, steps).origins())


class _Provenance:
    """A graph of steps, read against the Dockerfile that asked for them."""

    def __init__(self, dockerfile: Dockerfile, spec: ImageSpec, steps: Sequence[ProvenanceStep]) -> None:
        self._dockerfile = dockerfile
        self._spec = spec
        self._steps = steps
        self._built = {stage.index for stage in stage_chain(dockerfile, dockerfile.stage_for(spec.target))}

    def origins(self) -> Iterator[Origin]:
        """Yield, for each layer, the oldest step whose chain reaches it."""
        ancestry = self._ancestry(len(self._steps) - 1)
        for height in range(1, len(self._steps[-1].layers) + 1):
            maker = [index for index in ancestry if len(self._steps[index].layers) >= height][-1]
            origin = self._origin(maker, deep=True)
            yield origin if origin is not None else Origin(OriginKind.UNKNOWN, "")

    def _ancestry(self, index: int) -> list[int]:
        """Return a step and all that it continues, the newest first."""
        found = [index]
        while (parent := self._steps[found[-1]].parent) is not None:
            found.append(parent)
        return found

    def _origin(self, index: int, *, deep: bool = False) -> Origin | None:
        step = self._steps[index]
        if step.source:
            return self._base_image(step) if step.source.startswith(_IMAGE) else None
        instruction = self._instruction(step)
        if instruction is None:
            return None
        copied_from = tuple(self._copied(index, instruction)) if deep else ()
        return origin_of(self._dockerfile, self._spec, instruction, copied_from=copied_from)

    def _base_image(self, step: ProvenanceStep) -> Origin:
        """Return the FROM of an image; one that only a ``COPY --from`` names has a name and no line of its own."""
        instruction = self._instruction(step, "FROM")
        if instruction is None:
            return Origin(OriginKind.BASE_IMAGE, step.source.removeprefix(_IMAGE))
        return origin_of(self._dockerfile, self._spec, instruction)

    def _instruction(self, step: ProvenanceStep, keyword: str = "") -> Instruction | None:
        """Return the instruction at the step's lines; where several ask for the same step, one of the built stages."""
        found = [one for first, _ in step.lines if (one := self._dockerfile.instruction_at(first)) is not None]
        fitting = [one for one in found if keyword in {"", one.keyword}]
        return next((one for one in fitting if self._is_built(one)), next(iter(fitting), None))

    def _is_built(self, instruction: Instruction) -> bool:
        stage = self._dockerfile.stage_of(instruction)
        return stage is not None and stage.index in self._built

    def _copied(self, index: int, instruction: Instruction) -> Iterator[Origin]:
        """Yield what made the files that a step copies or mounts: steps of their stages, oldest first, each once."""
        makers = {maker for source in self._reads(index, instruction) for maker in self._ancestry(source)}
        origins = (self._origin(maker) for maker in sorted(makers))
        yield from dict.fromkeys(origin for origin in origins if origin is not None)

    def _reads(self, index: int, instruction: Instruction) -> Iterator[int]:
        """Yield the steps that are read; those that belong to the same instruction (COPY --link has two) are not."""
        for source in self._steps[index].reads:
            if not self._steps[source].source and self._instruction(self._steps[source]) is instruction:
                yield from self._reads(source, instruction)
            else:
                yield source


def origin_of(
    dockerfile: Dockerfile,
    spec: ImageSpec,
    instruction: Instruction,
    *,
    copied_from: tuple[Origin, ...] = (),
    exact: bool = True,
) -> Origin:
    """Describe an instruction as the origin of a layer; a FROM stands for the image it names."""
    stage = dockerfile.stage_of(instruction)
    return Origin(
        kind=OriginKind.BASE_IMAGE if instruction.keyword == "FROM" else OriginKind.INSTRUCTION,
        text=dockerfile.source(instruction.span).rstrip(),
        file=spec.dockerfile,
        lines=instruction.lines,
        stage=stage.name if stage else "",
        copied_from=copied_from,
        exact=exact,
    )


def stage_chain(dockerfile: Dockerfile, stage: Stage | None) -> tuple[Stage, ...]:
    """Return the stages whose layers a stage consists of: the one that starts from an image first, itself last."""
    chain: list[Stage] = []
    while stage is not None:
        chain.insert(0, stage)
        stage = dockerfile.stages[stage.base_stage] if stage.base_stage is not None else None
    return tuple(chain)


def base_digest(record: BuildRecord) -> str:
    """Find what the lowest layers were fetched as: the end of the chain that the image continues."""
    step = record.steps[-1] if record.steps else None
    while step is not None and step.parent is not None:
        step = record.steps[step.parent]
    return step.digest if step else ""
