"""Ways in which repositories say how their images are built that were met once, and must not be missed again."""

import pytest

from bot.discovery import EvidenceKind
from tests.discovery.trees import DOCKERFILE, GO, found, images, only, runs, ships, workflow

PUSH = "- uses: docker/build-push-action@v6\n  with: {push: true, %s}\n"
BUILD = "docker build -t acme/shop -f docker/Dockerfile"
SHOP = {"docker/Dockerfile": DOCKERFILE, "app": "", "README.md": ""}


@pytest.mark.parametrize(
    "script",
    [
        f"cd $(dirname $0)/..\n{BUILD} .\n",
        f'cd "$(dirname "${{BASH_SOURCE[0]}}")/.."\n{BUILD} .\n',
        (
            'ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]:-$0}")/.." >/dev/null 2>&1 && pwd -P)"\n'
            "docker build -t acme/shop -f $ROOT/docker/Dockerfile $ROOT\n"
        ),
        (
            'HERE=$(readlink -f "$(dirname "$0")")\ncd /tmp\n'
            'docker build -t acme/shop -f "${HERE}"/../docker/Dockerfile "${HERE}"/..\n'
        ),
        'cd "$(dirname "$(realpath "$0")")"\npushd ..\ndocker build -t acme/shop -f $PWD/docker/Dockerfile "$PWD"\n',
        f'cd "${{BASH_SOURCE[0]%/*}}/.."\n{BUILD} .\n',
    ],
)
@pytest.mark.parametrize("runner", ["", "./scripts/build.sh", "bash scripts/build.sh"])
def test_script__that_finds_its_own_place_is_followed(script: str, runner: str):
    """A script that goes to where it lies, in any of the usual ways, builds from the root, whoever runs it."""
    own = {"scripts/build.sh": f"#!/bin/bash\nset -e\n{script}"}
    tree = (runs(runner) if runner else {}) | SHOP | own
    tree.pop("Dockerfile", None)

    image = only(tree)

    assert (image.dockerfile, image.context, image.source.file) == ("docker/Dockerfile", ".", "scripts/build.sh")


@pytest.mark.parametrize("workspace", ["/home/runner/work/shop/shop", "/__w/shop/shop", "/github/workspace"])
def test_workspace__by_its_path_on_the_runner_is_the_root(workspace: str):
    """A step that writes the runner's own path of the checkout means the repository."""
    image = only(ships(PUSH % f"tags: acme/shop, context: {workspace}/, file: {workspace}/Dockerfile"))

    assert (image.dockerfile, image.context) == ("Dockerfile", ".")


def test_other_path_of_the_machine__is_no_workspace():
    """A path of the machine that is no checkout of this repository stays outside."""
    discovery = found(ships(PUSH % "tags: acme/shop, context: /home/runner/work/shop/other"))

    assert all(one.source.kind is EvidenceKind.NAME for one in discovery.images)
    assert "lies outside the repository" in " ".join(discovery.notes)


META = "- {uses: docker/metadata-action@v5, id: meta, with: {images: %s}}\n"
BAKE = """
target "docker-metadata-action" {}
target "image" { inherits = ["docker-metadata-action"] }
target "artifact" {
  dockerfile = "artifact.Dockerfile"
  output = ["./out"]
}
"""


@pytest.mark.parametrize("prefix", ["", "cwd://"])
def test_bake__with_the_file_of_the_metadata_action_has_its_tags(prefix: str):
    """A bake step that is given what docker/metadata-action wrote is read, and called as that says."""
    step = (
        f"- uses: docker/bake-action@v6\n  with:\n    push: true\n    targets: image\n    files: |\n"
        f"      ./docker-bake.hcl\n      {prefix}${{{{ steps.meta.outputs.bake-file }}}}\n"
    )

    image = only(ships(META % "acme/registry" + step) | {"docker-bake.hcl": BAKE})

    assert (image.name, image.dockerfile) == ("registry", "Dockerfile")


def test_bake__with_a_file_that_only_a_run_knows_says_so():
    """A bake file that an earlier step makes leaves what the others say, with a doubt."""
    step = (
        "- uses: docker/bake-action@v6\n  with:\n    push: true\n    targets: image\n    files: |\n"
        "      ./docker-bake.hcl\n      ${{ steps.x.outputs.file }}\n"
    )

    image = only(ships(step) | {"docker-bake.hcl": BAKE})

    assert image.doubts == ("CI adds a bake file that only a run knows: ${{ steps.x.outputs.file }}.",)


