"""``docker build`` and its like: words → build."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.discovery.nouns import Build, DefinitionEvidence, Pairs, Push
from bot.discovery.unknowns import is_hole, is_known, starts_unknown, unknown, without_unknowns
from bot.discovery.words import Variables, base_name

_ENGINES: Final = frozenset({"docker", "podman", "nerdctl", "depot", "img", "docker-buildx", "finch"})
_BUILDS: Final = (
    ("build",), ("image", "build"), ("buildx", "build"), ("buildx", "b"), ("builder", "build"), ("bud",),
)  # fmt: skip
_BAKES: Final = (("bake",), ("buildx", "bake"))
_BEFORE_COMMAND: Final = frozenset(
    {"--context", "-c", "--config", "-H", "--host", "-l", "--log-level", "--builder", "--root", "--storage-driver"}
)
_LONG: Final[Mapping[str, str]] = {
    "--file": "file", "--dockerfile": "file", "--tag": "tag", "--destination": "tag", "--target": "target",
    "--build-arg": "arg", "--platform": "platform", "--build-context": "build-context", "--output": "output",
    "--context": "context", "--arch": "arch", "--set": "set", "--custom-platform": "platform",
}  # fmt: skip
_SHORT: Final[Mapping[str, str]] = {"f": "file", "t": "tag", "o": "output", "d": "destination"}
_FLAGS: Final = frozenset(
    {
        "--push", "--no-push", "--load", "--pull", "--no-cache", "--rm", "--force-rm",
        "--quiet", "-q", "--squash", "--debug", "-D", "--compress", "--check",
        "--layers", "--print", "--tls", "--disable-content-trust", "--tls-verify", "--squash-all", "--sbom",
        "--provenance", "--help", "--save", "--lint",
    }
)  # fmt: skip
_OPTIONAL_VALUE: Final = frozenset(
    {"--sbom", "--provenance", "--pull", "--rm", "--push", "--no-push", "--load", "--tls-verify"}
)


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """Options of a build or bake command by what they mean, and its operands."""

    values: dict[str, list[str]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    operands: list[str] = field(default_factory=list)

    def last(self, name: str) -> str:
        """The value that counts where an option is repeated."""
        return self.values.get(name, [""])[-1]

    def all(self, name: str) -> list[str]:
        """Every value of an option."""
        return self.values.get(name, [])


def build_words(words: Sequence[str]) -> Sequence[str] | None:
    """What follows ``docker build`` (``podman build``, kaniko's executor …); ``None`` for another command."""
    if not words:
        return None
    program = base_name(words[0])
    if program == "buildah" and words[1:2] in (["build"], ("build",), ["bud"], ("bud",)):
        return words[2:]
    if words[0].endswith("kaniko/executor"):
        return words[1:] if "--no-push" in words else (*words[1:], "--push")
    if program in _ENGINES:
        return _after(words, _BUILDS)
    # A variable that picks docker or podman: only an image's build has a tag.
    unknown_tool = is_hole(words[0]) and any(word in {"-t", "--tag"} or word.startswith("--tag=") for word in words)
    return _after(words, _BUILDS) if unknown_tool else None


def bake_words(words: Sequence[str]) -> Sequence[str] | None:
    """What follows ``docker buildx bake``; ``None`` for another command."""
    return _after(words, _BAKES) if words and base_name(words[0]) in _ENGINES else None


def pushed_references(words: Sequence[str]) -> tuple[str, ...]:
    """What ``docker push`` sends to a registry."""
    is_engine = bool(words) and (base_name(words[0]) in _ENGINES | {"buildah"} or is_hole(words[0]))
    found = _after(words, (("push",), ("image", "push"))) if is_engine else None
    if words and is_hole(words[0]):  # it may be git as well, whose remotes are no references
        found = [word for word in found or () if "/" in without_unknowns(word) or ":" in without_unknowns(word)]
    return tuple(word for word in found or () if not word.startswith("-"))[:1]


def read_build(words: Sequence[str], variables: Variables, source: DefinitionEvidence, folder: str) -> Build:
    """Read the options of a build command."""
    options = read_options(words)
    context = options.last("context") or _context(options.operands)
    return Build(
        source,
        dockerfile="" if options.last("file") == "-" else options.last("file"),
        context=context or ".",
        folder=folder,
        target=options.last("target"),
        args=tuple(_arguments(options.all("arg"), variables)),
        platforms=tuple(part for value in options.all("platform") for part in value.split(",") if part),
        contexts=tuple(_pair(value) for value in options.all("build-context")),
        tags=tuple(options.all("tag")),
        push=_push(options),
        inline=options.last("file") == "-" or context == "-",
    )


def read_options(words: Sequence[str]) -> CommandOptions:
    """Sort words into options with their values, flags and operands."""
    options, waiting = CommandOptions(), list(words)[::-1]
    while waiting:
        word = waiting.pop()
        if word == "--":
            options.operands.extend(waiting[::-1])
            break
        if not word.startswith("-") or word == "-":
            options.operands.append(word)
        else:
            _option(word, waiting, options)
    return options


def registry_tag(tag: str) -> bool:
    """Tell whether a tag names a registry or an owner, so that it could be pushed."""
    return "/" in tag or (starts_unknown(tag) and len(without_unknowns(tag)) > 1)


def _option(word: str, waiting: list[str], options: CommandOptions) -> None:
    name, given, value = word.partition("=")
    if not name.startswith("--") and len(name) > 2:
        name, value, given = name[:2], word[2:].removeprefix("="), "="
    if name in _FLAGS and not (given and name not in _OPTIONAL_VALUE):
        if value != "false":
            options.flags.add(name)
        return
    meaning = _LONG.get(name) or _SHORT.get(name[1:], name)
    if not given and waiting and not (waiting[-1].startswith("--") and meaning.startswith("-")):
        value = waiting.pop()
    options.values.setdefault("tag" if meaning == "destination" else meaning, []).append(value)


def _after(words: Sequence[str], commands: Sequence[tuple[str, ...]]) -> Sequence[str] | None:
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _BEFORE_COMMAND else rest[1:]
    for command in commands:
        if tuple(rest[: len(command)]) == command:
            return rest[len(command) :]
    if words and base_name(words[0]) == "docker-buildx" and rest[:1] in (["build"], ["bake"]):
        return rest[1:] if (rest[0],) in commands else None
    return None


def _context(operands: Sequence[str]) -> str:
    """Pick the context: an operand that is only a hole may be options just as well."""
    known = [one for one in operands if without_unknowns(one) or not one]
    return known[-1] if known else next(iter(operands), "")


def _arguments(values: Sequence[str], variables: Variables) -> Iterator[tuple[str, str]]:
    for value in values:
        name, given, text = value.partition("=")
        if not name or not is_known(name):
            continue
        found = variables.get(name)
        yield name, text if given else found if isinstance(found, str) else unknown(f"${name}")


def _pair(value: str) -> tuple[str, str]:
    name, _, source = value.partition("=")
    return name, source


def _push(options: CommandOptions) -> Push:
    outputs = ",".join(options.all("output"))
    if "--push" in options.flags or "push=true" in outputs or "type=registry" in outputs:
        return Push.PUSHED
    if "type=cacheonly" in outputs or "dest=" in outputs.replace("type=docker", "") or "type=local" in outputs:
        return Push.ONLY_BUILT
    return Push.NAMED_FOR_A_REGISTRY if any(registry_tag(tag) for tag in options.all("tag")) else Push.ONLY_BUILT


def pairs_of(text: str) -> Pairs:
    """Read lines of ``NAME=value`` as an action's input has them; quotes around a whole line are its CSV."""
    found = []
    for line in text.splitlines():
        clean = line.strip()
        if len(clean) > 1 and clean[0] == clean[-1] == '"':
            clean = clean[1:-1]
        name, given, value = clean.partition("=")
        if given and name and is_known(name):
            found.append((name.strip(), value))
    return tuple(found)
