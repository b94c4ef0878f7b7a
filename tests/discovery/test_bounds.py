"""Hostile repositories: discovery always answers, within bounds of time and memory, and never leaves the tree."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.discovery import DiscoveryOptions, discover
from bot.discovery.expressions import fill
from bot.discovery.yaml_documents import MOST_VALUES, UnreadableError, read_yaml
from bot.model.config import Definitions
from tests.discovery.trees import DOCKERFILE, found, runs, ships, tree_of, workflow

STEP = "- uses: docker/build-push-action@v6\n  with: {push: true, tags: acme/shop}\n"


def cpu_seconds(act: Callable[[], object]) -> float:
    """Return the processor time that something takes, whatever else the machine does."""
    start = time.process_time()
    act()
    return time.process_time() - start


def test_large_repository__is_read_within_three_seconds():
    """30,000 files with 700 Dockerfiles, 120 workflows and a matrix are discovered within three seconds."""
    files = {f"src/m{index // 100}/p{index % 100}/file{part}.go": "" for index in range(300) for part in range(97)}
    files |= {
        f"services/s{index}/Dockerfile": f"FROM golang:1.22 AS b\nCOPY . .\nRUN go build ./{index}\nFROM scratch\nCOPY --from=b /x /x\n"
        for index in range(700)
    }
    files |= {
        f".github/workflows/w{index}.yml": workflow(
            "- uses: actions/checkout@v4\n- run: make test\n- uses: docker/build-push-action@v6\n"
            "  with: {push: true, context: 'services/s${{ matrix.n }}', tags: 'acme/s${{ matrix.n }}'}\n",
            job=f"strategy: {{matrix: {{n: {list(range(index * 5, index * 5 + 5))}}}}}",
        )
        for index in range(120)
    }
    tree = tree_of(files | {"Makefile": "test:\n\tgo test ./...\n"})
    assert len(files) > 29_000

    start = time.process_time()
    discovery = discover(tree, DiscoveryOptions(repository="acme/shop"))

    assert time.process_time() - start < 3
    assert len(discovery.images) == 400
    assert any("200 more images" in note for note in discovery.notes)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5_000,
        "{a: " * 5_000,
        "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(10)) + "x: " + "[" * 100,
        "- " * 400 + "x",
        "a: 1\n" * (MOST_VALUES + 1),
        "a: &a {"
        + ", ".join(f"k{i}: 1" for i in range(20_000))
        + "}\n"
        + "".join(f"m{i}: {{<<: *a}}\n" for i in range(200)),
        "x" * 600_000,
        "a: \x00",
        "a: *nothing\n: :\n\t- b",
    ],
    ids=["deep list", "deep map", "aliases", "deep block", "many values", "merge keys", "long", "control", "garbled"],
)
def test_hostile_yaml__is_refused_in_time(text: str):
    """A document that nests, repeats or grows without end is unreadable, and is noted as such."""

    def read() -> None:
        with pytest.raises(UnreadableError):
            read_yaml(text)

    assert cpu_seconds(read) < 1
    discovery = found({".github/workflows/x.yml": text, "Dockerfile": "FROM scratch\n"})
    assert any(note.startswith(".github/workflows/x.yml could not be read") for note in discovery.notes)


def test_billion_laughs__costs_no_more_than_its_text():
    """Aliases upon aliases are not expanded where a matrix is read."""
    bomb = "x: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
        f"y{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    text = (
        bomb
        + "on: push\njobs: {ship: {strategy: {matrix: {a: *a11}}, steps: [{uses: docker/build-push-action@v6, with: {push: true}}]}}\n"
    )

    assert cpu_seconds(lambda: found({".github/workflows/x.yml": text, "Dockerfile": DOCKERFILE})) < 1


@pytest.mark.parametrize(
    "text",
    [
        "${{ " * 100_000,
        "${{ 'x " * 50_000,
        "${{ a }}" * 50_000,
        "${{" + "(" * 100_000 + "}}",
        "${{ format('" + "{0}" * 1_000 + "', 'x') }}",
    ],
    ids=["unclosed", "unclosed strings", "many", "deep", "format"],
)
def test_hostile_expressions__are_linear(text: str):
    """Expressions that never close, or that nest, cost one pass over the text."""
    assert cpu_seconds(lambda: fill(text, {})) < 2


@pytest.mark.parametrize(
    "script",
    [
        "if a; then " * 400 + "docker build . " + "fi; " * 400,
        "\n".join(f"v{i}=x\nif c{i}; then v{i}=y; fi" for i in range(1_500)) + "\ndocker build .",
        "f() { f; f; docker build .; }\nf",
        "for a in 1 2 3 4 5 6 7 8 9; do\n" * 8 + "docker build .\n" + "done\n" * 8,
        "x=aaaaaaaaaa\n" + "x=$x$x$x$x\n" * 60 + "docker build -t $x .",
        "docker build . #" + "(" * 50_000,
        "((((" * 2_000,
        "make all",
        "./a.sh",
        "echo docker; . ./a.sh",
    ],
    ids=["nesting", "branches", "recursion", "loops", "growth", "brackets", "parentheses", "make", "self", "source"],
)
def test_hostile_scripts__are_bounded(script: str):
    """Scripts that call themselves, loop in loops or double their variables end early."""
    files = runs(script) | {
        "Makefile": "A = $(B)$(B)\nB = $(A)$(A)\nall: all2\n\tdocker build -t $(A) .\nall2: all\n\tmake all\n",
        "a.sh": "#!/bin/sh\n./a.sh\n. ./a.sh\ndocker build .\nmake all\n",
    }

    assert cpu_seconds(lambda: found(files)) < 3


def test_many_workflows_with_many_rows__are_bounded():
    """Hundreds of workflows that each have hundreds of rows and call each other are read in part."""
    call = "\n".join(
        f"  j{index}: {{uses: ./.github/workflows/w{index % 20}.yml, strategy: {{matrix: {{n: {list(range(200))}}}}}, with: {{n: '${{{{ matrix.n }}}}'}}}}"
        for index in range(20)
    )
    files = {
        f".github/workflows/w{index}.yml": f"on: {{push: , workflow_call: {{inputs: {{n: {{type: string}}}}}}}}\njobs:\n{call}\n  b: {{steps: [{{run: docker build -t acme/x . --push}}]}}\n"
        for index in range(20)
    }

    assert cpu_seconds(lambda: found(files | {"Dockerfile": "FROM scratch\n"})) < 6


def test_bake_file_that_grows_without_end__is_given_up():
    """Functions that call each other, and matrices of matrices, are not evaluated for ever."""
    step = "- uses: docker/bake-action@v6\n  with: {push: true}\n"
    files = {
        "calls": 'function "f" {\n params = [x]\n result = "${f(x)}${f(x)}"\n}\ntarget "default" { context = f("a") }\n',
        "matrix": 'target "default" {\n name = "a"\n matrix = {'
        + "\n".join(f"k{i} = [1,2,3,4,5,6,7,8,9]" for i in range(12))
        + "}\n}\n",
        "nesting": "x = " + "[" * 3_000 + "\n",
        "strings": 'x = "' + '${"' * 2_000 + "\n",
        "inherits": 'target "default" { inherits = ["default"] }\n',
        "group": 'group "default" { targets = ["default"] }\n',
    }
    for name, text in files.items():
        assert cpu_seconds(lambda text=text: found(ships(step) | {"docker-bake.hcl": text})) < 3, name


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "~/.ssh", "..", "a/../..", "..\\x", "\x00"])
def test_paths_outside__are_never_read(path: str):
    """Whatever names a file (Dockerfile, context, Makefile, script, bake file, action), nothing outside is asked for."""
    asked: list[str] = []
    quoted = path.replace("\x00", "")
    files = ships(
        f"- uses: ./{quoted}\n"
        f"- uses: docker/build-push-action@v6\n  with: {{push: true, file: '{quoted}', context: '{quoted}', tags: acme/x}}\n"
        f"- uses: docker/bake-action@v6\n  with: {{push: true, files: '{quoted}', workdir: '{quoted}'}}\n"
        f"- run: |\n    make -C '{quoted}' all\n    make -f '{quoted}' all\n    . '{quoted}'\n    sh '{quoted}'\n    cd '{quoted}' && docker build --push -t acme/y .\n    cat '{quoted}' >> $GITHUB_ENV\n"
    )
    tree = tree_of(files, links={"link": path, "link2": "../../../etc/passwd"})

    def read(name: str) -> str | None:
        asked.append(name)
        return tree.read(name)

    discover(type(tree)(tree.modes, read), DiscoveryOptions(repository="acme/shop"))

    assert set(asked) <= set(tree.modes)


PIECES = (
    *"abx/.-_:=$'\"{}[]()#|&;<>!%*\\\n\t ,0",
    "docker build ",
    "${{ ",
    " }}",
    "FROM ",
    "target ",
    "COPY ",
    "- ",
    ": ",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, TEXTS)
def test_any_text__gives_an_answer(one: str, other: str):
    """Whatever the files say, discovery answers: nothing raises."""
    script = "\n".join(f"          {line}" for line in one.splitlines())
    files = {
        ".github/workflows/a.yml": one,
        ".github/workflows/b.yml": f"on: push\njobs:\n  a:\n    steps:\n      - run: |\n{script}\n      - uses: docker/bake-action@v6\n",
        ".gitlab-ci.yml": other,
        "Makefile": one,
        "docker-bake.hcl": other,
        "compose.yaml": one,
        ".goreleaser.yml": other,
        "x.sh": f"#!/bin/sh\n{one}\n",
        "package.json": other,
        "Dockerfile": other,
        "a.Dockerfile": f"FROM {one}\n{other}\n",
    }

    found(files, definitions=Definitions(compose_files=("compose.yaml",), bake_files=("docker-bake.hcl",)))
