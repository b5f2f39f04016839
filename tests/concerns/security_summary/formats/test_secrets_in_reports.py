"""Secrets are counted, and nothing that a tool says of them is repeated."""
from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.formats import sarif_results
from repo_vitals.concerns.security_summary.formats.secret_rules import finds_secrets, is_tool
from repo_vitals.concerns.security_summary.reading import read
from support.report_files import written

if TYPE_CHECKING:
    from pathlib import Path

WORD = "hunter2-S3CR3T"


def sarif(tool: str, rule: str, *, described: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    result = {"ruleId": rule, "level": "note", "message": {"text": f"Possible hardcoded password: '{WORD}'"}, **more}
    rules = [] if described is None else [{"id": rule, **described}]
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool, "rules": rules}}, "results": [result]}]}


def semgrep(rule: str, *, metadata: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    extra = {"message": f"A key: {WORD}", "severity": "ERROR", "metadata": metadata or {}, **more}
    return {"version": "1.100.0", "errors": [], "results": [
        {"check_id": rule, "path": "config.py", "start": {"line": 1}, "extra": extra}]}


@pytest.mark.parametrize(("tool", "rule", "described"), [
    ("secretlint", "@secretlint/secretlint-rule-aws", None), ("noseyparker", "np.aws.1", None),
    ("Nosey Parker", "np.aws.1", None), ("kingfisher", "kingfisher.aws.1", None), ("talisman", "x", None),
    ("betterleaks", "x", None), ("ggshield secret scan", "x", None), ("TruffleHog OSS", "x", None),
    ("Bandit", "B105", {"name": "hardcoded_password_string"}), ("Bandit", "B106", None), ("Bandit", "B107", None),
    ("Checkov", "CKV_SECRET_6", None), ("Semgrep OSS", "generic.secrets.security.detected-aws-key", None),
    ("Semgrep OSS", "javascript.jwt.hardcoded-jwt-secret", None),
    ("CodeQL", "py/hardcoded-credentials", None), ("any", "leaked-secret", None),
    ("any", "x1", {"properties": {"tags": ["security", "external/cwe/cwe-798"]}}),
    ("any", "x1", {"properties": {"tags": ["CWE-259: Use of Hard-coded Password"]}}),
    ("any", "x1", {"properties": {"cwe": ["CWE-321"]}}),
    ("gosec", "G101", {"relationships": [{"target": {"id": "798", "toolComponent": {"name": "CWE"}}}]}),
])
def test_a_secret_in_sarif_is_counted_and_never_described(
    tmp_path: Path, tool: str, rule: str, described: dict[str, Any] | None,
) -> None:
    report = read(written(tmp_path, sarif(tool, rule, described=described)))
    assert (report.secrets, report.code) == (1, ())
    assert "secrets" in report.checks
    assert WORD not in repr(asdict(report))


def test_a_secret_that_is_suppressed_does_not_count(tmp_path: Path) -> None:
    report = read(written(tmp_path, sarif("Bandit", "B105", suppressions=[{"kind": "inSource"}])))
    assert (report.secrets or 0, report.code) == (0, ())
    assert report.checks == {"code", "secrets"}


def test_a_secret_beyond_those_kept_with_their_places_counts_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repo_vitals.concerns.security_summary.formats.sarif.MOST_IN_DETAIL", 0)
    assert sarif_results.MOST_IN_DETAIL > 0
    report = read(written(tmp_path, sarif("Bandit", "B105")))
    assert (report.secrets, report.code) == (1, ())


@pytest.mark.parametrize(("tool", "rule"), [
    ("zizmor", "zizmor/secrets-inherit"), ("CodeQL", "actions/excessive-secrets-exposure"),
    ("Semgrep OSS", "terraform.aws.security.aws-secretsmanager-secret-unencrypted"),
])
def test_how_secrets_are_handled_is_a_finding_in_code_told_by_its_rule(tmp_path: Path, tool: str, rule: str) -> None:
    report = read(written(tmp_path, sarif(tool, rule, described={"shortDescription": {"text": "What it is about"}})))
    assert [(one.rule, one.title, report.secrets) for one in report.code] == [(rule, "What it is about", None)]
    assert WORD not in repr(asdict(report))


@pytest.mark.parametrize(("tool", "rule", "tags"), [
    ("Bandit", "B108", ()), ("any", "secretary", ()), ("any", "py/x", ("external/cwe/cwe-1798", "cwe-79")),
    ("CodeQL", "py/hardcoded-path", ("CWE-7980",)), ("Checkov", "CKV_AWS_1", ()),
])
def test_other_rules_find_no_secrets(tool: str, rule: str, tags: tuple[str, ...]) -> None:
    assert not finds_secrets(tool, rule, tags=tags)
    assert not is_tool(tool)


@pytest.mark.parametrize("report", [
    semgrep("generic.secrets.security.detected-aws-key"), semgrep("a.b", metadata={"product": "secrets"}),
    semgrep("a.b", validation_state="CONFIRMED_VALID"),
    semgrep("a.b", metadata={"cwe": ["CWE-798: Use of Hard-coded Credentials"]}),
    semgrep("a.b", metadata={"cwe": "CWE-798: Use of Hard-coded Credentials"}),
])
def test_a_secret_in_semgreps_json_is_counted_and_never_described(tmp_path: Path, report: dict[str, Any]) -> None:
    found = read(written(tmp_path, report))
    assert (found.secrets, found.code, found.checks) == (1, (), {"code", "secrets"})
    assert WORD not in repr(asdict(found))


def test_semgrep_says_of_every_result_that_is_no_secret_that_nothing_validates_it(tmp_path: Path) -> None:
    found = read(written(tmp_path, semgrep("a.b", validation_state="NO_VALIDATOR")))
    assert (found.secrets, [one.rule for one in found.code]) == (None, ["a.b"])


def test_a_secret_that_semgrep_was_told_to_ignore_does_not_count(tmp_path: Path) -> None:
    found = read(written(tmp_path, semgrep("a.b", metadata={"product": "secrets"}, is_ignored=True)))
    assert (found.secrets, found.code) == (0, ())
