"""multi-stage-java fires on a JDK or a build tool that came along."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.multi_stage_java import RULE
from tests.rules.world import config, look, picture, read, started, the

DOCKERFILE = """\
FROM maven:3
COPY . /src
RUN mvn package
CMD ["x"]
"""

PICTURE = """
FROM maven:3
  usr/share/maven/bin/mvn 9000
  usr/share/maven/lib/a.jar 9000000
  opt/java/openjdk/jmods/java.base.jmod 20000000
  opt/java/openjdk/lib/src.zip 50000000
RUN mvn package
  root/.m2/repository/a.jar 90000000
  src/target/app.jar 30000000
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """The toolchain in the base image counts as base bytes, since the way out is another base image; the rest is live."""
    finding = the(look(RULE, picture(PICTURE, config=config("java -jar /src/target/app.jar"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (90_000_000, 79_009_000)
    assert finding.lines == (1, 4)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["mvn spring-boot:run", "./gradlew bootRun", "jshell", ""])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__with_a_jdk_under_a_program_from_elsewhere_gets_the_jre():
    """A JDK that only runs what was built elsewhere is replaced by the JRE of the same version."""
    dockerfile = 'FROM eclipse-temurin:21-jdk-jammy\nCOPY app.jar /\nCMD ["java", "-jar", "/app.jar"]\n'
    image = picture(PICTURE, config=config("java -jar /app.jar"), dockerfile=dockerfile)
    on_jdk = replace(started(image, language="java"), base_image="eclipse-temurin:21-jdk-jammy")

    assert "+FROM eclipse-temurin:21-jre-jammy\n" in the(look(RULE, on_jdk)).patch
    assert the(read(RULE, dockerfile)).lines == (1, 1)
    assert read(RULE, dockerfile.replace("jdk", "jre")) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(RULE, picture("FROM maven:3\n  bin/sh 9\nRUN mvn package\n  app/main 90000000", dockerfile=DOCKERFILE))
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (3, 3)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM maven:3", "FROM maven:3 AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
