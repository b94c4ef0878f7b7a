"""go-build-cache: compiled packages and downloaded modules that a Go build left behind."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="go-build-cache",
        title="Go build and module caches",
        sentence="A Go build left its build cache or module cache in the image",
        advice="Mount both as caches (RUN --mount=type=cache,target=/root/.cache/go-build), or build in a stage of "
        "its own and copy only the program.",
        paths=("root/.cache/go-build/**", "home/*/.cache/go-build/**", "go/pkg/mod/**", "root/go/pkg/mod/**"),
        left_by=(("go", "build"), ("go", "install"), ("go", "get"), ("go", "mod", "download")),
        cleaned_by=(("go", "clean"),),
        removed=(".cache", "go/pkg", "/go", "$GOPATH"),
        mounts=("go-build", "go/pkg/mod"),
    )
)
