"""SARIF: what code scanning needs, on lines of the repository."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from bot.model.budget import BudgetKind
from bot.render.sarif import sarif
from tests.render.reports import STORIES, growth, held, image, report, side
from tests.render.strategies import reports


def results(one) -> list[dict]:
    """Return the results of the one run."""
    return json.loads(sarif(one))["runs"][0]["results"]


def test_sarif__places_broken_budgets_and_findings():
    """A broken budget is an error on the line that adds most, a finding a note on its own lines."""
    made = results(growth())

    assert [one["ruleId"] for one in made] == ["budget/max-growth", "budget/max-size", "multi-stage-go"]
    assert [one["level"] for one in made] == ["error", "error", "note"]
    place = made[2]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "api/Dockerfile", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 1, "endLine": 6}


def test_sarif__blames_the_configuration_where_no_line_is_known():
    """A budget that is exceeded for no line's sake stands where it is set."""
    over = held(BudgetKind.MAX_SIZE, "5 MB", 9_000_000, 5_000_000)

    [made] = results(report(image("api", side(9_000_000), side(9_000_000), budgets=(over,))))

    assert made["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "deadweight.toml"
    assert made["locations"][0]["physicalLocation"]["region"]["startLine"] == 12


def test_sarif__leaves_out_what_has_no_place():
    """Without a place in the repository a result cannot be shown, so there is none."""
    over = held(BudgetKind.MAX_SIZE, "5 MB", 9_000_000, 5_000_000)
    nowhere = replace(over, budget=replace(over.budget, source="input max-size"))

    assert results(report(image("api", side(9_000_000), side(9_000_000), budgets=(nowhere,)))) == []


@pytest.mark.parametrize("story", STORIES)
def test_sarif__declares_every_rule_that_it_uses(story: str):
    """Every result's rule is described, and the version is that of SARIF."""
    document = json.loads(sarif(STORIES[story]()))
    [run] = document["runs"]

    assert document["version"] == "2.1.0"
    assert {one["ruleId"] for one in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(reports())
def test_sarif__is_ascii_json_of_whatever_there_is(report):
    """Hostile texts give a file like any other; addresses are encoded."""
    document = sarif(report)

    assert document.isascii()
    for one in json.loads(document)["runs"][0]["results"]:
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not set(uri) & set(' <>"\\^`{|}')
