"""toolchain-in-final-stage: a build toolchain without a rule of its own stayed in the image."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import OTHERS

RULE = build_stage_rule(
    BuildStage(
        id="toolchain-in-final-stage",
        title="Another build toolchain in the final image",
        sentence="A build toolchain stayed in the image after the build that needed it",
        advice="Use a multi-stage build: build in a first stage, then COPY --from it only the result into a small "
        "image, distroless where the program needs no shell.",
        toolchain=OTHERS,
        swaps_base=True,
        compiled=True,
        confidence=0.7,
    )
)
