"""Images as pictures: a line for each layer, below it the paths that it adds, hides and deletes.

::

    FROM golang:1.22
      usr/local/go/bin/go 15000000
    RUN go build .
      app/main 8000000 =content
      app/link -> main
      - usr/share/doc/x
      ! usr/share/man

``=name`` says that files of that name have the same content, ``mode=0755`` and ``owner=1000`` what else they are;
a path that ends with a slash is a directory, ``-`` deletes a path, ``!`` makes a directory opaque.
"""

import shlex
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.contents.ecosystems import READERS
from bot.contents.merged_tree import merge
from bot.dockerfile import parse
from bot.model.advice import Finding
from bot.model.build import Origin, OriginKind
from bot.model.explain import Measurement
from bot.model.facts import FileFacts, ProgramKind, Runtime
from bot.model.image import (
    Entry,
    EntryKind,
    HealthCheck,
    HistoryStep,
    Image,
    ImageConfig,
    ImageReference,
    Layer,
    Package,
    Platform,
    Transport,
)
from bot.rules.kit.evidence import gather
from bot.rules.kit.rule import Rule
from bot.rules.kit.run_rules import run, suspect

MB = 1_000_000


def picture(text: str, *, config: ImageConfig | None = None, dockerfile: str = "") -> Measurement:
    """Make a measured image; each layer line that the Dockerfile has too gets its lines as origin."""
    layers, origins = [], []
    for title, body in _blocks(text):
        entries = tuple(_entry(line) for line in body)
        size = sum(entry.stored_bytes for entry in entries)
        layers.append(Layer(f"sha256:{len(layers):064x}", size, None, entries=entries))
        origins.append(_origin(title, dockerfile))
    history = tuple(HistoryStep(origin.text, "", empty=False) for origin in origins)
    image = Image(
        ImageReference(Transport.DOCKER_DAEMON, "picture"),
        Platform("linux", "amd64"),
        "sha256:0",
        config or ImageConfig(cmd=("/app/main",)),
        history,
        tuple(layers),
        "picture",
    )
    return Measurement(
        image,
        merge(layers),
        (),
        tuple(origins),
        dockerfile=parse(dockerfile) if dockerfile else None,
        dockerfile_path="Dockerfile" if dockerfile else "",
    )


def started(measurement: Measurement, **facts: object) -> Measurement:
    """Add what reading files would have told: ``kind``, ``program``, ``language`` and more of the runtime."""
    runtime = replace(Runtime((), None, ProgramKind.UNKNOWN), **facts)  # type: ignore[arg-type]
    return replace(measurement, facts=FileFacts(runtime))


def packed(measurement: Measurement, *packages: Package) -> Measurement:
    """Add installed packages."""
    return replace(measurement, packages=packages)


def package(ecosystem: str, name: str, *paths: str, dev: bool = False, section: str = "") -> Package:
    """Make an installed package."""
    owned = tuple(path.encode() for path in paths)
    distribution = any(reader.distribution for reader in READERS if reader.ecosystem == ecosystem)
    return Package(ecosystem, name, "1", 0, owned, dev=dev, section=section, distribution=distribution)


def look(rule: Rule, head: Measurement, base: Measurement | None = None) -> tuple[Finding, ...]:
    """Run one rule over an image."""
    return _in_words_of(rule, run([rule], gather(head, base)))


def read(rule: Rule, dockerfile: str) -> tuple[Finding, ...]:
    """Run one rule over a Dockerfile alone."""
    return _in_words_of(rule, suspect([rule], parse(dockerfile)))


def _in_words_of(rule: Rule, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Hold findings to the words that their rule says it has: where a report is not believed, only these are shown."""
    known = {(wording.title, wording.advice) for wording in rule.wordings}
    assert {(finding.title, finding.advice) for finding in findings} <= known
    return findings


def the(findings: Sequence[Finding]) -> Finding:
    """Return the one finding there is."""
    (finding,) = findings
    return finding


def shell_config(line: str) -> ImageConfig:
    """Make the configuration of a shell-form CMD."""
    return ImageConfig(cmd=("/bin/sh", "-c", line))


def config(command: str = "", **fields: object) -> ImageConfig:
    """Make a configuration that starts a command, written as words."""
    return replace(ImageConfig(cmd=tuple(shlex.split(command)) or None), **fields)  # type: ignore[arg-type]


def health(*test: str) -> HealthCheck:
    """Make a health check."""
    return HealthCheck(test)


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    title, body = "", list[str]()
    for line in text.strip("\n").split("\n"):
        if line.strip() and not line.startswith(" "):
            if title:
                yield title, body
            title, body = line.strip(), []
        elif line.strip():
            body.append(line.strip())
    yield title, body


def _origin(title: str, dockerfile: str) -> Origin:
    kind = OriginKind.BASE_IMAGE if title.startswith("FROM") else OriginKind.INSTRUCTION
    if not dockerfile:
        return Origin(kind, title)
    parsed = parse(dockerfile)
    found = [one for one in parsed.instructions if parsed.source(one.span).split("\n")[0].startswith(title)]
    return Origin(
        kind, parsed.source(found[-1].span) if found else title, "Dockerfile", found[-1].lines if found else None
    )


def _entry(line: str) -> Entry:
    words = line.split()
    if words[0] in {"-", "!"}:
        kind = EntryKind.WHITEOUT if words[0] == "-" else EntryKind.OPAQUE
        return Entry(words[1].encode(), kind, 0, 0, (0, 0), b"", None)
    path = words[0].rstrip("/").encode()
    if words[0].endswith("/"):
        mode = dict(word.split("=") for word in words[1:]).get("mode", "0755")
        return Entry(path, EntryKind.DIRECTORY, 0, int(mode, 8), (0, 0), b"", None)
    if words[1:2] == ["->"]:
        return Entry(path, EntryKind.SYMLINK, 0, 0o777, (0, 0), words[2].encode(), None)
    size = int(words[1].replace("_", ""))
    options = dict(word.split("=") for word in words[2:])
    content = zlib.crc32((options.get("") or f"{line}").encode())
    owner = int(options.get("owner", "0"))
    return Entry(path, EntryKind.FILE, size, int(options.get("mode", "0644"), 8), (owner, owner), b"", content)
