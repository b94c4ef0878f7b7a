"""plan_images: which images there are on both sides, and which of them no build would find changed."""

import dataclasses
import pathlib

import pytest

from bot.edges.git import GitRepository
from bot.model.build import ImageSpec
from bot.model.config import Config
from bot.model.plan import Comparison, ImagePlan, Plan
from bot.stages.plan import plan_images
from tests.edges.git.repos import commit, git, make_repository

DOCKERFILE = "FROM scratch\nCOPY app /app\n"
PLAIN = "FROM scratch\nLABEL plain=1\n"
UNCHANGED = "Nothing that its build can see differs."

Files = dict[str, str | None]


def planned(folder: pathlib.Path, base: str, head: str, config: Config | None = None) -> Plan:
    """Plan the comparison of two commits."""
    with GitRepository(folder, {"HOME": "/nonexistent"}) as repository:
        return plan_images(Comparison(base, head, "a test asks"), config or Config(), repository)


def plan_of(folder: pathlib.Path, base: Files, changes: Files, config: Config | None = None) -> tuple[ImagePlan, ...]:
    """Plan the change of one set of files."""
    make_repository(folder)
    first = commit(folder, base)
    return planned(folder, first, commit(folder, changes), config).images


def on_both(config: Config) -> Config:
    """Return a configuration that is the base's as well."""
    return dataclasses.replace(
        config, base_images=config.images, base_discover=config.discover, base_exclude=config.exclude
    )


def names_of(images: tuple[ImagePlan, ...]) -> list[str]:
    """Return the names of the planned images."""
    return [image.name for image in images]


def test_images__are_found_and_named_by_their_folders(tmp_path: pathlib.Path):
    """Every usual place of a Dockerfile gives an image; what only looks like one gives none."""
    base = {
        "Dockerfile": PLAIN,
        "api/Dockerfile": PLAIN,
        "web/Containerfile": PLAIN,
        "docker/worker.Dockerfile": PLAIN,
        "Dockerfile.cron": PLAIN,
        "Dockerfile.md": "# How our Dockerfile works\n",
        "api/Dockerfile.dockerignore": "*.md\n",
        "node_modules/x/Dockerfile": PLAIN,
        "vendor/y/Dockerfile": PLAIN,
        "linked/Dockerfile": "-> ../Dockerfile",
    }

    images = plan_of(tmp_path / "shop", base, {"note": "1"})

    assert {image.name: (image.head.dockerfile, image.head.context) for image in images} == {
        "shop": ("Dockerfile", "."),
        "cron": ("Dockerfile.cron", "."),
        "api": ("api/Dockerfile", "api"),
        "web": ("web/Containerfile", "web"),
        "worker": ("docker/worker.Dockerfile", "docker"),
    }


def test_images__of_the_same_name_are_told_apart_by_their_paths(tmp_path: pathlib.Path):
    """Two folders of one name give two names."""
    base = dict.fromkeys(("one/api/Dockerfile", "two/api/Dockerfile", "web/Dockerfile"), PLAIN)

    assert names_of(plan_of(tmp_path / "shop", base, {"x": "1"})) == ["web", "one/api", "two/api"]


def test_context__is_where_what_it_copies_lies(tmp_path: pathlib.Path):
    """A Dockerfile in a folder that copies files of the root has the root as its context."""
    base = {
        "api/Dockerfile": "FROM scratch\nCOPY go.mod api/main.go ./\n",
        "web/Dockerfile": "FROM scratch\nCOPY index.html /\n",
        "go.mod": "module x\n",
        "api/main.go": "package main\n",
        "web/index.html": "<p>\n",
    }

    images = plan_of(tmp_path / "shop", base, {"go.mod": "module y\n"})

    assert {image.name: image.head.context for image in images} == {"api": ".", "web": "web"}


def test_discovery__follows_its_configuration(tmp_path: pathlib.Path):
    """Globs choose and leave out; configured images come first and are not found twice."""
    base = dict.fromkeys(("a/Dockerfile", "b/Dockerfile", "c/deep/Dockerfile", "Dockerfile"), PLAIN)
    own = ImageSpec("mine", dockerfile="a/Dockerfile", context="a")
    config = on_both(Config(images=(own,), discover=("*/Dockerfile",), exclude=("b/**",)))
    found = on_both(Config(exclude=("b/**", "c/**")))

    assert names_of(plan_of(tmp_path / "shop", base, {"x": "1"}, config)) == ["mine"]
    assert names_of(plan_of(tmp_path / "other", base, {"x": "1"}, found)) == ["other", "a"]


def test_discovery__stops_at_thirty_and_says_so(tmp_path: pathlib.Path):
    """A repository full of Dockerfiles does not start a hundred builds."""
    folder = make_repository(tmp_path / "shop")
    base = commit(folder, {f"image{number:03}/Dockerfile": PLAIN for number in range(34)})

    plan = planned(folder, base, commit(folder, {"x": "1"}))

    assert len(plan.images) == 30
    assert plan.notes == (
        (
            "4 more images were found and are not measured: image030, image031, image032, image033."
            " Name those that matter in [[image]]."
        ),
    )


