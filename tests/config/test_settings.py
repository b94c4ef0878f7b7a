"""Inputs and options: what an unset one means, what each gives, and every mistake at once."""

import re

import pytest

from bot.config import INPUTS, read_settings
from bot.config.config_file import read_contents
from bot.errors import ConfigError
from bot.model.budget import Verdict
from bot.model.build import ImageSpec
from bot.model.config import CommentMode, ConfigFile, FailOn, Settings
from bot.model.image import Platform
from bot.model.limits import Limits


def problems(**values: str) -> list[str]:
    """The problems of inputs, their names with hyphens."""
    with pytest.raises(ConfigError) as caught:
        read_settings({name.replace("_", "-"): text for name, text in values.items()})
    return [problem.replace("\u00a0", " ") for problem in caught.value.problems]


def test_settings__of_nothing_are_the_defaults():
    """No input at all gives the defaults of the noun: there is no second place where they are written."""
    assert Settings() == read_settings({})


def test_settings__of_empty_texts_are_the_defaults():
    """The runner hands over every declared input, empty where it is unset."""
    assert Settings() == read_settings({item.name: "" for item in INPUTS})


def test_settings__of_the_stated_defaults_are_the_defaults():
    """What action.yml states as a default means what leaving it out means."""
    assert Settings() == read_settings({item.name: item.default for item in INPUTS})


def test_settings__of_everything():
    """Each input arrives at its place."""
    settings = read_settings(
        {
            "command": "check",
            "config": "./ci/deadweight.toml",
            "images": "api\n svc-*\n",
            "max-size": "50 MB",
            "max-growth": "5 %",
            "max-layers": "40",
            "fail-on": "growth",
            "on-base-failure": "ignore",
            "comment": "failure",
            "comment-key": "nightly",
            "override-label": "none",
            "github-token": "t0ken",
            "summary": "false",
            "annotations": "False",
            "check-run": "FALSE",
            "report-dir": "out/",
            "sarif-file": "out/x.sarif",
            "base-ref": "main",
            "head-ref": "HEAD",
            "pull": "true",
            "builder": "kube",
            "cache-from": "type=gha,scope=api\ntype=registry,ref=x",
            "cache-to": "type=gha,mode=max",
            "deadline": "1.5 h",
            "allow-local-images": "true",
            "allow-privileged-build": "true",
            "limits": "entries=5000000\nunpacked-bytes = 1 TB",
        }
    )

    assert settings == Settings(
        config_path="ci/deadweight.toml",
        images=("api", "svc-*"),
        base_ref="main",
        head_ref="HEAD",
        max_size="50 MB",
        max_growth="5 %",
        max_layers="40",
        fail_on=FailOn.GROWTH,
        on_base_failure=Verdict.PASS,
        comment=CommentMode.FAILURE,
        comment_key="nightly",
        override_label="",
        summary=False,
        annotations=False,
        check_run=False,
        report_dir="out",
        sarif_file="out/x.sarif",
        builder="kube",
        cache_from=("type=gha,scope=api", "type=registry,ref=x"),
        cache_to=("type=gha,mode=max",),
        pull=True,
        deadline_seconds=5400.0,
        allow_local_images=True,
        allow_privileged_build=True,
        limits=Limits(entries=5_000_000, unpacked_bytes=10**12),
    )


def test_single_image__takes_the_inputs_of_build_push_action():
    """Inputs named as in docker/build-push-action describe the one image, which is named after its folder."""
    settings = read_settings(
        {
            "context": "./services/api",
            "file": "services/api/prod.Dockerfile",
            "target": "runtime",
            "platforms": "linux/arm64",
            "build-args": "VERSION=1=2\nEMPTY=",
            "build-contexts": "base=docker-image://debian:12\nlib=./lib",
            "secret-envs": "npm=NPM_TOKEN",
            "secret-files": "key=./key.pem",
            "secrets": "id=pip,env=PIP_TOKEN",
            "network": "none",
        }
    )

    assert settings.single_image == ImageSpec(
        name="api",
        dockerfile="services/api/prod.Dockerfile",
        context="services/api",
        target="runtime",
        platform=Platform("linux", "arm64"),
        build_args=(("VERSION", "1=2"), ("EMPTY", "")),
        build_contexts=(("base", "docker-image://debian:12"), ("lib", "lib")),
        secrets=("id=pip,env=PIP_TOKEN", "id=npm,env=NPM_TOKEN", "id=key,src=./key.pem"),
        network="none",
    )


