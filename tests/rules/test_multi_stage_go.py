"""multi-stage-go fires on a Go toolchain that came along by accident."""

import pathlib
import subprocess
from dataclasses import replace

import pytest

from bot.model.advice import Ladder
from bot.model.facts import ProgramKind
from bot.rules.catalogue.multi_stage_go import RULE
from tests.rules.world import config, health, look, package, packed, picture, read, shell_config, started, the

SINGLE = """\
FROM golang:1.22
WORKDIR /work/app
COPY main.go go.mod ./
RUN go mod tidy
RUN go build .
CMD ["./main"]
"""

PICTURE = """
FROM golang:1.22
  usr/local/go/bin/go 15000000
  usr/local/go/src/fmt/print.go 200000000
  usr/lib/gcc/x86_64-linux-gnu/12/cc1 100000000
COPY main.go go.mod ./
  work/app/main.go 100
RUN go build .
  work/app/main 2000000
  root/.cache/go-build/ab/c 86000000
"""


def test_single_stage__claims_toolchain_and_cache_with_exact_bytes():
    """The toolchain and the build cache are claimed, what is in the base image as base bytes."""
    finding = the(look(RULE, picture(PICTURE, config=config("./main"), dockerfile=SINGLE)))

    assert (finding.claimed.base_image, finding.claimed.live, finding.claimed.dead) == (215_000_000, 86_000_000, 0)
    assert finding.evidence == (("/usr/local/go", 215_000_000), ("/root/.cache/go-build", 86_000_000))
    assert (finding.ladder, finding.lines, finding.from_this_change) == (Ladder.MEASURED, (1, 6), True)


def test_static_program__needs_nothing_of_the_base_image():
    """Under a program that is proven static the whole base image is claimed, as an upper bound."""
    image = picture(PICTURE, config=config("./main", working_dir="/work/app"), dockerfile=SINGLE)

    finding = the(look(RULE, started(image, kind=ProgramKind.STATIC, program=b"work/app/main")))

    assert finding.claimed.base_image == 315_000_000
    assert ("the rest of the base image", 100_000_000) in finding.evidence
    assert "static binary" in finding.title
    assert "Upper bound" in finding.advice
    assert "saves" not in finding.title + finding.advice


def test_patch__is_the_way_back_to_two_stages(tmp_path: pathlib.Path):
    """The patch names the first stage and runs the program from a distroless image; git applies it."""
    image = picture(PICTURE, config=config("./main", working_dir="/work/app"), dockerfile=SINGLE)
    finding = the(look(RULE, started(image, kind=ProgramKind.STATIC, program=b"work/app/main")))
    (tmp_path / "Dockerfile").write_text(SINGLE, encoding="utf-8")

    subprocess.run(["git", "apply", "-"], input=finding.patch, text=True, check=True, cwd=tmp_path)

    assert (tmp_path / "Dockerfile").read_text(encoding="utf-8") == (
        "FROM golang:1.22 AS builder\n"
        "WORKDIR /work/app\n"
        "COPY main.go go.mod ./\n"
        "RUN go mod tidy\n"
        "RUN go build .\n"
        "\n"
        "FROM gcr.io/distroless/static-debian12\n"
        "COPY --from=builder /work/app/main /work/app/main\n"
        "WORKDIR /work/app\n"
        'CMD ["./main"]\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM golang:1.22\n", "HEALTHCHECK CMD curl -f localhost\n"),
        ("FROM golang:1.22\n", "USER app\n"),
        ("ARG X=1\nFROM golang:1.22\nARG X\n", "ENV Y=$X\n"),
        ("FROM golang:1.22\nHEALTHCHECK CMD curl -f localhost\n", ""),
    ],
    ids=["health check", "unknown user", "variable", "health check before the build"],
)
def test_patch__is_refused_where_the_container_would_change(before: str, after: str):
    """A health check, a user the new image lacks, or a variable keep the patch away, not the finding."""
    dockerfile = f'{before}WORKDIR /work/app\nCOPY main.go go.mod ./\nRUN go build .\n{after}CMD ["./main"]\n'
    check = health("CMD-SHELL", "curl -f localhost") if "HEALTHCHECK" in dockerfile else None
    start = config("./main", working_dir="/work/app", health_check=check)
    image = picture(PICTURE, config=start, dockerfile=dockerfile)

    finding = the(look(RULE, started(image, kind=ProgramKind.STATIC, program=b"work/app/main")))

    assert finding.patch == ""


