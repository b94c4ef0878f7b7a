"""Workflows: what build-push-action, bake-action and run steps ship, matrix row by row, through whatever is called."""

import pytest

from tests.discovery.trees import DOCKERFILE, GO, found, images, only, runs, ships, workflow


def test_build_push_action__gives_dockerfile_context_target_arguments_and_the_line():
    """A step of build-push-action is read input by input, and says where it stands."""
    files = ships(
        """
        - uses: actions/checkout@v4
        - uses: docker/build-push-action@v6
          with:
            context: ./api
            file: api/build.Dockerfile
            target: runtime
            platforms: linux/amd64,linux/arm64
            push: true
            build-args: |
              GO_VERSION=1.22
              EDITION=full
            tags: ghcr.io/acme/api:latest
        """
    ) | {"api/build.Dockerfile": GO, "api/main.go": ""}

    image = only(files)

    assert (image.name, image.dockerfile, image.context, image.target) == (
        "api",
        "api/build.Dockerfile",
        "api",
        "runtime",
    )
    assert image.build_args == (("GO_VERSION", "1.22"), ("EDITION", "full"))
    assert image.platforms == ("linux/amd64", "linux/arm64")
    assert str(image.source) == ".github/workflows/ship.yml:8"


def test_context__defaults_to_the_repository_and_may_be_a_folder_of_it():
    """No context, the default context and this repository's own URL are all the repository itself."""
    step = "- uses: docker/build-push-action@v6\n  with: {push: true, tags: acme/web, CONTEXT}\n"
    contexts = {
        "push: true": ".",
        'context: "{{defaultContext}}:web"': "web",
        "context: 'https://github.com/acme/shop.git#main:web'": "web",
        "context: '${{ github.workspace }}/web'": "web",
    }
    for text, expected in contexts.items():
        files = ships(
            step.replace(
                "push: true, tags: acme/web, CONTEXT",
                f"tags: acme/web, push: true, {text}" if text != "push: true" else "push: true, tags: acme/web",
            )
        )
        files |= {"web/Dockerfile": DOCKERFILE, "web/app": ""}

        (image, *_) = images(files)

        assert image.context == expected, text


def test_matrix__gives_an_image_for_each_row_with_include_and_exclude():
    """Every row of a matrix is a build of its own; exclusions and inclusions are applied as GitHub does."""
    files = {
        ".github/workflows/ship.yml": workflow(
            """
            - uses: docker/build-push-action@v6
              with:
                file: ${{ matrix.service }}/Dockerfile
                push: true
                tags: acme/${{ matrix.service }}:${{ matrix.tag || 'latest' }}
            """,
            job="""
            strategy:
              matrix:
                service: [api, web, old]
                exclude: [{service: old}]
                include: [{service: worker, tag: beta}]
            """,
        )
    } | {f"{name}/Dockerfile": "FROM scratch\n" for name in ("api", "web", "old", "worker")}

    discovery = found(files)

    assert [one.name for one in discovery.images] == ["api", "web", "worker"]
    assert [one.dockerfile for one in discovery.not_shipped] == ["old/Dockerfile"]


def test_matrix__from_a_literal_json_is_read():
    """``fromJSON`` of a literal is known, whatever it is used for."""
    files = ships(
        "- uses: docker/build-push-action@v6\n  with: {push: true, tags: 'acme/shop', target: '${{ matrix.target }}'}\n",
        job="""strategy: {matrix: {target: "${{ fromJSON('[\\"build\\", \\"runtime\\"]') }}"}}""",
    ) | {"Dockerfile": GO}

    assert {one.target for one in images(files)} == {"build", "runtime"}


def test_matrix_from_a_job_output__is_known_where_a_script_echoes_it():
    """A matrix that an earlier job writes as a literal is followed through step and job outputs."""
    files = {
        ".github/workflows/ship.yml": """
            on: push
            jobs:
              list:
                outputs: {services: "${{ steps.all.outputs.services }}"}
                steps:
                  - id: all
                    run: echo 'services=["api", "web"]' >> "$GITHUB_OUTPUT"
              ship:
                needs: list
                strategy: {matrix: {service: "${{ fromJSON(needs.list.outputs.services) }}"}}
                steps:
                  - uses: docker/build-push-action@v6
                    with: {push: true, context: "${{ matrix.service }}", tags: "acme/${{ matrix.service }}"}
            """,
        "api/Dockerfile": "FROM scratch\n",
        "web/Dockerfile": "FROM scratch\n",
    }

    assert [one.name for one in images(files)] == ["api", "web"]