def test_bake__of_targets_that_an_expression_names_takes_those():
    """Targets that a condition chooses between are those that its words name; files for export are no images."""
    step = (
        "- uses: docker/bake-action@v6\n  with:\n    targets: ${{ github.event_name == 'push' && 'artifact,image' || 'artifact' }}\n"
        "    set: |\n      *.tags=\n      image.output=type=image,name=ghcr.io/acme/mail,push=true\n"
    )

    image = only(ships(step) | {"docker-bake.hcl": BAKE, "artifact.Dockerfile": GO})

    assert (image.name, image.dockerfile) == ("mail", "Dockerfile")
    assert "those that it names are taken" in image.doubts[0]


def test_bake__called_by_dockers_reusable_workflow_is_named_by_its_images():
    """Docker's own reusable workflow has the names of images among its inputs."""
    caller = """
        on: push
        jobs:
          image:
            uses: docker/github-builder/.github/workflows/bake.yml@v1
            with: {output: image, push: true, target: image, meta-images: acme/tool-bin, meta-tags: type=edge}
        """
    tree = {".github/workflows/ship.yml": caller, "docker-bake.hcl": BAKE, "Dockerfile": GO}

    assert only(tree).name == "tool-bin"


@pytest.mark.parametrize("tool", ["$(CONTAINER_CMD)", "$(TOOL)"])
def test_make__with_a_variable_that_picks_the_tool_builds(tool: str):
    """A recipe whose docker or podman is chosen at run time builds an image where it gives a tag."""
    makefile = (
        "CONTAINER_CMD ?= $(shell podman version >/dev/null && echo podman)\nTOOL := $(shell which docker)\n"
        "IMAGE = $(if $(OTHER_IMAGE),$(OTHER_IMAGE),quay.io/acme/csi)\n"
        f"image:\n\t{tool} build $(FLAGS) -t $(IMAGE):v1 -f deploy/Dockerfile .\n"
        f"push: image\n\t{tool} push $(IMAGE):v1\n"
    )

    image = only({"Makefile": makefile, "deploy/Dockerfile": "FROM scratch\n"})

    assert (image.name, image.dockerfile, image.context) == ("csi", "deploy/Dockerfile", ".")


def test_cloud_build__steps_are_commands_and_its_images_are_pushed():
    """The arguments of a step of Google Cloud Build are a docker command; what it lists as images is shipped."""
    tree = {
        "docker/cloudbuild.yaml": """
            steps:
              - name: gcr.io/cloud-builders/docker
                args: ['build', '--target', 'node', '-t', 'gcr.io/$PROJECT_ID/graph:$SHORT_SHA', '-f', 'docker/Dockerfile', '.']
              - name: gcr.io/kaniko-project/executor:latest
                args: ["--context=tool", "--destination=gcr.io/$PROJECT_ID/tool"]
            images: ['gcr.io/$PROJECT_ID/graph:$SHORT_SHA']
            """,
        "docker/Dockerfile": "FROM scratch AS node\nFROM scratch AS debug\n",
        "tool/Dockerfile": "FROM scratch\n",
    }

    assert {(one.name, one.target, one.context) for one in images(tree)} == {
        ("graph", "node", "."),
        ("tool", "", "tool"),
    }


def test_folder_of_a_tool__is_not_what_a_computed_path_means():
    """A path that CI computes does not mean the Dockerfile of an editor, an agent or a development container."""
    tree = ships(PUSH % "tags: acme/shop, file: '${{ steps.pick.outputs.name }}/Dockerfile'") | {
        f"{folder}/Dockerfile": "FROM scratch\n" for folder in ("web", ".cursor", ".devcontainer", ".claude")
    }
    tree.pop("Dockerfile")

    assert [one.dockerfile for one in images(tree)] == ["web/Dockerfile"]


