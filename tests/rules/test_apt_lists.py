"""The proposal of apt-lists: each of these shapes was built once, and failed where lists went that a later RUN read."""

import pytest

from bot.rules.catalogue.apt_lists import RULE
from tests.rules.world import config, look, picture, the

LISTS = "  var/lib/apt/lists/a 19_000_000"


def proposed(dockerfile: str) -> str:
    """Return the Dockerfile that the one finding proposes; empty where it proposes nothing."""
    first = next(line for line in dockerfile.splitlines() if "update" in line)
    title = first if first.startswith("RUN") else "RUN"
    image = picture(f"FROM a\n  bin/sh 9\n{title}\n{LISTS}", config=config("/app/main"), dockerfile=dockerfile)
    finding = the(look(RULE, image))
    edited = dockerfile
    for edit in sorted(finding.edits, reverse=True):
        edited = edited[: edit.span.start] + edit.text + edited[edit.span.end :]
    return edited if finding.patch else ""


BOTH = "apt-get update && apt-get install -y a"
CLEAN = "rm -rf /var/lib/apt/lists/*"
CASES = {
    "update alone joins the install below it": (
        "FROM a\nRUN apt-get update\nRUN apt-get install -y gcc\nCOPY . .\n",
        f"FROM a\nRUN apt-get update \\\n    && apt-get install -y gcc \\\n    && {CLEAN}\nCOPY . .\n",
    ),
    "two installs after one update": (
        "FROM a\nRUN apt-get update\nRUN apt-get install -y a\nRUN apt-get install -y b\n",
        f"FROM a\nRUN {BOTH} && {CLEAN}\nRUN apt-get update && apt-get install -y b && {CLEAN}\n",
    ),
    "an install further below gets an update of its own": (
        "FROM a\nRUN apt-get update\nWORKDIR /x\n# why\nRUN cd /x && DEBIAN_FRONTEND=x apt-get install -y a\n",
        f"FROM a\nWORKDIR /x\n# why\nRUN cd /x && apt-get update && DEBIAN_FRONTEND=x apt-get install -y a && {CLEAN}\n",
    ),
    "an install that relies on the lists of another": (
        "FROM a\nRUN apt-get update && apt-get install -y a\nRUN apt install -y b\n",
        f"FROM a\nRUN {BOTH} && {CLEAN}\nRUN apt-get update && apt install -y b && {CLEAN}\n",
    ),
    "sudo": (
        "FROM a\nUSER app\nRUN sudo apt-get update && sudo apt-get install -y a\n",
        f"FROM a\nUSER app\nRUN sudo apt-get update && sudo apt-get install -y a && sudo {CLEAN}\n",
    ),
    "a here-document": (
        "FROM a\nRUN <<E\nset -e\napt-get update\napt-get install -y a\nE\n",
        f"FROM a\nRUN <<E\nset -e\napt-get update\napt-get install -y a\n{CLEAN}\nE\n",
    ),
    "what cleans already stays": (
        f"FROM a\nRUN {BOTH}\nRUN apt-get update && apt-get install b && {CLEAN}\n",
        f"FROM a\nRUN {BOTH} && {CLEAN}\nRUN apt-get update && apt-get install b && {CLEAN}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_proposal__leaves_every_install_the_lists_that_it_reads(before: str, after: str):
    """Each RUN that installs downloads its lists and removes them; layout and comments stay."""
    assert "".join(proposed(before).split()).replace("\\", "") == "".join(after.split()).replace("\\", "")


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM a\nRUN apt-get update && apt-get install -y a\nCOPY setup.sh /\nRUN /setup.sh\n",
        "FROM a\nRUN apt-get update && apt-get install -y a\nRUN bash scripts/install_deps\n",
        'FROM a\nRUN apt-get update\nRUN ["apt-get", "install", "-y", "a"]\n',
        "FROM a\nRUN apt-get update\nRUN test -x /y || apt-get install -y a\n",
        "FROM a AS base\nRUN apt-get update\nFROM base AS dev\nRUN apt-get install -y gdb\nFROM base\nCOPY . .\n",
        "FROM a\nRUN apt-get update\nONBUILD RUN apt-get install -y b\n",
        "FROM a\nRUN apt-get update && apt-get install -y a || true\n",
    ],
    ids=["a script", "a script of a shell", "exec form", "after ||", "another stage", "deferred", "append after ||"],
)
def test_proposal__is_none_where_lists_may_still_be_read(dockerfile: str):
    """What a script, another form, another stage or a later build reads is not known, so nothing is proposed."""
    assert proposed(dockerfile) == ""
