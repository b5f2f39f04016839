"""From metrics and findings to one word, and to an exit code."""
from __future__ import annotations

import itertools

import pytest

from repo_vitals.report.model import SEVERITIES, Target
from repo_vitals.report.status import exit_code, gravest, overall, worst
from support.reports import finding, metric


def test_fail_is_worse_than_unknown_is_worse_than_warn_is_worse_than_pass():
    order = ["fail", "unknown", "warn", "pass"]
    for count in range(1, 5):
        for given in itertools.permutations(order, count):
            assert worst(given) == next(status for status in order if status in given)


def test_nothing_to_judge_passes():
    assert overall([metric("issues_open", 3)], []) == "pass"


@pytest.mark.parametrize(("severity", "status"), [
    ("info", "pass"), ("low", "warn"), ("medium", "warn"), ("high", "fail"), ("critical", "fail")])
def test_a_finding_counts_by_its_severity(severity, status):
    assert overall([], [finding(severity=severity)]) == status


def test_every_severity_has_a_status():
    assert {overall([], [finding(severity=severity)]) for severity in SEVERITIES} == {"pass", "warn", "fail"}


@pytest.mark.parametrize(("value", "samples", "minimum", "status"), [
    (0.9, 20, 5, "pass"),           # the limit itself keeps it
    (0.8999999999, 20, 5, "fail"),  # nothing is rounded first
    (1.0, 4, 5, "unknown"), (1.0, 5, 5, "pass"),
    (None, 0, 1, "unknown"), (None, 30, 1, "unknown"),
    (0.0, 5, 5, "fail"),            # zero is a measurement
])
def test_a_metric_is_held_to_its_target(value, samples, minimum, status):
    held = metric("issue_response_sla_ratio", value, samples=samples, priority="none").judged(
        Target(">=", 0.9), minimum_samples=minimum)
    assert (held.status, str(held.target)) == (status, ">= 0.9")
    assert overall([held], []) == status


@pytest.mark.parametrize(("value", "status"), [(0.79, "warn"), (0.8, "pass"), (None, "unknown")])
def test_a_missed_target_only_warns_where_it_is_asked_to(value, status):
    held = metric("issue_response_sla_ratio", value, priority="none").judged(Target(">=", 0.8), breach="warn")
    assert (held.status, overall([held], [])) == (status, status)


def test_a_passing_metric_does_not_hide_an_unknown_one():
    passing = metric("issues_open", 0).judged(Target("<=", 0))
    unknown = metric("issue_first_response_seconds", None, quantile="0.5").judged(Target("<=", 3600))
    assert overall([passing, unknown], [finding(severity="low")]) == "unknown"


@pytest.mark.parametrize(("status", "fail_on", "unknown_is", "code"), [
    (status, fail_on, unknown_is, code)
    for fail_on, unknown_is, codes in [
        ("never", "warn", (0, 0, 0, 0)), ("never", "fail", (0, 0, 0, 0)),
        ("fail", "warn", (0, 0, 1, 0)), ("fail", "fail", (0, 0, 1, 1)),
        ("warn", "warn", (0, 1, 1, 1)), ("warn", "fail", (0, 1, 1, 1)),
    ]
    for status, code in zip(("pass", "warn", "fail", "unknown"), codes, strict=True)
])
def test_exit_codes_by_the_contract(status, fail_on, unknown_is, code):
    assert exit_code(status, fail_on=fail_on, unknown_is=unknown_is) == code


@pytest.mark.parametrize(("codes", "code"), [
    ((), 0), ((0, 0), 0), ((3, 0), 3), ((0, 3, 2), 2), ((2, 3, 1, 0), 1)])
def test_several_runs_end_in_1_else_2_else_3_else_0(codes, code):
    assert gravest(codes) == code
