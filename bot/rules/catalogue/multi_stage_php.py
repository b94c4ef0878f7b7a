"""multi-stage-php: compilers and sources stayed in the image after PHP extensions were built."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import PHP

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-php",
        title="Build tools for PHP extensions in the final image",
        sentence="A compiler or PHP's sources stayed in the image after extensions were built",
        advice="Build extensions in a first stage and COPY --from it the .so files and their .ini; run composer "
        "install --no-dev there too. What the base image itself ships of a compiler stays: only your own layers are "
        "claimed.",
        toolchain=PHP,
        needs_compiler=True,
        confidence=0.7,
    )
)
