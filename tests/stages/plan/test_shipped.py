"""plan_images: without a configuration, the images are those that CI ships; the base decides for what has a budget."""

import pathlib

import pytest

from bot.config import read_config
from bot.edges.git import GitRepository
from bot.model.build import Departure
from bot.model.config import Settings
from bot.model.plan import Comparison
from bot.ports import BakeRequest
from bot.stages.plan import plan_images
from tests.discovery.trees import workflow
from tests.edges.git.repos import commit, make_repository
from tests.stages.plan.test_budgeted import BUDGET, OWN, Files, image, planned, sides

PUSH = "- uses: docker/build-push-action@v6\n  with: {%s}\n"
SHIP = ".github/workflows/ship.yml"
API = "FROM scratch AS runtime\nCOPY src /\nFROM scratch AS debug\nCOPY src /\n"
TINY = "FROM scratch\nLABEL tiny=1\n"
AS_SHIPPED = "push: true, tags: ghcr.io/acme/api, file: docker/app/Dockerfile, context: ., target: runtime"
SHOP: Files = {SHIP: workflow(PUSH % AS_SHIPPED), "docker/app/Dockerfile": API, "src/a": "1", "tests/Dockerfile": TINY}

PLACE = f"{SHIP}:{1 + str(SHOP[SHIP]).splitlines().index('      - uses: docker/build-push-action@v6')}"


def ships(*steps: str) -> Files:
    """A workflow that ships with these inputs."""
    return {SHIP: workflow("".join(PUSH % one for one in steps))}


def test_image__is_the_one_that_ci_ships(tmp_path: pathlib.Path):
    """Name, context and target are the workflow's; where they are written is said, and what is left out."""
    plan = planned(tmp_path / "shop", SHOP, {"src/a": "2"})

    [found] = plan.images
    assert (found.name, found.head.dockerfile, found.head.context, found.head.target) == (
        "api",
        "docker/app/Dockerfile",
        ".",
        "runtime",
    )
    assert (found.why, found.notes) == ("changed: src/a", (f"Built as {PLACE} says.",))
    assert any("tests/Dockerfile (it lies in tests/)" in note for note in plan.notes)


def test_image__without_any_evidence_in_a_folder_of_dockers_files_has_the_root(tmp_path: pathlib.Path):
    """A Dockerfile that copies everything from a folder with nothing but Docker's files means the root, and says so."""
    files = {"packaging/docker/alpine/Dockerfile": "FROM scratch\nCOPY . .\n", "main.go": "1"}

    [found] = planned(tmp_path / "shop", files, {"main.go": "2"}).images

    assert (found.head.context, found.why) == (".", "changed: main.go")
    assert any("the root is taken for its context" in note for note in found.notes)


def test_platforms__that_are_not_measured_are_named(tmp_path: pathlib.Path):
    """CI that ships for three platforms is told that one is measured."""
    files = SHOP | ships(f"{AS_SHIPPED}, platforms: 'linux/amd64,linux/arm64,linux/s390x'")

    [found] = planned(tmp_path / "shop", files, {"src/a": "2"}).images

    assert "CI ships it for linux/amd64, linux/arm64, linux/s390x; one platform is measured, the builder's own." in (
        found.notes
    )


def test_unbuildable__is_not_measured_with_the_way_out(tmp_path: pathlib.Path):
    """What copies a file that an earlier step makes is left out with the reason, and nothing is red for it."""
    files = SHOP | {"docker/app/Dockerfile": "FROM scratch AS runtime\nCOPY dist /\n", "deadweight.toml": BUDGET}

    plan = planned(tmp_path / "shop", files, {"src/a": "2"})

    assert plan.images == ()
    assert any("Not measured: api" in note and "deadweight compare docker://" in note for note in plan.notes)


def test_nothing_found__says_what_was_looked_for(tmp_path: pathlib.Path):
    """No image at all is not silence: what was looked for, and what looks like one."""
    plan = planned(tmp_path / "shop", {"docker-compose.yml": "services: {}\n"}, {"x": "1"})

    assert plan.images == ()
    assert any("Looked for" in note and "docker-compose.yml" in note for note in plan.notes)


