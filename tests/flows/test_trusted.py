"""The trusted half: whose pull request, whose words, whose budgets; never those of the report."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import PublishError, UsageError
from bot.flows.check import check
from bot.flows.publish import ARTIFACT, NO_IMAGE, UNVERIFIED, TrustedWorld, publish_run
from bot.model.budget import Acceptance, Verdict
from bot.model.config import FailOn, Settings
from bot.model.explain import CauseKind, Content, ContentKind
from bot.model.plan import Skip
from bot.model.provider import PipelineRun, Pull, RunContext
from bot.model.report import ImageState, Report
from bot.policy.measuring_run import UNUSABLE
from bot.policy.size_record import MISSING, write_history
from bot.render.report_json import decode, dump
from tests.flows.world import MB, TODAY, Shop, dockerfile, workflow_run
from tests.policy.test_record import point

BUDGET = '[budget]\nmax-growth = "2 MB"\n'
BASE = {"Dockerfile": dockerfile(1), "deadweight.toml": BUDGET}
LABEL = "image-size-ok"
NOTHING_LEFT = Skip("the run left no report")
STARTED = datetime(2026, 11, 24, 13, tzinfo=UTC)
"""When a second attempt of a run was started."""


class Fork:
    """A fork's pull request 5, measured by its own run 77 with a token that can only read."""

    def __init__(
        self,
        shop: Shop,
        *megabytes: int,
        budget: str = BUDGET,
        settings: Settings | None = None,
        more: dict[str, str] | None = None,
    ) -> None:
        self.shop = shop
        self.base = shop.git.branches.get("main") or shop.start(BASE | {"deadweight.toml": budget})
        context = shop.propose(BASE | {"Dockerfile": dockerfile(1, *megabytes)} | (more or {}), fork="eve")
        self.head = shop.git.branches["grow"]
        measuring = Shop(git=shop.git, github=None)
        check(context, settings or Settings(), measuring.world)
        self.report: Report = decode(measuring.runner.files["report.json"])
        self.run = PipelineRun(
            77, "pull_request", ".github/workflows/size.yml", self.head, "grow", "eve/shop", "octo/shop", 1
        )
        shop.github.pulls = [self.pull()]
        shop.github.files[self.base, "deadweight.toml"] = budget.encode()

    def pull(self, **more: object) -> Pull:
        """The pull request as GitHub knows it."""
        fields: dict[str, object] = {"open": True, "head_sha": self.head, "base_sha": self.base, "author": "mona"}
        return Pull(
            number=5,
            head_ref="grow",
            head_repository="eve/shop",
            base_ref="main",
            base_repository="octo/shop",
            **(fields | more),
        )

    def upload(self, report: Report | None = None, **more: object) -> None:
        """Leave the report as the run's artifact."""
        self.shop.github.upload(self.run, dump(report or self.report), **more)

    @property
    def world(self) -> TrustedWorld:
        """What the second workflow's job has."""
        return TrustedWorld(workflow_run(self.run), Settings(), self.shop.github, self.shop.runner, TODAY)


def comment(shop: Shop) -> str:
    """The comment on the pull request."""
    return shop.github.comments[5]


def test_publish__posts_what_a_fork_measured(shop: Shop):
    """The comment and the check run appear, rendered here, marked for what they are; nothing else is written."""
    fork = Fork(shop, 5)
    fork.upload()

    posted = publish_run(fork.world)

    assert [one.what for one in posted if one.problem == ""] == ["check run", "comment"]
    assert "grew by 5\u00a0MB" in comment(shop)
    assert UNVERIFIED.split(";")[0] in comment(shop)
    assert (shop.github.checks[0].head_sha, shop.github.checks[0].conclusion) == (fork.head, "failure")
    assert (shop.runner.files, shop.runner.outputs.get("result"), shop.runner.annotations) == ({}, None, [])


def test_publish__takes_the_pull_request_from_github(shop: Shop):
    """A report that claims another pull request, repository or run is posted where GitHub says it belongs (T-A1)."""
    fork = Fork(shop, 5)
    lie = replace(fork.report.run, pull_number=1, repository="evil/shop", run_id=1, server_url="https://evil.example")
    fork.upload(replace(fork.report, run=lie))

    publish_run(fork.world)

    assert shop.github.comments.keys() == {5}
    assert "evil" not in comment(shop)
    assert "run=77/1" in comment(shop).splitlines()[0]
    assert "https://github.com/octo/shop/actions/runs/77" in comment(shop)


