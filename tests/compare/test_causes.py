"""Who is named for the change: the base image, an instruction, or a rebuild that drifted."""

from dataclasses import replace

import pytest

from bot.model.bounds import MOST_DEAD
from bot.model.explain import CauseKind, DeadWeight
from bot.model.image import Package
from tests.compare.measured import explained, from_image, measured, step
from tests.pictures import image

GOLANG = from_image("FROM golang:1.22", 1)
DISTROLESS = from_image("FROM gcr.io/distroless/static:nonroot", 7)


def row(cause):
    """Return what a reader sees first of a cause."""
    return cause.kind, cause.bytes, cause.text, cause.lines, cause.side


def test_causes__multi_stage_becomes_single_stage():
    """The FROM that came is named with its bytes and line, the FROM that went with its own on the base's side."""
    base = measured(
        image("etc/passwd 900", "usr/share/zoneinfo/UTC 100", "main 2000"),
        [DISTROLESS, DISTROLESS, step("COPY --from=builder /work/app ./", 8)],
        base_image="gcr.io/distroless/static:nonroot",
    )
    head = measured(
        image("bin/sh 70000", "usr/local/go/bin/go 500000", "work/app/main.go 50", "root/.cache/go-build/a 8000"),
        [GOLANG, GOLANG, step("COPY main.go go.mod ./", 3), step("RUN go build .", 5)],
        base_image="golang:1.22",
    )

    causes = explained(base, head).causes

    assert [row(cause) for cause in causes] == [
        (CauseKind.INSTRUCTION, 570_000, "FROM golang:1.22", (1, 1), "head"),
        (CauseKind.INSTRUCTION, 8_000, "RUN go build .", (5, 5), "head"),
        (CauseKind.INSTRUCTION, -2_000, "COPY --from=builder /work/app ./", (8, 8), "base"),
        (CauseKind.INSTRUCTION, -1_000, "FROM gcr.io/distroless/static:nonroot", (7, 7), "base"),
        (CauseKind.INSTRUCTION, 50, "COPY main.go go.mod ./", (3, 3), "head"),
    ]
    assert causes[0].largest == (("/usr/local/go/bin/go", 500_000), ("/bin/sh", 70_000))


def test_causes__base_image_moved():
    """The same FROM with other bytes is the base image's doing, in one row, and what is built upon it drifts."""
    base = measured(
        image("etc/os 100", "lib/a 50", "var/lib/x 10", created_by=["os", "a", "RUN apt-get install x"]),
        [GOLANG, GOLANG, step("RUN apt-get install x", 2)],
        base_image="golang:1.22",
    )
    head = measured(
        image("etc/os 100", "lib/a 80", "var/lib/x 12", created_by=["os", "a", "RUN apt-get install x"]),
        [GOLANG, GOLANG, step("RUN apt-get install x", 2)],
        base_image="golang:1.22",
    )

    assert [row(cause) for cause in explained(base, head).causes] == [
        (CauseKind.BASE_IMAGE, 30, "FROM golang:1.22", (1, 1), "head"),
        (CauseKind.DRIFT, 2, "RUN apt-get install x", (2, 2), "head"),
    ]


def test_causes__other_tag_of_the_same_repository():
    """An edited tag is somebody's change, in one row of the net."""
    base = measured(image("os 1000"), [from_image("FROM node:20", 1)], base_image="node:20")
    head = measured(image("os 200"), [from_image("FROM node:20-slim", 1)], base_image="node:20-slim")

    (cause,) = explained(base, head).causes

    assert row(cause) == (CauseKind.INSTRUCTION, -800, "FROM node:20-slim", (1, 1), "head")
    assert (cause.base_bytes, cause.head_bytes) == (1000, 200)


def test_causes__tag_that_was_pinned():
    """A digest is no part of the repository, so pinning a tag is one row of the net."""
    base = measured(image("os 1000"), [from_image("FROM node:20", 1)], base_image="node:20")
    head = measured(image("os 1200"), [from_image("FROM node:20@sha256:ab", 1)], base_image="node:20@sha256:ab")

    (cause,) = explained(base, head).causes

    assert (cause.kind, cause.bytes) == (CauseKind.INSTRUCTION, 200)