def test_patch__writes_shell_form_as_exec_form():
    """A plain shell-form CMD becomes exec form, since the new image has no shell; what configures is repeated."""
    dockerfile = (
        "FROM golang:1.22\nENV PORT=80 \\\n  HOST=x\nEXPOSE 80\nRUN go build -o /bin/app .\nCMD /bin/app -v 1\n"
    )
    image = picture(
        "FROM golang:1.22\n  usr/local/go/bin/go 15000000\nRUN go build\n  bin/app 2000000",
        config=shell_config("/bin/app -v 1"),
        dockerfile=dockerfile,
    )

    finding = the(look(RULE, started(image, kind=ProgramKind.STATIC, program=b"bin/app")))

    added = [line[1:] for line in finding.patch.split("\n") if line.startswith("+") and not line.startswith("+++")]
    assert added == [
        "FROM golang:1.22 AS builder",
        "",
        "FROM gcr.io/distroless/static-debian12",
        "COPY --from=builder /bin/app /bin/app",
        "ENV PORT=80 \\",
        "  HOST=x",
        "EXPOSE 80",
        'CMD ["/bin/app", "-v", "1"]',
    ]


def test_image__that_starts_nothing_is_found_with_less_confidence():
    """Who says nothing of what is started, but builds what was copied, names the program when a container starts."""
    says_nothing = SINGLE.replace('CMD ["./main"]\n', "")

    sure = the(look(RULE, picture(PICTURE, config=config("./main"), dockerfile=SINGLE)))
    perhaps = the(look(RULE, picture(PICTURE, config=config("bash"), dockerfile=says_nothing)))

    assert perhaps.claimed == sure.claimed
    assert perhaps.confidence == sure.confidence / 2
    assert the(read(RULE, says_nothing)).confidence == sure.confidence / 2


@pytest.mark.parametrize(
    "run", ["go install -v ./...", "go get -d -v ./...", "make build", "CGO_ENABLED=0 go build -v -o x"]
)
def test_image__whatever_builds_in_it_is_found(run: str):
    """A verbose build asks for no version, and in a Go image ``make`` and ``go get`` build too."""
    dockerfile = SINGLE.replace("go build .", run)

    assert the(look(RULE, picture(PICTURE, config=config("./main"), dockerfile=dockerfile)))
    assert the(read(RULE, dockerfile))


def test_image__that_never_names_a_builder_is_found_by_its_program():
    """A compiled program that this image made outranks what the text calls the builder."""
    dockerfile = 'FROM golang:1.22\nCOPY . .\nRUN ./hooks/release\nCMD ["./main"]\n'
    image = picture(PICTURE, config=config("./main"), dockerfile=dockerfile)

    assert look(RULE, image) == ()
    assert the(look(RULE, started(image, kind=ProgramKind.STATIC, program=b"work/app/main")))


