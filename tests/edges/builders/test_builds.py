"""Real builds on real engines: layers, their origins, failures, deadlines, secrets, and nothing left behind."""

import pathlib
import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.edges.builders import DockerBuilder
from bot.errors import CancelledError, EngineError
from bot.model.build import BuildFailure, BuildRecord, BuildRequest, BuiltImage, FailureKind, ImageSpec, Origin
from tests.edges.builders.conftest import Workshop, environment_of

pytestmark = pytest.mark.engine

MULTI_STAGE = """\
FROM busybox AS tools
RUN echo tool > /tool

FROM tools AS builder
WORKDIR /work
COPY source.txt .
RUN cat source.txt source.txt \\
    > doubled.txt

FROM busybox AS unused
RUN echo unused > /unused

FROM busybox
ENV WITHOUT=layer
COPY --from=builder /work/doubled.txt /data/
COPY --from=tools /tool /tool
RUN echo last > /last
CMD ["sh"]
"""

LISTING = "FROM busybox\nCOPY . /context\nRUN : {nonce}; cd /context && find . ! -type d | sort\n"


def places(origins: tuple[Origin, ...]) -> list[tuple[str, tuple[int, int] | None, str]]:
    """Return kind, lines and stage of origins."""
    return [(str(origin.kind), origin.lines, origin.stage) for origin in origins]


def test_origins__name_the_line_of_every_layer(workshop: Workshop):
    """Every layer has the instruction that made it, the base image's its FROM, and a COPY what made the files."""
    image = workshop.image({"Dockerfile": MULTI_STAGE, "source.txt": "x\n"})

    tools = [("base-image", (1, 1), "tools"), ("instruction", (2, 2), "tools")]
    assert len(image.origins) == len(workshop.diff_ids(image))
    assert places(image.origins) == [
        ("base-image", (13, 13), ""),
        ("instruction", (15, 15), ""),
        ("instruction", (16, 16), ""),
        ("instruction", (17, 17), ""),
    ]
    assert places(image.origins[2].copied_from)[-1] == tools[-1]
    assert places(image.origins[1].copied_from)[-4:] == [
        tools[-1],
        ("instruction", (5, 5), "builder"),
        ("instruction", (6, 6), "builder"),
        ("instruction", (7, 8), "builder"),
    ]
    assert image.origins[1].copied_from[-1].text == "RUN cat source.txt source.txt \\\n    > doubled.txt"
    assert {origin.exact for origin in image.origins} == {workshop.exact}


def test_origins__of_stages_that_share_their_steps(workshop: Workshop):
    """Two stages with the very same instruction are one step for BuildKit; the built stage's line is given."""
    text = "FROM busybox AS one\nRUN echo same > /same\nFROM busybox AS two\nRUN echo same > /same\n"

    image = workshop.image({"Dockerfile": text})

    assert places(image.origins)[-1] == ("instruction", (4, 4), "two")


def test_origins__of_one_instruction_that_copies_twice(workshop: Workshop):
    """COPY --link is two steps and one instruction; nothing is attributed to itself."""
    if workshop.way in {"classic", "buildx-old-engine"}:
        pytest.skip("the engine's builder does not know COPY --link")
    text = "FROM busybox AS a\nRUN echo a > /a\nFROM busybox\nCOPY --link --from=a /a /b\n"

    image = workshop.image({"Dockerfile": text})

    [*_, last] = image.origins
    assert (last.lines, last.copied_from[-1].lines) == ((4, 4), (2, 2))
    assert all(origin.lines != (4, 4) for origin in last.copied_from)


def test_untouched_instructions__are_the_very_same_layers(workshop: Workshop, nonce: str):
    """Both sides share every layer before the change, and the base is built first."""
    text = f"FROM busybox\nRUN echo {nonce} > /same\nCOPY file /file\nRUN cat /file > /copy\n"

    pair = workshop.pair({"Dockerfile": text, "file": "1"}, {"file": "22"})

    base, head = workshop.diff_ids(pair.base), workshop.diff_ids(pair.head)
    assert base[:-2] == head[:-2]
    assert base[-2] != head[-2]
    assert (pair.base.cached, pair.head.cached) == (False, False)
    first = [line for line in workshop.said if nonce in line]
    assert first, "the build's own log was heard"
    assert pair.base.builder == pair.head.builder


