"""multi-stage-dotnet: the image ships the .NET SDK for a program that needs a runtime."""

from bot.rules.kit.base_variants import aspnet
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.final_base import FinalBase
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits
from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.multi_stage_proposal import two_stages
from bot.rules.kit.toolchains import DOTNET


def propose(evidence: Evidence) -> ProposedEdits:
    """Run the published program on the runtime image of the same version."""
    image = aspnet(evidence.head.base_image)
    return two_stages(evidence, on=FinalBase(image, (), has_shell=True)) if image else NOTHING_PROPOSED


RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-dotnet",
        title=".NET SDK in the final image",
        sentence="The image ships the .NET SDK for a program that needs only a runtime",
        advice="Run dotnet publish in a first stage and COPY --from it the output into the aspnet or runtime image of "
        "the same version; a chiseled one has no shell, and needs its -extra variant for cultures and time zones.",
        toolchain=DOTNET,
        propose=propose,
        covers=("nuget-cache",),
        swaps_base=True,
        confidence=0.9,
    )
)