@pytest.mark.parametrize(
    ("values", "name", "dockerfile"),
    [
        ({"context": "services/api"}, "api", "services/api/Dockerfile"),
        ({"file": "api/Dockerfile"}, "api", "api/Dockerfile"),
        ({"target": "x"}, "image", "Dockerfile"),
    ],
)
def test_single_image__has_dockers_default_dockerfile(values: dict[str, str], name: str, dockerfile: str):
    """Without a file it is the Dockerfile of the context, and the name comes from the folder."""
    single = read_settings(values).single_image

    assert single is not None
    assert (name, dockerfile) == (single.name, single.dockerfile)


MISTAKES = (
    ({"max_size": "5"}, 'input "max-size" "5" is not a size; write "5 MB" (5,000,000 B) or "5 MiB" (5,242,880 B)'),
    ({"max_growth": "5%%"}, 'input "max-growth" "5%%" is not a percentage; write it as "5 %" or "2.5 %"'),
    ({"max_layers": "many"}, 'input "max-layers" "many" is not a number of layers; write a whole number from 0 to 10,000'),
    ({"fail_on": "growht"}, 'input "fail-on" "growht" is not one of budget, growth, error or never; did you mean "growth"?'),
    ({"on_base_failure": "x"}, 'input "on-base-failure" "x" is not one of warn, fail or ignore'),
    ({"summary": "yes"}, 'input "summary" "yes" is not one of true or false'),
    ({"deadline": "90"}, 'input "deadline" "90" is not a duration; write "90 s", "45 min" or "1.5 h"'),
    ({"deadline": "0 s"}, 'input "deadline" "0 s" is not a duration; write "90 s", "45 min" or "1.5 h"'),
    ({"report_dir": "/tmp/x"}, 'input "report-dir" "/tmp/x" must be relative to the root of the repository, with / between folders'),
    ({"report_dir": "../x"}, 'input "report-dir" "../x" leads out of the repository'),
    ({"file": "../Dockerfile"}, 'input "file" "../Dockerfile" leads out of the repository'),
    ({"context": "https://x/y.git"}, 'input "context" "https://x/y.git" is not in the repository; only folders of the commit itself can be compared'),
    ({"platforms": "linux/amd64,linux/arm64"}, 'input "platforms" names more than one; put platforms = […] of an [[image]] into deadweight.toml'),
    ({"platforms": "amd64"}, 'input "platforms" "amd64" is not a platform; write it as "linux/amd64" or "linux/arm/v7"'),
    ({"build_args": "A=1\nB"}, 'input "build-args" has no NAME=VALUE on line 2'),
    ({"build_contexts": "lib=../x"}, 'input "build-contexts" "../x" leads out of the repository'),
    ({"secrets": "token=hunter2"}, 'input "secrets" must say where the secret lies, as id=NAME,env=VARIABLE or id=NAME,src=FILE; never what it is'),
    ({"secret_envs": "hunter2"}, 'input "secret-envs" has no NAME=VALUE on line 1'),
    ({"images": "a b"}, 'input "images" "a b" is not a name; use letters, digits and . _ - / (and * ? [ ] for several images)'),
    ({"base_ref": "a\u0007"}, 'input "base-ref" "a\\u0007" holds characters that cannot be seen'),
    ({"max_groth": ""}, 'input "max-groth" does not exist; did you mean "max-growth"?'),
)  # fmt: skip


@pytest.mark.parametrize(("values", "problem"), MISTAKES, ids=[problem for _, problem in MISTAKES])
def test_mistake__names_the_input_and_the_way_out(values: dict[str, str], problem: str):
    """One mistake is one problem, and no secret is ever shown."""
    assert [problem] == problems(**values)


def test_mistakes__come_all_at_once():
    """Three mistaken inputs are three problems."""
    found = problems(max_size="5", summary="yes", deadline="soon")

    expected = 3
    assert expected == len(found)


def test_input__and_configuration_mean_the_same_units():
    """A size reads the same in an input and in the file."""
    file = ConfigFile("deadweight.toml", b'[budget]\nmax-size = "50 MiB"\n')
    (budget,) = read_contents(file).policy.sets[0].budgets

    assert budget.limit is not None
    assert budget.limit.text == read_settings({"max-size": "50 MiB"}).max_size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entires=5", 'has no "entires"; there are entries, .*did you mean "entries"'),
        ("entries=5 MB", 'entries "5 MB" is not a whole number'),
        ("layers=-1", 'layers "-1" is not a whole number'),
        ("layers=0", 'layers "0" would refuse every image'),
        ("header-bytes=5", 'header-bytes "5" is not a size; write "5 MB"'),
        ("layers", "has no NAME=VALUE on line 1"),
    ],
)
def test_limits__mistakes(text: str, said: str):
    """A cap that there is not, or that is no number or size, is a mistake that says what would be none."""
    with pytest.raises(ConfigError) as caught:
        read_settings({"limits": text})

    (problem,) = caught.value.problems
    assert re.fullmatch(f'input "limits" {said}.*', problem)