def test_dockerfile_for_tests__that_is_only_named_for_a_registry_is_not_shipped():
    """A Dockerfile whose name says that it is for tests is not shipped by being given a registry's name."""
    makefile = (
        "tests:\n\tdocker build -f Dockerfile.integration -t acme/shop_integration:1 .\n"
        "ship:\n\tdocker buildx build --push -t acme/shop:1 .\n"
    )
    job = workflow("- run: make tests\n- run: make ship\n")
    tree = {".github/workflows/ci.yml": job, "Makefile": makefile, "Dockerfile": GO, "Dockerfile.integration": GO}

    assert [one.name for one in images(tree)] == ["shop"]


def test_variants__by_flags_of_the_linker_or_by_architecture_are_none():
    """A version in the linker's flags is a stamp, and another architecture makes no other image."""
    step = PUSH % "tags: 'acme/shop:${{ matrix.arch }}', build-args: 'GO_ARCH=${{ matrix.arch }}\\nLDFLAGS=-X v=1'"
    other = workflow(PUSH % "tags: acme/shop, build-args: 'LDFLAGS=-X v=${{ github.ref_name }}'")
    tree = ships(step, job="strategy: {matrix: {arch: [amd64, arm64]}}") | {".github/workflows/z.yml": other}

    assert len(images(tree)) == 1


def test_step__that_is_called_with_and_without_a_known_dockerfile_is_what_is_known():
    """A reusable workflow whose caller by hand leaves its Dockerfile open is what the other callers say."""
    build = """
        on: {workflow_call: {inputs: {product: {required: true, type: string}}}}
        jobs:
          ship:
            steps:
              - uses: docker/build-push-action@v6
                with: {push: true, tags: "acme/${{ inputs.product }}", file: "Dockerfile-${{ inputs.product }}"}
        """
    caller = "on: push\njobs:\n  %s:\n    uses: ./.github/workflows/build.yml\n    with: {product: %s}\n"
    tree = {
        ".github/workflows/build.yml": build,
        ".github/workflows/a.yml": caller % ("auth", "auth"),
        ".github/workflows/b.yml": caller % ("hand", "'${{ inputs.product }}'"),
        "Dockerfile-auth": GO,
        "Dockerfile-fuzzer": GO,
    }

    assert [one.dockerfile for one in images(tree)] == ["Dockerfile-auth"]


def test_git_history__that_a_dockerfile_copies_is_named_as_what_is_missing():
    """A Dockerfile that copies .git cannot be built from a commit's files, which is told as it is."""
    image = only(ships(PUSH % "tags: acme/shop") | {"Dockerfile": "FROM scratch\nCOPY .git /src/.git\n"})

    assert image.unbuildable is not None
    assert image.unbuildable.reason == (
        "Dockerfile:2 copies .git: a commit is built from its files alone, without history."
    )


@pytest.mark.parametrize(
    ("repository", "tag", "name"),
    [
        ("WeblateOrg/docker", "", "WeblateOrg"),
        ("acme/image", "", "acme"),
        ("docker/app", "", "docker-app"),
        ("acme/shop", "cloudflare/cloudflared-linux-amd64", "cloudflared"),
        ("acme/shop", "acme/tool_x86_64", "tool"),
        ("acme/shop", "acme/docker", "shop"),
        ("acme/shop", "docker/src", "shop"),
    ],
)
def test_name__says_what_the_image_is(repository: str, tag: str, name: str):
    """A name is never a word that says nothing, nor has it the machine in it; the owner's comes last."""
    tree = ships(PUSH % f"tags: {tag}") if tag else {"Dockerfile": GO}

    assert only(tree, repository=repository, name=repository.partition("/")[2]).name == name


@pytest.mark.parametrize("words", ["docker", "src", "image", "images", "app", "Dockerfile"])
def test_name__of_a_repository_that_nothing_speaks_for_is_not_empty(words: str):
    """Without owner, tag or folder that says something, there is still a name that is not one of those words."""
    image = only(
        {f"{words}/Dockerfile" if words != "Dockerfile" else "Dockerfile": "FROM scratch\n"}, repository="", name=words
    )

    assert image.name
    assert image.name.lower() not in {"docker", "src", "image", ""}


