"""SARIF files of several tools, and files that are not whole."""
from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.facts import (
    Advisory,
    CodeFinding,
    LicensedPackage,
    Package,
    PolicyFinding,
)
from repo_vitals.concerns.security_summary.formats import sarif, sarif_results
from repo_vitals.concerns.security_summary.formats.sarif_packages import about
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import Unreadable
from support.report_files import SECURITY, kept, written

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SECURITY / "sarif"


def document(*runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "2.1.0", "runs": list(runs), **more}


def run(*results: dict[str, Any], name: str = "t", rules: list[dict[str, Any]] | None = None,
        **more: Any) -> dict[str, Any]:
    return {"tool": {"driver": {"name": name, "rules": rules or []}}, "results": list(results), **more}


def result(rule: str = "R1", **more: Any) -> dict[str, Any]:
    return {"ruleId": rule, "message": {"text": "m"}, **more}


def test_codeqls_rules_stand_in_an_extension_and_its_results_before_its_tool() -> None:
    report = read(kept(FOLDER / "codeql_results_first.sarif"))
    assert report.code == (
        CodeFinding(rule="py/sql-injection", source="CodeQL", level="high", score=8.8, file="app/my db.py", line=7,
                    title="This SQL query depends on a [user-provided value](1).", fingerprint="39fa2ee980eb94b0:1"),
        CodeFinding(rule="py/unused-import", source="CodeQL", level="low", level_given=False, file="app/main.py",
                    line=1, title="Import of 'os' is not used.", fingerprint="aaaa:1", security=False))
    assert (report.tool, report.missing) == ("CodeQL 2.20.1", ())
    assert report.made_at == datetime(2026, 3, 1, 8, tzinfo=timezone.utc)


@pytest.mark.parametrize(("name", "levels"), [
    ("njsscan.sarif", {"high": 1, "medium": 1}), ("appendix_k.sarif", {"high": 1}),
    ("suppressions.sarif", {"medium": 5}), ("appendix_k1.sarif", {}),
    ("zizmor_1.32.0_none.sarif", {}), ("clippy.sarif", {"medium": 1}),
])
def test_findings_have_the_effective_levels(name: str, levels: dict[str, int]) -> None:
    assert Counter(one.level for one in read(kept(FOLDER / name)).code) == levels


def test_suppressed_results_are_told_apart() -> None:
    assert [bool(one.suppressed) for one in read(kept(FOLDER / "suppressions.sarif")).code] == [
        True, True, True, False, False]
    assert read(kept(FOLDER / "appendix_k.sarif")).code[0].suppressed


def test_clippys_results_are_not_about_security() -> None:
    assert [one.security for one in read(kept(FOLDER / "clippy.sarif")).code] == [False]


@pytest.mark.parametrize("name", ["gitleaks_7.5.0.sarif", "trivy.sarif"])
def test_secrets_are_counted_and_nothing_of_them_is_kept(name: str) -> None:
    report = read(kept(FOLDER / name))
    assert report.secrets == {"gitleaks_7.5.0.sarif": 8, "trivy.sarif": 1}[name]
    told = repr(asdict(report))
    assert "AKIA" not in told
    assert "AWS Access Key" not in told
    assert "deploy.sh" not in told


def test_gitleaks_without_leaks_looked_for_them(tmp_path: Path) -> None:
    report = read(written(tmp_path, document(run(name="gitleaks"))))
    assert (report.secrets, report.checks) == (0, {"secrets"})


def test_osv_scanners_results_are_advisories() -> None:
    report = read(kept(FOLDER / "osv_scanner_2.sarif"))
    assert report.code == ()
    assert report.advisories[0] == Advisory(
        ids=("CVE-2022-24713", "RUSTSEC-2022-0013", "GHSA-m5pq-gvj9-9vr8"), source="osv-scanner",
        package=Package(name="regex", version="1.5.1", ecosystem="crates.io",
                        file="/path/to/sub-rust-project/Cargo.lock"),
        title="CVE-2022-24713: Regexes with large repetitions on empty sub-expressions take a very long time to parse",
        scores=(("", 7.5),), fixed=("1.5.5",), url="https://rustsec.org/advisories/RUSTSEC-2022-0013")
    assert report.advisories[1].package == Package(
        name="github.com/gogo/protobuf", version="1.3.1", ecosystem="Go", file="/path/to/go.mod")
    assert report.checks == {"vulnerabilities"}


