"""The policy, sentence by sentence: what a configuration makes of a change."""

import dataclasses
from datetime import timedelta

import pytest

from bot.model.budget import Recorded, RecordedSize, Verdict
from bot.model.build import Departure
from bot.model.image import Platform
from tests.policy.world import MB, TODAY, Change, Weights, grown, judged, policy

PASS, WARN, FAIL, NOT_MEASURED = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.NOT_MEASURED
NOTHING_RECORDED = Recorded()
ARM = Platform("linux", "arm64", "v8")


def recorded(*sizes: int, release: int | None = None) -> Recorded:
    """Sizes of one day each, up to yesterday; one of them may be a release."""
    start = TODAY - timedelta(days=len(sizes))
    return Recorded(
        tuple(
            RecordedSize(size, f"c{day}", start + timedelta(days=day), "v1" if day == release else "")
            for day, size in enumerate(sizes)
        )
    )


@dataclasses.dataclass(frozen=True)
class Case:
    """What holds, the configuration and the change that show it, and the verdicts expected."""

    sentence: str
    toml: str
    change: Change
    verdict: Verdict
    budgets: tuple[Verdict, ...]
    recorded: Recorded = NOTHING_RECORDED


def waiver(allows: str = "max-size", image: str = "api", until: str = "2026-12-31") -> str:
    """A waiver as it stands in a configuration."""
    return f'[[waiver]]\nimage = "{image}"\nallows = "{allows}"\nreason = "agreed"\nuntil = {until}\n'


SIZE = '[budget]\nmax-size = "100 MB"\n'
GROWTH = '[budget]\nmax-growth = "10 MB"\n'
OVER = Change(Weights(90 * MB), Weights(110 * MB))
DEPENDS = Weights(files={"/root/.cache/pip/x": 3, "/app/main": 5, "/root/.cache/": 0})

