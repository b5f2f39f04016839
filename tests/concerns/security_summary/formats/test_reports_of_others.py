"""What tools that cannot be run here wrote for others, who publish it; tests/data/security/README.md says where.

What is expected was counted with jq or xmllint, or read by hand where a test says so.
"""
from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.reading import read
from support.report_files import SECURITY, kept, written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import Report


def of(name: str) -> Report:
    return read(kept(SECURITY / name))


def test_cargo_audit_of_2021() -> None:
    """jq '[.vulnerabilities.list[] | .advisory.id + " " + .package.version], (.warnings | map_values(length))'"""
    report = of("cargo-audit/2021_many.json")
    found = [one for one in report.advisories if one.kind == "vulnerability"]
    assert [(one.ids[0], one.package.version) for one in found] == [
        ("RUSTSEC-2020-0091", "0.4.7"), ("RUSTSEC-2021-0020", "0.13.9"), ("RUSTSEC-2021-0003", "0.6.13"),
        ("RUSTSEC-2021-0003", "1.5.0")]
    assert Counter(one.kind for one in report.advisories) == {"vulnerability": 4, "unmaintained": 1, "yanked": 2}
    assert (report.checked, report.missing) == (441, ())
    assert report.database_at == datetime(2021, 5, 12, 1, 59, 58, tzinfo=timezone.utc)


@pytest.mark.parametrize(("name", "findings"), [    # by hand
    ("old_vulnerability", [("vulnerability", "ammonia")]), ("old_denied", [("banned", "dangerous-dep")]),
    ("old_wildcards", [("wildcard", "wildcards-test-crate"), ("wildcard", "wildcards-test-dep")])])
def test_the_codes_of_cargo_deny_before_they_were_words(name: str, findings: list[tuple[str, str]]) -> None:
    report = of(f"cargo-deny/{name}.ndjson")
    assert [(one.kind, one.package.name) for one in report.advisories] + [
        (one.code, one.package.name if one.package else "") for one in report.policy] == findings


def test_grype_of_2026_tells_how_likely_an_attack_is() -> None:
    """jq -c '.matches[] | [.vulnerability.id, .vulnerability.severity, .vulnerability.epss[0].epss, .artifact.name]'"""
    assert [(one.ids, one.level, one.epss, one.package.name, one.fixed)
            for one in of("grype/2026_directory.json").advisories] == [
        (("CVE-1999-0001",), "low", 0.03, "package-1", ("1.2.1", "2.1.3", "3.4.0")),
        (("CVE-1999-0002",), "critical", 0.08, "package-2", ())]


def test_the_list_that_trivy_wrote_in_2021() -> None:
    """jq -c '.[].Vulnerabilities[] | [.VulnerabilityID, .PkgName, .Severity]'"""
    report = of("trivy/2021_list.json")
    assert [(one.ids[0], one.package.name, one.level) for one in report.advisories] == [
        ("CVE-2011-3374", "apt", "low"), ("TEMP-0841856-B18BAF", "bash", "low"),
        ("CVE-2019-15847", "gcc-8-base", "high"), ("CVE-2019-20795", "iproute2", "medium")]
    assert {one.package.ecosystem for one in report.advisories} == {"Debian"}
    assert (report.checks, report.missing) == ({"vulnerabilities"}, ())


def test_trivy_of_2026() -> None:
    """jq -c '.Results[] | [(.Packages | length), (.Vulnerabilities[] | .VulnerabilityID, .FixedVersion, .Severity)]'"""
    report = of("trivy/2026_bun.json")
    assert [(one.ids, one.fixed, one.level, one.direct, one.package.ecosystem) for one in report.advisories] == [
        (("CVE-2019-11358",), ("3.4.0",), "medium", True, "npm")]
    assert (report.checked, report.checks) == (2, {"vulnerabilities"})


def test_codeql_with_its_rules_in_the_driver_and_in_an_extension() -> None:
    """jq -c '.runs[] | .results[] | [.ruleId, .locations[0].physicalLocation.region.startLine]'; levels by hand."""
    assert [(one.rule, one.level, one.score, one.file, one.line) for one in of("sarif/codeql_2.5.8.sarif").code] == [
        ("py/flask-debug", "high", 7.5, "crypto/app-crypto.py", 25),
        ("py/flask-debug", "high", 7.5, "hardcoded/debugging.py", 18)]
    newer = of("sarif/codeql_2.16.3.sarif")
    assert [(one.rule, one.level, one.score, one.file, one.line, one.security) for one in newer.code] == [
        ("cpp/wrong-type-format-argument", "high", 7.5, "src/core/main.c", 22, True)]
    # A notification of the level "note" is no failure.
    assert (newer.missing, newer.tool) == ((), "CodeQL 2.16.3")