def test_configured_images__are_planned_without_looking_further(tmp_path: pathlib.Path):
    """Where images are configured, other Dockerfiles of the repository are none of our business."""
    base = {"Dockerfile": DOCKERFILE, "api/Dockerfile": DOCKERFILE, "app": "1"}
    config = Config(images=(ImageSpec("api", dockerfile="api/Dockerfile"),))

    images = plan_of(tmp_path / "shop", base, {"app": "2"}, config)

    assert images == (ImagePlan("api", config.images[0], config.images[0], why="changed: app"),)


def test_new_image__has_no_base(tmp_path: pathlib.Path):
    """A Dockerfile that the base does not have is a new image (F13)."""
    [image] = plan_of(tmp_path / "shop", {"app": "1"}, {"api/Dockerfile": PLAIN})

    assert image.base is None
    assert image.head == ImageSpec("api", dockerfile="api/Dockerfile", context="api")
    assert image.why == "New image: there is no api/Dockerfile on the base."


def test_removed_image__has_no_head(tmp_path: pathlib.Path):
    """A Dockerfile that the head does not have any more is a removed image (F14)."""
    [image] = plan_of(tmp_path / "shop", {"api/Dockerfile": PLAIN}, {"api/Dockerfile": None})

    assert image.base.dockerfile == "api/Dockerfile"
    assert image.head is None
    assert image.why == "api/Dockerfile was removed."


@pytest.mark.parametrize("config", [Config(), Config(images=(ImageSpec("api", "api/Dockerfile", "api"),))])
def test_moved_dockerfile__is_the_same_image(config: Config, tmp_path: pathlib.Path):
    """A Dockerfile that git sees as moved is compared with its old self, own folder and all (F15)."""
    text = "FROM scratch\n" + "".join(f"COPY file{number} /\n" for number in range(9))
    files = {f"file{number}": str(number) for number in range(9)}
    base = {"api/Dockerfile": text} | {f"api/{name}": content for name, content in files.items()}
    changes = dict.fromkeys(base) | {f"services/api/{name}": content for name, content in files.items()}
    changes["services/api/Dockerfile"] = text + "\n"

    [image] = plan_of(tmp_path / "shop", base, changes, config)

    assert image.name == "api"
    assert (image.base.dockerfile, image.base.context) == ("api/Dockerfile", "api")
    assert (image.head.dockerfile, image.head.context) == ("services/api/Dockerfile", "services/api")
    assert image.why == "api/Dockerfile moved to services/api/Dockerfile; changed: services/api/Dockerfile"


def test_configured_image__that_is_nowhere_is_left_to_the_build(tmp_path: pathlib.Path):
    """An image whose Dockerfile exists on neither side is planned, so that its build can fail aloud."""
    config = Config(images=(ImageSpec("api", dockerfile="api/Dockerfile"),))

    [image] = plan_of(tmp_path / "shop", {"a": "1"}, {"a": "2"}, config)

    assert (image.base, image.head, image.why) == (None, config.images[0], "There is no api/Dockerfile.")


def test_no_baseline__leaves_every_image_without_a_base(tmp_path: pathlib.Path):
    """Without a base commit the reason for that is the reason of every image."""
    folder = make_repository(tmp_path / "shop")
    head = commit(folder, {"Dockerfile": PLAIN})

    [image] = planned(folder, "", head).images

    assert (image.base, image.why, image.unchanged) == (None, "a test asks", False)


def changed(tmp_path: pathlib.Path, base: Files, changes: Files, **facts: object) -> str:
    """Tell for one image at the root what its plan says of a change; empty where it is unchanged."""
    config = Config(images=(ImageSpec("app", **facts),))
    files = {"Dockerfile": DOCKERFILE, "app": "1", "other": "1"} | base
    [image] = plan_of(tmp_path / "shop", files, changes, config)
    assert image.unchanged == (image.why == UNCHANGED)
    return "" if image.unchanged else image.why


def test_unchanged__where_only_files_differ_that_nothing_copies(tmp_path: pathlib.Path):
    """A README, a test, another image's folder: none of them makes this image new."""
    assert changed(tmp_path, {}, {"other": "2", "docs/new.md": "x", "api/Dockerfile": DOCKERFILE}) == ""


