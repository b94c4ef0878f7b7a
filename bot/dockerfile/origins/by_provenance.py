"""Exact attribution: BuildKit's provenance says which lines asked for a step and which layers it ends in."""

from collections.abc import Iterator, Sequence

from bot.dockerfile.origins.common import origin_of, stage_chain
from bot.model.build import ImageSpec, Origin, OriginKind, ProvenanceStep
from bot.model.dockerfile import Dockerfile, Instruction

_IMAGE = "docker-image://"


def origins_by_provenance(
    dockerfile: Dockerfile, spec: ImageSpec, steps: Sequence[ProvenanceStep]
) -> tuple[Origin, ...]:
    """Give the origin of each layer of the last step's chain, lowest first."""
    return tuple(_Provenance(dockerfile, spec, steps).origins())


class _Provenance:
    """A graph of steps, read against the Dockerfile that asked for them."""

    def __init__(self, dockerfile: Dockerfile, spec: ImageSpec, steps: Sequence[ProvenanceStep]) -> None:
        self._dockerfile = dockerfile
        self._spec = spec
        self._steps = steps
        self._built = {stage.index for stage in stage_chain(dockerfile, dockerfile.stage_for(spec.target))}

    def origins(self) -> Iterator[Origin]:
        """Give, for each layer, the oldest step whose chain reaches it."""
        ancestry = self._ancestry(len(self._steps) - 1)
        for height in range(1, len(self._steps[-1].layers) + 1):
            maker = [index for index in ancestry if len(self._steps[index].layers) >= height][-1]
            origin = self._origin(maker, deep=True)
            yield origin if origin is not None else Origin(OriginKind.UNKNOWN, "")

    def _ancestry(self, index: int) -> list[int]:
        """Give a step and all that it continues, the newest first."""
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
        """Give the FROM of an image; one that only a ``COPY --from`` names has a name and no line of its own."""
        instruction = self._instruction(step, "FROM")
        if instruction is None:
            return Origin(OriginKind.BASE_IMAGE, step.source.removeprefix(_IMAGE))
        return origin_of(self._dockerfile, self._spec, instruction)

    def _instruction(self, step: ProvenanceStep, keyword: str = "") -> Instruction | None:
        """Give the instruction at the step's lines; where several ask for the same step, one of the built stages."""
        found = [one for first, _ in step.lines if (one := self._dockerfile.instruction_at(first)) is not None]
        fitting = [one for one in found if keyword in {"", one.keyword}]
        return next((one for one in fitting if self._is_built(one)), next(iter(fitting), None))

    def _is_built(self, instruction: Instruction) -> bool:
        stage = self._dockerfile.stage_of(instruction)
        return stage is not None and stage.index in self._built

    def _copied(self, index: int, instruction: Instruction) -> Iterator[Origin]:
        """Give what made the files that a step copies or mounts: the steps of their stages, oldest first, each once."""
        makers = {maker for source in self._reads(index, instruction) for maker in self._ancestry(source)}
        origins = (self._origin(maker) for maker in sorted(makers))
        yield from dict.fromkeys(origin for origin in origins if origin is not None)

    def _reads(self, index: int, instruction: Instruction) -> Iterator[int]:
        """Give the steps that are read; those that belong to the same instruction (COPY --link has two) are not."""
        for source in self._steps[index].reads:
            if not self._steps[source].source and self._instruction(self._steps[source]) is instruction:
                yield from self._reads(source, instruction)
            else:
                yield source