REPOINTS = {
    "another Dockerfile": "push: true, tags: ghcr.io/acme/api, file: tiny/Dockerfile, context: .",
    "another target": AS_SHIPPED.replace("target: runtime", "target: debug"),
    "another context": AS_SHIPPED.replace("context: .", "context: tiny"),
    "arguments": f"{AS_SHIPPED}, build-args: SMALL=1",
}


@pytest.mark.parametrize("inputs", REPOINTS.values(), ids=REPOINTS)
def test_budget__is_not_escaped_by_another_build_in_the_workflow(tmp_path: pathlib.Path, inputs: str):
    """A pull request that has an image with a budget built otherwise is shown, and built as the base's workflow says."""
    base = SHOP | {"deadweight.toml": BUDGET, "tiny/Dockerfile": TINY, "tiny/src/a": "1"}

    plan = planned(tmp_path / "shop", base, ships(inputs) | {"src/a": "2"})

    found = image(plan)
    assert found.base == found.head
    assert (found.head.dockerfile, found.head.context, found.head.target) == ("docker/app/Dockerfile", ".", "runtime")
    assert any(f"as {PLACE} of the base says" in note for note in plan.notes)


GONE = {
    "no workflow": {SHIP: None},
    "no push": ships(AS_SHIPPED.replace("push: true", "push: false")),
    "ships another": ships("push: true, tags: acme/tiny, file: tiny/Dockerfile"),
    "cannot be read": {SHIP: "jobs: [\n"},
    "taken for unbuildable": {"docker/app/Dockerfile": API.replace("src", "dist")},
    "another platform": ships(f"{AS_SHIPPED}, platforms: windows/amd64"),
}


@pytest.mark.parametrize("change", GONE.values(), ids=GONE)
def test_budget__is_not_escaped_by_shipping_no_more(tmp_path: pathlib.Path, change: Files):
    """An image with a budget stays in the plan with the base's definition, whatever the head's workflow makes of it."""
    base = SHOP | {"deadweight.toml": BUDGET, "tiny/Dockerfile": TINY}

    plan = planned(tmp_path / "shop", base, change | {"src/a": "2"})

    found = image(plan)
    assert found.base == found.head
    assert not found.unchanged


def test_budget__that_another_tag_would_take_away_is_a_departure(tmp_path: pathlib.Path):
    """A workflow that calls the image otherwise takes the budget that is for its name."""
    base = SHOP | {"deadweight.toml": OWN}

    plan = planned(tmp_path / "shop", base, ships(AS_SHIPPED.replace("acme/api", "acme/other")))

    where = "docker/app/Dockerfile"
    assert sides(plan) == (where, where, Departure.RENAMED)


def test_budget__is_not_for_another_image_that_takes_the_name(tmp_path: pathlib.Path):
    """Tags that change places do not change what an image with a budget is: its definition tells."""
    old = AS_SHIPPED.replace("acme/api", "acme/old")
    base = SHOP | {"deadweight.toml": OWN, "tiny/Dockerfile": TINY}

    plan = planned(tmp_path / "shop", base, ships("push: true, tags: acme/api, file: tiny/Dockerfile", old))

    where = "docker/app/Dockerfile"
    assert sides(plan) == (where, where, Departure.RENAMED)
    assert [one.head.dockerfile for one in plan.images] == [where, "tiny/Dockerfile"]


def test_without_budget__each_side_is_built_as_its_own_workflow_says(tmp_path: pathlib.Path):
    """Where nothing can be lost, a change of the workflow is followed, under the name that the base has."""
    changed = AS_SHIPPED.replace("target: runtime", "target: debug")

    [found] = planned(tmp_path / "shop", SHOP, ships(changed)).images

    assert (found.name, found.base.target, found.head.target) == ("api", "runtime", "debug")
    assert found.why == "changed: target"


def test_without_budget__another_name_for_the_same_build_is_the_same_image(tmp_path: pathlib.Path):
    """A tag that changes makes no new image: it keeps the name that the base gives it, which its history hangs on."""
    [found] = planned(tmp_path / "shop", SHOP, ships(AS_SHIPPED.replace("acme/api", "acme/server"))).images

    assert (found.name, found.unchanged) == ("api", True)


