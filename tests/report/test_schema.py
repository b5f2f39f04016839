"""The schema accepts what reports may say, and nothing that the contract rules out."""
from __future__ import annotations

import copy
import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.report.model import SEVERITIES, Cost, Target
from repo_vitals.report.schema import schema
from repo_vitals.report.status import overall
from support.reports import NOW, finding, metric, report

VALIDATOR = jsonschema.Draft202012Validator(schema())
CONTRACT = json.loads((Path(__file__).parents[1] / "data" / "report" / "contract.json").read_text(encoding="utf-8"))


def judged(value, samples, target, minimum):
    made = metric("issue_response_sla_ratio", value, samples=samples, priority="p1")
    return made if target is None else made.judged(target, minimum_samples=minimum)


METRICS = st.builds(
    judged,
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), st.integers(1, 30),
    st.one_of(st.none(), st.builds(Target, st.sampled_from(["<=", "<", ">=", ">", "=="]),
                                   st.floats(allow_nan=False, allow_infinity=False))),
    st.integers(1, 30))
FINDINGS = st.builds(
    lambda severity, title, since, url: finding(severity=severity, title=title, since=since, url=url),
    st.sampled_from(SEVERITIES), st.text(min_size=1), st.one_of(st.none(), st.just(NOW - timedelta(days=400))),
    st.sampled_from([None, "https://github.com/acme/widget/issues/7"]))


def changed(path: str, value: object) -> dict:
    """The contract's example with one member changed; `...` takes it out."""
    made = copy.deepcopy(CONTRACT)
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    inner = made
    for part in parents:
        inner = inner[part]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return made


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_contracts_example_is_valid():
    VALIDATOR.validate(CONTRACT)


@settings(deadline=None)
@given(st.lists(METRICS, max_size=4), st.lists(FINDINGS, max_size=4))
def test_every_report_that_the_model_can_make_is_valid(metrics, findings):
    VALIDATOR.validate(report(metrics=tuple(metrics), findings=tuple(findings), status=overall(metrics, findings),
                              cost=Cost(requests=1, seconds=0.25)).as_json())


@pytest.mark.parametrize("path", ["window.start", "window.end", "cost.seconds", *CONTRACT,
                                  *(f"metrics.0.{name}" for name in CONTRACT["metrics"][0]),
                                  *(f"findings.0.{name}" for name in CONTRACT["findings"][0])])
def test_no_member_may_be_missing(path):
    assert not VALIDATOR.is_valid(changed(path, ...))


@pytest.mark.parametrize("place", ["", "window.", "metrics.0.", "findings.0.", "cost."])
def test_no_member_may_be_added_but_in_data(place):
    assert not VALIDATOR.is_valid(changed(f"{place}surprise", 1))
    VALIDATOR.validate(changed("data.surprise", {"anything": [None]}))


@pytest.mark.parametrize(("path", "value"), [
    ("schema_version", 2), ("schema_version", "1"), ("monitor", "CI health"), ("monitor", "ci-health\n"),
    ("repository", "owner"), ("repository", "owner/name/more"), ("repository", "owner/name\n"),
    ("generated_at", "2026-01-31"), ("generated_at", "2026-01-31T06:00:00+00:00"),
    ("generated_at", "2026-13-31T06:00:00Z"), ("generated_at", "2026-01-31T06:00:00Z\n"),
    ("generated_at", "2026-01-31T06:00:00.5Z"),
    ("generated_at", "2026-01-31T06:00:00"), ("window.end", None),
    ("status", "ok"), ("status", None), ("summary", "two\nlines"), ("summary", ""), ("metrics", {}),
    ("metrics.0.name", "Ratio"), ("metrics.0.name", "a__ratio"), ("metrics.0.name", "coverage"),
    ("metrics.0.labels", {"priority": 1}), ("metrics.0.labels", {"a-b": "x"}), ("metrics.0.value", "0.93"),
    ("metrics.0.value", True), ("metrics.0.unit", "percent"), ("metrics.0.samples", -1), ("metrics.0.samples", 1.5),
    ("metrics.0.target", "0.9"), ("metrics.0.target", ">= 90 %"), ("metrics.0.target", "≥ 0.9"),
    ("metrics.0.status", "ok"), ("findings.0.id", "ABCDEF0123456789"), ("findings.0.id", "abc"),
    ("findings.0.id", "0123456789abcdef0"), ("findings.0.rule", "Awaiting"), ("findings.0.severity", "minor"),
    ("findings.0.title", ""), ("findings.0.title", None), ("findings.0.detail", None), ("findings.0.url", ""),
    ("findings.0.url", "javascript:alert(1)"), ("findings.0.since", "yesterday"), ("findings.0.labels", None),
    ("cost.requests", -1), ("cost.seconds", None), ("data", []), ("data.complete", False), ("data.complete", ""),
    ("data.complete", []), ("data.notes", [""]), ("data.notes", "x"), ("data.trend", [{"metric": "x"}]),
    ("data.series", [{"title": "x", "points": [["a"]]}]), ("data.series", [{"title": "x", "points": [["a", 1, 2]]}]),
    ("data.actions", [{"verb": "close"}]),
])
def test_malformed_values_are_refused(path, value):
    assert not VALIDATOR.is_valid(changed(path, value))


@pytest.mark.parametrize(("value", "samples", "target", "status", "valid"), [
    (0.93, 20, ">= 0.9", "pass", True), (0, 20, ">= 0.9", "fail", True), (0.93, 2, ">= 0.9", "unknown", True),
    (0.93, 20, None, None, True), (None, 0, None, None, True), (None, 0, ">= 0.9", "unknown", True),
    (None, 7, None, None, True),                # a quantile that was not reached
    (0.93, 0, None, None, False),               # a figure without an observation
    (0, 0, None, None, False),                  # zero for want of data
    (None, 0, ">= 0.9", "pass", False), (None, 0, ">= 0.9", "fail", False), (None, 7, ">= 0.9", "pass", False),
    (0.93, 20, None, "pass", False), (0.93, 20, ">= 0.9", None, False),
])
def test_value_samples_target_and_status_belong_together(value, samples, target, status, valid):
    made = changed("status", "fail")
    made["metrics"][0].update(value=value, samples=samples, target=target, status=status)
    assert VALIDATOR.is_valid(made) is valid


@pytest.mark.parametrize(("metric_status", "severity", "allowed"), [
    ("pass", "info", {"pass", "warn", "unknown", "fail"}), ("fail", "info", {"fail"}), ("pass", "high", {"fail"}),
    ("pass", "critical", {"fail"}), ("unknown", "medium", {"unknown", "fail"}),
    ("warn", "info", {"warn", "unknown", "fail"}), ("pass", "low", {"warn", "unknown", "fail"}),
    ("pass", "medium", {"warn", "unknown", "fail"}),
])
def test_a_status_is_never_better_than_what_it_sums_up(metric_status, severity, allowed):
    made = changed("metrics.0.status", metric_status)
    made["findings"][0]["severity"] = severity
    every = ("pass", "warn", "unknown", "fail")
    assert {status for status in every if VALIDATOR.is_valid({**made, "status": status})} == allowed


def test_no_finding_and_no_metric_may_pass():
    VALIDATOR.validate({**CONTRACT, "metrics": [], "findings": []})