def test_head__leaves_nothing_in_a_cache_mount_for_the_base(workshop: Workshop, nonce: str):
    """What the head writes to a cache mount that both share does not come into the base's image (T-D4)."""
    if workshop.way == "classic":
        pytest.skip("the classic builder has no cache mounts")
    taken = f"FROM busybox\nRUN --mount=type=cache,id={nonce},target=/c cp -r /c /taken && ls -l /c\n"
    poisoned = f"FROM busybox\nRUN --mount=type=cache,id={nonce},target=/c dd if=/dev/urandom of=/c/x bs=1M count=5\n"

    pair = workshop.pair({"Dockerfile": taken}, {"Dockerfile": poisoned})

    base = workshop.client.images.get(pair.base.reference.name)
    plain = workshop.client.images.get("busybox")
    assert base.attrs["Size"] - plain.attrs["Size"] < 1_000_000


def test_nothing_changed__gives_the_same_layers(workshop: Workshop, nonce: str):
    """A commit that touches no input builds, if it is built at all, the very same image from the cache."""
    pair = workshop.pair(
        {"Dockerfile": f"FROM busybox\nCOPY file /file\nRUN echo {nonce} > /x\n", "file": "1"}, {"README": "new"}
    )

    assert workshop.diff_ids(pair.base) == workshop.diff_ids(pair.head)
    assert pair.head.cached


def test_arguments_and_target__reach_the_build(workshop: Workshop, nonce: str):
    """Build arguments, target, a Dockerfile elsewhere, a context folder and network are passed on."""
    text = f"FROM busybox AS wanted\nARG WHO\nCOPY file /file\nRUN : {nonce}; echo hello $WHO; cat /file; ls /sys/class/net\n"

    workshop.image(
        {"docker/app.Dockerfile": f"{text}FROM wanted\nRUN exit 1\n", "context/file": "inside\n"},
        dockerfile="docker/app.Dockerfile",
        context="context",
        target="wanted",
        build_args=(("WHO", "you"),),
        network="none",
    )

    last = workshop.said.index("hello you")
    assert workshop.said[last : last + 3] == ["hello you", "inside", "lo"]
    assert not [line for line in workshop.said if line.startswith("eth")]


def test_context__is_what_dockerignore_leaves(workshop: Workshop, nonce: str):
    """Every way sends the same files: exceptions, wildcards, links as links, and the Dockerfile where not hidden."""
    files = {
        "Dockerfile": LISTING.format(nonce=nonce),
        ".dockerignore": "*.md\n!README.md\ndocs\n!docs/kept\n**/*.log\n.dockerignore\n",
        "README.md": "x",
        "other.md": "x",
        "docs/gone": "x",
        "docs/kept": "x",
        "a/b/c.log": "x",
        "a/b/c": "x",
        "link": "-> a/b/c",
    }

    workshop.image(files)

    listed = [line for line in workshop.said if line.startswith("./")]
    assert listed == ["./Dockerfile", "./README.md", "./a/b/c", "./docs/kept", "./link"]


def test_context__of_a_dockerfile_outside_of_it(workshop: Workshop, nonce: str):
    """A Dockerfile from elsewhere does not appear among the files of its context, nor does its own ignore list."""
    files = {
        "docker/Dockerfile": LISTING.format(nonce=nonce),
        "docker/Dockerfile.dockerignore": "gone\n",
        "context/kept": "x",
        "context/gone": "x",
    }

    workshop.image(files, dockerfile="docker/Dockerfile", context="context")

    assert [line for line in workshop.said if line.startswith("./")] == ["./kept"]


def test_failing_instruction__is_named_with_its_lines_code_and_log(workshop: Workshop):
    """A RUN that fails gives its place, its text as written, its exit code and the end of its log (F11, F12)."""
    text = "FROM busybox\nRUN echo working && \\\n    echo failing && \\\n    exit 7\nRUN echo never\n"

    failure = workshop.failure({"Dockerfile": text})

    assert failure == BuildFailure(
        FailureKind.INSTRUCTION,
        "RUN failed with exit code 7.",
        file="Dockerfile",
        lines=(2, 4),
        text="RUN echo working && \\\n    echo failing && \\\n    exit 7",
        exit_code=7,
        log_tail=("working", "failing"),
    )


def test_failing_base__does_not_stop_the_head(workshop: Workshop):
    """A base that does not build leaves the head to be measured (F11)."""
    pair = workshop.pair({"Dockerfile": "FROM busybox\nRUN exit 3\n"}, {"Dockerfile": "FROM busybox\nRUN true\n"})

    assert isinstance(pair.base, BuildFailure)
    assert isinstance(pair.head, BuiltImage)