def test_matrix_in_a_file_of_the_repository__is_read():
    """A matrix that a job prints from a JSON file of the tree is known."""
    files = {
        ".github/workflows/ship.yml": """
            on: push
            jobs:
              list:
                outputs: {matrix: "${{ steps.read.outputs.matrix }}"}
                steps:
                  - id: read
                    run: echo "matrix=$(jq -c . ci/images.json)" >> $GITHUB_OUTPUT
              ship:
                needs: list
                strategy: {matrix: {image: "${{ fromJSON(needs.list.outputs.matrix) }}"}}
                steps:
                  - uses: docker/build-push-action@v6
                    with: {push: true, context: "${{ matrix.image.folder }}", tags: "acme/${{ matrix.image.name }}"}
            """,
        "ci/images.json": '[\n  {"name": "api", "folder": "src/api"},\n  {"name": "web", "folder": "src/web"}\n]\n',
        "src/api/Dockerfile": "FROM scratch\n",
        "src/web/Dockerfile": "FROM scratch\n",
        "src/old/Dockerfile": "FROM scratch\n",
    }

    assert [(one.name, one.context) for one in images(files)] == [("api", "src/api"), ("web", "src/web")]


def test_rows_for_platforms__are_one_image():
    """Rows that differ by platform alone, with the argument that goes with it, are one image for several platforms."""
    files = ships(
        """
        - uses: docker/build-push-action@v6
          with:
            push: true
            platforms: linux/${{ matrix.arch }}
            build-args: TRIPLE=${{ matrix.triple }}
            tags: acme/shop:${{ matrix.arch }}
        """,
        job="""
        strategy:
          matrix:
            include: [{arch: amd64, triple: x86_64-linux}, {arch: arm64, triple: aarch64-linux}]
        """,
    )

    image = only(files)

    assert image.platforms == ("linux/amd64", "linux/arm64")
    assert image.unbuildable is None


def test_reusable_workflow__is_read_with_the_inputs_of_each_call():
    """A workflow of the repository that is called is read once for each call, and not by itself."""
    files = {
        ".github/workflows/build.yml": """
            on:
              workflow_call:
                inputs: {service: {type: string, required: true}, target: {type: string, default: runtime}}
            jobs:
              build:
                steps:
                  - uses: docker/build-push-action@v6
                    with:
                      context: ${{ inputs.service }}
                      target: ${{ inputs.target }}
                      push: true
                      tags: ghcr.io/acme/${{ inputs.service }}:${{ github.sha }}
            """,
        ".github/workflows/ship.yml": """
            on: push
            jobs:
              api: {uses: ./.github/workflows/build.yml, with: {service: api}}
              web: {uses: acme/shop/.github/workflows/build.yml@main, with: {service: web, target: build}}
            """,
        "api/Dockerfile": GO,
        "web/Dockerfile": GO,
    }

    assert [(one.name, one.context, one.target) for one in images(files)] == [
        ("api", "api", "runtime"),
        ("web", "web", "build"),
    ]


def test_reusable_workflow_that_nobody_calls__is_weaker_than_what_ships():
    """A workflow for other repositories counts only where nothing else is built."""
    lone = workflow(
        "- uses: docker/build-push-action@v6\n  with: {push: true, file: other/Dockerfile, tags: acme/other}\n",
        top="on: {workflow_call: {inputs: {name: {type: string}}}}",
    )
    files = ships("- uses: docker/build-push-action@v6\n  with: {push: true, tags: acme/shop}\n")
    more = {".github/workflows/lone.yml": lone, "other/Dockerfile": "FROM scratch\n"}

    assert [one.name for one in images(files | more)] == ["shop"]
    assert [one.name for one in images(more)] == ["other"]


def test_composite_action__is_read_with_its_inputs():
    """A composite action of the repository is followed, its inputs filled by the step."""
    files = ships(
        "- uses: ./.github/actions/image\n  with: {dockerfile: web/Dockerfile, image: ghcr.io/acme/web}\n"
    ) | {
        ".github/actions/image/action.yml": """
            inputs: {dockerfile: {required: true}, image: {required: true}, context: {default: web}}
            runs:
              using: composite
              steps:
                - id: meta
                  uses: docker/metadata-action@v5
                  with: {images: "${{ inputs.image }}"}
                - uses: docker/build-push-action@v6
                  with:
                    context: ${{ inputs.context }}
                    file: ${{ inputs.dockerfile }}
                    push: true
                    tags: ${{ steps.meta.outputs.tags }}
            """,
        "web/Dockerfile": DOCKERFILE,
        "web/app": "",
    }

    image = only(files)

    assert (image.name, image.dockerfile, image.context) == ("web", "web/Dockerfile", "web")
    assert image.source.file == ".github/actions/image/action.yml"


