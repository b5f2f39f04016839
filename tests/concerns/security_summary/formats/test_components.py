"""CycloneDX and SPDX."""
from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.ecosystems import ecosystem, from_purl
from repo_vitals.concerns.security_summary.facts import Package
from repo_vitals.concerns.security_summary.formats.spdx import of_document
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import Unreadable
from support.report_files import SECURITY, kept, written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import Report


def of(name: str) -> Report:
    return read(kept(SECURITY / name))


def licenses(report: Report) -> list[tuple[str, str | None, str | None]]:
    return [(one.package.name, one.package.version, one.license) for one in report.licenses]


def test_cyclonedx_tells_components_within_components_and_no_files() -> None:
    report = of("cyclonedx/1.5_vulnerabilities.json")
    assert licenses(report) == [
        ("org.apache:log4j", "2.14.0", "Apache-2.0"), ("inner", "1", "MIT OR GPL-2.0-only"),
        ("two", "2", "(The Odd License) AND MIT"), ("none", "3", None)]
    assert (report.checked, report.tool) == (5, "trivy 0.68.1")
    assert report.made_at == datetime(2026, 1, 5, 10, tzinfo=timezone.utc)


def test_cyclonedx_tells_vulnerabilities_with_what_was_decided_about_them() -> None:
    log4j, first, second = of("cyclonedx/1.5_vulnerabilities.json").advisories
    assert log4j.ids == ("CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q")
    assert log4j.package == Package(name="org.apache:log4j", version="2.14.0", ecosystem="Maven")
    assert (log4j.level, log4j.fixed, log4j.ignored) == ("critical", ("2.15.0",), None)
    assert log4j.vectors == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",)
    assert log4j.scores == (("", 8.1),)
    assert [(one.package.name, one.package.ecosystem, one.ignored) for one in (first, second)] == [
        ("two", "", "not_affected: code_not_reachable"), ("@acme/x", "npm", "not_affected: code_not_reachable")]


def test_cyclonedx_says_the_same_in_xml() -> None:
    report = of("cyclonedx/1.4_vulnerabilities.xml")
    assert licenses(report) == [("@acme/a", "1.0.0", "MIT OR Apache-2.0"), ("b", "2", "(Odd & Free) AND MIT")]
    (found,) = report.advisories
    assert found.ids == ("GHSA-35jh-r3h4-6jhm", "CVE-2021-23337")
    assert found.package == Package(name="@acme/a", version="1.0.0", ecosystem="npm")
    assert (found.level, found.vectors) == ("high", ("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H",))
    assert (report.tool, report.checked) == ("scan 9.1.0", 2)


def test_what_the_document_describes_is_no_component() -> None:
    report = of("cyclonedx/1.2_cern.xml")
    assert report.checked == 43
    assert "lhc-vdm-editor" not in {one.package.name for one in report.licenses}


def test_the_extension_of_old_versions_is_read_and_its_vectors_get_their_version(tmp_path: Path) -> None:
    document = """<bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0">
      <components><component type="library"><name>lodash</name><version>4.17.15</version>
      <purl>pkg:npm/lodash@4.17.15</purl><v:vulnerabilities><v:vulnerability ref="pkg:npm/lodash@4.17.15">
      <v:id>CVE-2020-8203</v:id><v:source name="NVD"><v:url>https://nvd.nist.gov/vuln/detail/CVE-2020-8203</v:url>
      </v:source><v:ratings><v:rating><v:score><v:base>7.4</v:base></v:score><v:severity>High</v:severity>
      <v:method>CVSSv3</v:method><v:vector>AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H</v:vector></v:rating></v:ratings>
      </v:vulnerability></v:vulnerabilities></component></components></bom>"""
    report = read(written(tmp_path, document, name="bom.xml"))
    (found,) = report.advisories
    assert (found.ids, found.package.name, found.level) == (("CVE-2020-8203",), "lodash", "high")
    assert found.vectors == ("CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H",)
    assert "vulnerabilities" in report.checks


