"""What the runs of an image used, in terms of its files: real paths, whose they are, and what was written."""

import posixpath
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Final

from bot.candidates.image_files import ImageFiles
from bot.candidates.run_evidence import RunEvidence
from bot.contents.start_command import language_of
from bot.layers.paths import ancestors, base_name, parent
from bot.model.dockerfile import Dockerfile, Instruction, Stage
from bot.model.image import ImageConfig

SHELLS: Final = frozenset({b"sh", b"bash", b"dash", b"ash", b"busybox"})
_OS_RELEASE: Final = re.compile(r'^(\w+)="?([^"\n]*)"?$', re.MULTILINE)


class Seen(ImageFiles):
    """The evidence of one image, looked at once; paths are as ``Entry.path`` has them."""

    def __init__(self, evidence: RunEvidence, dockerfile: Dockerfile, stage: Stage) -> None:
        """Take the evidence and the stage that was built."""
        super().__init__(evidence)
        self.dockerfile = dockerfile
        self.stage = stage

    @property
    def config(self) -> ImageConfig:
        """The run-time configuration of the image."""
        return self.evidence.head.image.config

    @cached_property
    def chain(self) -> tuple[Instruction, ...]:
        """The instructions of the stage and of those that it starts from, oldest first."""
        stages = [self.stage]
        while stages[0].base_stage is not None:
            stages.insert(0, self.dockerfile.stages[stages[0].base_stage])
        return tuple(one for stage in stages for one in stage.instructions)

    @cached_property
    def _started(self) -> frozenset[bytes]:
        """What was executed, as asked for, and the interpreters that scripts name: the kernel starts those."""
        traces = [run.trace for run in self.evidence.behaviour.runs if run.trace is not None]
        paths = {path for trace in traces for path in trace.executed}
        self.prefetch(map(self.real, paths))
        return frozenset(paths | {one for path in paths if (one := self.shebang(self.real(path)))})

    @cached_property
    def _asked(self) -> frozenset[bytes]:
        traces = [run.trace for run in self.evidence.behaviour.runs if run.trace is not None]
        return self._started | {path for trace in traces for path in trace.opened}

    @cached_property
    def executed(self) -> frozenset[bytes]:
        """The files that were executed, interpreters of scripts among them."""
        return frozenset(path for path in map(self.real, self._started) if self.is_file(path))

    @cached_property
    def interpreters(self) -> frozenset[bytes]:
        """Those of the executed files that are a language's interpreter, and no script."""
        named = (one for one in self.executed if language_of(base_name(one).decode("utf-8", "replace")))
        return frozenset(one for one in named if not self.content(one).startswith(b"#!"))

    def shebang(self, path: bytes) -> bytes:
        """Return the interpreter that a script names; empty for any other file."""
        line = self.content(path)[:256].split(b"\n", 1)[0]
        words = line[2:].split() if line.startswith(b"#!") else []
        return words[0].lstrip(b"/") if words else b""

    @cached_property
    def used(self) -> frozenset[bytes]:
        """The files that were opened or executed."""
        return frozenset(path for path in map(self.real, self._asked) if self.is_file(path))

    @cached_property
    def looked_at(self) -> frozenset[bytes]:
        """The files that were asked about without being opened."""
        traces = [run.trace for run in self.evidence.behaviour.runs if run.trace is not None]
        return frozenset(
            path for path in {self.real(one) for trace in traces for one in trace.looked_at} if self.is_file(path)
        )

    @cached_property
    def listed(self) -> frozenset[bytes]:
        """The folders that were opened: whoever lists one may want anything in it."""
        return frozenset(path for path in map(self.real, self._asked) if self.is_folder(path))

    @cached_property
    def libraries(self) -> Mapping[bytes, bytes]:
        """The shared libraries that were opened: the path by which each was asked for, and the file it led to."""
        named = (path for path in self._asked if re.search(rb"\.so(?:\.[0-9.]+)?$", path))
        found = {self.real(parent(path)) + b"/" + posixpath.basename(path): self.real(path) for path in named}
        targets = {real for path, real in found.items() if path != real}
        return {path: real for path, real in found.items() if self.is_file(real) and path not in targets}

    @cached_property
    def links(self) -> frozenset[bytes]:
        """The symlinks that lie on the way to what was asked for."""
        return frozenset(link for path in self._asked for link in self._walk(path)[1])

    @cached_property
    def written(self) -> frozenset[bytes]:
        """What the runs added or changed, apart from temporary files."""
        paths = {path for run in self.evidence.behaviour.runs for path in run.written}
        return frozenset(path for path in paths if path.split(b"/")[0] not in {b"tmp", b"proc", b"dev", b"sys", b"run"})

    @cached_property
    def written_folders(self) -> frozenset[bytes]:
        """The folders of the image in which something was written: the nearest one above each file, and volumes."""
        written = (path for path in self.written if not self.is_folder(path))
        nearest = (next((one for one in ancestors(path) if self.is_folder(one)), b"") for path in written)
        volumes = (self.real(one.strip("/").encode("utf-8", "surrogateescape")) for one in self.config.volumes)
        return frozenset((*nearest, *(one for one in volumes if self.is_folder(one)))) - {b""}

    @cached_property
    def language(self) -> str:
        """The language whose interpreter ran; empty for compiled programs and shells alone."""
        names = sorted(posixpath.basename(path.decode("utf-8", "replace")) for path in self.executed)
        return next((language for name in names if (language := language_of(name))), "")

    @cached_property
    def release(self) -> Mapping[str, str]:
        """What /etc/os-release says."""
        path = self.real(b"etc/os-release")
        text = self.content(path).decode("utf-8", "replace") if self.is_file(path) else ""
        return dict(_OS_RELEASE.findall(text))


@lru_cache(maxsize=1)
def look(evidence: RunEvidence) -> Seen | None:
    """Look at the evidence; ``None`` where nothing can be rewritten: no text of ours, another escape, no stage."""
    dockerfile = evidence.head.dockerfile
    stage = dockerfile.stage_for(evidence.head.target) if dockerfile else None
    if dockerfile is None or stage is None or dockerfile.escape != "\\":
        return None
    return Seen(evidence, dockerfile, stage)


def text_of(path: bytes) -> str:
    """Return a path of an entry as the absolute path that a Dockerfile names."""
    return "/" + path.decode("utf-8", "surrogateescape")