def test_log__of_a_hostile_build_is_plain(workshop: Workshop):
    """Colours, overwritten lines, control characters and endless lines do not survive; twenty lines do (T-L4)."""
    shout = "for i in $(seq 30); do echo line $i; done; printf 'a\\rb\\033[31mred\\033[0m\\007\\n'"
    flood = "head -c 5000 /dev/zero | tr '\\0' x; echo; exit 1"

    failure = workshop.failure({"Dockerfile": f"FROM busybox\nRUN {shout}; {flood}\n"})

    *lines, coloured, long = failure.log_tail
    assert lines == [f"line {number}" for number in range(13, 31)]
    assert coloured == "bred "[: len(coloured)]
    assert (len(long), long[-1]) == (300, "…")
    assert all(line.isprintable() for line in (*failure.log_tail, *workshop.said))


@pytest.mark.parametrize(
    ("text", "kind", "words", "lines"),
    [
        ("FROM busybox\nCOPY nothing /\n", FailureKind.INSTRUCTION, "COPY failed: ", (2, 2)),
        ("FROM busybox\nRUNN x\n", FailureKind.DOCKERFILE, "unknown instruction: RUNN", (2, 2)),
        ("FROM localhost:9/no/such:1\n", FailureKind.BASE_IMAGE, "could not be had", (1, 1)),
        (
            "FROM busybox\nRUN echo 'pull access denied: unauthorized'; false\n",
            FailureKind.INSTRUCTION,
            "code 1",
            (2, 2),
        ),
        (
            "FROM busybox\nRUN echo 'cp: No space left on device'; false\n",
            FailureKind.DISK_FULL,
            "disk is full",
            (2, 2),
        ),
    ],
)
def test_failure__has_its_kind(text: str, kind: FailureKind, words: str, lines: tuple[int, int], workshop: Workshop):
    """What failed is told by the builder's own words; what a RUN prints does not choose the diagnosis (F17, F22)."""
    failure = workshop.failure({"Dockerfile": text})

    assert (failure.kind, failure.lines) == (kind, lines)
    assert words in failure.sentence
    assert failure.file == "Dockerfile"


def test_target__that_no_stage_has(workshop: Workshop):
    """A target that does not exist is a mistake of the configuration or the Dockerfile, and named."""
    failure = workshop.failure({"Dockerfile": "FROM busybox AS one\n"}, target="two")

    assert failure.kind is FailureKind.DOCKERFILE
    assert "two" in failure.sentence


def test_dockerfile__that_is_missing(workshop: Workshop):
    """No Dockerfile is told without asking an engine."""
    failure = workshop.failure({"a": "1"}, dockerfile="api/Dockerfile")

    assert (failure.kind, failure.sentence) == (FailureKind.NO_DOCKERFILE, "There is no api/Dockerfile.")


def test_newer_syntax__on_an_older_builder(workshop: Workshop):
    """Here-documents and mounts build where the builder knows them, and say what is needed where not (T-D7)."""
    heredoc = workshop.one({"Dockerfile": "FROM busybox\nRUN <<END\necho x > /x\nEND\n"})
    mount = workshop.one({"Dockerfile": "FROM busybox\nRUN --mount=type=cache,target=/c echo x > /x\n"})

    knows_heredocs, knows_mounts = isinstance(heredoc, BuiltImage), isinstance(mount, BuiltImage)
    assert (knows_heredocs, knows_mounts) == (workshop.exact, workshop.has_buildkit)
    for outcome in (heredoc, mount):
        if isinstance(outcome, BuildFailure):
            assert outcome.kind is FailureKind.NEEDS_BUILDKIT
            assert "Install docker buildx 0.13 or newer" in outcome.sentence


@pytest.mark.parametrize("command", ["sleep 98765", "while true; do echo .; sleep 0.1; done"], ids=["silent", "chatty"])
def test_deadline__ends_the_build(command: str, workshop: Workshop, nonce: str):
    """A build that never ends is stopped, silent or chatty, and nothing of it runs on (F16, T-D5)."""
    if workshop.way == "buildx-containerd-store":
        pytest.skip("the store makes no difference to a deadline")

    failure = workshop.failure({"Dockerfile": f"FROM busybox\nRUN : {nonce}; {command}\n"}, deadline_seconds=6.0)

    assert failure.kind is FailureKind.DEADLINE
    assert failure.sentence == "The build was stopped after its deadline of 6 s."
    assert failure.lines == (2, 2)
    assert not running(nonce)


