"""One check over many machines: plan, measure, report; together they say what a single check says."""

from dataclasses import replace

import pytest

from bot.errors import UsageError
from bot.flows.check import check
from bot.flows.fan_out import matrix, report_on
from bot.model.budget import Verdict
from bot.model.config import Settings
from bot.model.provider import RunContext
from bot.model.report import ImageState, Report
from bot.render.report_json import decode
from tests.discovery.trees import workflow
from tests.flows.world import Shop, dockerfile, pull_request

NAMES = ("api", "cron", "web")
BASE = {f"{name}/Dockerfile": dockerfile(1) for name in NAMES} | {"deadweight.toml": '[budget]\nmax-growth = "2 MB"\n'}
CHANGED = BASE | {"api/Dockerfile": dockerfile(1, 5), "web/Dockerfile": dockerfile(1, 1)}


@pytest.fixture
def context(shop: Shop) -> RunContext:
    """Return the run of a pull request that changes two of three images."""
    shop.start(BASE)
    return shop.propose(CHANGED)


def measured(shop: Shop, context: RunContext, *images: str) -> Report:
    """Measure some images on a machine of their own; gives the report file that it leaves."""
    elsewhere = Shop(git=shop.git, github=None)
    check(context, Settings(images=images), elsewhere.world, posts=False)
    return decode(elsewhere.runner.files["report.json"])


def test_matrix__has_the_images_that_changed(shop: Shop, context: RunContext):
    """Only what changed needs a machine; each shard names its images line by line."""
    expected = {"include": [{"shard": 0, "images": "api"}, {"shard": 1, "images": "web"}]}
    assert matrix(context, Settings(), shop.world, 20) == expected


def test_matrix__of_fewer_machines_than_images(shop: Shop, context: RunContext):
    """Images share a machine if there are more of them."""
    assert matrix(context, Settings(), shop.world, 1) == {"include": [{"shard": 0, "images": "api\nweb"}]}


def test_matrix__of_images_on_one_base(shop: Shop):
    """Images that are built from the same base image share a machine, which builds or pulls it once."""
    files = {"api/Dockerfile": "FROM debian\n", "web/Dockerfile": "FROM debian\n", "cron/Dockerfile": "FROM alpine\n"}
    shop.start(files)
    context = shop.propose({path: f"{text}RUN make /a 1\n" for path, text in files.items()})

    found = matrix(context, Settings(), shop.world, 20)

    assert {entry["images"] for entry in found["include"]} == {"api\nweb", "cron"}


def test_matrix__keeps_a_parent_with_its_children(shop: Shop):
    """An image that is built from another one here shares its machine, and so does what is built from that in turn."""
    push = "- uses: docker/build-push-action@v6\n  with: {push: true, context: %s, tags: ghcr.io/acme/%s}\n"
    names = ("a", "b", "c", "d")
    files = {
        ".github/workflows/ship.yml": workflow("".join(push % (name, name) for name in names)),
        "a/Dockerfile": "FROM debian\n",
        "b/Dockerfile": "FROM ghcr.io/acme/a\n",
        "c/Dockerfile": "FROM ghcr.io/acme/b\n",
        "d/Dockerfile": "FROM alpine\n",
    }
    shop.start(files)
    context = shop.propose({f"{name}/Dockerfile": files[f"{name}/Dockerfile"] + "RUN make /x 1\n" for name in names})

    found = matrix(context, Settings(), shop.world, 20)

    assert {entry["images"] for entry in found["include"]} == {"a\nb\nc", "d"}


def test_matrix__of_nothing(shop: Shop):
    """An event that changes nothing needs no machine."""
    shop.start(BASE)

    assert matrix(shop.propose(CHANGED, action="closed"), Settings(), shop.world, 20) == {"include": []}


def test_report__says_what_a_single_check_says(shop: Shop, context: RunContext):
    """Merged, the reports of many machines hold the images, verdicts and notes of one, and are posted once."""
    alone = Shop(git=shop.git)
    expected = check(context, Settings(), alone.world)
    shards = [measured(shop, context, "web"), measured(shop, context, "api")]

    merged = report_on(shards, context, Settings(), shop.world)

    def sorted_images(report: Report) -> list[object]:
        return sorted(report.images, key=lambda image: image.name)

    assert sorted_images(merged) == sorted_images(expected)
    assert (merged.verdict, merged.exit_code, merged.policy_source) == (
        expected.verdict,
        expected.exit_code,
        expected.policy_source,
    )
    assert set(merged.notes) == set(expected.notes)
    assert shop.built() == []
    assert shop.github.comments.keys() == {5}
    assert [image.state for image in sorted_images(merged)] == [
        ImageState.CHANGED,
        ImageState.UNCHANGED,
        ImageState.CHANGED,
    ]


def test_report__a_missing_shard_is_not_green(shop: Shop, context: RunContext):
    """An image that was to be measured and has no report is not measured, and the run fails."""
    report = report_on([measured(shop, context, "web")], context, Settings(), shop.world)

    assert {image.name: image.verdict for image in report.images} == {
        "web": Verdict.PASS,
        "cron": Verdict.PASS,
        "api": Verdict.NOT_MEASURED,
    }
    assert (report.verdict, report.exit_code) == (Verdict.NOT_MEASURED, 3)


def test_report__without_any_report_is_not_green(shop: Shop, context: RunContext):
    """Where every machine was lost, nothing was measured."""
    report = report_on([], context, Settings(), shop.world)

    assert report.exit_code == 3


def test_report__on_images_that_were_chosen(shop: Shop, context: RunContext):
    """Only the images that were asked for are missed."""
    settings = Settings(images=("web",))

    report = report_on([measured(shop, context, "web")], context, settings, shop.world)

    assert ([image.name for image in report.images], report.exit_code) == (["web"], 0)


