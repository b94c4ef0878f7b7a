"""What a judgement says and holds, beyond its verdict."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import read_config, read_settings
from bot.model import bounds
from bot.model.budget import BudgetKind, Judgement, Recorded, Verdict, Waiver, worst
from bot.model.build import Departure
from bot.model.config import ConfigFile, Policy, Settings
from bot.model.explain import Cause, CauseKind
from bot.model.report import ImageReport
from bot.policy.waivers import EVERY_BUDGET
from bot.stages.judge import judge
from tests.policy.test_policy import CASES, Case, recorded
from tests.policy.world import MB, TODAY, Change, Weights, grown, judged, judged_advice, policy

SEVERITY = (Verdict.PASS, Verdict.WARN, Verdict.NOT_MEASURED, Verdict.FAIL)
BOUNDED = '[budget]\nmax-size = "100 MB"\n'
OVER = grown(20 * MB, base=90 * MB)


def only(change: Change, held: Policy) -> Judgement:
    """The one judgement of an image with one budget."""
    (judgement,) = judged(change, held).budgets
    return judgement


REASONS = (
    ('max-size = "500 MB"', grown(0), "The image weighs 100 MB; max-size allows 500 MB."),
    ('max-size = "50 MB"', grown(1), "The image weighs 100 MB, 50.0 MB more than max-size allows (50.0 MB)."),
    (
        'max-size = "100 MB"',
        grown(1),
        "The image weighs 100,000,001 B, 1 B more than max-size allows (100,000,000 B).",
    ),
    (
        'max-size = "50 MB"',
        grown(-1),
        "The image weighs 100 MB, 50.0 MB more than max-size allows (50.0 MB); this change adds nothing to that.",
    ),
    (
        'max-growth = "10 MB"',
        grown(855 * MB),
        "This change adds 855 MB, 845 MB more than max-growth allows (10.0 MB).",
    ),
    ('max-growth = "5 %"', grown(-7 * MB), "This change removes 7 MB; max-growth allows 5 MB, 5 % of 100 MB."),
    (
        'max-growth = "5 %"',
        Change(None, Weights()),
        "max-growth is not checked: the image is new, so there is nothing to compare it with.",
    ),
    (
        'max-growth = "5 %"',
        Change("RUN `@everyone` failed", Weights()),
        "max-growth is not checked: the base could not be measured.",
    ),
    (
        "max-layers = 1",
        Change(Weights(layers=1), Weights(layers=5)),
        "The image has 5 layers, 4 layers more than max-layers allows (1 layer).",
    ),
    (
        'download-max-size = "10 MB"',
        Change(None, Weights(download=40 * MB, exact=False)),
        "The download weighs ≈40.0 MB, ≈30.0 MB more than download-max-size allows (10.0 MB).",
    ),
    (
        'paths."/usr/share" = "10 MB"',
        Change(Weights(), Weights(files={"/usr/share/x": 11 * MB})),
        "/usr/share holds 11.0 MB, 1 MB more than its budget allows (10.0 MB).",
    ),
    (
        'deny-paths = ["**/*.pyc"]',
        Change(Weights(), "RUN x failed"),
        "deny-paths is not checked: the head could not be measured.",
    ),
    ("max-new-layers = 1", Change(), "This change adds 0 layers; max-new-layers allows 1 layer."),
    (
        "max-new-layers = 1",
        Change(Weights(), Weights(layers=7)),
        "This change adds 2 layers, 1 layer more than max-new-layers allows (1 layer).",
    ),
    (
        "max-new-layers = 0",
        Change(Weights(), Weights(layers=3)),
        "This change removes 2 layers; max-new-layers allows 0 layers.",
    ),
    (
        'max-dead = "1 MB"',
        Change(None, Weights(dead=3 * MB)),
        "3 MB of the image are dead, 2 MB more than max-dead allows (1 MB).",
    ),
    (
        'base-image-max-growth = "1 MB"',
        grown(3 * MB, base_image=3 * MB),
        "The base image moved and adds 3 MB, 2 MB more than base-image-max-growth allows (1 MB).",
    ),
    (
        'drift-max-growth = "5 %"',
        grown(-3 * MB, drift=-3 * MB),
        "Rebuilding alone removes 3 MB; drift-max-growth allows 5 MB, 5 % of 100 MB.",
    ),
    (
        'max-growth = "5 %"',
        Change(unchanged=True),
        "This change adds 0 B; max-growth allows 0 B, 5 % of 0 B.",
    ),
    (
        'max-growth = "5 %"',
        Change(Weights(), "RUN x failed"),
        "max-growth is not checked: the head could not be measured.",
    ),
    (
        'max-size = "5 MB"',
        Change(unchanged=True),
        "max-size is not checked: the image was not built, because nothing that its build can see differs.",
    ),
    (
        'max-growth = "5 MB"',
        Change(comparable=False),
        "max-growth is not checked: the two sides cannot be compared.",
    ),
    (
        'download-max-size = "50 MB"',
        Change(None, Weights(download=None)),
        "download-max-size is not checked: the download size is not known.",
    ),
    (
        'download-max-growth = "10 %"',
        Change(Weights(download=40 * MB), Weights(101 * MB, download=46 * MB)),
        "This change adds 6 MB to the download, 2 MB more than download-max-growth allows (4 MB, 10 % of 40.0 MB).",
    ),
    (
        'download-max-growth = "1 MB"',
        Change(Weights(download=40 * MB, exact=False), Weights(99 * MB, download=38 * MB, exact=False)),
        "This change takes ≈2 MB off the download; download-max-growth allows 1 MB.",
    ),
    (
        'download-max-growth = "1 MB"',
        Change(Weights(download=None), Weights(99 * MB)),
        "download-max-growth is not checked: the download sizes cannot be compared.",
    ),
    (
        'download-max-growth = "10 %"',
        Change(unchanged=True),
        "This change adds 0 B to the download; download-max-growth allows 0 B, 10 % of 0 B.",
    ),
    (
        'deny-paths = ["**/*.pyc"]',
        Change(Weights(files={"/a.pyc": 1}), Weights(files={"/a.pyc": 1, "/b.pyc": 2})),
        "The image contains 2 files of 3 B that deny-paths names, 1 of them brought by this change.",
    ),
)


@pytest.mark.parametrize(("budget", "change", "reason"), REASONS, ids=[reason for *_, reason in REASONS])
def test_reason__reads_as_a_sentence(budget: str, change: Change, reason: str):
    """The reason has the numbers, exact where three digits would hide the difference, and no foreign text."""
    judgement = only(change, policy(f"[budget]\n{budget}\n"))

    assert reason == judgement.reason.replace("\u00a0", " ")


ON_RECORD = (
    (
        'creep = {limit = "10 MB", since = "release"}',
        recorded(90 * MB, release=0),
        "Since the release of 2026-11-23 the image gained 10.0 MB; creep allows 10.0 MB.",
    ),
    (
        'creep = {limit = "5 %", since = "release"}',
        recorded(80 * MB, release=0),
        "Since the release of 2026-11-23 the image gained 20.0 MB, 16.0 MB more than creep allows (4 MB, 5 % of 80.0 MB).",
    ),
    (
        'creep = {limit = "10 MB", since = "1 days"}',
        recorded(105 * MB),
        "Since 2026-11-23 the image lost 5 MB; creep allows 10.0 MB.",
    ),
    ('creep = "10 MB"', recorded(), "creep is not checked: no release is on record."),
    (
        'creep = {limit = "10 MB", since = "1 days"}',
        recorded(),
        "creep is not checked: no earlier size is on record.",
    ),
    (
        'ratchet = {slack = "1 MB"}',
        recorded(95 * MB),
        "The image weighs 100 MB, 4 MB more than ratchet allows (96.0 MB).",
    ),
    ("ratchet = true", recorded(), "ratchet is not checked: no earlier size is on record."),
)


@pytest.mark.parametrize(("budget", "earlier", "reason"), ON_RECORD, ids=[reason for *_, reason in ON_RECORD])
def test_reason__tells_what_is_on_record(budget: str, earlier: Recorded, reason: str):
    """A budget that looks back says since when, or that there is nothing to look back to."""
    (judgement,) = judged(Change(None, Weights()), policy(f"[budget]\n{budget}\n"), earlier).budgets

    assert reason == judgement.reason.replace("\u00a0", " ")


def test_verdict__of_what_was_over_before_where_the_base_is_not_known():
    """Without a base nobody can say that a change adds nothing, so that what is over fails."""
    over = Weights(dead=3 * MB, layers=9, files={"/a/b": 2 * MB})
    held = policy('[budget]\nmax-dead = "1 MB"\nmax-layers = 2\npaths."/a" = "1 MB"\n')

    new = judged(Change(None, over), held)
    same = judged(Change(over, over), held)

    assert {judgement.verdict for judgement in new.budgets} == {Verdict.FAIL}
    assert {judgement.verdict for judgement in same.budgets} == {Verdict.WARN}


def test_download__that_was_over_before():
    """A download that was over before, and that this change adds nothing to, warns."""
    weights = Weights(download=40 * MB)

    image = judged(Change(weights, weights), policy('[budget]\ndownload-max-size = "30 MB"\n'))

    assert image.verdict is Verdict.WARN


def test_judgement__holds_the_numbers_and_the_place():
    """Actual and limit are plain numbers, and the budget says where it stands."""
    judgement = only(OVER, policy(BOUNDED))

    expected = (110 * MB, 100 * MB, "deadweight.toml:2")
    assert expected == (judgement.actual, judgement.limit, judgement.budget.source)


def test_judgement__that_has_no_number_has_the_limit():
    """What could not be measured is still told with what it would be held to; of what is denied, nothing is allowed."""
    failed = Change(Weights(), "RUN x failed")

    assert only(failed, policy(BOUNDED)).limit == 100 * MB
    assert only(Change(), policy('[budget]\ndeny-paths = ["/a"]\n')).limit == 0


def test_verdict__of_an_estimate_at_the_edge_of_its_error():
    """An estimate that is over by three percent of itself is too close to call, by a byte more it is not."""
    change = Change(None, Weights(download=100 * MB, exact=False))

    verdicts = [
        judged(change, policy(f'[budget]\ndownload-max-size = "{limit} B"\n')).verdict
        for limit in (97 * MB, 97 * MB - 1)
    ]

    assert verdicts == [Verdict.WARN, Verdict.FAIL]


def test_verdict__of_an_image_that_is_gone():
    """That the base of an image that is gone did not build is nobody's concern any more."""
    assert judged(Change("exit 1", None), Policy()).verdict is Verdict.PASS


