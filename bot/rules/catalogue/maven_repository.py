"""maven-repository: the local repository that Maven fills while it builds."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="maven-repository",
        title="Maven's local repository",
        sentence="A Maven build left its local repository in the image",
        advice="Mount /root/.m2 as a cache, or build in a stage of its own and copy only the artefact.",
        paths=("root/.m2/repository/**", "home/*/.m2/repository/**", "usr/share/maven/ref/repository/**"),
        left_by=(("mvn",), ("mvnw",)),
        removed=(".m2",),
        options=("--version", "-v"),
        mounts=(".m2",),
    )
)
