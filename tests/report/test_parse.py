"""A report read back is the report that was written; what is none is refused."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.report.parse import MOST_METRICS, MOST_POINTS, MOST_SERIES, MOST_TREND, NotAReport, parse_report
from repo_vitals.report.schema import schema
from support.reports import finding, metric, report, sample, sample_with_agenda

if TYPE_CHECKING:
    from repo_vitals.report.model import Report

RULES = schema()


def read(made: Report) -> Report:
    return parse_report(json.loads(json.dumps(made.as_json())), RULES)


@pytest.mark.parametrize("made", [report(), sample(), sample_with_agenda()], ids=["plain", "sample", "agenda"])
def test_what_is_read_back_says_the_same(made: Report) -> None:
    wanted, found = made.as_json(), read(made).as_json()
    for one in (*wanted["findings"], *found["findings"]):
        del one["id"]       # made of a subject that the report does not hold
    assert found == wanted


def test_a_finding_is_told_from_others_by_its_id() -> None:
    made = report(status="fail", findings=(finding(), finding(subject="issue 8", file="a.py", line=3, end_line=4)))
    found = read(made).findings
    assert [one.subject for one in found] == [one["id"] for one in made.as_json()["findings"]]
    assert (found[1].file, found[1].line, found[1].end_line) == ("a.py", 3, 4)


@pytest.mark.parametrize(("change", "said"), [
    ({"generated_at": "2026-02-31T06:00:00Z"}, "a date or a number that can't be"),
    ({"generated_at": "0000-01-01T06:00:00Z"}, "a date or a number that can't be"),
    ({"status": "green"}, "is no report: $.status"), ({"extra": 1}, "is no report: $.extra may not be there"),
    ({"metrics": [{}] * (MOST_METRICS + 1)}, "holds 5,001 metrics, more than 5,000"),
    ({"data": {"trend": [{}] * (MOST_TREND + 1)}}, "holds 5,001 figures of the window before, more than 5,000"),
    ({"data": {"series": [{}] * (MOST_SERIES + 1)}}, "holds 201 series, more than 200"),
    ({"data": {"series": [{"points": [[]] * MOST_POINTS}, {"points": [[]]}]}},
     "holds 50,001 points of series, more than 50,000"),
    ({"data": {"series": [7, {"points": 7}], "trend": 7}}, "is no report: $.data.trend is no array"),
    ({"data": 7}, "is no report: $.data is no object"),
])
def test_what_is_no_report_is_refused_in_words(change: dict[str, object], said: str) -> None:
    with pytest.raises(NotAReport) as raised:
        parse_report({**report().as_json(), **change}, RULES)
    assert said in str(raised.value)


def test_a_target_beyond_all_measure_is_refused() -> None:
    document = sample().as_json()
    document["metrics"][1]["target"] = "<= 1e999"
    with pytest.raises(NotAReport, match="a number that can't be"):
        parse_report(document, RULES)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**300), st.floats(allow_nan=False, allow_infinity=False))
def test_figures_of_any_size_come_through(samples: int, value: float) -> None:
    made = report(metrics=(metric("issues_open", value, samples=samples + 1),))
    assert (read(made).metrics[0].value, read(made).metrics[0].samples) == (value, samples + 1)
