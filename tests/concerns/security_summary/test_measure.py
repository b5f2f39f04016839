"""Figures from what was read."""
from __future__ import annotations

from datetime import timedelta
from time import process_time
from typing import Any

import pytest

from repo_vitals.concerns.security_summary.allowing import Uses, waivers
from repo_vitals.concerns.security_summary.definitions import METRICS
from repo_vitals.concerns.security_summary.facts import PolicyFinding, Seen, Span, ToolIgnore, Unread
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.config.allowlist import read as allow
from repo_vitals.report.model import check_names
from support.security import CRITICAL_31, MEDIUM_31, NOW, advisory, code, facts, figure, measured, report

DAY = timedelta(days=1)
GRADES = ("critical", "high", "medium", "low", "none")


def seen(*ids: str, days: float = 10, gone: float | None = None, severity: str = "critical", **more: Any) -> Seen:
    """Seen first so many days ago, and gone so many days ago."""
    span = Span(start=NOW - days * DAY, end=None if gone is None else NOW - gone * DAY)
    return Seen(**{"key": ("npm", "left-pad"), "ids": frozenset(ids), "spans": (span,), "severity": severity, **more})


def counts(given: Any, name: str = "vulnerabilities", label: str = "severity", **limits: Any) -> dict[str,
                                                                                                      float | None]:
    found = measured(given, **limits)
    grades = GRADES if name in ("vulnerabilities", "code_findings") else GRADES[:-1]
    return {grade: figure(found, name, **{label: grade}) for grade in grades}


def test_every_figure_keeps_to_its_definition() -> None:
    found = measured(facts(report(advisory("CVE-1"), checks="vulnerabilities code secrets", secrets=1, code=(code(),))))
    check_names(found.metrics, {metric.name: metric for metric in METRICS})
    assert {metric.name for metric in METRICS} >= {metric.name for metric in found.metrics}


def test_vulnerabilities_count_once_by_severity_however_many_sources_tell_of_them() -> None:
    assert counts(facts(
        report(advisory("CVE-1", vectors=(CRITICAL_31,)), advisory("CVE-2", vectors=(MEDIUM_31,))),
        report(advisory("CVE-1", level="low", source="dependabot"), shown="b", format="dependabot"),
    )) == {"critical": 1, "high": 0, "medium": 1, "low": 0, "none": 0}


def test_a_clean_report_is_a_measured_zero_and_no_report_is_unknown() -> None:
    assert counts(facts(report())) == dict.fromkeys(GRADES, 0)
    assert counts(facts()) == dict.fromkeys(GRADES, None)
    assert counts(facts(report(checks="code"))) == dict.fromkeys(GRADES, None)


@pytest.mark.parametrize("lacking", [
    facts(report(missing=("2 packages were skipped",)), report(advisory("CVE-1", vectors=(CRITICAL_31,)), shown="b")),
    facts(report(advisory("CVE-1", vectors=(CRITICAL_31,))), unread=(Unread(shown="x", why="is empty"),)),
    facts(report(advisory("CVE-1", vectors=(CRITICAL_31,))), report(database_at=NOW - 8 * DAY, shown="b")),
    facts(report(advisory("CVE-1", vectors=(CRITICAL_31,))), report(made_at=NOW - 8 * DAY, shown="b")),
])
def test_where_a_source_is_not_whole_what_was_found_stands_and_a_zero_is_unknown(lacking: Any) -> None:
    assert counts(lacking) == {"critical": 1, "high": None, "medium": None, "low": None, "none": None}


def test_a_source_of_other_things_that_is_not_whole_leaves_the_count_alone() -> None:
    given = facts(report(), report(checks="code", missing=("it crashed",), shown="b"),
                  unread=(Unread(shown="Secret scanning alerts", why="x", checks=frozenset({"secrets"})),))
    assert counts(given) == dict.fromkeys(GRADES, 0)
    assert counts(given, "code_findings", "level") == dict.fromkeys(GRADES, None)


def test_a_list_that_the_token_may_not_read_and_nobody_asked_for_leaves_the_count_alone() -> None:
    refused = (Unread(shown="Dependabot alerts", why="x", checks=frozenset({"vulnerabilities"})),)
    assert counts(facts(report(), refused=refused)) == dict.fromkeys(GRADES, 0)


def test_the_age_of_a_report_is_judged_at_the_limit_and_not_at_all_without_one() -> None:
    assert counts(facts(report(made_at=NOW - 7 * DAY)))["high"] == 0
    assert counts(facts(report(made_at=NOW - 7 * DAY - timedelta(seconds=1))))["high"] is None
    assert counts(facts(report(made_at=NOW - 700 * DAY)), maximum_age=None)["high"] == 0


