"""The example workflows and our own, before the judges that people run on theirs."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(sys.prefix) / "bin"
JUDGES = [
    ["actionlint"],
    ["zizmor", "--offline", "--quiet"],
    ["check-jsonschema", "--builtin-schema=vendor.github-workflows"],
]


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge[0])
@pytest.mark.parametrize("folder", ["examples/workflows", ".github/workflows"])
def test_workflows__no_objection(root: Path, judge: list[str], folder: str):
    """Each workflow that we publish or run is free of objections."""
    files = sorted(str(file) for file in (root / folder).glob("*.yml"))

    done = subprocess.run([PROGRAMS / judge[0], *judge[1:], *files], cwd=root, capture_output=True, check=False)

    assert files != []
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_action__no_objection(root: Path):
    """The Action's declaration satisfies GitHub's schema (T-P4)."""
    judge = [PROGRAMS / "check-jsonschema", "--builtin-schema=vendor.github-actions", "action.yml"]

    done = subprocess.run(judge, cwd=root, capture_output=True, check=False)

    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge[0])
def test_judge__is_awake(tmp_path: Path, judge: list[str]):
    """Each judge objects to a workflow that is wrong in its own field."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        "on: pull_request_target\n"
        "jobs:\n"
        "  a:\n"
        "    needs: [nobody]\n"
        "    runs-on: ubuntu-24.04\n"
        "    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
        "        unheard-of: true\n"
    )

    done = subprocess.run([PROGRAMS / judge[0], *judge[1:], wrong], capture_output=True, check=False)

    assert done.returncode != 0