def test_without_budget__what_ships_no_more_is_still_shown(tmp_path: pathlib.Path):
    """An image that the head's workflow drops is compared once more, and it is said that it goes."""
    plan = planned(tmp_path / "shop", SHOP, ships("push: true, tags: acme/tiny, file: tests/Dockerfile"))

    assert sides(plan)[0] == "docker/app/Dockerfile"
    assert any('image "api" is not measured any more' in note for note in plan.notes)


def test_authority__is_not_given_by_the_heads_workflow(tmp_path: pathlib.Path):
    """Contexts from outside and options of the builder count once the base's workflow has them."""
    more = f"{AS_SHIPPED}, build-contexts: 'alpine=docker-image://evil/alpine', build-args: BUILDKIT_CACHE_MOUNT_NS=x"

    for number, (base, change) in enumerate([(SHOP, ships(more)), ({"x": "1"}, SHOP | ships(more))]):
        [found] = planned(tmp_path / str(number), base, change).images
        assert (found.head.build_contexts, found.head.build_args) == ((), ())
    [trusted] = planned(tmp_path / "trusted", SHOP | ships(more), {"src/a": "2"}).images
    assert trusted.head.build_contexts == (("alpine", "docker-image://evil/alpine"),)


def test_new_image__is_what_the_heads_workflow_says(tmp_path: pathlib.Path):
    """Where the base has no image, the head decides how it is built, budget or not."""
    base = {"deadweight.toml": BUDGET, "src/a": "1"}

    assert sides(planned(tmp_path / "shop", base, SHOP)) == (None, "docker/app/Dockerfile", None)


FAMILY: Files = ships(
    "push: true, tags: acme/base:1, context: base", "push: true, tags: acme/api, file: Dockerfile, context: ."
) | {
    "base/Dockerfile": "FROM scratch\nCOPY lib /\n",
    "base/lib": "1",
    "Dockerfile": "FROM acme/base:1\nCOPY own /\n",
    "own": "1",
}


def test_parent__that_changes_makes_the_child_changed(tmp_path: pathlib.Path):
    """An image that is built from another one of the repository is built from it here, and sees what changes there."""
    plan = planned(tmp_path / "shop", FAMILY, {"base/lib": "2"})

    found = image(plan)
    assert [(name, parent.dockerfile) for name, parent in found.head.parents] == [("acme/base:1", "base/Dockerfile")]
    assert found.why == "changed: lib of base"
    assert [one.name for one in plan.images] == ["base", "api"]
    assert "Built from images of this repository: base." in found.notes


def test_parent__is_the_bases_for_a_child_with_a_budget(tmp_path: pathlib.Path):
    """A workflow that has the parent of an image with a budget built otherwise does not change what that is built from."""
    slim = ships(
        "push: true, tags: acme/base:1, context: base, file: base/slim.Dockerfile",
        "push: true, tags: acme/api, file: Dockerfile, context: .",
    )
    base = FAMILY | {"base/slim.Dockerfile": TINY, "deadweight.toml": BUDGET}

    found = image(planned(tmp_path / "shop", base, slim | {"own": "2"}))

    assert [parent.dockerfile for _, parent in found.head.parents] == ["base/Dockerfile"]


WEB = "ARG BASE=alpine\nFROM $BASE\nCOPY src /\n"
ROWS = workflow(
    PUSH
    % "push: true, tags: 'acme/web:${{ matrix.base }}', file: web/Dockerfile, build-args: 'BASE=${{ matrix.base }}'",
    job="strategy: {matrix: {base: [alpine, debian, ubuntu]}}",
)
VARIANTS: Files = {SHIP: ROWS, "web/Dockerfile": WEB, "src/a": "1"}


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("", ["web"]),
        ('variants = "one"', ["web"]),
        ('variants = "all"', ["web", "web-debian", "web-ubuntu"]),
        ('variants = ["web-deb*"]', ["web-debian"]),
        ('variants = ["web", "web-ubuntu"]', ["web", "web-ubuntu"]),
        ('variants = ["no-such"]', ["web"]),
    ],
)
def test_variants__that_are_measured_are_those_that_the_configuration_names(
    tmp_path: pathlib.Path, stated: str, names: list[str]
):
    """One of each Dockerfile and target unless the configuration says otherwise; the others are listed."""
    plan = planned(tmp_path / "shop", VARIANTS | {"deadweight.toml": f"[discover]\n{stated}\n"}, {"src/a": "2"})

    assert sorted(one.name for one in plan.images) == names
    left = {"web", "web-debian", "web-ubuntu"} - set(names)
    assert all(any(f"{name} (" in note for note in plan.notes) for name in left)


