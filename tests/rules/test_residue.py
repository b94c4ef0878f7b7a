"""What every rule on package-manager residue keeps to, one case for each of them."""

from dataclasses import dataclass

import pytest

from bot.model.advice import Ladder
from bot.rules.catalogue import (
    RULES,
    apk_cache,
    apt_archives,
    apt_lists,
    apt_logs,
    bun_cache,
    bundler_cache,
    cargo_cache,
    composer_cache,
    conda_packages,
    go_build_cache,
    gradle_cache,
    language_caches,
    maven_repository,
    npm_cache,
    nuget_cache,
    pip_cache,
    pnpm_store,
    python_bytecode,
    python_tests,
    python_tool_cache,
    rpm_cache,
    useradd_log,
    yarn_cache,
)
from bot.rules.kit.rule import Rule
from tests.rules.world import config, look, picture, read, the


@dataclass(frozen=True)
class Case:
    """A rule, a RUN that leaves what it is about, where that lies and how much; what prevents it, and the patch."""

    rule: Rule
    left_by: str
    path: str
    bytes: int
    prevented: tuple[str, ...] = ()
    patched: str = ""


CASES = (
    Case(
        apk_cache.RULE,
        left_by="apk add curl",
        path="var/cache/apk/APKINDEX.tar.gz",
        bytes=2_500_000,
        # --no-cache, removal in the same RUN, a cache mount, and packages that are there already leave nothing.
        prevented=(
            "RUN apk add --no-cache curl",
            "RUN apk add curl && rm -rf /var/cache/apk/*",
            "RUN --mount=type=cache,target=/var/cache/apk apk add curl",
            "RUN apk add --virtual .rundeps $runDeps",
            "RUN apk add --no-network x",
        ),
        patched="apk add --no-cache curl",
    ),
    Case(
        apt_archives.RULE,
        left_by="apt-get install -y gcc",
        path="var/cache/apt/archives/gcc.deb",
        bytes=30_000_000,
    ),
    Case(
        apt_lists.RULE,
        left_by="apt-get update && apt-get install -y curl",
        path="var/lib/apt/lists/deb_Packages",
        bytes=19_900_000,
        # Removing the lists in the same RUN, a cache mount, and an install without an update leave nothing.
        prevented=(
            "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
            "RUN apt-get update; apt-get dist-clean",
            "RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update",
            "RUN apt-get install -y curl",
        ),
        patched="apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
    ),
    Case(
        apt_logs.RULE,
        left_by="apt-get install -y gcc",
        path="var/log/dpkg.log",
        bytes=2_000_000,
    ),
    Case(
        bun_cache.RULE,
        left_by="bun install",
        path="root/.bun/install/cache/a",
        bytes=50_000_000,
        # --no-cache, a cache mount and removal in the same RUN leave nothing.
        prevented=(
            "RUN bun install --no-cache",
            "RUN --mount=type=cache,target=/root/.bun bun install",
            "RUN bun install && rm -rf ~/.bun/install/cache",
        ),
    ),
    Case(
        bundler_cache.RULE,
        left_by="bundle install",
        path="usr/local/bundle/cache/rails.gem",
        bytes=12_000_000,
        # Removal in the same RUN, a cache mount, and other uses of Bundler leave nothing.
        prevented=(
            "RUN bundle install && rm -rf /usr/local/bundle/cache",
            "RUN --mount=type=cache,target=/usr/local/bundle bundle install",
            "RUN bundle exec rake",
        ),
    ),
    Case(
        cargo_cache.RULE,
        left_by="cargo build --release",
        path="usr/local/cargo/registry/src/a.rs",
        bytes=200_000_000,
        # Cache mounts, cleaning and removal in the same RUN leave nothing.
        prevented=(
            "RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target cargo build",
            "RUN cargo build && cargo clean",
            "RUN cargo install x && rm -rf $CARGO_HOME/registry",
        ),
    ),
    Case(
        composer_cache.RULE,
        left_by="composer install --no-dev",
        path="root/.composer/cache/files/a.zip",
        bytes=22_000_000,
        # --no-cache, clearing in the same RUN, a cache mount and another cache folder leave nothing.
        prevented=(
            "RUN composer install --no-cache",
            "RUN composer install && composer clear-cache",
            "RUN --mount=type=cache,target=/root/.composer composer install",
            "ENV COMPOSER_CACHE_DIR=/dev/null\nRUN composer install",
        ),
        patched="composer install --no-cache --no-dev",
    ),
    Case(
        conda_packages.RULE,
        left_by="conda install numpy",
        path="opt/conda/pkgs/numpy/a.so",
        bytes=300_000_000,
        # Conda clean in the same RUN and a cache mount leave nothing.
        prevented=(
            "RUN conda install numpy && conda clean -afy",
            "RUN --mount=type=cache,target=/opt/conda/pkgs conda install numpy",
        ),
        patched="conda install numpy && conda clean -afy",
    ),
    Case(
        go_build_cache.RULE,
        left_by="go build .",
        path="root/.cache/go-build/ab/c",
        bytes=86_000_000,
        # A cache mount, cleaning in the same RUN, and commands that build nothing leave nothing.
        prevented=(
            "RUN --mount=type=cache,target=/root/.cache/go-build go build .",
            "RUN go build . && go clean -cache",
            "RUN go build . && rm -rf /root/.cache",
            "RUN go vet ./...",
        ),
    ),
    Case(
        gradle_cache.RULE,
        left_by="./gradlew build",
        path="root/.gradle/caches/a.jar",
        bytes=250_000_000,
        # A cache mount, removal in the same RUN, and asking for the version leave nothing.
        prevented=(
            "RUN --mount=type=cache,target=/root/.gradle ./gradlew build",
            "RUN ./gradlew build && rm -rf ~/.gradle",
            "RUN gradle --version",
        ),
    ),
    Case(
        language_caches.RULE,
        left_by="sbt assembly",
        path="root/.cache/coursier/v1/a.jar",
        bytes=70_000_000,
        # A cache mount, removal in the same RUN, and other tools leave nothing.
        prevented=(
            "RUN --mount=type=cache,target=/root/.cache sbt assembly",
            "RUN sbt assembly && rm -rf /root/.ivy2 /root/.cache",
            "RUN make",
        ),
    ),
    Case(
        maven_repository.RULE,
        left_by="mvn package",
        path="root/.m2/repository/a.jar",
        bytes=150_000_000,
        # A cache mount, removal in the same RUN, and asking for the version leave nothing.
        prevented=(
            "RUN --mount=type=cache,target=/root/.m2 mvn package",
            "RUN mvn package && rm -rf /root/.m2",
            "RUN mvn --version",
        ),
    ),
    Case(
        npm_cache.RULE,
        left_by="npm ci",
        path="root/.npm/_cacache/content/a",
        bytes=80_000_000,
        # Cleaning in the same RUN, a cache mount, and commands that install nothing leave nothing.
        prevented=(
            "RUN npm ci && npm cache clean --force",
            "RUN --mount=type=cache,target=/root/.npm npm ci",
            "RUN npm ci && rm -rf /root/.npm",
            "RUN npm run build",
        ),
        patched="npm ci && npm cache clean --force",
    ),
    Case(
        nuget_cache.RULE,
        left_by="dotnet publish -o /app",
        path="root/.nuget/packages/a.dll",
        bytes=95_000_000,
        # A cache mount, clearing in the same RUN, and commands that restore nothing leave nothing.
        prevented=(
            "RUN --mount=type=cache,target=/root/.nuget dotnet publish",
            "RUN dotnet publish && dotnet nuget locals all --clear",
            "RUN dotnet --info",
        ),
    ),
    Case(
        pip_cache.RULE,
        left_by="pip install flask",
        path="root/.cache/pip/http/a",
        bytes=17_000_000,
        # The option, the variable, a cache mount and removal in the same RUN leave nothing.
        prevented=(
            "RUN pip install --no-cache-dir flask",
            "RUN PIP_NO_CACHE_DIR=1 pip install flask",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install flask",
            "RUN pip install flask && rm -rf /root/.cache",
            "ENV PIP_NO_CACHE_DIR=1\nRUN pip install flask",
        ),
        patched="pip install --no-cache-dir flask",
    ),
    Case(
        pnpm_store.RULE,
        left_by="pnpm install",
        path="root/.local/share/pnpm/store/v3/a",
        bytes=90_000_000,
        # Pruning in the same RUN and a mounted store leave nothing.
        prevented=(
            "RUN pnpm install && pnpm store prune",
            "RUN --mount=type=cache,target=/pnpm/store pnpm install",
        ),
    ),
    Case(
        python_bytecode.RULE,
        left_by="pip install x",
        path="usr/local/lib/python3.12/site-packages/x/__pycache__/a.pyc",
        bytes=25_000_000,
    ),
    Case(
        python_tests.RULE,
        left_by="pip install x",
        path="usr/local/lib/python3.12/site-packages/numpy/core/tests/a.py",
        bytes=6_000_000,
    ),
    Case(
        python_tool_cache.RULE,
        left_by="uv sync",
        path="root/.cache/uv/wheels/a",
        bytes=60_000_000,
        # --no-cache, the variable, a cache mount and removal in the same RUN leave nothing.
        prevented=(
            "RUN uv sync --no-cache",
            "RUN --mount=type=cache,target=/root/.cache/uv uv sync",
            "ENV UV_NO_CACHE=1\nRUN uv sync",
            "RUN poetry install && rm -rf $POETRY_CACHE_DIR",
        ),
    ),
    Case(
        rpm_cache.RULE,
        left_by="dnf install -y gcc",
        path="var/cache/dnf/fedora.solv",
        bytes=40_000_000,
        # Cleaning in the same RUN or a cache mount leaves nothing.
        prevented=(
            "RUN dnf install -y gcc && dnf clean all",
            "RUN microdnf install gcc; rm -rf /var/cache/yum",
            "RUN --mount=type=cache,target=/var/cache/dnf dnf install -y gcc",
            "RUN zypper in -y gcc && zypper clean --all",
        ),
    ),
    Case(
        useradd_log.RULE,
        left_by="useradd -u 1000000 app",
        path="var/log/lastlog",
        bytes=300_000_000,
    ),
    Case(
        yarn_cache.RULE,
        left_by="yarn install",
        path="usr/local/share/.cache/yarn/v6/a",
        bytes=120_000_000,
        # Cleaning in the same RUN, a cache mount and another cache folder leave nothing.
        prevented=(
            "RUN yarn install && yarn cache clean",
            "RUN --mount=type=cache,target=/root/.cache/yarn yarn install",
            "ENV YARN_CACHE_FOLDER=/tmp/y\nRUN yarn install",
        ),
        patched="yarn install && yarn cache clean",
    ),
)

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.id)
each_case_of_text = pytest.mark.parametrize("case", [c for c in CASES if c.prevented], ids=lambda case: case.rule.id)


