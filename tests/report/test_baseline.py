"""What was wrong at first fails nothing, until it grows, or the date comes."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.report import baseline
from repo_vitals.report.model import SEVERITIES, Report, Target
from repo_vitals.report.status import overall
from support.reports import NOW, finding, metric, report

UNTIL = NOW + timedelta(days=90)


def judged(value: float | None, comparison: Any = ">=", limit: float = 0.9) -> Any:
    return metric("issue_response_sla_ratio", value, samples=20, priority="p1").judged(Target(comparison, limit))


def told(*findings: Any, metrics: tuple[Any, ...] = (), **given_: Any) -> Report:
    return report(findings=findings, metrics=metrics, status=overall(metrics, findings), **given_)


OLD = told(finding(subject="a"), finding(subject="b", severity="low"), metrics=(judged(0.5),))
START = baseline.begun(OLD)


def test_an_old_repository_starts_green() -> None:
    found = baseline.applied(OLD, START, UNTIL)

    assert found.status == "pass"
    assert [one.severity for one in found.findings] == ["info", "info"]
    assert str(found.metrics[0].target) == ">= 0.5"
    assert found.data["baseline"]["until"] == "2026-05-01T06:00:00Z"
    assert "2 findings and 1 figure that" in found.data["notes"][-1]


def test_what_is_new_fails() -> None:
    found = baseline.applied(told(*OLD.findings, finding(subject="c")), START, UNTIL)

    assert found.status == "fail"
    assert [one.severity for one in found.findings] == ["info", "info", "high"]


def test_what_grows_worse_fails_and_what_grows_better_does_not() -> None:
    graver = told(finding(subject="b", severity="medium"))

    assert baseline.applied(graver, START, UNTIL).status == "warn"
    assert baseline.applied(told(metrics=(judged(0.49),)), START, UNTIL).status == "fail"
    assert baseline.applied(told(metrics=(judged(0.6),)), START, UNTIL).status == "pass"
    assert baseline.applied(told(metrics=(judged(0.5 - 1e-12),)), START, UNTIL).status == "pass"    # as it was summed
    assert baseline.applied(told(finding(subject="a", severity="medium")), START, UNTIL).status == "pass"


@pytest.mark.parametrize(("comparison", "limit", "recorded", "better", "worse"), [
    ("<=", 0.1, 0.5, 0.4, 0.6), ("<", 0.1, 0.5, 0.5, 0.6), (">", 0.9, 0.5, 0.5, 0.4), ("==", 0, 0.5, 0.4, 0.6),
    ("==", 0.9, 0.5, 0.6, 0.4), ("==", 0.5, 0.6, 0.6, 0.4),
])
def test_worse_is_further_from_the_target_on_its_side(comparison: str, limit: float, recorded: float, better: float,
                                                      worse: float) -> None:
    start = baseline.begun(told(metrics=(judged(recorded, comparison, limit),)))

    assert baseline.applied(told(metrics=(judged(better, comparison, limit),)), start, UNTIL).status == "pass"
    assert baseline.applied(told(metrics=(judged(worse, comparison, limit),)), start, UNTIL).status == "fail"


def test_at_the_end_everything_counts_again() -> None:
    found = baseline.applied(OLD, START, OLD.generated_at)

    assert (found.status, found.findings) == (OLD.status, OLD.findings)
    assert "count again" in found.data["notes"][-1]


@pytest.mark.parametrize(("until", "said"), [
    (NOW.replace(year=2027, month=4, day=1, hour=0, minute=0), "until the end of 2027-03-31 (UTC)"),
    (NOW.replace(year=2027, month=3, day=31, hour=18, minute=30), "until 2027-03-31 18:30 UTC"),
])
def test_its_end_is_told_as_it_is_given(until: Any, said: str) -> None:
    assert baseline.applied(OLD, START, until).data["notes"][-1].endswith(f"fail nothing {said}")
    after = replace(OLD, generated_at=until)
    assert f"it lasted {said}, and" in baseline.applied(after, START, until).data["notes"][-1]


def test_what_could_not_be_judged_stays_unknown() -> None:
    assert baseline.applied(told(metrics=(judged(None),)), START, UNTIL).status == "unknown"


def test_what_is_mended_is_new_when_it_comes_back() -> None:
    mended = baseline.carried(START, told(finding(subject="b", severity="low")))

    assert baseline.applied(OLD, mended, UNTIL).status == "fail"


@pytest.mark.parametrize("partial", [
    told(data={"complete": "cut off"}), told(metrics=(judged(None),)),
])
def test_a_report_that_could_not_judge_all_takes_nothing_away(partial: Report) -> None:
    assert baseline.carried(START, partial) == START


@given(st.lists(st.tuples(st.text(max_size=4), st.sampled_from(SEVERITIES)), max_size=6, unique_by=lambda one: one[0]),
       st.lists(st.floats(0, 1), max_size=3))
def test_the_first_run_never_fails_and_is_remembered_exactly(findings: Any, values: Any) -> None:
    metrics = tuple(replace(judged(value), labels={"priority": str(place)}) for place, value in enumerate(values))
    first = told(*(finding(subject=name, severity=severity) for name, severity in findings), metrics=metrics)
    start = baseline.begun(first)

    assert baseline.applied(first, start, UNTIL).status == "pass"
    assert baseline.parse(baseline.as_text(start)) == start
    assert baseline.carried(start, first) == start


@pytest.mark.parametrize("text", ["", "{}", "[", '{"schema_version": 2}', "null\n", '{"schema_version":1,"since":"x"}',
                                  baseline.as_text(START) + '{"finding":"x","severity":"grave"}\n', "[" * 99_999])
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(baseline.NotABaseline):
        baseline.parse(text)