CASES = (
    Case("Without a budget nothing fails.", "", grown(900 * MB), PASS, ()),
    # max-size
    Case("An image below max-size is kept.", SIZE, grown(0, base=99 * MB), PASS, (PASS,)),
    Case("An image exactly at max-size is kept.", SIZE, grown(10 * MB, base=90 * MB), PASS, (PASS,)),
    Case("An image one byte over max-size fails.", SIZE, grown(10 * MB + 1, base=90 * MB), FAIL, (FAIL,)),
    Case("A MiB is more than a MB.", '[budget]\nmax-size = "100 MiB"\n', grown(4 * MB), PASS, (PASS,)),
    Case("A new image is held to max-size.", SIZE, Change(None, Weights(101 * MB)), FAIL, (FAIL,)),
    Case("A new image within max-size is kept.", SIZE, Change(None, Weights(50 * MB)), PASS, (PASS,)),
    Case("A budget of zero bytes is a budget.", '[budget]\nmax-size = "0 B"\n', grown(1), FAIL, (FAIL,)),
    Case(
        "max-size may only warn.",
        '[budget]\nmax-size = {limit = "1 MB", on-exceed = "warn"}\n',
        grown(1),
        WARN,
        (WARN,),
    ),
    # already over
    Case("An image that is over already and does not grow warns.", SIZE, grown(0, base=120 * MB), WARN, (WARN,)),
    Case("An image that is over already and shrinks warns.", SIZE, grown(-5 * MB, base=120 * MB), WARN, (WARN,)),
    Case("An image that is over already and grows by a byte fails.", SIZE, grown(1, base=120 * MB), FAIL, (FAIL,)),
    Case(
        "already-over = fail makes no difference between old and new.",
        SIZE + 'already-over = "fail"\n',
        grown(0, base=120 * MB),
        FAIL,
        (FAIL,),
    ),
    Case(
        "already-over = ignore says nothing of what is old.",
        SIZE + 'already-over = "ignore"\n',
        grown(0, base=120 * MB),
        PASS,
        (PASS,),
    ),
    Case(
        "already-over of an image replaces the general one.",
        SIZE + '[[image]]\nname = "api"\nbudget.already-over = "fail"\n',
        grown(0, base=120 * MB),
        FAIL,
        (FAIL,),
    ),
    Case(
        "already-over never makes worse what only warns.",
        SIZE + 'on-exceed = "warn"\nalready-over = "fail"\n',
        grown(0, base=120 * MB),
        WARN,
        (WARN,),
    ),
    Case(
        "An image that a moved base image pushes over max-size warns.",
        SIZE,
        grown(20 * MB, base=90 * MB, base_image=20 * MB),
        WARN,
        (WARN,),
    ),
    Case(
        "A base image that shrinks does not pay for what the change adds over max-size.",
        SIZE,
        grown(1 * MB, base=100 * MB, base_image=-5 * MB),
        FAIL,
        (FAIL,),
    ),
    # max-growth
    Case("A change that adds as much as max-growth allows is kept.", GROWTH, grown(10 * MB), PASS, (PASS,)),
    Case("A change that adds one byte more than max-growth fails.", GROWTH, grown(10 * MB + 1), FAIL, (FAIL,)),
    Case("A change that removes bytes is kept by max-growth.", GROWTH, grown(-50 * MB), PASS, (PASS,)),
    Case("A moved base image is not this change's growth.", GROWTH, grown(28 * MB, base_image=28 * MB), PASS, (PASS,)),
    Case("Rebuild drift is not this change's growth.", GROWTH, grown(28 * MB, drift=28 * MB), PASS, (PASS,)),
    Case(
        "A base image that shrinks does not hide what the change adds.",
        GROWTH,
        grown(0, base_image=-20 * MB),
        FAIL,
        (FAIL,),
    ),
    Case("max-growth in percent is of the base.", '[budget]\nmax-growth = "5 %"\n', grown(5 * MB), PASS, (PASS,)),
    Case("A byte over the percentage fails.", '[budget]\nmax-growth = "5 %"\n', grown(5 * MB + 1), FAIL, (FAIL,)),
    Case(
        "A fraction of a percent is exact.",
        '[budget]\nmax-growth = "0.1 %"\n',
        grown(100_000),
        PASS,
        (PASS,),
    ),
    Case("A new image has no growth, which fails nothing.", GROWTH, Change(None, Weights()), PASS, (NOT_MEASURED,)),
    Case(
        "A base without the Dockerfile is a new image, not a failure.",
        GROWTH,
        Change("no Dockerfile", Weights()),
        PASS,
        (NOT_MEASURED,),
    ),
    Case("A base that does not build warns.", GROWTH, Change("exit 1", Weights()), WARN, (NOT_MEASURED,)),
    Case(
        "Sides that cannot be compared have no growth.",
        GROWTH,
        Change(comparable=False),
        PASS,
        (NOT_MEASURED,),
    ),
    Case(
        "max-size is enforced where the base does not build.", SIZE, Change("exit 1", Weights(101 * MB)), FAIL, (FAIL,)
    ),
    Case(
        "A head that does not build is not measured.",
        SIZE + 'max-growth = "1 MB"\n',
        Change(Weights(), "exit 1"),
        NOT_MEASURED,
        (NOT_MEASURED, NOT_MEASURED),
    ),
    Case(
        "A head that does not build is not measured, budgets or not.", "", Change(Weights(), "exit 1"), NOT_MEASURED, ()
    ),
    # images that get rid of their budgets
    Case("An image without a budget may go.", "", Change(Weights(200 * MB), None), PASS, ()),
    Case("An image with a budget that is gone fails.", SIZE, Change(Weights(1 * MB), None), FAIL, (FAIL,)),
    Case("An image whose Dockerfile is gone fails as well.", SIZE, Change(Weights(), "no Dockerfile"), FAIL, (FAIL,)),
    Case(
        "An image with a budget on its platform alone fails when it is gone.",
        '[budget.platform."linux/amd64"]\nmax-size = "9 GB"\n',
        Change(Weights(), None),
        FAIL,
        (FAIL,),
    ),
    Case(
        "An image with a budget on another platform alone may go.",
        '[budget.platform."linux/arm64"]\nmax-size = "9 GB"\n',
        Change(Weights(), None),
        PASS,
        (),
    ),
    Case(
        "An image whose every budget is lifted may go.",
        SIZE + '[[image]]\nname = "api"\nbudget.max-size = false\n',
        Change(Weights(), None),
        PASS,
        (),
    ),
    Case(
        "An image whose every budget only warns may go with a warning.",
        SIZE + 'on-exceed = "warn"\n',
        Change(Weights(), None),
        WARN,
        (WARN,),
    ),
    Case(
        "A waiver of removal lets an image go.",
        SIZE + '[[waiver]]\nimage = "api"\nallows = "removal"\nreason = "x"\nuntil = 2099-12-31\n',
        Change(Weights(), None),
        WARN,
        (WARN,),
    ),
    Case(
        "A waiver of another budget does not let an image go.",
        SIZE + '[[waiver]]\nimage = "api"\nallows = "max-size"\nreason = "x"\nuntil = 2099-12-31\n',
        Change(Weights(), None),
        FAIL,
        (FAIL,),
    ),
    Case(
        "An image that another is built in the place of fails, however small that is.",
        SIZE,
        Change(Weights(), Weights(1), departure=Departure.REPOINTED),
        FAIL,
        (FAIL, PASS),
    ),
    Case(
        "An image that loses its budgets by a new name fails, changed or not.",
        SIZE,
        Change(None, None, unchanged=True, departure=Departure.RENAMED),
        FAIL,
        (FAIL, NOT_MEASURED),
    ),
    Case(
        "An image that no input of which changed was not built: its growth is zero, its size not checked.",
        SIZE + 'max-growth = "0 B"\n',
        Change(None, None, unchanged=True),
        PASS,
        (NOT_MEASURED, PASS),
    ),
    # the other causes
    Case(
        "A base image may have a budget of its own.",
        '[budget]\nbase-image-max-growth = "20 MB"\n',
        grown(28 * MB, base_image=28 * MB),
        FAIL,
        (FAIL,),
    ),
    Case(
        "Drift may have a budget of its own.",
        '[budget]\ndrift-max-growth = {limit = "1 %", on-exceed = "warn"}\n',
        grown(2 * MB, drift=2 * MB),
        WARN,
        (WARN,),
    ),
    # downloads
    Case(
        "An exact download over its budget fails.",
        '[budget]\ndownload-max-size = "40 MB"\n',
        Change(Weights(download=39 * MB), Weights(101 * MB, download=40 * MB + 1)),
        FAIL,
        (FAIL,),
    ),
    Case(
        "An estimated download that is over by less than its error warns.",
        '[budget]\ndownload-max-size = "40 MB"\n',
        Change(Weights(download=39 * MB), Weights(101 * MB, download=41 * MB, exact=False)),
        WARN,
        (WARN,),
    ),
    Case(
        "An estimated download that is clearly over fails.",
        '[budget]\ndownload-max-size = "40 MB"\n',
        Change(Weights(download=39 * MB), Weights(101 * MB, download=45 * MB, exact=False)),
        FAIL,
        (FAIL,),
    ),
    Case(
        "A download of unknown size is not checked.",
        '[budget]\ndownload-max-size = "40 MB"\n',
        Change(Weights(), Weights(download=None)),
        PASS,
        (NOT_MEASURED,),
    ),
    Case(
        "The growth of the download is judged.",
        '[budget]\ndownload-max-growth = "10 %"\n',
        Change(Weights(download=40 * MB), Weights(101 * MB, download=44 * MB + 1)),
        FAIL,
        (FAIL,),
    ),
    Case(
        "A new image has no growth of its download either.",
        '[budget]\ndownload-max-growth = "1 MB"\n',
        Change(None, Weights()),
        PASS,
        (NOT_MEASURED,),
    ),
    Case(
        "Without both download sizes their growth is not checked.",
        '[budget]\ndownload-max-growth = "10 %"\n',
        Change(Weights(download=None), Weights(101 * MB)),
        PASS,
        (NOT_MEASURED,),
    ),
    # layers
    Case("As many layers as allowed are kept.", "[budget]\nmax-layers = 5\n", grown(0), PASS, (PASS,)),
    Case(
        "A layer more than allowed fails.",
        "[budget]\nmax-layers = 5\n",
        Change(Weights(layers=5), Weights(layers=6)),
        FAIL,
        (FAIL,),
    ),
    Case(
        "Too many layers that were there already warn.",
        "[budget]\nmax-layers = 5\n",
        Change(Weights(layers=7), Weights(layers=7)),
        WARN,
        (WARN,),
    ),
    Case(
        "New layers are counted against the base.",
        "[budget]\nmax-new-layers = 1\n",
        Change(Weights(layers=5), Weights(layers=7)),
        FAIL,
        (FAIL,),
    ),
    Case(
        "Fewer layers than the base are within max-new-layers.",
        "[budget]\nmax-new-layers = 0\n",
        Change(Weights(layers=5), Weights(layers=3)),
        PASS,
        (PASS,),
    ),
    Case(
        "A new image has no new layers.",
        "[budget]\nmax-new-layers = 0\n",
        Change(None, Weights()),
        PASS,
        (NOT_MEASURED,),
    ),
    # dead bytes
    Case(
        "Dead bytes over their budget fail.",
        '[budget]\nmax-dead = "20 MB"\n',
        Change(Weights(), Weights(dead=20 * MB + 1)),
        FAIL,
        (FAIL,),
    ),
    Case(
        "Dead bytes that the base has as well warn.",
        '[budget]\nmax-dead = "20 MB"\n',
        Change(Weights(dead=30 * MB), Weights(dead=30 * MB)),
        WARN,
        (WARN,),
    ),
    # paths
    Case(
        "Bytes below a path are bounded.",
        '[budget.paths]\n"/usr/share" = "10 B"\n',
        Change(Weights(), Weights(files={"/usr/share/doc/a": 6, "/usr/share/b": 5, "/usr/sharex": 900})),
        FAIL,
        (FAIL,),
    ),
    Case(
        "Bytes beside a path do not count.",
        '[budget.paths]\n"/usr/share" = "10 B"\n',
        Change(Weights(), Weights(files={"/usr/share/a": 10, "/usr/sharex": 900, "/usr": 5})),
        PASS,
        (PASS,),
    ),
    Case(
        "A path that was over already warns.",
        '[budget.paths]\n"/usr/share" = "10 B"\n',
        Change(Weights(files={"/usr/share/a": 20}), Weights(files={"/usr/share/a": 19})),
        WARN,
        (WARN,),
    ),
    # deny
    Case(
        "A denied path that this change brings fails.",
        '[budget]\ndeny-paths = ["/root/.cache/**"]\n',
        Change(Weights(), DEPENDS),
        FAIL,
        (FAIL,),
    ),
    Case(
        "A denied path that the base has as well warns.",
        '[budget]\ndeny-paths = ["/root/.cache/**"]\n',
        Change(DEPENDS, DEPENDS),
        WARN,
        (WARN,),
    ),
    Case(
        "One new denied path among old ones fails.",
        '[budget]\ndeny-paths = ["**/.cache"]\n',
        Change(DEPENDS, Weights(files={**DEPENDS.files, "/home/me/.cache/y": 1})),
        FAIL,
        (FAIL,),
    ),
    Case(
        "An empty folder is nothing that deny-paths minds.",
        '[budget]\ndeny-paths = ["/root/.cache/**"]\n',
        Change(Weights(), Weights(files={"/root/.cache/": 0})),
        PASS,
        (PASS,),
    ),
    Case(
        "Every denied path of a new image fails.",
        '[budget]\ndeny-paths = ["**/.git"]\n',
        Change(None, Weights(files={"/app/.git/HEAD": 1})),
        FAIL,
        (FAIL,),
    ),
    Case(
        "A denied package fails.",
        '[budget]\ndeny-packages = ["deb:gcc*"]\n',
        Change(Weights(), Weights(packages=("deb:gcc-12", "deb:libc6"))),
        FAIL,
        (FAIL,),
    ),
    Case(
        "A denied package of another ecosystem is not meant.",
        '[budget]\ndeny-packages = ["deb:gcc*"]\n',
        Change(Weights(), Weights(packages=("npm:gcc",))),
        PASS,
        (PASS,),
    ),
    Case(
        "A package may be denied in every ecosystem.",
        '[budget]\ndeny-packages = ["*:curl"]\n',
        Change(Weights(), Weights(packages=("apk:curl",))),
        FAIL,
        (FAIL,),
    ),
    Case(
        "A denied package that the base has as well warns.",
        '[budget]\ndeny-packages = {patterns = ["deb:gcc*"]}\n',
        Change(Weights(packages=("deb:gcc-12",)), Weights(packages=("deb:gcc-12",))),
        WARN,
        (WARN,),
    ),
    # ratchet and creep
    Case(
        "A ratchet fails what is larger than the smallest on record.",
        "[budget]\nratchet = true\n",
        grown(1, base=90 * MB),
        FAIL,
        (FAIL,),
        recorded(95 * MB, 90 * MB, 92 * MB),
    ),
    Case(
        "A ratchet knows the base as well as the record.",
        "[budget]\nratchet = true\n",
        grown(0, base=80 * MB),
        PASS,
        (PASS,),
        recorded(95 * MB, 90 * MB),
    ),
    Case(
        "A ratchet leaves its slack.",
        '[budget]\nratchet = {slack = "1 MB"}\n',
        grown(1 * MB, base=90 * MB),
        PASS,
        (PASS,),
        recorded(90 * MB),
    ),
    Case(
        "A ratchet that slipped before this change warns.",
        "[budget]\nratchet = true\n",
        grown(0, base=95 * MB),
        WARN,
        (WARN,),
        recorded(90 * MB, 95 * MB),
    ),
    Case(
        "A ratchet without any record is not checked.",
        "[budget]\nratchet = true\n",
        Change(None, Weights()),
        PASS,
        (NOT_MEASURED,),
    ),
    Case(
        "Creep since the last release fails, however small the step.",
        '[budget]\ncreep = {limit = "10 MB", since = "release"}\n',
        grown(1, base=110 * MB),
        FAIL,
        (FAIL,),
        recorded(90 * MB, 100 * MB, 105 * MB, 110 * MB, release=1),
    ),
    Case(
        "Creep may be a percentage of what the release weighed.",
        '[budget]\ncreep = "10 %"\n',
        grown(0, base=110 * MB),
        PASS,
        (PASS,),
        recorded(100 * MB, 110 * MB, release=0),
    ),
    Case(
        "Creep since a number of days takes the size of that day.",
        '[budget]\ncreep = {limit = "5 MB", since = "2 days"}\n',
        grown(1, base=110 * MB),
        FAIL,
        (FAIL,),
        recorded(100 * MB, 105 * MB, 110 * MB),
    ),
    Case(
        "Creep without a release is not checked.",
        '[budget]\ncreep = "10 MB"\n',
        grown(50 * MB),
        PASS,
        (NOT_MEASURED,),
        recorded(50 * MB),
    ),
    # which budget holds
    Case(
        "The budget of an image replaces the general one, to either side.",
        SIZE + '[[image]]\nname = "api"\nbudget.max-size = "200 MB"\n',
        OVER,
        PASS,
        (PASS,),
    ),
    Case(
        "The budget of another image does not matter.",
        SIZE + '[[image]]\nname = "web"\nbudget.max-size = "200 MB"\n',
        OVER,
        FAIL,
        (FAIL,),
    ),
    Case(
        "A name is stronger than a glob, wherever it stands.",
        '[[image]]\nname = "api"\nbudget.max-size = "200 MB"\n[[image]]\nname = "a*"\nbudget.max-size = "1 MB"\n',
        OVER,
        PASS,
        (PASS,),
    ),
    Case(
        "Of two globs the later one holds.",
        '[[image]]\nname = "a*"\nbudget.max-size = "1 MB"\n[[image]]\nname = "*i"\nbudget.max-size = "200 MB"\n',
        OVER,
        PASS,
        (PASS,),
    ),
    Case(
        "A table overrides key by key and leaves the others.",
        SIZE + 'max-growth = "1 MB"\n[[image]]\nname = "api"\nbudget.max-size = "200 MB"\n',
        OVER,
        FAIL,
        (PASS, FAIL),
    ),
    Case("false lifts a general budget.", SIZE + '[[image]]\nname = "api"\nbudget.max-size = false\n', OVER, PASS, ()),
    Case(
        "on-exceed of an image holds for the budgets that it inherits.",
        SIZE + '[[image]]\nname = "api"\nbudget.on-exceed = "warn"\n',
        OVER,
        WARN,
        (WARN,),
    ),
    Case(
        "on-exceed of a budget is stronger than that of any table.",
        '[budget]\nmax-size = {limit = "100 MB", on-exceed = "fail"}\n[[image]]\nname = "api"\nbudget.on-exceed = "warn"\n',
        OVER,
        FAIL,
        (FAIL,),
    ),
    Case(
        "A platform may have its own budget.",
        SIZE + '[budget.platform."linux/arm64"]\nmax-size = "200 MB"\n',
        dataclasses.replace(OVER, platform=ARM),
        PASS,
        (PASS,),
    ),
    Case(
        "The budget of another platform does not matter.",
        SIZE + '[budget.platform."linux/arm64"]\nmax-size = "200 MB"\n',
        OVER,
        FAIL,
        (FAIL,),
    ),
    Case(
        "A path of an image's table replaces the same path only.",
        '[budget.paths]\n"/a" = "1 B"\n"/b" = "1 B"\n[[image]]\nname = "api"\nbudget.paths."/a" = "9 B"\n',
        Change(Weights(), Weights(files={"/a/x": 5, "/b/x": 5})),
        FAIL,
        (PASS, FAIL),
    ),
    # waivers
    Case("A waiver turns a failure into a warning.", SIZE + waiver(), OVER, WARN, (WARN,)),
    Case("A waiver holds on its last day.", SIZE + waiver(until="2026-11-24"), OVER, WARN, (WARN,)),
    Case("A waiver ends after its last day.", SIZE + waiver(until="2026-11-23"), OVER, FAIL, (FAIL,)),
    Case("A waiver is for one budget.", SIZE + waiver(allows="max-growth"), OVER, FAIL, (FAIL,)),
    Case("A waiver is for the images it names.", SIZE + waiver(image="web"), OVER, FAIL, (FAIL,)),
    Case("A waiver may be for a glob of images.", SIZE + waiver(image="a*"), OVER, WARN, (WARN,)),
    Case(
        "Of two waivers the one that holds counts.",
        SIZE + waiver(until="2026-01-01") + waiver(until="2026-12-01"),
        OVER,
        WARN,
        (WARN,),
    ),
    Case("A waiver does not touch what is kept.", SIZE + waiver(), grown(0, base=90 * MB), PASS, (PASS,)),
    Case(
        "A waiver does not make a missing number a pass.",
        SIZE + waiver(),
        Change(Weights(), "x"),
        NOT_MEASURED,
        (NOT_MEASURED,),
    ),
    Case("The worst budget decides.", SIZE + 'max-growth = "50 MB"\nmax-layers = 3\n', OVER, FAIL, (FAIL, PASS, WARN)),
)


