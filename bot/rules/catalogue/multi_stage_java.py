"""multi-stage-java: the image ships a JDK or a build tool for a program that needs a JRE."""

from bot.rules.kit.multi_stage import BuildStage, build_stage_rule
from bot.rules.kit.toolchains import JAVA

RULE = build_stage_rule(
    BuildStage(
        id="multi-stage-java",
        title="JDK or build tool in the final image",
        sentence="The image ships the JDK's compiler parts or the build tool that made its program",
        advice="Build in a first stage and COPY --from it the jar into a JRE image of the same version. Keep the JDK "
        "where the program compiles at run time or its scripts call jcmd or jstack.",
        toolchain=JAVA,
        swaps_base=True,
        covers=("maven-repository", "gradle-cache"),
    )
)
