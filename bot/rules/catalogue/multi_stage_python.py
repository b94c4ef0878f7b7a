"""multi-stage-python: a C compiler stayed in the image after it built wheels."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import PYTHON

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-python",
        title="Compiler for Python wheels in the final image",
        sentence="A C compiler was installed to build Python packages and stayed in the image",
        advice="Build a virtual environment in a first stage and COPY --from it the environment, to the same path and "
        "for the same interpreter; in the last stage install only the libraries that the packages link.",
        toolchain=PYTHON,
        needs_compiler=True,
        confidence=0.7,
    )
)
