"""cargo-cache: crates, git checkouts and intermediate objects that a Rust build left."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="cargo-cache",
        title="Cargo's registry and build folders",
        sentence="A Rust build left crates or intermediate objects in the image",
        advice="Mount the registry and target as caches and copy the program out of target in the same RUN, or build "
        "in a stage of its own.",
        paths=(
            "usr/local/cargo/registry/**",
            "usr/local/cargo/git/**",
            "root/.cargo/registry/**",
            "root/.cargo/git/**",
            "**/target/release/deps/**",
            "**/target/release/build/**",
            "**/target/release/incremental/**",
            "**/target/debug/**",
        ),
        left_by=(("cargo", "build"), ("cargo", "install"), ("cargo", "fetch")),
        cleaned_by=(("cargo", "clean"),),
        removed=("target", "registry", "cargo"),
        mounts=("registry", "target", "cargo"),
    )
)
