"""base-static fires on a base image under a static program."""

import pytest

from bot.model.facts import ProgramKind
from bot.rules.catalogue.base_static import RULE
from tests.rules.world import config, health, look, picture, started, the

DOCKERFILE = 'FROM golang AS build\nRUN go build\nFROM debian:12\nCOPY --from=build /main /main\nCMD ["/main"]\n'
PICTURE = """
FROM debian:12
  bin/sh 100000
  usr/lib/x 90000000
  etc/ssl/certs/ca.crt 200000
  usr/share/zoneinfo/UTC 3000
COPY --from=build /main /main
  main 8000000
"""


def image(dockerfile: str = DOCKERFILE, **fields: object):
    """Return an image that starts a static program."""
    settings = config("/main", **fields)
    return started(
        picture(PICTURE, config=settings, dockerfile=dockerfile),
        kind=ProgramKind.STATIC,
        program=b"main",
        argv=("/main",),
    )


def test_image__claims_the_base_but_for_what_programs_open_unnamed():
    """The base image is claimed, certificates and time zones are left out, and the bound is called one."""
    finding = the(look(RULE, image()))

    assert finding.claimed.base_image == 90_100_000
    assert "Upper bound" in finding.advice


def test_image__with_a_dynamic_program_is_silent():
    """Only for a static program is it certain that it needs no library."""
    assert look(RULE, started(image(), kind=ProgramKind.DYNAMIC, program=b"main", argv=("/main",))) == ()


@pytest.mark.parametrize(
    "test", [("CMD-SHELL", "curl -f localhost"), ("CMD", "curl", "-f", "localhost"), ("CMD", "/bin/sh", "-c", "x")]
)
def test_image__whose_health_check_needs_another_program_is_silent(test: tuple[str, ...]):
    """A health check by curl or a shell would break without them."""
    assert look(RULE, image(health_check=health(*test))) == ()


def test_image__that_checks_its_health_by_itself_may_move():
    """A health check by the program itself works anywhere."""
    assert len(look(RULE, image(health_check=health("CMD", "/main", "-health")))) == 1


@pytest.mark.parametrize("user", ["app", "app:app"])
def test_image__with_a_named_user_is_silent(user: str):
    """A user that the small image lacks keeps the program where it is."""
    assert look(RULE, image(user=user)) == ()


def test_image__that_installs_tools_in_the_final_stage_is_silent():
    """What is installed may be called; certificates and time zones are in the small image too."""
    certificates = DOCKERFILE.replace("CMD", "RUN apk add --no-cache ca-certificates tzdata && adduser -D x\nCMD")

    assert look(RULE, image(DOCKERFILE.replace("CMD", "RUN apt-get install -y git\nCMD"))) == ()
    assert len(look(RULE, image(certificates))) == 1


def test_image__whose_program_a_run_made_is_silent():
    """What a RUN of the final stage makes and the program needs could not be made without a shell."""
    made = picture(PICTURE.replace("COPY --from=build", "RUN make"), config=config("/main"), dockerfile=DOCKERFILE)
    program = started(made, kind=ProgramKind.STATIC, program=b"main", argv=("/main",), files=frozenset({b"main"}))

    assert look(RULE, program) == ()


def test_image__without_a_shell_is_silent():
    """An image that is distroless already has nothing to gain."""
    bare = PICTURE.replace("bin/sh 100000", "etc/x 100000")
    measured = picture(bare, config=config("/main"), dockerfile=DOCKERFILE)

    assert look(RULE, started(measured, kind=ProgramKind.STATIC, program=b"main", argv=("/main",))) == ()


def test_image__that_was_not_read_is_silent():
    """Without having read the program nothing is certain."""
    assert look(RULE, picture(PICTURE, config=config("/main"), dockerfile=DOCKERFILE)) == ()


def test_image__started_by_a_shell_is_silent():
    """The shell form needs a shell."""
    assert look(RULE, started(image(), kind=ProgramKind.STATIC, program=b"main", argv=("sh",), needs_shell=True)) == ()


def test_image__whose_program_is_the_base_images_is_silent():
    """Where the static program is one of the base image, such as busybox, it cannot do without it."""
    dockerfile = 'FROM busybox\nCOPY site /www\nCMD ["httpd", "-f"]\n'
    drawn = "FROM busybox\n  bin/sh 1000000\nCOPY site /www\n  www/index.html 500\n"
    measured = picture(drawn, config=config("httpd"), dockerfile=dockerfile)

    found = look(RULE, started(measured, kind=ProgramKind.STATIC, program=b"bin/sh", argv=("httpd", "-f")))

    assert found == ()
