"""What the commands are made of: argparse, whose mistakes are ours, and groups of options.

An option is offered where it does something. Those that mean what an input of the Action means arrive under its name.
"""

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn, TypeAlias

from bot.errors import UsageError

EXIT_CODES: Final = """\
exit codes:
  0  every budget is kept           2  bad configuration or usage
  1  a budget is exceeded           3  an image could not be measured
                                  130  cancelled
"""


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are ``UsageError`` like everybody else's, with the closest word that there is."""

    def error(self, message: str) -> NoReturn:
        """Raise a mistake with the way to the command's own help."""
        raise UsageError(message, fix=f"See: {self.prog} --help")

    def parse_known_args(  # type: ignore[override] # argparse's own overloads only tell kinds of namespaces apart
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Refuse here what is left over: argparse would name the outermost command, not the one that was typed."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            close = _did_you_mean(unknown[0].partition("=")[0], self._option_string_actions)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{close}")
        return parsed, []

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            raise argparse.ArgumentError(
                action, f"{error.message}{_did_you_mean(value, action.choices or ())}"
            ) from None


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    from bot.config.kinds import did_you_mean  # noqa: PLC0415 - only a mistake needs it, and help answers at once

    return did_you_mean(word, known)


_INPUT: Final = "input:"
"""Before the name of an input, in the name that argparse knows its option by."""


class InputAction(argparse.Action):
    """Collects an option into ``inputs`` under the name of the Action input that means the same."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's signature
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        """Add a value to those that the option has already, line by line."""
        name = self.dest.removeprefix(_INPUT)
        collected: dict[str, str] = {**getattr(namespace, "inputs", {})}
        collected[name] = f"{collected.get(name, '')}\n{values}".strip()
        namespace.inputs = collected


_CONFIG_HELP: Final = "configuration (the first of deadweight.toml, .github/deadweight.toml, pyproject.toml)"

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - it has no public name


def add_command(commands: Commands, name: str, summary: str) -> Parser:
    """Add a command that does something."""
    command = _add(commands, name, summary)
    command.add_argument("--quiet", action="store_true", help="no progress, only the result")
    return command


def add_group(commands: Commands, name: str, summary: str) -> Commands:
    """Add a command that only has others below it."""
    return _add(commands, name, summary).add_subparsers(dest="subcommand", metavar="COMMAND", required=True)


def _add(commands: Commands, name: str, summary: str) -> Parser:
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def offer_config_file(command: Parser) -> None:
    """Offer another configuration file than the one that is found."""
    offer_input(command, "--config", "config", "FILE", _CONFIG_HELP)


def offer_repository(command: Parser) -> None:
    """Offer another repository than the one that the working directory is in."""
    command.add_argument("--repo", dest="repository", metavar="DIR", help="the repository (.)")


def offer_result(command: Parser, forms: Sequence[str] = ()) -> None:
    """Offer what is honoured where a result is shown: a file for it and, where it has several, its form."""
    command.add_argument("--output", metavar="FILE", help="write the result to FILE instead of standard output")
    if forms:
        command.add_argument("--format", dest="output_format", choices=tuple(forms), help="form of the result")
        command.add_argument("--no-color", dest="color", action="store_false", default=None, help="never colour")


def offer_input(command: Parser, option: str, name: str, metavar: str, text: str) -> None:
    """Offer an option that means what the Action's input ``name`` means."""
    command.add_argument(option, dest=f"{_INPUT}{name}", action=InputAction, metavar=metavar, help=text)


def offer_size_budgets(command: Parser) -> None:
    """Offer the budgets that one image alone can be held against."""
    offer_input(command, "--max-size", "max-size", "SIZE", "budget: largest unpacked size, such as 50MB")
    offer_input(command, "--max-layers", "max-layers", "N", "budget: most layers")


def offer_budgets(command: Parser) -> None:
    """Offer the budgets that can be written as one option."""
    offer_size_budgets(command)
    offer_input(command, "--max-growth", "max-growth", "SIZE|PERCENT", "budget: largest growth, such as 10MB or 5%%")


def offer_limits(command: Parser) -> None:
    """Offer other caps on what reading an image may cost."""
    text = "cap on what an image may make us read, such as unpacked-bytes=500GB; may be repeated"
    offer_input(command, "--limits", "limits", "NAME=VALUE", text)


def offer_selection(command: Parser) -> None:
    """Offer what says which commits and which images are meant, and how the one image of the options is built."""
    offer_config_file(command)
    offer_repository(command)
    offer_input(command, "--base", "base-ref", "REF", "commit to compare with (merge base with the default branch)")
    offer_input(command, "--head", "head-ref", "REF", "commit to measure (the working tree)")
    offer_input(command, "--image", "images", "NAME", "only images of this name or glob; may be repeated")
    offer_inputs(
        command,
        ("context", "DIR", "build context, where one image is given by options"),
        ("file", "FILE", "Dockerfile"),
        ("target", "STAGE", "stage to build"),
        ("build-args", "KEY=VALUE", "build argument; may be repeated"),
        ("build-contexts", "NAME=VALUE", "named build context; may be repeated"),
        ("secrets", "SPEC", "secret as docker buildx build takes it; may be repeated"),
        ("network", "MODE", "network of RUN instructions"),
        ("platforms", "PLATFORM", "platform to build for"),
    )


def offer_building(command: Parser) -> None:
    """Offer what says how images are built and read, and where the report files go."""
    offer_inputs(
        command,
        ("builder", "NAME", "buildx builder"),
        ("cache-from", "SPEC", "cache to read"),
        ("cache-to", "SPEC", "cache to write"),
        ("report-dir", "DIR", "folder for report.json and report.html"),
    )
    offer_limits(command)


def offer_verifying(command: Parser) -> None:
    """Offer how far, how long and with which questions proposals are tried."""
    offer_inputs(
        command,
        ("verify", "HOW", "how far proposals are tried: never, build or run (run)"),
        ("verify-min", "SIZE|PERCENT", "try proposals where one promises more than this (5%%)"),
    )
    offer_questions(command)


def offer_questions(command: Parser) -> None:
    """Offer what a proposal must answer like the image, and how long all of that may take."""
    offer_input(command, "--smoke", "smoke", "COMMAND", "command that it must answer alike; may be repeated")
    offer_input(command, "--page", "pages", "PORT/PATH", "page that it must answer alike; may be repeated")
    offer_input(command, "--verify-minutes", "verify-minutes", "N", "the longest that trying may take (5)")


def offer_failing(command: Parser) -> None:
    """Offer what says which results are failures."""
    offer_inputs(
        command,
        ("fail-on", "WHEN", "budget, growth, error or never"),
        ("on-base-failure", "WHAT", "what a base that does not build means: warn, fail or ignore"),
    )


def offer_inputs(command: Parser, *options: tuple[str, str, str]) -> None:
    """Offer options that are called like the inputs that they mean, each with its placeholder and its help."""
    for name, metavar, text in options:
        offer_input(command, f"--{name}", name, metavar, text)
