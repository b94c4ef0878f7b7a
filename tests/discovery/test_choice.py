"""Which of what was found is shipped, what it is called, which variant is measured, and what cannot be built."""

import pytest

from bot.model.config import Definitions
from tests.discovery.trees import DOCKERFILE, GO, found, images, only, runs, ships, workflow

BUILD = "- uses: docker/build-push-action@v6\n  with: {%s}\n"


def test_spurious__dockerfiles_beside_shipped_ones_are_listed_and_not_measured():
    """With evidence of what ships, every other Dockerfile is listed with the reason and is no image."""
    files = ships(BUILD % "push: true, tags: acme/shop") | {
        "tests/e2e/Dockerfile": "FROM scratch\n",
        "tools/gen/Dockerfile": "FROM scratch\n",
        "vendor/x/Dockerfile": "FROM scratch\n",
        "other/Dockerfile": "FROM scratch\n",
    }

    discovery = found(files)

    assert [one.name for one in discovery.images] == ["shop"]
    assert {one.dockerfile: one.reason for one in discovery.not_shipped} == {
        "other/Dockerfile": "nothing that ships builds it",
        "tests/e2e/Dockerfile": "it lies in tests/",
        "tools/gen/Dockerfile": "it lies among documentation, samples or tools",
    }


def test_spurious__can_be_switched_on_by_the_configuration():
    """``discover`` makes images of Dockerfiles that nothing ships."""
    files = ships(BUILD % "push: true, tags: acme/shop") | {"tools/gen/Dockerfile": "FROM scratch\n"}

    assert [one.name for one in images(files, discover=("tools/**/Dockerfile",))] == ["shop", "gen"]


def test_without_evidence__tests_and_tools_are_left_out_and_examples_are_not():
    """Where nothing says what ships, folders of tests are left out; examples may well ship."""
    files = dict.fromkeys(
        (
            "api/Dockerfile",
            "examples/demo/Dockerfile",
            "e2e/Dockerfile",
            "hack/Dockerfile",
            ".github/Dockerfile",
            "third-party/x/Dockerfile",
        ),
        "FROM scratch\n",
    )

    assert [one.dockerfile for one in images(files)] == ["api/Dockerfile", "examples/demo/Dockerfile"]


def test_test_build__does_not_count_beside_a_push():
    """A build without push says nothing where another one pushes; of the same Dockerfile it is the same image."""
    files = ships(
        BUILD % "push: false, context: python, file: python/x.Dockerfile"
        + BUILD % "push: true, context: python, file: python/x.Dockerfile, tags: acme/x"
        + BUILD % "push: false, file: lint.Dockerfile"
    ) | {"python/x.Dockerfile": "FROM scratch\n", "lint.Dockerfile": "FROM scratch\n"}

    image = only(files)

    assert (image.name, image.context) == ("x", "python")


def test_test_image_that_ci_pushes_for_itself__is_not_shipped():
    """An image that is pushed from a folder of tests is CI's own."""
    files = ships(
        BUILD % "push: true, tags: acme/shop" + BUILD % "push: true, tags: acme/shop-test, file: docker/test/Dockerfile"
    )

    discovery = found(files | {"docker/test/Dockerfile": "FROM scratch\n"})

    assert [one.name for one in discovery.images] == ["shop"]
    assert [one.dockerfile for one in discovery.not_shipped] == ["docker/test/Dockerfile"]


def test_named_build_of_a_test__gives_way_to_what_a_release_tool_pushes():
    """A workflow for tests that builds under the real name is no evidence once a release tool pushes."""
    files = {
        ".github/workflows/test-install.yml": workflow("- run: docker build -t acme/shop api\n"),
        ".goreleaser.yml": "dockers: [{image_templates: ['acme/shop:{{ .Tag }}'], dockerfile: api/Dockerfile}]\n",
        "api/Dockerfile": "FROM scratch\nCOPY shop /\n",
    }

    image = only(files)

    assert (image.context, image.source.file) == (".", ".goreleaser.yml")


