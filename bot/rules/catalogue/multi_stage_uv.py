"""multi-stage-uv: uv and its cache stayed in the image after they installed the program."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import UV

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-uv",
        title="uv in the final image",
        sentence="uv and what it caches stayed in the image after the install",
        advice="Sync in a first stage with UV_LINK_MODE=copy and UV_PYTHON_DOWNLOADS=0 and COPY --from it the virtual "
        "environment; the interpreter must lie at the same path in both stages.",
        toolchain=UV,
    )
)
