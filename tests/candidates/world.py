"""Images with one traced run: a picture of the image, its Dockerfile, and what the run opened."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.candidates import RunEvidence
from bot.model.build import Origin
from bot.model.image import ImageConfig, Package
from bot.model.verify import Behaviour, Candidate, Run, Rung, Trace
from tests.compare.measured import from_image, measured, step
from tests.contents.elves import elf
from tests.pictures import image

STATIC = elf()
LOADER = "/lib64/ld-linux-x86-64.so.2"
DYNAMIC = elf(interpreter=LOADER, needed=("libc.so.6",))
BOOKWORM = b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
TRIXIE = b'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n'


def traced(
    dockerfile: str,
    layers: str,
    *,
    opened: Sequence[str] = (),
    executed: Sequence[str] = (),
    written: Sequence[str] = (),
    config: ImageConfig,
    files: Mapping[str, bytes] | None = None,
    packages: Sequence[Package] = (),
) -> RunEvidence:
    """Trace one run of an image: each line of ``layers`` without indent is the instruction of the lines below it.

    ``files`` are the contents that can be read, with Debian 12's os-release unless they say else.
    """
    titles, pictures = zip(*_blocks(layers), strict=True)
    origins = [_origin(title, dockerfile) for title in titles]
    drawn = replace(image(*pictures), config=config)
    head = measured(drawn, origins, packages=packages, dockerfile=dockerfile)
    base = head.dockerfile.final_stage.base_expanded if head.dockerfile else ""
    contents = {"etc/os-release": BOOKWORM, **(files or {})}
    known = {path.encode(): content for path, content in contents.items()}
    run = Run(
        trace=Trace(_paths(opened), _paths(executed)),
        written=_paths(written),
    )
    return RunEvidence(
        head=replace(head, base_image=base),
        behaviour=Behaviour((run,)),
        context_files=(),
        read=lambda paths: {path: known[path] for path in paths if path in known},
    )


def _blocks(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in filter(str.strip, text.splitlines()):
        if line[0].isspace():
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
        else:
            found.append((line, ""))
    return found


def _origin(title: str, dockerfile: str) -> Origin:
    line = dockerfile.splitlines().index(title) + 1
    return from_image(title, line) if title.startswith("FROM") else step(title, line)


def of_rung(candidates: Sequence[Candidate], rung: Rung, form: str = "") -> Candidate:
    """Return the one candidate of a rung, or of one of its forms."""
    (found,) = [one for one in candidates if one.rung is rung and form in {"", one.form}]
    return found


def last_stage(candidate: Candidate) -> list[str]:
    """Return the lines of the last stage."""
    lines = candidate.dockerfile.splitlines()
    start = max(index for index, line in enumerate(lines) if line.startswith("FROM "))
    return [line for line in lines[start:] if line]


def _paths(paths: Sequence[str]) -> frozenset[bytes]:
    return frozenset(path.encode("utf-8", "surrogateescape") for path in paths)
