"""GoReleaser's configuration → images: their Dockerfiles, whose contexts hold files that are not in git."""

import posixpath
from collections.abc import Iterator
from typing import Final

from bot.discovery.builds import Build, Push
from bot.discovery.command_line import read_build
from bot.discovery.nouns import DefinitionEvidence, EvidenceKind
from bot.discovery.tree import RepositoryTree
from bot.discovery.unknowns import unknown
from bot.discovery.yaml_documents import UnreadableError, Value, read_yaml

_NAMES: Final = (".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml")


def goreleaser_builds(tree: RepositoryTree) -> Iterator[Build]:
    """Read every configuration near the root for the images it makes."""
    for path in sorted(tree.modes):
        name = posixpath.basename(path)
        is_one = name in _NAMES or (name.startswith((".goreleaser", "goreleaser")) and name.endswith((".yml", ".yaml")))
        if path.count("/") > 2 or not is_one:
            continue
        try:
            document = read_yaml(tree.text(path))
        except UnreadableError:
            continue
        for entry in document.get("dockers").elements():
            yield _build(entry, path, entry.get("image_templates"))
        for entry in document.get("dockers_v2").elements():
            yield _build(entry, path, entry.get("images"))


def _build(entry: Value, path: str, images: Value) -> Build:
    source = DefinitionEvidence(EvidenceKind.GORELEASER, path, entry.line)
    flags = tuple(_filled(one) for one in entry.get("build_flag_templates").strings())
    flagged = read_build(flags, {}, source, ".")
    arch, system = entry.get("goarch").string(), entry.get("goos").string() or "linux"
    return Build(
        source,
        dockerfile=_filled(entry.get("dockerfile").string()) or "Dockerfile",
        target=flagged.target,
        args=flagged.args or tuple((key, _filled(one.string())) for key, one in entry.get("build_args").entries()),
        platforms=flagged.platforms or entry.get("platforms").strings() or ((f"{system}/{arch}",) if arch else ()),
        tags=tuple(_filled(one) for one in images.strings()),
        push=Push.PUSHED,
        doubts=("GoReleaser puts the binaries that it built into the context: they are not in git.",),
    )


def _filled(text: str) -> str:
    """Turn ``{{ … }}`` of Go's templates into holes."""
    found, rest = list[str](), text
    while "{{" in rest and len(found) < 100:
        before, _, rest = rest.partition("{{")
        body, closed, after = rest.partition("}}")
        found.append(before + unknown("${{" + body + "}}" if not closed else "$" + "{{" + body + "}}"))
        rest = after
    return "".join(found) + rest