@pytest.mark.parametrize("command", ["go run .", "air", "bash", "", "/bin/sh -c 'go test ./...'"])
def test_image_for_its_toolchain__is_silent(command: str):
    """An image that starts a Go tool, a shell, or nothing ships the toolchain on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=SINGLE)) == ()


def test_multi_stage__is_silent():
    """A final stage that does not build is silent, whatever other stages do."""
    multi = SINGLE.replace("golang:1.22", "golang:1.22 AS builder").replace(
        "CMD", "FROM golang:1.22\nCOPY --from=builder /work/app ./\nCMD"
    )

    assert look(RULE, picture(PICTURE, config=config("./main"), dockerfile=multi)) == ()
    assert read(RULE, multi) == ()


def test_change__that_did_not_bring_the_toolchain_is_told():
    """Where the base image of the comparison had the same bytes, the finding is not of this change."""
    image = picture(PICTURE, config=config("./main"), dockerfile=SINGLE)

    assert not the(look(RULE, image, image)).from_this_change


def test_text__is_suspected_and_claims_nothing():
    """Without an image the build in the final stage is suspected."""
    finding = the(read(RULE, SINGLE))

    assert (finding.ladder, finding.claimed.total, finding.lines) == (Ladder.SUSPECTED, 0, (5, 5))


@pytest.mark.parametrize(
    ("libraries", "base"),
    [
        (("libc.so.6", "libpthread.so.0"), "FROM gcr.io/distroless/base-nossl-debian12\n"),
        (("libc.so.6", "libssl.so.3"), "FROM gcr.io/distroless/base-debian12\n"),
        (("libc.so.6", "libstdc++.so.6"), "FROM gcr.io/distroless/cc-debian12\n"),
        (("libc.so.6", "libmagic.so.1"), "FROM debian:bookworm-slim\n"),
        (("libc.so.6", "libown.so.1"), ""),
    ],
)
def test_dynamic_program__moves_only_where_its_libraries_are(libraries: tuple[str, ...], base: str):
    """A cgo program that links the C library alone gets a base that has it; with other libraries there is no patch."""
    image = picture(PICTURE, config=config("./main", working_dir="/work/app"), dockerfile=SINGLE)
    files = frozenset(
        {b"work/app/main", b"usr/lib/libmagic.so" if "libmagic" in libraries[1] else b"usr/lib/libown.so"}
    )
    program = started(
        packed(
            image,
            replace(package("deb", "base-files"), version="12.4+deb12u5"),
            package("deb", "libmagic1", "usr/lib/libmagic.so"),
        ),
        kind=ProgramKind.DYNAMIC,
        program=b"work/app/main",
        libraries=libraries,
        files=files,
    )

    finding = the(look(RULE, program))

    assert (base in finding.patch) if base else finding.patch == ""
    assert ("install -y --no-install-recommends libmagic1" in finding.patch) == ("libmagic" in libraries[1])
    assert finding.claimed.base_image == 315_000_000


@pytest.mark.parametrize("command", ["go run .", "air"])
def test_text__of_an_image_for_its_toolchain_is_silent(command: str):
    """The text says what is started too."""
    assert read(RULE, f"FROM golang:1.22\nRUN go build .\nCMD {command}\n") == ()


def test_stage__that_starts_from_another_stage_counts_with_it():
    """The layers of a stage that the final one starts from are in the image: a build there is found."""
    chained = SINGLE.replace("golang:1.22", "golang:1.22 AS dev").replace("CMD", "FROM dev\nCMD")

    assert the(read(RULE, chained)).lines == (5, 5)
    assert len(look(RULE, picture(PICTURE, config=config("./main"), dockerfile=chained))) == 1


@pytest.mark.parametrize("home", ["/work/my app", "/work/../etc"])
def test_patch__is_refused_for_paths_that_need_quoting(home: str):
    """A working directory that COPY could not name plainly is left to people."""
    image = picture(PICTURE, config=config("./main", working_dir=home), dockerfile=SINGLE)

    assert the(look(RULE, started(image, kind=ProgramKind.STATIC, program=b"work/app/main"))).patch == ""


def test_patch__is_refused_for_a_named_target():
    """Who builds a stage by its name would get the new builder stage instead."""
    image = replace(
        picture(PICTURE, config=config("./main"), dockerfile=SINGLE.replace(":1.22", ":1.22 AS app")), target="app"
    )

    assert the(look(RULE, started(image, kind=ProgramKind.STATIC, program=b"work/app/main"))).patch == ""
