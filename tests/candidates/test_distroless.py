"""Images without a shell: which program may go there, and what it takes along."""

import pytest

from bot.candidates import Failure, ladder, repair
from bot.dockerfile import parse
from bot.model.image import HealthCheck, ImageConfig
from bot.model.verify import MendKind, Rung
from tests.candidates.world import DYNAMIC, STATIC, last_stage, of_rung, traced
from tests.rules.world import package

GO = """# A service
FROM golang:1.22
WORKDIR /app
COPY . .
RUN go build -o server .
# the API
EXPOSE 8080
CMD ["./server"]
"""
GO_LAYERS = """
FROM golang:1.22
  etc/os-release 100
  usr/local/go/bin/go 1500 mode=0755
COPY . .
  app/main.go 900
  app/templates/index.html 300
RUN go build -o server .
  app/server 80000 mode=0755
"""
GO_CONFIG = ImageConfig(
    cmd=("./server",), working_dir="/app", exposed_ports=("8080/tcp",), env=("PATH=/go/bin:/usr/bin",)
)


def go(dockerfile=GO, layers=GO_LAYERS, **more):
    facts = {"config": GO_CONFIG, "files": {"app/server": STATIC}, "executed": ["app/server"], "opened": ["app/server"]}
    return traced(dockerfile, layers, **(facts | more))


def test_static_program__goes_alone_with_what_is_no_source():
    """A static program starts by its absolute path, with its comments and what came from the context beside sources."""
    candidate = of_rung(ladder(go()), Rung.DISTROLESS)

    assert candidate.dockerfile == (
        "# A service\nFROM golang:1.22 AS build\nWORKDIR /app\nCOPY . .\nRUN go build -o server .\n"
        "\nFROM gcr.io/distroless/static-debian12:nonroot\nWORKDIR /app\n"
        "COPY --from=build /app/server /app/server\n"
        "COPY --from=build /app/templates/index.html /app/templates/index.html\n"
        '# the API\nEXPOSE 8080\nCMD ["/app/server"]\n'
    )
    assert candidate.altered == ("runs as nonroot (65532)",)


def test_program_below_path__is_found_by_its_name_too():
    """The folder of a program that PATH found stays in PATH, for whoever starts the image with another command."""
    dockerfile = 'FROM golang:1.22\nCOPY . .\nRUN go install ./...\nCMD ["hello"]\n'
    layers = "FROM golang:1.22\n  etc/os-release 9\nCOPY . .\n  go/main.go 9\nRUN go install ./...\n  go/bin/hello 8000 mode=0755"
    config = ImageConfig(cmd=("hello",), working_dir="/go", env=("PATH=/go/bin:/usr/local/go/bin:/usr/bin",))

    lines = last_stage(
        ladder(traced(dockerfile, layers, config=config, executed=["go/bin/hello"], files={"go/bin/hello": STATIC}))[0]
    )

    assert 'CMD ["/go/bin/hello"]' in lines
    assert "ENV PATH=/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" in lines
    assert "WORKDIR /go" in lines


def test_linked_library__goes_along_unless_the_base_has_it():
    """A library that distroless lacks is copied by the name that the loader asks for; the C library is there."""
    packages = [
        package("deb", "libc6", "usr/lib/x86_64-linux-gnu/libc.so.6"),
        package("deb", "libsqlite3-0", "usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6"),
    ]
    layers = GO_LAYERS.replace("  etc/os-release 100", "  etc/os-release 100\n  usr/lib/x86_64-linux-gnu/libc.so.6 9\n"
                               "  usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6 9\n  usr/lib/x86_64-linux-gnu/libsqlite3.so.0 -> libsqlite3.so.0.8.6")  # fmt: skip
    opened = ["app/server", "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libsqlite3.so.0"]

    candidate = of_rung(
        ladder(
            traced(
                GO,
                layers,
                config=GO_CONFIG,
                packages=packages,
                files={"app/server": DYNAMIC},
                opened=opened,
                executed=["app/server"],
            )
        ),
        Rung.DISTROLESS,
    )

    assert candidate.base == "gcr.io/distroless/base-nossl-debian12:nonroot"
    assert "COPY --from=build /usr/lib/x86_64-linux-gnu/libsqlite3.so.0 /usr/lib/x86_64-linux-gnu/" in last_stage(
        candidate
    )
    assert "libc.so.6" not in candidate.dockerfile


def test_written_folder__belongs_to_the_new_user():
    """What a run wrote in belongs to the user that it runs as, also a folder that is empty."""
    dockerfile = GO.replace("# the API", "RUN mkdir data")
    layers = GO_LAYERS + "RUN mkdir data\n  app/data/"

    lines = last_stage(
        of_rung(ladder(go(dockerfile, layers, written=["app/data", "app/data/visits.txt"])), Rung.DISTROLESS)
    )

    assert "COPY --from=build --chown=65532:65532 /app/data /app/data" in lines