def test_cancelling__ends_the_build(workshop: Workshop, nonce: str):
    """A signal in the middle of a build ends it, and the exception goes on (F19)."""

    def cancel(*_: object) -> None:
        raise CancelledError("enough")

    before = signal.signal(signal.SIGALRM, cancel)
    signal.setitimer(signal.ITIMER_REAL, 3)
    try:
        with pytest.raises(CancelledError):
            workshop.one({"Dockerfile": f"FROM busybox\nRUN : {nonce}; sleep 98765\n"})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert not running(nonce)


def running(nonce: str) -> bool:
    """Tell whether any process of this machine still has the text on its command line, after a moment's grace."""
    search = f"grep -lsz -- {nonce[:8]}[{nonce[8]}]{nonce[9:]} /proc/[0-9]*/cmdline >/dev/null"
    script = f"for i in $(seq 100); do {search} || exit 0; sleep 0.1; done; exit 1"
    return subprocess.run(["sh", "-c", script], check=False).returncode != 0


def test_discard__leaves_nothing(workshop: Workshop, nonce: str):
    """Every image that was made is gone afterwards, those of stages and of failed builds too."""
    first = f"FROM busybox AS a\nLABEL nonce={nonce}\nRUN echo {nonce} > /a\n"
    text = f"{first}FROM busybox\nLABEL nonce={nonce}\nCOPY --from=a /a /\n"
    workshop.pair({"Dockerfile": text}, {"Dockerfile": text + f"RUN echo {nonce}\nRUN exit 1\n"})
    filters = {"label": f"nonce={nonce}"}
    before = workshop.client.images.list(filters=filters, all=True)

    workshop.builder.discard()

    assert before
    assert workshop.client.images.list(filters=filters, all=True) == []
    assert workshop.client.containers.list(filters=filters, all=True) == []


def test_discard__spares_an_image_that_somebody_else_named(workshop: Workshop, nonce: str):
    """An image that has another name loses ours only (T-D6)."""
    image = workshop.image({"Dockerfile": f"FROM busybox\nRUN echo {nonce} > /x\n"})
    workshop.client.images.get(image.reference.name).tag(f"somebody/{nonce}", "kept")

    workshop.builder.discard()

    names = workshop.client.images.get(f"somebody/{nonce}:kept").tags
    workshop.client.images.remove(f"somebody/{nonce}:kept")
    assert names == [f"somebody/{nonce}:kept"]


def test_build_argument__is_never_shown(workshop: Workshop, nonce: str):
    """The value of a build argument appears in no line, no sentence, no text (T-D3)."""
    text = "FROM busybox\nARG TOKEN\nRUN echo the token is $TOKEN; exit 1\n"

    failure = workshop.failure({"Dockerfile": text}, build_args=(("TOKEN", f"s3cr3t-{nonce}"),))

    assert "the token is ***" in failure.log_tail
    assert nonce not in repr(failure)
    assert not [line for line in workshop.said if nonce in line]


def test_secrets__reach_the_build_and_nothing_else(workshop: Workshop, tmp_path: pathlib.Path, nonce: str):
    """Secrets from a file or a variable are mounted as asked; a builder that has none says so."""
    (tmp_path / "secret").write_text(nonce)
    text = "FROM busybox\nRUN --mount=type=secret,id=file test $(cat /run/secrets/file) = " + nonce + "\n"

    outcome = workshop.one({"Dockerfile": text}, secrets=(f"id=file,src={tmp_path}/secret",))

    if workshop.has_buildkit:
        assert isinstance(outcome, BuiltImage)
    else:
        assert outcome.kind is FailureKind.NEEDS_BUILDKIT


@pytest.mark.parametrize(
    ("files", "facts"),
    [
        ({"Dockerfile": "-> /proc/self/environ"}, {}),
        ({"Dockerfile": "-> real", "real": "FROM busybox\n"}, {}),
        ({"real/Dockerfile": "FROM busybox\n", "api": "-> real"}, {"dockerfile": "api/Dockerfile"}),
        ({"Dockerfile": "FROM busybox\nCOPY . /\n", "api": "-> /etc"}, {"context": "api"}),
        ({"Dockerfile": "FROM busybox\nCOPY . /\n"}, {"context": "../.."}),
        ({"Dockerfile": "FROM busybox\nCOPY . /\n"}, {"context": "/etc"}),
        ({"Dockerfile": "FROM busybox\n", "x": "-> /etc"}, {"build_contexts": (("x", "x"),)}),
    ],
)
def test_links__do_not_lead_out_of_the_checkout(
    files: dict[str, str | None], facts: dict[str, object], workshop: Workshop
):
    """A Dockerfile or context behind a link, or outside, is refused before any builder sees it (T-D1)."""
    outcome = workshop.one(files, **facts)

    assert isinstance(outcome, BuildFailure)
    assert outcome.kind in {FailureKind.DOCKERFILE, FailureKind.NO_DOCKERFILE}
    assert workshop.said == []