def test_causes__base_image_with_other_settings():
    """What a base image that moved says of ENV is its own affair: a RUN upon it that ran as it was has drifted."""

    def built(size: int, env: str):
        steps = ["os", f"#ENV {env}", "RUN make"]
        picture = image(f"os {size}", f"x {size} fill=x{size}", created_by=steps)
        return measured(picture, [GOLANG, step("RUN make", 2)], base_image="golang:1.22")

    as_it_was = explained(built(10, "A=1"), built(12, "A=1")).causes
    edited = explained(built(10, "A=1"), built(12, "A=2")).causes
    assert [cause.kind for cause in as_it_was] == [CauseKind.BASE_IMAGE, CauseKind.DRIFT]
    assert [cause.kind for cause in edited] == [CauseKind.BASE_IMAGE, CauseKind.INSTRUCTION]

    def upon(size: int, env: str):
        steps = [f"#ENV {env}", "os", "RUN make"]
        picture = image(f"os {size}", f"x {size} fill=x{size}", created_by=steps)
        return measured(picture, [GOLANG, step("RUN make", 2)], base_image="golang:1.22")

    causes = explained(upon(10, "A=1"), upon(12, "A=2")).causes

    assert [cause.kind for cause in causes] == [CauseKind.BASE_IMAGE, CauseKind.DRIFT]


def test_causes__name_the_five_largest():
    """A cause names the five things that moved most, the largest first, equal ones by name."""
    sizes = dict(zip("abcdefg", [3, 9, 5, 7, 1, 9, 4], strict=True))
    packages = [Package("deb", name, "1", size, (name.encode(),)) for name, size in sizes.items()]
    head = measured(image("\n".join(f"{name} {size}" for name, size in sizes.items())), packages=packages)

    (cause,) = explained(None, head).causes

    assert [size for _, size in cause.largest] == [9, 9, 7, 5, 4]
    assert [name[0] for name, _ in cause.largest[:2]] == ["b", "f"]


def test_causes__variable_in_from():
    """The same FROM text that resolves to another image is somebody's change."""
    base = measured(image("os 1000"), [from_image("FROM golang:${V}", 2)], base_image="golang:1.22")
    head = measured(image("os 1200"), [from_image("FROM golang:${V}", 2)], base_image="golang:1.23")

    (cause,) = explained(base, head).causes

    assert (cause.kind, cause.bytes) == (CauseKind.INSTRUCTION, 200)


def test_causes__registry_with_a_port():
    """The colon of a registry's port is no tag."""
    base = measured(image("os 10"), [from_image("FROM localhost:5000/a")], base_image="localhost:5000/a")
    head = measured(image("os 25"), [from_image("FROM localhost:5000/b")], base_image="localhost:5000/b")

    assert [(cause.bytes, cause.side) for cause in explained(base, head).causes] == [(25, "head"), (-10, "base")]


def test_causes__instruction_that_went():
    """An instruction that is gone is named with the base's file and line."""
    base = measured(image("a 1", "b 300"), [step("COPY a /"), step("RUN b", 2)])
    head = measured(image("a 1"), [step("COPY a /")])

    (cause,) = explained(base, head).causes

    assert row(cause) == (CauseKind.INSTRUCTION, -300, "RUN b", (2, 2), "base")
    assert (cause.base_diff_id, cause.head_diff_id) == (base.image.layers[1].diff_id, None)
    (back,) = explained(head, base).causes
    assert (back.base_diff_id, back.head_diff_id, back.file) == (None, base.image.layers[1].diff_id, "Dockerfile")


def drifting(*sizes: int, text: str = "RUN pip install x", settings: str = "ENV A=1", **options):
    """Measure two layers of given sizes: a RUN after the setting, and then another one."""
    steps = [f"#{settings}", text, "RUN later"]
    layers = [f"one {sizes[0]} fill={sizes[0]}", f"two {sizes[1]} fill={sizes[1]}"]
    origins = [step(text, 2, copied_from=options.pop("copied_from", ())), step("RUN later", 3)]
    return measured(image(*layers, created_by=steps), origins, **options)


