"""What tools wrote about small projects of our own, whose flaws are known because they were put there.

What is expected is written after those projects (tests/data/security/README.md tells them), not after the reports.
"""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.security_summary.reading import read
from support.report_files import SECURITY, kept

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Report

POLLUTION, ENDLESS, PAST_END, RUNS = (f"GHSA-2222-3333-{last}" for last in ("4444", "5555", "6666", "7777"))
NPM = {(POLLUTION, "acme-lib", "high"), (ENDLESS, "acme-lib", "medium"), (PAST_END, "acme-mini", "low"),
       (RUNS, "acme-async", "critical")}
VERSIONS = [(RUNS, "2.0.0"), (POLLUTION, "1.0.0"), (POLLUTION, "1.1.0"), (ENDLESS, "1.0.0"), (PAST_END, "0.0.8")]


def of(name: str) -> Report:
    return read(kept(SECURITY / name))


@pytest.mark.parametrize("name", [
    "npm_7.24.2.json", "npm_11.21.2.json", "pnpm_9.15.9.json", "pnpm_10.34.9.json", "pnpm_12.21.0.json",
    "yarn_1.22.22.ndjson", "yarn_4.18.1.ndjson"])
def test_every_client_of_npms_registry_tells_the_same_advisories(name: str) -> None:
    report = of(f"npm-audit/{name}")
    found = [one for one in report.advisories if one.kind == "vulnerability"]
    assert {(one.ids[0], one.package.name, one.level) for one in found} == NPM
    assert (report.missing, report.checks) == ((), {"vulnerabilities"})
    if not name.startswith("npm_"):     # npm tells no versions of what is installed
        assert sorted((one.ids[0], str(one.package.version)) for one in found) == sorted(VERSIONS)


@pytest.mark.parametrize("name", [
    "pnpm_9.15.9.json", "pnpm_10.34.9.json", "pnpm_12.21.0.json", "yarn_1.22.22.ndjson"])
def test_the_ways_to_a_package_are_told_by_the_names_of_packages_alone(name: str) -> None:
    paths = {(one.ids[0], one.package.version): (one.paths, one.direct) for one in of(f"npm-audit/{name}").advisories}
    assert paths == {
        (POLLUTION, "1.1.0"): ((("@acme/tool", "acme-async", "acme-lib"),), False),
        (POLLUTION, "1.0.0"): ((("@acme/tool", "acme-lib"),), False),
        (ENDLESS, "1.0.0"): ((("@acme/tool", "acme-lib"),), False),
        (PAST_END, "0.0.8"): ((("acme-mini",),), True),
        (RUNS, "2.0.0"): ((("@acme/tool", "acme-async"),), False)}


def test_an_advisory_without_a_vector_has_no_score_and_one_that_is_not_mended_no_fixed_version() -> None:
    found = {one.ids[0]: one for one in of("npm-audit/pnpm_9.15.9.json").advisories}
    assert (found[PAST_END].vectors, found[PAST_END].scores, found[PAST_END].fixed) == ((), (), ("0.2.1",))
    assert (found[RUNS].vectors, found[RUNS].fixed) == (("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",), ())
    assert found[RUNS].ids == (RUNS, "CVE-2099-0004", "npm:990004")


def test_yarn_3_tells_the_one_version_that_it_asked_the_registry_about() -> None:
    found = of("npm-audit/yarn_3.8.7.ndjson").advisories
    assert {(one.ids[0], one.package.name, one.level) for one in found} == NPM - {(ENDLESS, "acme-lib", "medium")}


def test_yarn_4_tells_what_is_deprecated_beside_what_is_vulnerable() -> None:
    assert [(one.package.name, one.package.version) for one in of("npm-audit/yarn_4.18.1.ndjson").advisories
            if one.kind == "notice"] == [("acme-old", "3.0.0")]


@pytest.mark.parametrize(("version", "ids"), [
    ("1.1.2", [("PYSEC-2099-10",), ("PYSEC-2099-11",), ("PYSEC-2099-12",)]),    # it knew nothing of withdrawn ones
    ("2.10.1", [("PYSEC-2099-10", "CVE-2099-0010", "GHSA-2222-3333-8888"), ("PYSEC-2099-11",)])])
def test_pip_audit(version: str, ids: list[tuple[str, ...]]) -> None:
    report = of(f"pip-audit/{version}.json")
    assert [one.ids for one in report.advisories] == ids
    assert {(one.package.name, one.package.version) for one in report.advisories} == {("acme-web", "0.5")}
    assert report.advisories[0].fixed == ("0.6.1", "1.0")
    assert (report.checked, report.missing) == (2, ("1 of 3 packages could not be audited",))


@pytest.mark.parametrize("name", ["gitleaks/8.30.1.json", "sarif/gitleaks_8.30.1.sarif"])
def test_gitleaks_two_leaks_are_counted_and_not_told(name: str) -> None:
    report = of(name)
    assert (report.secrets, report.code, report.checks) == (2, (), {"secrets"})
    assert not any(word in repr(report) for word in ("acme_0a1b", "opensesame1", "app.env", "ann@example.com"))


@pytest.mark.parametrize("version", ["0.100.0", "1.45.0", "1.185.0"])
def test_semgrep(version: str) -> None:
    report = of(f"semgrep/{version}.json")
    assert [(one.rule, one.level, one.file, one.line, one.security) for one in report.code] == [
        ("no-eval", "high", "src/a.py", 3, True), ("no-print", "medium", "src/a.py", 4, False),
        ("todo", "low", "src/a.py", 6, True)]
    assert (report.tool, report.missing) == (f"semgrep {version}", ())


