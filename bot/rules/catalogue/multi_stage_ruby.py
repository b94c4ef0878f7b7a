"""multi-stage-ruby: compilers and packed gems stayed in the image after bundle install."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import RUBY

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-ruby",
        title="Build tools for gems in the final image",
        sentence="A compiler or packed gems stayed in the image after the gems were built",
        advice="Run bundle install with BUNDLE_WITHOUT=development:test in a first stage and COPY --from it the "
        "bundle and the application; in the last stage install only the libraries that native gems link.",
        toolchain=RUBY,
        needs_compiler=True,
        confidence=0.7,
    )
)
