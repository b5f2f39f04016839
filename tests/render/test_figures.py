"""Figures as people read them."""
from __future__ import annotations

from datetime import timedelta

import pytest

from repo_vitals.render import figures
from repo_vitals.report.model import Cost, Metric, Target
from support.reports import NOW, finding, metric, report


@pytest.mark.parametrize(("value", "unit", "shown"), [
    (0, "seconds", "0 s"), (59, "seconds", "59 s"), (2700, "seconds", "45 min"), (11520, "seconds", "3.2 h"),
    (1e300, "seconds", "1e+300 s"), (None, "seconds", "\N{EN DASH}"),
    (0, "ratio", "0 %"), (1, "ratio", "100 %"), (0.934, "ratio", "93.4 %"), (0.9, "ratio", "90 %"),
    (0.99999, "ratio", "99.9 %"), (0.9994, "ratio", "99.9 %"), (0.00001, "ratio", "< 0.1 %"), (-0.25, "ratio", "-25 %"),
    (1.5, "ratio", "150 %"),
    (0, "bytes", "0 B"), (999, "bytes", "999 B"), (1234, "bytes", "1.2 kB"), (52_400_000, "bytes", "52.4 MB"),
    (3e9, "bytes", "3.0 GB"), (4.5e12, "bytes", "4.5 TB"),
    (0, "count", "0"), (1234567, "count", "1,234,567"), (2.5, "count", "2.50"), (1e20, "count", "1e+20"),
    (1e308, "ratio", "1e+308"), (-1e308, "ratio", "-1e+308"), (1e15, "ratio", "1e+15"), (1e308, "bytes", "1e+308 B"),
    (-1e308, "bytes", "-1e+308 B"), (9e15, "bytes", "9000.0 TB"), (1e18, "bytes", "1e+18 B"),
    (1e308, "count", "1e+308"),
])
def test_a_value_is_said_in_the_unit_that_people_use(value, unit, shown):
    assert figures.in_units(value, unit) == shown


@pytest.mark.parametrize(("value", "shown"), [(1.256, "1.26"), (0.756, "0.756"), (1.0, "1")])
@pytest.mark.parametrize("name", ["common_change_ratio", "downloads_growth_ratio"])
def test_a_change_is_said_as_the_factor_that_it_is(value, shown, name):
    """Downloads that stay as they are would else read as growing by a hundred per cent."""
    made = Metric(name=name, value=value, unit="ratio", samples=1)
    assert figures.value_of(made) == f"\N{MULTIPLICATION SIGN} {shown}"


def test_nothing_to_measure_and_not_reached_are_two_things():
    assert figures.value_of(metric("issue_first_response_seconds", None, quantile="0.9")) == "\N{EN DASH}"
    assert figures.value_of(metric("issue_first_response_seconds", None, samples=9, quantile="0.9")) == "not reached"


def test_a_value_that_rounds_to_its_limit_shows_that_it_is_not_the_limit():
    def shown(value: float) -> str:
        return figures.value_of(metric("issue_response_sla_ratio", value, priority="p1").judged(Target(">=", 0.9)))
    assert shown(0.89999) == "89.9 % (0.89999)"
    assert shown(0.9) == "90 %"
    assert shown(0.5) == "50 %"
    late = metric("issue_first_response_seconds", 172_801, quantile="0.5").judged(Target("<=", 172_800))
    assert figures.value_of(late).endswith(" (172801 s)")


@pytest.mark.parametrize(("comparison", "shown"), [
    ("<=", "≤ 90 %"), (">=", "≥ 90 %"), ("==", "= 90 %"), ("<", "< 90 %")])
def test_a_target_is_said_in_the_same_unit(comparison, shown):
    assert figures.target_of(Target(comparison, 0.9), "ratio") == shown


@pytest.mark.parametrize(("name", "labels", "said"), [
    ("issues_open", {}, "Issues open"),
    ("issue_first_response_seconds", {"quantile": "0.5"}, "Issue first response, median"),
    ("issue_first_response_seconds", {"quantile": "0.9"}, "Issue first response, p90"),
    ("x_seconds", {"quantile": "0.999"}, "X, p99.9"), ("x_seconds", {"quantile": "most"}, "X, quantile most"),
    ("ci_success_ratio", {"workflow": "ci.yml", "branch": "main"}, "CI success ratio, branch main, workflow ci.yml"),
    ("issue_response_sla_ratio", {"priority": "p1"}, "Issue response SLA ratio, priority p1"),
    ("binary_size_bytes", {}, "Binary size"),
])
def test_names_are_said_in_words(name, labels, said):
    assert figures.title_of(name, labels) == said