def test_builds_of_a_workflow_for_tests__are_not_what_ships():
    """What a workflow called test or e2e builds and does not push is left to Dockerfiles by name."""
    step = "- run: docker build -t acme/try -f try.Dockerfile .\n"
    files = {
        ".github/workflows/e2e.yml": workflow(step),
        "try.Dockerfile": "FROM scratch\n",
        "Dockerfile": "FROM scratch\n",
    }

    assert "shop" in {one.name for one in images(files)}


def test_makefile_without_any_name_of_a_registry__is_better_than_names_of_files():
    """Build commands of a Makefile that name no registry still say which arguments and Dockerfiles are built."""
    files = {
        "Makefile": "docker:\n\tdocker build -t shop --build-arg EDITION=full .\n",
        "Dockerfile": "ARG EDITION\nFROM scratch\n",
    }

    assert only(files).build_args == (("EDITION", "full"),)


def test_saved_image_of_a_release_workflow__is_shipped():
    """A workflow that never runs for pull requests and saves a named image ships it by a later job."""
    step = BUILD % "push: false, tags: acme/helper, file: helper.Dockerfile, outputs: 'type=docker,dest=helper.tar'"
    files = {"helper.Dockerfile": "FROM scratch\n", "Dockerfile": DOCKERFILE, "app": ""}
    ship = workflow(BUILD % "push: true, tags: acme/shop" + step)
    test = workflow(BUILD % "push: true, tags: acme/shop" + step, top="on: [push, pull_request]")

    assert [one.name for one in images(files | {".github/workflows/x.yml": ship})] == ["shop", "helper"]
    assert [one.name for one in images(files | {".github/workflows/x.yml": test})] == ["shop"]


def test_push_that_a_run_decides__counts_as_a_push():
    """``push: ${{ … }}`` pushes in some run."""
    files = ships(BUILD % "push: \"${{ github.event_name != 'pull_request' }}\", tags: acme/shop")

    assert only(files).source.line > 0


def test_context__own_folder_only_where_what_is_copied_is_there():
    """By name alone, the context is the folder that has what the Dockerfile copies."""
    files = {
        "api/Dockerfile": "FROM scratch\nCOPY go.mod src /\n",
        "api/go.mod": "",
        "api/src/x": "",
        "web/Dockerfile": "FROM scratch\nCOPY package.json web/index.html /\n",
        "web/index.html": "",
        "package.json": "",
    }

    assert {one.name: (one.context, one.doubts) for one in images(files)} == {"api": ("api", ()), "web": (".", ())}


def test_context__is_decided_by_wildcards_that_find_something():
    """``COPY package*.json`` says where the context is, where only one folder has such a file."""
    files = {
        "web/Dockerfile": "FROM node\nCOPY package*.json .npmrc* ./\nCOPY . .\n",
        "web/package.json": "",
        "api/Dockerfile": "FROM golang\nCOPY go.* ./\nCOPY . .\n",
        "api/main.go": "",
        "go.mod": "",
    }

    assert {one.name: (one.context, one.doubts) for one in images(files)} == {"web": ("web", ()), "api": (".", ())}


def test_context__of_a_folder_with_nothing_but_docker_files_is_the_root():
    """``COPY . .`` from a folder that holds only Docker's files means the root, and that is said."""
    files = {
        "packaging/docker/alpine/Dockerfile": "FROM alpine\nCOPY . .\n",
        "packaging/docker/alpine/entrypoint.sh": "",
        "main.go": "",
    }

    image = only(files)

    assert image.context == "."
    assert image.doubts[0].startswith("packaging/docker/alpine/Dockerfile copies everything")
    assert "the root is taken" in image.doubts[0]


def test_context__of_a_dockerfile_that_names_its_own_path_is_the_root():
    """A Dockerfile that copies from its own folder by the path from the root is built at the root."""
    files = {"web/Dockerfile": "FROM scratch\nCOPY web/conf /conf\n", "web/conf/x": "", "web/web/conf/x": ""}

    assert only(files).context == "."


def test_context__that_nothing_decides_is_said():
    """Where the own folder and the root would both do, doubt is said."""
    image = only({"api/Dockerfile": "FROM scratch\nCOPY . .\n", "api/main.go": ""})

    assert image.context == "api"
    assert "its folder is taken" in image.doubts[0]


