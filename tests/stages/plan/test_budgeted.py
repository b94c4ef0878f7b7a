"""plan_images: an image with a budget keeps its name and its definition, whatever a pull request adds or moves."""

import pathlib
from functools import partial

import pytest

from bot.config import Proposal, read_config
from bot.config.read import find_config
from bot.edges.git import GitRepository
from bot.model.build import Departure
from bot.model.config import Settings
from bot.model.plan import Comparison, ImagePlan, Plan
from bot.stages.plan import plan_images
from tests.edges.git.repos import commit, make_repository

LAYERS = "".join(f"LABEL file{number}=1\n" for number in range(9))
BIG = "FROM scratch AS runtime\n" + LAYERS
TINY = "FROM scratch\nLABEL tiny=1\n"
BUDGET = '[budget]\nmax-size = "1 MB"\n'
DECLARED = BUDGET + '[[image]]\nname = "api"\ndockerfile = "api/Dockerfile"\ncontext = "api"\n'
OWN = '[discover]\n[[image]]\nname = "api"\nbudget.max-size = "1 MB"\n'

Files = dict[str, str | None]


def planned(folder: pathlib.Path, base: Files, changes: Files, settings: Settings | None = None) -> Plan:
    """Plan the change of one set of files, with the configuration that is among them."""
    make_repository(folder)
    first = commit(folder, base)
    last = commit(folder, changes)
    settings = settings or Settings()
    with GitRepository(folder, {"HOME": "/nonexistent"}) as git:
        files = (find_config(partial(git.read_file, sha)) for sha in (first, last))
        config = read_config(*files, settings, Proposal.SHOWN)
        return plan_images(Comparison(first, last, "a test asks"), config, git)


def image(plan: Plan, name: str = "api") -> ImagePlan:
    """Return the one image of a name."""
    [found] = [image for image in plan.images if image.name == name]
    return found


def sides(plan: Plan, name: str = "api") -> tuple[str | None, str | None, Departure | None]:
    """Return the Dockerfiles of both sides, and how the image departs."""
    found = image(plan, name)
    return found.base and found.base.dockerfile, found.head and found.head.dockerfile, found.departure


@pytest.mark.parametrize("toml", [BUDGET, DECLARED, OWN])
@pytest.mark.parametrize("decoy", ["x/api/Dockerfile", "a/api/Dockerfile", "api.Dockerfile", "x/Dockerfile.api"])
def test_name__stays_with_the_base_whatever_is_added(tmp_path: pathlib.Path, toml: str, decoy: str):
    """A second file that would have an image's name gets another one; the image is measured under its own."""
    plan = planned(tmp_path / "shop", {"api/Dockerfile": BIG, "deadweight.toml": toml}, {decoy: TINY})

    assert sides(plan) == ("api/Dockerfile", "api/Dockerfile", None)


def test_name__that_a_merge_would_take_away_is_a_departure(tmp_path: pathlib.Path):
    """A file that makes a name ambiguous from the next pull request on takes the budgets that are for that name."""
    base = {"services/api/Dockerfile": BIG, "deadweight.toml": OWN}

    plan = planned(tmp_path / "shop", base, {"x/api/Dockerfile": TINY})

    where = "services/api/Dockerfile"
    assert sides(plan) == (where, where, Departure.RENAMED)


def test_name__that_a_merge_changes_is_none_where_the_budgets_come_along(tmp_path: pathlib.Path):
    """With the same budgets under the new name nothing is lost."""
    base = {"services/api/Dockerfile": BIG, "deadweight.toml": OWN}
    renamed = OWN.replace('"api"', '"services/api"')

    plan = planned(tmp_path / "shop", base, {"x/api/Dockerfile": TINY, "deadweight.toml": renamed})

    assert image(plan).departure is None


def test_cap__never_leaves_out_an_image_with_a_budget(tmp_path: pathlib.Path):
    """Thirty small Dockerfiles nearer to the root push nothing out, neither what was there nor what is new."""
    many = {f"a{number:02}/Dockerfile": TINY for number in range(40)}
    base = {"deep/down/api/Dockerfile": BIG, "deadweight.toml": BUDGET}

    plan = planned(tmp_path / "shop", base, {**many, "deep/down/new/Dockerfile": BIG})

    names = [one.name for one in plan.images]
    assert names[0] == "api"
    assert {"new", *(f"a{number:02}" for number in range(40))} <= set(names)
    assert plan.notes == ()


