"""Evidence other than workflows: GitLab, bake, Makefiles, scripts, GoReleaser, compose, and names last of all."""

import json

import pytest

from bot.discovery import EvidenceKind
from bot.model.config import Definitions
from bot.ports import BakeRequest
from tests.discovery.trees import DOCKERFILE, GO, found, images, only, runs, ships

BAKE_STEP = "- uses: docker/bake-action@v6\n  with: {push: true, targets: %s, set: '*.platform=linux/amd64'}\n"
BAKE_FILE = """
variable "VERSION" { default = "dev" }
function "tags" {
  params = [name]
  result = ["acme/${name}:${VERSION}", VERSION == "dev" ? "" : "acme/${name}:latest"]
}
group "default" { targets = ["api", "web"] }
target "_common" {
  args = { VERSION = VERSION, EDITION = "small" }
  platforms = ["linux/amd64", "linux/arm64"]
}
target "api" {
  inherits = ["_common"]
  context = "./api"
  target = "runtime"
  args = { EDITION = "full" }
  tags = tags("api")
}
target "web" {
  name = "web-${replace(os, ".", "-")}"
  matrix = { os = ["alpine", "debian.12"] }
  inherits = ["_common"]
  dockerfile = os == "alpine" ? "alpine.Dockerfile" : "Dockerfile"
  context = "web"
  contexts = { api = "target:api", base = "docker-image://debian:12" }
  tags = ["acme/web:${os}"]
}
"""
BAKE_TREE = {
    "docker-bake.hcl": BAKE_FILE,
    "api/Dockerfile": GO,
    "web/Dockerfile": "FROM base\nCOPY --from=api /out /\n",
    "web/alpine.Dockerfile": "FROM alpine\nCOPY --from=api /out /\n",
}


def test_gitlab__jobs_templates_variables_and_parallel_matrices_are_read():
    """The scripts of a GitLab pipeline are read with extends, variables and the rows of a parallel matrix."""
    files = {
        ".gitlab-ci.yml": """
            variables: {NAMESPACE: acme}
            include: [{local: ci/build.yml}]
            .image:
              script:
                - docker build -t $CI_REGISTRY_IMAGE/$SERVICE:$CI_COMMIT_SHA -f $SERVICE/Dockerfile $SERVICE
                - docker push $CI_REGISTRY_IMAGE/$SERVICE:$CI_COMMIT_SHA
            publish:
              extends: .image
              parallel: {matrix: [{SERVICE: [api, web]}]}
            """,
        "ci/build.yml": """
            tools:
              script: ["/kaniko/executor --context tools --dockerfile tools/Dockerfile --destination $NAMESPACE/tools"]
            """,
        "api/Dockerfile": "FROM scratch\n",
        "web/Dockerfile": "FROM scratch\n",
        "tools/Dockerfile": "FROM scratch\n",
    }

    discovery = found(files)

    assert {(one.name, one.context, one.source.kind) for one in discovery.images} == {
        (name, name, EvidenceKind.GITLAB) for name in ("api", "web", "tools")
    }
    assert next(one for one in discovery.images if one.name == "api").source.line == 6


def test_bake__through_the_port_is_asked_what_the_step_names_and_nothing_else():
    """The port gets files and targets, and as one more file those variables that the file declares and the step sets."""
    asked: list[BakeRequest] = []

    def port(request: BakeRequest) -> dict[str, object]:
        asked.append(request)
        return {"target": {"api": {"context": "api", "dockerfile": "Dockerfile", "tags": ["acme/api:1"]}}}

    step = BAKE_STEP % "api" + "  env: {VERSION: '${x}1', FULL: 'true', GITHUB_TOKEN: secret, BUILDX_CONFIG: x}\n"
    bake_file = BAKE_FILE + 'variable "FULL" { default = false }\n'

    image = only(ships(step) | BAKE_TREE | {"docker-bake.hcl": bake_file}, bake=port)

    variables = '{"variable": {"FULL": {"default": true}, "VERSION": {"default": "$${x}1"}}}'
    files = (("docker-bake.hcl", bake_file), (".deadweight-variables.json", variables))
    assert asked == [BakeRequest(files, ("api",), ".")]
    assert (image.name, image.context, image.platforms) == ("api", "api", ("linux/amd64",))
    assert image.source.reader == "docker buildx bake"


