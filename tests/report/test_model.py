"""The report's values and their JSON form."""
from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from repo_vitals.report.model import Cost, Metric, Target, Window, check_names
from support.reports import DEFINITIONS, NOW, finding, metric, report


def test_the_json_form_is_the_contracts():
    made = report(
        monitor="ci-health", repository="owner/name", status="pass", summary="one line of plain text",
        metrics=(metric("issue_response_sla_ratio", 0.93, samples=20, priority="p1").judged(Target(">=", 0.9)),),
        findings=(finding(severity="info", title="A title", detail="More", url="https://example.org/7",
                          since=NOW - timedelta(hours=30), labels={"number": "7", "kind": "issue"}),),
        data={"complete": True}, cost=Cost(requests=4, graphql_points=5, seconds=1.23456),
    )
    expected = Path(__file__).parents[1] / "data" / "report" / "contract.json"
    assert json.dumps(made.as_json(), indent=2) + "\n" == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_is_finite(value):
    with pytest.raises(ValueError, match="is not a figure"):
        metric("issues_open", value)


@pytest.mark.parametrize(("comparison", "below", "at", "above"), [
    ("<=", True, True, False), ("<", True, False, False), (">=", False, True, True), (">", False, False, True),
    ("==", False, True, False)])
def test_a_target_is_kept_or_not(comparison, below, at, above):
    target = Target(comparison, 0.9)
    assert [target.met_by(value) for value in (0.8999999, 0.9, 0.9000001)] == [below, at, above]


@pytest.mark.parametrize(("limit", "shown"), [(0.9, "<= 0.9"), (172800.0, "<= 172800"), (0, "<= 0"), (-1.5, "<= -1.5")])
def test_a_target_is_written_in_the_metrics_own_unit(limit, shown):
    assert str(Target("<=", limit)) == shown


def test_a_window_holds_its_start_but_not_its_end():
    window = Window(start=NOW - timedelta(days=1), end=NOW)
    assert window.start in window
    assert window.end not in window
    assert NOW - timedelta(microseconds=1) in window


def test_labels_are_sorted_so_that_equal_reports_are_equal_bytes():
    made = Metric(name="x_ratio", value=1, unit="ratio", samples=1, labels={"b": "1", "a": "2"})
    assert list(made.as_json()["labels"]) == ["a", "b"]


def test_values_are_found_by_name_and_labels():
    made = report(metrics=(metric("issue_first_response_seconds", 5, quantile="0.5"),
                           metric("issue_first_response_seconds", None, quantile="0.9")))
    assert made.values("issue_first_response_seconds") == {(("quantile", "0.5"),): 5, (("quantile", "0.9"),): None}


@pytest.mark.parametrize("wrong", [
    Metric(name="unheard_of", value=1, unit="count", samples=1),
    Metric(name="issues_open", value=1, unit="seconds", samples=1),
    Metric(name="issues_open", value=1, unit="count", samples=1, labels={"a": "b"}),
    Metric(name="issue_first_response_seconds", value=1, unit="seconds", samples=1),
])
def test_a_figure_is_held_to_its_definition(wrong):
    check_names([metric("issues_open", 1)], DEFINITIONS)
    with pytest.raises(ValueError, match="definition"):
        check_names([wrong], DEFINITIONS)


def test_a_cost_since_is_what_was_counted_in_between():
    before = Cost(requests=4, graphql_points=5, not_modified=1, retries=2, seconds=9.0)
    after = Cost(requests=10, graphql_points=25, not_modified=1, retries=3, seconds=99.0)
    assert after.since(before) == Cost(requests=6, graphql_points=20, not_modified=0, retries=1, seconds=0.0)