def test_report__of_a_shard_that_ran_twice(shop: Shop, context: RunContext):
    """A machine that ran again replaces what it said before."""
    first, again = measured(shop, context, "web"), measured(shop, context, "web")
    old = replace(first, images=(replace(first.images[0], verdict=Verdict.FAIL, notes=("old",)),))

    report = report_on([old, again, measured(shop, context, "api")], context, Settings(), shop.world)

    web = next(image for image in report.images if image.name == "web")
    assert "old" not in web.notes


def test_report__is_judged_by_the_base_and_not_by_what_the_machines_say(shop: Shop, context: RunContext):
    """Verdicts that a machine wrote into its report count for nothing."""
    api = measured(shop, context, "api")
    lie = replace(api, images=(replace(api.images[0], verdict=Verdict.PASS, budgets=()),), verdict=Verdict.PASS)

    report = report_on([lie, measured(shop, context, "web")], context, Settings(), shop.world)

    assert report.exit_code == 1


def test_report__on_other_commits_is_refused(shop: Shop, context: RunContext):
    """The reports of another run are never merged into this one's."""
    old = measured(shop, context, "web")
    later = shop.propose(CHANGED | {"web/Dockerfile": dockerfile(1, 2)})

    with pytest.raises(UsageError, match="about other commits than this run"):
        report_on([old], later, Settings(), shop.world)

    assert shop.github.comments == {}


def test_report__cannot_choose_its_own_base(shop: Shop, context: RunContext):
    """A report that names another base, whose budgets are wider, is refused."""
    wide = shop.git.commit(BASE | {"deadweight.toml": '[budget]\nmax-growth = "1 GB"\n'})
    api = measured(shop, context, "api")
    lie = replace(api, comparison=replace(api.comparison, base_sha=wide))

    with pytest.raises(UsageError, match="about other commits than this run"):
        report_on([lie], context, Settings(), shop.world)


def test_report__on_an_event_without_images(shop: Shop):
    """Where there is nothing to compare there is nothing to report on."""
    shop.start(BASE)

    with pytest.raises(UsageError, match="There is nothing to report on"):
        report_on([], shop.propose(CHANGED, action="closed"), Settings(), shop.world)


def test_report__on_a_command_line(shop: Shop, context: RunContext):
    """Outside Actions the reports say what they compare; nothing is posted."""
    shards = [measured(shop, context, "web"), measured(shop, context, "api")]

    report = report_on(shards, RunContext(), Settings(), shop.world)

    assert (len(report.images), report.exit_code) == (3, 1)
    assert shop.github.comments == {}


def test_report__without_a_platform_is_not_green(shop: Shop):
    """An image on two platforms needs two reports; one of them does not stand for both."""
    toml = '[budget]\nmax-growth = "2 MB"\n[[image]]\nname = "api"\ndockerfile = "api/Dockerfile"\n'
    files = BASE | {"deadweight.toml": toml + 'platforms = ["linux/amd64", "linux/arm64"]\n'}
    shop.start(files)
    context = shop.propose(files | {"api/Dockerfile": dockerfile(1, 1)})
    both = measured(shop, context, "api")

    whole = report_on([both], context, Settings(), shop.world)
    half = report_on([replace(both, images=both.images[:1])], context, Settings(), shop.world)

    assert (len(whole.images), whole.exit_code) == (2, 0)
    assert (len(half.images), half.exit_code) == (2, 3)


def test_report__keeps_that_an_image_has_lost_its_budget(shop: Shop):
    """An image that is gone, and one that another is built in the place of, fail in the merged report as they do alone."""
    toml = '[budget]\nmax-growth = "2 MB"\n[[image]]\nname = "api"\ndockerfile = "{}/Dockerfile"\n'
    base = BASE | {"deadweight.toml": toml.format("api") + '[[image]]\nname = "web"\ndockerfile = "web/Dockerfile"\n'}
    shop.start(base)
    gone = {path: text for path, text in base.items() if path not in {"api/Dockerfile", "web/Dockerfile"}}
    context = shop.propose(gone | {"tiny/Dockerfile": dockerfile(2), "deadweight.toml": toml.format("tiny")})
    assert matrix(context, Settings(), shop.world, 1) == {"include": [{"shard": 0, "images": "api\nweb"}]}

    report = report_on([measured(shop, context, "api", "web")], context, Settings(), shop.world)

    lost = {
        image.name: [str(one.budget.kind) for one in image.budgets if one.verdict is Verdict.FAIL]
        for image in report.images
    }
    assert lost == {"api": ["removal"], "web": ["removal"]}
    assert report.exit_code == 1


def test_report__of_a_fork_posts_nothing(shop: Shop):
    """The merged report of a fork's run is left for the trusted half, too."""
    main = shop.start(BASE)
    head = shop.git.commit(CHANGED, main)
    context = pull_request(main, head, shop.git.commit(CHANGED, main, head), fork="eve")
    shards = [measured(shop, context, "web"), measured(shop, context, "api")]

    report = report_on(shards, context, Settings(), shop.world)

    assert report.exit_code == 1
    assert (shop.github.comments, shop.github.checks) == ({}, [])


def test_report__accepts_by_label(shop: Shop):
    """The label is asked about where the result is posted."""
    shop.start(BASE)
    context = shop.propose(CHANGED, labels=("image-size-ok",))
    shop.github.label(5, "image-size-ok", by="maintainer")
    shards = [measured(shop, context, "web"), measured(shop, context, "api")]

    report = report_on(shards, context, Settings(), shop.world)

    assert (report.verdict, report.exit_code) == (Verdict.WARN, 0)
    assert "deadweight:accepted" in shop.github.comments[5]