def test_judgement__of_an_image_that_gets_rid_of_its_budgets():
    """An image whose budgets would be lost is one departure, of which none is allowed."""
    removed, _ = judged(Change(Weights(), Weights(), departure=Departure.REPOINTED), policy(BOUNDED)).budgets

    assert (removed.actual, removed.limit) == (1, 0)


def test_judgements__are_no_more_than_a_report_holds():
    """Of very many budgets a report holds so many judgements; the verdict is that of all of them."""
    paths = "".join(f'paths."/{number}" = "1 B"\n' for number in range(bounds.MOST_BUDGETS + 1))
    change = Change(Weights(), Weights(files={f"/{number}/x": 2 for number in range(bounds.MOST_BUDGETS + 1)}))

    image = judged(change, policy(f"[budget]\n{paths}"))

    assert (len(image.budgets), image.verdict) == (bounds.MOST_BUDGETS, Verdict.FAIL)


def test_evidence__is_the_largest_new_offenders_first():
    """At most five of what this change brought, by bytes; what was there before is left out."""
    new = {f"/cache/{number}": number for number in range(1, 8)}
    change = Change(Weights(files={"/cache/old": 99}), Weights(files={"/cache/old": 99, **new}))

    judgement = only(change, policy('[budget]\ndeny-paths = ["/cache"]\n'))

    expected = tuple((f"/cache/{number}", number) for number in (7, 6, 5, 4, 3))
    assert expected == judgement.evidence
    assert len(new) + 1 == judgement.actual