def test_user__is_kept_with_its_account():
    """A user that the image names stays, with the files that know it."""
    dockerfile = GO.replace("CMD", "RUN useradd worker\nUSER worker\nCMD")
    layers = GO_LAYERS + "RUN useradd worker\n  etc/passwd 60\n  etc/group 20"
    config = ImageConfig(cmd=("./server",), working_dir="/app", user="worker")
    files = {
        "app/server": STATIC,
        "etc/passwd": b"root:x:0:0::/root:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n",
        "etc/group": b"worker:x:1000:\n",
    }

    candidate = of_rung(
        ladder(traced(dockerfile, layers, config=config, files=files, executed=["app/server"])), Rung.DISTROLESS
    )

    assert candidate.base == "gcr.io/distroless/static-debian12"
    assert candidate.altered == ()
    lines = last_stage(candidate)
    assert lines.index("COPY --from=build /etc/passwd /etc/group /etc/") + 1 == lines.index("USER worker")


@pytest.mark.parametrize(
    ("config", "executed"),
    [
        (ImageConfig(cmd=("/bin/sh", "-c", "./server --port $PORT"), working_dir="/app"), ["app/server", "bin/sh"]),
        (ImageConfig(cmd=("./server",), working_dir="/app", health_check=HealthCheck(("CMD-SHELL", "curl -f localhost"))), ["app/server"]),
        (ImageConfig(cmd=("./server",), working_dir="/app"), ["app/server", "usr/bin/git"]),
        (ImageConfig(cmd=("./run.sh",), working_dir="/app"), ["app/run.sh"]),
    ],
    ids=["a variable in a shell form", "a health check in a shell", "a second program", "a script"],
)  # fmt: skip
def test_whatever_needs_a_shell_or_a_tool__stays_where_they_are(config, executed):
    """Where a shell, a tool or a script took part, no image without them is proposed."""
    layers = GO_LAYERS + "  app/run.sh 20 mode=0755\n  usr/bin/git 20 mode=0755\n  bin/sh 20 mode=0755"
    packages = [package("deb", "git", "usr/bin/git"), package("deb", "dash", "bin/sh")]
    files = {"app/server": STATIC, "app/run.sh": b"#!/bin/sh\nexec ./server\n"}

    candidates = ladder(go(GO, layers, config=config, files=files, executed=executed, packages=packages))

    assert candidates
    assert Rung.DISTROLESS not in {one.rung for one in candidates}


def test_plain_shell_form__becomes_exec_form():
    """A shell form that a shell would only split is started without one."""
    config = ImageConfig(cmd=("/bin/sh", "-c", "exec ./server --quiet 'two words'"), working_dir="/app")
    layers = GO_LAYERS.replace("  etc/os-release 100", "  etc/os-release 100\n  bin/sh 9 mode=0755")

    candidate = of_rung(
        ladder(traced(GO, layers, config=config, files={"app/server": STATIC}, executed=["bin/sh", "app/server"])),
        Rung.DISTROLESS,
    )

    assert 'CMD ["/app/server", "--quiet", "two words"]' in last_stage(candidate)


def test_denied_file__is_mended_by_root_in_the_end():
    """A candidate that was denied something as nonroot is tried as root, as the original ran."""
    evidence = go()
    candidate = of_rung(ladder(evidence), Rung.DISTROLESS)

    mended = repair(candidate, evidence, Failure(build="", checks=(), behaviour=None))

    assert mended is not None
    assert [one.kind for one in mended.mends] == [MendKind.ROOT]
    assert mended.base == "gcr.io/distroless/static-debian12"
    assert repair(mended, evidence, Failure()) is None


def test_hostile_path__cannot_write_instructions():
    """A path with a line break, a variable or a wildcard is refused, not written."""
    layers = GO_LAYERS.replace("index.html", "$(x).html")

    candidates = ladder(traced(GO, layers, config=GO_CONFIG, files={"app/server": STATIC}, executed=["app/server"]))

    assert all("$(x)" not in one.dockerfile for one in candidates)


def test_every_candidate__parses():
    """What is proposed is a Dockerfile."""
    assert [parse(one.dockerfile).final_stage.base for one in ladder(go())]


NODE = """FROM node:20
WORKDIR /srv/app
COPY . .
RUN npm ci
USER node
CMD ["node", "index.js"]
"""
NODE_LAYERS = """
FROM node:20
  etc/os-release 9
  etc/passwd 9
  usr/bin/env 9 mode=0755
  bin/sh 9 mode=0755
  usr/local/bin/node 900 mode=0755
  usr/local/bin/docker-entrypoint.sh 9 mode=0755
WORKDIR /srv/app
  srv/app/ owner=1000:1000
COPY . .
  srv/app/index.js 20
  srv/app/rare.js 20
RUN npm ci
  srv/app/node_modules/koa/index.js 20
  srv/app/node_modules/typescript/tsc.js 20
"""
NODE_FILES = {
    "usr/local/bin/docker-entrypoint.sh": b'#!/usr/bin/env sh\nset -e\nexec "$@"\n',
    "usr/local/bin/node": b"",
    "etc/passwd": b"node:x:1000:1000::/home/node:/bin/sh\n",
}