def test_causes__drift():
    """The same RUN with the same inputs and other bytes is drift, and so is what runs after it."""
    causes = explained(drifting(100, 10), drifting(104, 11)).causes

    assert [(cause.kind, cause.bytes) for cause in causes] == [(CauseKind.DRIFT, 4), (CauseKind.DRIFT, 1)]


def test_causes__other_build_argument():
    """A RUN that history shows with another build argument did not drift."""
    base = drifting(100, 10, text="RUN |1 V=1 /bin/sh -c pip install x")
    head = drifting(104, 10, text="RUN |1 V=2 /bin/sh -c pip install x")

    assert {cause.kind for cause in explained(base, head).causes} == {CauseKind.INSTRUCTION}


@pytest.mark.parametrize("setting", ["ENV A=", "ARG A=", "USER ", "WORKDIR /", "SHELL /bin/"])
def test_causes__other_environment(setting: str):
    """A RUN under another ENV, ARG, USER, WORKDIR or SHELL has other inputs, and so has what follows."""
    causes = explained(drifting(100, 10, settings=f"{setting}1"), drifting(104, 11, settings=f"{setting}2")).causes

    assert {cause.kind for cause in causes} == {CauseKind.INSTRUCTION}


def test_causes__other_label():
    """What no RUN can see is no other input: below another LABEL it has drifted all the same."""
    causes = explained(drifting(100, 10, settings="LABEL a=1"), drifting(104, 11, settings="LABEL a=2")).causes

    assert {cause.kind for cause in causes} == {CauseKind.DRIFT}


def test_causes__after_an_edited_instruction():
    """The same RUN after an instruction that was edited is somebody's change."""
    base, head = drifting(100, 10), drifting(104, 11, text="RUN pip install x y")

    assert {cause.kind for cause in explained(base, head).causes} == {CauseKind.INSTRUCTION}


def test_causes__copy_of_other_files():
    """A COPY with the same text and other bytes copied other files: somebody changed them."""
    base, head = drifting(100, 10, text="COPY . ."), drifting(104, 10, text="COPY . .")

    (first, *_) = explained(base, head).causes

    assert first.kind is CauseKind.INSTRUCTION


def test_causes__run_that_mounts_the_context():
    """A RUN that binds the build context has inputs that its text does not show."""
    text = "RUN --mount=type=bind,source=uv.lock,target=uv.lock uv sync"

    causes = explained(drifting(100, 10, text=text), drifting(104, 10, text=text)).causes

    assert causes[0].kind is CauseKind.INSTRUCTION


@pytest.mark.parametrize(
    "options",
    [
        "--mount=type=bind,from=tools,target=/t",
        "--mount=type=cache,from=tools,target=/t",
        "--mount=type=cache,FROM=tools,target=/t",
        "--mount=target=/t,source=type=cache",
        "--mount=type=cache,target=/t,type=bind",
        '--mount=type=cache,target=/t,"from=tools"',
        "--mount=type=cache,target=/t,\\\nfrom=tools",
        "--mo\\\nunt=type=bind,target=/t",
        "--mo`\nunt=type=bind,target=/t",
        "--MOUNT=type=bind,target=/t",
        "--mount=type=$KIND,target=/t",
        "--mount=type=cache,target=/c --mount=from=tools,target=/t",
    ],
)
def test_causes__run_that_mounts_what_somebody_made(options: str):
    """A RUN that mounts a stage, an image or the context, however it is spelt, is never cleared as drift."""
    text = f"RUN {options} cp -r /t /x"

    causes = explained(drifting(100, 10, text=text), drifting(104, 10, text=text)).causes

    assert causes[0].kind is CauseKind.INSTRUCTION


@pytest.mark.parametrize(
    "options",
    [
        "--mount=type=cache,target=$HOME/.cache,sharing=locked",
        "--mount=type=secret,id=npm.token --mount=type=cache,id=a/b,target=${C}",
        "--mount=type=ssh",
        "--mount=type=cache,type=secret,type=ssh,type=tmpfs,target=/t",
        "--network=none --mount=type=tmpfs,target=/tmp \\\n ",
    ],
)
def test_causes__run_with_mounts_of_nobodys_making(options: str):
    """Caches, secrets, keys and temporary folders are no inputs, also with variables in their places and over several lines."""
    text = f"RUN {options} make"

    causes = explained(drifting(100, 10, text=text), drifting(104, 11, text=text)).causes

    assert {cause.kind for cause in causes} == {CauseKind.DRIFT}