def test_context__outside_the_repository_is_refused():
    """A context that leaves the repository is never used."""
    for context in ("../..", "/etc", "~/x"):
        image = only(ships(BUILD % f"push: true, tags: acme/shop, context: '{context}', file: Dockerfile"))

        assert image.context == "."
        assert image.unbuildable is not None
        assert "outside the repository" in image.unbuildable.reason


def test_context__of_another_repository_is_no_image_of_this_one():
    """A Git URL or an archive as context is named in a note."""
    for context in (
        "https://github.com/other/thing.git#main",
        "git@github.com:other/thing.git",
        "https://x.example/a.tar.gz",
    ):
        discovery = found(
            ships(BUILD % f"push: true, tags: acme/shop, context: '{context}'") | {"Dockerfile": "FROM x\n"}
        )

        assert any("is not this repository" in note for note in discovery.notes), context


def test_names__come_from_the_tag_then_bake_then_the_folder():
    """An image is called as it is pushed; words that say nothing are passed over."""
    cases = {
        "tags: 'ghcr.io/acme/api:1'": "api",
        "tags: '${{ secrets.REGISTRY }}/gateway:${{ github.sha }}'": "gateway",
        "tags: '${{ env.IMAGE }}:latest'": "shop",
        "tags: 'localhost:5000/acme/api', file: Dockerfile": "shop",
        "tags: 'acme/docker'": "shop",
    }
    for text, name in cases.items():
        assert only(ships(BUILD % f"push: true, {text}")).name == name, text


def test_names__are_never_empty_nor_the_same_twice():
    """A Dockerfile at the root and one whose suffix is the repository's name get different names that say something."""
    files = {
        "Dockerfile": "FROM scratch\n",
        "Dockerfile.shop": "FROM scratch\n",
        "docker/Dockerfile": "FROM scratch\n",
        "src/Dockerfile": "FROM scratch\n",
    }

    names = [one.name for one in images(files)]

    assert len(set(names)) == len(names) == 4
    assert all(names)
    assert not set(names) & {"docker", "src", "image"}


def test_names__of_tags_in_one_repository_are_told_apart_by_target_file_and_tag():
    """Images pushed under one repository are named by what distinguishes them."""
    files = ships(
        BUILD % "push: true, tags: 'acme/shop:latest', file: docker/default.Dockerfile"
        + BUILD % "push: true, tags: 'acme/shop:latest-alpine', file: docker/alpine.Dockerfile"
        + BUILD % "push: true, tags: 'acme/shop:latest-plus', file: docker/default.Dockerfile, target: shop-plus"
    ) | {
        "docker/default.Dockerfile": "FROM scratch AS shop-plus\nFROM scratch\n",
        "docker/alpine.Dockerfile": "FROM scratch\n",
    }

    assert [one.name for one in images(files)] == ["shop", "shop-alpine", "shop-plus"]


def test_variants__of_a_matrix_are_images_of_which_one_is_measured():
    """Rows that differ by a deciding argument are images; one for each Dockerfile and target is measured by default."""
    files = ships(
        BUILD % "push: true, tags: 'acme/shop:${{ matrix.base }}', build-args: 'BASE=${{ matrix.base }}'",
        job="strategy: {matrix: {base: [alpine, debian, ubuntu]}}",
    ) | {"Dockerfile": "ARG BASE\nFROM $BASE\nCOPY app /\n"}

    one, *others = images(files)

    assert (one.measured, one.build_args) == (True, (("BASE", "alpine"),))
    assert [(other.measured, dict(other.build_args)["BASE"]) for other in others] == [
        (False, "debian"),
        (False, "ubuntu"),
    ]
    assert others[0].why_not_measured == f"a variant of {one.name}: one of each Dockerfile and target is measured"
    assert all(image.measured for image in images(files, definitions=Definitions(variants=("*",))))
    assert len({image.name for image in images(files)}) == 3