REPOINTS = {
    "another Dockerfile": 'dockerfile = "tiny/Dockerfile"\ncontext = "api"\n',
    "another context": 'dockerfile = "api/Dockerfile"\ncontext = "tiny"\n',
    "another target": 'dockerfile = "api/Dockerfile"\ncontext = "api"\ntarget = "tiny"\n',
    "arguments": 'dockerfile = "api/Dockerfile"\ncontext = "api"\nbuild-args.SMALL = "1"\n',
    "a context that hides an image": (
        'dockerfile = "api/Dockerfile"\ncontext = "api"\nbuild-contexts.alpine = "tiny"\n'
    ),
    "a platform": 'dockerfile = "tiny/Dockerfile"\nplatforms = ["linux/arm64"]\n',
}


@pytest.mark.parametrize("definition", REPOINTS.values(), ids=REPOINTS)
def test_definition__is_the_bases(tmp_path: pathlib.Path, definition: str):
    """A head that describes an image with a budget anew is shown, and built as the base says."""
    base = {"api/Dockerfile": BIG, "tiny/Dockerfile": TINY, "deadweight.toml": DECLARED}
    toml = BUDGET + '[[image]]\nname = "api"\n' + definition

    plan = planned(tmp_path / "shop", base, {"deadweight.toml": toml, "api/Dockerfile": BIG + "USER 1\n"})

    found = image(plan)
    assert found.base == found.head
    assert (found.head.dockerfile, found.head.context, found.head.target) == ("api/Dockerfile", "api", "")
    assert any("api" in note and "as the base says" in note for note in plan.notes)


def test_definition__of_an_image_without_a_budget_follows_the_head(tmp_path: pathlib.Path):
    """Where no budget can be lost, each side is built as it says itself."""
    toml = '[[image]]\nname = "api"\ndockerfile = "{}/Dockerfile"\n'
    base = {"api/Dockerfile": BIG, "tiny/Dockerfile": TINY, "deadweight.toml": toml.format("api")}

    plan = planned(tmp_path / "shop", base, {"deadweight.toml": toml.format("tiny")})

    assert sides(plan) == ("api/Dockerfile", "tiny/Dockerfile", None)


@pytest.mark.parametrize("toml", [BUDGET, DECLARED, OWN])
def test_moved_dockerfile__keeps_name_and_budget(tmp_path: pathlib.Path, toml: str):
    """What git sees as moved is the same image, with or without the configuration moving along."""
    moved = {"api/Dockerfile": None, "services/api/Dockerfile": BIG + "USER 1\n"}
    base = {"api/Dockerfile": BIG, "deadweight.toml": toml}

    for number, more in enumerate(({}, {"deadweight.toml": toml.replace("api/", "services/api/")})):
        plan = planned(tmp_path / str(number), base, {**moved, **more})
        assert sides(plan) == ("api/Dockerfile", "services/api/Dockerfile", None)
        assert [one.name for one in plan.images] == ["api"]


def test_moved_context__comes_along(tmp_path: pathlib.Path):
    """A context that moved as a whole is the same context, although the Dockerfile lies elsewhere."""
    toml = BUDGET + '[[image]]\nname = "api"\ndockerfile = "docker/Dockerfile"\ncontext = "api"\n'
    base = {"docker/Dockerfile": BIG, "api/file1": "one\n" * 9, "deadweight.toml": toml}
    moved = {"api/file1": None, "services/api/file1": "one\n" * 9}

    plan = planned(tmp_path / "shop", base, {**moved, "deadweight.toml": toml.replace('"api"\n', '"services/api"\n')})

    assert image(plan).head.context == "services/api"
    assert image(plan).departure is None


@pytest.mark.parametrize("toml", [BUDGET, DECLARED, OWN])
def test_removed_dockerfile__leaves_no_head(tmp_path: pathlib.Path, toml: str):
    """An image that is gone stays in the plan, so that it can be judged."""
    plan = planned(tmp_path / "shop", {"api/Dockerfile": BIG, "deadweight.toml": toml}, {"api/Dockerfile": None})

    assert sides(plan) == ("api/Dockerfile", None, None)


@pytest.mark.parametrize("target", ["", "runtime"])
def test_definition__that_is_gone_is_replaced_and_told(tmp_path: pathlib.Path, target: str):
    """Where the base's Dockerfile or stage is gone, what the head names is measured, and that it is another is kept."""
    goal = f'target = "{target}"\n' if target else ""
    base = {"api/Dockerfile": BIG, "deadweight.toml": DECLARED + goal}
    gone = {"api/Dockerfile": "FROM scratch AS final\nCOPY x /\n"} if target else {"api/Dockerfile": None}
    toml = BUDGET + '[[image]]\nname = "api"\ndockerfile = "tiny/Dockerfile"\n'

    plan = planned(tmp_path / "shop", base, {**gone, "tiny/Dockerfile": TINY, "deadweight.toml": toml})

    assert sides(plan) == ("api/Dockerfile", "tiny/Dockerfile", Departure.REPOINTED)