def test_semgrep_says_which_parts_it_could_not_parse() -> None:
    report = of("semgrep/0.100.0_broken.json")
    assert (report.code, report.notes) == (
        (), ("parts of files that could not be parsed were not looked at (1)",))


@pytest.mark.parametrize("version", ["0.100.0", "1.185.0"])
def test_semgrep_tells_in_sarif_what_a_comment_suppresses(version: str) -> None:
    found = of(f"sarif/semgrep_{version}.sarif").code
    assert sorted((one.rule, one.level, one.line or 0, bool(one.suppressed)) for one in found) == [
        ("no-eval", "high", 3, False), ("no-eval", "high", 5, True), ("no-print", "medium", 4, False),
        ("todo", "low", 6, False)]


def test_zizmor_0_8_gives_the_level_of_each_result() -> None:
    assert [(one.rule, one.level, one.line) for one in of("sarif/zizmor_0.8.0.sarif").code] == [
        ("artipacked", "medium", 7), ("dangerous-triggers", "medium", 2), ("template-injection", "medium", 8)]


@pytest.mark.parametrize("version", ["0.13.9", "0.14.2", "0.20.2"])
def test_cargo_deny_all_checks(version: str) -> None:
    report = of(f"cargo-deny/{version}_all.ndjson")
    (found,) = report.advisories
    assert (found.ids, found.package.name, found.package.version, found.paths, found.direct) == (
        ("RUSTSEC-2099-0001", "CVE-2099-0020", "GHSA-2222-3333-9999"), "acme-bad", "0.1.0",
        (("acme-old", "acme-bad"),), False)
    assert (found.vectors, found.ignored) == (("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",), None)
    assert [(one.check, one.code, one.package and one.package.name) for one in report.policy] == [
        ("bans", "banned", "acme-bare"), ("bans", "duplicate", "acme-dup")]
    rejected = {one.package.name for one in report.licenses if one.rejected}
    assert "acme-bare" in rejected
    assert report.checks == {"vulnerabilities", "bans", "licenses", "sources"}
    assert report.missing == ("the index of the registry could not be read, so yanked packages were not looked for",)


def test_cargo_deny_with_a_wrong_configuration_looked_at_nothing() -> None:
    report = of("cargo-deny/0.13.9_config_error.ndjson")
    assert report.checks == frozenset()
    assert report.missing == ("the tool failed, perhaps for its configuration, and wrote no summary",)


@pytest.mark.parametrize(("name", "first", "second", "gpl"), [
    ("0.13.9_list_by_license.json", "Apache-2.0", "MIT", "GPL-3.0"),    # by licence, so in the order of licences
    ("0.20.2_list_by_crate.json", "MIT", "Apache-2.0", "GPL-3.0-only")])
def test_cargo_deny_lists_the_licences_of_all_crates(name: str, first: str, second: str, gpl: str) -> None:
    found = Counter((one.package.name, one.license) for one in of(f"cargo-deny/{name}").licenses)
    both = f"({first} AND {second}) OR (choice-not-told AND ({first} OR {second}))"
    assert found == {("acme-bad", "MIT"): 1, ("acme-old", gpl): 1, ("acme-dup", both): 2, ("acme-bare", None): 1,
                     ("app", "BSD-3-Clause"): 1}


def test_cargo_audit_with_a_database_of_two_advisories() -> None:
    assert [(one.ids[0], one.package.name, one.kind) for one in of("cargo-audit/0.22.2_acme.json").advisories] == [
        ("RUSTSEC-2099-0001", "acme-bad", "vulnerability"), ("RUSTSEC-2099-0002", "acme-old", "unmaintained")]


@pytest.mark.parametrize(("name", "rules"), [
    ("trivy/0.59.1.json", {"AVD-DS-0002", "AVD-DS-0026"}), ("trivy/cdxgen_1.0.5.json", {"AVD-DS-0002"}),
    ("sarif/trivy_0.59.1.sarif", {"DS002", "DS026"}), ("sarif/trivy_cdxgen_1.0.5.sarif", {"DS002"})])
def test_trivy_tells_how_the_image_is_built_and_counts_the_token(name: str, rules: set[str]) -> None:
    report = of(name)
    assert {one.rule for one in report.code} == rules
    assert {one.file for one in report.code} == {"Dockerfile"}
    assert (report.secrets, report.advisories) == (1, ())
    assert "acme_0a1b" not in repr(report)


@pytest.mark.parametrize("name", [
    "cyclonedx/1.4_syft_0.76.0.xml", "cyclonedx/1.6_syft_1.18.1.json", "spdx/2.3_syft_0.76.0.json",
    "spdx/2.3_syft_0.76.0.spdx", "spdx/2.3_syft_1.18.1.spdx"])
def test_syft_lists_every_crate_of_the_lock_file(name: str) -> None:
    found = sorted((one.package.name, str(one.package.version)) for one in of(name).licenses)
    assert found == [("acme-bad", "0.1.0"), ("acme-bare", "0.3.0"), ("acme-dup", "1.0.0"), ("acme-dup", "2.0.0"),
                     ("acme-old", "1.0.0"), ("app", "0.1.0")]


def test_pip_audits_cyclonedx_tells_what_each_vulnerability_affects_or_is_unfinished() -> None:
    for name in ("pip_audit_1.1.2.xml", "pip_audit_2.10.1.json"):
        report = of(f"cyclonedx/{name}")
        assert {(one.ids[0], one.package.name) for one in report.advisories} >= {
            ("PYSEC-2099-10", "acme-web"), ("PYSEC-2099-11", "acme-web")}
        assert report.missing == ()
    # Version 2.6.3 leaves out the parts that would say it.
    assert of("cyclonedx/pip_audit_2.6.3.json").missing == ("2 vulnerabilities do not say what they affect",)
