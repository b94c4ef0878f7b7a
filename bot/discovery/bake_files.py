"""Bake files: what they declare, their blocks, and what buildx is asked about them."""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.discovery.hcl_syntax import Block, Expression, parse_hcl, parse_template
from bot.discovery.hcl_tokens import HclError
from bot.discovery.nouns import Pairs
from bot.discovery.unknowns import unknown
from bot.ports import BakeRequest

DEFAULT_FILES: Final = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")
_VARIABLE = re.compile(r"""^\s*variable\s+"?([A-Za-z_][\w-]*)"?\s*\{""", re.MULTILINE)
_TARGET = re.compile(r"""^\s*(?:target|group)\s+"?([A-Za-z_][\w.-]*)"?\s*\{""", re.MULTILINE)
_VARIABLES_FILE: Final = ".deadweight-variables.json"
_OF_THE_MOMENT: Final = re.compile(r"\b(timestamp|uuidv4|homedir)\s*\(\s*\)")
"""What bake would answer differently each time, or out of the machine."""
_NOT_ASKED: Final = re.compile(r"\bbcrypt\b")
_SET_FOR_BUILDX: Final = frozenset({"DOCKER_CONFIG", "BUILDX_CONFIG"})
_TARGET_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""Nothing that bake could take for an address from which to fetch its files."""

ReadText = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class BakeQuestion:
    """Which targets of which files, by path from the root, are asked for in which folder, with which variables set."""

    files: tuple[str, ...]
    targets: tuple[str, ...] = ()
    folder: str = "."
    variables: Pairs = ()
    extra: tuple[str, ...] = ()
    """Texts of JSON files that CI adds, such as the one of docker/metadata-action."""


def request_of(read: ReadText, question: BakeQuestion) -> BakeRequest | None:
    """Write down what buildx is asked, variables as one more file; ``None`` where it is not to be asked.

    Only HCL and JSON are asked about, for what bake does with compose files depends on the folder; and only what would
    be answered the same at any time on any machine.
    """
    texts = [(path, text) for path in question.files if (text := read(path)) is not None]
    declared = declared_variables(read, question.files)
    if (
        len(texts) < len(question.files)
        or not all(path.endswith((".hcl", ".json")) for path, _ in texts)
        or not all(_TARGET_NAME.fullmatch(name) for name in question.targets)
        or any(_NOT_ASKED.search(text) for _, text in texts)
        or declared & _SET_FOR_BUILDX
    ):
        return None
    added = [(f".deadweight-{number}.json", text) for number, text in enumerate(question.extra)]
    texts += [(posixpath.normpath(f"{question.folder}/{name}"), text) for name, text in added]
    lasting = [(path, _lasting(text, in_json=path.endswith(".json"))) for path, text in texts]
    if question.variables:
        path = posixpath.normpath(f"{question.folder}/{_VARIABLES_FILE}")
        lasting.append((path, json.dumps({"variable": _as_declared(read, question)})))
    return BakeRequest(tuple(lasting), question.targets, question.folder)


def _lasting(text: str, *, in_json: bool) -> str:
    """Put what only a run knows in the place of functions that answer differently each time."""
    quote = '\\"' if in_json else '"'
    return _OF_THE_MOMENT.sub(lambda found: f"{quote}{unknown(f'{found[1]}()')}{quote}", text)


def as_written(printed: object) -> object:
    """Undo what bake does to text that it prints, so that its output could be a bake file again."""
    if isinstance(printed, Mapping):
        return {str(key): as_written(value) for key, value in printed.items()}
    if isinstance(printed, list):
        return [as_written(one) for one in printed]
    return printed.replace("$${", "${").replace("%%{", "%{") if isinstance(printed, str) else printed


def _as_declared(read: ReadText, question: BakeQuestion) -> Mapping[str, object]:
    """Default each variable to a value of the kind that it is declared with: that is how bake reads an environment."""
    try:
        blocks = by_label(read_blocks(read, question.files), "variable")
    except HclError:
        blocks = {}
    found = {}
    for name, value in question.variables:
        default = blocks[name].attributes.get("default") if name in blocks else None
        found[name] = {"default": _escaped(_typed(value, default))}
    return found


def _typed(given: str, default: Expression | None) -> object:
    if default is not None and default[0] == "list":
        return [part.strip() for part in given.split(",")]
    kind = default[1] if default is not None and default[0] in {"literal", "name"} else None
    if isinstance(kind, bool) or kind in {"true", "false"}:
        return given.strip().lower() in {"1", "t", "true"}
    return int(given) if isinstance(kind, int) and given.isdecimal() else given


def _escaped(value: object) -> object:
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value.replace("${", "$${").replace("%{", "%%{") if isinstance(value, str) else value


def declared_variables(read: ReadText, paths: Iterable[str]) -> frozenset[str]:
    """List the variables that bake files declare: nothing else of an environment is any of their business."""
    found: set[str] = set()
    for path in paths:
        text = read(path) or ""
        if path.endswith(".json"):
            variables = _json(text).get("variable")
            found.update(map(str, variables) if isinstance(variables, Mapping) else ())
        else:
            found.update(_VARIABLE.findall(text))
    return frozenset(found)


def declared_targets(read: ReadText, paths: Iterable[str]) -> tuple[str, ...]:
    """List the targets and groups that bake files declare, in order."""
    found: dict[str, None] = {}
    for path in paths:
        text = read(path) or ""
        if path.endswith(".json"):
            document = _json(text)
            for kind in ("group", "target"):
                part = document.get(kind)
                found.update(dict.fromkeys(str(name) for name in part) if isinstance(part, Mapping) else {})
        else:
            found.update(dict.fromkeys(_TARGET.findall(text)))
    return tuple(found)


def read_blocks(read: ReadText, paths: Iterable[str]) -> list[Block]:
    """Read the blocks of bake files in order. Raises ``HclError``."""
    found: list[Block] = []
    for path in paths:
        text = read(path)
        if text is None or not path.endswith((".hcl", ".json")):
            raise HclError("It is neither HCL nor JSON.")
        found += read_json(text) if path.endswith(".json") else parse_hcl(text).blocks
    return found


def by_label(blocks: Sequence[Block], kind: str) -> dict[str, Block]:
    """Index blocks by name; a later block of the same name changes what the earlier one said."""
    found: dict[str, Block] = {}
    for block in blocks:
        if block.kind == kind and block.labels:
            earlier = found.get(block.labels[0])
            attributes = {**earlier.attributes, **block.attributes} if earlier else block.attributes
            found[block.labels[0]] = Block(kind, block.labels, attributes)
    return found


def read_json(text: str) -> list[Block]:
    """Read the blocks of a bake file in JSON; what is none of them is passed over."""
    document = _json(text)
    found = []
    for kind in ("variable", "group", "target", "function"):
        part = document.get(kind)
        for name, attributes in part.items() if isinstance(part, Mapping) else ():
            if isinstance(attributes, Mapping):
                found.append(Block(kind, (str(name),), {str(key): _expression(one) for key, one in attributes.items()}))
    return found


def _expression(value: object) -> Expression:
    if isinstance(value, str):
        return parse_template(value)
    if isinstance(value, list):
        return ("list", [_expression(one) for one in value])
    if isinstance(value, Mapping):
        return ("object", [(("literal", str(key)), _expression(one)) for key, one in value.items()])
    return ("literal", value)


def _json(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
