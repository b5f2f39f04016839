"""osv-scanner, Trivy and Grype."""
from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.facts import CodeFinding, Package
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.json_reading import LARGEST_DOCUMENT
from repo_vitals.sources.report_files import Unreadable
from support.report_files import SECURITY, kept, written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import Report


def of(name: str) -> Report:
    return read(kept(SECURITY / name))


def changed(name: str, change: Any, folder: Path) -> Report:
    document = json.loads((SECURITY / name).read_text(encoding="utf-8"))
    change(document)
    return read(written(folder, document))


# -- osv-scanner -------------------------------------------------------------------------------------------------------

def test_a_group_of_osv_records_is_one_advisory_under_all_its_names() -> None:
    time, ansi = of("osv-scanner/1_cargo.json").advisories
    assert time.ids == ("GHSA-wcg3-cvx6-7396", "RUSTSEC-2020-0071", "CVE-2020-26235")
    assert time.package == Package(name="time", version="0.1.43", ecosystem="crates.io", file="/src/Cargo.lock")
    assert (time.vectors, time.scores, time.level) == (
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H",), (), "medium")
    assert (time.fixed, time.kind, time.title) == (("0.2.23",), "vulnerability", "Segmentation fault in time")
    assert time.published == datetime(2020, 11, 18, 12, tzinfo=timezone.utc)
    assert (ansi.ids, ansi.kind) == (("RUSTSEC-2021-0139",), "unmaintained")


def test_the_highest_severity_of_a_group_counts_where_no_vector_is_told(tmp_path: Path) -> None:
    def without_vectors(document: Any) -> None:
        for one in document["results"][0]["packages"][0]["vulnerabilities"]:
            one.pop("severity", None)
    assert changed("osv-scanner/1_cargo.json", without_vectors, tmp_path).advisories[0].scores == (("", 6.2),)


def test_what_is_never_called_counts_as_overlooked_by_the_tool() -> None:
    (found,) = of("osv-scanner/2_uncalled.json").advisories
    assert found.ignored == "call analysis: what is vulnerable is never called"


def test_a_group_of_which_one_is_called_is_not_overlooked(tmp_path: Path) -> None:
    def call(document: Any) -> None:
        group = document["results"][0]["packages"][0]["groups"][0]
        group["ids"].append("OSV-9")
        group["experimental_analysis"]["OSV-9"] = {"called": True}
    assert changed("osv-scanner/2_uncalled.json", call, tmp_path).advisories[0].ignored is None


def test_licences_are_told_with_what_the_allowlist_rejects() -> None:
    report = of("osv-scanner/2_licenses.json")
    assert [(one.package.name, one.license, one.rejected) for one in report.licenses] == [
        ("mine1", "MIT", "osv-scanner's allowlist lacks MIT"), ("mine2", "ISC", None), ("mine3", "ISC", None),
        ("mine1", "MIT", "osv-scanner's allowlist lacks MIT"),
        ("mine1", "Apache-2.0", "osv-scanner's allowlist lacks Apache-2.0")]


def test_a_vulnerability_in_no_group_is_an_advisory_of_its_own(tmp_path: Path) -> None:
    report = changed("osv-scanner/1_cargo.json",
                     lambda d: [one.pop("groups") for one in d["results"][0]["packages"]], tmp_path)
    assert [one.ids[0] for one in report.advisories] == [
        "GHSA-wcg3-cvx6-7396", "RUSTSEC-2020-0071", "RUSTSEC-2021-0139"]


def test_no_results_are_clean_and_an_empty_file_is_not(tmp_path: Path) -> None:
    report = of("osv-scanner/2_none.json")
    assert (report.advisories, report.missing, "vulnerabilities" in report.checks) == ((), (), True)
    with pytest.raises(Unreadable, match="is empty"):
        read(written(tmp_path, b"", reader="osv-scanner"))


# -- Trivy -------------------------------------------------------------------------------------------------------------

def test_trivy_counts_secrets_and_describes_none() -> None:
    report = of("trivy/2_mixed.json")
    assert report.secrets == 2
    assert report.code == (CodeFinding(
        rule="DS002", source="Trivy", title="Image user should not be 'root'", level="high", file="Dockerfile",
        url="https://avd.aquasec.com/misconfig/ds002"),)
    assert len(report.advisories) == 2
    assert report.checks == {"vulnerabilities", "code", "secrets"}


def test_trivy_tells_paths_licences_and_what_it_overlooks() -> None:
    report = of("trivy/2_suppressed_and_licenses.json")
    time, chrono, overlooked = report.advisories
    assert (time.ids, time.paths, time.direct, time.fixed) == (
        ("GHSA-wcg3-cvx6-7396",), (("chrono", "time"),), False, ("0.2.23", "0.3.0"))
    assert (time.level, time.package.ecosystem) == (None, "crates.io")
    assert time.vectors[0].startswith("CVSS:4.0/")
    assert (chrono.direct, chrono.paths, chrono.ignored) == (True, (("chrono",),), "its status is not_affected")
    assert overlooked.ignored == "we never parse local times"
    assert [(one.package.name, one.license, one.rejected) for one in report.licenses] == [
        ("chrono", "MIT OR Apache-2.0", None), ("time", "MIT AND Apache-2.0", None),
        ("hashbag", "AGPL-3.0-only", "Trivy classes it as forbidden"), ("serde", "MIT", None)]
    assert [(one.rule, one.line) for one in report.code] == [("AVD-AWS-0086", 3)]
    assert (report.tool, report.checked) == ("Trivy 0.68.1", 2)
    assert report.made_at == datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=timezone.utc)


