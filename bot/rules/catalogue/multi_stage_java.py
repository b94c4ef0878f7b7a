"""multi-stage-java: the image ships a JDK or a build tool for a program that needs a JRE."""

from collections.abc import Iterator
from dataclasses import replace

from bot.contents.start_command import language_of
from bot.dockerfile import Dockerfile
from bot.dockerfile.edits import replace_base
from bot.model.advice import Finding
from bot.rules.kit.base_variants import jre
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.final_base import FinalBase
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits, suspected
from bot.rules.kit.multi_stage import BuildStage, build_stage_rule, suspect_build, wording_of
from bot.rules.kit.multi_stage_proposal import two_stages
from bot.rules.kit.scripts import final_scripts, started_by, starts_any
from bot.rules.kit.toolchains import JAVA


def propose(evidence: Evidence) -> ProposedEdits:
    """Run the program on the JRE of the same version: in a stage of its own where this one builds."""
    stage, dockerfile = evidence.stage, evidence.dockerfile
    image = jre(evidence.head.base_image)
    if stage is None or dockerfile is None or not image or evidence.runtime is None:
        return NOTHING_PROPOSED
    if any(starts_any(one, JAVA.builders) for script in final_scripts(dockerfile, stage) for one in script.commands):
        return two_stages(evidence, on=FinalBase(image, (), has_shell=True))
    edit = replace_base(stage, image) if stage.base == stage.base_expanded else None
    return ProposedEdits((edit,)) if edit else NOTHING_PROPOSED


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a build in the final stage, and a JDK under a program that was built elsewhere."""
    found = list(suspect_build(SPEC, dockerfile))
    yield from found
    stage = dockerfile.final_stage
    if not found and jre(stage.base_expanded) and language_of(started_by(dockerfile).program) == "java":
        yield suspected(wording_of(SPEC), stage.origin)


SPEC = BuildStage(
    id="multi-stage-java",
    title="JDK or build tool in the final image",
    sentence="The image ships the JDK's compiler parts or the build tool that made its program",
    advice="Build in a first stage and COPY --from it the jar into a JRE image of the same version. Keep the JDK "
    "where the program compiles at run time or its scripts call jcmd or jstack.",
    toolchain=JAVA,
    swaps_base=True,
    needs_build=False,
    propose=propose,
    covers=("maven-repository", "gradle-cache"),
)
RULE = replace(build_stage_rule(SPEC), suspected=suspect)