def layer(case: Case, size: int, *more: str) -> str:
    """Draw an image with a layer that holds the residue."""
    return "\n".join((f"FROM base\n  bin/sh 900\nRUN {case.left_by}\n  {case.path} {size}", *more))


def test_cases__are_all_rules_on_residue():
    """A rule that a factory makes of a residue has a case here."""
    made = {rule.id for rule in RULES if "find_residue" in repr(rule.measured)}

    assert {case.rule.id for case in CASES} == made


@each_case
def test_image__claims_residue_with_exact_bytes(case: Case):
    """What a layer above the base image holds of the residue is claimed, to the byte."""
    finding = the(look(case.rule, picture(layer(case, case.bytes, "  app/main 50"), config=config("/app/main"))))

    assert (finding.claimed.live, finding.ladder) == (case.bytes, Ladder.MEASURED)
    assert finding.claims == {(1, case.path.encode())}


@each_case
def test_image__does_not_claim_what_the_base_image_brought(case: Case):
    """Bytes in the base image's layers are not this Dockerfile's to take back."""
    image = picture(f"FROM base\n  {case.path} {case.bytes}\nRUN true\n  app/main 50", config=config("/app/main"))

    assert look(case.rule, image) == ()


@each_case
def test_image__with_a_trifle_is_silent(case: Case):
    """A few kilobytes are not worth a word."""
    assert look(case.rule, picture(layer(case, 4000))) == ()


