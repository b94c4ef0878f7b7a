"""Reports whose numbers add up: the five stories of the comment, and the states around them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.edges.providers.github.event import LINKS
from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict, Waiver, worst
from bot.model.build import BuildFailure, FailureKind, Origin, OriginKind
from bot.model.explain import Cause, CauseKind, Content, ContentKind, DeadWeight
from bot.model.image import DownloadSize
from bot.model.plan import Comparison
from bot.model.report import (
    Delta,
    ImageReport,
    ImageState,
    LayerRow,
    MissingSide,
    Report,
    RunInfo,
    SideReport,
)
from bot.model.verify import Attempt, Candidate, Check, CheckState, Mend, MendKind, Rung, Verification

BASE_SHA = "a1b2c3d" + "0" * 33
HEAD_SHA = "d4e5f6a" + "0" * 33
RUN = RunInfo("o/r", "https://github.com", 7, 1, 1, LINKS)
DIGEST = "sha256:" + "ab" * 32


def side(unpacked_bytes, download_bytes=None, layers=1, dead_bytes=0, exact=True):
    """Make a measured side."""
    download = None if download_bytes is None else DownloadSize(download_bytes, exact)
    return SideReport(unpacked_bytes, download, layers, DIGEST, "docker-daemon, buildx 0.29.1", dead_bytes)


def delta_of(base, head, causes, pull=None):
    """Subtract two sides; the parts come from the causes."""
    download = None
    if base.download and head.download:
        download = DownloadSize(head.download.bytes - base.download.bytes, base.download.exact and head.download.exact)
    parts = [sum(one.bytes for one in causes if one.kind is kind) for kind in CauseKind]
    base_image, own, drift = parts
    total = head.unpacked_bytes - base.unpacked_bytes
    return Delta(total, download, head.layers - base.layers, own, base_image, drift, pull)


def cause(kind, base_bytes, head_bytes, text, **more):
    """Make a cause whose bytes follow from its sides."""
    return Cause(kind, head_bytes - base_bytes, text, base_bytes=base_bytes, head_bytes=head_bytes, **more)


def image(name, base, head, causes=(), contents=(), **more):
    """Make an image that both sides have; what is not explained by ``causes`` is one instruction and one path."""
    rest = head.unpacked_bytes - base.unpacked_bytes - sum(one.bytes for one in causes)
    if rest:
        grown = (0, rest) if rest > 0 else (-rest, 0)
        causes = (*causes, cause(CauseKind.INSTRUCTION, *grown, "COPY . .", file="Dockerfile", lines=(3, 3)))
    rest = head.unpacked_bytes - base.unpacked_bytes - sum(one.bytes for one in contents)
    if rest:
        grown = (0, rest) if rest > 0 else (-rest, 0)
        contents = (*contents, Content(ContentKind.PATH, "/srv", *grown, files=2))
    state = ImageState.CHANGED if head.unpacked_bytes != base.unpacked_bytes else ImageState.UNCHANGED
    made = ImageReport(
        name=name,
        platform="linux/amd64",
        state=state,
        base=base,
        head=head,
        delta=delta_of(base, head, causes),
        causes=tuple(causes),
        contents=tuple(contents),
    )
    return judged(replace(made, **more))


def judged(one):
    """Let the verdict follow from the budgets."""
    return replace(one, verdict=worst([one.verdict, *(held.verdict for held in one.budgets)]))


def report(*images, **more):
    """Make a report about images."""
    verdict = worst(one.verdict for one in images)
    comparison = Comparison(BASE_SHA, HEAD_SHA, "the first parent of the merge commit")
    exit_code = {Verdict.FAIL: 1, Verdict.NOT_MEASURED: 3}.get(verdict, 0)
    fields = {"comparison": comparison, "images": images, "verdict": verdict, "run": RUN, "exit_code": exit_code}
    return Report("0.1.0", **{**fields, **more})


def held(kind, text, actual, limit, verdict=None, **more):
    """Hold a byte budget against a number."""
    verdict = verdict or (Verdict.FAIL if actual is not None and actual > limit else Verdict.PASS)
    line = {BudgetKind.MAX_SIZE: 12, BudgetKind.MAX_GROWTH: 8}.get(kind, 20)
    budget = Budget(kind, Limit(amount=limit, text=text), source=f"deadweight.toml:{line}")
    return Judgement(budget, verdict, actual, limit, **more)


def search(original_bytes, best_bytes, *, verified=True):
    """Make a search whose boldest candidate failed and whose second one passed."""
    bold = Attempt(
        Candidate(Rung.SCRATCH, "scratch", "", altered=("runs as nonroot (65532)",)),
        6_100_000,
        DownloadSize(2_900_000, exact=False),
        1,
        4.2,
        (
            Check("exit", CheckState.PASSED, "still runs"),
            Check("page", CheckState.FAILED, "a page answers 500, the original 200", ":8080/healthz"),
        ),
        "a page answers 500, the original 200",
    )
    best = Attempt(
        Candidate(
            Rung.DISTROLESS,
            "gcr.io/distroless/static-debian12:nonroot",
            "",
            form="static",
            mends=(Mend(MendKind.FILE, "/srv/x"),),
        ),
        best_bytes,
        DownloadSize(4_300_000, exact=False),
        3,
        3.1,
        (
            Check("exit", CheckState.PASSED, "still runs"),
            Check("output", CheckState.PASSED, "standard output is alike"),
            Check("own files", CheckState.NOT_MADE, "leaves out 2 files of its own, which no run opened", "/srv/a"),
        ),
    )
    return Verification(
        original_bytes,
        (bold, best),
        best,
        verified,
        patch="--- a/api/Dockerfile\n+++ b/api/Dockerfile\n@@ -1 +1 @@\n-FROM golang:1.22\n+FROM golang:1.22 AS build\n",
        not_checked=("outbound network", "leaves out 2 files of its own, which no run opened"),
        seconds=21.5,
        found_at="c0ffee1" + "0" * 33,
    )


def growth():
    """(a) a Go image that became single-stage, over budget."""
    base, head = side(3_930_000, 2_110_000), side(859_000_000, 312_000_000, layers=6, dead_bytes=1_000_000)
    causes = (
        cause(
            CauseKind.BASE_IMAGE,
            0,
            774_000_000,
            "FROM golang:1.22",
            file="api/Dockerfile",
            lines=(1, 1),
            largest=(("/usr/local/go", 211_000_000), ("gcc-12", 72_000_000)),
        ),
        cause(
            CauseKind.INSTRUCTION,
            3_930_000,
            85_000_000,
            "RUN go build -o /app .",
            file="api/Dockerfile",
            lines=(4, 4),
            head_diff_id="sha256:" + "4" * 64,
            base_diff_id="sha256:" + "3" * 64,
            largest=(("/root/.cache/go-build", 71_000_000), ("/go/pkg/mod", 5_970_000), ("/app", 4_100_000)),
        ),
    )
    contents = (
        Content(ContentKind.PACKAGE, "gcc-12", 0, 72_000_000, "deb", None, "12.2.0-14", 40),
        Content(ContentKind.PACKAGE, "git", 0, 46_100_000, "deb", None, "1:2.39.5", 900),
        Content(ContentKind.PACKAGE, "github.com/x/y", 0, 5_970_000, "go", None, "v1.2.3", 90),
        Content(ContentKind.PATH, "/usr/local/go/pkg", 0, 211_000_000, files=3_000),
        Content(ContentKind.PATH, "/usr/lib/x86_64-linux-gnu", 0, 168_000_000, files=2_000),
        Content(ContentKind.PATH, "/usr/local/go/src", 0, 98_200_000, files=6_000),
        Content(ContentKind.PATH, "/root/.cache/go-build", 0, 71_000_000, files=1_700),
        Content(ContentKind.PATH, "/app", 3_930_000, 8_030_000, files=1),
        Content(ContentKind.DEAD, "/work/tmp", 0, 1_000_000, files=1),
        Content(ContentKind.PATH, "/usr/share", 0, 177_700_000, files=9_000),
    )
    finding = Finding(
        rule="multi-stage-go",
        ladder=Ladder.VERIFIED,
        title="The final stage is the build stage.",
        advice="End the Dockerfile with `FROM scratch` and `COPY --from=build /app /app`.",
        claimed=ClaimedBytes(live=77_000_000, dead=1_000_000, base_image=772_000_000),
        file="api/Dockerfile",
        lines=(1, 6),
        evidence=(("/usr/local/go", 211_000_000), ("/root/.cache/go-build", 71_000_000)),
        patch=(
            "--- a/api/Dockerfile\n+++ b/api/Dockerfile\n@@ -1,2 +1,2 @@\n"
            "-FROM golang:1.22\n+FROM golang:1.22 AS build\n RUN go build -o /app .\n"
        ),
        measured_after_bytes=8_030_000,
    )
    layers = (
        LayerRow("FROM scratch COPY /app", 3_930_000, None),
        *(LayerRow("FROM golang:1.22", None, bytes_) for bytes_ in (117_000_000, 48_000_000, 211_000_000, 398_000_000)),
        LayerRow("WORKDIR /src", None, 0, "api/Dockerfile", (2, 2)),
        LayerRow("RUN go build -o /app .", None, 85_000_000, "api/Dockerfile", (4, 4)),
    )
    return report(
        image(
            "api",
            base,
            head,
            causes,
            contents,
            budgets=(
                held(BudgetKind.MAX_GROWTH, "10 MB", 855_070_000, 10_000_000, reason="+855 MB exceeds 10 MB"),
                held(BudgetKind.MAX_SIZE, "50 MB", 859_000_000, 50_000_000, reason="859 MB exceeds 50 MB"),
            ),
            findings=(finding,),
            claimed_bytes=850_000_000,
            verification=search(head.unpacked_bytes, finding.measured_after_bytes),
            layers=layers,
            paths_added=11_842,
            paths_changed=1,
        )
    )


def no_change():
    """(b) nothing moved."""
    same = side(3_930_000, 2_110_000)
    return report(image("api", same, same, budgets=(held(BudgetKind.MAX_SIZE, "50 MB", 3_930_000, 50_000_000),)))


def shrink():
    """(c) the way back to multi-stage, far below its budget."""
    base, head = side(859_000_000, 312_000_000, layers=6), side(8_030_000, 4_300_000)
    causes = (
        cause(
            CauseKind.BASE_IMAGE,
            774_000_000,
            0,
            "FROM golang:1.22",
            file="api/Dockerfile",
            lines=(1, 1),
            side="base",
        ),
        cause(
            CauseKind.INSTRUCTION,
            85_000_000,
            8_030_000,
            "COPY --from=build /app /app",
            file="api/Dockerfile",
            lines=(6, 6),
            largest=(("/root/.cache/go-build", -71_000_000), ("/go/pkg/mod", -5_970_000)),
            copied_from=(Origin(OriginKind.INSTRUCTION, "RUN go build -o /app .", "api/Dockerfile", (4, 4), "build"),),
        ),
    )
    contents = (
        Content(ContentKind.PATH, "/usr/local/go", 700_000_000, 0, files=9_000),
        Content(ContentKind.PATH, "/root/.cache/go-build", 71_000_000, 0, files=1_700),
        Content(ContentKind.PACKAGE, "gcc-12", 72_000_000, 0, "deb", "12.2.0-14", None, 40),
    )
    budget = held(BudgetKind.MAX_SIZE, "50 MB", 8_030_000, 50_000_000)
    return report(image("api", base, head, causes, contents, budgets=(budget,), paths_removed=11_842))


def thirty_images():
    """(d) thirty images, two over budget, three with a layer in common."""
    shared = cause(
        CauseKind.INSTRUCTION,
        0,
        5_600_000,
        "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl",
        file="images/base/Dockerfile",
        lines=(3, 3),
        head_diff_id="sha256:" + "5" * 64,
        largest=(("curl", 5_000_000),),
    )
    billing = (
        cause(
            CauseKind.INSTRUCTION,
            0,
            371_000_000,
            "RUN apt-get update && apt-get install -y build-essential",
            file="services/billing/Dockerfile",
            lines=(9, 9),
            head_diff_id="sha256:" + "9" * 64,
            largest=(("gcc-12", 72_000_000), ("g++-12", 40_000_000)),
        ),
        cause(
            CauseKind.INSTRUCTION,
            0,
            5_000_000,
            "COPY . /srv",
            file="services/billing/Dockerfile",
            lines=(14, 14),
            largest=(("/srv/fixtures/dump.sql", 4_900_000),),
        ),
    )
    npm = cause(
        CauseKind.INSTRUCTION,
        40_000_000,
        47_300_000,
        "RUN npm ci",
        file="services/auth/Dockerfile",
        lines=(6, 6),
        largest=(("aws-sdk", 7_100_000),),
    )
    loud = [
        image(
            "billing-worker",
            side(212_000_000),
            side(588_000_000),
            billing,
            budgets=(
                Judgement(
                    Budget(BudgetKind.MAX_GROWTH, Limit(percent=Decimal(5), text="5 %")),
                    Verdict.FAIL,
                    376_000_000,
                    10_600_000,
                    "+376 MB exceeds 5 % of 212 MB",
                ),
            ),
        ),
        image(
            "auth",
            side(48_100_000),
            side(61_000_000),
            (npm, shared),
            budgets=(held(BudgetKind.MAX_SIZE, "60 MB", 61_000_000, 60_000_000),),
        ),
        image(
            "gateway",
            side(96_000_000),
            side(112_400_000),
            (shared,),
            budgets=(held(BudgetKind.MAX_SIZE, "150 MB", 112_400_000, 150_000_000),),
        ),
        image(
            "reports",
            side(301_000_000),
            side(308_100_000),
            (shared,),
            budgets=(held(BudgetKind.MAX_SIZE, "400 MB", 308_100_000, 400_000_000),),
        ),
        image(
            "web",
            side(89_200_000),
            side(87_900_000),
            budgets=(held(BudgetKind.MAX_SIZE, "100 MB", 87_900_000, 100_000_000),),
        ),
    ]
    small = [image(f"svc-{n:02}", side(50_000_000 + n), side(50_050_000 + n)) for n in range(7)]
    still = [image(f"svc-{n:02}", side(50_000_000 + n), side(50_000_000 + n)) for n in range(7, 14)]
    return report(*small, *still, *(skipped(f"svc-{n:02}") for n in range(14, 25)), *loud)


def skipped(name):
    """Make an image that was not built, because nothing that it is built from changed."""
    missing = MissingSide("no input changed")
    return ImageReport(name, "", ImageState.UNCHANGED, missing, missing, Delta(0, None, 0, 0, 0, 0))


def base_fails():
    """(e) the base does not build."""
    failure = BuildFailure(
        FailureKind.INSTRUCTION,
        "RUN go build failed with exit code 1.",
        "api/Dockerfile",
        (4, 4),
        "RUN go build -o /app .",
        1,
        (
            "#9 [build 4/4] RUN go build -o /app .",
            "#9 3.102 ./main.go:12:2: no required module provides package github.com/x/y",
            'ERROR: process "/bin/sh -c go build -o /app ." did not complete successfully: exit code: 1',
        ),
    )
    budgets = (
        held(BudgetKind.MAX_SIZE, "50 MB", 8_030_000, 50_000_000),
        held(BudgetKind.MAX_GROWTH, "10 MB", None, 10_000_000, Verdict.NOT_MEASURED),
    )
    one = ImageReport(
        name="api",
        platform="linux/amd64",
        state=ImageState.NOT_COMPARED,
        base=MissingSide("the base does not build", failure),
        head=side(8_030_000, 4_300_000),
        delta=None,
        budgets=budgets,
        verdict=Verdict.WARN,
    )
    return report(one)


def head_fails():
    """The head does not build; two rules suspect something from its text."""
    failure = replace(base_fails().images[0].base.failure, exit_code=2)
    one = ImageReport(
        "api",
        "",
        ImageState.NOT_MEASURED,
        side(3_930_000),
        MissingSide("the head does not build", failure),
        None,
        findings=(
            suspicion("apt-lists", "apt-get update left its package lists in the image", (2, 2)),
            suspicion("multi-stage-go", "The image ships the Go toolchain that built its program", (4, 4)),
        ),
        verdict=Verdict.NOT_MEASURED,
    )
    return report(one)


def suspicion(rule, title, lines):
    """Make a finding from the text of a Dockerfile that did not build."""
    return Finding(
        rule,
        Ladder.SUSPECTED,
        title,
        "Do it otherwise.",
        ClaimedBytes(),
        file="api/Dockerfile",
        lines=lines,
        confidence=0.8,
        from_this_change=False,
    )


def new_image():
    """An image that the base does not have."""
    first = cause(CauseKind.BASE_IMAGE, 0, 7_000_000, "FROM alpine:3.20", file="new/Dockerfile", lines=(1, 1))
    second = cause(CauseKind.INSTRUCTION, 0, 1_000_000, "COPY app /app", file="new/Dockerfile", lines=(2, 2))
    contents = (Content(ContentKind.PATH, "/", 0, 8_000_000, files=90),)
    budget = held(BudgetKind.MAX_SIZE, "5 MB", 8_000_000, 5_000_000)
    one = ImageReport(
        "new",
        "linux/amd64",
        ImageState.NEW,
        None,
        side(8_000_000, 3_000_000, exact=False),
        None,
        (first, second),
        contents,
        budgets=(budget,),
        verdict=Verdict.FAIL,
    )
    return report(one)


def removed():
    """An image that the head does not have."""
    gone = cause(CauseKind.INSTRUCTION, 8_000_000, 0, "COPY app /app", file="old/Dockerfile", lines=(2, 2), side="base")
    contents = (Content(ContentKind.PATH, "/app", 8_000_000, 0),)
    return report(ImageReport("old", "linux/amd64", ImageState.REMOVED, side(8_000_000), None, None, (gone,), contents))


def accepted():
    """Growth over budget that someone accepted."""
    waiver = Waiver(
        "api",
        "max-growth",
        "ships the GeoIP database",
        date(2026, 12, 31),
        "label image-size-ok",
        "octocat",
    )
    budget = held(BudgetKind.MAX_GROWTH, "10 MB", 66_070_000, 10_000_000, Verdict.WARN, waived_by=waiver)
    one = image("api", side(3_930_000), side(70_000_000), budgets=(budget,))
    return report(one, waivers=(waiver,))


def not_measured():
    """A shard whose report never came."""
    missing = MissingSide("its measurement did not arrive")
    one = ImageReport("api", "", ImageState.NOT_MEASURED, None, missing, None, verdict=Verdict.NOT_MEASURED)
    return report(one)


def no_baseline():
    """The branch has no commit to compare with."""
    new = new_image().images[0]
    one = replace(new, name="api", state=ImageState.NOT_COMPARED, budgets=(), verdict=Verdict.PASS)
    return report(one, comparison=Comparison("", HEAD_SHA, "the branch has no commit before this one"))


def not_alike():
    """Two sides that may not be subtracted."""
    note = "The base is for linux/amd64 and the head for linux/arm64: images for different platforms are not compared."
    one = ImageReport(
        "api", "linux/arm64", ImageState.NOT_COMPARED, side(3_930_000), side(4_100_000), None, notes=(note,)
    )
    return report(one)


def renamed(one, name):
    """Call an image by another name."""
    return replace(one, name=name)


def cron():
    """An image of 1.98 MB that the base does not have."""
    made = cause(CauseKind.BASE_IMAGE, 0, 1_980_000, "FROM busybox", file="cron/Dockerfile", lines=(1, 1))
    content = Content(ContentKind.PATH, "/bin", 0, 1_980_000, files=400)
    return ImageReport("cron", "linux/amd64", ImageState.NEW, None, side(1_980_000), None, (made,), (content,))


def one_new():
    """One image is new, three did not move."""
    return report(*(image(name, side(50_000_000), side(50_000_000)) for name in ("api", "web", "worker")), cron())


def one_removed():
    """One image of 74.5 MB is gone, and another grew."""
    gone = ImageReport("old", "linux/amd64", ImageState.REMOVED, side(74_500_000), None, None)
    return report(
        gone, image("api", side(50_000_000), side(52_000_000)), image("web", side(9_000_000), side(9_000_000))
    )


def first_commit():
    """There is no commit to compare three images with."""
    alone = replace(cron(), state=ImageState.NOT_COMPARED)
    images = (renamed(alone, name) for name in ("api", "cron", "web"))
    return report(*images, comparison=Comparison("", HEAD_SHA, "the branch has no commit before this one"))


def no_base_builds():
    """Neither of two images builds at the base."""
    one = base_fails().images[0]
    return report(one, renamed(one, "web"))


def base_bump():
    """The base image was bumped, and the change added a little of its own."""
    moved = cause(
        CauseKind.INSTRUCTION,
        121_000_000,
        126_000_000,
        "FROM python:3.14-slim",
        file="Dockerfile",
        lines=(1, 1),
        was="python:3.13-slim",
        now="python:3.14-slim",
    )
    return report(image("api", side(140_000_000), side(145_300_000), (moved,)))


def base_moved():
    """The same tag is another image now."""
    name = "python:3.13-slim@sha256:"
    moved = cause(
        CauseKind.BASE_IMAGE,
        121_000_000,
        126_000_000,
        "FROM python:3.13-slim",
        file="Dockerfile",
        lines=(1, 1),
        was=f"{name}aaaaaaaaaaaa",
        now=f"{name}bbbbbbbbbbbb",
    )
    return report(image("api", side(140_000_000), side(145_000_000), (moved,)))


def dead_bytes():
    """What one line adds, another deletes, and it is shipped all the same."""
    added = cause(CauseKind.INSTRUCTION, 0, 12_000_000, "COPY models /models", file="Dockerfile", lines=(4, 4))
    wasted = DeadWeight(12_000_000, deleted=True, file="Dockerfile", added=(4, 4), killed=(7, 7))
    content = Content(ContentKind.DEAD, "/models", 0, 12_000_000, files=3)
    head = side(62_000_000, layers=4, dead_bytes=12_000_000)
    return report(image("api", side(50_000_000, layers=2), head, (added,), (content,), dead=(wasted,)))


def denied():
    """A file and a ratchet are held against an image."""
    forbidden = Judgement(
        Budget(BudgetKind.DENY_PATHS, None, ("/root/**",), source="deadweight.toml:9"),
        Verdict.FAIL,
        1,
        0,
        "The image contains 1 file of 2 MB that deny-paths names.",
        evidence=(("/root/.npm/_cacache/x", 2_000_000),),
    )
    ratchet = held(
        BudgetKind.RATCHET,
        "",
        52_000_000,
        50_000_000,
        reason="The image weighs 52 MB, 2 MB more than ratchet allows (50 MB).",
    )
    return report(image("api", side(50_000_000), side(52_000_000), budgets=(forbidden, ratchet)))


def noise():
    """Four bytes of a README."""
    return report(image("api", side(50_000_000), side(50_000_004)))


STORIES = {
    "a": growth,
    "b": no_change,
    "c": shrink,
    "d": thirty_images,
    "e": base_fails,
    "head-fails": head_fails,
    "new": new_image,
    "removed": removed,
    "accepted": accepted,
    "not-measured": not_measured,
    "no-baseline": no_baseline,
    "not-alike": not_alike,
    "one-new": one_new,
    "one-removed": one_removed,
    "first-commit": first_commit,
    "no-base-builds": no_base_builds,
    "base-bump": base_bump,
    "base-moved": base_moved,
    "dead-bytes": dead_bytes,
    "denied": denied,
    "noise": noise,
}