def test_metadata_action__gives_tags_with_their_known_parts():
    """Raw tags are known, comments are none, and prefix and suffix of an unknown version are known around it."""
    files = ships(
        """
        - id: meta
          uses: docker/metadata-action@v5
          with:
            images: |
              # where it goes
              ghcr.io/acme/shop
            flavor: suffix=-alpine
            tags: |
              # what it is called
              stable
              type=raw,value=next
              type=semver,pattern={{version}}
        - uses: docker/build-push-action@v6
          with: {push: true, tags: "${{ steps.meta.outputs.tags }}"}
        """
    )

    assert only(files).tags == (
        "ghcr.io/acme/shop:stable-alpine",
        "ghcr.io/acme/shop:next-alpine",
        "ghcr.io/acme/shop:${{ the run's version }}-alpine",
    )


def test_condition_that_a_row_decides__leaves_the_step_out():
    """A step whose condition is false for a row is not a build of that row."""
    files = ships(
        """
        - uses: docker/build-push-action@v6
          with: {push: true, tags: 'acme/shop', build-args: 'EDITION=${{ matrix.edition }}'}
        - if: matrix.edition == 'full'
          uses: docker/build-push-action@v6
          with: {push: true, tags: 'acme/tools', file: tools/Dockerfile}
        """,
        job="strategy: {matrix: {edition: [small]}}",
    ) | {"tools/Dockerfile": "FROM scratch\n"}

    assert [one.name for one in images(files)] == ["shop"]


def test_checkout_into_a_folder__is_taken_off_the_paths():
    """Where the repository itself is checked out into a folder, that folder is not part of its paths."""
    files = ships(
        """
        - uses: actions/checkout@v4
          with: {path: source}
        - uses: docker/build-push-action@v6
          with: {context: source, file: source/docker/Dockerfile, push: true, tags: acme/shop}
        """
    ) | {"docker/Dockerfile": DOCKERFILE}

    image = only(files)

    assert (image.dockerfile, image.context) == ("docker/Dockerfile", ".")


def test_checkout_of_another_repository__is_not_taken_for_this_one():
    """What is built from somebody else's checkout is named, and is no image of this repository."""
    files = ships(
        """
        - uses: actions/checkout@v4
          with: {repository: other/thing, path: thing}
        - uses: docker/build-push-action@v6
          with: {context: thing, push: true, tags: acme/thing}
        """
    )

    discovery = found(files)

    assert "thing" not in {one.name for one in discovery.images}
    assert any("another repository" in note for note in discovery.notes)


def test_working_directory__is_where_commands_run():
    """``working-directory`` of a step, and the default of its job, decide what paths mean."""
    files = {
        ".github/workflows/ship.yml": workflow(
            "- run: docker build --push -t acme/web .\n- run: docker build --push -t acme/api .\n  working-directory: api\n",
            job="defaults: {run: {working-directory: web}}",
        ),
        "web/Dockerfile": "FROM scratch\n",
        "api/Dockerfile": "FROM scratch\n",
    }

    assert [(one.name, one.dockerfile, one.context) for one in images(files)] == [
        ("web", "web/Dockerfile", "web"),
        ("api", "api/Dockerfile", "api"),
    ]


@pytest.mark.parametrize(
    "command",
    [
        "docker build -t acme/web:1 -f web/x.dockerfile web && docker push acme/web:1",
        "docker buildx build --push --file=web/x.dockerfile --tag acme/web web/",
        "sudo podman build -fweb/x.dockerfile -t acme/web web; podman push acme/web",
        "buildah bud -f web/x.dockerfile -t acme/web web\nbuildah push acme/web",
        'IMAGE=acme/web\ndocker build \\\n  -f "web/x.dockerfile" \\\n  -t "$IMAGE" ./web\ndocker push "${IMAGE}"',
        "cd web; docker image build . -t acme/web -f x.dockerfile; docker image push acme/web",
        'OPTIONS=(-f web/x.dockerfile)\nOPTIONS+=(-t acme/web --push)\ndocker buildx build "${OPTIONS[@]}" web',
        "build() { docker build --push -t acme/$1 -f $1/x.dockerfile $1; }\nbuild web",
    ],
)
def test_build_commands__are_read_as_a_shell_would(command: str):
    """Build commands of every engine are read with their variables, folders, arrays and functions."""
    files = runs(command) | {"web/x.dockerfile": "FROM scratch\n", "web/app": ""}
    del files["Dockerfile"]

    image = only(files)

    assert (image.name, image.dockerfile, image.context) == ("web", "web/x.dockerfile", "web")


