"""The effective level of a SARIF result and the rule that it means, by the standard."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.formats.sarif_rules import Tool, reference
from repo_vitals.concerns.security_summary.formats.values import severity_of_score
from repo_vitals.concerns.security_summary.reading import read
from support.report_files import written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import CodeFinding

RULES: list[dict[str, Any]] = [
    {"id": "ERROR", "guid": "00000000-0000-0000-0000-00000000000A", "defaultConfiguration": {"level": "error"}},
    {"id": "NOTE", "defaultConfiguration": {"level": "note"}},
    {"id": "PLAIN", "defaultConfiguration": {}},
    {"id": "SCORED", "defaultConfiguration": {"level": "note"}, "properties": {"security-severity": "9.1"}},
    {"id": "WEB/XSS", "defaultConfiguration": {"level": "note"}},
    {"id": "WEB", "defaultConfiguration": {"level": "error"}},
]
EXTENSIONS = [{"name": "pack", "guid": "00000000-0000-0000-0000-00000000000b", "rules": [
    {"id": "EXT", "defaultConfiguration": {"level": "error"}},
    {"id": "NOTE", "defaultConfiguration": {"level": "none"}}]}]


def findings(folder: Path, results: list[dict[str, Any]], **more: Any) -> tuple[CodeFinding, ...]:
    run = {"tool": {"driver": {"name": "t", "rules": RULES}, "extensions": EXTENSIONS}, "results": results, **more}
    return read(written(folder, {"version": "2.1.0", "runs": [run]})).code


def override(descriptor: dict[str, Any], level: str) -> dict[str, Any]:
    return {"executionSuccessful": True,
            "ruleConfigurationOverrides": [{"descriptor": descriptor, "configuration": {"level": level}}]}


@pytest.mark.parametrize(("result", "level"), [
    ({"ruleId": "ERROR"}, "high"),
    ({"ruleId": "NOTE"}, "low"),
    ({"ruleId": "PLAIN"}, "medium"),
    ({"ruleId": "ABSENT"}, "medium"),
    ({}, "medium"),
    ({"ruleId": "ERROR", "level": "note"}, "low"),
    ({"ruleId": "ERROR", "level": "none"}, "info"),
    ({"ruleId": "ERROR", "level": "odd"}, "high"),
    ({"ruleId": "NOTE", "kind": "fail"}, "low"),
    ({"ruleId": "ERROR", "kind": "review"}, "info"),
    ({"ruleId": "ERROR", "kind": "open"}, "info"),
    ({"ruleId": "ERROR", "kind": "review", "level": "warning"}, "medium"),
    ({"ruleIndex": 0}, "high"),
    ({"ruleIndex": 99, "ruleId": "NOTE"}, "low"),
    ({"ruleIndex": -1, "ruleId": "NOTE"}, "low"),
    ({"ruleIndex": 0, "ruleId": "NOTE"}, "low"),                    # where both are told and differ, the id counts
    ({"ruleIndex": 0, "ruleId": "ERROR/part"}, "high"),
    ({"rule": {"index": 1}}, "low"),
    ({"rule": {"id": "ERROR"}}, "high"),
    ({"rule": {"guid": "00000000-0000-0000-0000-00000000000a"}}, "high"),
    ({"rule": {"index": 0, "toolComponent": {"index": 0}}}, "high"),
    ({"rule": {"id": "NOTE", "toolComponent": {"name": "pack"}}}, "info"),
    ({"rule": {"index": 1, "toolComponent": {"guid": "00000000-0000-0000-0000-00000000000B"}}}, "info"),
    ({"ruleId": "EXT"}, "high"),
    ({"ruleId": "WEB/XSS/stored"}, "low"),                          # the longest beginning
    ({"ruleId": "WEB/other"}, "high"),
    ({"ruleId": "SCORED"}, "critical"),
    ({"ruleId": "SCORED", "level": "note"}, "critical"),
    ({"ruleId": "SCORED", "properties": {"security-severity": "5.0"}}, "medium"),
])
def test_the_level_is_the_results_else_the_rules_else_warning(
    tmp_path: Path, result: dict[str, Any], level: str,
) -> None:
    assert [one.level for one in findings(tmp_path, [{"message": {"text": "m"}, **result}])] == [level]


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational"])
def test_results_that_say_that_there_is_no_problem_do_not_count(tmp_path: Path, kind: str) -> None:
    assert findings(tmp_path, [{"ruleId": "ERROR", "kind": kind}, {"ruleId": "ERROR", "kind": kind, "level": "none"}]) \
        == ()


def test_an_override_of_the_invocation_goes_before_the_rules_default(tmp_path: Path) -> None:
    raised = override({"id": "NOTE"}, "error")
    results = [{"ruleId": "NOTE"}, {"ruleId": "NOTE", "level": "note"}, {"ruleId": "ERROR"}]
    assert [one.level for one in findings(tmp_path, results, invocations=[raised])] == ["high", "low", "high"]


def test_of_several_invocations_the_one_that_the_result_names_overrides(tmp_path: Path) -> None:
    two = [override({"index": 1}, "error"), override({"id": "NOTE"}, "none")]
    results = [{"ruleId": "NOTE", "provenance": {"invocationIndex": 0}},
               {"ruleId": "NOTE", "provenance": {"invocationIndex": 1}}, {"ruleId": "NOTE"}]
    assert [one.level for one in findings(tmp_path, results, invocations=two)] == ["high", "info", "low"]


@pytest.mark.parametrize(("suppressions", "is_suppressed"), [
    (None, False), ([], False), ([{"kind": "inSource"}], True), ([{"kind": "external", "status": "accepted"}], True),
    ([{"kind": "external", "status": "underReview"}], False), ([{"kind": "external", "status": "rejected"}], False),
    ([{"kind": "inSource"}, {"kind": "external", "status": "rejected"}], False),
    ([{"kind": "external", "state": "accepted", "justification": "ours"}], True),
])
def test_only_accepted_suppressions_suppress(
    tmp_path: Path, suppressions: list[dict[str, str]] | None, is_suppressed: bool,
) -> None:
    found, = findings(tmp_path, [{"ruleId": "NOTE", "suppressions": suppressions}])
    assert (found.suppressed is not None) == is_suppressed
    if suppressions and "justification" in suppressions[0]:
        assert found.suppressed == "ours"


@pytest.mark.parametrize(("state", "count"), [("new", 1), ("unchanged", 1), ("updated", 1), ("absent", 0), ("odd", 1)])
def test_a_result_that_is_absent_since_the_baseline_is_gone(tmp_path: Path, state: str, count: int) -> None:
    assert len(findings(tmp_path, [{"ruleId": "NOTE", "baselineState": state}])) == count


@pytest.mark.parametrize(("given_score", "score", "level"), [
    ("9.0", 9.0, "critical"), ("8.9", 8.9, "high"), ("7.0", 7.0, "high"), ("6.9", 6.9, "medium"),
    ("4.0", 4.0, "medium"), ("3.9", 3.9, "low"), ("0.1", 0.1, "low"), ("0.0", 0.0, "info"), (8.5, 8.5, "high"),
    ("high", None, "medium"), ("11", None, "medium"), ("-1", None, "medium"), ("nan", None, "medium"),
    ("inf", None, "medium"), (None, None, "medium"), (True, None, "medium"),
])
def test_a_score_counts_only_between_0_and_10(
    tmp_path: Path, given_score: object, score: float | None, level: str,
) -> None:
    found, = findings(tmp_path, [{"ruleId": "X", "properties": {"security-severity": given_score}}])
    assert (found.score, found.level, found.level_given) == (score, level, score is not None)


@given(st.floats(min_value=0, max_value=10))
def test_a_higher_score_is_never_a_milder_severity(score: float) -> None:
    order = ["info", "low", "medium", "high", "critical"]
    assert order.index(severity_of_score(score)) <= order.index(severity_of_score(min(score + 1, 10)))


@given(st.dictionaries(st.sampled_from(["ruleId", "ruleIndex", "rule"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["id", "index", "guid", "toolComponent", "name"]), inner, max_size=3))))
def test_whatever_names_a_rule_some_rule_is_found(result: dict[str, Any]) -> None:
    assert isinstance(Tool().rule(reference(result)).id, str)


def test_a_message_by_id_is_filled_in(tmp_path: Path) -> None:
    rules = [{"id": "R", "messageStrings": {"default": {"text": "Variable \"{0}\" in {1}."}}}]
    run = {"tool": {"driver": {"name": "t", "rules": rules}}, "results": [
        {"ruleId": "R", "message": {"id": "default", "arguments": ["ptr", "main"]}}, {"ruleId": "R", "message": {}}]}
    found = read(written(tmp_path, {"version": "2.1.0", "runs": [run]})).code
    assert [one.title for one in found] == ['Variable "ptr" in main.', "R"]


@pytest.mark.parametrize(("uri", "file"), [
    ("src/a.rs", "src/a.rs"), ("src/a%20b.rs", "src/a b.rs"), ("file:///src/a.rs", "/src/a.rs"), (None, None),
    (7, None),
])
def test_a_place_is_the_path_that_the_uri_means(tmp_path: Path, uri: object, file: str | None) -> None:
    location = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 3}}}
    found, = findings(tmp_path, [{"ruleId": "NOTE", "locations": [location]}])
    assert (found.file, found.line) == (file, 3)
