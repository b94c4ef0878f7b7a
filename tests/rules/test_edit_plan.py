"""What several findings propose becomes one Dockerfile, one ignore list and one patch that git takes."""

import pathlib
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dockerfile import Edit, Span, parse
from bot.model.advice import ClaimedBytes, Finding, Ladder
from bot.model.dockerfile import IgnoreFile
from bot.rules.catalogue import RULES
from bot.rules.kit.edit_plan import combined
from bot.rules.kit.evidence import gather
from bot.rules.kit.run_rules import run
from tests.rules.world import config, picture

DOCKERFILE = """\
# syntax=docker/dockerfile:1
FROM node:20 # not a comment of ours
# packages
RUN apt-get update \\
    # tools first
    && apt-get install -y ffmpeg
WORKDIR /app
COPY . .
# dependencies
RUN npm ci && pip install awscli
RUN curl -fsSLO https://example.org/model.tar
RUN tar xf model.tar
RUN rm model.tar
RUN chown -R node /app
CMD ["node", "index.js"]
""".replace(" # not a comment of ours", "")

PICTURE = """
FROM node:20
  usr/local/bin/node 100000000
RUN apt-get update
  var/lib/apt/lists/a_Packages 19000000
COPY . .
  app/index.js 30000000 =js
RUN npm ci
  root/.npm/_cacache/x 50000000
  root/.cache/pip/x 20000000
RUN curl
  app/model.tar 90000000
RUN tar
  app/model/a 90000000
RUN rm
  - app/model.tar
RUN chown
  app/index.js 30000000 =js owner=1000
"""


def proposal(rule: str, *edits: Edit, ignores: tuple[str, ...] = (), altered: tuple[str, ...] = ()) -> Finding:
    """Make a finding that proposes something."""
    return Finding(rule, Ladder.MEASURED, "", "", ClaimedBytes(), edits=edits, ignores=ignores, altered=altered)


def after(text: str, word: str, insertion: str) -> Edit:
    """Insert after a word of a text."""
    end = text.index(word) + len(word)
    return Edit(Span(end, end), insertion)


def applied(folder: pathlib.Path, patch: str, **files: str) -> None:
    """Have git apply a patch to files."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "apply", "-"], input=patch, text=True, check=True, cwd=folder)


def test_findings__of_one_image_become_one_patch(tmp_path: pathlib.Path):
    """Every proposal is in it that goes with better ones; comments and layout stay as they were."""
    findings = run(RULES, gather(picture(PICTURE, config=config("node index.js"), dockerfile=DOCKERFILE), None))

    plan = combined(parse(DOCKERFILE), findings, path="Dockerfile")

    assert plan is not None
    applied(tmp_path, plan.patch, Dockerfile=DOCKERFILE)
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    assert text == plan.dockerfile
    assert {"npm-cache", "pip-cache", "apt-lists", "late-removal"} <= set(plan.taken)
    assert "    && apt-get install -y ffmpeg \\\n    && rm -rf /var/lib/apt/lists/*\n" in text
    assert "RUN npm ci && pip install --no-cache-dir awscli && npm cache clean --force\n" in text
    assert "RUN curl -fsSLO https://example.org/model.tar \\\n    && tar xf model.tar \\\n    && rm model.tar\n" in text
    assert [line for line in DOCKERFILE.splitlines() if line.lstrip().startswith("#")] == [
        line for line in text.splitlines() if line.lstrip().startswith("#")
    ]


def test_overlap__the_better_one_wins_and_the_other_is_told():
    """Of two that change the same words the first stays, the second is left out as a whole, with the reason."""
    text = "FROM a\nRUN one\nRUN two\n"
    better = proposal("better", Edit(Span(7, 14), "RUN 1"))
    worse = proposal("worse", Edit(Span(11, 14), "uno"), after(text, "two", " three"))

    plan = combined(parse(text), [better, worse], path="Dockerfile")

    assert plan is not None
    assert (plan.dockerfile, plan.taken) == ("FROM a\nRUN 1\nRUN two\n", ("better",))
    assert [(one.rule, one.why) for one in plan.left_out] == [
        ("worse", "it changes the same lines as a proposal that removes more")
    ]


def test_same_place__insertions_follow_one_another():
    """Two commands that are appended to one RUN are both there, the better proposal's first; the same one once."""
    text = "FROM a\nRUN one\n"
    first, second = after(text, "one", " && clean"), after(text, "one", " && tidy")

    plan = combined(parse(text), [proposal("a", first), proposal("b", second), proposal("c", first)], path="Dockerfile")

    assert plan is not None
    assert (plan.dockerfile, plan.taken) == ("FROM a\nRUN one && clean && tidy\n", ("a", "b", "c"))