def test_causes__run_with_a_cache_mount():
    """A cache mount is no input that somebody changes."""
    text = "RUN --mount=type=cache,target=/root/.cache pip install x"

    causes = explained(drifting(100, 10, text=text), drifting(104, 11, text=text)).causes

    assert {cause.kind for cause in causes} == {CauseKind.DRIFT}


def test_causes__copy_from_a_stage_that_drifted():
    """What is copied from a stage of nothing but RUNs drifted with it, in the same Dockerfile."""
    options = {"text": "COPY --from=b /x /x", "dockerfile": "FROM a", "copied_from": (GOLANG, step("RUN make", 2))}

    causes = explained(drifting(100, 10, **options), drifting(104, 11, **options)).causes

    assert {cause.kind for cause in causes} == {CauseKind.DRIFT}
    assert [origin.text for origin in causes[0].copied_from] == ["FROM golang:1.22", "RUN make"]


def test_causes__copy_from_a_stage_with_sources():
    """What is copied from a stage that copied the build context is somebody's change."""
    makers = (GOLANG, step("COPY main.go .", 2), step("RUN go build .", 3))
    options = {"text": "COPY --from=b /x /x", "dockerfile": "FROM a", "copied_from": makers}

    causes = explained(drifting(100, 10, **options), drifting(104, 10, **options)).causes

    assert causes[0].kind is CauseKind.INSTRUCTION


def test_causes__images_that_we_did_not_build():
    """Without knowing the Dockerfile nobody is cleared: every layer that differs is an instruction, not exactly known."""
    base, head = measured(image("a 1", created_by=["RUN x"])), measured(image("a 9", created_by=["RUN x"]))

    (cause,) = explained(base, head).causes

    assert (cause.kind, cause.text, cause.exact) == (CauseKind.INSTRUCTION, "RUN x", False)


def test_causes__new_image():
    """In a new image everything is somebody's, the FROM included, and sums to its size."""
    head = measured(image("os 1000", "app 20"), [GOLANG, step("COPY app /", 2)], base_image="golang:1.22")

    causes = explained(None, head).causes

    assert [(cause.kind, cause.bytes) for cause in causes] == [
        (CauseKind.INSTRUCTION, 1000),
        (CauseKind.INSTRUCTION, 20),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (("node:20", ""), ("node:22-slim", ""), ("node:20", "node:22-slim")),
        (("node:20", ""), ("node:20", "sha256:" + "b" * 64), ("node:20", "node:20")),
        (("node:20", "sha256:" + "a" * 64), ("node:20", ""), ("node:20", "node:20")),
        (("node:20", "sha256:" + "a" * 64), ("node:22", "sha256:" + "b" * 64), ("node:20", "node:22")),
        (
            ("node:20", "sha256:" + "a" * 64),
            ("node:20", "sha256:" + "b" * 64),
            ("node:20@sha256:aaaaaaaaaaaa", "node:20@sha256:bbbbbbbbbbbb"),
        ),
    ],
    ids=["another tag", "a digest is not known", "the other is not", "another tag with digests", "two digests"],
)
def test_causes__name_both_base_images(before: tuple[str, str], after: tuple[str, str], told: tuple[str, str]):
    """A base image that moved is told apart from what it was by tag, or by digest where that alone tells."""
    sides = [
        replace(
            measured(image(f"os {size}"), [from_image(f"FROM {reference}")], base_image=reference), base_digest=digest
        )
        for size, (reference, digest) in ((1000, before), (1200, after))
    ]

    (cause,) = explained(*sides).causes

    assert (cause.was, cause.now) == told


COPIED, REMOVED = step("COPY models /models", 4), step("RUN rm -r /models", 7)


