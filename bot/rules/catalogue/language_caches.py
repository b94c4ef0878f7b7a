"""language-caches: caches of the build tools of Elixir, Dart, Haskell, Scala, Clojure and of Bazel."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="language-caches",
        title="Caches of other build tools",
        sentence="A build tool left its downloads or intermediate files in the image",
        advice="Build in a stage of its own and copy only the result, or mount the folder as a cache.",
        paths=tuple(
            f"{home}/{folder}/**"
            for home in ("root", "home/*")
            for folder in (
                ".mix",
                ".hex",
                ".cache/rebar3",
                ".pub-cache",
                ".stack",
                ".cabal/packages",
                ".ivy2",
                ".sbt",
                ".cache/coursier",
                ".cache/bazel",
                ".cache/node-gyp",
                ".cache/electron",
                ".electron-gyp",
                ".cpan",
                ".cpanm",
                ".opam/download-cache",
                ".conan",
                ".vcpkg",
                ".julia/compiled",
            )
        ),
        left_by=(("sbt",), ("stack", "build"), ("stack", "install"), ("bazel", "build"), ("dart", "pub"), ("cpanm",)),
        cleaned_by=(("sbt", "clean"), ("stack", "clean"), ("bazel", "clean")),
        removed=(".cache", ".cpanm", ".sbt", ".ivy2", ".stack", "/root/.", "$HOME/."),
        options=("--no-cache",),
        mounts=(".mix", ".hex", ".stack", ".ivy2", ".sbt", ".cache", ".pub-cache", ".cpan"),
        confidence=0.8,
    )
)
