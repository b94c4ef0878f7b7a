"""The command line: commands, options and help. It only reads words; ``__main__`` gives them a world.

Nothing heavy is imported here, so that ``--help`` answers at once.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from bot import __version__
from bot.errors import UsageError
from bot.render.registry import RENDERERS

_EXIT_CODES: Final = """\
exit codes:
  0  every budget is kept           2  bad configuration or usage
  1  a budget is exceeded           3  an image could not be measured
                                  130  cancelled
"""

_REFERENCES: Final = """\
image references:
  NAME, docker-daemon:NAME          an image in the Docker engine
  docker-archive:PATH[:TAG]         a file written by docker save
  oci:PATH[:TAG], oci-archive:PATH  an OCI image layout, as a folder or in a tar
  docker://REF                      an image in a registry; no engine is needed
"""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command as typed. ``inputs`` holds what Action inputs and options share, by the input's name."""

    command: str
    subcommand: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    repository: str = "."
    output_format: str = ""
    """Empty: each command's own, the comment for ``check`` and text for the others."""
    output: str = ""
    quiet: bool = False
    color: bool | None = None
    platform: str = ""
    patch: str = ""
    source: str = ""
    smoke: tuple[str, ...] = ()
    verify: bool = False
    shard: int | None = None
    shards: int = 20
    measure: bool = False
    force: bool = False


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are ``UsageError`` like everybody else's."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}", fix=f"See: {self.prog} --help")


def parse(arguments: Sequence[str]) -> Invocation:
    """Read a command line. Raises ``UsageError``; ``--help`` and ``--version`` end the process as is the custom."""
    namespace = _parser().parse_args(arguments)
    options = dict(vars(namespace))
    inputs = {name: value for name, value in options.pop("inputs", {}).items() if value}
    named = {name: _frozen(options[name]) for name in Invocation.__dataclass_fields__ if options.get(name) is not None}
    return Invocation(**{**named, "inputs": inputs})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class _Input(argparse.Action):
    """Collects an option into ``inputs`` under the name of the Action input that means the same."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        collected = dict(getattr(namespace, "inputs", None) or {})
        previous = collected.get(str(self.metavar_name), "")
        text = values if isinstance(values, str) else str(self.const)
        collected[str(self.metavar_name)] = f"{previous}\n{text}".strip()
        namespace.inputs = collected

    @property
    def metavar_name(self) -> str:
        """The Action input's name."""
        return self.dest.removeprefix("input:")


