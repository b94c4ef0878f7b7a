"""Why a build failed, told from the words of every builder; each message is one that was seen."""

import pytest

from bot.edges.builders.failure import Account, explain_failure
from bot.model.build import BuildFailure, BuildRequest, FailureKind, ImageSpec

K = FailureKind
SOLVE = "ERROR: failed to build: failed to solve: "


def explained(error: str, **facts: object) -> BuildFailure:
    """Explain an error of the build of ``api/Dockerfile``."""
    spec = ImageSpec("api", dockerfile="api/Dockerfile", build_args=(("TOKEN", "s3cr3t-token"),))
    return explain_failure(Account(error, **facts), BuildRequest(spec, "/", "head", 60.0))


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (
            SOLVE + 'process "/bin/sh -c make" did not complete successfully: exit code: 2',
            K.INSTRUCTION,
            "RUN failed with exit code 2.",
        ),
        (
            "ERROR: failed to solve: executor failed running [/bin/sh -c make]: exit code: 2",
            K.INSTRUCTION,
            "RUN failed with exit code 2.",
        ),
        (
            (
                "ERROR: failed to solve: executor failed running [/bin/sh -c make]: runc did not terminate successfully:"
                " exit status 137"
            ),
            K.INSTRUCTION,
            "RUN failed with exit code 137.",
        ),
        ("The command '/bin/sh -c make' returned a non-zero code: 2", K.INSTRUCTION, "RUN failed with exit code 2."),
        (
            SOLVE + 'failed to compute cache key: failed to calculate checksum of ref a::b: "/x": not found',
            K.INSTRUCTION,
            'RUN failed: "/x": not found.',
        ),
        (
            "COPY failed: file not found in build context: stat x: file does not exist",
            K.INSTRUCTION,
            "RUN failed: file not found in build context: stat x: file does not exist.",
        ),
        (
            SOLVE + "cannot copy to non-directory: /var/x",
            K.INSTRUCTION,
            "RUN failed: cannot copy to non-directory: /var/x.",
        ),
        (
            SOLVE + "dockerfile parse error on line 3: unknown instruction: RUNN (did you mean RUN?)",
            K.DOCKERFILE,
            (
                "api/Dockerfile is not a Dockerfile that can be built: dockerfile parse error on line 3: unknown"
                " instruction: RUNN (did you mean RUN?)."
            ),
        ),
        (SOLVE + 'target stage "x" could not be found', K.DOCKERFILE, None),
        ("failed to reach build target x in Dockerfile", K.DOCKERFILE, None),
        (SOLVE + "failed to read dockerfile: open Dockerfile: no such file or directory", K.NO_DOCKERFILE, None),
        ("Cannot locate specified Dockerfile: Dockerfile", K.NO_DOCKERFILE, "There is no api/Dockerfile."),
        (
            SOLVE + "a:1: failed to resolve source metadata for docker.io/library/a:1: no such host",
            K.BASE_IMAGE,
            (
                "An image that the build needs could not be had: a:1: failed to resolve source metadata for"
                " docker.io/library/a:1: no such host."
            ),
        ),
        (SOLVE + "docker.io/library/a:none: not found: failed to resolve", K.BASE_IMAGE, None),
        ("manifest for a:none not found: manifest unknown: manifest unknown", K.BASE_IMAGE, None),
        (SOLVE + 'failed to parse stage name "A:B": invalid reference format', K.BASE_IMAGE, None),
        (
            SOLVE + "a/b: failed to resolve source metadata for docker.io/a/b:latest: pull access denied, repository"
            " does not exist or may require authorization: server message: insufficient_scope",
            K.CREDENTIALS,
            None,
        ),
        ("pull access denied for a/b, repository does not exist or may require 'docker login'", K.CREDENTIALS, None),
        (SOLVE + "failed to authorize: failed to fetch oauth token: 403 Forbidden", K.CREDENTIALS, None),
        (SOLVE + "error getting credentials - err: exec: not found", K.CREDENTIALS, None),
        (
            "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/",
            K.NEEDS_BUILDKIT,
            (
                "api/Dockerfile needs a newer builder than this one: the --mount option requires BuildKit. Refer to"
                " https://docs.docker.com/go/buildkit/. Install docker buildx 0.13 or newer, or a newer engine."
            ),
        ),
        ("dockerfile parse error line 20: Unknown flag: network", K.NEEDS_BUILDKIT, None),
        (SOLVE + "failed to copy: write /var/lib/x: no space left on device", K.DISK_FULL, None),
        ("Error processing tar file: write /x: no space left on device", K.DISK_FULL, None),
    ],
)
def test_error__has_its_kind_and_sentence(error: str, kind: FailureKind, sentence: str | None):
    """Every builder's wording of the same trouble comes to the same kind, its wrappings gone."""
    failure = explained(error, step="RUN make")

    assert failure.kind is kind
    assert sentence in {None, failure.sentence}