def node(**more):
    config = ImageConfig(
        entrypoint=("docker-entrypoint.sh",),
        cmd=("node", "index.js"),
        working_dir="/srv/app",
        user="node",
        env=("NODE_VERSION=20.11.1",),
    )
    facts = {
        "config": config,
        "files": NODE_FILES,
        "executed": ["usr/local/bin/docker-entrypoint.sh", "usr/bin/env", "bin/sh", "usr/local/bin/node"],
        "opened": ["srv/app/index.js", "srv/app/node_modules/koa/index.js"],
        "packages": [package("deb", "dash", "bin/sh"), package("deb", "coreutils", "usr/bin/env"), *NPM],
    }
    return traced(NODE, NODE_LAYERS, **(facts | more))


NPM = (
    package("npm", "koa", "srv/app/node_modules/koa/index.js"),
    package("npm", "typescript", "srv/app/node_modules/typescript/tsc.js", dev=True),
)


def test_language_image__has_the_same_version_and_the_whole_working_directory():
    """A program of Node.js goes to the image of its version, whole, past the base's entry script, as the same user."""
    candidate = of_rung(ladder(node()), Rung.DISTROLESS, "language image")

    assert last_stage(candidate) == [
        "FROM gcr.io/distroless/nodejs20-debian12",
        "ENV PATH=/nodejs/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "COPY --from=build --chown=1000:1000 /srv/app /srv/app",
        "WORKDIR /srv/app",
        "COPY --from=build /etc/passwd /etc/group /etc/",
        "USER node",
        "ENTRYPOINT []",
        'CMD ["/nodejs/bin/node", "index.js"]',
    ]
    assert candidate.altered == ("leaves out the entry point script of the base image",)


def test_development_packages__leave_the_build_stage_unless_they_were_opened():
    """Npm's development packages are removed before anything is copied, but not where a run opened one of them."""
    layers = NODE_LAYERS.replace("  srv/app/index.js 20", "  srv/app/index.js 20\n  srv/app/package.json 20")
    config = node().head.image.config

    def proposed(*opened):
        facts = {"config": config, "files": NODE_FILES, "packages": node().head.packages}
        executed = ["usr/local/bin/node"]
        return of_rung(
            ladder(traced(NODE, layers, executed=executed, opened=["srv/app/index.js", *opened], **facts)),
            Rung.DISTROLESS,
            "language image",
        )

    assert "RUN npm prune --omit=dev\n" in proposed().dockerfile
    assert "npm prune" not in proposed("srv/app/node_modules/typescript/tsc.js").dockerfile


def test_health_check_of_one_call__needs_no_shell():
    """A health check that a shell would only split is written in exec form, by absolute path and with its own times."""
    dockerfile = GO.replace("EXPOSE 8080", "HEALTHCHECK --interval=5s CMD ./server --check 'a b' || exit 1")
    check = HealthCheck(("CMD-SHELL", "./server --check 'a b' || exit 1"), 5.0)
    config = ImageConfig(cmd=("./server",), working_dir="/app", health_check=check)

    lines = last_stage(of_rung(ladder(go(dockerfile, config=config)), Rung.DISTROLESS))

    assert 'HEALTHCHECK --interval=5s CMD ["/app/server", "--check", "a b"]' in lines


def test_volume__exists_and_belongs_to_the_user():
    """What is written into a volume is in no diff; its folder goes along all the same."""
    dockerfile = GO.replace("# the API", "RUN mkdir data\nVOLUME /app/data")
    config = ImageConfig(cmd=("./server",), working_dir="/app", volumes=("/app/data",))

    lines = last_stage(
        of_rung(ladder(go(dockerfile, GO_LAYERS + "RUN mkdir data\n  app/data/", config=config)), Rung.DISTROLESS)
    )

    assert lines.index("COPY --from=build --chown=65532:65532 /app/data /app/data") < lines.index("VOLUME /app/data")


def test_stage_with_a_name__gives_it_to_the_new_last_stage():
    """A stage that is asked for by name keeps being the one that is built by it."""
    candidate = of_rung(
        ladder(
            go(
                GO.replace("golang:1.22", "golang:1.22 AS run"),
                GO_LAYERS.replace("golang:1.22", "golang:1.22 AS run", 1),
            )
        ),
        Rung.DISTROLESS,
    )

    stages = parse(candidate.dockerfile).stages

    assert [stage.name for stage in stages] == ["build", "run"]