@pytest.mark.parametrize("affects", [{}, {"affects": []}, {"affects": [{}]}])
def test_a_vulnerability_that_does_not_say_what_it_affects_is_one_of_what_the_document_is_about(
    tmp_path: Path, affects: dict[str, Any],
) -> None:
    component = {"type": "library", "name": "a", "version": "1", "purl": "pkg:pypi/a@1",
                 "licenses": [{"license": {"id": "MIT"}}]}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [component],
                "metadata": {"component": {"type": "application", "name": "own", "version": "2"}},
                "vulnerabilities": [{"id": "CVE-2020-1234", "ratings": [{"severity": "high"}], **affects},
                                    {"id": "CVE-2020-5678", "affects": [{"ref": "pkg:pypi/a@1"}]}]}
    report = read(written(tmp_path, document))
    assert [(one.ids, one.package.name, one.package.version) for one in report.advisories] == [
        (("CVE-2020-1234",), "own", "2"), (("CVE-2020-5678",), "a", "1")]
    assert report.missing == ("a vulnerability does not say what it affects",)
    assert [one.license for one in report.licenses] == ["MIT"]
    del document["metadata"]
    report = read(written(tmp_path, document))
    assert [one.ids for one in report.advisories] == [("CVE-2020-5678",)]
    assert report.missing == ("a vulnerability does not say what it affects",)
    assert report.checks == {"licenses", "vulnerabilities"}


def test_an_empty_list_of_vulnerabilities_proves_nothing(tmp_path: Path) -> None:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"type": "library", "name": "a"}],
                "vulnerabilities": []}
    assert read(written(tmp_path, document)).checks == {"licenses"}
    empty = {"bomFormat": "CycloneDX", "specVersion": "1.5"}
    assert read(written(tmp_path, empty)).missing == ("it names no component",)


