"""More reports of real tools than the tree holds, each held to what its tool, jq or another project says of it.

They are looked for in the folder that REPO_VITALS_SAMPLES names, where `<kind>/manifest.json` says what is expected.
"""
from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from repo_vitals.concerns.security_summary.facts import Report
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import Unreadable
from support.report_files import kept

FOLDER = Path(os.environ.get("REPO_VITALS_SAMPLES", ""))
LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": "info"}


def entries(kind: str) -> list[Any]:
    manifest = FOLDER / kind / "manifest.json"
    if not os.environ.get("REPO_VITALS_SAMPLES") or not manifest.is_file():
        return []
    return [pytest.param(FOLDER / kind / one["file"], one["expected"], id=one["file"])
            for one in json.loads(manifest.read_text(encoding="utf-8"))]


def each(kind: str) -> pytest.MarkDecorator:
    found = entries(kind)
    return pytest.mark.parametrize(("path", "expected"), found or [
        pytest.param(Path(), {}, id="none", marks=pytest.mark.skip("no samples"))])


@each("sec-cargo-audit")
def test_cargo_audit(path: Path, expected: dict[str, Any]) -> None:
    report = read(kept(path))
    found = [one for one in report.advisories if one.kind == "vulnerability"]
    assert [one.ids[0] for one in found] == expected["ids"]
    assert [f"{one.package.name} {one.package.version}" for one in found] == expected["packages"]
    assert [one.vectors[0] if one.vectors else None for one in found] == expected["cvss"]
    assert len(found) == expected["count"]
    assert report.checked == expected["dependency_count"]
    assert Counter(one.kind for one in report.advisories if one.kind != "vulnerability") == expected["warnings"]


@each("sec-cargo-deny")
def test_cargo_deny(path: Path, expected: dict[str, Any]) -> None:
    report = read(kept(path))
    ids = sorted({one.ids[0] for one in report.advisories} - {"yanked"})
    assert ids == expected.get("advisory_ids", [])
    codes = expected.get("by_code", {})
    assert Counter(one.kind for one in report.advisories) == {
        code: count for code, count in codes.items() if code in ("vulnerability", "yanked", "unmaintained", "unsound")}
    assert len([one for one in report.licenses if one.license and one.rejected]) == codes.get("rejected", 0)
    assert Counter(one.code for one in report.policy) == {
        code: count for code, count in codes.items() if code in ("banned", "wildcard")}
    assert bool(report.missing) != ("summary" in expected)


@each("sec-pip-audit")
def test_pip_audit(path: Path, expected: dict[str, Any]) -> None:
    report = read(kept(path))
    assert [one.ids[0] for one in report.advisories] == expected["ids"]
    assert report.checked == expected["dependencies"] - expected["skipped"]
    assert bool(report.missing) == (expected["skipped"] > 0 or not expected["dependencies"])


@each("sec-gitleaks")
def test_gitleaks(path: Path, expected: dict[str, Any]) -> None:
    assert read(kept(path)).secrets == expected["peer_findings"]


@each("sec-semgrep")
def test_semgrep(path: Path, expected: dict[str, Any]) -> None:
    assert len(read(kept(path)).code) == expected["peer_findings"]


@each("sec-sarif")
def test_sarif(path: Path, expected: dict[str, Any]) -> None:
    report = read(kept(path))
    if "must" in expected:
        assert report.missing
        return
    results = (sum(one.count for one in report.code) + len(report.advisories) + len(report.policy)
               + len([one for one in report.licenses if one.rejected]) + (report.secrets or 0))
    # cargo-deny says by one more result why a licence is rejected.
    assert results == expected["results"] - (path.name == "sarif__sarif_licenses.sarif")
    assert [one.partition(" ")[0] for one in report.tool.split(", ")] == expected["tools"]
    assert len([one for one in report.code if one.suppressed]) == expected["suppressed"]
    if len(report.code) == expected["results"]:
        assert Counter(one.level for one in report.code) == {
            LEVELS[level]: count for level, count in expected["by_effective_level"].items()}


@each("sec-licenses")
def test_lists_of_licences(path: Path, expected: dict[str, Any]) -> None:
    if "licenses" not in expected:
        with pytest.raises(Unreadable):
            read(kept(path))
        return
    report = read(kept(path))
    found = Counter(part for one in report.licenses if one.license for part in one.license.split(" AND "))
    assert found == expected["licenses"]
    assert len([one for one in report.licenses if one.license is None]) == expected["unlicensed"]


@each("malformed")
def test_malformed(path: Path, expected: dict[str, Any]) -> None:
    if path.is_dir():
        return
    try:
        report = read(kept(path))
    except Unreadable as refused:
        assert "\n" not in str(refused)
        assert "ids" not in expected
        return
    assert isinstance(report, Report)
    assert [one.ids[0] for one in report.advisories] == expected.get("ids", ["RUSTSEC-2020-0001"])


@pytest.mark.parametrize("path", [
    pytest.param(path, id=f"{path.parent.name}/{path.name}")
    for path in (sorted(FOLDER.glob("*/*")) if os.environ.get("REPO_VITALS_SAMPLES") else [])
    if path.is_file() and path.parent.name.partition("-")[0] in ("bench", "coverage", "gh", "memory", "reg")])
def test_files_of_other_kinds_are_refused(path: Path) -> None:
    with pytest.raises(Unreadable):
        read(kept(path))
