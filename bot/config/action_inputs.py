"""Every input and output of the Action: the one table that action.yml, the README and the reader agree with."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from bot.model.config import CommentMode, FailOn


class InputKind(StrEnum):
    """How the text of an input is read."""

    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    FLAG = "true or false"
    SIZE = "size"
    GROWTH = "size or percentage"
    COUNT = "number"
    DURATION = "duration"
    PATH = "path"


class Input(NamedTuple):
    """An input; ``default`` is what action.yml states and what an unset or empty input means."""

    name: str
    default: str
    description: str
    kind: InputKind = InputKind.TEXT
    choices: tuple[str, ...] = ()


class Output(NamedTuple):
    """A step output."""

    name: str
    description: str


COMMANDS: Final = ("check", "plan", "measure", "report", "publish", "history record")
BASE_FAILURE: Final = ("warn", "fail", "ignore")
TOKEN: Final = "github-token"  # noqa: S105 - the name of the input, not a token

_ONE_IMAGE: Final = "for a single image without a configuration file"

INPUTS: Final[tuple[Input, ...]] = (
    Input(
        "command",
        "check",
        "What to do: `check` a pull request; `plan`, `measure` and `report` spread it over many machines; "
        "`publish` posts another run's report; `history record` keeps what the default branch weighs.",
        InputKind.CHOICE,
        COMMANDS,
    ),
    Input(
        "config",
        "",
        "Configuration file; by default the first of `deadweight.toml`, `.github/deadweight.toml`, "
        "`pyproject.toml` with `[tool.deadweight]`.",
        InputKind.PATH,
    ),
    Input("images", "", "Only these images: names or globs, one a line.", InputKind.LINES),
    Input("max-size", "", "Budget: largest unpacked size, such as `50 MB`.", InputKind.SIZE),
    Input("max-growth", "", "Budget: most that the change itself may add, such as `10 MB` or `5 %`.", InputKind.GROWTH),
    Input("max-layers", "", "Budget: most layers.", InputKind.COUNT),
    Input(
        "fail-on",
        FailOn.BUDGET,
        "What fails the job: an exceeded `budget`, any `growth`, only an `error`, or `never`.",
        InputKind.CHOICE,
        tuple(FailOn),
    ),
    Input(
        "on-base-failure",
        "warn",
        "What a base that does not build means: `warn`, `fail` or `ignore`.",
        InputKind.CHOICE,
        BASE_FAILURE,
    ),
    Input(
        "comment",
        "",
        "When the pull request gets a comment: `always`, on `changes` (the default), on `failure`, or `never`.",
        InputKind.CHOICE,
        tuple(CommentMode),
    ),
    Input("comment-key", "", "Tells apart the comments of several jobs on one pull request."),
    Input("override-label", "", "Label that accepts an exceeded budget (`image-size-ok`); `none`: no label does."),
    Input(TOKEN, "${{ github.token }}", "Token that posts the comment and the check run."),
    Input("summary", "true", "Write the job summary.", InputKind.FLAG),
    Input("annotations", "true", "Annotate lines of the Dockerfile.", InputKind.FLAG),
    Input("check-run", "true", "Create a check run, where the token may.", InputKind.FLAG),
    Input(
        "report-dir",
        "deadweight-report",
        "Folder for report.json, report.html and comment.md, relative to the workspace.",
        InputKind.PATH,
    ),
    Input("sarif-file", "", "Write findings as SARIF to this file in the report folder.", InputKind.PATH),
    Input("base-ref", "", "Commit, branch or tag to compare with; by default what the event says."),
    Input("head-ref", "", "Commit, branch or tag to measure; by default what is checked out."),
    Input("context", "", f"Build context, {_ONE_IMAGE}.", InputKind.PATH),
    Input("file", "", f"Dockerfile, {_ONE_IMAGE}.", InputKind.PATH),
    Input("target", "", f"Stage to build, {_ONE_IMAGE}."),
    Input("platforms", "", f"Platform to build for, {_ONE_IMAGE}.", InputKind.LINES),
    Input("build-args", "", f"Build arguments, `NAME=VALUE` a line, {_ONE_IMAGE}.", InputKind.LINES),
    Input("build-contexts", "", f"Named build contexts, `NAME=VALUE` a line, {_ONE_IMAGE}.", InputKind.LINES),
    Input(
        "secrets",
        "",
        f"Where build secrets lie, `id=NAME,env=VARIABLE` or `id=NAME,src=FILE` a line, {_ONE_IMAGE}.",
        InputKind.LINES,
    ),
    Input("secret-envs", "", f"Build secrets from variables, `NAME=VARIABLE` a line, {_ONE_IMAGE}.", InputKind.LINES),
    Input("secret-files", "", f"Build secrets from files, `NAME=FILE` a line, {_ONE_IMAGE}.", InputKind.LINES),
    Input("network", "", f"Network of RUN instructions: `default`, `none` or `host`, {_ONE_IMAGE}."),
    Input("pull", "false", "Pull base images even where they are there.", InputKind.FLAG),
    Input("builder", "", "Name of the buildx builder."),
    Input("cache-from", "", "Build caches to read, as docker buildx build takes them, one a line.", InputKind.LINES),
    Input("cache-to", "", "Build caches to write, as docker buildx build takes them, one a line.", InputKind.LINES),
    Input("deadline", "60 min", "The longest that one build may take, such as `90 s` or `45 min`.", InputKind.DURATION),
    Input(
        "limits",
        "",
        "Caps on what one image may make us read, `NAME=NUMBER` or `NAME=SIZE` a line: `entries`, `path-bytes`, "
        "`unpacked-bytes`, `header-bytes`, `document-bytes`, `layers`, `read-bytes`, `read-steps`, `metadata-bytes`.",
        InputKind.LINES,
    ),
    Input(
        "allow-local-images",
        "false",
        "On a self-hosted runner, let Dockerfiles use any image that its engine has, instead of asking registries.",
        InputKind.FLAG,
    ),
    Input(
        "allow-privileged-build",
        "false",
        "Build under `pull_request_target` or `workflow_run` all the same: only where you trust every author.",
        InputKind.FLAG,
    ),
)
BY_NAME: Final[Mapping[str, Input]] = {item.name: item for item in INPUTS}

OUTPUTS: Final[tuple[Output, ...]] = (
    Output("result", "`pass`, `warn`, `fail`, `error` where a number could not be had, or `unchanged`."),
    Output("changed", "`true` where the size of an image changed."),
    Output("base-size", "Unpacked bytes of all compared images on the base."),
    Output("head-size", "Unpacked bytes of all compared images on the head."),
    Output("diff-size", "Unpacked bytes that the pull request adds; negative where it removes."),
    Output("diff-percent", "The same as a percentage of the base, with two decimals."),
    Output("over-budget", "JSON list of the names of images that exceed a budget."),
    Output("report-dir", "Folder of the report files, relative to the workspace."),
    Output("report-json", "Path of report.json."),
    Output("report-html", "Path of report.html."),
    Output("markdown-file", "Path of the comment as Markdown."),
    Output("comment-id", "ID of the comment."),
    Output("comment-url", "URL of the comment."),
    Output("matrix", "JSON matrix for the next jobs (`command: plan`)."),
)


def action_inputs_yaml(inputs: Iterable[Input] = INPUTS) -> str:
    """Write the ``inputs`` of action.yml; strings are JSON, which YAML 1.2 contains."""
    return "inputs:\n" + "".join(_input_yaml(item) for item in inputs)


def action_outputs_yaml(outputs: Iterable[Output] = OUTPUTS) -> str:
    """Write the ``outputs`` of action.yml."""
    return "outputs:\n" + "".join(f"  {item.name}:\n    description: {_quoted(item.description)}\n" for item in outputs)


def _input_yaml(item: Input) -> str:
    lines = [f"  {item.name}:", f"    description: {_quoted(item.description)}", "    required: false"]
    default = [f"    default: {_quoted(item.default)}"] if item.default else []
    return "".join(f"{line}\n" for line in (*lines, *default))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def markdown_table(inputs: Iterable[Input] = INPUTS) -> str:
    """Write the table of inputs for the README."""
    rows = (f"| `{item.name}` | {_default(item)} | {item.description} |" for item in inputs)
    return "\n".join(("| input | default | meaning |", "|:--|:--|:--|", *rows)) + "\n"


def outputs_markdown_table(outputs: Iterable[Output] = OUTPUTS) -> str:
    """Write the table of outputs for the README."""
    rows = (f"| `{item.name}` | {item.description} |" for item in outputs)
    return "\n".join(("| output | meaning |", "|:--|:--|", *rows)) + "\n"


def _default(item: Input) -> str:
    return f"`{item.default}`" if item.default else ""
