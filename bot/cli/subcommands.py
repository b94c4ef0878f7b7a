"""Every command with its options."""

import argparse
from typing import Final

from bot import __version__
from bot.cli.options import (
    EXIT_CODES,
    Commands,
    Parser,
    add_command,
    add_group,
    offer_budgets,
    offer_building,
    offer_config_file,
    offer_failing,
    offer_input,
    offer_inputs,
    offer_limits,
    offer_questions,
    offer_repository,
    offer_result,
    offer_selection,
    offer_size_budgets,
    offer_verifying,
)
from bot.render.registry import RENDERERS

_REFERENCES: Final = """\
image references:
  NAME, docker-daemon:NAME          an image in the Docker engine
  docker-archive:PATH[:TAG]         a file written by docker save
  oci:PATH[:TAG], oci-archive:PATH  an OCI image layout, as a folder or in a tar
  docker://REF                      an image in a registry; no engine is needed
"""


def make_parser() -> Parser:
    """Make the parser of the whole command line."""
    parser = Parser(
        prog="deadweight",
        description="Container image size on the pull request: measured, explained to the line, with proven advice.",
        epilog=_REFERENCES + "\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"deadweight {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (_check, _compare, _inspect, _advise, _plan, _measure, _report, _publish, _open_pr, _config, _history):
        add(commands)
    return parser


def _check(commands: Commands) -> None:
    command = add_command(commands, "check", "build base and head, compare, explain, judge; the main job")
    offer_result(command, tuple(RENDERERS))
    offer_selection(command)
    offer_building(command)
    offer_verifying(command)
    offer_failing(command)
    offer_budgets(command)


def _compare(commands: Commands) -> None:
    command = add_command(commands, "compare", "compare two existing images")
    offer_result(command, tuple(RENDERERS))
    command.add_argument("references", nargs=2, metavar="IMAGE", help="base, then head")
    command.add_argument("--platform", metavar="OS/ARCH", help="platform to take from an image index")
    offer_config_file(command)
    offer_budgets(command)
    offer_limits(command)


def _inspect(commands: Commands) -> None:
    command = add_command(commands, "inspect", "explain one image: layers, packages, paths, dead bytes, findings")
    offer_result(command, tuple(RENDERERS))
    command.add_argument("references", nargs=1, metavar="IMAGE")
    command.add_argument("--platform", metavar="OS/ARCH", help="platform to take from an image index")
    offer_config_file(command)
    offer_size_budgets(command)
    offer_limits(command)


def _advise(commands: Commands) -> None:
    command = add_command(commands, "advise", "build one Dockerfile and say what would make its image smaller")
    offer_result(command, tuple(RENDERERS))
    command.add_argument("files", nargs="?", metavar="DOCKERFILE", type=lambda text: (text,), help="(Dockerfile)")
    no_build = "build nothing: only what the Dockerfile's text lets suspect; needs neither an engine nor git"
    command.add_argument("--no-build", dest="build", action="store_false", default=None, help=no_build)
    verify = "build and run smaller images, and propose the smallest that behaves alike; runs the image in a box"
    command.add_argument("--verify", action="store_true", default=None, help=verify)
    offer_questions(command)
    every = "every image that CI ships or the configuration declares, instead of one Dockerfile"
    command.add_argument("--all", dest="every", action="store_true", default=None, help=every)
    command.add_argument("--patch", metavar="FILE", help="write what is proposed to FILE, for git apply")
    write = "change the Dockerfile and its ignore list in the working tree as proposed"
    command.add_argument("--write", action="store_true", default=None, help=write)
    command.add_argument("--repo", dest="repository", metavar="DIR", help="folder that paths are relative to (.)")
    offer_inputs(
        command,
        ("context", "DIR", "build context (the Dockerfile's folder)"),
        ("target", "STAGE", "stage to build"),
        ("build-args", "KEY=VALUE", "build argument; may be repeated"),
        ("network", "MODE", "network of RUN instructions"),
        ("platforms", "PLATFORM", "platform to build for"),
    )
    offer_limits(command)


def _plan(commands: Commands) -> None:
    command = add_command(commands, "plan", "print what would be built, as a matrix for many machines")
    offer_result(command)
    command.add_argument("--shards", type=_machines, metavar="N", help="most machines to spread over (20)")
    offer_selection(command)


def _machines(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:9])):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of machines; write 1 or more")
    return int(text[:9])


def _measure(commands: Commands) -> None:
    command = add_command(commands, "measure", "check some images and write their report files, without judging")
    offer_result(command, tuple(RENDERERS))
    offer_selection(command)
    offer_building(command)
    offer_verifying(command)
    offer_failing(command)


def _report(commands: Commands) -> None:
    command = add_command(commands, "report", "merge report files, judge and publish")
    offer_result(command, tuple(RENDERERS))
    command.add_argument("files", nargs="+", metavar="REPORT", help="report.json files, or folders that hold them")
    offer_config_file(command)
    offer_repository(command)
    offer_input(command, "--expect", "images", "NAME", "image that must be among the reports; may be repeated")
    offer_failing(command)
    offer_budgets(command)


def _publish(commands: Commands) -> None:
    command = add_command(commands, "publish", "the trusted half: validate a report, judge it again, post it")
    report = "report.json (default: the run's artifact)"
    command.add_argument("files", nargs="?", metavar="REPORT", type=lambda text: (text,), help=report)
    offer_config_file(command)


def _open_pr(commands: Commands) -> None:
    command = add_command(commands, "open-pr", "open one pull request for each image with a verified proposal")
    reports = "report.json of advise --all --verify, or folders that hold some (the report folder's)"
    command.add_argument("references", nargs="*", metavar="REPORT", help=reports)


def _config(commands: Commands) -> None:
    parts = add_group(commands, "config", "write, validate or explain deadweight.toml")
    init = add_command(parts, "init", "write deadweight.toml and the workflows for the Dockerfiles that there are")
    init.add_argument("--measure", action="store_true", help="build the images and set today's sizes as budgets")
    init.add_argument("--force", action="store_true", help="overwrite files")
    init.add_argument("--dry-run", action="store_true", help="only show what would be written")
    check = add_command(parts, "check", "validate the configuration, and tell what in it has no effect")
    explain = add_command(parts, "explain", "say which budget applies to which image, and what it overrides")
    explain.add_argument("references", nargs="*", metavar="IMAGE", help="only these images")
    for part in (check, explain):
        offer_config_file(part)
    for part in (init, check, explain):
        offer_repository(part)


def _history(commands: Commands) -> None:
    parts = add_group(commands, "history", "record what the default branch weighs, or show it")
    record = add_command(parts, "record", "record what the default branch weighs, on a branch of its own")
    reports = "report files, or folders that hold them (the report folder's report.json)"
    record.add_argument("references", nargs="*", metavar="REPORT", help=reports)
    record.add_argument("--output", metavar="FILE", help="keep the record in FILE; needs no token")
    show = add_command(parts, "show", "show what the default branch weighed, commit by commit")
    show.add_argument("references", nargs="*", metavar="IMAGE", help="only images of these names or globs")
    show.add_argument("--from", dest="source", metavar="FILE", help="a record in a file, not in git")
    show.add_argument("--format", dest="output_format", choices=("text", "json"), help="form of the result")
    offer_result(show)
    for part in (record, show):
        offer_repository(part)
