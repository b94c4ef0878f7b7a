"""Fingerprints of build toolchains: where each lies, what else comes with it, and the commands that build with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Toolchain:
    """One toolchain.

    ``marks`` are globs of which one must be alive for it to be there at all, ``roots`` of its files, ``leftovers`` of
    caches and by-products that building leaves. ``builders`` are the first words of commands that build.
    ``commands`` are programs which an image may exist to run, so that shipping the toolchain is no accident.
    ``images`` are names of base images that bring it: there ``make`` and scripts that are called so build with it too.
    """

    marks: tuple[str, ...]
    roots: tuple[str, ...]
    leftovers: tuple[str, ...] = ()
    builders: tuple[tuple[str, ...], ...] = ()
    commands: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()


def _commands(*commands: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(command.split()) for command in commands)


C_ROOTS = (
    "usr/lib/gcc/**",
    "usr/libexec/gcc/**",
    "usr/include/**",
    "usr/bin/*-linux-gnu-*",
    "usr/*-linux-musl/**",
    "usr/lib/*-linux-gnu/*.a",
    "usr/lib/*.a",
)
C_MARKS = ("usr/lib/gcc/**", "usr/libexec/gcc/**")

C = Toolchain(
    marks=C_MARKS,
    roots=C_ROOTS,
    leftovers=("**/CMakeFiles/**", "**/*.o"),
    builders=_commands("make", "cmake", "ninja", "meson", "gcc", "g++", "cc", "c++", "clang", "configure", "scons"),
    commands=frozenset({"make", "gcc", "g++", "cmake", "ninja", "clang"}),
    images=frozenset({"gcc", "clang"}),
)

GO = Toolchain(
    marks=("usr/local/go/pkg/tool/*/*", "usr/local/go/bin/go", "usr/lib/go-*/bin/go", "usr/lib/go/bin/go"),
    roots=("usr/local/go/**", "usr/lib/go-*/**", "usr/share/go-*/**", "usr/lib/go/**"),
    leftovers=("root/.cache/go-build/**", "home/*/.cache/go-build/**", "go/pkg/**", "root/go/pkg/**"),
    builders=_commands("go build", "go install", "go get"),
    commands=frozenset({"go", "air", "gofmt", "dlv", "gopls", "reflex", "gin", "golangci-lint", "make"}),
    images=frozenset({"golang"}),
)

RUST = Toolchain(
    marks=(
        "usr/local/rustup/toolchains/*/bin/rustc",
        "root/.rustup/toolchains/*/bin/rustc",
        "usr/bin/rustc",
    ),
    roots=(
        "usr/local/rustup/**",
        "usr/local/cargo/**",
        "root/.rustup/**",
        "root/.cargo/**",
        "usr/bin/rustc",
        "usr/lib/rustlib/**",
    ),
    leftovers=("**/target/release/deps/**", "**/target/release/build/**", "**/target/debug/**"),
    builders=_commands("cargo build", "cargo install", "cargo auditable", "rustc"),
    commands=frozenset({"cargo", "rustc", "cargo-watch", "rust-analyzer", "make"}),
    images=frozenset({"rust"}),
)

JAVA = Toolchain(
    marks=(
        "usr/share/maven/bin/mvn",
        "opt/maven/bin/mvn",
        "opt/gradle/bin/gradle",
        "**/jmods/java.base.jmod",
        "**/bin/javac",
    ),
    roots=(
        "usr/share/maven/**",
        "opt/maven/**",
        "opt/gradle/**",
        "**/jmods/**",
        "**/lib/src.zip",
        "**/lib/ct.sym",
        "**/bin/javac",
    ),
    leftovers=("root/.m2/**", "root/.gradle/**", "home/gradle/.gradle/**"),
    builders=_commands("mvn", "mvnw", "gradle", "gradlew", "javac", "ant", "sbt"),
    commands=frozenset({"mvn", "mvnw", "gradle", "gradlew", "javac", "jshell", "sbt", "jenkins-agent"}),
    images=frozenset({"maven", "gradle"}),
)

NODE_BUILD_TOOLS = (
    *("typescript", "webpack", "vite", "esbuild", "rollup", "parcel", "turbo", "@babel/core", "@esbuild", "@swc/core"),
    *("@angular/cli", "@angular-devkit", "eslint", "jest", "mocha", "cypress", "playwright", "prettier"),
)

NODE = Toolchain(
    marks=tuple(f"**/node_modules/{name}/**" for name in NODE_BUILD_TOOLS),
    roots=tuple(f"**/node_modules/{name}/**" for name in NODE_BUILD_TOOLS),
    leftovers=("**/node_modules/.cache/**", "root/.npm/**"),
    builders=_commands(
        "npm run build",
        "yarn build",
        "yarn run build",
        "pnpm build",
        "pnpm run build",
        "bun run build",
        "npx tsc",
        "tsc",
        "webpack",
        "vite build",
        "ng build",
        "next build",
    ),
    commands=frozenset(
        {
            "nodemon",
            "ts-node",
            "tsx",
            "playwright",
            "npx playwright",
            "cypress",
            "npx cypress",
            "vite",
            "webpack",
            "jest",
            "npm test",
            "yarn dev",
            "yarn test",
            "pnpm dev",
            "ng",
        }
        | {f"{tool} run {script}" for tool in ("npm", "yarn", "pnpm") for script in ("dev", "watch", "test", "lint")}
    ),
)

PYTHON = Toolchain(
    marks=C_MARKS,
    roots=C_ROOTS,
    builders=_commands("pip install", "pip3 install", "python setup.py", "python3 setup.py"),
    commands=frozenset({"pip", "pytest", "tox", "jupyter", "gcc"}),
)

UV = Toolchain(
    marks=("usr/local/bin/uv", "root/.local/bin/uv", "bin/uv", "usr/bin/uv"),
    roots=("usr/local/bin/uv", "usr/local/bin/uvx", "root/.local/bin/uv*", "bin/uv", "bin/uvx", "usr/bin/uv"),
    leftovers=("root/.cache/uv/**", "home/*/.cache/uv/**"),
    builders=_commands("uv sync", "uv pip install", "uv pip sync"),
    commands=frozenset({"uv", "uvx"}),
)

DOTNET = Toolchain(
    marks=("usr/share/dotnet/sdk/**", "usr/lib/dotnet/sdk/**", "root/.dotnet/sdk/**"),
    roots=(
        "usr/share/dotnet/sdk/**",
        "usr/share/dotnet/packs/**",
        "usr/share/dotnet/templates/**",
        "usr/lib/dotnet/sdk/**",
        "root/.dotnet/sdk/**",
        "usr/share/powershell/**",
    ),
    leftovers=("root/.nuget/**", "root/.local/share/NuGet/**"),
    builders=_commands("dotnet publish", "dotnet build", "dotnet restore"),
    commands=frozenset({"dotnet run", "dotnet watch", "dotnet test", "pwsh"}),
)

RUBY = Toolchain(
    marks=C_MARKS,
    roots=C_ROOTS,
    leftovers=("usr/local/bundle/cache/**", "usr/local/bundle/gems/*/ext/**"),
    builders=_commands("bundle install", "gem install", "bundle exec rake assets:precompile"),
    commands=frozenset({"rake", "rspec", "irb", "guard"}),
)

PHP = Toolchain(
    marks=(*C_MARKS, "usr/src/php.tar.xz"),
    roots=C_ROOTS,
    leftovers=("root/.composer/**", "usr/src/php/**", "tmp/pear/**"),
    builders=_commands("docker-php-ext-install", "phpize", "pecl install", "composer install"),
    commands=frozenset({"composer", "phpunit", "pecl"}),
)

ELIXIR = Toolchain(
    marks=("usr/local/lib/elixir/**", "usr/lib/elixir/**"),
    roots=(
        "usr/local/lib/elixir/**",
        "usr/lib/elixir/**",
        "usr/local/src/elixir/**",
        "usr/local/lib/erlang/lib/*/src/**",
    ),
    leftovers=("root/.mix/**", "root/.hex/**", "root/.cache/rebar3/**"),
    builders=_commands("mix compile", "mix release", "mix deps.get", "mix do", "rebar3"),
    commands=frozenset({"mix", "iex", "elixir", "rebar3"}),
)

CUDA = Toolchain(
    marks=("usr/local/cuda*/bin/nvcc",),
    roots=(
        "usr/local/cuda*/include/**",
        "usr/local/cuda*/targets/*/include/**",
        "usr/local/cuda*/bin/**",
        "usr/local/cuda*/nvvm/**",
        "usr/local/cuda*/nsight*/**",
        "usr/local/cuda*/compute-sanitizer/**",
        "usr/local/cuda*/lib64/*_static.a",
        "usr/local/cuda*/targets/*/lib/*_static.a",
        "usr/lib/*-linux-gnu/*_static*.a",
    ),
    builders=_commands("nvcc", "make", "cmake", "pip install", "python setup.py"),
    commands=frozenset({"nvcc", "jupyter", "nsys", "ncu"}),
)

_OTHER_ROOTS = (
    "opt/android-sdk/**",
    "opt/android-sdk-linux/**",
    "emsdk/**",
    "opt/ghc/**",
    "root/.ghcup/**",
    "root/.stack/**",
    "usr/local/zig/**",
    "root/.swiftly/**",
    "opt/flutter/**",
    "root/.cache/bazel/**",
    "root/.konan/**",
)

OTHERS = Toolchain(
    marks=("usr/lib/llvm-*/bin/clang*", "usr/lib/dart/bin/dart", *_OTHER_ROOTS),
    roots=("usr/lib/llvm-*/**", "usr/lib/dart/**", *_OTHER_ROOTS),
    builders=(
        *_commands("clang", "clang++", "dart compile", "flutter build", "stack build", "stack install", "cabal build"),
        *_commands("cabal install", "zig build", "swift build", "bazel build", "emcc", "emmake"),
    ),
    commands=frozenset({"clang", "dart", "flutter", "stack", "cabal", "ghci", "zig", "swift", "bazel", "emcc", "adb"}),
)

COMPILED = (C, GO, RUST, JAVA, DOTNET, ELIXIR, OTHERS)
"""Those whose programs need nothing of them at run time."""