@pytest.mark.parametrize(
    "line",
    [
        'target "x" { args = { HASH = bcrypt("a", 31) } }',
        'variable "DOCKER_CONFIG" {}',
    ],
)
def test_bake__is_not_asked_what_it_would_answer_differently_each_time(line: str):
    """A file whose answer would hang on the machine, or take for ever, is read by us alone, and the image says so."""
    asked: list[BakeRequest] = []

    found_images = images(
        ships(BAKE_STEP % "api") | BAKE_TREE | {"docker-bake.hcl": f"{BAKE_FILE}\n{line}\n"}, bake=asked.append
    )

    assert asked == []
    assert [one.source.reader for one in found_images] == ["Deadweight, without docker buildx"]


def test_bake__time_and_home_stay_what_only_a_run_knows():
    """A function that answers differently each time is replaced before bake is asked, so both sides get the same."""
    asked: list[BakeRequest] = []
    text = 'target "api" {\n  context = "api"\n  tags = ["acme/api"]\n  args = { DATE = timestamp(), HOME = "${homedir()}" }\n}\n'

    image = only(
        ships(BAKE_STEP % "api") | {"docker-bake.hcl": text, "api/Dockerfile": "FROM scratch\nARG DATE\n"},
        bake=asked.append,
    )

    [(_, sent)] = asked[0].files
    assert "timestamp" not in sent
    assert "homedir" not in sent
    assert [name for name, _ in image.unknown_args] == ["DATE", "HOME"]


@pytest.mark.parametrize("target", ["https://github.com/acme/shop.git", "git@github.com:acme/shop", "--file=x", "a/b"])
def test_bake__is_never_asked_for_a_target_that_may_be_an_address(target: str):
    """Bake takes a target that looks like an address for the place of its files; such a one is never handed on."""
    asked: list[BakeRequest] = []

    found(ships(BAKE_STEP % f"'{target}'") | BAKE_TREE, bake=asked.append)

    assert target not in {name for request in asked for name in request.targets}


def test_bake__without_buildx_is_read_with_functions_inheritance_and_matrices():
    """Where no buildx answers, a bake file is read here as far as it is literal."""
    found_images = images(ships(BAKE_STEP % "default") | BAKE_TREE)

    by_name = {one.name: one for one in found_images}
    assert set(by_name) == {"api", "web", "web-alpine"} or set(by_name) == {"api", "web", "web-debian.12"}
    assert by_name["api"].build_args == (("VERSION", "dev"), ("EDITION", "full"))
    assert by_name["api"].tags == ("acme/api:dev",)
    assert by_name["api"].target == "runtime"
    assert {one.dockerfile for one in found_images} == {"api/Dockerfile", "web/Dockerfile", "web/alpine.Dockerfile"}
    assert all(one.parents == (("api", "api"),) for one in found_images if one.context == "web")


def test_bake__in_json_with_a_target_that_ci_computes_takes_those_that_fit():
    """A bake target that only a run knows stands for every declared target that fits, and says so."""
    bake = {
        "target": {
            "ship-api": {"context": "api", "tags": ["acme/api"]},
            "ship-web": {"context": "web", "tags": ["acme/web"]},
            "lint": {"context": "lint"},
        }
    }
    files = ships(BAKE_STEP % "'ship-${{ steps.pick.outputs.name }}'") | {
        "docker-bake.json": json.dumps(bake),
        **{f"{name}/Dockerfile": "FROM scratch\n" for name in ("api", "web", "lint")},
    }

    found_images = images(files)

    assert [one.name for one in found_images] == ["api", "web"]
    assert all("CI computes which targets of bake" in one.doubts[0] for one in found_images)