def test_an_old_list_of_licences_is_not_stale() -> None:
    assert figure(measured(facts(report(checks="licenses", made_at=NOW - 700 * DAY))), "sources_incomplete") == 0


def test_allowed_ones_are_counted_apart_by_any_of_their_ids() -> None:
    given = facts(report(advisory("CVE-1", "GHSA-1", vectors=(CRITICAL_31,)), advisory("CVE-2")))
    limits = {"allowlist": allow([{"vulnerability": "ghsa-1", "reason": "x"}])}
    assert counts(given, **limits) == {"critical": 0, "high": 1, "medium": 0, "low": 0, "none": 0}
    assert figure(measured(given, **limits), "vulnerabilities_allowed") == 1


@pytest.mark.parametrize(("table", "allowed"), [
    ({}, True), ({"package": "Left-Pad"}, True), ({"package": "right-pad"}, False),
    ({"package": "left-pad", "version": "1.0.0"}, True), ({"package": "left-pad", "version": "2.0.0"}, False),
    ({"expires": "2026-01-31"}, True), ({"expires": "2026-01-30"}, False), ({"expires": NOW}, False),
    ({"until-fixed": True}, True),
])
def test_the_allowlist_holds_for_its_package_and_version_until_it_expires(table: Any, allowed: bool) -> None:
    found = measured(facts(report(advisory("CVE-1"))),
                     allowlist=allow([{"vulnerability": "CVE-1", "reason": "x", **table}]))
    assert figure(found, "vulnerabilities_allowed") == allowed


def test_until_fixed_ends_with_the_first_fix() -> None:
    limits = {"allowlist": allow([{"vulnerability": "CVE-1", "reason": "x", "until-fixed": True}])}
    given = facts(report(advisory("CVE-1", fixed=("1.0.1",)), advisory("CVE-1", name="other")))
    assert figure(measured(given, **limits), "vulnerabilities_allowed") == 1
    assert counts(given, **limits)["high"] == 1


def test_what_a_tool_was_told_to_overlook_is_allowed_by_that_tool() -> None:
    by_report = facts(report(advisory("CVE-1", "RUSTSEC-1")), report(ignored_ids=("RUSTSEC-1",), format="cargo-audit"))
    by_advisory = facts(report(advisory("CVE-1", ignored="no fix yet")))
    by_file = facts(report(advisory("CVE-1")), ignores=(ToolIgnore(id="CVE-1", where="deny.toml", reason="dev only"),))
    expired = facts(report(advisory("CVE-1")), ignores=(ToolIgnore(id="CVE-1", where="x", until=NOW),))
    assert [figure(measured(one), "vulnerabilities_allowed") for one in (by_report, by_advisory, by_file, expired)] == [
        1, 1, 1, 0]
    (row,) = measured(by_file).rows
    assert row.waiver is not None
    assert (row.waiver.by, row.waiver.reason) == ("deny.toml", "dev only")


def test_milder_kinds_are_no_vulnerabilities() -> None:
    given = facts(report(advisory("A-1", kind="unmaintained"), advisory("A-2", kind="unsound"),
                         advisory(kind="yanked"), advisory("A-3", kind="notice")))
    found = measured(given)
    assert counts(given) == dict.fromkeys(GRADES, 0)
    assert [figure(found, name) for name in ("unmaintained", "unsound", "yanked", "advisory_notices")] == [1, 1, 1, 1]


@pytest.mark.parametrize(("told", "expected"), [
    (("dependabot",), [None, None, None, None]), (("pip-audit", "trivy"), [None, None, None, None]),
    (("osv-scanner",), [0, 0, None, 0]), (("cargo-audit", "dependabot"), [0, 0, 0, 0]),
])
def test_of_a_milder_kind_that_no_source_looks_for_there_is_no_figure(
        told: tuple[str, ...], expected: list[int | None]) -> None:
    found = measured(facts(*(report(format=name) for name in told)))
    milder = [metric for name in ("unmaintained", "unsound", "yanked", "advisory_notices")
              for metric in found.metrics if metric.name == name]
    assert [metric.value for metric in milder] == expected
    assert [metric.samples for metric in milder] == [int(value is not None) for value in expected]


def test_a_milder_kind_that_a_source_tells_of_after_all_counts_and_a_sarif_file_is_its_tools_word() -> None:
    told = measured(facts(report(advisory(kind="yanked"), format="dependabot")))
    assert [figure(told, name) for name in ("unmaintained", "yanked")] == [None, 1]
    written = [measured(facts(report(format="sarif", tool=tool))) for tool in ("cargo-deny 0.20.2", "Trivy 0.60")]
    assert [figure(found, "yanked") for found in written] == [0, None]


