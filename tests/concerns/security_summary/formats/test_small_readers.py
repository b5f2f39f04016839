"""pip-audit, gitleaks and Semgrep."""
from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.facts import Advisory, CodeFinding, Package
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import Unreadable
from support.report_files import SECURITY, kept, written

if TYPE_CHECKING:
    from pathlib import Path


def test_pip_audit_tells_each_vulnerability_of_each_package() -> None:
    report = read(kept(SECURITY / "pip-audit" / "2.10.1.json"))
    assert report.advisories[0] == Advisory(
        ids=("PYSEC-2099-10", "CVE-2099-0010", "GHSA-2222-3333-8888"), source="pip-audit",
        package=Package(name="acme-web", version="0.5", ecosystem="PyPI"), fixed=("0.6.1", "1.0"),
        title="acme-web before 1.0 uses memory without a limit. More words.")
    assert [one.ids[0] for one in read(kept(SECURITY / "pip-audit" / "many.json")).advisories] == [
        "PYSEC-2021-76", "PYSEC-2021-439", "PYSEC-2021-852", "PYSEC-2019-128", "PYSEC-2020-260", "PYSEC-2019-129",
        "PYSEC-2020-259"]


@pytest.mark.parametrize(("name", "missing", "checked"), [
    ("2.10.1_all_skipped.json", ("3 of 3 packages could not be audited",), 0),
    ("skipped.json", ("1 of 3 packages could not be audited",), 2),
    ("empty.json", ("no package was looked at",), 0),
    ("2_fixed.json", (), 1),
])
def test_a_package_that_pip_audit_skipped_is_not_clean(name: str, missing: tuple[str, ...], checked: int) -> None:
    report = read(kept(SECURITY / "pip-audit" / name))
    assert (report.missing, report.checked) == (missing, checked)


def test_what_pip_audit_mended_is_told() -> None:
    report = read(kept(SECURITY / "pip-audit" / "2_fixed.json"))
    assert report.notes == ("the tool changed packages after it looked: this is how they were before",)
    assert report.advisories[0].ids == ("PYSEC-2014-8", "CVE-2014-1402")


@pytest.mark.parametrize("document", [
    {"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "version": "1"}]},
    {"dependencies": [{"name": "a", "version": "1", "vulns": [{"fix_versions": []}]}]},
    {"dependencies": [{"name": "a", "vulns": [{"id": "X"}]}]},
    {"dependencies": [{"name": "a", "version": "1", "vulns": []}, 7]},
    [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "version": "1", "vulns": {}}],
])
def test_a_package_of_pip_audit_that_lacks_its_parts_is_refused(tmp_path: Path, document: object) -> None:
    with pytest.raises(Unreadable, match=r"^has (no|a) "):
        read(written(tmp_path, document))


@pytest.mark.parametrize(("name", "secrets"), [("7_one.json", 1), ("8.30.1.json", 2)])
def test_leaks_are_counted_and_nothing_of_them_is_kept(name: str, secrets: int) -> None:
    report = read(kept(SECURITY / "gitleaks" / name))
    assert (report.secrets, report.checks) == (secrets, {"secrets"})
    kept_words = repr(asdict(report))
    for told in ("PRIVATE KEY", "cert-key.pem", "John Doe", "opensesame1", "acme-token", "app.env", "ann@example.com"):
        assert told not in kept_words


def test_an_entry_that_is_no_leak_is_refused(tmp_path: Path) -> None:
    leak = {"RuleID": "a", "Secret": "b", "File": "c"}
    assert read(written(tmp_path, [leak, leak])).secrets == 2
    with pytest.raises(Unreadable, match=r"has an entry that is no leak \(number 2\)"):
        read(written(tmp_path, [leak, {}]))


def test_semgreps_levels_suppressions_and_categories_are_told() -> None:
    report = read(kept(SECURITY / "semgrep" / "1.97_levels.json"))
    assert report.tool == "semgrep 1.97.0"
    assert [(one.level, one.level_given, one.security, one.fingerprint, bool(one.suppressed)) for one in report.code] \
        == [("high", False, True, None, False), ("medium", False, True, "0123abcd_0", False),
            ("low", False, False, None, False), ("high", False, True, None, True),
            ("critical", True, True, None, False)]
    assert report.code[0] == CodeFinding(
        rule="rules.a", source="semgrep", title="Do not.", level="high", level_given=False, file="src/a.py", line=1,
        url="https://sg.run/abc")
    assert report.missing == ()
    assert report.notes == ("parts of files that could not be parsed were not looked at (1)",)


def test_semgreps_supply_chain_gives_advisories() -> None:
    report = read(kept(SECURITY / "semgrep" / "1.97_levels.json"))
    assert report.advisories == (Advisory(
        ids=("CVE-2023-1428",), source="semgrep", title="grpc can be made to abort.", level="high", fixed=("1.53.0",),
        package=Package(name="grpcio", version="1.47.0", ecosystem="PyPI", file="poetry.lock", line=12), direct=True),)
    assert report.checks == {"code", "vulnerabilities"}


def test_errors_of_semgrep_leave_a_report_unfinished() -> None:
    report = read(kept(SECURITY / "semgrep" / "0.100_errors.json"))
    assert report.code == ()
    assert report.missing == ("2 errors while scanning: files or rules were left out",)


def test_semgrep_without_findings_looked_for_them() -> None:
    report = read(kept(SECURITY / "semgrep" / "empty.json"))
    assert (report.code, report.missing, report.checks) == ((), (), {"code"})


@pytest.mark.parametrize(("change", "message"), [
    ({"check_id": ""}, "has no rule of a result"), ({"extra": {"severity": "odd"}}, "of a severity that is not known"),
    ({"path": None}, "has no path of a result"), ({"extra": None}, "has a result with an extra part that is no object"),
])
def test_a_result_of_semgrep_that_lacks_its_parts_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str,
) -> None:
    good = {"check_id": "a", "path": "b", "start": {"line": 1}, "extra": {"message": "c", "severity": "INFO"}}
    assert len(read(written(tmp_path, {"results": [good], "errors": []})).code) == 1
    with pytest.raises(Unreadable, match=message):
        read(written(tmp_path, {"results": [good, {**good, **change}], "errors": []}))
