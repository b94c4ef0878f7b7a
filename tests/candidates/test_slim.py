"""Slim images: the packages to name, the accounts to make, and what the old base had and the new one has not."""

from bot.candidates import Failure, ladder, repair
from bot.model.image import HealthCheck, ImageConfig
from bot.model.verify import Behaviour, MendKind, Run, Rung, Trace
from tests.candidates.world import last_stage, of_rung, traced
from tests.rules.world import package

WEB = """FROM debian:bookworm
RUN apt-get update
RUN apt-get install -y python3 curl git
COPY app.py /srv/app/app.py
RUN useradd --create-home worker
USER worker
WORKDIR /srv/app
HEALTHCHECK --interval=2s CMD curl -f http://localhost:8080/ || exit 1
CMD ["python3", "app.py"]
"""
STATUS = b"""Package: python3.11
Status: install ok installed
Depends: libexpat1

Package: python3
Status: install ok installed
Depends: python3.11

Package: libexpat1
Status: install ok installed

Package: curl
Status: install ok installed

Package: git
Status: install ok installed
"""
LAYERS = """
FROM debian:bookworm
  etc/os-release 9
  bin/sh 9 mode=0755
RUN apt-get install -y python3 curl git
  usr/bin/python3.11 9 mode=0755
  usr/bin/python3 -> python3.11
  usr/bin/curl 9 mode=0755
  usr/bin/git 9 mode=0755
  usr/lib/python3.11/os.py 9
  usr/lib/x86_64-linux-gnu/libexpat.so.1 9
  var/lib/dpkg/status 9
COPY app.py /srv/app/app.py
  srv/app/app.py 9
RUN useradd --create-home worker
  etc/passwd 9
  etc/group 9
"""
PACKAGES = (
    package("deb", "python3.11", "usr/bin/python3.11", "usr/lib/python3.11/os.py"),
    package("deb", "python3", "usr/bin/python3"),
    package("deb", "libexpat1", "usr/lib/x86_64-linux-gnu/libexpat.so.1"),
    package("deb", "curl", "usr/bin/curl"),
    package("deb", "git", "usr/bin/git"),
)
FILES = {
    "var/lib/dpkg/status": STATUS,
    "etc/passwd": b"worker:x:1001:1002::/home/worker:/bin/bash\n",
    "etc/group": b"worker:x:1002:\n",
}
CONFIG = ImageConfig(
    cmd=("python3", "app.py"),
    working_dir="/srv/app",
    user="worker",
    health_check=HealthCheck(("CMD-SHELL", "curl -f http://localhost:8080/ || exit 1")),
)


def web():
    opened = [
        "usr/bin/python3.11",
        "usr/lib/python3.11/os.py",
        "usr/lib/x86_64-linux-gnu/libexpat.so.1",
        "srv/app/app.py",
    ]
    return traced(
        WEB, LAYERS, config=CONFIG, packages=PACKAGES, files=FILES, opened=opened, executed=["usr/bin/python3"]
    )


def test_slim__has_the_packages_that_were_used_and_the_health_checks_tool():
    """What was opened, or led to it, comes by its package; what another brings is not named; nobody asked for git."""
    candidate = of_rung(ladder(web()), Rung.SLIM)

    assert last_stage(candidate) == [
        "FROM debian:bookworm-slim",
        "RUN apt-get update \\",
        "    && apt-get install -y --no-install-recommends \\",
        "        curl \\",
        "        python3 \\",
        "    && rm -rf /var/lib/apt/lists/*",
        "RUN groupadd --gid 1002 worker \\",
        "    && useradd --uid 1001 --gid worker --home-dir /home/worker --shell /bin/bash worker",
        "WORKDIR /srv/app",
        "COPY --from=build /srv/app/app.py /srv/app/app.py",
        "HEALTHCHECK --interval=2s CMD curl -f http://localhost:8080/ || exit 1",
        "USER worker",
        'CMD ["python3", "app.py"]',
    ]


def test_missed_file__is_mended_by_its_package():
    """A file that the candidate asked for in vain, and that the original has, comes by the package that owns it."""
    evidence = web()
    candidate = of_rung(ladder(evidence), Rung.SLIM)
    run = Run(exit_code=1, trace=Trace(missed=frozenset({b"usr/bin/git", b"usr/bin/nothing"})))

    mended = repair(candidate, evidence, Failure(behaviour=Behaviour((run,))))

    assert mended is not None
    assert [(one.kind, one.subject) for one in mended.mends] == [(MendKind.PACKAGE, "git")]
    assert "        git \\" in last_stage(mended)


def test_clean__joins_update_with_install_and_leaves_no_lists():
    """The safest rung keeps the base, joins the update with the install, and removes the lists in the same layer."""
    candidate = of_rung(ladder(web()), Rung.CLEAN)

    assert candidate.base == "debian:bookworm"
    assert candidate.dockerfile == WEB.replace(
        "update\nRUN apt-get install -y python3 curl git",
        "update \\\n    && apt-get install -y python3 curl git && rm -rf /var/lib/apt/lists/*",
    )


def test_swap__keeps_the_stage_on_the_slim_base():
    """The same stage starts from the slim image of the same distribution."""
    candidate = of_rung(ladder(web()), Rung.SWAP)

    assert candidate.dockerfile.startswith("FROM debian:bookworm-slim\nRUN apt-get update \\\n    && apt-get install")


def test_program_that_is_not_found__is_mended_by_the_package_that_leads_to_it():
    """The engine names the program that it could not start; the package of its name, not only of its file, has it."""
    evidence = web()
    candidate = of_rung(ladder(evidence), Rung.SLIM)
    run = Run(problem='unable to start container process: exec: "git": executable file not found in $PATH')

    mended = repair(candidate, evidence, Failure(behaviour=Behaviour((run,))))

    assert mended is not None
    assert [one.subject for one in mended.mends] == ["git"]