def test_bake__overrides_of_a_step_change_what_they_name():
    """``set`` changes arguments and platforms of the targets whose name it matches."""
    step = "- uses: docker/bake-action@v6\n  with:\n    push: true\n    targets: api\n    set: |\n      api.args.EDITION=huge\n      web*.args.EDITION=no\n      *.platform=linux/amd64,linux/s390x\n"
    image = only(ships(step) | BAKE_TREE)

    assert dict(image.build_args)["EDITION"] == "huge"
    assert image.platforms == ("linux/amd64", "linux/s390x")


@pytest.mark.parametrize("port", [False, True], ids=["here", "buildx"])
def test_bake__target_that_is_only_a_base_of_another_is_built_and_not_measured(port: bool):
    """A target that bake builds only since another needs it comes first, and is no image that ships."""
    bake = {
        "group": {"default": {"targets": ["app"]}},
        "target": {
            "deps": {"context": ".", "dockerfile": "deps.Dockerfile"},
            "app": {
                "context": ".",
                "dockerfile": "Dockerfile",
                "contexts": {"deps": "target:deps"},
                "tags": ["acme/site"],
            },
        },
    }
    files = ships("- uses: docker/bake-action@v6\n  with: {push: true}\n") | {
        "docker-bake.json": json.dumps(bake),
        "deps.Dockerfile": "FROM debian\n",
        "Dockerfile": "FROM deps\n",
    }

    deps, site = images(files, **({"bake": lambda _request: bake} if port else {}))

    assert (site.name, site.measured, site.parents) == ("site", True, (("deps", "deps"),))
    assert (deps.measured, deps.why_not_measured) == (False, "bake builds it only for another target")


def test_bake__that_cannot_be_read_is_said():
    """A bake file that is no HCL gives no image and a note with its place."""
    discovery = found(ships(BAKE_STEP % "api") | {"docker-bake.hcl": 'target "api" {{{\n'})

    assert any("Bake's definition of api could not be read" in note for note in discovery.notes)


def test_bake__whose_unknown_functions_leave_holes_keeps_the_rest():
    """A value that only bake can compute is unknown; Dockerfile, context and target of the target stay known."""
    bake = 'target "default" {\n  context = "api"\n  target = "runtime"\n  args = { WHEN = timestamp() }\n  tags = [regex_replace("a", "b", "c")]\n}\n'
    image = only(ships(BAKE_STEP % "default") | {"docker-bake.hcl": bake, "api/Dockerfile": GO})

    assert (image.context, image.target) == ("api", "runtime")
    assert image.build_args == ()


def test_makefile__that_a_workflow_calls_is_followed_with_its_variables():
    """``make`` in a workflow leads to recipes, whose variables, prerequisites and patterns are expanded."""
    files = runs("make push-api VERSION=7") | {
        "Makefile": """
REGISTRY ?= ghcr.io/acme
IMAGE = $(REGISTRY)/$*
ifdef DEBUG
TARGET := debug
else
TARGET := runtime
endif
.PHONY: build
build-%: ## build one
\tdocker build --target $(TARGET) \\
\t\t-t $(IMAGE):$(VERSION) $*
push-%: build-%
\tdocker push $(IMAGE):$(VERSION)
""",
        "api/Dockerfile": GO,
    }

    image = only(files)

    assert (image.name, image.target, image.context, image.tags) == ("api", "runtime", "api", ("ghcr.io/acme/api:7",))
    assert str(image.source) == "Makefile:11"