def test_grypes_sarif_of_2021_has_its_severity_in_words() -> None:
    """By hand: security-severity is "low" and "critical", while the rules' levels are warning and error."""
    assert [(one.ids, one.package.name, one.level) for one in of("sarif/grype_2021.sarif").advisories] == [
        (("CVE-1999-0001",), "package-1", "low"), (("CVE-1999-0002",), "package-2", "critical")]


def test_grypes_sarif_of_2024_has_it_as_a_score() -> None:
    """jq -c '.runs[].tool.driver.rules[] | [.id, .properties["security-severity"]]'; versions by hand."""
    assert [(one.ids, one.package.version, one.scores, one.fixed)
            for one in of("sarif/grype_2024.sarif").advisories] == [
        (("CVE-1999-0001",), "1.1.1", (("", 4.0),), ("1.2.1", "2.1.3", "3.4.0")),
        (("CVE-1999-0002",), "2.2.2", (("", 1.0),), ())]


@pytest.mark.parametrize(("word", "level"), [("MEDIUM", "medium"), ("CRITICAL", "critical"), ("UNKNOWN", "medium")])
def test_trivys_sarif_without_scores_has_its_severity_among_the_tags(tmp_path: Path, word: str, level: str) -> None:
    """Its levels know no critical: they are error for high and critical ones. By hand."""
    document: Any = json.loads((SECURITY / "sarif/trivy_2022.sarif").read_text(encoding="utf-8"))
    document["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["tags"][1] = word
    report = read(written(tmp_path, document, name="trivy.sarif"))
    assert [(one.ids, one.package.name, one.package.version, one.fixed, one.level) for one in report.advisories] == [
        (("CVE-2019-1549",), "libcrypto1.1", "1.1.1c-r0", ("1.1.1d-r0",), level)]


def test_an_id_that_debian_gives_for_the_time_being_is_one_of_an_advisory(tmp_path: Path) -> None:
    """By hand: Trivy tells TEMP-0841856-B18BAF of bash in its list of 2021."""
    document: Any = json.loads((SECURITY / "sarif/trivy_2022.sarif").read_text(encoding="utf-8"))
    document["runs"][0]["results"][0]["ruleId"] = of("trivy/2021_list.json").advisories[1].ids[0]
    assert [one.ids for one in read(written(tmp_path, document)).advisories] == [("TEMP-0841856-B18BAF",)]


@pytest.mark.parametrize(("name", "found", "checked"), [
    # jq -c '.vulnerabilities[] | [.id, .ratings[0].severity, .affects[0].ref]'; xmllint --xpath 'count(//component)'
    ("1.7_grype.json", [("CVE-1999-0001", "low", "package-1"), ("CVE-1999-0002", "critical", "package-2")], 2),
    ("1.4_grype.xml", [("CVE-1999-0001", "low", "package-1"), ("CVE-1999-0002", "critical", "package-2")], 2),
    ("1.2_grype_0.7.0.xml", [("GHSA-xgxc-v2qg-chmh", "low", "Django"), ("CVE-2011-3374", "low", "apt"),
                             ("CVE-2020-27350", "medium", "apt")], 5),
    ("1.0_retirejs.xml", [], 2)])
def test_cyclonedx_of_several_versions(name: str, found: list[tuple[str, str, str]], checked: int) -> None:
    report = of(f"cyclonedx/{name}")
    assert [(one.ids[0], one.level, one.package.name) for one in report.advisories] == found
    assert (report.checked, report.missing) == (checked, ())


def test_a_rating_by_another_method_than_cvss_is_no_score() -> None:
    """By hand: beside CVSS there are ratings of 0.03 and 0.08 by EPSS, and one of 1 since it is exploited."""
    assert [(len(one.vectors), one.scores) for one in of("cyclonedx/1.7_grype.json").advisories] == [(1, ()), (1, ())]


def test_githubs_bill_of_materials_lists_what_the_repository_needs_and_not_itself() -> None:
    """jq -c '.sbom.packages[] | [.name, .versionInfo, .licenseConcluded // .licenseDeclared]'"""
    report = of("spdx/2.3_github_2025.json")
    assert [(one.package.name, one.package.version, one.license) for one in report.licenses] == [
        ("pytest", "8.3.3", "MIT"), ("pytest-cov", "6.0.0", "MIT"), ("requests", "2.32.3", "Apache-2.0")]
    assert report.checked == 3
