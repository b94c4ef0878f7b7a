"""Inputs of steps, actions and reusable workflows: what the caller gives, what is declared, what bake is asked."""

from collections.abc import Iterator, Mapping

from bot.discovery.bake import BakeCommand
from bot.discovery.builds import Push
from bot.discovery.command_line import pairs_of
from bot.discovery.expression_values import Contexts, Result
from bot.discovery.expressions import fill
from bot.discovery.matrix import Row, plain
from bot.discovery.nouns import Pairs
from bot.discovery.tree import joined
from bot.discovery.unknowns import is_known, shown, unknown
from bot.discovery.yaml_documents import Value


def bake_command(inputs: Mapping[str, str], contexts: Contexts) -> BakeCommand:
    """Read the inputs of docker/bake-action, and of Docker's reusable bake workflow."""
    source = inputs.get("source", "")
    local = source if source and not source.startswith(("{{", "http")) and is_known(source) else "."
    folder = joined(".", inputs.get("workdir") or inputs.get("context") or local)
    environment = contexts.get("env")
    variables = dict(environment) if isinstance(environment, Mapping) else {}
    variables.update(pairs_of(inputs.get("vars", "")))
    pushes = inputs.get("push", "false").strip() != "false" or "push=true" in shown(inputs.get("set", ""))
    return BakeCommand(
        folder=folder or ".",
        files=_split(inputs.get("files", "")),
        targets=_split(inputs.get("targets", "") or inputs.get("target", "")),
        overrides=tuple(line.strip() for line in inputs.get("set", "").splitlines() if line.strip()),
        variables={key: value for key, value in variables.items() if isinstance(value, str)},
        push=Push.PUSHED if pushes else Push.ONLY_BUILT,
        exports=inputs.get("output", "") == "local",
    )


def filled(mapping: Value, contexts: Contexts) -> dict[str, str]:
    """Evaluate the values of ``with:`` or ``env:``."""
    return {key: fill(one.string(), contexts) for key, one in mapping.entries()}


def inputs_of(declared: Value, given: Mapping[str, str], contexts: Contexts) -> dict[str, Result]:
    """Inputs their values: what the caller gives, else the default, else nothing, which is unknown if required."""
    found: dict[str, Result] = {}
    for name, one in declared.entries():
        if name in given:
            found[name] = _typed(given[name], one.get("type").string())
        elif one.get("default"):
            found[name] = plain(one.get("default"), contexts)
        else:
            required = one.get("required").string() == "true"
            found[name] = (
                unknown(f"inputs.{name}") if required else "" if one.get("type").string() != "boolean" else False
            )
    return found


def row_label(row: Row) -> Pairs:
    """The plain values of a matrix row, nested ones by their dotted names."""
    return tuple(_flat("", row))[:40]


def _flat(prefix: str, row: Row) -> Iterator[tuple[str, str]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{key}.", value)
        elif isinstance(value, str | int | float):
            yield f"{prefix}{key}", str(value)


def _typed(text: str, kind: str) -> Result:
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(",", "\n").split("\n") if part.strip())


def github_variables(contexts: Contexts) -> dict[str, str]:
    """The runner's variables that say which repository this is."""
    github = contexts.get("github")
    known = github if isinstance(github, Mapping) else {}
    names = ("repository", "repository_owner")
    return {f"GITHUB_{name.upper()}": str(known[name]) for name in names if isinstance(known.get(name), str)}