@each_case
def test_image__claims_what_a_later_layer_hides(case: Case):
    """Removed in a later layer the bytes are dead, and shipped all the same."""
    image = picture(layer(case, case.bytes, f"RUN rm -r /x\n  - {case.path}"))

    assert the(look(case.rule, image)).claimed.dead == case.bytes


@each_case_of_text
def test_text__that_leaves_it_is_suspected(case: Case):
    """Without an image the command that leaves it is pointed at, and no byte is claimed."""
    finding = the(read(case.rule, f"FROM base\nRUN {case.left_by}\n"))

    assert (finding.ladder, finding.lines, finding.claimed.total) == (Ladder.SUSPECTED, (2, 2), 0)


@pytest.mark.parametrize(
    ("case", "run"), [pytest.param(c, run, id=f"{c.rule.id}: {run}") for c in CASES for run in c.prevented]
)
def test_text__that_prevents_or_cleans_is_silent(case: Case, run: str):
    """Options, variables, cache mounts, cleaning in the same RUN, and other commands leave nothing."""
    assert read(case.rule, f"FROM base\n{run}\n") == ()


@each_case_of_text
def test_text__of_another_stage_is_silent(case: Case):
    """What a stage leaves that the image is not made of costs nothing."""
    text = f"FROM base AS build\nRUN {case.left_by}\nFROM base\nCOPY --from=build /app /app\n"

    assert read(case.rule, text) == ()


@each_case
def test_patch__changes_the_run_and_nothing_else(case: Case):
    """The patch is the one line that leaves the residue, as it should be; without a safe fix there is no patch."""
    dockerfile = f"FROM base\n# keep me\nRUN {case.left_by}\nUSER app\n"
    patch = the(look(case.rule, picture(layer(case, case.bytes), dockerfile=dockerfile))).patch

    changed = [line for line in patch.split("\n")[4:] if line.startswith(("+", "-"))]
    assert changed == ([f"-RUN {case.left_by}", f"+RUN {case.patched}"] if case.patched else [])


@pytest.mark.parametrize("run", ["npm ci || true", "npm ci && npm cache clean --force"])
def test_patch__is_refused_where_it_could_do_harm(run: str):
    """Appending after ``||`` would change what runs, and a RUN that cleans already needs no patch."""
    image = picture(f"FROM base\n  bin/sh 9\nRUN {run}\n  root/.npm/a 80000000", dockerfile=f"FROM base\nRUN {run}\n")

    assert the(look(npm_cache.RULE, image)).patch == ""