def test_trivys_results_are_advisories_misconfigurations_and_secrets() -> None:
    report = read(kept(FOLDER / "trivy.sarif"))
    assert [(one.ids, one.package.name, one.package.version, one.fixed, one.scores) for one in report.advisories] == [
        (("CVE-2019-1549",), "libcrypto1.1", "1.1.1c-r0", ("1.1.1d-r0",), (("", 5.3),)),
        (("CVE-2019-1549",), "libssl1.1", "1.1.1c-r0", (), (("", 5.3),))]
    assert [(one.rule, one.level, one.score, one.file) for one in report.code] == [("DS002", "high", 8.0, "Dockerfile")]
    assert report.checks == {"vulnerabilities", "code", "secrets"}


def test_grypes_results_are_advisories() -> None:
    report = read(kept(FOLDER / "grype.sarif"))
    assert [(one.ids, one.package.name, one.package.version, one.fixed) for one in report.advisories] == [
        (("CVE-1999-0001",), "package-1", "1.1.1", ("1.2.1", "2.1.3", "3.4.0")),
        (("CVE-1999-0002",), "package-2", "2.2.2", ())]


def test_an_old_grypes_rule_holds_the_id_among_other_words() -> None:
    found = about("ANCHOREVULN_GHSA-hj48-42vr-x3v9_npm_path-parse_1.0.6", "The path /a/package.json reports path-parse "
                  "at version 1.0.6  which would result in a vulnerable (npm) package installed", file=None, line=1)
    assert found is not None
    assert (found.ids, found.package.ecosystem, found.package.version) == (("GHSA-hj48-42vr-x3v9",), "npm", "1.0.6")


@pytest.mark.parametrize(("rule", "message"), [
    ("CVE-2020-1234", "a message without a package"), ("py/cve", "Package 'a@1' is vulnerable to 'x'."), ("", ""),
])
def test_a_result_that_names_no_package_or_no_advisory_is_a_finding_in_code(
    tmp_path: Path, rule: str, message: str,
) -> None:
    report = read(written(tmp_path, document(run({"ruleId": rule, "message": {"text": message}}))))
    assert [(one.rule, report.advisories) for one in report.code] == [(rule, ())]


def test_cargo_denys_results_are_what_its_json_would_tell(tmp_path: Path) -> None:
    bans = read(kept(FOLDER / "cargo_deny_0.20.2_bans.sarif"))
    crate = Package(name="memoffset", version="0.6.5", ecosystem="crates.io")
    assert bans.policy == (PolicyFinding(
        check="bans", code="banned", level="high", source="cargo-deny", package=crate,
        title="crate 'memoffset = 0.6.5' is explicitly banned"),)
    assert (bans.code, bans.checks) == ((), {"bans"})
    licenses = read(kept(FOLDER / "cargo_deny_licenses.sarif"))
    assert licenses.licenses == (LicensedPackage(
        package=Package(name="gnu-licenses", version="0.1.0", ecosystem="crates.io"), source="cargo-deny",
        license="Apache-2.0/GPL-2.0+ AND LGPL-3.0-only or gnu gpl v3",
        rejected="failed to satisfy license requirements"),)
    prints = {"cargo-deny/id": "a:vulnerability", "cargo-deny/advisory-id": "RUSTSEC-2024-0421",
              "cargo-deny/krate": "idna@0.4.0"}
    text = {"text": "Punycode", "markdown": "# x\n## Patched\n- `>=1.0.0`\n- `>=0.5.1, <0.6.0`\n\n## Affected\n- `x`"}
    advisory = {"ruleId": "a:vulnerability", "level": "error", "message": text, "partialFingerprints": prints}
    found = read(written(tmp_path, document(run(advisory, name="cargo-deny")))).advisories
    assert [(one.ids, one.package.name, one.fixed, one.level) for one in found] == [
        (("RUSTSEC-2024-0421",), "idna", (">=1.0.0", ">=0.5.1, <0.6.0"), None)]


def test_cargo_denys_sarif_without_results_does_not_tell_what_was_checked(tmp_path: Path) -> None:
    report = read(written(tmp_path, document(run(name="cargo-deny"))))
    assert report.checks == frozenset()
    assert report.missing == ("without results, cargo-deny's SARIF does not tell which checks ran; its JSON does",)


FAILED = {"executionSuccessful": False}
ERROR = {"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error", "message": {"text": "x"}}]}
MISCONFIGURED = {"executionSuccessful": True, "toolConfigurationNotifications": [
    {"level": "error", "message": {"text": "x"}}]}
NOT_STARTED = {"executionSuccessful": True, "processStartFailureMessage": "no such file"}


