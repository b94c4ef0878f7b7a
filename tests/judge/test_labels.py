"""The label that accepts an exceeded budget: who may set it, and what becomes of it."""

from datetime import UTC, datetime

import pytest

from bot.model.budget import Verdict
from bot.model.config import Config
from bot.model.github import LabelSetter
from bot.policy.labels import accept_label
from bot.stages.judge import judge
from tests.judge.world import MB, TODAY, grown, policy

CONFIG = Config(policy=policy('[budget]\nmax-growth = "1 MB"\n'))
WHEN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("permission", ["admin", "maintain", "write", "triage"])
def test_label__of_somebody_who_may_is_a_recorded_waiver(permission: str):
    """The exceeded budget warns, and who accepted it is in the judgement."""
    config = accept_label(CONFIG, LabelSetter("maintainer", WHEN, permission))

    judged = judge(grown(5 * MB).advice(), config.policy, TODAY)

    (judgement,) = judged.judgements
    assert judged.verdict is Verdict.WARN
    assert judgement.waived_by is not None
    expected = ("maintainer", "label image-size-ok of 2026-11-20")
    assert expected == (judgement.waived_by.granted_by, judgement.waived_by.reason)


@pytest.mark.parametrize("setter", [None, LabelSetter("author", WHEN, "read"), LabelSetter("author", WHEN, "none")])
def test_label__of_somebody_who_may_not_accepts_nothing(setter: LabelSetter | None):
    """The budget fails all the same, and a note says why the label counts for nothing."""
    config = accept_label(CONFIG, setter)

    assert judge(grown(5 * MB).advice(), config.policy, TODAY).verdict is Verdict.FAIL
    (note,) = config.notes
    assert note.startswith("The label image-size-ok accepts nothing")
