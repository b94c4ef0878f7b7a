"""The Action itself: its image built as it is published, its example workflows unchanged, run by a real runner."""

import dataclasses
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.world import webhooks
from tests.world.act import Act, Job
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake

pytestmark = [pytest.mark.act, pytest.mark.engine, pytest.mark.github]

OURS = "deadweight-bot/deadweight"
SHOP = {
    "Dockerfile": "FROM busybox\nRUN head -c 1000000 /dev/zero > /a\n",
    "deadweight.toml": '[budget]\nmax-growth = "2 MB"\n',
}
UPLOAD = """\
name: Stand-in for uploading
description: Shows that the report is there.
inputs:
  name:
    description: a name
  path:
    description: a file
  if-no-files-found:
    description: what then
runs:
  using: composite
  steps:
    - run: test -s "$REPORT" && echo "report is there"
      shell: sh
      env:
        REPORT: ${{ inputs.path }}
"""


@pytest.fixture(scope="session")
def action_image(root: Path, modern_engine: Mapping[str, str]) -> Iterator[str]:
    """Build the Action's own Dockerfile on the base images that it names."""
    bases = re.findall(r"^FROM (\S+)", (root / "Dockerfile").read_text(), re.MULTILINE)
    name = "deadweight-test/action:act"
    for command in (
        ["script/base-images", *dict.fromkeys(bases)],
        ["docker", "build", "--quiet", "--network=host", f"--tag={name}", "."],
    ):
        subprocess.run(
            command, cwd=root, env={"HOME": str(Path.home()), **modern_engine}, check=True, capture_output=True
        )
    yield name
    subprocess.run(["docker", "image", "rm", name], env=dict(modern_engine), check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path: Path) -> Checkout:
    """Return a repository whose main branch is within its budget."""
    made = Checkout.new(tmp_path / "shop")
    made.commit(SHOP)
    return made


@dataclasses.dataclass(frozen=True)
class Workflows:
    """The example workflows with every action that they use at hand."""

    root: Path
    folder: Path
    image: str

    def job(self, file: str, event: str, payload: dict, shop: Checkout, github: GitHubFake) -> Job:
        """The job of an example workflow, copied into a repository as a user would."""
        text = (self.root / "examples/workflows" / file).read_text()
        place = f".github/workflows/{file}"
        (shop.folder / place).parent.mkdir(parents=True, exist_ok=True)
        (shop.folder / place).write_text(text)
        used = re.findall(r"uses: (\S+@\S+)", text)
        ours = next(name for name in used if name.startswith(OURS))
        actions = {name: self._folder_of(name) for name in used if not name.startswith("actions/checkout")}
        return Job(shop.folder, event, payload, place, github.api_url, actions=actions, images={ours: self.image})

    def _folder_of(self, name: str) -> Path:
        folder = self.folder / re.sub(r"\W", "-", name)
        folder.mkdir(exist_ok=True)
        text = (self.root / "action.yml").read_text() if name.startswith(OURS) else UPLOAD
        (folder / "action.yml").write_text(text)
        return folder


@pytest.fixture
def workflows(root: Path, tmp_path: Path, action_image: str) -> Workflows:
    """Return the example workflows."""
    return Workflows(root, tmp_path, action_image)


def propose(
    shop: Checkout, github: GitHubFake, megabytes: int, fork: str | None = None, config: str = SHOP["deadweight.toml"]
) -> dict:
    """Open a pull request that adds a layer, and check out its merge commit; gives the event's payload."""
    shop.git("checkout", "-q", "-f", "-B", "grow", "main")
    layer = f"RUN head -c {megabytes}000000 /dev/zero > /more\n"
    base = shop.git("rev-parse", "main")
    head = shop.commit({"Dockerfile": SHOP["Dockerfile"] + layer, "deadweight.toml": config})
    shop.merge_pull_request(head)
    github.open_pull(5, head_sha=head, base_sha=base, fork=fork)
    return webhooks.pull_request(head_sha=head, base_sha=base, fork=fork)


def test_action__three_pushes(act: Act, github: GitHubFake, shop: Checkout, workflows: Workflows):
    """The job is green or red as the verdict says, and after three runs there is one comment, by GitHub's rules."""
    ends = []
    for run_id, megabytes in ((11, 5), (12, 1), (13, 4)):
        job = workflows.job("image-size.yml", "pull_request", propose(shop, github, megabytes), shop, github)
        ends.append(act.run(dataclasses.replace(job, run_id=run_id)))

    (body,) = github.bodies()
    assert [end.succeeded for end in ends] == [False, True, False], ends[1].log
    assert "grew by 4\u00a0MB" in body.splitlines()[1]
    assert all("report is there" in end.log for end in ends)


def test_action__raises_its_own_budget(act: Act, github: GitHubFake, shop: Checkout, workflows: Workflows):
    """A pull request that raises its own budget is still failed by the base's, and the comment shows what it tried."""
    payload = propose(shop, github, 5, config='[budget]\nmax-growth = "100 MB"\n')

    end = act.run(workflows.job("image-size.yml", "pull_request", payload, shop, github))

    (body,) = github.bodies()
    assert not end.succeeded
    assert "over budget" in body.splitlines()[1]
    assert "max-growth 2\u00a0MB" in body
    assert re.search("would change .*max-growth.* 2.MB.* 100.MB", body)


def test_action__two_halves(act: Act, github_fast: GitHubFake, shop: Checkout, workflows: Workflows):
    """A fork's run measures with a token that reads, and the second workflow posts what it finds in the report."""
    payload = propose(shop, github_fast, 5, fork="eve")
    first = workflows.job("image-size.yml", "pull_request", payload, shop, github_fast)
    measured = act.run(dataclasses.replace(first, token="read-token"))
    said_by_the_first = github_fast.bodies()
    run = github_fast.run_workflow(github_fast.state.pulls[5])
    report = (shop.folder / "deadweight-report/report.json").read_bytes()
    github_fast.upload(run, "deadweight-report", {"report.json": report})
    base = github_fast.state.pulls[5].base_sha
    github_fast.push_file(base, "deadweight.toml", SHOP["deadweight.toml"].encode())
    compared = json.loads(report)["comparison"]
    github_fast.state.parents[compared["head"]["sha"]] = [base, run.head_sha]
    event = webhooks.workflow_run(run.id, fork="eve", head_sha=run.head_sha)

    second = workflows.job("image-size-publish.yml", "workflow_run", event, shop, github_fast)
    published = act.run(second)

    (body,) = github_fast.bodies()
    assert (measured.succeeded, said_by_the_first) == (False, [])
    assert published.succeeded, published.log
    assert "grew by 5\u00a0MB" in body.splitlines()[1]


def test_action__cancelled(act: Act, github: GitHubFake, shop: Checkout, workflows: Workflows):
    """A job that is cancelled in the middle of a build ends by itself, and says nothing anywhere (F19)."""
    payload = propose(shop, github, 1)
    slow = shop.commit({"Dockerfile": "FROM busybox\nRUN echo dozing && sleep 300\n"})
    shop.merge_pull_request(slow)
    job = workflows.job("image-size.yml", "pull_request", payload, shop, github)

    result = act.run(job, interrupt_at="dozing")

    assert not result.succeeded
    assert "Cancelled" in result.log
    assert (github.bodies(), github.state.check_runs) == ([], {})
