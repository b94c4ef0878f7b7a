"""What ``config init`` writes, committed: the same images are planned as without it, each built the same way."""

import pathlib

import pytest

from bot.config import read_config
from bot.config.starter import starter_config
from bot.discovery.side import found_for_starter
from bot.edges.git import GitRepository
from bot.model.config import ConfigFile, Settings
from bot.model.plan import Comparison
from bot.stages.plan import plan_images, shipped_images
from tests.discovery.test_evidence import BAKE_STEP, BAKE_TREE
from tests.discovery.trees import DOCKERFILE, GO, ships
from tests.edges.git.repos import commit, make_repository
from tests.stages.plan.test_shipped import SHOP, VARIANTS

PUSH = "- uses: docker/build-push-action@v6\n  with: {%s}\n"
TREES = {
    "one image": SHOP,
    "variants": VARIANTS,
    "bake, a parent and a matrix": ships(BAKE_STEP % "default") | BAKE_TREE,
    "nothing found": {"README.md": "none"},
    "by name, in doubt": {"packaging/docker/Dockerfile": "FROM scratch\nCOPY . .\n", "main.go": "", "Dockerfile": GO},
    "two targets, one computed": ships(
        PUSH % "push: true, tags: acme/shop, target: runtime"
        + PUSH % "push: true, tags: acme/tool, file: tool/Dockerfile, target: '${{ github.ref_name }}'"
    )
    | {"Dockerfile": GO, "tool/Dockerfile": GO},
    "unbuildable beside its sibling": ships(
        PUSH % "push: true, tags: acme/shop, context: dist" + PUSH % "push: true, tags: acme/web, file: web.Dockerfile"
    )
    | {"web.Dockerfile": DOCKERFILE, "dist/keep": ""},
    "odd names": {
        "a b/Dockerfile": "FROM scratch\n",
        'q"x/Dockerfile': "FROM scratch\n",
        "tab/Dockerfile": "FROM scratch\n",
    },
    "arguments that no configuration may hold": ships(
        PUSH % 'push: true, tags: acme/shop, build-args: "A.B=1\\nC=x\\u00ad"'
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_starter__changes_nothing_of_what_is_planned(tmp_path: pathlib.Path, name: str):
    """A first configuration is accepted, keeps every image with its definition, and is written again as it is."""
    folder = make_repository(tmp_path / "shop")
    sha = commit(folder, TREES[name])
    comparison = Comparison("", sha, "")
    with GitRepository(folder, {"HOME": "/nonexistent"}) as git:
        found = found_for_starter(shipped_images(sha, git))
        text = starter_config(found, {}).text
        again = commit(folder, {"deadweight.toml": text})
        file = ConfigFile("deadweight.toml", text.encode(), again)
        without = plan_images(comparison, read_config(None, None, Settings()), git)
        planned = plan_images(Comparison("", again, ""), read_config(file, file, Settings()), git)
        second = starter_config(found_for_starter(shipped_images(again, git)), {}).text

    assert {one.name: one.head for one in planned.images} == {one.name: one.head for one in without.images}
    assert second == text
