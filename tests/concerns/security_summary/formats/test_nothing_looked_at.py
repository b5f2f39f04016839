"""Reports that tell of nothing, because nothing was looked at: never clean."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.reading import read
from support.report_files import written
from support.security import facts, judged, report, status

if TYPE_CHECKING:
    from pathlib import Path

NONE = dict.fromkeys(("info", "low", "moderate", "high", "critical"), 0)
NPM = {"auditReportVersion": 2, "vulnerabilities": {}}
PNPM = {"advisories": {}, "muted": []}
SEMGREP = {"version": "1.90.0", "results": [], "errors": []}


def trivys_sarif(**more: Any) -> dict[str, Any]:
    run = {"tool": {"driver": {"name": "Trivy", "fullName": "Trivy Vulnerability Scanner", "rules": []}}, "results": []}
    return {"version": "2.1.0", "runs": [{**run, **more}]}


def npm(total: int, **more: Any) -> dict[str, Any]:
    return {**NPM, "metadata": {"vulnerabilities": {**NONE, "total": 0}, "dependencies": {"total": total}}, **more}


def pnpm(total: int) -> dict[str, Any]:
    return {**PNPM, "metadata": {"vulnerabilities": NONE, "totalDependencies": total}}


@pytest.mark.parametrize(("content", "missing"), [
    (trivys_sarif(), "without results, Trivy's SARIF does not tell which checks ran; its JSON does"),
    (npm(0), "no package was looked at"), (NPM, "it does not say that any package was looked at"),
    (pnpm(0), "no package was looked at"),
    ({**SEMGREP, "paths": {"scanned": []}}, "no file was scanned"),
    ({"results": None}, "it has no list of results, so nothing was scanned"),
    ({"SchemaVersion": 2, "Results": [{"Target": "x"}]}, "none of its targets tells what was looked for"),
])
def test_a_report_of_a_tool_that_looked_at_nothing_is_not_whole_and_makes_nothing_clean(
    tmp_path: Path, content: dict[str, Any], missing: str,
) -> None:
    found = read(written(tmp_path, content))
    assert found.missing == (missing,)
    assert status(judged(facts(found))) == "unknown"


def test_yarns_summary_of_no_package_is_not_clean_either(tmp_path: Path) -> None:
    line = '{"type":"auditSummary","data":{"vulnerabilities":{"high":0},"totalDependencies":0}}\n'
    assert read(written(tmp_path, line, name="yarn.ndjson")).missing == ("no package was looked at",)


@pytest.mark.parametrize("content", [npm(3), pnpm(3), {**SEMGREP, "paths": {"scanned": ["a.py"]}}, {"results": []}])
def test_a_report_of_a_tool_that_looked_and_found_nothing_is_clean(tmp_path: Path, content: dict[str, Any]) -> None:
    found = read(written(tmp_path, content))
    assert found.missing == ()
    assert status(judged(facts(found))) == "pass"


def test_reports_that_looked_for_nothing_at_all_are_unknown_together_and_say_so() -> None:
    judgement = judged(facts(report(checks=""), report(checks="")))
    assert status(judgement) == "unknown"
    assert any("looked for anything" in note for note in judgement.notes)
    assert status(judged(facts(report(checks=""), report()))) == "pass"
