"""Attribution without provenance: the history's entries, newest first, against the Dockerfile's instructions."""

import re
from collections.abc import Iterator, Sequence

from bot.dockerfile.origins.common import origin_of, stage_chain
from bot.dockerfile.stages import sources_named
from bot.model.build import BuildRecord, ImageSpec, Origin, OriginKind
from bot.model.dockerfile import Dockerfile, Instruction, Stage
from bot.model.image import HistoryStep

_LAYER_MAKERS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})
_KEYWORDS = _LAYER_MAKERS | {
    "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL",
    "STOPSIGNAL", "USER", "VOLUME",
}  # fmt: skip
# The classic builder marks what runs nothing, "/bin/sh -c #(nop) COPY …"; BuildKit writes the instruction itself.
_NOTHING_RUN = re.compile(r"#\(nop\)\s+([A-Z]+)")


def origins_by_history(dockerfile: Dockerfile, spec: ImageSpec, record: BuildRecord) -> tuple[Origin, ...]:
    """Give the origin of each layer, lowest first; none of them is exact.

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
        """Give the FROM below all that the Dockerfile adds."""
        return origin_of(self._dockerfile, self._spec, self._chain[0].origin, exact=False)

    def origin(self, instruction: Instruction | None) -> Origin:
        """Give the origin that an instruction is, unknown for none."""
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
