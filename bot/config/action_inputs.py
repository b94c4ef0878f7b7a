"""Every input and output of the Action: the one table that action.yml, the README and the reader agree with."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from bot.model.config import FailOn


class ActionInput(NamedTuple):
    """An input; ``default`` is what action.yml states and what an unset or empty input means."""

    name: str
    default: str
    description: str


class ActionOutput(NamedTuple):
    """A step output."""

    name: str
    description: str


BASE_FAILURE: Final = ("warn", "fail", "ignore")
TOKEN: Final = "github-token"  # noqa: S105 - the name of the input, not a token

_ONE_IMAGE: Final = "for a single image without a configuration file"

INPUTS: Final[tuple[ActionInput, ...]] = (
    ActionInput(
        "command",
        "check",
        "What to do: `check` a pull request; `plan`, `measure` and `report` spread it over many machines; "
        "`publish` posts another run's report; `history record` keeps what the default branch weighs; "
        "`open-pr` proposes what `advise --all --verify` has found.",
    ),
    ActionInput(
        "config",
        "",
        "Configuration file; by default the first of `deadweight.toml`, `.github/deadweight.toml`, "
        "`pyproject.toml` with `[tool.deadweight]`.",
    ),
    ActionInput("images", "", "Only these images: names or globs, one a line."),
    ActionInput("max-size", "", "Budget: largest unpacked size, such as `50 MB`."),
    ActionInput("max-growth", "", "Budget: most that the change itself may add, such as `10 MB` or `5 %`."),
    ActionInput("max-layers", "", "Budget: most layers."),
    ActionInput(
        "fail-on", FailOn.BUDGET, "What fails the job: an exceeded `budget`, any `growth`, only an `error`, or `never`."
    ),
    ActionInput("on-base-failure", "warn", "What a base that does not build means: `warn`, `fail` or `ignore`."),
    ActionInput(
        "comment",
        "",
        "When the pull request gets a comment: `always`, on `changes` (the default), on `failure`, or `never`.",
    ),
    ActionInput("comment-key", "", "Tells apart the comments of several jobs on one pull request."),
    ActionInput(
        "override-label", "", "Label that accepts an exceeded budget (`image-size-ok`); `none`: no label does."
    ),
    ActionInput(TOKEN, "${{ github.token }}", "Token that posts the comment and the check run."),
    ActionInput("summary", "true", "Write the job summary."),
    ActionInput("annotations", "true", "Annotate lines of the Dockerfile."),
    ActionInput("check-run", "true", "Create a check run, where the token may."),
    ActionInput(
        "report-dir",
        "deadweight-report",
        "Folder for report.json, report.html and comment.md, relative to the workspace.",
    ),
    ActionInput("sarif-file", "", "Write findings as SARIF to this file in the report folder."),
    ActionInput("base-ref", "", "Commit, branch or tag to compare with; by default what the event says."),
    ActionInput("head-ref", "", "Commit, branch or tag to measure; by default what is checked out."),
    ActionInput("context", "", f"Build context, {_ONE_IMAGE}."),
    ActionInput("file", "", f"Dockerfile, {_ONE_IMAGE}."),
    ActionInput("target", "", f"Stage to build, {_ONE_IMAGE}."),
    ActionInput("platforms", "", f"Platform to build for, {_ONE_IMAGE}."),
    ActionInput("build-args", "", f"Build arguments, `NAME=VALUE` a line, {_ONE_IMAGE}."),
    ActionInput("build-contexts", "", f"Named build contexts, `NAME=VALUE` a line, {_ONE_IMAGE}."),
    ActionInput(
        "secrets", "", f"Where build secrets lie, `id=NAME,env=VARIABLE` or `id=NAME,src=FILE` a line, {_ONE_IMAGE}."
    ),
    ActionInput("secret-envs", "", f"Build secrets from variables, `NAME=VARIABLE` a line, {_ONE_IMAGE}."),
    ActionInput("secret-files", "", f"Build secrets from files, `NAME=FILE` a line, {_ONE_IMAGE}."),
    ActionInput("network", "", f"Network of RUN instructions: `default`, `none` or `host`, {_ONE_IMAGE}."),
    ActionInput(
        "verify",
        "",
        "How far proposals are tried before they are made: `never`, `build`, or `run`; never further than the"
        " configuration lets. By default they are built, run in a box without a network, and compared.",
    ),
    ActionInput("verify-minutes", "", "The longest that trying proposals may take in one run; by default `5`."),
    ActionInput(
        "verify-min", "", "Proposals are tried where one promises more than this, such as `20 MB`; by default `5 %`."
    ),
    ActionInput("smoke", "", "Commands that a proposal must answer like the image, one a line."),
    ActionInput("pages", "", "Pages that a proposal must answer alike, `PORT/PATH` a line, such as `8080/health`."),
    ActionInput("pull", "false", "Pull base images even where they are there."),
    ActionInput("builder", "", "Name of the buildx builder."),
    ActionInput("cache-from", "", "Build caches to read, as docker buildx build takes them, one a line."),
    ActionInput("cache-to", "", "Build caches to write, as docker buildx build takes them, one a line."),
    ActionInput("deadline", "60 min", "The longest that one build may take, such as `90 s` or `45 min`."),
    ActionInput(
        "limits",
        "",
        "Caps on what one image may make us read, `NAME=NUMBER` or `NAME=SIZE` a line: `entries`, `path-bytes`, "
        "`unpacked-bytes`, `header-bytes`, `document-bytes`, `layers`, `read-bytes`, `read-steps`, `metadata-bytes`.",
    ),
    ActionInput(
        "allow-local-images",
        "false",
        "On a self-hosted runner, let Dockerfiles use any image that its engine has, instead of asking registries.",
    ),
    ActionInput(
        "allow-privileged-build",
        "false",
        "Build under `pull_request_target` or `workflow_run` all the same: only where you trust every author.",
    ),
)
BY_NAME: Final[Mapping[str, ActionInput]] = {item.name: item for item in INPUTS}

OUTPUTS: Final[tuple[ActionOutput, ...]] = (
    ActionOutput("result", "`pass`, `warn`, `fail`, `error` where a number could not be had, or `unchanged`."),
    ActionOutput("changed", "`true` where the size of an image changed."),
    ActionOutput("base-size", "Unpacked bytes of all compared images on the base."),
    ActionOutput("head-size", "Unpacked bytes of all compared images on the head."),
    ActionOutput("diff-size", "Unpacked bytes that the pull request adds; negative where it removes."),
    ActionOutput("diff-percent", "The same as a percentage of the base, with two decimals."),
    ActionOutput("over-budget", "JSON list of the names of images that exceed a budget."),
    ActionOutput("report-dir", "Folder of the report files, relative to the workspace."),
    ActionOutput("report-json", "Path of report.json."),
    ActionOutput("report-html", "Path of report.html."),
    ActionOutput("markdown-file", "Path of the comment as Markdown."),
    ActionOutput("comment-id", "ID of the comment."),
    ActionOutput("comment-url", "URL of the comment."),
    ActionOutput("matrix", "JSON matrix for the next jobs (`command: plan`)."),
)


def action_inputs_yaml(inputs: Iterable[ActionInput] = INPUTS) -> str:
    """Write the ``inputs`` of action.yml; strings are JSON, which YAML 1.2 contains."""
    return "inputs:\n" + "".join(_input_yaml(item) for item in inputs)


def action_outputs_yaml(outputs: Iterable[ActionOutput] = OUTPUTS) -> str:
    """Write the ``outputs`` of action.yml."""
    return "outputs:\n" + "".join(f"  {item.name}:\n    description: {_quoted(item.description)}\n" for item in outputs)


def _input_yaml(item: ActionInput) -> str:
    lines = [f"  {item.name}:", f"    description: {_quoted(item.description)}", "    required: false"]
    default = [f"    default: {_quoted(item.default)}"] if item.default else []
    return "".join(f"{line}\n" for line in (*lines, *default))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def markdown_table(inputs: Iterable[ActionInput] = INPUTS) -> str:
    """Write the table of inputs for the README."""
    rows = (
        f"| `{item.name}` | {f'`{item.default}`' if item.default else ''} | {item.description} |" for item in inputs
    )
    return "\n".join(("| input | default | meaning |", "|:--|:--|:--|", *rows)) + "\n"


def outputs_markdown_table(outputs: Iterable[ActionOutput] = OUTPUTS) -> str:
    """Write the table of outputs for the README."""
    rows = (f"| `{item.name}` | {item.description} |" for item in outputs)
    return "\n".join(("| output | meaning |", "|:--|:--|", *rows)) + "\n"