def test_the_list_of_trivys_first_schema_is_read() -> None:
    report = of("trivy/1_list.json")
    (found,) = report.advisories
    assert (found.ids, found.level, found.fixed) == (("CVE-2020-26235",), "high", ("0.2.23",))
    assert found.vectors == ("AV:N/AC:L/Au:N/C:N/I:N/A:P",)
    assert found.scores == (("3.1", 7.5),)
    assert report.checks == {"vulnerabilities"}


def scan(*results: dict[str, Any]) -> dict[str, Any]:
    return {"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem",
            "Results": [{"Target": "Cargo.lock", **one} for one in results]}


PACKAGES = {"Class": "lang-pkgs", "Type": "cargo", "Packages": [{"ID": "a@1", "Name": "a", "Version": "1"}]}
LICENSES = {"Class": "license", "Licenses": [{"Severity": "LOW", "Category": "notice", "PkgName": "a", "Name": "MIT"}]}
VULNERABILITY = {"VulnerabilityID": "CVE-2020-1234", "PkgName": "a", "InstalledVersion": "1", "Severity": "HIGH"}


@pytest.mark.parametrize(("results", "looked", "notes"), [
    ([PACKAGES], {"vulnerabilities"}, 0), ([PACKAGES, LICENSES], {"licenses"}, 1), ([LICENSES], {"licenses"}, 0),
    ([{"Class": "license-file"}, PACKAGES], {"licenses"}, 1),
    ([{**PACKAGES, "Vulnerabilities": [VULNERABILITY]}, LICENSES], {"vulnerabilities", "licenses"}, 0),
    ([{**PACKAGES, "Vulnerabilities": []}, LICENSES], {"vulnerabilities", "licenses"}, 0),
    ([{"Class": "secret", "Secrets": []}], {"secrets"}, 0),
])
def test_trivy_looked_for_vulnerabilities_where_its_targets_show_it_and_not_where_they_may_be_of_licences_alone(
    tmp_path: Path, results: list[dict[str, Any]], looked: set[str], notes: int,
) -> None:
    report = read(written(tmp_path, scan(*results)))
    assert (report.checks, len(report.notes)) == (looked, notes)


def test_go_packages_of_several_scanners_merge_with_and_without_the_v_of_their_versions(tmp_path: Path) -> None:
    name, vulnerability = "golang.org/x/text", "GO-2021-0113"
    trivy = scan({"Class": "lang-pkgs", "Type": "gomod", "Vulnerabilities": [
        {"VulnerabilityID": vulnerability, "PkgName": name, "InstalledVersion": "v0.3.5", "Severity": "HIGH"}]})
    osv = {"results": [{"source": {"path": "go.mod", "type": "lockfile"}, "packages": [
        {"package": {"name": name, "version": "0.3.5", "ecosystem": "Go"}, "groups": [{"ids": [vulnerability]}]}]}]}
    grype = {"descriptor": {"name": "grype"}, "matches": [
        {"vulnerability": {"id": vulnerability, "severity": "High"},
         "artifact": {"name": name, "version": "v0.3.5", "type": "go-module"}}]}
    reports = [read(written(tmp_path, one)) for one in (trivy, osv, grype)]
    (entry,) = merge([one for report in reports for one in report.advisories])
    assert entry.sources == ("grype", "osv-scanner", "trivy")


