"""find_origins without an engine: histories as real builders leave them, and provenance that is odd."""

from bot.dockerfile import parse
from bot.dockerfile.origins import find_origins
from bot.model.build import BuildRecord, ImageSpec, Origin, OriginKind, ProvenanceStep
from bot.model.image import HistoryStep, ImageReference, Transport

TEXT = """\
FROM debian:12 AS builder
WORKDIR /work
RUN make
FROM debian:12
ENV A=b
COPY --from=builder /work/out /out
COPY --from=busybox:1 /bin/sh /sh
RUN ["/out/setup", "--all"]
CMD ["x"]
"""

BASE = (HistoryStep("/bin/sh -c #(nop) ADD file:1 in / ", "", empty=False), HistoryStep("CMD bash", "", empty=True))
CLASSIC = (
    HistoryStep("/bin/sh -c #(nop)  ENV A=b", "", empty=True),
    HistoryStep("/bin/sh -c #(nop) COPY dir:2 in /out ", "", empty=False),
    HistoryStep("/bin/sh -c #(nop) COPY file:3 in /sh ", "", empty=False),
    HistoryStep("/out/setup --all", "", empty=True),
    HistoryStep('/bin/sh -c #(nop)  CMD ["x"]', "", empty=True),
)
BUILDKIT = (
    HistoryStep("ENV A=b", "buildkit.dockerfile.v0", empty=True),
    HistoryStep("COPY /work/out /out # buildkit", "buildkit.dockerfile.v0", empty=False),
    HistoryStep("COPY /bin/sh /sh # buildkit", "buildkit.dockerfile.v0", empty=True),
    HistoryStep("RUN /out/setup --all # buildkit", "buildkit.dockerfile.v0", empty=True),
    HistoryStep('CMD ["x"]', "buildkit.dockerfile.v0", empty=True),
)


def record(layers: int, history: tuple[HistoryStep, ...], steps: tuple[ProvenanceStep, ...] = ()) -> BuildRecord:
    """Return the record of a build of so many layers."""
    diff_ids = tuple(f"sha256:{number}" for number in range(layers))
    return BuildRecord(ImageReference(Transport.DOCKER_DAEMON, "x"), diff_ids, history, steps, 1.0, False, "b")


def origins(layers: int, history: tuple[HistoryStep, ...], text: str = TEXT, target: str = "") -> tuple[Origin, ...]:
    """Find origins by the order of a history."""
    return find_origins(
        parse(text), ImageSpec("app", dockerfile="d/Dockerfile", target=target), record(layers, history)
    )


def lines(found: tuple[Origin, ...]) -> list[tuple[int, int] | None]:
    """Return the lines of origins."""
    return [origin.lines for origin in found]


def test_history__of_either_builder_is_matched_from_its_end():
    """The newest entries are the Dockerfile's, what lies below is the base image's; layers without bytes count too."""
    for history in (CLASSIC, BUILDKIT):
        found = origins(4, BASE + history)

        assert lines(found) == [(4, 4), (6, 6), (7, 7), (8, 8)]
        assert [origin.kind for origin in found] == [OriginKind.BASE_IMAGE, *[OriginKind.INSTRUCTION] * 3]
        assert {(origin.file, origin.exact) for origin in found} == {("d/Dockerfile", False)}


def test_history__knows_what_made_copied_files():
    """COPY --from a stage names its base image and instructions; from an image, that image."""
    found = origins(4, BASE + CLASSIC)

    assert [(one.text, one.lines) for one in found[1].copied_from] == [
        ("FROM debian:12 AS builder", (1, 1)),
        ("WORKDIR /work", (2, 2)),
        ("RUN make", (3, 3)),
    ]
    assert found[2].copied_from == (Origin(OriginKind.BASE_IMAGE, "busybox:1", exact=False),)


def test_history__with_a_label_that_the_builder_added():
    """Labels given on the command line leave an entry that no instruction has."""
    label = HistoryStep("LABEL built-by=us", "buildkit.dockerfile.v0", empty=True)

    assert lines(origins(4, (*BASE, *BUILDKIT, label))) == [(4, 4), (6, 6), (7, 7), (8, 8)]


def test_history__that_does_not_fit_is_unknown():
    """Where the entries are not those that the Dockerfile leaves, nothing is guessed."""
    foreign = (*BASE, HistoryStep("COPY x /x # buildkit", "", empty=False), HistoryStep("RUN y", "", empty=False))

    found = origins(3, foreign)

    assert {(origin.kind, origin.text, origin.exact) for origin in found} == {(OriginKind.UNKNOWN, "", False)}


def test_history__that_fits_only_at_its_end():
    """What was matched stays known; what lies below a mismatch counts as the base image's."""
    changed = (*BASE, *CLASSIC[:2], HistoryStep("/bin/sh -c #(nop)  USER 1", "", empty=True), *CLASSIC[3:])

    found = origins(3, changed)

    assert found[-1].lines == (8, 8)


def test_history__shorter_than_the_image():
    """An image with more layers than history has unknown layers at its bottom, and one origin for each layer."""
    found = origins(6, CLASSIC)

    assert len(found) == 6
    assert [origin.kind for origin in found[:1]] == [OriginKind.UNKNOWN]
    assert lines(found)[-3:] == [(6, 6), (7, 7), (8, 8)]


def test_history__of_a_stage_that_starts_from_a_stage():
    """The instructions of every stage down to the image count, in order; the target ends the list."""
    text = "FROM scratch AS a\nCOPY x /\nFROM a AS b\nCOPY y /\nFROM b\nCOPY z /\n"
    history = (HistoryStep("COPY x / # buildkit", "", empty=False), HistoryStep("COPY y / # buildkit", "", empty=False))

    found = origins(2, history, text, "b")

    assert [(origin.lines, origin.stage) for origin in found] == [((2, 2), "a"), ((4, 4), "b")]


def test_provenance__that_does_not_cover_the_image_gives_way_to_history():
    """Provenance of other layers than the image has is not believed."""
    steps = (ProvenanceStep(((3, 3),), ("sha256:a",)),)

    found = find_origins(parse(TEXT), ImageSpec("app"), record(4, BASE + CLASSIC, steps))

    assert [origin.exact for origin in found] == [False] * 4


def test_provenance__of_lines_that_are_no_instruction():
    """A step whose lines the Dockerfile does not have is unknown, and exactly that."""
    steps = (ProvenanceStep(((99, 99),), ("sha256:a",)), ProvenanceStep((), ("sha256:a", "sha256:b"), parent=0))

    found = find_origins(parse(TEXT), ImageSpec("app"), record(2, (), steps))

    assert [origin.kind for origin in found] == [OriginKind.UNKNOWN] * 2