def test_judgements__come_in_the_order_of_the_kinds():
    """Whatever the order in the file, a reader finds budgets in one order, those of inputs last."""
    file = ConfigFile("deadweight.toml", b'[budget]\nmax-layers = 1\nmax-growth = "1 B"\nmax-size = "1 B"\n')
    config = read_config(file, file, Settings(max_size="2 B"))

    image = judged(OVER, config.policy)

    expected = [BudgetKind.MAX_SIZE, BudgetKind.MAX_GROWTH, BudgetKind.MAX_LAYERS, BudgetKind.MAX_SIZE]
    assert expected == [judgement.budget.kind for judgement in image.budgets]


@pytest.mark.parametrize(
    ("file", "quick", "verdicts"),
    [
        ("100 MB", "200 MB", (Verdict.FAIL, Verdict.PASS)),
        ("200 MB", "100 MB", (Verdict.PASS, Verdict.FAIL)),
        ("200 MB", "", (Verdict.PASS,)),
    ],
)
def test_input__holds_besides_the_file_and_never_loosens_it(file: str, quick: str, verdicts: tuple[Verdict, ...]):
    """A workflow file is the pull request's own, so what it says can only add a budget."""
    base = ConfigFile("deadweight.toml", f'[budget]\nmax-size = "{file}"\n'.encode())
    config = read_config(base, base, read_settings({"max-size": quick}))

    image = judged(OVER, config.policy)

    assert verdicts == tuple(judgement.verdict for judgement in image.budgets)
    assert worst(verdicts) == image.verdict