@pytest.mark.parametrize(("document", "message"), [
    ({"bomFormat": "CycloneDX", "specVersion": "9.9", "components": []}, "is of a version of CycloneDX"),
    ({"bomFormat": "CycloneDX", "components": []}, "is of a version of CycloneDX"),
    ({"bomFormat": "CycloneDX", "specVersion": "1.4", "components": {}}, "has something else than a list"),
    ({"bomFormat": "CycloneDX", "specVersion": "1.4", "components": [{}]}, "has a component without a name"),
    ({"bomFormat": "CycloneDX", "specVersion": "1.4", "vulnerabilities": [{"affects": []}]}, "without an id"),
    ('<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component>', "is cut off at byte"),
    ('<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>', "declares entities"),
    ('<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component/></components></bom>', "without a name"),
    ({"spdxVersion": "SPDX-1.2", "packages": []}, "is of a version of SPDX that is not known"),
    ({"spdxVersion": "SPDX-2.3", "packages": [{}]}, "has a package without a name"),
    ({"spdxVersion": "SPDX-2.3", "packages": {}}, "has something else than a list"),
    ({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}, "is SPDX 3; 2.2 and 2.3 are read"),
    ("SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>no end\n", "is cut off within a text"),
    ("SPDXVersion: SPDX-2.3\nPackageName:\n", "has a package without a name"),
    ("SPDXVersion: SPDX-2.3\nPackageName: a\n\nPackageLice", "has something else than a tag in line 4"),
])
def test_what_can_not_be_is_refused_in_words(tmp_path: Path, document: Any, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read(written(tmp_path, document))


def test_spdx_takes_the_concluded_licence_before_the_declared_one() -> None:
    assert licenses(of("spdx/2.3_texts.spdx")) == [
        ("alpha", "1.2.3", "MIT"), ("beta", None, None), ("gamma", "3", "(MIT OR Apache-2.0)")]
    assert of("spdx/2.3_texts.spdx").tool == "acme-sbom-2.0"


def test_spdx_of_github_tells_no_version_for_a_range() -> None:
    assert licenses(of("spdx/2.3_github.json"))[1:] == [
        ("serde", "1.0.195", "MIT OR Apache-2.0"), ("actions/checkout", None, None)]
    document = json.loads((SECURITY / "spdx/2.3_github.json").read_text(encoding="utf-8"))["sbom"]
    report = of_document(document, shown="GitHub", own="pkg:github/ACME/widget")
    assert [one.package.name for one in report.licenses] == ["serde", "actions/checkout"]
    assert report.checked == 2


def test_what_an_spdx_document_is_about_is_no_dependency_without_a_licence(tmp_path: Path) -> None:
    packages = [{"SPDXID": "SPDXRef-root", "name": "root"}, {"SPDXID": "SPDXRef-a", "name": "a"}]
    for link in ({"documentDescribes": ["SPDXRef-root"]},
                 {"relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                                     "relatedSpdxElement": "SPDXRef-root"}]},
                 {"relationships": [{"spdxElementId": "SPDXRef-root", "relationshipType": "DESCRIBED_BY",
                                     "relatedSpdxElement": "SPDXRef-DOCUMENT"}]}):
        report = read(written(tmp_path, {"spdxVersion": "SPDX-2.3", "packages": packages, **link}))
        assert [one.package.name for one in report.licenses] == ["a"]
    text = ("SPDXVersion: SPDX-2.3\nPackageName: root\nSPDXID: SPDXRef-root\nPackageName: a\nSPDXID: SPDXRef-a\n"
            "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-root\n")
    assert [one.package.name for one in read(written(tmp_path, text)).licenses] == ["a"]


@pytest.mark.parametrize(("purl", "expected"), [
    ("pkg:cargo/time@0.1.43", Package(name="time", version="0.1.43", ecosystem="crates.io")),
    ("pkg:npm/%40acme/a@1.0.0", Package(name="@acme/a", version="1.0.0", ecosystem="npm")),
    ("pkg:maven/org.apache/log4j@2.14.0?type=jar", Package(name="org.apache:log4j", version="2.14.0",
                                                           ecosystem="Maven")),
    ("pkg:golang/github.com/acme/x@v1.2.3", Package(name="github.com/acme/x", version="v1.2.3", ecosystem="Go")),
    ("pkg:deb/ubuntu/openssl@3.0", Package(name="openssl", version="3.0", ecosystem="Ubuntu")),
    ("pkg:githubactions/actions/checkout@v4", Package(name="actions/checkout", version="v4",
                                                      ecosystem="GitHub Actions")),
    ("pkg:", None), ("http://x", None), ("pkg:cargo", None),
])
def test_a_package_url_names_a_package(purl: str, expected: Package | None) -> None:
    assert from_purl(purl) == expected


@pytest.mark.parametrize("kind", ["cargo", "composer", "gem", "golang", "maven", "npm", "nuget", "pypi"])
@pytest.mark.parametrize("rest", ["a-b.c@1.0.0-rc.1", "x/y/a@v1", "a_b@1", "A/B@1", "@acme/a@1", "a@1.0+x", "a@1?q=1#s",
                                  "a%2Fb@1", "a/@1", "~x/a@1.", "a@1/../2", "a@", "a@1@2"])
def test_a_plain_package_url_means_what_the_library_reads_in_it(kind: str, rest: str) -> None:
    """Those that are read without the library, which is slow, agree with it."""
    slow = from_purl(f"pkg://{kind}/{rest}")        # the same by the specification, and never plain
    assert from_purl(f"pkg:{kind}/{rest}") == slow


@pytest.mark.parametrize(("word", "expected"), [
    ("Cargo", "crates.io"), ("rust-crate", "crates.io"), ("pip", "PyPI"), ("gomod", "Go"), ("Alpine:v3.18", "Alpine"),
    ("Debian:12", "Debian"), ("npm", "npm"), ("something new", "something new"), ("", ""), ("crates.io", "crates.io"),
])
def test_ecosystems_have_osvs_names(word: str, expected: str) -> None:
    assert ecosystem(word) == expected
