"""Results of SARIF about packages that are named elsewhere than in a sentence of the message."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.facts import LicensedPackage, Package
from repo_vitals.concerns.security_summary.reading import read
from support.report_files import written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import Report

CALLS = "Your code calls vulnerable functions in 1 package (golang.org/x/text/language)."
UNCALLED = "call analysis: what is vulnerable is never called"


def scan(folder: Path, tool: str, rule: dict[str, Any], text: str, *, file: str = "go.mod", logical: str | None = None,
         **more: Any) -> Report:
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": 1}}}
    if logical is not None:
        place["logicalLocations"] = [{"fullyQualifiedName": logical}]
    result = {"ruleId": rule["id"], "level": "error", "message": {"text": text}, "locations": [place], **more}
    return read(written(folder, {"version": "2.1.0", "runs": [
        {"tool": {"driver": {"name": tool, "rules": [rule]}}, "results": [result]}]}))


def test_govulncheck_names_packages_in_brackets_their_modules_on_the_stack_and_aliases_among_the_tags(
    tmp_path: Path,
) -> None:
    rule = {"id": "GO-2021-0113", "shortDescription": {"text": "Out-of-bounds read"},
            "properties": {"tags": ["CVE-2021-38561", "GHSA-ppp9-7jff-5vj2"]}}
    report = scan(tmp_path, "govulncheck", rule, CALLS, stacks=[
        {"frames": [{"module": "golang.org/vuln@"}, {"module": "golang.org/x/text@v0.3.5"}]}])
    assert [(one.ids, one.package, one.title, one.ignored) for one in report.advisories] == [(
        ("GO-2021-0113", "CVE-2021-38561", "GHSA-ppp9-7jff-5vj2"),
        Package(name="golang.org/x/text", version="v0.3.5", ecosystem="Go", file="go.mod", line=1),
        "Out-of-bounds read", None)]
    assert (report.code, report.checks) == ((), {"vulnerabilities"})


@pytest.mark.parametrize(("text", "names", "ignored"), [
    (CALLS, ["golang.org/x/text"], None),
    (("Your code imports 3 vulnerable packages (github.com/a/b/v2/c, github.com/a/b/v2/d, and net/http), but "
     "doesn\u2019t appear to call any of the vulnerable symbols."), ["github.com/a/b/v2", "stdlib"], UNCALLED),
    (("Your code depends on 2 vulnerable modules (golang.org/x/net and example.org/a/b/c), but doesn't appear to "
     "import any of the vulnerable symbols."), ["golang.org/x/net", "example.org/a/b/c"], UNCALLED),
    (("Your code depends on 1 vulnerable module (m). Run the call-level analysis to understand whether your code "
     "actually calls the vulnerabilities."), ["m"], None),
])
def test_what_govulncheck_says_is_about_modules(
    tmp_path: Path, text: str, names: list[str], ignored: str | None,
) -> None:
    report = scan(tmp_path, "govulncheck", {"id": "GO-2021-0113"}, text)
    assert [(one.package.name, one.package.ecosystem, one.ignored) for one in report.advisories] == [
        (name, "Go", ignored) for name in names]


@pytest.mark.parametrize(("rule", "logical", "package"), [
    ("SNYK-JS-LODASH-590103", "lodash@4.17.1", Package(name="lodash", version="4.17.1", ecosystem="npm")),
    ("SNYK-JS-BABELCORE-1", "@babel/core@7.0.0-rc.1", Package(name="@babel/core", version="7.0.0-rc.1",
                                                              ecosystem="npm")),
    ("npm:lodash:20180130", "lodash@4.17.1", Package(name="lodash", version="4.17.1", ecosystem="npm")),
    ("SNYK-JAVA-ORGX-1", "org.x:y@1.2", Package(name="org.x:y", version="1.2", ecosystem="Maven")),
    ("CVE-2020-8203", "lodash@4.17.1", Package(name="lodash", version="4.17.1")),
])
def test_a_logical_location_names_the_package_of_an_advisory(
    tmp_path: Path, rule: str, logical: str, package: Package,
) -> None:
    described = {"id": rule, "fullDescription": {"text": "(CVE-2020-8203) lodash@4.17.1"},
                 "properties": {"security-severity": "7.4", "tags": ["security", "CWE-1321", "npm"]}}
    report = scan(tmp_path, "Snyk Open Source", described, "This file introduces a vulnerable package.", file="f",
                  logical=logical)
    (found,) = report.advisories
    assert (found.package.name, found.package.version, found.package.ecosystem) == (
        package.name, package.version, package.ecosystem)
    assert found.ids == tuple(dict.fromkeys((rule, "CVE-2020-8203")))
    assert (found.scores, report.code) == ((("", 7.4),), ())


@pytest.mark.parametrize(("rule", "logical"), [
    ("js/xss", "lodash@4.17.1"), ("CVE-2020-8203", "image@sha256:1234"), ("CVE-2020-8203", "module.function"),
])
def test_without_an_advisory_or_a_package_a_result_stays_a_finding_in_code(
    tmp_path: Path, rule: str, logical: str,
) -> None:
    report = scan(tmp_path, "any", {"id": rule}, "m", logical=logical)
    assert ([one.rule for one in report.code], report.advisories) == ([rule], ())


LICENSE = {"id": "a:GPL-3.0", "name": "License", "properties": {"tags": ["license", "security", "HIGH"],
                                                                "security-severity": "8.0"}}


@pytest.mark.parametrize(("word", "rejected"), [
    ("restricted", None), ("forbidden", "Trivy classes it as forbidden"),
])
def test_trivys_licences_are_licences(tmp_path: Path, word: str, rejected: str | None) -> None:
    text = f"Artifact: Cargo.lock\nLicense GPL-3.0\nPkgName: a\n Classification: {word}"
    report = scan(tmp_path, "Trivy", LICENSE, text, file="Cargo.lock")
    assert report.licenses == (LicensedPackage(package=Package(name="a", file="Cargo.lock"), license="GPL-3.0",
                                               source="Trivy", rejected=rejected),)
    assert (report.code, report.advisories, report.checks) == ((), (), {"licenses"})


def test_a_licence_that_is_kept_without_its_place_is_told_by_its_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repo_vitals.concerns.security_summary.formats.sarif.MOST_IN_DETAIL", 0)
    report = scan(tmp_path, "Trivy", LICENSE, "x")
    assert [(one.package.name, one.license) for one in report.licenses] == [("a", "GPL-3.0")]


def test_a_message_of_trivys_that_is_a_table_gives_way_to_what_its_rule_is_about(tmp_path: Path) -> None:
    rule = {"id": "DS002", "name": "Misconfiguration", "shortDescription": {"text": "Image user should not be root"}}
    text = "Artifact: Dockerfile\nType: dockerfile\nMessage: Specify at least 1 USER"
    assert [one.title for one in scan(tmp_path, "Trivy", rule, text).code] == ["Image user should not be root"]
    del rule["shortDescription"]
    assert [one.title for one in scan(tmp_path, "Trivy", rule, text).code] == ["Artifact: Dockerfile"]