def test_dead__names_who_added_and_who_deleted():
    """Bytes that one line adds and a later one deletes are the change's dead weight; replaced ones are told apart."""
    base = measured(image("bin/sh 100"), [GOLANG])
    head = measured(
        image("bin/sh 100", "models/a 500\nmodels/b 40", "-models/a\nmodels/b 60"), [GOLANG, COPIED, REMOVED]
    )

    assert explained(base, head).dead == (
        DeadWeight(500, deleted=True, file="Dockerfile", added=(4, 4), killed=(7, 7)),
        DeadWeight(40, deleted=False, file="Dockerfile", added=(4, 4), killed=(7, 7)),
    )


def test_dead__is_what_the_change_brought():
    """What the same two instructions left dead at the base is old; only the growth is told."""
    base = measured(image("bin/sh 100", "models/a 300", "-models/a"), [GOLANG, COPIED, REMOVED])
    head = measured(image("bin/sh 100", "models/a 500", "-models/a"), [GOLANG, COPIED, REMOVED])

    (dead,) = explained(base, head).dead

    assert dead.bytes == 200
    assert explained(head, base).dead == ()


def test_dead__of_one_layer_or_of_no_image_is_nobodys():
    """What one instruction writes twice is not told as a deletion, and of an image that is gone nothing is."""
    head = measured(image("bin/sh 100", "models/a 500\nmodels/a 40"), [GOLANG, COPIED])
    gone = measured(image("bin/sh 100", "models/a 500", "-models/a"), [GOLANG, COPIED, REMOVED])

    assert explained(None, head).dead == explained(gone, None).dead == ()


def test_dead__in_the_order_of_the_instructions_where_as_much_is_dead():
    """Of two pairs of instructions with as many dead bytes, the one whose text comes first is told first."""
    steps = [step("COPY b /", 2), step("COPY a /", 3), step("RUN y", 4), step("RUN z", 5)]
    head = measured(image("b 50", "a 50", "-b", "-a"), steps)

    assert [dead.added for dead in explained(None, head).dead] == [(3, 3), (2, 2)]


def test_dead__is_told_of_so_many_instructions():
    """However many instructions delete what others added, so many pairs are told, the largest."""
    count = MOST_DEAD + 1
    layers = [*(f"f{at} {at + 1}" for at in range(count)), *(f"-f{at}" for at in range(count))]
    steps = [step(f"RUN step {at}", at + 1) for at in range(2 * count)]

    found = explained(None, measured(image(*layers), steps)).dead

    assert [dead.bytes for dead in found] == list(range(count, 1, -1))


def test_dead__between_layers_of_the_base_image_is_nobodys():
    """What a base image deletes of itself cannot be helped here, and is not told."""
    head = measured(image("models/a 500", "-models/a"), [GOLANG, GOLANG])

    assert explained(None, head).dead == ()


def test_causes__copy_from_a_stage_of_another_dockerfile():
    """Where anything at all in the Dockerfile was edited, or it is not known, a copied stage is not cleared."""
    copied = {"text": "COPY --from=b /x /x", "copied_from": (step("RUN make", 2),)}

    for was, now in [("FROM a", "FROM a\nRUN b"), ("FROM a", ""), ("", "FROM a"), ("", "")]:
        base = drifting(100, 10, dockerfile=was, **copied)
        head = drifting(104, 10, dockerfile=now, **copied)
        assert explained(base, head).causes[0].kind is CauseKind.INSTRUCTION


def test_causes__drift_above_files_that_stayed():
    """Files that were copied and are the same on both sides do not make somebody's change of the RUN that follows."""

    def built(size: int):
        picture = image("app 5", f"deps {size} fill={size}", created_by=["COPY app /", "RUN make"])
        return measured(picture, [step("COPY app /", 1), step("RUN make", 2)])

    (cause,) = explained(built(10), built(13)).causes

    assert (cause.kind, cause.bytes) == (CauseKind.DRIFT, 3)