def test_build_stage__makes_what_cleans_inside_of_it_moot():
    """A proposal that makes a build stage comes first, whatever its rank: what is in that stage is not shipped."""
    text = 'FROM a\nRUN one\nCMD ["x"]\n'
    clean = proposal("clean", after(text, "one", " && clean"))
    split = proposal(
        "split", after(text, "FROM a", " AS build"), after(text, "one\n", "\nFROM b\nCOPY --from=build x x\n")
    )

    plan = combined(parse(text), [clean, split], path="Dockerfile")

    assert plan is not None
    assert plan.taken == ("split",)
    assert "clean" not in plan.dockerfile
    assert [one.rule for one in plan.left_out] == ["clean"]
    assert "not shipped" in plan.left_out[0].why


def test_ignore_list__is_made_or_continued(tmp_path: pathlib.Path):
    """Lines for the ignore list are appended, none twice; a list that is not there is made by the same patch."""
    dockerfile, found = parse("FROM a\n"), proposal("context-git", ignores=(".git", "**/node_modules"))

    new = combined(dockerfile, [found], path="api/Dockerfile", ignore=IgnoreFile("api/.dockerignore", ""))
    more = combined(dockerfile, [found], path="Dockerfile", ignore=IgnoreFile(".dockerignore", "/.git\n!x"))

    assert new is not None
    assert more is not None
    assert (new.ignore, more.ignore) == (".git\n**/node_modules\n", "/.git\n!x\n**/node_modules\n")
    applied(tmp_path, new.patch)
    assert (tmp_path / "api/.dockerignore").read_text(encoding="utf-8") == new.ignore


def test_plan__says_what_it_alters_and_leaves_suppressed_ones_out():
    """What proposals alter of the container is said once each; what is to be ignored proposes nothing."""
    text = "FROM a\nRUN one\nRUN two\n"
    one = proposal("a", after(text, "one", " && x"), altered=("runs without a shell",))
    other = proposal("b", after(text, "two", " && y"), altered=("runs without a shell",))
    quiet = replace(proposal("c", after(text, "FROM a", ":1")), suppressed="on purpose")

    plan = combined(parse(text), [one, other, quiet], path="Dockerfile")

    assert plan is not None
    assert (plan.altered, plan.taken) == (("runs without a shell",), ("a", "b"))
    assert combined(parse(text), [quiet], path="Dockerfile") is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """One folder for many patches."""
    return tmp_path_factory.mktemp("plans")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), newline=st.sampled_from(["\n", "\r\n"]))
def test_any_rules__make_one_patch_that_applies_and_is_the_edited_text(
    folder: pathlib.Path, data: st.DataObject, newline: str
):
    """Whatever rules look at a Dockerfile, in whatever order: git applies their one patch, and what it gives parses."""
    text = DOCKERFILE.replace("\n", newline)
    image = picture(PICTURE, config=config("node index.js"), dockerfile=text)
    rules = data.draw(st.lists(st.sampled_from(RULES), unique=True, min_size=20))
    findings = data.draw(st.permutations(run(rules, gather(image, None))))

    plan = combined(parse(text), findings, path="Dockerfile")

    if plan is not None:
        (folder / "Dockerfile").write_bytes(text.encode())
        subprocess.run(["git", "apply", "-"], input=plan.patch.encode(), check=True, cwd=folder)
        assert (folder / "Dockerfile").read_bytes() == plan.dockerfile.encode()
        assert parse(plan.dockerfile).final_stage