@pytest.mark.parametrize(
    "change",
    ['[[image]]\nname = "tiny"\ndockerfile = "tiny/Dockerfile"\n', '[discover]\nexclude = ["**"]\n', None],
    ids=["declares another", "excludes", "takes away"],
)
def test_found_image__is_found_whatever_the_head_configures(tmp_path: pathlib.Path, change: str | None):
    """What the base finds is measured, though the head would no longer look for it."""
    base = {"api/Dockerfile": BIG, "tiny/Dockerfile": TINY, "deadweight.toml": BUDGET}
    toml = None if change is None else BUDGET + change

    plan = planned(tmp_path / "shop", base, {"deadweight.toml": toml, "new/Dockerfile": BIG})

    assert sides(plan) == ("api/Dockerfile", "api/Dockerfile", None)
    assert sides(plan, "new") == (None, "new/Dockerfile", None)


def test_declared_twin__of_a_found_image_does_not_take_its_place(tmp_path: pathlib.Path):
    """A new declaration by the name of an image that the base finds is not that image."""
    base = {"api/Dockerfile": BIG, "deadweight.toml": BUDGET}
    toml = BUDGET + '[[image]]\nname = "api"\ndockerfile = "tiny/Dockerfile"\n'

    plan = planned(tmp_path / "shop", base, {"deadweight.toml": toml, "tiny/Dockerfile": TINY})

    assert sides(plan) == ("api/Dockerfile", "api/Dockerfile", None)
    assert len({(one.name, str(one.head and one.head.platform)) for one in plan.images}) == len(plan.images)


def test_context__of_a_found_image_is_not_moved_by_a_decoy(tmp_path: pathlib.Path):
    """Files that would make another folder look like the context change nothing, where the Dockerfile did not change."""
    base = {"deploy/Dockerfile": "FROM scratch\nCOPY app /\n", "app/x": "1", "deadweight.toml": BUDGET}

    plan = planned(tmp_path / "shop", base, {"deploy/app/x": "tiny", "app/x": "2"})

    found = image(plan, "shop")
    assert (found.base.context, found.head.context, found.unchanged) == (".", ".", False)


def test_budget_of_an_input__holds_images_without_a_configuration(tmp_path: pathlib.Path):
    """A first configuration that declares one tiny image hides none from the budgets of the workflow."""
    base = {"api/Dockerfile": BIG, "tiny/Dockerfile": TINY}
    first = {"deadweight.toml": '[[image]]\nname = "tiny"\ndockerfile = "tiny/Dockerfile"\n'}

    plan = planned(tmp_path / "shop", base, first, Settings(max_size="1 MB"))

    assert {one.name for one in plan.images} == {"api", "tiny"}


def test_first_configuration__names_the_images_where_nothing_can_be_lost(tmp_path: pathlib.Path):
    """Without any budget a first configuration is followed on both sides, and what it leaves out is left out."""
    base = {"api/Dockerfile": BIG + "COPY file /\n", "file": "1", "example/Dockerfile": TINY}
    first = '[[image]]\nname = "backend"\ndockerfile = "api/Dockerfile"\ntarget = "runtime"\n'

    plan = planned(tmp_path / "shop", base, {"deadweight.toml": first})

    [found] = plan.images
    assert (found.name, found.unchanged, found.base, found.base.target) == ("backend", True, found.head, "runtime")


def test_platform__that_the_head_adds_is_built_as_the_base_says(tmp_path: pathlib.Path):
    """Another platform of an image with a budget is the same Dockerfile, not another one."""
    base = {
        "api/Dockerfile": BIG,
        "tiny/Dockerfile": TINY,
        "deadweight.toml": DECLARED + 'platforms = ["linux/amd64"]\n',
    }
    toml = (
        BUDGET + '[[image]]\nname = "api"\ndockerfile = "tiny/Dockerfile"\nplatforms = ["linux/amd64", "linux/arm64"]\n'
    )

    plan = planned(tmp_path / "shop", base, {"deadweight.toml": toml})

    found = {str(one.head.platform): one.head.dockerfile for one in plan.images}
    assert found == {"linux/amd64": "api/Dockerfile", "linux/arm64": "api/Dockerfile"}