def test_makefile__is_evidence_where_no_workflow_builds():
    """Without anything better, the literal build commands of a Makefile are the definition."""
    files = {
        ".github/workflows/test.yml": "on: push\njobs: {test: {steps: [{run: go test ./...}]}}\n",
        "Makefile": "image:\n\tdocker build -t acme/shop -f build/package/Dockerfile .\n\nimage-test:\n\tdocker build -t acme/try test\n",
        "build/package/Dockerfile": DOCKERFILE,
        "test/Dockerfile": "FROM scratch\n",
        "app": "",
    }

    image = only(files)

    assert (image.name, image.dockerfile, image.context) == ("shop", "build/package/Dockerfile", ".")
    assert image.source.kind is EvidenceKind.MAKE


def test_makefile__includes_are_followed_and_targets_that_build_and_push_apart_belong_together():
    """An image that one target builds and another pushes is shipped, also where an included file has the targets."""
    files = {
        "Makefile": "include scripts/*.mk\n",
        "scripts/docker.mk": "IMG ?= controller:latest\nbuild:\n\tdocker build -t ${IMG} .\npush:\n\tdocker push ${IMG}\n",
        "e2e/run.sh": "docker build -t acme/e2e --push e2e\n",
        "e2e/Dockerfile": "FROM scratch\n",
        "Dockerfile": DOCKERFILE,
        "app": "",
    }

    image = only(files)

    assert (image.name, image.dockerfile, str(image.source)) == ("controller", "Dockerfile", "scripts/docker.mk:3")


def test_scripts__that_a_workflow_runs_are_followed_from_npm_to_shell():
    """``npm run`` leads to package.json, that to a shell script with arguments, and there the build stands."""
    files = runs("npm run release") | {
        "package.json": '{\n  "scripts": {\n    "release": "./ci/release.sh web"\n  }\n}\n',
        "ci/release.sh": '#!/bin/sh\nset -e\ncd "$(git rev-parse --show-toplevel)"\ndocker buildx build --push -t acme/"$1" "$1"\n',
        "web/Dockerfile": "FROM scratch\n",
    }

    image = only(files)

    assert (image.name, image.context, str(image.source)) == ("web", "web", "ci/release.sh:4")


def test_other_ci__literal_commands_are_found_in_its_file():
    """The build commands of a CI system whose syntax is not read are found by their words."""
    files = {
        ".circleci/config.yml": "jobs:\n  ship:\n    steps:\n      - run: |\n          docker build \\\n            -t acme/web \\\n            -f web/Dockerfile .\n",
        "web/Dockerfile": "FROM scratch\n",
    }

    image = only(files)

    assert (image.dockerfile, image.context, image.source.file) == ("web/Dockerfile", ".", ".circleci/config.yml")


def test_goreleaser__images_are_known_to_need_files_that_are_not_in_git():
    """GoReleaser's images are found, and are not tried, since their binaries are made before the build."""
    files = {
        ".goreleaser.yaml": """
            dockers:
              - image_templates: ["ghcr.io/acme/shop:{{ .Version }}-amd64"]
                dockerfile: Dockerfile
                goarch: amd64
                build_flag_templates: ["--platform=linux/amd64", "--build-arg=VERSION={{ .Version }}"]
            """,
        "Dockerfile": "FROM scratch\nCOPY shop /shop\n",
    }

    image = only(files)

    assert (image.name, image.source.kind, image.platforms) == ("shop", EvidenceKind.GORELEASER, ("linux/amd64",))
    assert image.unbuildable is not None
    assert "not in git" in image.unbuildable.reason
    assert "docker://" in image.unbuildable.way_out
    assert not image.measured


def test_compose__is_read_where_it_is_asked_for_and_nowhere_else():
    """A compose file is a definition only where the configuration or a step names it."""
    files = {
        "compose.yaml": """
            services:
              web: {image: acme/web, build: {context: web, target: runtime, args: {EDITION: "${EDITION:-small}"}}}
              database: {image: "postgres:16"}
            """,
        "web/Dockerfile": GO,
        "web/main.go": "",
    }

    asked = only(files, definitions=Definitions(compose_files=("compose.yaml",)))

    assert (asked.name, asked.context, asked.target, asked.build_args) == (
        "web",
        "web",
        "runtime",
        (("EDITION", "small"),),
    )
    assert asked.source.kind is EvidenceKind.COMPOSE
    assert only(files).source.kind is EvidenceKind.NAME