def test_publish__of_a_run_that_was_overtaken(shop: Shop):
    """A pull request that has moved on since is left to its newer run (T-A1)."""
    fork = Fork(shop, 5)
    fork.upload()
    shop.github.pulls = [fork.pull(head_sha="d" * 40)]

    outcome = publish_run(fork.world)

    assert isinstance(outcome, Skip)
    assert "artifact" not in shop.github.asked
    assert shop.github.comments == {}


def test_publish__of_another_commit_is_refused(shop: Shop):
    """A report about a commit that its run did not measure is not posted."""
    fork = Fork(shop, 5)
    other = replace(fork.report.comparison, head_sha="d" * 40, pull_head_sha="e" * 40)
    fork.upload(replace(fork.report, comparison=other))

    with pytest.raises(PublishError, match="about another commit than its run"):
        publish_run(fork.world)

    assert shop.github.comments == {}


def test_publish__annotates_nothing(shop: Shop):
    """Lines of a file are told with the check run, never by this job, whose log is about another commit."""
    fork = Fork(shop, 5)
    fork.upload()

    publish_run(replace(fork.world, settings=Settings(check_run=False)))

    assert (shop.github.checks, shop.runner.annotations) == ([], [])
    assert "grew by" in comment(shop)


def test_publish__of_what_cannot_be_used_replaces_what_was_said(shop: Shop):
    """A run that did not fail and left garbage takes back what is said of its own commit: that is not measured any more."""
    fork = Fork(shop, 5)
    fork.upload()
    publish_run(fork.world)
    fork.run = replace(fork.run, conclusion="success")
    shop.github.upload(fork.run, b"garbage")

    with pytest.raises(UsageError):
        publish_run(fork.world)

    assert "grew by" not in comment(shop)
    assert UNUSABLE in comment(shop)


def test_publish__of_a_label_that_covers_later_pushes(shop: Shop):
    """What the label would mean is told as the base's configuration has it."""
    fork = Fork(shop, 5, budget="override-label-sticky = true\n" + BUDGET)
    fork.upload()

    publish_run(fork.world)

    assert "covers later pushes too" in comment(shop)


def test_publish__judges_by_itself(shop: Shop):
    """Verdicts, exit code and notes of the artifact count for nothing: sizes and the base's budgets decide (T-A3)."""
    fork = Fork(shop, 5)
    image = replace(fork.report.images[0], verdict=Verdict.PASS, budgets=())
    lie = replace(fork.report, images=(image,), verdict=Verdict.PASS, exit_code=0, notes=("approved by everybody",))
    fork.upload(lie)

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert "approved by everybody" not in comment(shop)


def test_publish__does_not_look_at_the_heads_configuration(shop: Shop):
    """Budgets come from the base commit that GitHub names, never from a commit of the pull request (T-A3)."""
    fork = Fork(shop, 5)
    shop.github.files[fork.head, "deadweight.toml"] = b'[budget]\nmax-growth = "1 GB"\n'
    fork.upload()

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert not any(fork.head in question for question in shop.github.asked)


@pytest.mark.parametrize(
    "artifact", [{"name": "other"}, {"expired": True}, {"run_id": 76}, None], ids=["other", "expired", "run", "none"]
)
def test_publish__without_a_report_of_this_run(shop: Shop, artifact: dict[str, object] | None):
    """An artifact of another name or run, or one that has expired, is none (T-A4)."""
    fork = Fork(shop, 5)
    if artifact is None:
        shop.github.runs[fork.run.run_id] = fork.run
    else:
        fork.upload(**artifact)

    assert publish_run(fork.world) in (NOTHING_LEFT, Skip("the report of the run has expired"))
    assert shop.github.comments == {}


def test_publish__of_several_attempts_takes_the_latest(shop: Shop):
    """Of a run that ran again the newest artifact counts (T-A4)."""
    fork = Fork(shop, 5)
    fork.upload(number=1)
    small = Fork(shop, 1)
    fork.run = replace(small.run, run_attempt=2, started=STARTED)
    shop.github.pulls = [small.pull()]
    fork.upload(small.report, number=2, created=STARTED + timedelta(minutes=9))

    publish_run(replace(fork.world, context=workflow_run(fork.run)))

    assert "grew by 1\u00a0MB" in comment(shop)
    assert "run=77/2" in comment(shop).splitlines()[0]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "deadweight/report/9"}', b"\xff"])
