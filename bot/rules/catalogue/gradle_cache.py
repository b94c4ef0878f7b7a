"""gradle-cache: dependencies, wrapper distributions and daemon files of Gradle."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="gradle-cache",
        title="Gradle's home",
        sentence="A Gradle build left its caches, wrapper or daemon files in the image",
        advice="Mount the Gradle home as a cache, or build in a stage of its own and copy only the artefact.",
        paths=("root/.gradle/**", "home/*/.gradle/**"),
        left_by=(
            ("gradlew",),
            ("gradle", "build"),
            ("gradle", "assemble"),
            ("gradle", "bootJar"),
            ("gradle", "shadowJar"),
        ),
        removed=(".gradle",),
        options=("--version",),
        mounts=(".gradle",),
    )
)
