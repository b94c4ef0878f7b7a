"""A first or repaired configuration and lost budgets, in the main job: a real engine, the program as the runner runs it."""

import dataclasses
from pathlib import Path

import pytest

from tests.jobs.test_main_job import propose
from tests.world import webhooks
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake
from tests.world.program import Program

pytestmark = [pytest.mark.engine, pytest.mark.github]

SMALL = "FROM busybox\nRUN head -c 1000000 /dev/zero > /a\n"
LARGE = SMALL + "RUN head -c 5000000 /dev/zero > /b\n"
TINY = "FROM busybox\nRUN echo tiny > /tiny\n"
BUDGET = '[budget]\nmax-growth = "2 MB"\n'
DECLARED = BUDGET + '[[image]]\nname = "api"\ndockerfile = "api/Dockerfile"\n'
BROKEN = "budget = 5\n"
VALUE = "value-of-a-secret-7f3a"
PRINTS = (
    "FROM busybox\n"
    "RUN --mount=type=secret,id=a --mount=type=secret,id=b cat /run/secrets/* | rev > /got; cat /got; wc -c < /got\n"
    "RUN ip address > /network; cat /network\n"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return an empty repository."""
    return Checkout.new(tmp_path / "shop")


@pytest.fixture
def program(checkout: Checkout, github: GitHubFake, modern_engine: dict[str, str]) -> Program:
    """Return the Action, in that repository's job."""
    return Program(checkout, github.api_url, modern_engine)


@pytest.mark.parametrize("base", [None, BROKEN], ids=["first", "repaired"])
def test_check__unreviewed_configuration_gives_no_authority(
    program: Program, github: GitHubFake, checkout: Checkout, tmp_path: Path, base: str | None
):
    """A configuration that nobody reviewed hands no secret to its build and no network of the machine, and is told."""
    (tmp_path / "machine.txt").write_text(VALUE)
    checkout.commit({"Dockerfile": TINY, **({"deadweight.toml": base} if base else {})})
    greedy = (
        '[[image]]\nname = "shop"\n'
        f'secrets = ["id=a,src={tmp_path}/machine.txt", "id=b,env=NPM_TOKEN"]\nnetwork = "host"\n'
        'build-contexts.x = "docker-image://busybox"\n'
    )
    payload = propose(checkout, github, {"Dockerfile": PRINTS, "deadweight.toml": greedy})

    run = dataclasses.replace(program, env={"NPM_TOKEN": VALUE}).run("pull_request", payload)

    told = run.everything() + "".join(github.bodies())
    assert run.exit_code == 0, run.everything()
    assert VALUE not in told
    assert VALUE[::-1] not in told
    for word in ("other secrets", "another network", "other contexts from outside"):
        assert word in told
    assert "deadweight.toml:1" in told
    (image,) = run.report()["images"]
    assert image["head"] is not None


def test_check__first_configuration_does_not_decide_and_says_what_it_would(
    program: Program, github: GitHubFake, checkout: Checkout
):
    """The budgets of a first configuration fail nothing yet; the report says what they would fail."""
    checkout.commit({"Dockerfile": SMALL})
    payload = propose(checkout, github, {"Dockerfile": LARGE, "deadweight.toml": BUDGET})

    run = program.run("pull_request", payload)

    assert run.exit_code == 0
    assert run.report()["images"][0]["budgets"] == []
    assert any("would fail image" in note and "max-growth" in note for note in run.report()["notes"])


@pytest.mark.parametrize(
    "secret",
    ["id=a,env=INPUT_GITHUB-TOKEN", "id=GITHUB_TOKEN", "id=a,env=ACTIONS_RUNTIME_TOKEN", "id=a,src=/proc/self/environ"],
)
def test_check__runners_own_secrets_are_out_of_reach_of_a_reviewed_configuration(
    program: Program, github: GitHubFake, checkout: Checkout, secret: str
):
    """The token and variables of the job are no build secrets, though the base asks for them: a mistake with its line."""
    toml = f'[[image]]\nname = "shop"\nsecrets = ["{secret}"]\n'
    checkout.commit({"Dockerfile": SMALL, "deadweight.toml": toml})
    payload = propose(checkout, github, {"Dockerfile": PRINTS})

    run = program.run("pull_request", payload)

    assert run.exit_code == 2
    assert "deadweight.toml:3: secrets element 1 asks for" in run.log


@pytest.mark.parametrize("target", ["/proc/self/environ", ".git/config", "event", "../outside.txt"])
def test_check__reviewed_secret_file_that_a_pull_request_makes_a_link(
    program: Program, github: GitHubFake, checkout: Checkout, tmp_path: Path, target: str
):
    """A file of the workspace that the base names is not followed out of it, nor to git's, the runner's or the machine's."""
    toml = '[[image]]\nname = "shop"\nsecrets = ["id=a,src=token.txt"]\n'
    checkout.commit({"Dockerfile": SMALL, "deadweight.toml": toml})
    payload = propose(checkout, github, {"Dockerfile": PRINTS})
    (tmp_path / "outside.txt").write_text(VALUE)
    event = tmp_path / "shop" / "event.json"
    event.write_text("{}")
    (checkout.folder / "token.txt").symlink_to("event.json" if target == "event" else target)

    run = dataclasses.replace(program, env={"GITHUB_STATE": str(event)}).run("pull_request", payload)

    assert run.exit_code == 2
    assert 'deadweight.toml:1: secret "a" of image "shop" leads' in run.log
    assert VALUE not in run.everything()


def test_check__reviewed_secret_reaches_its_build(program: Program, github: GitHubFake, checkout: Checkout):
    """A secret that the base names still is there for the build."""
    toml = '[[image]]\nname = "shop"\nsecrets = ["id=a,src=token.txt", "id=b,env=NPM_TOKEN"]\n'
    uses = (
        "FROM busybox\nRUN --mount=type=secret,id=a,required --mount=type=secret,id=b,required wc -c /run/secrets/*\n"
    )
    checkout.commit({"Dockerfile": SMALL, "deadweight.toml": toml})
    payload = propose(checkout, github, {"Dockerfile": uses})
    (checkout.folder / "token.txt").write_text(VALUE)

    run = dataclasses.replace(program, env={"NPM_TOKEN": VALUE}).run("pull_request", payload)

    assert run.exit_code == 0, run.everything()


FILES = {"api/Dockerfile": SMALL, "tiny/Dockerfile": TINY}
DEEP = {"services/api/Dockerfile": SMALL}
# Nothing that git would take for the same file.
ELSEWHERE = {
    "hidden/build.df": "# built by our own script\nARG SIZE=9\nFROM busybox AS built\nCOPY . /everything\nUSER 1\n"
}
GROWN = {"api/Dockerfile": LARGE}
GONE = {"api/Dockerfile": None}
THIRTY = {f"a{number:02}/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n" for number in range(30)}
RENAMED = {"services/api/Dockerfile": LARGE, "x/api/Dockerfile": TINY}
NAMED = '[discover]\n[[image]]\nname = "api"\nbudget.max-growth = "2 MB"\n'
ESCAPES = {
    "a second file by the name": (DEEP, NAMED, RENAMED),
    "thirty small files": (DEEP, BUDGET, {"services/api/Dockerfile": LARGE} | THIRTY),
    "another Dockerfile": (FILES, DECLARED, GROWN | {"deadweight.toml": DECLARED.replace("api/", "tiny/")}),
    "another Dockerfile that is new": (
        FILES,
        DECLARED,
        GROWN | {"deadweight.toml": DECLARED.replace("api/", "new/"), "new/Dockerfile": TINY},
    ),
    "another place": (FILES, BUDGET, GONE | ELSEWHERE),
    "another place, declared": (FILES, DECLARED, GONE | ELSEWHERE),
    "a declaration of another image": (
        FILES,
        BUDGET,
        GROWN | {"deadweight.toml": BUDGET + '[[image]]\nname = "tiny"\ndockerfile = "tiny/Dockerfile"\n'},
    ),
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_check__budget_is_not_lost_by_adding_or_moving_files(
    program: Program,
    github: GitHubFake,
    checkout: Checkout,
    escape: tuple[dict[str, str], str, dict[str, str | None]],
):
    """However the image with the budget is renamed, crowded out, re-pointed or hidden: exit 1."""
    files, toml, changes = escape
    checkout.commit({**files, "deadweight.toml": toml})
    payload = propose(checkout, github, changes)

    run = program.run("pull_request", payload)

    assert run.exit_code == 1, run.everything()
    verdicts = {image["name"]: image["verdict"] for image in run.report()["images"]}
    assert verdicts["api"] == "fail"


def test_check__moved_image_is_measured_under_its_name(program: Program, github: GitHubFake, checkout: Checkout):
    """A Dockerfile that moves keeps its image's name and numbers."""
    checkout.commit({**FILES, "deadweight.toml": BUDGET})
    payload = propose(checkout, github, {"api/Dockerfile": None, "services/api/Dockerfile": SMALL + "USER 1\n"})

    run = program.run("pull_request", payload)

    assert run.exit_code == 0, run.everything()
    images = {image["name"]: image["delta"] and image["delta"]["unpacked_bytes"] for image in run.report()["images"]}
    assert images["api"] == 0


@pytest.mark.parametrize("permission", ["write", "read"])
def test_check__removal_is_accepted_by_label(program: Program, github: GitHubFake, checkout: Checkout, permission: str):
    """Whoever may accept an exceeded budget may let an image with a budget go; the comment says so either way."""
    checkout.commit({**FILES, "deadweight.toml": BUDGET})
    payload = propose(checkout, github, GONE)
    payload["pull_request"]["labels"] = webhooks.pull_request(labels=("image-size-ok",))["pull_request"]["labels"]
    github.state.collaborators["mona"] = permission
    github.run_workflow(github.state.pulls[5], id=1, created_at="2026-11-24T09:00:05Z")
    github.label(5, "image-size-ok", by="mona")
    github.state.label_events[-1].created_at = "2026-11-24T10:00:00Z"

    run = program.run("pull_request", payload)

    assert run.exit_code == (0 if permission == "write" else 1)
    assert "is not built any more" in github.bodies()[0]


def test_check__removal_is_accepted_by_a_waiver_of_the_base(program: Program, github: GitHubFake, checkout: Checkout):
    """A waiver that was merged before lets an image go; the pull request's own does not."""
    waiver = '[[waiver]]\nimage = "api"\nallows = "removal"\nreason = "retired"\nuntil = 2099-12-31\n'
    checkout.commit({**FILES, "deadweight.toml": BUDGET})
    own = program.run("pull_request", propose(checkout, github, {**GONE, "deadweight.toml": BUDGET + waiver}))
    checkout.git("checkout", "-q", "main")
    checkout.commit({"deadweight.toml": BUDGET + waiver})

    merged = program.run("pull_request", propose(checkout, github, GONE), run_id=2)

    assert (own.exit_code, merged.exit_code) == (1, 0), merged.everything()