def test_publish__of_what_is_no_report_is_refused(shop: Shop, content: bytes):
    """What is not a valid report is not posted, however it looks."""
    fork = Fork(shop, 5)
    shop.github.upload(fork.run, content)

    with pytest.raises(UsageError):
        publish_run(fork.world)

    assert shop.github.comments == {}


def test_publish__of_a_report_that_was_named(shop: Shop):
    """A report file that the workflow names stands for the artifact, and is trusted as little."""
    fork = Fork(shop, 5)
    shop.github.runs[fork.run.run_id] = fork.run

    publish_run(fork.world, dump(fork.report))

    assert "grew by 5\u00a0MB" in comment(shop)
    assert not any("artifact" in question for question in shop.github.asked)


@pytest.mark.parametrize("kind", ["pull_request", "local"])
def test_publish__on_another_event_is_refused(shop: Shop, kind: str):
    """Only the end of another run is a reason to post its report."""
    fork = Fork(shop, 5)
    context = shop.propose(BASE) if kind == "pull_request" else RunContext()

    with pytest.raises(UsageError, match="posts the report of another run"):
        publish_run(replace(fork.world, context=context))


@pytest.mark.parametrize("repository", ["evil/shop", None])
def test_publish__of_a_run_elsewhere_is_refused(shop: Shop, repository: str | None):
    """A run that this repository does not know is not published."""
    fork = Fork(shop, 5)
    if repository:
        shop.github.runs[77] = replace(fork.run, repository=repository)

    with pytest.raises(UsageError, match="no run 77 in this repository"):
        publish_run(fork.world)


def test_publish__holds_the_record_of_the_default_branch(shop: Shop):
    """A ratchet looks back at the record that GitHub has."""
    fork = Fork(shop, 1, budget="[budget]\nratchet = true\n")
    shop.github.files["deadweight-history", "sizes.jsonl"] = write_history([point(1, MB // 2, image="shop")])
    fork.upload()

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert "more than ratchet allows" in comment(shop).replace("\u00a0", " ")


@pytest.mark.parametrize("trouble", [True, False])
def test_publish__without_a_record(shop: Shop, *, trouble: bool):
    """A record that is missing or cannot be read is said, and is no reason not to post."""
    fork = Fork(shop, 1, budget="[budget]\nratchet = true\n")
    shop.github.down |= {"sizes.jsonl at deadweight-history"} if trouble else set()
    fork.upload()

    publish_run(fork.world)

    assert MISSING.split(":")[0] in comment(shop).replace("`", "")


def labelled(shop: Shop, fork: Fork, hour: int = 12) -> None:
    """Let a maintainer label the pull request."""
    shop.github.pulls = [fork.pull(labels=(LABEL,))]
    shop.github.label(5, LABEL, by="maintainer", hour=hour)


def test_publish__accepts_by_label_what_was_seen_and_no_more(shop: Shop):
    """The label that GitHub knows accepts a fork's growth, and ends with the push that grows the image further."""
    fork = Fork(shop, 5)
    labelled(shop, fork)
    fork.upload()
    publish_run(fork.world)
    assert shop.github.checks[-1].conclusion == "neutral"
    assert Acceptance.parse(comment(shop)).amounts[0].amount == 5 * MB

    later = Fork(shop, 9)
    labelled(shop, later)
    later.upload(number=2)
    publish_run(later.world)

    assert shop.github.checks[-1].conclusion == "failure"
    assert Acceptance.parse(comment(shop)).amounts[0].amount == 5 * MB


def test_publish__remembers_nothing_that_a_report_claims(shop: Shop):
    """A report that brings its own waiver is judged without it."""
    fork = Fork(shop, 5)
    shop.github.label(5, LABEL, by="maintainer")
    measuring = Shop(git=shop.git)
    measuring.github.label(5, LABEL, by="mona", permission="admin")
    context = shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)}, fork="eve", labels=(LABEL,), label=LABEL)
    waived = check(context, Settings(), measuring.world)
    fork.run = replace(fork.run, head_sha=shop.git.branches["grow"])
    shop.github.pulls = [fork.pull(head_sha=fork.run.head_sha)]
    assert waived.exit_code == 0
    fork.upload(waived)

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert Acceptance.parse(comment(shop)) is None