def test_without_a_history_age_and_overdue_are_unknown() -> None:
    given = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,), opened_at=NOW - 9 * DAY)))
    found = measured(given)
    assert figure(found, "vulnerability_age_seconds", severity="critical", quantile="0.5") is None
    assert counts(given, "vulnerabilities_overdue") == dict.fromkeys(GRADES[:-1], None)
    assert counts(given, "vulnerability_remediation_mean_seconds") == dict.fromkeys(GRADES[:-1], None)
    assert found.rows[0].first_seen == NOW - 9 * DAY        # what GitHub says of it is shown all the same


def test_ages_and_due_dates_come_from_the_history() -> None:
    given = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,)), advisory("CVE-2", vectors=(CRITICAL_31,))),
                  seen=(seen("CVE-1", days=2), seen("CVE-2", days=4)))
    found = measured(given)
    assert figure(found, "vulnerability_age_seconds", severity="critical", quantile="0.5") == 3 * 86400
    assert figure(found, "vulnerability_age_seconds", severity="critical", quantile="0.9") == pytest.approx(3.8 * 86400)
    assert figure(found, "vulnerability_age_seconds", severity="high", quantile="0.5") is None
    assert [row.due for row in found.rows] == [NOW - 2 * DAY + timedelta(hours=4), NOW - 4 * DAY + timedelta(hours=4)]
    assert counts(given, "vulnerabilities_overdue") == {"critical": 2, "high": 0, "medium": 0, "low": 0}


@pytest.mark.parametrize(("hours", "overdue", "fix_overdue"), [(4, 0, 0), (4.01, 1, 0), (24, 1, 0), (24.01, 1, 1)])
def test_overdue_begins_after_the_window(hours: float, overdue: int, fix_overdue: int) -> None:
    given = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,))), seen=(seen("CVE-1", days=hours / 24),))
    assert counts(given, "vulnerabilities_overdue")["critical"] == overdue
    assert counts(given, "vulnerabilities_fix_overdue")["critical"] == fix_overdue


def test_allowed_ones_are_not_overdue() -> None:
    given = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,))), seen=(seen("CVE-1"),))
    limits = {"allowlist": allow([{"vulnerability": "CVE-1", "reason": "x"}])}
    assert counts(given, "vulnerabilities_overdue", **limits)["critical"] == 0


def test_one_whose_age_is_not_sure_makes_the_ages_of_its_severity_unknown() -> None:
    given = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,)), advisory("CVE-2", vectors=(CRITICAL_31,))),
                  seen=(seen("CVE-1", days=0.1), seen("CVE-2", is_sure=False)))
    assert figure(measured(given), "vulnerability_age_seconds", severity="critical", quantile="0.5") is None
    assert counts(given, "vulnerabilities_overdue")["critical"] is None
    assert counts(given, "vulnerabilities_overdue")["high"] == 0


def test_the_time_to_remediate_is_of_those_that_were_seen_to_go_in_the_window() -> None:
    given = facts(report(), seen=(
        seen("CVE-1", days=20, gone=10), seen("CVE-2", days=8, gone=4), seen("CVE-3", days=90, gone=31),
        seen("CVE-4", days=5), seen("CVE-5", days=9, gone=1, severity="low"),
        seen("CVE-6", days=5, gone=1, is_sure=False),
    ))
    assert counts(given, "vulnerability_remediation_mean_seconds") == {
        "critical": 7 * 86400, "high": None, "medium": None, "low": 8 * 86400}


def test_code_findings_count_by_level_and_apart_from_vulnerabilities() -> None:
    given = facts(report(checks="code",
                         code=(code(), code(level="info", line=9), code(level="critical", security=False),
                                              code(line=12, suppressed="false positive"))))
    assert counts(given, "code_findings", "level") == {"critical": 0, "high": 1, "medium": 0, "low": 0, "none": 1}
    found = measured(given)
    assert (figure(found, "code_findings_allowed"), figure(found, "code_quality_findings")) == (1, 1)
    assert counts(given) == dict.fromkeys(GRADES, None)


def test_the_same_finding_in_two_reports_of_a_tool_counts_once_and_twice_in_one_report_twice() -> None:
    twice = report(checks="code", code=(code(), code()), format="sarif")
    alerts = report(checks="code", code=(code(source="codeql"),), format="code-scanning", shown="Code scanning alerts")
    other = report(checks="code", code=(code(source="semgrep"),), format="semgrep", shown="c")
    assert counts(facts(twice, alerts, other), "code_findings", "level")["high"] == 3
    assert counts(facts(alerts, twice, other), "code_findings", "level")["high"] == 3