def test_a_report_of_trivy_without_a_target_is_not_clean(tmp_path: Path) -> None:
    for document in ({"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem"},
                     {"SchemaVersion": 2, "ArtifactName": ".", "Results": None}):
        report = read(written(tmp_path, document))
        assert report.missing == ("it names no target, so nothing was looked at",)
        assert "vulnerabilities" not in report.checks
    assert of("trivy/2_none.json").missing == ()


def test_a_target_longer_than_any_document_that_is_held_whole_is_read(tmp_path: Path) -> None:
    document = json.loads((SECURITY / "trivy/2_many.json").read_text(encoding="utf-8"))
    result = next(one for one in document["Results"] if one.get("Vulnerabilities"))
    document["Results"] = [result]
    one = {**result["Vulnerabilities"][0], "Description": "x" * 20_000}
    result["Vulnerabilities"] = [{**one, "PkgName": f"p{place}"} for place in range(1000)]
    assert len(json.dumps(document)) > LARGEST_DOCUMENT
    assert len(read(written(tmp_path, document)).advisories) == 1000


# -- Grype -------------------------------------------------------------------------------------------------------------

def test_grype_joins_githubs_advisory_with_its_cve_and_tells_the_databases_age() -> None:
    report = of("grype/0.104_ignored.json")
    time, distribution, ignored = report.advisories
    assert time.ids == ("GHSA-wcg3-cvx6-7396", "CVE-2020-26235")
    assert time.vectors == ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", "AV:N/AC:L/Au:N/C:N/I:N/A:P")
    assert (time.epss, time.fixed, time.level, time.package.file) == (0.00123, ("0.2.23",), "medium", "/Cargo.lock")
    assert time.package.ecosystem == "crates.io"
    # One announcement about two flaws must not make one of them.
    assert (distribution.ids, distribution.level, distribution.fixed) == (("ELSA-2020-1840",), "info", ())
    assert (ignored.ignored, ignored.level) == ("only on Windows", None)
    assert report.database_at == datetime(2026, 1, 9, 2, 3, 4, tzinfo=timezone.utc)
    assert report.made_at == datetime(2026, 1, 10, 6, 30, 0, 500000, tzinfo=timezone.utc)
    assert report.tool == "Grype 0.104.0"


def test_the_first_grypes_are_read() -> None:
    assert of("grype/0.7.0_none.json").advisories == ()
    report = of("grype/0.24.0_many.json")
    assert len(report.advisories) == 9
    assert report.database_at == datetime(2021, 10, 27, 8, 14, 21, tzinfo=timezone.utc)


def test_a_database_that_could_not_be_used_makes_no_clean_report(tmp_path: Path) -> None:
    report = changed("grype/0.104_ignored.json",
                     lambda d: d["descriptor"]["db"]["status"].update(valid=False), tmp_path)
    assert report.missing == ("its database of vulnerabilities could not be used",)


@pytest.mark.parametrize(("name", "change"), [
    ("osv-scanner/1_cargo.json", lambda d: d["results"].append(7)),
    ("osv-scanner/1_cargo.json", lambda d: d["results"][0]["packages"][0]["package"].pop("name")),
    ("osv-scanner/1_cargo.json", lambda d: d["results"][0]["packages"][0]["vulnerabilities"][0].pop("id")),
    ("osv-scanner/1_cargo.json", lambda d: d["results"][0]["packages"][0].update(groups={})),
    ("osv-scanner/1_cargo.json", lambda d: d["results"][0]["packages"][0]["groups"][0].update(ids=[7])),
    ("trivy/2_mixed.json", lambda d: d.update(SchemaVersion=3)),
    ("trivy/2_mixed.json", lambda d: d["Results"][0]["Vulnerabilities"][0].pop("VulnerabilityID")),
    ("trivy/2_mixed.json", lambda d: d["Results"][0].update(Vulnerabilities={"a": 1})),
    ("trivy/2_mixed.json", lambda d: d["Results"][2].update(Secrets=[1])),
    ("grype/0.24.0_many.json", lambda d: d["matches"][0].pop("artifact")),
    ("grype/0.24.0_many.json", lambda d: d["matches"][0]["vulnerability"].update(id=7)),
    ("grype/0.24.0_many.json", lambda d: d["matches"][0]["vulnerability"].update(fix=7)),
])
def test_values_that_can_not_be_are_refused(tmp_path: Path, name: str, change: Any) -> None:
    with pytest.raises(Unreadable, match=r"^(has|is) "):
        changed(name, change, tmp_path)
