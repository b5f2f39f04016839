"""What tools say in words where a score is usual, and names that only some versions use. The documents are ours."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.reading import read
from support.report_files import SECURITY, written

if TYPE_CHECKING:
    from pathlib import Path


def sarif(tool: str, rule: dict[str, Any], message: str, *, level: str = "error") -> dict[str, Any]:
    return {"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": tool, "rules": [{**rule, "defaultConfiguration": {"level": level}}]}},
        "results": [{"ruleId": rule["id"], "message": {"text": message}, "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": "acme/list"}, "region": {"startLine": 1}}}]}]}]}


@pytest.mark.parametrize(("word", "level"), [("critical", "critical"), ("low", "low"), ("negligible", "info")])
def test_grype_wrote_its_severity_as_a_word_where_a_score_is_meant(tmp_path: Path, word: str, level: str) -> None:
    rule = {"id": "CVE-2099-0001-acme-tool", "properties": {"security-severity": word}}
    report = read(written(tmp_path, sarif("Grype", rule, f"A {word} vulnerability in python package: acme-tool, "
                                          "version 1.0.0 was found at: /acme/list"), name="grype.sarif"))
    assert [(one.ids, one.level) for one in report.advisories] == [(("CVE-2099-0001",), level)]


@pytest.mark.parametrize(("tag", "level"), [("MEDIUM", "medium"), ("CRITICAL", "critical"), ("UNKNOWN", "high")])
def test_trivys_severity_stands_among_the_tags_where_there_is_no_score(tmp_path: Path, tag: str, level: str) -> None:
    rule = {"id": "CVE-2099-0002", "properties": {"tags": ["vulnerability", "security", tag]}}
    report = read(written(tmp_path, sarif("Trivy", rule, "Package: acme-lib\nInstalled Version: 1.0.0-r0\n"
                                          "Vulnerability CVE-2099-0002\nSeverity: x\nFixed Version: 1.0.1-r0\nLink: x"),
                          name="trivy.sarif"))
    assert [(one.ids, one.package.name, one.fixed, one.level) for one in report.advisories] == [
        (("CVE-2099-0002",), "acme-lib", ("1.0.1-r0",), level)]


def test_an_id_that_debian_gives_for_the_time_being_is_one_of_an_advisory(tmp_path: Path) -> None:
    rule = {"id": "TEMP-0123456-ABCDEF", "properties": {"tags": ["vulnerability", "security", "LOW"]}}
    report = read(written(tmp_path, sarif("Trivy", rule, "Package: acme-sh\nInstalled Version: 5.0\n"
                                          "Vulnerability TEMP-0123456-ABCDEF\nSeverity: LOW\nFixed Version: \nLink: x"),
                          name="trivy.sarif"))
    assert [one.ids for one in report.advisories] == [("TEMP-0123456-ABCDEF",)]


@pytest.mark.parametrize(("code", "word"), [("B001", "banned"), ("B004", "duplicate"), ("B006", "wildcard")])
def test_cargo_denys_codes_of_bans_were_numbers_before_they_were_words(tmp_path: Path, code: str, word: str) -> None:
    lines = [json.dumps(one) for one in (
        {"type": "diagnostic", "fields": {"severity": "error", "code": code, "message": "no", "labels": [], "notes": [],
                                          "graphs": [{"Krate": {"name": "acme", "version": "1.0.0"}}]}},
        {"type": "summary", "fields": {"bans": {"errors": 1, "warnings": 0, "notes": 0, "helps": 0}}})]
    report = read(written(tmp_path, "\n".join(lines) + "\n", name="deny.ndjson"))
    assert [(one.code, one.package and one.package.name) for one in report.policy] == [(word, "acme")]


def test_githubs_bill_of_materials_lists_what_the_repository_needs_and_not_itself(tmp_path: Path) -> None:
    document: Any = json.loads((SECURITY / "spdx/2.3_github.json").read_text(encoding="utf-8"))
    document["sbom"]["packages"][0]["licenseDeclared"] = "MIT"      # the repository's own
    document["sbom"]["relationships"].append({"relationshipType": "DESCRIBES", "spdxElementId": "SPDXRef-DOCUMENT",
                                              "relatedSpdxElement": "SPDXRef-1"})
    report = read(written(tmp_path, document, name="sbom.json"))
    assert [one.package.name for one in report.licenses] == ["serde", "actions/checkout"]
