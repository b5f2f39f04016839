"""Figures against limits, and what a person is told."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.facts import LicensedPackage, Package, PolicyFinding, Seen, Span, Unread
from repo_vitals.concerns.security_summary.findings import MOST_OF_LICENSES, MOST_OF_VULNERABILITIES
from repo_vitals.concerns.security_summary.license_policy import read_policy
from repo_vitals.concerns.security_summary.windows import RESPONSE
from repo_vitals.config.allowlist import read as allow
from support.hostile import FRAGMENTS
from support.security import CRITICAL_31, MEDIUM_31, NOW, advisory, code, facts, judged, report, rules, status

if TYPE_CHECKING:
    from datetime import datetime

DAY = timedelta(days=1)
BY_GRADE = {"critical": (CRITICAL_31,), "medium": (MEDIUM_31,),
            "low": ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N",),
            "high": ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",)}


def seen(*ids: str, days: float) -> Seen:
    return Seen(key=("npm", "left-pad"), ids=frozenset(ids), severity="high", spans=(Span(start=NOW - days * DAY),))


def test_nothing_found_by_whoever_looked_passes_and_nothing_read_is_unknown() -> None:
    assert status(judged(facts(report()))) == "pass"
    assert status(judged(facts())) == "unknown"


@pytest.mark.parametrize("grade", ["low", "medium", "high", "critical"])
@pytest.mark.parametrize("fail_from", ["low", "medium", "high", "critical"])
def test_a_vulnerability_fails_from_the_severity_on_that_is_set_and_warns_below(grade: str, fail_from: Any) -> None:
    order = ["low", "medium", "high", "critical"]
    judgement = judged(facts(report(advisory("CVE-1", vectors=BY_GRADE[grade]))), fail_from=fail_from)
    assert status(judgement) == ("fail" if order.index(grade) >= order.index(fail_from) else "warn")


def test_a_score_of_zero_fails_nothing() -> None:
    assert status(judged(facts(report(advisory("CVE-1", scores=(("3.1", 0.0),)))))) == "pass"


def test_milder_kinds_only_warn() -> None:
    judgement = judged(facts(report(advisory("RUSTSEC-1", kind="unmaintained"), advisory(kind="yanked"))))
    assert (status(judgement), rules(judgement)) == ("warn", ["unmaintained", "yanked"])


def test_of_very_many_vulnerabilities_the_gravest_are_findings_and_the_figures_count_all() -> None:
    number = MOST_OF_VULNERABILITIES + 7
    mild = [advisory(f"CVE-1-{place}", level="low") for place in range(number)]
    judgement = judged(facts(report(*mild, advisory("CVE-2", level="critical")), seen=(
        *(seen(f"CVE-1-{place}", days=99) for place in range(number)), seen("CVE-2", days=99))))
    found = [(one.rule, one.severity) for one in judgement.findings]
    assert found.count(("vulnerability", "critical")) == found.count(("overdue-vulnerability", "critical")) == 1
    for rule in ("vulnerability", "overdue-vulnerability"):
        assert found.count((rule, "low")) == MOST_OF_VULNERABILITIES - 1
    assert sum(one.value or 0 for one in judgement.metrics if one.name == "vulnerabilities") == number + 1
    assert len(judgement.data["vulnerabilities"]) == number + 1
    assert "of 1,008 vulnerabilities 1,000 are findings, the gravest; the figures and the report's data count all" in (
        judgement.notes)


def test_of_very_many_milder_ones_some_are_findings_and_the_rest_are_counted() -> None:
    many = [advisory(f"RUSTSEC-{place}", kind="unmaintained") for place in range(MOST_OF_VULNERABILITIES + 1)]
    judgement = judged(facts(report(*many)))
    assert rules(judgement) == ["unmaintained"] * MOST_OF_VULNERABILITIES
    says = "of 1,001 unmaintained, unsound and yanked packages 1,000 are findings"
    assert any(note.startswith(says) for note in judgement.notes)


def test_of_very_many_licences_that_are_not_taken_some_are_findings_and_a_note_says_so() -> None:
    many = tuple(LicensedPackage(package=Package(name=f"p{place}", version="1"), license="GPL-3.0-only",
                                 source="cyclonedx") for place in range(MOST_OF_LICENSES + 1))
    judgement = judged(facts(report(checks="licenses", licenses=many)), licenses=read_policy({"allow": ["MIT"]}))
    assert rules(judgement) == ["license-not-allowed"] * MOST_OF_LICENSES
    assert ("of 1,001 packages whose licence is not taken 1,000 are findings; the figures count all"
            in judgement.notes)


def test_a_vulnerability_without_a_score_or_a_rating_is_said_to_be_unscored() -> None:
    (finding,) = judged(facts(report(advisory("CVE-1")))).findings
    assert finding.detail == "Unscored, counted as high. No fixed version is known. Reported by osv-scanner."


@pytest.mark.parametrize(("file", "shown"), [
    ("src/a.js", ("src/a.js", 3)), ("./src/a.js", ("src/a.js", 3)), ("/usr/lib/a.js", (None, None)),
    ("../a.js", (None, None)), ("https://example.org/a.js", (None, None)),
])
def test_only_a_path_of_the_repository_stands_beside_a_finding(file: str, shown: Any) -> None:
    packages = (LicensedPackage(package=Package(name="p", version="1", file=file, line=3), license="GPL-3.0-only",
                                source="cyclonedx"),)
    judgement = judged(facts(
        report(advisory("CVE-1", file=file, line=3), advisory("R-1", name="b", kind="unsound", file=file, line=3),
               code=(code(file=file),)),
        report(checks="licenses", licenses=packages)), licenses=read_policy({"allow": ["MIT"]}))
    assert rules(judgement) == ["vulnerability", "unsound", "code-finding", "license-not-allowed"]
    assert [(one.file, one.line) for one in judgement.findings] == [shown] * 4
    assert judgement.data["code"][0]["file"] == file


@pytest.mark.parametrize("given", [
    facts(report(), unread=(Unread(shown="b.json", why="is cut off at byte 9"),)),
    facts(report(), report(shown="b", missing=("it crashed",))),
    facts(report(), report(shown="b", database_at=NOW - 30 * DAY)),
])
def test_a_source_that_is_not_whole_is_unknown_and_named(given: Any) -> None:
    judgement = judged(given)
    assert status(judgement) == "unknown"
    assert rules(judgement) in (["unread-source"], ["incomplete-source"], ["stale-source"])
    assert judgement.data["complete"] is not True


def test_a_breach_beside_a_source_that_is_not_whole_fails() -> None:
    given = facts(report(advisory("CVE-1")), unread=(Unread(shown="b.json", why="is empty"),))
    assert status(judged(given)) == "fail"
    assert "at least 1" in judged(given).summary


def test_a_list_that_the_token_may_not_read_is_a_notice_and_no_failure() -> None:
    refused = (Unread(shown="Dependabot alerts", why="were not read: the token may not", checks=frozenset(
        {"vulnerabilities"})),)
    judgement = judged(facts(report(), refused=refused))
    assert (status(judgement), rules(judgement)) == ("pass", [])
    assert judgement.data["complete"] == "Dependabot alerts were not read: the token may not"
    assert "not shown to the token: 1 of GitHub's lists" in judgement.summary
    assert any("Dependabot alerts were not read" in note for note in judgement.notes)
    assert status(judged(facts(refused=refused))) == "unknown"


def test_a_list_that_could_be_granted_is_never_clean() -> None:
    refused = (Unread(shown="Dependabot alerts", why="were not read: grant vulnerability-alerts: read",
                      checks=frozenset({"vulnerabilities"}), can_be_granted=True),)
    judgement = judged(facts(report(), refused=refused))
    assert (status(judgement), rules(judgement)) == ("warn", ["list-not-shown"])
    assert "vulnerability-alerts: read" in judgement.findings[0].title


def test_a_finding_says_how_grave_what_mends_it_and_who_brings_it_along() -> None:
    given = facts(report(advisory("CVE-1", "GHSA-1", vectors=(CRITICAL_31,), title="Remote code execution",
                                  fixed=("1.0.1",), paths=(("app", "mid", "left-pad"),), url="https://example.com/1")))
    (finding,) = judged(given).findings
    assert (finding.rule, finding.severity, finding.title) == (
        "vulnerability", "critical", "left-pad 1.0.0: CVE-1 Remote code execution")
    assert finding.detail == ("Critical, CVSS 3.1 9.8. Fixed in 1.0.1. Brought along by app. Reported by osv-scanner.")


def test_a_finding_keeps_its_id_when_titles_scores_and_sources_change() -> None:
    once = judged(facts(report(advisory("CVE-1", "GHSA-1", title="a"))))
    again = judged(facts(report(advisory("GHSA-1", "CVE-1", title="b", vectors=(CRITICAL_31,), source="x"))))
    assert {finding.as_json(monitor="m")["id"] for finding in (*once.findings, *again.findings)} != set()
    assert len({finding.as_json(monitor="m")["id"] for finding in (*once.findings, *again.findings)}) == 1


def test_every_finding_has_an_id_of_its_own() -> None:
    judgement = judged(facts(
        report(advisory("CVE-1"), advisory("CVE-1", version="2"), advisory("CVE-1", ecosystem="PyPI"),
               advisory("CVE-2"),
               advisory(kind="yanked"), advisory(kind="yanked", version="2"), checks="vulnerabilities code",
               code=(code(), code(line=7), code(file="b.js"), code("js/sql"), code(source="x"))),
        seen=(seen("CVE-1", days=9), seen("CVE-2", days=9))))
    ids = [finding.as_json(monitor="m")["id"] for finding in judgement.findings]
    assert len(ids) == len(set(ids))


def test_overdue_ones_are_findings_of_their_own_and_fail_only_with_a_history() -> None:
    found = report(advisory("CVE-1", vectors=(CRITICAL_31,)))
    assert rules(judged(facts(found))) == ["vulnerability"]
    judgement = judged(facts(found, seen=(seen("CVE-1", days=2),)))
    assert rules(judgement) == ["vulnerability", "overdue-vulnerability"]
    assert "a response was due 44 h ago and a fix was due 24 h ago" in judgement.findings[1].detail
    fresh = judged(facts(found, seen=(seen("CVE-1", days=0.1),)))
    assert rules(fresh) == ["vulnerability"]


@pytest.mark.parametrize(("opened_at", "words"), [(None, ""), (NOW - timedelta(days=9),
                                                                ", and those shown are of GitHub's alerts alone")])
def test_without_a_history_it_is_said_that_an_overdue_one_in_the_table_is_not_judged(
    opened_at: datetime | None, words: str,
) -> None:
    judgement = judged(facts(report(advisory("CVE-1", vectors=(CRITICAL_31,), opened_at=opened_at))))
    assert ("overdue" in str(judgement.data["sections"][0]["rows"])) == bool(words)
    assert f"without a history ages and due dates are not judged{words}; set `history`" in judgement.notes


def test_the_table_shows_a_fix_that_is_overdue_where_a_response_may_wait_too() -> None:
    def due(**limits: Any) -> str:
        found = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,))), seen=(seen("CVE-1", days=2),))
        table = judged(found, **limits).data["sections"][0]
        return str(dict(zip(table["headers"], table["rows"][0], strict=True)).get("Due", ""))

    assert due() == "2026-01-29 10:00, overdue; fix 2026-01-30 06:00, overdue"
    never = dict.fromkeys(RESPONSE)
    week = dict.fromkeys(RESPONSE, timedelta(days=7))
    assert due(respond_within=never) == "fix 2026-01-30 06:00, overdue"
    assert due(respond_within=never, fix_within=week) == "fix 2026-02-05 06:00"
    assert due(respond_within=week, fix_within=week) == "2026-02-05 06:00"
    assert due(respond_within=never, fix_within=never) == ""


def test_unknown_ages_do_not_fail() -> None:
    limits: dict[str, Any] = {"allowlist": allow([{"vulnerability": "CVE-1", "reason": "x"}])}
    assert status(judged(facts(report(advisory("CVE-1"))), **limits)) == "pass"


@pytest.mark.parametrize(("table", "found", "rule", "verdict"), [
    ({}, True, [], "pass"), ({}, False, ["allow-unused"], "warn"),
    ({"expires": "2026-01-30"}, True, ["vulnerability", "allow-expired"], "fail"),
    ({"expires": "2026-01-30"}, False, ["allow-expired"], "fail"),
    ({"until-fixed": True}, True, ["vulnerability", "allow-fixed"], "fail"),
])
def test_an_entry_of_the_allowlist_that_has_ended_fails_and_one_that_allows_nothing_warns(
    table: Any, found: bool, rule: list[str], verdict: str,
) -> None:
    given = facts(report(*([advisory("CVE-1", fixed=("2.0.0",))] if found else [])))
    judgement = judged(given, allowlist=allow([{"vulnerability": "CVE-1", "reason": "why", "owner": "@me", **table}]))
    assert (rules(judgement), status(judgement)) == (rule, verdict)
    if rule:
        assert "Its reason: why. Owner: @me." in judgement.findings[-1].detail


@pytest.mark.parametrize("given", [
    facts(report(missing=("x",))), facts(report(), unread=(Unread(shown="b", why="x"),)), facts(report(checks="code")),
    facts(report(), refused=(Unread(shown="x", why="y", checks=frozenset({"vulnerabilities"})),)),
])
def test_nothing_is_called_unused_by_who_has_not_seen_all(given: Any) -> None:
    assert "allow-unused" not in rules(judged(given, allowlist=allow([{"vulnerability": "CVE-1", "reason": "x"}])))


@pytest.mark.parametrize(("table", "checks"), [({"vulnerability": "CVE-1"}, "licenses"), ({"code": "x"}, "secrets"),
                                               ({"license": "MIT", "package": "a"}, "vulnerabilities")])
def test_a_table_that_has_expired_fails_no_job_that_does_not_look_for_such_things(
    table: dict[str, str], checks: str,
) -> None:
    limits = {"allowlist": allow([{**table, "reason": "x", "expires": "2020-01-01"}])}
    assert rules(judged(facts(report(checks=checks)), **limits)) == []
    assert rules(judged(facts(report(checks="vulnerabilities licenses code")), **limits)) == ["allow-expired"]
    assert "allow-expired" in rules(judged(facts(report(checks=checks), unread=(Unread(shown="b", why="x"),)),
                                           **limits))


def test_tables_for_other_monitors_are_none_of_this_ones_business() -> None:
    assert rules(judged(facts(report()), allowlist=allow([{"link": "https://example.com", "reason": "x",
                                                           "expires": "2020-01-01"}]))) == []


@pytest.mark.parametrize(("level", "verdict"),
                         [("critical", "fail"), ("high", "fail"), ("medium", "warn"), ("low", "warn"),
                                                ("info", "pass")])
def test_code_findings_fail_from_their_own_limit_on(level: Any, verdict: str) -> None:
    assert status(judged(facts(report(checks="code", code=(code(level=level),))))) == verdict


def test_code_findings_of_one_rule_in_one_file_are_one_finding() -> None:
    (finding,) = judged(facts(report(checks="code", code=(code(), code(line=7))))).findings
    assert finding.title == "CodeQL: Cross-site scripting"
    assert finding.detail == "High; 2 findings of the rule js/xss in src/a.js, lines 3, 7."
    assert dict(finding.labels) == {"level": "high", "source": "CodeQL", "code_rule": "js/xss"}
    assert (finding.file, finding.line) == ("src/a.js", 3)


def test_a_vulnerability_stands_at_the_line_of_the_lock_file_where_a_tool_gives_it() -> None:
    given = facts(report(advisory("CVE-1", file="a.lock"), advisory("CVE-1", file="b.lock", line=7)))
    (finding,) = judged(given).findings
    assert (finding.file, finding.line) == ("b.lock", 7)


def test_secrets_are_counted_and_never_described() -> None:
    judgement = judged(facts(report(checks="secrets", secrets=2, format="gitleaks")))
    (finding,) = judgement.findings
    assert (status(judgement), finding.rule, finding.title) == ("fail", "secrets-exposed", "2 secrets are exposed")


def test_private_advisories_are_counted_and_nowhere_described() -> None:
    given = facts(report(advisory("GHSA-hush", name="secretpackage", title="hushed", vectors=(CRITICAL_31,),
                                  private=True,
                                  url="https://example.com/hush", source="hush", paths=(("hushparent", "x"),))))
    judgement = judged(given)
    assert status(judgement) == "fail"
    assert judgement.findings[0].title == "1 vulnerability of private advisories"
    assert judgement.data["private"] == 1
    whole = json.dumps([judgement.data, judgement.summary, judgement.notes,
                        [finding.as_json(monitor="m") for finding in judgement.findings]])
    assert "hush" not in whole.lower()
    assert "secretpackage" not in whole


def test_what_cargo_deny_objects_to_is_as_grave_as_it_says() -> None:
    objection = PolicyFinding(check="bans", code="banned", level="high", title="crate is banned", source="cargo-deny")
    judgement = judged(facts(report(checks="bans", policy=(objection, objection), format="cargo-deny")))
    assert (status(judgement), rules(judgement)) == ("fail", ["policy-bans"])


def test_the_data_has_what_the_contract_promises() -> None:
    given = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,), fixed=("2",), paths=(("app", "left-pad"),),
                                  epss=0.5)),
                  seen=(seen("CVE-1", days=1),))
    (row,) = judged(given).data["vulnerabilities"]
    assert {name: row[name] for name in ("ids", "package", "ecosystem", "installed", "fixed", "severity", "sources",
                                         "paths",
                                         "first_seen", "due", "epss", "parents", "allowed")} == {
        "ids": ["CVE-1"], "package": "left-pad", "ecosystem": "npm", "installed": "1.0.0", "fixed": ["2"],
        "severity": "critical", "sources": ["osv-scanner"], "paths": [["app", "left-pad"]],
        "first_seen": "2026-01-30T06:00:00Z", "due": "2026-01-30T10:00:00Z", "epss": 0.5, "parents": ["app"],
        "allowed": None}
    assert row["cvss"] == {"version": "3.1", "score": 9.8, "vector": CRITICAL_31}


def test_the_summary_is_one_line_of_our_own_words() -> None:
    given = facts(report(advisory("CVE-1", vectors=(CRITICAL_31,)), advisory("CVE-2"),
                         checks="vulnerabilities code secrets", secrets=0))
    assert judged(given).summary == ("vulnerabilities: 2 (1 critical, 1 high); code findings: 0; secrets exposed: 0; "
                                     "sources read: 1")
    assert judged(facts()).summary == "vulnerabilities: unknown; sources read: 0"


@pytest.mark.parametrize("text", FRAGMENTS)
def test_the_summary_is_the_same_whatever_strangers_write(text: str) -> None:
    def summary(words: str) -> str:
        told = advisory(f"CVE-1 {words}", name=f"a{words}", version=f"1{words}", title=words, url=words, fixed=(words,),
                        paths=((words, words),), file=words)
        return judged(facts(report(told, code=(code(f"r{words}", title=words, file=words, source=words),)))).summary
    assert summary(text) == summary("plain")


LICENSED = LicensedPackage(package=Package(name="a", version="1", ecosystem="npm"), license="GPL-3.0-only",
                           source="spdx")
PERMISSIVE = read_policy({"preset": "bsd-3-clause-compatible"})


@pytest.mark.parametrize(("license", "policy", "rule", "verdict"), [
    ("MIT", PERMISSIVE, [], "pass"), ("GPL-3.0-only", PERMISSIVE, ["license-not-allowed"], "fail"),
    (None, PERMISSIVE, ["license-unknown"], "fail"),
    (None, read_policy({"preset": "bsd-3-clause-compatible", "unknown": "warn"}), ["license-unknown"], "warn"),
    ("MIT", None, [], "unknown"), ("GPL-3.0-only", None, [], "unknown"),
])
def test_licences_are_judged_by_the_policy_and_by_nothing_without_one(
    license: str | None, policy: Any, rule: list[str], verdict: str,  # noqa: A002
) -> None:
    given = facts(report(checks="licenses", format="spdx", licenses=(replace(LICENSED, license=license),)))
    judgement = judged(given, licenses=policy)
    assert (rules(judgement), status(judgement)) == (rule, verdict)


def test_a_policy_for_licences_that_nobody_looked_at_is_unknown() -> None:
    assert status(judged(facts(report()), licenses=PERMISSIVE)) == "unknown"


def test_a_licence_is_allowed_for_its_package_by_the_allowlist() -> None:
    given = facts(report(checks="licenses", format="spdx", licenses=(LICENSED,)))
    table = {"license": "GPL-3.0-only", "package": "a", "reason": "a tool, not shipped"}
    judgement = judged(given, licenses=PERMISSIVE, allowlist=allow([table]))
    assert (rules(judgement), status(judgement)) == ([], "pass")
    assert judgement.data["licenses"][0]["verdict"] == "excepted"


def test_what_a_tool_rejects_by_a_policy_of_its_own_fails_without_one_here() -> None:
    rejected = report(checks="licenses", format="cargo-deny", licenses=(replace(LICENSED, rejected="rejected"),))
    assert (rules(judged(facts(rejected))), status(judged(facts(rejected)))) == (["license-not-allowed"], "fail")
    assert status(judged(facts(report(checks="licenses", format="cargo-deny")))) == "pass"
