"""multi-stage-dotnet: the image ships the .NET SDK for a program that needs a runtime."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import DOTNET

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-dotnet",
        title=".NET SDK in the final image",
        sentence="The image ships the .NET SDK for a program that needs only a runtime",
        advice="Run dotnet publish in a first stage and COPY --from it the output into the aspnet or runtime image of "
        "the same version; a chiseled one has no shell, and needs its -extra variant for cultures and time zones.",
        toolchain=DOTNET,
        swaps_base=True,
        confidence=0.9,
    )
)