def test_artifact__has_the_name_that_the_workflow_gives_it():
    """The name under which the example uploads is the one that is looked for."""
    assert ARTIFACT == "deadweight-report"


IMAGES = f'{BUDGET}[[image]]\nname = "api"\n[[image]]\nname = "web"\ncontext = "web"\n'


def declared(shop: Shop) -> Fork:
    """A fork's pull request where the base declares two images."""
    shop.start(BASE | {"deadweight.toml": IMAGES, "web/Dockerfile": dockerfile(2)})
    fork = Fork(shop, 1, budget=IMAGES, more={"web/Dockerfile": dockerfile(2)})
    assert [image.name for image in fork.report.images] == ["api", "web"]
    return fork


def test_publish__of_a_report_with_every_declared_image(shop: Shop):
    """A report that has all that the base declares is kept by its numbers."""
    fork = declared(shop)
    fork.upload()

    publish_run(fork.world)

    assert (shop.github.checks[0].conclusion, "not measured" in comment(shop)) == ("success", False)


def test_publish__of_a_report_that_lacks_a_declared_image(shop: Shop):
    """An image that the base declares and the report leaves out is not measured, which is no pass."""
    fork = declared(shop)
    fork.upload(replace(fork.report, images=fork.report.images[:1]))

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert "1 of 2 images not measured" in comment(shop)
    assert "`web`" in comment(shop)


def test_publish__of_a_report_without_any_image(shop: Shop):
    """A report about nothing is no pass, also where the base declares no image."""
    fork = Fork(shop, 5)
    fork.upload(replace(fork.report, images=()))

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert "nothing was measured" in comment(shop).splitlines()[1]
    assert NO_IMAGE in comment(shop)


def test_publish__of_a_report_without_any_image_where_nothing_fails(shop: Shop):
    """Where the workflow says that nothing makes it fail, a report about nothing is neutral, never a success."""
    fork = Fork(shop, 5)
    fork.upload(replace(fork.report, images=()))

    publish_run(replace(fork.world, settings=Settings(fail_on=FailOn.NEVER)))

    assert shop.github.checks[0].conclusion == "neutral"


@pytest.mark.parametrize("name", ["\u0430pi", "a\u200bpi", "API"])
def test_publish__of_an_image_by_a_name_that_looks_like_it(shop: Shop, name: str):
    """A name that only looks like a declared one is another image, spelled out, and the declared one is missing."""
    fork = declared(shop)
    api, web = fork.report.images
    fork.upload(replace(fork.report, images=(replace(api, name=name), web)))

    publish_run(fork.world)

    shown = name.encode("ascii", "backslashreplace").decode()
    assert shop.github.checks[0].conclusion == "failure"
    assert f"`{shown}` is not `api`" in comment(shop)
    assert name.isascii() or name not in comment(shop) + shop.github.checks[0].title


def test_publish__of_a_declared_image_that_is_said_to_be_new(shop: Shop):
    """An image whose Dockerfile the base has is not new, however small a report makes it; nothing of it is believed."""
    fork = declared(shop)
    shop.github.files[fork.base, "Dockerfile"] = dockerfile(1).encode()
    api, web = fork.report.images
    own = replace(api.causes[0], kind=CauseKind.INSTRUCTION, base_bytes=0, head_bytes=2 * MB, bytes=2 * MB, largest=())
    row = Content(ContentKind.PATH, "/x", 0, 2 * MB)
    new = replace(api, state=ImageState.NEW, base=None, delta=None, causes=(own,), contents=(row,), layers=())
    fork.upload(replace(fork.report, images=(replace(new, paths_changed=0, paths_removed=0), web)))

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert "the base has its Dockerfile" in comment(shop)


def test_publish__of_a_report_that_is_silent_about_files(shop: Shop):
    """Which denied files an image has only its report can tell; one that leaves that out keeps no budget."""
    budget = '[budget]\ndeny-paths = ["/file1"]\n'
    fork = Fork(shop, 1, budget=budget)
    fork.upload(replace(fork.report, images=(replace(fork.report.images[0], budgets=()),)))

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert "deny-paths" in comment(shop)
