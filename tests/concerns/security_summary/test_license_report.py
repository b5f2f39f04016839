"""The licences of all packages for people and for other tools."""
from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.allowing import Uses
from repo_vitals.concerns.security_summary.facts import LicensedPackage, Package
from repo_vitals.concerns.security_summary.license_policy import LICENSES
from repo_vitals.concerns.security_summary.license_report import LICENSE_REPORT, form_of, license_report
from repo_vitals.concerns.security_summary.licenses import Licensing, judge_licenses
from support import markdown_reader
from support.hostile import FRAGMENTS
from support.hostile import text as hostile_text
from support.security import NOW, report

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.license_report import Form

FORMS: tuple[Form, ...] = ("markdown", "json", "cyclonedx")


def licensed(name: str, given: str | None, ecosystem: str = "npm", version: str | None = "1.0.0",
             source: str = "trivy") -> LicensedPackage:
    package = Package(name=name, version=version, ecosystem=ecosystem)
    return LicensedPackage(package=package, license=given, source=source)


def licensing(*packages: LicensedPackage) -> Licensing:
    policy = LICENSES.kind.parse("preset = bsd-3-clause-compatible\nexceptions.ring = OpenSSL")
    return judge_licenses([report(checks="licenses", licenses=packages)], policy, now=NOW, uses=Uses())


SOME = licensing(
    licensed("left-pad", "MIT"), licensed("@acme/tool", "GPL-3.0"), licensed("ring", "ISC AND OpenSSL", "crates.io"),
    licensed("serde", "MIT/Apache-2.0", "crates.io"), licensed("org.slf4j:slf4j-api", "see the site, please", "Maven"),
    licensed("llvm", "Apache-2.0 WITH LLVM-exception", "crates.io"), licensed("none", None, "PyPI"),
    licensed("own", "LicenseRef-ours", "PyPI"), licensed("two", "MIT"), licensed("two", "ISC", source="spdx"))


def written(form: Form, given: Licensing = SOME) -> str:
    return license_report(given, form, repository="acme/widget", version="1.2.3", now=NOW)


def bom(given: Licensing = SOME) -> dict[str, Any]:
    """The bill of materials, held to CycloneDX's own schema."""
    text = written("cyclonedx", given)
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None, str(error)[:500]
    found: dict[str, Any] = json.loads(text)
    return found


def test_markdown_lists_every_package_below_its_verdict() -> None:
    text = written("markdown")
    assert "9 packages: 2 denied, 2 unknown, 1 excepted, 4 allowed." in text
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Licences of dependencies", "## Denied", "## Unknown", "## Excepted", "## Allowed", "## By licence"]
    assert "| ring | 1.0.0 | crates.io | `ISC AND OpenSSL` |" in text
    assert "`ISC`, `MIT` (sources disagree)" in text


def test_json_has_every_package_with_its_verdict_and_package_url() -> None:
    found = json.loads(written("json"))
    assert found["counts"] == {"denied": 2, "unknown": 2, "excepted": 1, "allowed": 4, "listed": 0}
    by_name = {one["name"]: one for one in found["packages"]}
    assert by_name["@acme/tool"]["purl"] == "pkg:npm/%40acme/tool@1.0.0"
    assert by_name["org.slf4j:slf4j-api"]["purl"] == "pkg:maven/org.slf4j/slf4j-api@1.0.0"
    assert by_name["serde"]["licenses"] == ["Apache-2.0 OR MIT"]
    assert by_name["none"]["licenses"] == []
    assert by_name["two"]["sources_disagree"] is True


def test_cyclonedx_says_what_is_known_in_the_form_that_its_schema_has_for_it() -> None:
    found = bom()
    licenses = {one["name"]: one.get("licenses") for one in found["components"]}
    assert licenses["left-pad"] == [{"license": {"id": "MIT"}}]
    assert licenses["serde"] == [{"expression": "Apache-2.0 OR MIT"}]
    assert licenses["llvm"] == [{"expression": "Apache-2.0 WITH LLVM-exception"}]
    assert licenses["org.slf4j:slf4j-api"] == [{"license": {"name": "see the site, please"}}]
    assert licenses["none"] is None
    assert licenses["two"] == [{"license": {"name": "ISC"}}, {"license": {"name": "MIT"}}]
    verdicts = {one["name"]: next(entry["value"] for entry in one["properties"]
                                  if entry["name"] == "repo-vitals:license:verdict") for one in found["components"]}
    assert verdicts == {one.name: one.state for one in SOME.packages}
    assert found["metadata"]["timestamp"] == "2026-01-31T06:00:00+00:00"


@pytest.mark.parametrize("form", FORMS)
def test_the_same_packages_give_the_same_bytes_in_whatever_order_they_were_read(form: Form) -> None:
    packages = [licensed(f"p{number}", "MIT", ecosystem) for number in range(20) for ecosystem in ("npm", "PyPI")]
    first = written(form, licensing(*packages))
    random.Random(1).shuffle(packages)
    assert written(form, licensing(*packages)) == first
    assert written(form, licensing(*packages[1:])) != first


@pytest.mark.parametrize("form", FORMS)
def test_without_packages_there_is_a_report_all_the_same(form: Form) -> None:
    assert written(form, licensing())
    assert bom(licensing())["bomFormat"] == "CycloneDX"


def test_another_content_has_another_serial_number() -> None:
    assert bom()["serialNumber"] != bom(licensing())["serialNumber"]
    assert bom()["serialNumber"].startswith("urn:uuid:")


@pytest.mark.parametrize(("path", "form"), [("a.md", "markdown"), ("a/b.JSON", "json"), ("bom.cdx.json", "cyclonedx")])
def test_the_form_is_told_by_the_end_of_the_path(path: str, form: Form) -> None:
    assert form_of(path) == form
    assert LICENSE_REPORT.kind.parse(f" {path} ") == path


@pytest.mark.parametrize("path", ["a.txt", "a", "", "md", "a.xml"])
def test_a_path_that_tells_no_form_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="which say its form"):
        LICENSE_REPORT.kind.parse(path)


@given(st.lists(st.builds(licensed, hostile_text, hostile_text, ecosystem=st.sampled_from(["npm", "Maven", "Go", "x"])),
                max_size=3))
def test_strangers_text_leaves_the_bill_of_materials_valid(packages: list[LicensedPackage]) -> None:
    bom(licensing(*packages))


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_strangers_text_is_text_in_markdown(fragment: str) -> None:
    text = written("markdown", licensing(licensed(f"a {fragment} b", f"MIT {fragment}", source=fragment)))
    found = markdown_reader.read(text)
    assert (found.links, found.images, found.filtered, found.fences) == ([], [], [], [])
    assert set(found.html) <= {"<span>", "</span>"}
    assert len(found.rows) == 4
    assert len(found.headings) == 3
