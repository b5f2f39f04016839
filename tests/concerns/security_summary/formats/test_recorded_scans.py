"""Reports that tools really wrote, with what others counted in them; where that folder lies beside the clone."""
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import Unreadable
from support.report_files import kept

SAMPLES = Path(__file__).parents[4].parent.parent / "shared" / "data" / "samples"
FOLDERS = ("sec-npm-audit", "sec-osv-scanner", "sec-trivy", "sec-grype", "sec-sbom")
WORDS = {"moderate": "medium", "negligible": "info", "null": None, "unknown": None}


def recorded(*folders: str) -> list[Any]:
    return [pytest.param(SAMPLES / folder / entry["file"], entry["expected"], id=f"{folder}/{entry['file']}")
            for folder in folders if (SAMPLES / folder).is_dir()
            for entry in json.loads((SAMPLES / folder / "manifest.json").read_text(encoding="utf-8"))]


def levels(counts: dict[str, int]) -> dict[str | None, int]:
    return {WORDS.get(word.lower(), word.lower()): count for word, count in counts.items() if count and word != "total"}


def found_levels(advisories: Any) -> dict[str | None, int]:
    return dict(Counter(one.level for one in advisories))


@pytest.mark.parametrize(("path", "expected"), recorded("sec-npm-audit"))
def test_npm(path: Path, expected: dict[str, Any]) -> None:
    if "must_be" in expected:
        with pytest.raises(Unreadable, match="says that the audit itself failed"):
            read(kept(path))
        return
    report = read(kept(path))
    assert report.missing == ()
    if "auditAdvisory_lines" in expected:
        assert len(report.advisories) == expected["auditAdvisory_lines"]
    elif expected["auditReportVersion"] is None:
        assert len(report.advisories) == expected["peer_findings"] == expected["advisories"]
        counts = Counter()
        for one in report.advisories:
            counts[one.level] += len(one.paths)     # npm 6 counts paths
        assert dict(counts) == levels(expected["metadata_vulnerabilities"])
    else:   # npm 7 counts packages, of which several may be vulnerable by one advisory
        vias = {via["url"] for one in json.loads(path.read_text(encoding="utf-8"))["vulnerabilities"].values()
                for via in one["via"] if isinstance(via, dict)}
        assert {one.url for one in report.advisories} == vias
        assert len(report.advisories) == len(vias)


@pytest.mark.parametrize(("path", "expected"), recorded("sec-osv-scanner"))
def test_osv_scanner(path: Path, expected: dict[str, Any]) -> None:
    if expected.get("bytes") == 0:
        with pytest.raises(Unreadable, match="is empty"):
            read(kept(path))
        return
    report = read(kept(path))
    assert len(report.advisories) == expected["groups"]
    assert len({one.ids[0] for one in report.advisories}) == expected["unique_ids"]


@pytest.mark.parametrize(("path", "expected"), recorded("sec-trivy"))
def test_trivy(path: Path, expected: dict[str, Any]) -> None:
    report = read(kept(path))
    assert (len(report.advisories), len(report.code), report.secrets or 0) == (
        expected["vulnerabilities"], expected["misconfigurations"], expected["secrets"])
    assert found_levels(report.advisories) == levels(expected["by_severity"])


@pytest.mark.parametrize(("path", "expected"), recorded("sec-grype"))
def test_grype(path: Path, expected: dict[str, Any]) -> None:
    report = read(kept(path))
    assert len(report.advisories) == expected["matches"]
    assert found_levels(report.advisories) == levels(expected["by_severity"])
    assert sum(bool(one.fixed) for one in report.advisories) == expected["with_fix"]


@pytest.mark.parametrize(("path", "expected"), recorded("sec-sbom"))
def test_components(path: Path, expected: dict[str, Any]) -> None:
    report = read(kept(path))
    assert report.advisories == ()
    if path.suffix == ".xml":       # the count has the component that the document describes
        assert report.checked == expected["components"] - 1
    else:
        assert report.checked == expected.get("components", expected.get("packages", expected.get("PackageName_lines")))
    if report.format == "cyclonedx" and "licenses" in expected:
        assert Counter(one.license for one in report.licenses) == expected["licenses"]


def malformed() -> list[Path]:
    return sorted(path for path in (SAMPLES / "malformed").glob("*") if path.suffix not in (".py", ".md"))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in malformed()])
@pytest.mark.parametrize("reader", ["npm-audit", "osv-scanner", "trivy", "grype", "cyclonedx", "spdx"])
def test_no_malformed_file_is_a_report_of_ours(path: Path, reader: str) -> None:
    with pytest.raises(Unreadable):
        read(kept(path, reader=reader))