@pytest.mark.parametrize(
    "words",
    ["pull access denied", "no space left on device", "requires BuildKit", "dockerfile parse error", "]: exit code: 9"],
)
def test_command__does_not_choose_its_own_diagnosis(words: str):
    """What stands in the failing command itself is no word of the builder's."""
    command = f"echo '{words}'; exit 4"

    for error in (
        f'{SOLVE}process "/bin/sh -c {command}" did not complete successfully: exit code: 4',
        f"ERROR: failed to solve: executor failed running [/bin/sh -c {command}]: exit code: 4",
        f"The command '/bin/sh -c {command}' returned a non-zero code: 4",
    ):
        failure = explained(error, step=f"RUN {command}")
        assert (failure.kind, failure.exit_code) == (FailureKind.INSTRUCTION, 4)


def test_full_disk__is_known_from_the_log_of_the_step():
    """A program that meets a full disk says so only in its own output."""
    failure = explained("returned a non-zero code: 1", step="RUN x", log=["cp: write error: No space left on device"])

    assert (failure.kind, failure.exit_code) == (FailureKind.DISK_FULL, 1)
    assert failure.sentence.startswith("The disk is full.")


def test_deadline__comes_before_what_the_builder_says():
    """A build that we stopped ourselves has failed for that reason and no other."""
    failure = explained("ERROR: context canceled: exit code: 137", step="RUN x", expired=True)

    assert (failure.kind, failure.exit_code) == (FailureKind.DEADLINE, None)
    assert failure.sentence == "The build was stopped after its deadline of 60 s."


def test_unknown_error__of_no_instruction_is_the_builders():
    """What no pattern knows and no instruction caused is passed on as the builder said it."""
    failure = explained("ERROR: failed to build: the sky is falling")

    assert failure == BuildFailure(FailureKind.ENGINE, "The builder failed: the sky is falling.", file="api/Dockerfile")


def test_place__is_read_from_the_excerpt_or_the_message():
    """The lines that BuildKit points at are the place; else the line that a parse error names."""
    excerpt = ["Dockerfile:2", "   1 |     FROM a", "   2 | >>> RUN a && \\", "   3 | >>>     b", "   4 |     RUN c"]

    assert explained("x", excerpt=excerpt).lines == (2, 3)
    assert explained("dockerfile parse error line 7: unknown instruction: X").lines == (7, 7)
    assert explained("x").lines is None


def test_everything_shown__is_plain_and_masked():
    """Sentence, text and log carry no secret, no control characters and no endless line."""
    failure = explained(
        "ERROR: failed: s3cr3t-token \x1b[31mred " + "x" * 1000,
        step="RUN echo s3cr3t-token",
        log=[f"line {number} s3cr3t-token\x07" for number in range(30)],
    )

    assert "s3cr3t" not in repr(failure)
    assert failure.text == "RUN echo ***"
    assert failure.log_tail == tuple(f"line {number} ***" for number in range(10, 30))
    assert failure.sentence.isprintable()
    assert len(failure.sentence) < 400