def test_loops_and_known_conditions__are_followed():
    """A loop over literals builds each, and a condition that is known takes one branch alone."""
    script = """
    for name in api web; do
      if [ "$name" = web ]; then TARGET=site; else TARGET=server; fi
      docker build --push --target $TARGET -t acme/$name $name
    done
    """
    both = "FROM scratch AS site\nFROM scratch AS server\n"
    files = runs(script) | {"api/Dockerfile": both, "web/Dockerfile": both}
    del files["Dockerfile"]

    assert [(one.name, one.target) for one in images(files)] == [("api", "server"), ("web", "site")]


def test_variables_of_steps__reach_later_steps_through_the_environment_file():
    """What a script writes to GITHUB_ENV, also by sourcing a file of the repository, is known afterwards."""
    files = ships(
        """
        - run: |
            . ./versions
            echo "BASE=golang:$go" >> $GITHUB_ENV
        - run: cat settings.env >> "$GITHUB_ENV"
        - uses: docker/build-push-action@v6
          with:
            push: true
            tags: acme/shop
            build-args: |
              BASE=${{ env.BASE }}
              EDITION=${{ env.EDITION }}
        """
    ) | {"versions": "go=1.22\n", "settings.env": "# settings\nEDITION=full\n"}

    assert only(files).build_args == (("BASE", "golang:1.22"), ("EDITION", "full"))


def test_branches_that_a_run_decides__leave_their_variables_unknown():
    """Where only a run knows which branch is taken, what the branches disagree on is not guessed."""
    files = ships(
        """
        - id: set
          run: |
            if [ "$GITHUB_REF_TYPE" = tag ]; then
              echo "edition=full" >> $GITHUB_OUTPUT
            else
              echo "edition=small" >> $GITHUB_OUTPUT
            fi
        - uses: docker/build-push-action@v6
          with: {push: true, tags: acme/shop, build-args: "EDITION=${{ steps.set.outputs.edition }}"}
        """
    ) | {"Dockerfile": "FROM scratch\nARG EDITION\nCOPY app /\n"}

    image = only(files)

    assert image.build_args == ()
    assert [name for name, _ in image.unknown_args] == ["EDITION"]
    assert any("Only a run of CI knows EDITION" in doubt for doubt in image.doubts)


def test_unknown_expression__is_named_and_not_guessed():
    """A Dockerfile that only a run knows is no image, and the note has the expression as it is written."""
    files = ships("- uses: docker/build-push-action@v6\n  with: {push: true, file: '${{ steps.pick.outputs.file }}'}\n")

    discovery = found(files)

    assert any("${{ steps.pick.outputs.file }}" in note and "ship.yml" in note for note in discovery.notes)


def test_computed_matrix__takes_every_dockerfile_that_fits_with_doubt():
    """Where the matrix is computed, every Dockerfile that fits the path is taken, its folder the same in the context."""
    files = {
        ".github/workflows/ship.yml": workflow(
            """
            - uses: docker/build-push-action@v6
              with:
                context: images/${{ matrix.image }}
                file: images/${{ matrix.image }}/Dockerfile
                push: true
                tags: ghcr.io/acme/${{ matrix.image }}:latest
            """,
            job="strategy: {matrix: {image: '${{ fromJSON(needs.changes.outputs.images) }}'}}",
        ),
        "images/api/Dockerfile": "FROM scratch\n",
        "images/web/Dockerfile": "FROM scratch\n",
        "tools/Dockerfile": "FROM scratch\n",
    }

    discovery = found(files)

    assert [(one.name, one.context) for one in discovery.images] == [("api", "images/api"), ("web", "images/web")]
    assert all("CI computes which Dockerfiles" in one.doubts[0] for one in discovery.images)
    assert [one.dockerfile for one in discovery.not_shipped] == ["tools/Dockerfile"]


def test_other_action_with_a_dockerfile_input__is_evidence_with_doubt():
    """An action that is not known, but is given a Dockerfile, builds it; that it was not read is said."""
    files = ships(
        "- uses: someone/publish@v1\n  with: {dockerfile: docker/Dockerfile, context: ., image: acme/shop}\n"
    ) | {"docker/Dockerfile": DOCKERFILE}

    image = only(files)

    assert (image.dockerfile, image.context) == ("docker/Dockerfile", ".")
    assert any("someone/publish@v1" in doubt for doubt in image.doubts)


def test_anchors_and_merge_keys__are_understood():
    """Aliases of YAML stand for what they name."""
    files = {
        ".github/workflows/ship.yml": """
            on: push
            jobs:
              api: &job
                steps:
                  - &build
                    uses: docker/build-push-action@v6
                    with: &with {push: true, tags: acme/api, context: api}
              web:
                <<: *job
                steps:
                  - <<: *build
                    with: {<<: *with, tags: acme/web, context: web}
            """,
        "api/Dockerfile": "FROM scratch\n",
        "web/Dockerfile": "FROM scratch\n",
    }

    assert [one.name for one in images(files)] == ["api", "web"]