def test_bake__files_that_the_configuration_names_are_read_beside_the_workflows():
    """What the configuration names is a definition whatever CI does; a bake file at the root is one without CI alone."""
    shipping = ships("- uses: docker/build-push-action@v6\n  with: {push: true, tags: acme/shop}\n")
    bake = {
        "build/ship.hcl": 'target "tool" {\n  context = "tool"\n  tags = ["acme/tool"]\n}\n',
        "tool/Dockerfile": "FROM scratch\n",
    }
    root = {
        "docker-bake.hcl": 'target "default" {\n  context = "tool"\n  tags = ["acme/tool"]\n}\n',
        "tool/Dockerfile": "FROM scratch\n",
    }

    named = images(shipping | bake, definitions=Definitions(bake_files=("build/ship.hcl",), bake_targets=("tool",)))

    assert {(one.name, one.source.kind) for one in named} == {
        ("shop", EvidenceKind.WORKFLOW),
        ("tool", EvidenceKind.BAKE),
    }
    assert [one.name for one in images(shipping | root)] == ["shop"]
    assert [one.name for one in images(root)] == ["tool"]


def test_compose__files_that_a_bake_step_names_are_merged():
    """Compose files that bake is given are read in order, later ones changing what earlier ones say."""
    files = ships('- uses: docker/bake-action@v6\n  with: {load: true, files: "compose.yaml,compose.prod.yaml"}\n') | {
        "compose.yaml": "services: {php: {build: .}}\n",
        "compose.prod.yaml": "services: {php: {image: app-php, build: {context: ., target: runtime}}}\n",
        "Dockerfile": GO,
    }

    assert only(files).target == "runtime"


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile",
        "Containerfile",
        "docker/dockerfile",
        "Dockerfile-nightly",
        "x.dockerfile",
        "dockerfile_hub",
        "a.Containerfile",
    ],
)
def test_names__of_dockerfiles_are_recognised(name: str):
    """Every usual way to call a Dockerfile is found."""
    assert only({name: "FROM scratch\n"}).dockerfile == name


@pytest.mark.parametrize(
    "name", ["Dockerfile.md", "dockerfile.py", "Dockerfile.j2", "dockerfile_test.go", "Dockerfile.dockerignore"]
)
def test_names__of_other_files_are_not(name: str):
    """Files that are about Dockerfiles are none."""
    assert images({name: "FROM scratch\n"}) == ()


def test_file_that_is_only_called_like_a_dockerfile__is_none():
    """A file with such a name that cannot be read as one is left out."""
    assert images({"build.dockerfile": "just words\n"}) == ()


def test_link_to_a_dockerfile__is_followed_as_evidence_and_not_found_twice():
    """A workflow that builds a link builds the file behind it; by name, the file is found once."""
    files = ships("- uses: docker/build-push-action@v6\n  with: {push: true, tags: acme/shop}\n")
    del files["Dockerfile"]

    image = only(files | {"docker/Dockerfile.debian": DOCKERFILE}, links={"Dockerfile": "docker/Dockerfile.debian"})

    assert (image.dockerfile, image.context) == ("docker/Dockerfile.debian", ".")


def test_nothing_found__gives_near_misses_instead_of_silence():
    """Where there is no image, files that look as if they could make one are listed."""
    discovery = found(
        {"skaffold.yaml": "", ".ko.yaml": "", "src/main.go": "", "node_modules/x/Dockerfile": "FROM scratch\n"}
    )

    assert discovery.images == ()
    assert discovery.near_misses == (".ko.yaml", "skaffold.yaml")
