"""``docker buildx bake --print`` by a real buildx: what a hostile bake file asks for is not there."""

import pathlib
import time

import pytest

from bot.discovery import Discovery, DiscoveryOptions, RepositoryTree, discover
from bot.discovery.bake_files import as_written
from bot.discovery.side import found_images
from bot.edges.builders import BakePrinter
from bot.ports import BakeRequest
from tests.discovery.trees import ships
from tests.edges.builders.conftest import environment_of

STEP = "- uses: docker/bake-action@v6\n  with: {push: true, targets: %s}\n"
TOKEN = "ghs_0123456789abcdef"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> dict[str, str]:
    """A job with a token in its environment, a home, and a folder with an ``.env`` file in which we run."""
    environment = environment_of("buildx")
    secrets = {"GITHUB_TOKEN": TOKEN, "HOME": str(tmp_path), "SECRET": TOKEN}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".env").write_text(f"SECRET={TOKEN}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return environment | secrets


def printed(machine: dict[str, str], text: str, *targets: str, path: str = "docker-bake.hcl") -> dict:
    """What bake prints of one file."""
    answer = BakePrinter(machine)(BakeRequest(((path, text),), targets))
    assert answer is not None
    return answer["target"]


def shipped(machine: dict[str, str], text: str, **files: str) -> Discovery:
    """What is discovered in a repository whose workflow bakes a target called app."""
    tree = ships(STEP % "app") | {"docker-bake.hcl": text} | files
    return discover(
        RepositoryTree(dict.fromkeys(tree, "100644"), tree.get), DiscoveryOptions(bake=BakePrinter(machine))
    )


def test_environment__is_not_there_to_be_interpolated(machine: dict[str, str]):
    """A variable of the job, such as its token, has its default in what bake prints, and so has ``HOME``."""
    text = """
        variable "GITHUB_TOKEN" { default = "none" }
        variable "SECRET" { default = "none" }
        variable "HOME" { default = "none" }
        variable "PATH" { default = "none" }
        target "app" { args = { A = GITHUB_TOKEN, B = SECRET, C = HOME, D = PATH, E = "${GITHUB_TOKEN}" } }
        """

    args = printed(machine, text, "app")["app"]["args"]

    assert args == dict.fromkeys("ABCDE", "none")


def test_variables__that_a_step_sets_come_in_as_one_more_file(machine: dict[str, str]):
    """A later file's default is what counts, also for another kind of value than text."""
    text = """
        variable "VERSION" { default = "dev" }
        variable "FULL" { default = false }
        target "app" { args = { VERSION = VERSION, KIND = FULL ? "full" : "slim" } }
        """
    more = '{"variable": {"VERSION": {"default": "$${VERSION}"}, "FULL": {"default": true}}}'

    answer = BakePrinter(machine)(BakeRequest((("docker-bake.hcl", text), ("more.json", more)), ("app",)))

    assert answer is not None
    assert as_written(answer["target"]["app"]["args"]) == {"VERSION": "${VERSION}", "KIND": "full"}


def test_folder__holds_nothing_but_the_files_in_question(machine: dict[str, str]):
    """No default file, compose file or ``.env`` of the folder in which we run takes part."""
    pathlib.Path("docker-compose.yml").write_text("services: {app: {build: {context: /etc}}}", encoding="utf-8")
    pathlib.Path("docker-bake.override.hcl").write_text('target "app" { context = "/etc" }', encoding="utf-8")

    assert printed(machine, 'target "app" {}', "app")["app"]["context"] == "."


@pytest.mark.parametrize("context", ["/etc", "../..", "cwd:///etc", "~"])
def test_context__of_the_machine_is_not_built(machine: dict[str, str], context: str):
    """Whatever a target takes for its context, a folder of the machine is not built and is named as outside."""
    discovery = shipped(machine, f'target "app" {{\n context = "{context}"\n tags = ["acme/app"]\n}}')

    assert not [one for one in discovery.images if one.measured and one.source.reader]
    assert "outside the repository" in " ".join(discovery.notes)


@pytest.mark.parametrize("context", ["https://github.com/acme/other.git", "git@github.com:acme/other.git#main"])
def test_context__of_another_repository_is_not_fetched(machine: dict[str, str], context: str):
    """A Git URL for a context is another repository's business: it is named and left out."""
    discovery = shipped(machine, f'target "app" {{\n context = "{context}"\n tags = ["acme/app"]\n}}')

    assert not [one for one in discovery.images if one.measured and one.source.reader]
    assert "is not this repository" in " ".join(discovery.notes)


@pytest.mark.parametrize("value", ["/etc", "../..", "cwd://../..", "~/.docker"])
def test_named_context__of_the_machine_makes_it_unbuildable(machine: dict[str, str], value: str):
    """A named context outside the repository is told before anything is built."""
    [image] = shipped(
        machine, f'target "app" {{\n contexts = {{ secrets = "{value}" }}\n tags = ["acme/app"]\n}}', app=""
    ).images

    assert not image.measured
    assert "outside the repository" in image.why_not_measured


def test_outputs_and_rights__of_a_target_are_no_part_of_how_we_build_it(machine: dict[str, str]):
    """Outputs, cache exports, secrets, SSH, entitlements and the network of a target reach no build of ours."""
    text = """
        target "app" {
          tags = ["evil.example/app"]
          output = ["type=registry", "type=local,dest=/root"]
          cache-to = ["type=registry,ref=evil.example/cache"]
          cache-from = ["type=local,src=/root"]
          secret = ["type=file,id=x,src=/etc/shadow"]
          ssh = ["default"]
          entitlements = ["security.insecure", "network.host"]
          network = "host"
          args = { KIND = "slim" }
        }
        """
    [image] = found_images(shipped(machine, text, app=""))

    spec = image.spec
    assert (spec.secrets, spec.network, spec.build_contexts) == ((), "", ())
    assert spec.build_args == (("KIND", "slim"),)
    assert "evil.example" not in repr(spec)


def test_link__in_place_of_a_bake_file_leads_nowhere(machine: dict[str, str]):
    """A bake file that is a link out of the tree is not followed."""
    tree = ships(STEP % "app") | {"docker-bake.hcl": "/proc/self/environ"}
    modes = dict.fromkeys(tree, "100644") | {"docker-bake.hcl": "120000"}
    asked = []

    discover(RepositoryTree(modes, tree.get), DiscoveryOptions(bake=asked.append))

    assert asked == []


@pytest.mark.parametrize("path", ["../bake.hcl", "/etc/bake.hcl", "a/../../bake.hcl"])
def test_request__with_a_path_outside_is_refused_by_the_edge_itself(machine: dict[str, str], path: str):
    """The edge writes no file outside its own folder, whoever asks."""
    assert BakePrinter(machine)(BakeRequest(((path, 'target "app" {}'),), ("app",))) is None


def test_bomb__of_a_file_is_stopped_by_its_memory_or_its_deadline(machine: dict[str, str]):
    """A file whose value grows beyond all bounds costs a few seconds, and the answer is that there is none."""
    doubled = "".join(f'variable "v{n}" {{ default = "${{v{n - 1}}}${{v{n - 1}}}" }}\n' for n in range(1, 45))
    text = f'variable "v0" {{ default = "0123456789" }}\n{doubled}target "app" {{ args = {{ A = v44 }} }}\n'
    start = time.monotonic()

    answer = BakePrinter(machine)(BakeRequest((("docker-bake.hcl", text),), ("app",)))

    assert answer is None
    assert time.monotonic() - start < 60


def test_leftovers__of_a_question_there_are_none(machine: dict[str, str], tmp_path: pathlib.Path):
    """Nothing is written into the home, and no temporary folder stays."""
    before = set(tmp_path.iterdir())

    printed(machine, 'target "app" {}', "app")

    assert set(tmp_path.iterdir()) == before


def test_buildx__that_is_not_there_answers_nothing(monkeypatch: pytest.MonkeyPatch):
    """Without buildx there is no answer, and our own reader is what is left."""
    monkeypatch.setattr("bot.edges.programs.USUAL_FOLDERS", ())
    monkeypatch.setattr("bot.edges.builders.bake_print._PLUGIN_FOLDERS", ())

    assert BakePrinter({"DOCKER_CONFIG": "/nonexistent"})(BakeRequest((("docker-bake.hcl", ""),))) is None