@pytest.mark.parametrize("case", CASES, ids=[case.sentence for case in CASES])
def test_policy__sentence_by_sentence(case: Case):
    """Each sentence of the table holds."""
    image = judged(case.change, policy(case.toml), case.recorded)

    assert case.budgets == tuple(judgement.verdict for judgement in image.budgets)
    assert case.verdict == image.verdict


def test_policy__is_a_table_of_at_least_sixty_sentences():
    """The table is the specification of the policy: no sentence stands in it twice."""
    sentences = {case.sentence for case in CASES}

    assert len(CASES) == len(sentences)
    assert len(sentences) >= 60


@pytest.mark.parametrize("case", CASES, ids=[case.sentence for case in CASES])
def test_judgement__says_why_in_one_sentence_with_numbers(case: Case):
    """Every judgement has a reason that ends like a sentence, and has a number unless nothing was measured."""
    image = judged(case.change, policy(case.toml), case.recorded)

    reasons = [(judgement.reason, judgement.verdict) for judgement in image.budgets]
    assert all(reason.endswith(".") and "\n" not in reason and "{" not in reason for reason, _ in reasons)
    assert all(
        verdict is NOT_MEASURED
        or any(letter.isdigit() for letter in reason)
        or "nothing that" in reason
        or "This image has a budget" in reason
        for reason, verdict in reasons
    )