def test_named_builder__that_cannot_be_used(workshop: Workshop, tmp_path: pathlib.Path):
    """An instance of buildx that does not exist, or cannot be used for want of buildx, is an error of the engine."""
    builder = DockerBuilder(environment_of(workshop.way), builder="no-such-instance")
    (tmp_path / "Dockerfile").write_text("FROM busybox\n")

    with pytest.raises(EngineError) as caught:
        builder.build(BuildRequest(ImageSpec("app"), str(tmp_path), "head", 60.0))

    assert "no-such-instance" in str(caught.value)


def test_home__that_cannot_be_written_is_no_obstacle(tmp_path: pathlib.Path, nonce: str):
    """With a home that nobody can make and a senseless PATH a build still works (F28)."""
    environment = environment_of("buildx")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    plugin = pathlib.Path(environment["DOCKER_CONFIG"], "cli-plugins", "docker-buildx").resolve()
    (bin_folder / "docker-buildx").symlink_to(plugin)
    (tmp_path / "Dockerfile").write_text(f"FROM busybox\nRUN : {nonce}\n")
    odd = {
        "DOCKER_HOST": environment["DOCKER_HOST"],
        "HOME": "/proc/nonexistent",
        "LC_ALL": "C",
        "PATH": f"utter-nonsense:{bin_folder}",
    }
    builder = DockerBuilder(odd)

    outcome = builder.build(BuildRequest(ImageSpec("app"), str(tmp_path), "head", 300.0))
    builder.discard()

    assert isinstance(outcome, BuildRecord), outcome
    assert outcome.builder.startswith("buildx")


class _Refusing(BaseHTTPRequestHandler):
    """A registry that lets nobody in."""

    def do_GET(self) -> None:
        body = b'{"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]}'
        self.send_response(401 if self.path == "/v2/" else 403)
        self.send_header("WWW-Authenticate", 'Basic realm="private"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_private_image__without_credentials_is_not_the_dockerfiles_fault(workshop: Workshop):
    """A registry that refuses is told as that, with the way out (F22)."""
    if workshop.exact:
        pytest.skip("this engine's BuildKit speaks TLS to every registry; its words are in test_failure.py")
    server = HTTPServer(("127.0.0.1", 0), _Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        failure = workshop.failure({"Dockerfile": f"FROM 127.0.0.1:{server.server_port}/private/image:1\n"})
    finally:
        server.shutdown()
        server.server_close()

    assert (failure.kind, failure.lines) == (FailureKind.CREDENTIALS, (1, 1))
    assert "log in to the registry" in failure.sentence


def test_malformed_ignore_list__is_the_images_failure(workshop: Workshop):
    """A .dockerignore that no builder can read fails this image, not the run."""
    failure = workshop.failure({"Dockerfile": "FROM busybox\nCOPY . /x\n", ".dockerignore": "[a\n"})

    assert failure.file == "Dockerfile"
    assert "syntax error" in failure.sentence or "cannot be read" in failure.sentence


def test_aside__a_proposal_finds_the_steps_of_the_head_in_the_cache(
    workshop: Workshop, tmp_path: pathlib.Path, nonce: str
):
    """A Dockerfile that lies aside is not what COPY . . copies, so the step after it is the very same layer."""
    if not workshop.has_buildkit:
        pytest.skip("the classic builder finds the Dockerfile in its context alone")
    head = f"FROM busybox\nCOPY . /context\nRUN : {nonce}; cat /proc/sys/kernel/random/uuid > /stamp\n"
    root = tmp_path / "aside"
    root.mkdir()
    (root / "Dockerfile").write_text(head)
    (root / "left-out").write_text("left out")
    (root / "Dockerfile.dockerignore").write_text("left-out\n")

    def layers(dockerfile: str, *, aside: bool) -> tuple[str, ...]:
        spec = ImageSpec("app", network="none")
        request = BuildRequest(
            spec, str(root), "proposal", 120, overlay={"Dockerfile": dockerfile.encode()}, aside=aside
        )
        record = workshop.builder.build(request)
        assert isinstance(record, BuildRecord)
        return record.diff_ids

    first = layers(head, aside=False)

    assert layers(f"{head}CMD true\n", aside=True) == first
    assert layers(f"{head}CMD true\n", aside=False) != first