COMPOSED: Files = {
    "compose.yaml": "services:\n  api: {build: api}\n  db: {build: db}\n",
    "ship.hcl": 'target "tool" {\n  context = "tool"\n}\n',
    **{f"{name}/Dockerfile": TINY for name in ("api", "db", "tool")},
}


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ('compose.files = ["compose.yaml"]', ["api", "db"]),
        ('compose.files = ["compose.yaml"]\ncompose.services = ["api"]', ["api"]),
        ('bake.files = ["ship.hcl"]\nbake.targets = ["tool"]', ["tool"]),
        ('compose.files = ["compose.yaml"]\nbake.files = ["ship.hcl"]', ["api", "db", "tool"]),
    ],
)
def test_definitions__that_the_configuration_names_are_read_on_both_sides(
    tmp_path: pathlib.Path, stated: str, names: list[str]
):
    """Compose and bake files are definitions where the base's configuration names them, with services and targets."""
    toml = f"[discover]\n{stated}\n"
    more = {"compose.yaml": COMPOSED["compose.yaml"] + "#\n", "deadweight.toml": "[discover]\n"}

    plan = planned(tmp_path / "shop", COMPOSED | {"deadweight.toml": toml}, more)

    assert sorted(one.name for one in plan.images) == names
    assert all(one.base and one.head for one in plan.images)


def test_definitions__that_are_not_there_are_named(tmp_path: pathlib.Path):
    """A file that the configuration names and that the commit does not have is said."""
    toml = {"deadweight.toml": '[discover]\ncompose.files = ["compse.yaml"]\nbake.files = ["b.hcl"]\n'}

    plan = planned(tmp_path / "shop", COMPOSED | toml, {"x": "1"})

    assert "The configuration names compse.yaml, which is not there." in plan.notes
    assert "The configuration names b.hcl, which is not there." in plan.notes


def test_variants__of_a_first_configuration_take_nothing_away_from_a_budget(tmp_path: pathlib.Path):
    """A pull request that adds a configuration cannot put a lighter variant in the place of the one with a budget."""
    head = {"src/a": "2", "deadweight.toml": '[discover]\nvariants = ["web-debian"]\n'}

    plan = planned(tmp_path / "shop", VARIANTS, head, Settings(max_size="1 MB"))

    assert "web" in {one.name for one in plan.images}
    assert dict(image(plan, "web").head.build_args) == {"BASE": "alpine"}


def test_bake__of_the_base_is_asked_about_before_the_heads(tmp_path: pathlib.Path):
    """A head whose bake file takes for ever leaves the base's read by bake all the same, so no budget is lost by it."""
    folder = make_repository(tmp_path / "shop")
    step = "- uses: docker/bake-action@v6\n  with: {push: true, targets: app}\n"
    first = commit(folder, {SHIP: workflow(step), "docker-bake.hcl": "# base\n", "Dockerfile": TINY})
    last = commit(folder, {"docker-bake.hcl": "# head\n"})
    asked: list[str] = []

    def worn_out(request: BakeRequest) -> dict[str, object] | None:
        asked.append(request.files[0][1])
        return {"target": {"app": {"tags": ["acme/api"]}}} if len(asked) == 1 else None

    with GitRepository(folder, {"HOME": "/nonexistent"}) as git:
        config = read_config(None, None, Settings(max_size="1 MB"))
        plan = plan_images(Comparison(first, last, "a test asks"), config, git, bake=worn_out)

    assert asked[0] == "# base\n"
    assert [one.name for one in plan.images] == ["api"]
    assert plan.images[0].base is not None
