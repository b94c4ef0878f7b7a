"""multi-stage-c: a C or C++ compiler stayed in the image after it built the program."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import GO, RUST, C

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-c",
        title="C toolchain in the final image",
        sentence="A C or C++ compiler, headers or object files stayed in the image after the build",
        advice="Build in a first stage and COPY --from it what make install made; in the last stage install only the "
        "libraries that the program links, and keep its data files. Upper bound: what it opens by name does not show.",
        toolchain=C,
        compiled=True,
        unless=(GO, RUST),
        needs_compiler=True,
        confidence=0.7,
    )
)
