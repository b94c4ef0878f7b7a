"""multi-stage-rust: the image ships the Rust toolchain that built its program."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import RUST

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-rust",
        title="Rust toolchain in the final image",
        sentence="The image ships the Rust toolchain that built its program",
        advice="Build in a first stage and COPY --from it the program into gcr.io/distroless/cc-debian12, or into a "
        "slim Debian where it links OpenSSL; a musl build runs on distroless/static. With a cache mount on target, "
        "copy the program out in the same RUN. Upper bound: files that the program opens must come along.",
        toolchain=RUST,
        swaps_base=True,
        compiled=True,
        covers=("cargo-cache",),
    )
)