def _parser() -> _Parser:
    parser = _Parser(
        prog="deadweight",
        description="Container image size on the pull request: measured, explained to the line, with proven advice.",
        epilog=_REFERENCES + "\n" + _EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"deadweight {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (_check, _compare, _inspect, _advise, _plan, _measure, _report, _publish, _config, _history):
        add(commands)
    return parser


_CONFIG_HELP: Final = "configuration (the first of deadweight.toml, .github/deadweight.toml, pyproject.toml)"

_Commands = argparse._SubParsersAction  # noqa: SLF001


def _command(commands: "_Commands[_Parser]", name: str, summary: str) -> _Parser:
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _input(command, "--config", "config", "FILE", _CONFIG_HELP)
    command.add_argument("--quiet", action="store_true", help="no progress, only the result")
    return command


def _result(command: _Parser, forms: Sequence[str] = ()) -> None:
    """Offer what is honoured where a result is shown: a file for it and, where it has several, its form."""
    command.add_argument("--output", metavar="FILE", help="write the result to FILE instead of standard output")
    if forms:
        command.add_argument("--format", dest="output_format", choices=tuple(forms), help="form of the result")
        command.add_argument("--no-color", dest="color", action="store_false", default=None, help="never colour")


def _input(command: _Parser, option: str, name: str, metavar: str, text: str) -> None:
    command.add_argument(option, dest=f"input:{name}", action=_Input, metavar=metavar, help=text)


def _size_budgets(command: _Parser) -> None:
    """Offer the budgets that one image alone can be held against."""
    _input(command, "--max-size", "max-size", "SIZE", "budget: largest unpacked size, such as 50MB")
    _input(command, "--max-layers", "max-layers", "N", "budget: most layers")


def _budgets(command: _Parser) -> None:
    _size_budgets(command)
    _input(command, "--max-growth", "max-growth", "SIZE|PERCENT", "budget: largest growth, such as 10MB or 5%%")


def _limits(command: _Parser) -> None:
    text = "cap on what an image may make us read, such as unpacked-bytes=500GB; may be repeated"
    _input(command, "--limits", "limits", "NAME=VALUE", text)


def _selection(command: _Parser) -> None:
    command.add_argument("--repo", dest="repository", metavar="DIR", help="the repository (.)")
    _input(command, "--base", "base-ref", "REF", "commit to compare with (merge base with the default branch)")
    _input(command, "--head", "head-ref", "REF", "commit to measure (the working tree)")
    _input(command, "--image", "images", "NAME", "only images of this name or glob; may be repeated")
    for option, metavar, text in (
        ("context", "DIR", "build context, where one image is given by options"),
        ("file", "FILE", "Dockerfile"),
        ("target", "STAGE", "stage to build"),
        ("build-args", "KEY=VALUE", "build argument; may be repeated"),
        ("build-contexts", "NAME=VALUE", "named build context; may be repeated"),
        ("secrets", "SPEC", "secret as docker buildx build takes it; may be repeated"),
        ("network", "MODE", "network of RUN instructions"),
        ("platforms", "PLATFORM", "platform to build for"),
        ("builder", "NAME", "buildx builder"),
        ("cache-from", "SPEC", "cache to read"),
        ("cache-to", "SPEC", "cache to write"),
        ("fail-on", "WHEN", "budget, growth, error or never"),
        ("on-base-failure", "WHAT", "warn, fail or ignore"),
        ("report-dir", "DIR", "folder for report.json and report.html"),
    ):
        _input(command, f"--{option}", option, metavar, text)
    _limits(command)


def _check(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "check", "build base and head, compare, explain, judge; the main job")
    _result(command, tuple(RENDERERS))
    _selection(command)
    _budgets(command)


def _compare(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "compare", "compare two existing images")
    _result(command, tuple(RENDERERS))
    command.add_argument("references", nargs=2, metavar="IMAGE", help="base, then head")
    command.add_argument("--platform", metavar="OS/ARCH", help="platform to take from an image index")
    _budgets(command)
    _limits(command)


def _inspect(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "inspect", "explain one image: layers, packages, paths, dead bytes, findings")
    _result(command, tuple(RENDERERS))
    command.add_argument("references", nargs=1, metavar="IMAGE")
    command.add_argument("--platform", metavar="OS/ARCH", help="platform to take from an image index")
    _size_budgets(command)
    _limits(command)


def _advise(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "advise", "build one Dockerfile and say what would make its image smaller")
    _result(command, tuple(RENDERERS))
    command.add_argument("files", nargs="?", metavar="DOCKERFILE", type=lambda text: (text,), help="(Dockerfile)")
    command.add_argument("--patch", metavar="FILE", help="write the patches of the findings to FILE")
    command.add_argument("--repo", dest="repository", metavar="DIR", help="folder that paths are relative to (.)")
    for option, metavar, text in (
        ("context", "DIR", "build context (the Dockerfile's folder)"),
        ("target", "STAGE", "stage to build"),
        ("build-args", "KEY=VALUE", "build argument; may be repeated"),
        ("network", "MODE", "network of RUN instructions"),
        ("platforms", "PLATFORM", "platform to build for"),
    ):
        _input(command, f"--{option}", option, metavar, text)
    _limits(command)


def _plan(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "plan", "print what would be built, as a matrix for many machines")
    _result(command)
    command.add_argument("--shards", type=int, metavar="N", help="most machines to spread over (20)")
    _selection(command)


def _measure(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "measure", "check some images and write their report files, without judging")
    _result(command, tuple(RENDERERS))
    _selection(command)


def _report(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "report", "merge report files, judge and publish")
    _result(command, tuple(RENDERERS))
    command.add_argument("files", nargs="+", metavar="REPORT", help="report.json files, or folders that hold them")
    command.add_argument("--repo", dest="repository", metavar="DIR", help="the repository (.)")
    _input(command, "--expect", "images", "NAME", "image that must be among the reports; may be repeated")
    _budgets(command)


def _publish(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "publish", "the trusted half: validate a report, judge it again, post it")
    command.add_argument("files", nargs="*", metavar="REPORT", help="report.json (default: the run's artifact)")


def _config(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "config", "write, validate or explain deadweight.toml")
    command.add_argument("subcommand", choices=("init", "check", "explain"))
    command.add_argument("references", nargs="*", metavar="IMAGE", help="explain: only these images")
    command.add_argument("--repo", dest="repository", metavar="DIR", help="the repository (.)")
    command.add_argument("--measure", action="store_true", help="init: build the images and set today's sizes")
    command.add_argument("--force", action="store_true", help="init: overwrite files")


def _history(commands: "_Commands[_Parser]") -> None:
    command = _command(commands, "history", "record what the default branch weighs (--output: in a file), or show it")
    _result(command, ("text", "json"))
    command.add_argument("subcommand", choices=("record", "show"))
    command.add_argument(
        "references",
        nargs="*",
        metavar="REPORT|IMAGE",
        help="record: report files (the report folder's report.json); show: names or globs of images",
    )
    command.add_argument("--from", dest="source", metavar="FILE", help="show: a record in a file, not in git")
    command.add_argument("--repo", dest="repository", metavar="DIR", help="the repository (.)")