@pytest.mark.parametrize(("content", "missing"), [
    (document(), "holds no run, so nothing was looked for"),
    (document({"tool": {"driver": {"name": "t"}}}), "a run has no list of results, so the tool did not look"),
    (document({"tool": {"driver": {"name": "t"}}, "results": None}), "a run has no list of results, so the"),
    (document(run(invocations=[FAILED])), "a run of the tool failed"),
    (document(run(invocations=[NOT_STARTED])), "a run of the tool failed"),
    (document(run(invocations=[ERROR])), "the tool met 1 error while it ran"),
    (document(run(invocations=[MISCONFIGURED, ERROR])), "the tool met 2 errors while it ran"),
    (document(run(), run(invocations=[FAILED])), "a run of the tool failed"),
    (document({"tool": {"driver": {"name": "t"}}, "externalPropertyFileReferences": {"results": [{}]}}),
     "a run keeps its results in another file, which is not read"),
    (document(run(), inlineExternalProperties=[{"results": [result()]}]),
     "results that stand outside their run were not read"),
])
def test_a_file_that_is_not_whole_says_so(tmp_path: Path, content: dict[str, Any], missing: str) -> None:
    report = read(written(tmp_path, content))
    assert [one[:len(missing)] for one in report.missing] == [missing]


@pytest.mark.parametrize(("content", "message"), [
    ({"$schema": "sarif-2.1.0.json", "version": "2.1.0"}, "has no list of runs, as SARIF has"),
    ({"$schema": "sarif-2.1.0.json", "version": "2.1.0", "runs": None}, "has no list of runs, as SARIF has"),
    ({"version": "1.0.0", "runs": [run()]}, "is not SARIF 2.1.0, the only version that is read"),
    ({"runs": [run()]}, "is not SARIF 2.1.0, the only version that is read"),
    (document({"results": []}), "has a run without a tool"),
    (document(run("x")), "has a result that is no object"),  # type: ignore[arg-type]
    (document(run(rules=["x"])), "has a rule that is no object"),  # type: ignore[list-item]
])
def test_what_is_no_sarif_is_refused(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read(written(tmp_path, content))


def test_runs_of_several_tools_are_told_by_their_tools(tmp_path: Path) -> None:
    report = read(written(tmp_path, document(run(result(), name="a"), run(result("R2"), name="b"), run(name="a"))))
    assert [(one.source, one.rule) for one in report.code] == [("a", "R1"), ("b", "R2")]
    assert report.tool == "a, b"


def test_beyond_the_results_that_are_kept_in_detail_the_rest_is_counted_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sarif, "MOST_IN_DETAIL", 3)
    rules = [{"id": "R1", "shortDescription": {"text": "one"}, "defaultConfiguration": {"level": "error"}},
             {"id": "R2", "properties": {"security-severity": "4.0"}}]
    more = [result("R1", ruleIndex=0), result("R2", ruleIndex=1), result("R1", suppressions=[{"kind": "inSource"}]),
            result("R1", baselineState="absent"), result("R1", kind="pass"), result("R2", level="note")] * 10
    first = run(result(), result(), rules=rules)
    second = run(*[result(locations=[])], *more, rules=rules)
    report = read(written(tmp_path, document(first, second)))
    whole: Counter[tuple[str, str, bool]] = Counter()
    for one in report.code:
        whole[(one.rule, one.level, one.suppressed is not None)] += one.count
    assert whole == {("R1", "high", False): 13, ("R2", "medium", False): 20, ("R1", "high", True): 10}
    assert [one.count for one in report.code] == [1, 1, 1, 10, 10, 10, 10]
    assert {(one.title, one.file, one.line) for one in report.code[3:]} == {("one", None, None), ("R2", None, None)}
    assert report.notes == (
        "40 results were counted without their places, since the file holds so many",
        "10 results say that there is no problem, and do not count",
        "10 results of an earlier run are gone, and do not count")


def test_secrets_beyond_the_detail_are_counted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_IN_DETAIL", 1)
    report = read(written(tmp_path, document(run(result(), result(), result("R2"), name="gitleaks"))))
    assert (report.secrets, report.code) == (3, ())


def test_results_of_endless_kinds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_IN_DETAIL", 0)
    monkeypatch.setattr(sarif_results, "_MOST_OUTCOMES", 3)
    assert len(read(written(tmp_path, document(run(*[result(f"R{n % 3}") for n in range(9)])))).code) == 3
    with pytest.raises(Unreadable, match="has results of more than 3 kinds"):
        read(written(tmp_path, document(run(*[result(f"R{n}") for n in range(4)]))))


def test_the_order_of_keys_changes_nothing(tmp_path: Path) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(inner) for key, inner in reversed(value.items())}
        return [turned(inner) for inner in value] if isinstance(value, list) else value

    for path in sorted(FOLDER.glob("*.sarif")):
        once = read(kept(path))
        again = read(written(tmp_path, json.dumps(turned(json.loads(path.read_text()))), name=path.name))
        assert again == once