def test_variants__that_differ_by_a_stamp_are_one_image():
    """Two workflows that pass another version or commit build the same image; both places are named."""
    files = ships(BUILD % "push: true, tags: acme/shop, build-args: 'VERSION=nightly'") | {
        ".github/workflows/zz.yml": workflow(
            BUILD % "push: true, tags: acme/shop, build-args: 'VERSION=${{ github.ref_name }}'"
        )
    }

    image = only(files)

    assert str(image.source) == ".github/workflows/ship.yml:7"
    assert [str(place) for place in image.also] == [".github/workflows/zz.yml:7"]


def test_variants__of_a_place_that_two_workflows_reach_are_one_image():
    """The same recipe called with another version is the same image; with another runtime it is a variant."""
    make = {
        "Makefile": "ship:\n\tdocker build --push -t acme/shop --build-arg APP_VERSION=$(V) --build-arg NODE_VERSION=$(N) .\n"
    }
    other = {".github/workflows/zz.yml": workflow("- run: make ship V=2 N=20\n")}

    assert len(images(runs("make ship V=1 N=20") | make | other)) == 1
    assert len(images(runs("make ship V=1 N=22") | make | other)) == 2


def test_parents__are_built_first_and_named_by_the_reference():
    """An image whose FROM is a tag of another image comes after it, and says how it names it."""
    files = ships(
        BUILD
        % "push: true, tags: 'ghcr.io/acme/web:${{ github.sha }}', context: web, build-args: 'BASE=ghcr.io/acme/base:${{ github.sha }}'"
        + BUILD % "push: true, tags: 'ghcr.io/acme/base:${{ github.sha }}', context: base"
    ) | {"web/Dockerfile": "ARG BASE=ghcr.io/acme/base:latest\nFROM $BASE\n", "base/Dockerfile": "FROM debian\n"}

    base, web = images(files)

    assert (base.name, web.name) == ("base", "web")
    assert web.parents == (("base", "ghcr.io/acme/base:latest"),)


def test_parents__in_a_local_registry_are_found_though_they_are_not_shipped():
    """A base that CI pushes to a registry of its own is built too, as the shipped image needs it."""
    files = ships(
        BUILD % "push: true, tags: 'localhost:5000/acme/shop:base', file: base.Dockerfile"
        + BUILD % "push: true, tags: acme/shop"
    ) | {"base.Dockerfile": "FROM debian\n", "Dockerfile": "FROM localhost:5000/acme/shop:base\n"}

    base, shop = images(files)

    assert (base.dockerfile, shop.dockerfile) == ("base.Dockerfile", "Dockerfile")
    assert shop.parents == ((base.name, "localhost:5000/acme/shop:base"),)
    assert shop.unbuildable is None


def test_parents__in_a_circle_are_said_and_do_not_hang():
    """Images that start from each other are both given, without an order."""
    files = ships(BUILD % "push: true, tags: acme/a, context: a" + BUILD % "push: true, tags: acme/b, context: b") | {
        "a/Dockerfile": "FROM acme/b\n",
        "b/Dockerfile": "FROM acme/a\n",
    }

    discovery = found(files)

    assert {one.name for one in discovery.images} == {"a", "b"}
    assert any("circle" in note for note in discovery.notes)


UNBUILDABLE = {
    "file made by an earlier step": (
        "push: true, tags: acme/shop",
        "FROM scratch\nCOPY dist/app /app\n",
        "which is not in git",
    ),
    "glob that finds nothing": (
        "push: true, tags: acme/shop",
        "FROM scratch\nCOPY packages/*.deb /\n",
        "which is not in git",
    ),
    "context made by an earlier step": (
        "push: true, tags: acme/shop, context: out, file: Dockerfile",
        "FROM scratch\nCOPY x /\n",
        "CI makes its context, out",
    ),
    "empty FROM": (
        "push: true, tags: acme/shop, build-args: 'BASE=${{ steps.x.outputs.y }}'",
        "ARG BASE\nFROM $BASE\n",
        "is empty without BASE",
    ),
    "local registry": ("push: true, tags: acme/shop", "FROM localhost:5000/base\n", "only exists while CI runs"),
    "another platform": (
        "push: true, tags: acme/shop, platforms: 'linux/arm64,linux/s390x'",
        "FROM scratch\n",
        "linux/arm64, linux/s390x only",
    ),
    "windows": ("push: true, tags: acme/shop", "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n", "for Windows"),
    "missing stage": ("push: true, tags: acme/shop, target: gone", "FROM scratch AS here\n", "has no stage gone"),
    "named context outside": (
        "push: true, tags: acme/shop, build-contexts: 'lib=../lib'",
        "FROM scratch\n",
        "outside the repository",
    ),
    "named context not in git": (
        "push: true, tags: acme/shop, build-contexts: 'lib=./lib'",
        "FROM scratch\n",
        "not in git",
    ),
    "unreadable": ("push: true, tags: acme/shop", "RUN before from\n", "cannot be read as a Dockerfile"),
}