@pytest.mark.parametrize("now", [("FROM golang:1.23", "golang:1.23"), ("", "")])
def test_causes__run_upon_another_base_image(now: tuple[str, str]):
    """What runs upon a FROM that was edited, or that went, has other inputs: it did not drift."""
    text, resolved = now
    was = [GOLANG, step("RUN make", 2)]
    base = measured(image("os 10", "x 5 fill=a", created_by=["os", "RUN make"]), was, base_image="golang:1.22")
    steps = [from_image(text), was[1]] if text else was[1:]
    layers = ["os 12", "x 6 fill=b"] if text else ["x 6 fill=b"]
    head = measured(image(*layers, created_by=["os", "RUN make"][-len(layers) :]), steps, base_image=resolved)

    causes = explained(base, head).causes

    assert {cause.kind for cause in causes} == {CauseKind.INSTRUCTION}
    assert sum(cause.bytes for cause in causes) == head.image.unpacked_bytes - base.image.unpacked_bytes


def test_causes__base_image_by_its_text():
    """Where nobody knows what a FROM resolves to, its text tells whether somebody edited it."""
    for text, kind in [("FROM golang:1.22", CauseKind.BASE_IMAGE), ("FROM golang:1.23", CauseKind.INSTRUCTION)]:
        (cause,) = explained(measured(image("os 10"), [GOLANG]), measured(image("os 12"), [from_image(text)])).causes
        assert (cause.kind, cause.bytes) == (kind, 2)


def test_causes__option_that_history_does_not_show():
    """A RUN that history shows as it was has other inputs where its text in the Dockerfile was edited."""

    def built(size: int, text: str):
        picture = image(f"x {size} fill={size}", created_by=["RUN /bin/sh -c make # buildkit"])
        return measured(picture, [step(text, 2)])

    (cause,) = explained(built(10, "RUN make"), built(12, "RUN --mount=type=cache,target=/c make")).causes

    assert cause.kind is CauseKind.INSTRUCTION


def test_causes__history_that_does_not_tell():
    """Where steps and layers do not pair up, nobody knows what a RUN depends on, and none is cleared."""

    def built(size: int):
        picture = image(f"x {size} fill={size}", "y 1", created_by=["RUN make"])
        return measured(picture, [step("RUN make", 2), step("RUN y", 3)])

    (cause,) = explained(built(10), built(12)).causes

    assert cause.kind is CauseKind.INSTRUCTION


def test_causes__setting_that_comes_later():
    """An ENV that was edited after a RUN is no input of it, only of what follows."""

    def built(size: int, env: str):
        steps = ["RUN make", f"#ENV A={env}", "RUN later"]
        picture = image(f"x {size} fill={size}", f"y {size} fill=y{size}", created_by=steps)
        return measured(picture, [step("RUN make", 2), step("RUN later", 4)])

    causes = explained(built(10, "1"), built(12, "2")).causes

    assert {cause.text: cause.kind for cause in causes} == {
        "RUN make": CauseKind.DRIFT,
        "RUN later": CauseKind.INSTRUCTION,
    }


def test_causes__package_in_the_layer_where_it_lives():
    """A package is named for what lives; what a later layer replaced is named by its path."""
    steps = [step("COPY old /"), step("RUN upgrade", 2)]
    head = measured(
        image("lib/ssl 100", "lib/ssl 130"), steps, packages=[Package("deb", "ssl", "3", 130, (b"lib/ssl",))]
    )

    causes = explained(None, head).causes

    assert {cause.text: cause.largest for cause in causes} == {
        "COPY old /": (("/lib/ssl", 100),),
        "RUN upgrade": (("ssl (deb)", 130),),
    }


def test_causes__name_what_moved():
    """A cause names by how much things grew, the first name first where that is equal; not what stayed, and no rest."""

    def built(ssl: int, odds: int, **more: int):
        sizes = {"ssl": ssl, "zlib": 7, **more, **{f"o{at}/f": odds for at in range(30)}}
        names = [name for name in sizes if not name.startswith("o")]
        packages = [Package("deb", name, "1", sizes[name], (name.encode(),)) for name in names if name != "a"]
        text = "\n".join(f"{name} {size}" for name, size in sizes.items() if size)
        return measured(image(text), [step("RUN make")], packages=packages)

    (cause,) = explained(built(100, 0), built(130, 1, a=30)).causes

    assert cause.bytes == 90
    assert cause.largest == (("/a", 30), ("ssl (deb)", 30))