@pytest.mark.parametrize(
    ("case", "base", "changes"),
    [
        ("a copied file", {}, {"app": "2"}),
        ("the Dockerfile", {}, {"Dockerfile": DOCKERFILE + "USER 1\n"}),
        ("a file of a copied folder", {"Dockerfile": "FROM scratch\nCOPY src /src\n"}, {"src/a/b": "1"}),
        ("a wildcard", {"Dockerfile": "FROM scratch\nCOPY *.py /\n"}, {"x.py": "1"}),
        ("the whole context", {"Dockerfile": "FROM scratch\nCOPY . /\n"}, {"anything": "1"}),
        ("what .dockerignore lets through", {"Dockerfile": "FROM scratch\nCOPY . /\n"}, {".dockerignore": "other\n"}),
        ("a variable", {"Dockerfile": "FROM scratch\nARG F=other\nCOPY $F /\n"}, {"other": "2"}),
        ("an earlier stage", {"Dockerfile": f"{DOCKERFILE}FROM scratch\nCOPY --from=0 /app /\n"}, {"app": "2"}),
        ("a bind mount", {"Dockerfile": "FROM a\nRUN --mount=type=bind,source=other,target=/o x\n"}, {"other": "2"}),
        ("a build context as a whole", {"Dockerfile": "FROM a\nRUN --mount=type=bind,target=/o x\n"}, {"other": "2"}),
        ("an ONBUILD of an image outside", {"Dockerfile": "FROM python:3-onbuild\n"}, {"other": "2"}),
        ("a Dockerfile that cannot be read", {"Dockerfile": "FORM scratch\n"}, {"other": "2"}),
        ("a link that is copied", {"Dockerfile": "FROM a\nCOPY link /\n", "link": "-> other"}, {"other": "2"}),
        ("a link on the way", {"Dockerfile": "FROM a\nCOPY d/x /\n", "d": "-> e", "e/x": "1"}, {"e/x": "2"}),
        ("a link that a wildcard may match", {"Dockerfile": "FROM a\nCOPY l* /\n", "link": "-> other"}, {"other": "2"}),
    ],
)
def test_changed__where_the_build_can_see_it(case: str, base: Files, changes: Files, tmp_path: pathlib.Path):
    """Whatever can reach a layer makes the image changed, and the reason names it; where in doubt, it is changed."""
    assert changed(tmp_path, base, changes).startswith("changed: "), case


@pytest.mark.parametrize(
    ("case", "base", "changes"),
    [
        ("ignored", {"Dockerfile": "FROM a\nCOPY . /\n", ".dockerignore": "docs\n"}, {"docs/a": "1"}),
        (
            "ignored by the Dockerfile's own list",
            {"Dockerfile": "FROM a\nCOPY . /\n", "Dockerfile.dockerignore": "docs\n"},
            {"docs/a": "1"},
        ),
        ("excluded", {"Dockerfile": "FROM a\nCOPY --exclude=*.md . /\n"}, {"x.md": "1"}),
        (
            "a stage that the target does not need",
            {"Dockerfile": f"FROM a\nCOPY other /\n{DOCKERFILE}"},
            {"other": "2"},
        ),
        (
            "another stage's file",
            {"Dockerfile": "FROM a AS b\nCOPY app /\nFROM b\nCOPY --from=b /other /\n"},
            {"other": "2"},
        ),
        (
            "a link inside a copied folder",
            {"Dockerfile": "FROM a\nCOPY d /\n", "d/link": "-> ../other"},
            {"other": "2"},
        ),
        ("more of .dockerignore that hides nothing new", {".dockerignore": "docs\n"}, {".dockerignore": "docs\nx\n"}),
    ],
)
def test_unchanged__where_the_build_cannot_see_it(case: str, base: Files, changes: Files, tmp_path: pathlib.Path):
    """What cannot reach a layer of the target leaves the image unchanged."""
    assert changed(tmp_path, base, changes) == "", case


def test_changed__by_the_mode_of_a_file(tmp_path: pathlib.Path):
    """A file that becomes executable makes another layer."""
    folder = make_repository(tmp_path / "shop")
    base = commit(folder, {"Dockerfile": DOCKERFILE, "app": "1"})
    (folder / "app").chmod(0o755)

    [image] = planned(folder, base, commit(folder, {})).images

    assert image.why == "changed: app"


def test_changed__in_a_further_build_context(tmp_path: pathlib.Path):
    """A named context that is a folder of the repository counts as a whole; one elsewhere does not."""
    contexts = (("lib", "libs/common"), ("remote", "https://example.org/x.git"))

    assert changed(tmp_path / "a", {}, {"libs/common/x": "1"}, build_contexts=contexts) == "changed: x"
    assert changed(tmp_path / "b", {}, {"libs/rare/x": "1"}, build_contexts=contexts) == ""


def test_changed__names_three_files_and_counts_the_rest(tmp_path: pathlib.Path):
    """The reason stays short."""
    base = {"Dockerfile": "FROM scratch\nCOPY src /\n"}

    assert (
        changed(tmp_path, base, {f"src/{name}": "1" for name in "abcde"}) == "changed: src/a, src/b, src/c and 2 more"
    )


def test_submodule__is_compared_by_its_commit(tmp_path: pathlib.Path):
    """A submodule inside the context that moved to another commit makes the image changed."""
    folder = make_repository(tmp_path / "shop")
    commit(folder, {"Dockerfile": "FROM scratch\nCOPY lib /lib\n"})
    commits = []
    for digit in "12":
        git(folder, "update-index", "--add", "--cacheinfo", f"160000,{digit * 40},lib")
        git(folder, "commit", "--quiet", "--message", digit)
        commits.append(git(folder, "rev-parse", "HEAD"))

    plan = planned(folder, *commits)

    assert plan.images[0].why == "changed: lib"
    assert plan.notes == ("lib: submodules that are not here. Check out with submodules: recursive.",)