@pytest.mark.parametrize("case", UNBUILDABLE)
def test_unbuildable__is_predicted_with_reason_and_way_out(case: str):
    """What cannot be built from the tree alone is told beforehand, is not measured, and says what to do."""
    inputs, dockerfile, reason = UNBUILDABLE[case]

    image = only(ships(BUILD % inputs) | {"Dockerfile": dockerfile})

    assert image.unbuildable is not None
    assert reason in image.unbuildable.reason
    assert image.unbuildable.way_out
    assert not image.measured


def test_unbuildable_base__makes_its_children_unbuildable():
    """An image whose base cannot be built says so, and names the base."""
    files = ships(BUILD % "push: true, tags: acme/base, context: base" + BUILD % "push: true, tags: acme/shop") | {
        "base/Dockerfile": "FROM scratch\nCOPY made-by-ci /\n",
        "Dockerfile": "FROM acme/base\n",
    }

    _, shop = images(files)

    assert shop.unbuildable is not None
    assert shop.unbuildable.reason.startswith("Its base base cannot be built")


def test_buildable__wildcards_submodules_and_other_stages_are_no_reason():
    """What is there by a pattern, comes from a submodule, or belongs to another target does not stop a build."""
    dockerfile = "FROM scratch AS other\nCOPY missing /\nFROM scratch AS ship\nCOPY a*.txt lib/x /\n"
    files = ships(BUILD % "push: true, tags: acme/shop, target: ship") | {"Dockerfile": dockerfile, "abc.txt": ""}

    image = only(files, submodules=("lib",))

    assert image.unbuildable is None
    assert image.doubts == ("It copies lib/x from a submodule: check submodules out.",)


def test_only_other_builds_of_ci__without_any_push_are_what_there_is():
    """Where CI builds and never pushes, what it builds is taken."""
    files = ships(BUILD % "push: false, file: docker/Dockerfile, target: runtime") | {"docker/Dockerfile": GO}
    del files["Dockerfile"]

    assert only(files).target == "runtime"


def test_local_registry_alone__does_not_ship():
    """A push to a registry that only exists while CI runs is a build."""
    files = ships(
        BUILD % "push: true, tags: 'localhost:5000/acme/try', file: try.Dockerfile"
        + BUILD % "push: true, tags: acme/shop"
    )

    assert [one.name for one in images(files | {"try.Dockerfile": "FROM scratch\n"})] == ["shop"]


def test_cap__keeps_the_likeliest_and_says_what_it_left():
    """Beyond the cap, the likeliest are measured, not those that come first by alphabet; nothing is dropped silently."""
    files = {f"a{index}/b/c/Dockerfile": "FROM scratch\n" for index in range(5)} | {
        "zebra/Dockerfile": "FROM scratch\n"
    }

    found_images = images(files, most_images=2)

    assert len(found_images) == 6
    assert "zebra" in {one.name for one in found_images if one.measured}
    assert all("more than 2 images" in one.why_not_measured for one in found_images if not one.measured)


def test_same_tree__gives_the_same_answer():
    """Names, order and choice do not change from run to run."""
    files = runs("make all") | {
        "Makefile": "all:\n\tdocker build --push -t acme/a .\n\tdocker build --push -t acme/b -f b.dockerfile .\n",
        "b.dockerfile": GO,
    }

    assert found(files) == found(dict(reversed(files.items())))
