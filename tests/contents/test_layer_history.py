"""What an image's history tells of its layers, and what must not leak from it."""

import pytest

from bot.contents.layer_history import history_origins, instruction
from bot.model.build import OriginKind
from bot.model.image import HistoryStep
from tests.pictures import image


@pytest.mark.parametrize(
    ("created_by", "expected"),
    [
        ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
        ("COPY main.go go.mod ./ # buildkit", "COPY main.go go.mod ./"),
        ('CMD ["./main"]', 'CMD ["./main"]'),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("/bin/sh -c #(nop) COPY file:0123 in / ", "COPY file:0123 in /"),
        ('/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'),
        ("RUN /bin/bash -o pipefail -c curl x | tar xz # buildkit", "RUN /bin/bash -o pipefail -c curl x | tar xz"),
        ("/bin/bash -c make", "RUN /bin/bash -c make"),
        ("bazel build //:image", "bazel build //:image"),
    ],
)
def test_instruction__as_builders_write_it(created_by, expected):
    """What builders add to an instruction is taken off again."""
    assert instruction(HistoryStep(created_by, "", empty=False)) == expected


@pytest.mark.parametrize(
    ("created_by", "expected"),
    [
        ("|1 TOKEN=s3cret /bin/sh -c make", "RUN make"),
        ("RUN |1 TOKEN=s3cret /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |2 A=1 TOKEN=two words and /etc/s3cret /bin/sh -c make all # buildkit", "RUN make all"),
        ("RUN |1 TOKEN=s3cret /bin/bash -eo pipefail -c make # buildkit", "RUN /bin/bash -eo pipefail -c make"),
        ("RUN |1 TOKEN=s3cret busybox sh", "RUN (build arguments hidden)"),
        ("RUN |9 TOKEN=s3cret /bin/sh -c make", "RUN (build arguments hidden)"),
    ],
)
def test_instruction__with_build_arguments(created_by, expected):
    """The values of build arguments never come out of history, also where they cannot be told from the command."""
    text = instruction(HistoryStep(created_by, "", empty=False))

    assert text == expected
    assert "s3cret" not in text


def test_instruction__nothing_written():
    """A committed layer is named by its comment, else by the lack of any."""
    assert instruction(HistoryStep("", "imported", empty=False)) == "imported"
    assert instruction(HistoryStep("", "", empty=False)) == "layer without history"


def test_instruction__endless():
    """A hostile history entry is cut."""
    assert len(instruction(HistoryStep("RUN " + "x" * 10_000_000, "", empty=False))) <= 2_000


def test_history_origins__empty_steps():
    """Steps without a layer are passed over: the nth other one made the nth layer."""
    drawn = image("a 1", "b 2", created_by=["RUN /bin/sh -c a # buildkit", "#ENV X=1", "COPY b / # buildkit"])

    origins = history_origins(drawn)

    assert [origin.text for origin in origins] == ["RUN a", "COPY b /"]
    assert {(origin.kind, origin.exact) for origin in origins} == {(OriginKind.UNKNOWN, False)}


def test_history_origins__squashed():
    """Where steps and layers do not pair up, no layer is given to any step."""
    drawn = image("a 1", created_by=["RUN a", "RUN b"])

    assert [origin.text for origin in history_origins(drawn)] == ["layer without history"]
