"""multi-stage-node: bundlers and compilers stayed in the image after the build that needed them."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.node import without_development
from bot.rules.kit.toolchains import NODE

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-node",
        title="Node build tools in the final image",
        sentence="Bundlers and compilers stayed in the image after the build that needed them",
        advice="Build in a first stage, run npm prune --omit=dev there, and COPY --from it node_modules, the built "
        "files and package.json, which decides how modules are loaded.",
        toolchain=NODE,
        propose=without_development,
    )
)