@pytest.mark.parametrize(
    ("inputs", "links"),
    [
        ("file: link/Dockerfile, context: .", {"link": "docker"}),
        ("file: docker/current, context: .", {"docker/current": "Dockerfile"}),
        ("file: docker/Dockerfile, context: here", {"here": "."}),
        ("file: docker/Dockerfile, context: a/b", {"a": "deep/er", "deep/er/b": "../.."}),
    ],
)
def test_links__inside_the_repository_lead_to_what_is_built(inputs: str, links: dict[str, str]):
    """A Dockerfile or context behind a link, or below a linked folder, is planned as what it leads to."""
    tree = ships(PUSH % f"tags: acme/shop, {inputs}") | {"docker/Dockerfile": DOCKERFILE, "app": ""}
    tree.pop("Dockerfile")

    image = only(tree, links=links)

    assert (image.dockerfile, image.context, image.unbuildable) == ("docker/Dockerfile", ".", None)


def test_copy__through_a_linked_folder_is_there():
    """What a Dockerfile copies from below a linked folder is in git, as the builder follows the link."""
    tree = ships(PUSH % "tags: acme/shop") | {"Dockerfile": "FROM scratch\nCOPY assets/app /\n", "web/app": ""}

    assert only(tree, links={"assets": "web"}).measured


@pytest.mark.parametrize("target", ["/etc", "../..", "loop", "nowhere"])
def test_link__that_leads_nowhere_is_no_context(target: str):
    """A link out of the repository, in a circle or into nothing is no folder to build from."""
    tree = ships(PUSH % "tags: acme/shop, context: loop, file: Dockerfile")

    image = only(tree, links={"loop": target})

    assert not image.measured


GITLAB = {
    "a folder that a line before goes to": """
        default: {before_script: [cd api]}
        job:
          script:
            - export NAME=api
            - buildah bud -t $CI_REGISTRY_IMAGE/$NAME .
            - buildah push $CI_REGISTRY_IMAGE/$NAME
        """,
    "a reference to another job's script": """
        .build:
          script:
            - docker build -t "$CI_REGISTRY_IMAGE/api" api
        job:
          script:
            - echo begin
            - !reference [.build, script]
            - docker push "$CI_REGISTRY_IMAGE/api"
        """,
    "a pipeline that a job triggers": """
        job:
          trigger: {include: [{local: ci/child.yml}]}
        """,
    "a tag that a condition decides": """
        job:
          script:
            - |
              if [[ "$CI_COMMIT_BRANCH" == "$CI_DEFAULT_BRANCH" ]]; then tag=""; else tag=":$CI_COMMIT_REF_SLUG"; fi
            - docker build --pull -t "$CI_REGISTRY_IMAGE/api${tag}" "$CI_PROJECT_DIR/api"
            - docker push "$CI_REGISTRY_IMAGE/api${tag}"
        """,
}


@pytest.mark.parametrize("shape", GITLAB)
def test_gitlab__builds_in_the_shapes_that_pipelines_have(shape: str):
    """One shell for all lines of a job, references, child pipelines and conditions lead to the same image."""
    tree = {
        ".gitlab-ci.yml": GITLAB[shape],
        "ci/child.yml": "job:\n  script: docker buildx build --push -t registry.example/api api\n",
        "api/Dockerfile": "FROM scratch\n",
        "Dockerfile": "FROM scratch\n",
    }

    image = only(tree)

    assert (image.name, image.dockerfile, image.context) == ("api", "api/Dockerfile", "api")
    assert image.source.kind is EvidenceKind.GITLAB


def test_gitlab__references_in_a_circle_end():
    """Scripts that refer to each other are followed a few times and no further."""
    pipeline = """
        .a: {script: [!reference [.b, script]]}
        .b: {script: [!reference [.a, script]]}
        job: {script: [!reference [.a, script], docker build -t r/x .]}
        """

    assert only({".gitlab-ci.yml": pipeline, "Dockerfile": "FROM scratch\n"}).dockerfile == "Dockerfile"


def test_make__pattern_rules_name_the_folder_of_their_target():
    """The folder and the name of a target (``$(@D)``, ``$(@F)``) are what a recipe builds from."""
    makefile = "images/web/.done: images/web/Dockerfile\n\tdocker buildx build --push -t acme/$(@F) $(@D)\n"
    tree = {"Makefile": makefile, "images/web/Dockerfile": "FROM scratch\n"}

    assert (only(tree).context, only(tree).tags) == ("images/web", ("acme/.done",))
