"""T-P1 on real commits: whatever a pull request does to the configuration, the base's budgets hold."""

import pathlib

import pytest

from bot.edges.git import GitRepository
from bot.flows.effective_policy import load_config
from bot.model.config import Settings
from bot.model.plan import Comparison
from bot.policy.effective import effective_budgets
from tests.edges.git.repos import commit, git, make_repository

PATH = "deadweight.toml"
BASE = '[budget]\nmax-size = "100 MB"\n\n[[image]]\nname = "api"\n'
RAISED = BASE.replace("100 MB", "300 MB")

TRICKS = (
    ({PATH: RAISED}, "This change would change max-size of every image from 100 MB to 300 MB; the base's holds."),
    ({PATH: None}, "This change takes deadweight.toml away; the base's holds."),
    (
        {PATH: None, ".github/deadweight.toml": BASE},
        "This change makes .github/deadweight.toml the configuration instead of deadweight.toml; the base's holds.",
    ),
    ({PATH: "-> other.toml", "other.toml": RAISED}, "deadweight.toml of this change cannot be read; the base's holds."),
    (
        {PATH: None, f"{PATH}/nested.toml": RAISED},
        "deadweight.toml of this change cannot be read; the base's holds.",
    ),
    ({PATH: "#" * 2_000_000}, "deadweight.toml of this change cannot be read; the base's holds."),
    (
        {PATH: BASE.replace('name = "api"', 'name = "api2"')},
        'This change no longer declares image "api"; it is measured all the same.',
    ),
)


@pytest.mark.parametrize(("files", "note"), TRICKS, ids=[note for _, note in TRICKS])
def test_trick__does_not_lift_a_budget(tmp_path: pathlib.Path, files: dict[str, str | None], note: str):
    """Raised, deleted, moved, linked, made a folder, too large, renamed: 100 MB it is, and the report says so."""
    folder = make_repository(tmp_path / "repository")
    base = commit(folder, {PATH: BASE})
    git(folder, "checkout", "--quiet", "-b", "pull")
    head = commit(folder, files)

    with GitRepository(folder, {}) as repository:
        config = load_config(Comparison(base, head, "merge base"), Settings(), repository)

    limits = [item.budget.limit.text for item in effective_budgets(config.policy, "api", "") if item.budget.limit]
    assert limits == ["100 MB"]
    assert "api" in [image.name for image in config.images]
    assert note in config.notes