@pytest.mark.parametrize(
    ("text", "verdict"), [("", Verdict.WARN), ("warn", Verdict.WARN), ("fail", Verdict.FAIL), ("ignore", Verdict.PASS)]
)
def test_base_failure__is_judged_as_the_input_says(text: str, verdict: Verdict):
    """A base that does not build warns, unless on-base-failure says otherwise."""
    config = read_config(None, None, read_settings({"on-base-failure": text}))

    image = judged(Change("exit 1", Weights()), config.policy)

    assert verdict == image.verdict


def label(up_to: int | None = None) -> Waiver:
    """What a label on the pull request stands for."""
    return Waiver("*", EVERY_BUDGET, "label", None, "label", granted_by="maintainer", up_to=up_to)


def with_waiver(waiver: Waiver) -> Policy:
    """A bounded image with one waiver."""
    return dataclasses.replace(policy(BOUNDED), waivers=(waiver,))


def test_label__accepts_every_budget_and_is_recorded():
    """A waiver by label is for every image and budget; who granted it stays with the judgement."""
    judgement = only(OVER, with_waiver(label()))

    expected = dataclasses.replace(judgement, verdict=Verdict.WARN, waived_by=label())
    assert expected == judgement


@pytest.mark.parametrize(("up_to", "verdict"), [(110 * MB, Verdict.WARN), (110 * MB - 1, Verdict.FAIL)])
def test_label__ends_where_the_image_grows_further(up_to: int, verdict: Verdict):
    """A waiver that was given for what was seen covers no more than that."""
    judgement = only(OVER, with_waiver(label(up_to)))

    assert verdict == judgement.verdict
    ended = "it has grown further since that was accepted, so the label must be set anew."
    assert (verdict is Verdict.FAIL) == judgement.reason.endswith(ended)


def test_download__of_a_base_image_in_many_layers_is_judged_as_a_whole():
    """Where the base image's part of the download cannot be told, the whole change is judged, and the reason says so."""
    advice = Change(Weights(download=40 * MB), Weights(110 * MB, download=50 * MB)).advice()
    moved = Cause(CauseKind.BASE_IMAGE, 10 * MB, "FROM debian", base_bytes=100 * MB, head_bytes=110 * MB)
    explanation = dataclasses.replace(advice.explanation, causes=(moved,))
    held = policy('[budget]\ndownload-max-growth = "1 MB"\n')

    (judgement,) = judged_advice(dataclasses.replace(advice, explanation=explanation), held).budgets

    assert judgement.verdict is Verdict.FAIL
    assert judgement.reason.startswith("This change with base image and drift adds 10.0")


def test_download__of_a_base_image_in_one_layer_is_taken_out():
    """Where the base image is one layer on each side, its part of the download is known and not this change's."""
    change = Change(Weights(download=40 * MB), Weights(110 * MB, download=50 * MB))
    advice = change.advice()
    moved = Cause(
        CauseKind.BASE_IMAGE,
        10 * MB,
        "FROM debian",
        base_diff_id=f"sha256:{100 * MB}-0",
        head_diff_id=f"sha256:{110 * MB}-0",
        base_bytes=100 * MB,
        head_bytes=110 * MB,
    )
    explanation = dataclasses.replace(advice.explanation, causes=(moved,))
    held = policy('[budget]\ndownload-max-growth = "1 MB"\n')

    (judgement,) = judged_advice(dataclasses.replace(advice, explanation=explanation), held).budgets

    expected = (Verdict.PASS, 0)
    assert expected == (judgement.verdict, judgement.actual)


def reported(case: Case, held: Policy) -> ImageReport:
    """The case as the job that measured it writes it down."""
    return as_read(judged(case.change, held, case.recorded))