def test_what_is_wrong_comes_first_and_the_rest_keeps_its_order():
    fine, untargeted = metric("issues_open", 1).judged(Target("<=", 1)), metric("issues_open", 5)
    breached = metric("issues_open", 2).judged(Target("<=", 1))
    unknown = metric("issues_open", None).judged(Target("<=", 1))
    assert figures.worst_first([untargeted, fine, unknown, breached]) == [breached, unknown, untargeted, fine]


def test_the_gravest_finding_comes_first_and_of_equals_the_oldest():
    young, old = (finding(severity="low", since=NOW - timedelta(hours=hours)) for hours in (1, 2))
    undated, grave, info = finding(severity="low"), finding(severity="critical"), finding(severity="info", since=NOW)
    assert figures.gravest_first([info, young, undated, old, grave]) == [grave, old, young, undated, info]


@pytest.mark.parametrize(("before", "now", "shown"), [
    (7200.0, 3600.0, "▼ from 2 h"), (3600.0, 7200.0, "▲ from 1 h"), (60.0, 60.0, "unchanged"),
    (None, 60.0, ""), (60.0, None, ""), (0.0, 60.0, "▲ from 0 s")])
def test_a_figure_is_compared_with_the_window_before(before, now, shown):
    made = report(data={"trend": [{"metric": "issue_first_response_seconds", "labels": {"quantile": "0.5"},
                                   "previous": before}]})
    previous = figures.previous_values(made)
    assert figures.change_of(metric("issue_first_response_seconds", now, quantile="0.5"), previous) == shown
    assert figures.change_of(metric("issue_first_response_seconds", now, quantile="0.9"), previous) == ""


@pytest.mark.parametrize(("complete", "missing"), [
    (True, ()), ("discussions", ("discussions",)), (["a", "b"], ("a", "b")),
    (False, ("the report does not say what is missing",)),
    (None, ("the report does not say what is missing",))])
def test_what_is_missing_is_said(complete, missing):
    assert figures.missing_of(report(data={"complete": complete})) == missing


def test_a_monitor_that_says_nothing_of_completeness_is_taken_as_complete():
    assert figures.missing_of(report(data={})) == ()


@pytest.mark.parametrize("data", [
    {}, {"series": None, "trend": None, "notes": None}, {"series": "x", "trend": "x", "notes": "x"},
    {"series": [1, None, {}, {"points": 3}], "trend": [1, {"metric": "x", "labels": 3}, {}]},
    {"series": [{"title": "t", "points": [["a"], 3, ["a", True], ["a", float("nan")]]}]},
    {"sections": "x"}, {"sections": [1, {}, {"rows": [[]]}, {"headers": ["a"], "rows": [3, [], ["a", "b"]]}]},
])
def test_data_of_another_shape_harms_nothing(data):
    made = report(data=data)
    for series in figures.series_of(made):
        assert all(value is None for _, value in series.points)
    assert figures.previous_values(made) == {}
    assert figures.sections_of(made) == ()
    assert figures.notes_of(made) == ()


def test_cost_in_a_line():
    cost = Cost(requests=1234, graphql_points=1, not_modified=2, retries=1, seconds=1.26)
    assert figures.cost_of(report(cost=cost)) == "1,234 requests, 1 GraphQL point, 2 not modified, 1 retry, 1.3 s"
    assert figures.cost_of(report(cost=Cost(requests=1, retries=2))) == "1 request, 0 GraphQL points, 2 retries, 0.0 s"


def test_of_what_moved_the_widest_apart_comes_first_and_small_moves_are_left_out():
    before = {"p0": 0.5, "p1": 0.5, "p2": 0.0, "p3": 0.5, "p4": 0.0, "p5": None, "p6": 0.5}
    after = {"p0": 0.46, "p1": 0.1, "p2": 0.2, "p3": 0.44, "p4": 0.0, "p5": 0.9, "p6": None, "p7": 0.9}
    made = report(
        metrics=tuple(metric("issue_response_sla_ratio", value, priority=name) for name, value in after.items()),
        data={"trend": [{"metric": "issue_response_sla_ratio", "labels": {"priority": name}, "previous": value}
                        for name, value in before.items()]})
    previous = figures.previous_values(made)
    moved = figures.moved_most(made.metrics, previous, most=9)
    assert [found.labels["priority"] for found in moved] == ["p2", "p1", "p3"]
    assert figures.moved_most(made.metrics, previous, most=1) == moved[:1]
