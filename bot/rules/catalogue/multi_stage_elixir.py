"""multi-stage-elixir: the image ships Elixir and Mix for a program that a release would carry alone."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import ELIXIR

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-elixir",
        title="Elixir and Mix in the final image",
        sentence="The image ships Elixir, Mix or Erlang's sources besides the program",
        advice="Make a release with mix release in a first stage and COPY --from it the release into a slim image of "
        "the same distribution, with OpenSSL and ncurses: the release brings its own Erlang.",
        toolchain=ELIXIR,
        swaps_base=True,
        confidence=0.7,
    )
)