@pytest.mark.parametrize(("path", "file", "is_allowed"), [
    ("src/*.py", "src/a.py", True), ("src/*.py", "src/sub/a.py", False), ("src/**/*.py", "src/sub/a.py", True),
    ("*.py", "a.py", True), ("*.py", "src/a.py", False), ("a.py", "src/a.py", False), ("src", "src/sub/a.py", True),
    ("app/[id]/page.tsx", "app/[id]/page.tsx", True), ("app/[id]/page.tsx", "app/i/page.tsx", True),
    ("!src/a.py", "src/b.py", False), ("/", "src/a.py", False), ("./src/", "src/a.py", True),
])
def test_a_path_is_a_file_or_a_pattern_from_the_top_whose_stars_stay_within_a_name(
    path: str, file: str, is_allowed: bool,
) -> None:
    limits = {"allowlist": allow([{"code": "js/xss", "reason": "x", "path": path}])}
    found = measured(facts(report(checks="code", code=(code(file=file),))), **limits)
    assert figure(found, "code_findings_allowed") == is_allowed


@pytest.mark.parametrize(("table", "allowed"), [
    ({}, 2), ({"path": "src/*"}, 1), ({"path": "src/a.js"}, 1), ({"path": "lib/*"}, 0), ({"expires": "2026-01-01"}, 0)])
def test_code_findings_are_allowed_by_rule_and_path(table: Any, allowed: int) -> None:
    given = facts(report(checks="code", code=(code(), code(file=None, line=None), code("js/sql"))))
    limits = {"allowlist": allow([{"code": "js/xss", "reason": "x", **table}])}
    assert figure(measured(given, **limits), "code_findings_allowed") == allowed


def test_secrets_are_counted_where_somebody_looked_for_them() -> None:
    assert figure(measured(facts(report(checks="secrets", secrets=2), report(checks="secrets", secrets=1, shown="b"))),
                  "secrets_exposed") == 3
    assert figure(measured(facts(report(checks="secrets", secrets=0))), "secrets_exposed") == 0
    assert figure(measured(facts(report())), "secrets_exposed") is None


def test_what_cargo_deny_objects_to_is_counted_by_check() -> None:
    objection = PolicyFinding(check="bans", code="banned", level="high", title="crate is banned", source="cargo-deny")
    found = measured(facts(report(checks="bans sources", policy=(objection,), format="cargo-deny")))
    assert (figure(found, "policy_violations", check="bans"),
            figure(found, "policy_violations", check="sources")) == (1, 0)
    assert figure(measured(facts(report())), "policy_violations", check="bans") is None


def test_a_finding_that_stands_for_many_places_counts_for_all_of_them() -> None:
    many = report(checks="code", format="sarif", code=(code(), code(file=None, line=None, count=1000)))
    alerts = report(checks="code", format="code-scanning", shown="b", code=(code(count=400),))
    for given in (facts(many, alerts), facts(alerts, many)):
        assert counts(given, "code_findings", "level")["high"] == 1400
    limits = {"allowlist": allow([{"code": "js/xss", "reason": "x"}])}
    assert figure(measured(facts(many), **limits), "code_findings_allowed") == 1001


def test_a_long_allowlist_is_looked_up_and_not_compared_with_every_entry() -> None:
    entries = merge([advisory(f"CVE-{number}") for number in range(20_000)])
    tables = allow([{"vulnerability": f"cve-{number * 4}", "reason": "x"} for number in range(10_000)])
    before, uses = process_time(), Uses()
    found = waivers(entries, tables, [], now=NOW, uses=uses)
    assert process_time() - before < 5      # two hundred million pairs take minutes
    assert {entry.label for entry in found} == {f"CVE-{number}" for number in range(0, 20_000, 4)}
    assert sum(uses.hits.values()) == 5000


def test_of_two_tables_about_one_entry_the_first_is_its_reason_and_both_are_used() -> None:
    uses = Uses()
    tables = allow([{"vulnerability": "GHSA-1", "reason": "first"}, {"vulnerability": "CVE-1", "reason": "second"}])
    found = waivers(merge([advisory("CVE-1", "GHSA-1")]), tables, [], now=NOW, uses=uses)
    assert [waiver.reason for waiver in found.values()] == ["first"]
    assert uses.hits == {1: 1, 2: 1}