def as_read(image: ImageReport) -> ImageReport:
    """An image as whoever reads the report file has it: what the file does not hold is gone."""
    if image.delta is None:
        return dataclasses.replace(image, departure=None)
    delta = image.delta
    whole = (delta.base_image_bytes, delta.drift_bytes) != (0, 0)
    read = dataclasses.replace(delta, own_download=delta.download, own_download_is_whole=whole)
    return dataclasses.replace(image, delta=read, departure=None)


@pytest.mark.parametrize("case", CASES, ids=[case.sentence for case in CASES])
def test_judging_again__from_a_report_comes_to_the_same(case: Case):
    """A report's numbers give the verdicts that the image itself gave."""
    held = policy(case.toml)

    image = judge(reported(case, held), held, TODAY, case.recorded)

    assert case.budgets == tuple(judgement.verdict for judgement in image.budgets)
    assert case.verdict is image.verdict


def change_of(change: Change, held: Policy) -> ImageReport:
    """A change as the job that measured it writes it down."""
    return reported(Case("", "", change, Verdict.PASS, ()), held)


def test_judging_again__does_not_believe_the_verdict():
    """Budgets and verdict of the report are replaced, whatever it claims."""
    claim = dataclasses.replace(change_of(OVER, Policy()), verdict=Verdict.PASS, budgets=())

    image = judge(claim, policy(BOUNDED), TODAY)

    expected = (Verdict.FAIL, 1)
    assert expected == (image.verdict, len(image.budgets))


DENIED = Change(Weights(), Weights(files={"/app/.git/HEAD": 1}))
DENY = '[budget]\ndeny-paths = ["**/.git"]\n'


def test_judging_again__has_words_of_its_own():
    """Of a report's judgement on files the number and the names remain; the sentence is ours."""
    claim = change_of(DENIED, policy(DENY))
    (judgement,) = claim.budgets
    forged = dataclasses.replace(judgement, reason="Approved by @security.", verdict=Verdict.PASS)

    (again,) = judge(dataclasses.replace(claim, budgets=(forged,)), policy(DENY), TODAY).budgets

    expected = (Verdict.FAIL, "The image contains 1 file that deny-paths names.", (("/app/.git/HEAD", 1),))
    assert expected == (again.verdict, again.reason, again.evidence)

    expected = (Verdict.FAIL, "The image contains 1 file that deny-paths names.", (("/app/.git/HEAD", 1),), "0")
    assert expected == (again.verdict, again.reason, again.evidence, str(again.limit))


def test_judging_again__does_not_believe_a_waiver():
    """A failure that the report calls waived is one, unless the base's own policy waives it."""
    claim = change_of(DENIED, dataclasses.replace(policy(DENY), waivers=(label(),)))

    image = judge(claim, policy(DENY), TODAY)

    assert image.verdict is Verdict.FAIL


def test_judging_again__of_files_that_a_report_does_not_know_is_not_measured():
    """A budget that only the base has cannot be held against a report that says nothing of it."""
    image = judge(change_of(DENIED, Policy()), policy(DENY), TODAY)

    (judgement,) = image.budgets
    expected = (Verdict.NOT_MEASURED, "deny-paths is not checked: the report does not list files and packages.")
    assert expected == (judgement.verdict, judgement.reason)


BUDGETS = '[budget]\nmax-size = "100 MB"\nmax-growth = "5 %"\nmax-dead = "1 MB"\nalready-over = "ignore"\n'


@given(
    base=st.integers(0, 200 * MB),
    smaller=st.integers(0, 200 * MB),
    more=st.integers(0, 50 * MB),
    base_image=st.integers(-10 * MB, 10 * MB),
)
def test_verdict__never_gets_better_by_growing(base: int, smaller: int, more: int, base_image: int):
    """Of two heads on one base the larger one is never judged more mildly."""
    held = policy(BUDGETS)

    one, other = (
        judged(Change(Weights(base), Weights(head), base_image=base_image), held).verdict
        for head in (smaller, smaller + more)
    )

    assert SEVERITY.index(one) <= SEVERITY.index(other)


@given(st.lists(st.sampled_from(list(Verdict)), max_size=5))
def test_worst__is_one_of_them_and_none_is_worse(verdicts: list[Verdict]):
    """The worst verdict of many is among them, and a violation is worse than a missing number."""
    found = worst(verdicts)

    assert found in (verdicts or [Verdict.PASS])
    assert all(SEVERITY.index(verdict) <= SEVERITY.index(found) for verdict in verdicts)
