"""Users' own rules: what they may say, what they raise, and what they can't do."""
from __future__ import annotations

import json
import time

import pytest

from repo_vitals.errors import InputError
from repo_vitals.report import rules as module
from repo_vitals.report.rules import RULE, Rule, apply_rules, parse_rules
from repo_vitals.report.status import overall
from support.reports import metric, report

REPORT = report(metrics=(metric("issues_open", 120),)).as_json()
MANY = '.metrics[] | select(.name == "issues_open") | .value > 100'


def parsed(*lines: str) -> list[tuple[str, str, str]]:
    return [(rule.severity, rule.expression, rule.title) for rule in parse_rules(lines)]


def holds(expression: str) -> bool:
    return bool(apply_rules(parse_rules([f"low: {expression}"]), REPORT))


def refusal(*lines: str) -> str:
    with pytest.raises(InputError) as caught:
        apply_rules(parse_rules(lines), REPORT)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_rule_is_a_severity_an_expression_and_a_title():
    assert parsed(f"medium: {MANY} # Too many open issues") == [("medium", MANY, "Too many open issues")]


def test_without_a_title_the_expression_is_the_title():
    assert parsed("info:true") == [("info", "true", "true")]


@pytest.mark.parametrize(("line", "expression", "title"), [
    ('low: .summary == "a # b" # t', '.summary == "a # b"', "t"),
    ('low: "\\(if "#" == "a" then "(#" else ")" end)#" == "" # t',
     '"\\(if "#" == "a" then "(#" else ")" end)#" == ""', "t"),
    ('low: "\\"#" == "x"', '"\\"#" == "x"', '"\\"#" == "x"'),
    ('low: @text "#\\("#")" == "##" #t # u', '@text "#\\("#")" == "##"', "t # u"),
    ('low: (("\\(("#"))" | length) > 1)# t', '(("\\(("#"))" | length) > 1)', "t"),
    ("low: true #", "true", "true"),
    ("low: true, # why not\n false # t", "true, # why not\n false", "t"),
    ("low: true # t\n  \n", "true", "t"),
])
def test_a_hash_ends_the_expression_only_where_jq_sees_a_comment(line, expression, title):
    assert parsed(line) == [("low", expression, title)]


def test_blank_lines_and_comments_are_no_rules_but_count_as_lines():
    assert [rule.number for rule in parse_rules(["", "# severity: expression", "  # x", "low: true"])] == [4]
    assert parse_rules([]) == ()
    assert apply_rules((), REPORT) == ()


@pytest.mark.parametrize("severity", ["info", "low", "medium", "high", "critical", "High"])
def test_every_severity_of_a_finding_can_be_given(severity):
    assert parsed(f"{severity} : true")[0][0] == severity.lower()


@pytest.mark.parametrize(("line", "said"), [
    (".status == \"fail\"", "does not begin with a severity and a colon"),
    ("hihg: true", "unknown severity 'hihg'; did you mean high?"),
    ("urgent: true", "use info, low, medium, high or critical"),
    ("low:", "has no expression"),
    ("low: # only a title", "has no expression"),
    ("low: .a |", "is not a jq expression: syntax error, unexpected end of file"),
    ("low: frobnicate(1)", "is not a jq expression: frobnicate/1 is not defined"),
    ("low: \udc80", "holds a character that is not text"),
    (f"low: {'1' * 10_001}", "at most 10000 are read"),
])
def test_a_rule_that_can_not_be_read_is_refused_by_its_number(line, said):
    with pytest.raises(InputError) as caught:
        parse_rules(["low: true", line])
    assert str(caught.value).startswith("rules: rule 2 (")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_rule_said_twice_is_refused():
    assert "rule 2 (high: true # b) has the expression of rule 1" in refusal("low: true # a", "high: true # b")


@pytest.mark.parametrize(("expression", "expected"), [
    ("true", True), ("false", False), ("null", False), ("empty", False), ("false, true, null", True),
    (MANY, True), ("any(.metrics[]; .value > 1000)", False), ('.metrics[] | select(.value > 1000) | true', False),
    (".findings | length == 0", True), ('.monitor == "community-metrics"', True),
])
def test_only_true_raises_a_finding(expression, expected):
    assert holds(expression) is expected


@pytest.mark.parametrize(("expression", "gave"), [
    ("1", "the number 1"), ('"true"', 'the string "true"'), (".", "an object of 11"), ("[]", "an array of 0"),
    ("true, 0", "the number 0"), ("repeat(1)", "the number 1"), ('"x" * 200', '…"' if False else "…"),
])
def test_anything_but_true_false_and_null_is_an_error(expression, gave):
    said = refusal("low: true", f"low: {expression} # of mine")
    assert said.startswith("rules: rule 2 (of mine) must give true or false, gave ")
    assert gave in said


@pytest.mark.parametrize(("expression", "reason"), [
    ('error("no such thing")', "no such thing"), (".status + 1", "cannot be added"), (".summary[0]", "Cannot index"),
    ("error(null)", "null"), ("error({a: 1})", "a"), ("input", "break"),
    # These end a jq program. A rule that says by one of them that it can't go on must not pass for one that holds not.
    ('"no such thing" | halt_error', "no such thing"), ('"no such thing" | halt_error(0)', "no such thing"),
    ("halt", "halt"), ("true, halt", "halt"),
])
def test_an_expression_that_fails_is_an_error(expression, reason):
    said = refusal(f"low: {expression} # t")
    assert said.startswith("rules: rule 1 (t) failed: ")
    assert reason in said


def test_the_first_rule_that_is_broken_is_named_though_others_hold():
    assert "rule 2 (b)" in refusal("low: true # a", "low: .status + 1 # b", "low: .summary[0] # c")


def test_a_finding_carries_title_severity_and_expression():
    [found] = apply_rules(parse_rules([f"high: {MANY} # Too many open issues"]), REPORT)
    assert (found.rule, found.severity, found.title) == (RULE, "high", "Too many open issues")
    assert found.detail == f"The rule holds: {MANY}"
    assert overall((), [found]) == "fail"


def test_a_rule_keeps_its_identity_when_its_limit_or_severity_is_tuned():
    def identity(line: str) -> str:
        [found] = apply_rules(parse_rules([line]), REPORT)
        return str(found.as_json(monitor="community-metrics")["id"])
    assert identity(f"high: {MANY} # Too many") == identity(f"low: {MANY.replace('100', '50')} # Too many")
    assert identity(f"high: {MANY} # Too many") != identity(f"high: {MANY} # Far too many")


def test_two_limits_of_one_title_are_two_findings():
    found = apply_rules(parse_rules([f"low: {MANY} # Many", f"high: {MANY.replace('100', '110')} # Many"]), REPORT)
    assert len({finding.as_json(monitor="m")["id"] for finding in found}) == 2


def test_now_is_the_reports_clock():
    assert holds(f"now == {report().generated_at.timestamp():.0f}")
    assert holds('now | todate == "2026-01-31T06:00:00Z"')
    assert holds('now | strflocaltime("%H") == "06"')


def test_a_rule_sees_no_environment(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    assert not holds('[env, $ENV] | tostring | contains("s3cret")')
    assert holds("env.GITHUB_TOKEN == null and $ENV.PATH == null and input_filename == null")


@pytest.mark.parametrize("expression", [
    'import "m" as m; m::yes', 'include "m"; yes', 'import "m" as $m; $m', 'import "m" as m {search: "./"}; m::yes',
    '# first\n  import "m" as m; m::yes', 'module {}; import "m" as m; m::yes', 'include\n"m"; yes',
])
def test_a_rule_loads_no_file(expression, tmp_path, monkeypatch):
    (tmp_path / "m.jq").write_text("def yes: true;")
    (tmp_path / "m.json").write_text("true")
    monkeypatch.chdir(tmp_path)
    assert "rules can't load files" in refusal(f"low: {expression.replace('./', str(tmp_path))}")


def test_the_words_that_load_files_may_be_used_as_names():
    assert holds("{import: 1}.import == 1 and ({module: 2} | .module == 2)")


def test_a_jq_file_in_the_home_folder_is_not_read(tmp_path, monkeypatch):
    (tmp_path / ".jq").write_text("def planted: true;")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "planted/0 is not defined" in refusal("low: planted")


def test_modules_in_the_working_folder_are_not_imported(tmp_path, monkeypatch):
    for name in ("jq.py", "json.py", "contextlib.py", "sitecustomize.py"):
        (tmp_path / name).write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert holds("true")


@pytest.mark.slow
@pytest.mark.parametrize("expression", ["def f: f; f", "[range(1e9)] | length > 1", "last(repeat(true))"])
def test_a_rule_without_end_is_an_error_within_five_seconds(expression):
    begun = time.monotonic()
    said = refusal("low: true # fine", f"low: {expression} # endless")
    assert time.monotonic() - begun < 5
    assert said.startswith("rules: rule 2 (endless) was stopped: it ")


@pytest.mark.slow
@pytest.mark.parametrize("expression", ["def f: 1 + f; f", "def f: [f]; f", '("x" * 1e9) + "y" == ""',
                                        'reduce range(1e9) as $i ("x"; . + .) | length > 1'])
def test_a_rule_that_eats_memory_is_stopped(expression):
    begun = time.monotonic()
    assert "rule 1 (hungry) was stopped: it " in refusal(f"low: {expression} # hungry")
    assert time.monotonic() - begun < 5


def test_all_rules_share_one_time_limit(monkeypatch):
    monkeypatch.setattr(module, "TIME_LIMIT", 2.0)
    begun = time.monotonic()
    lines = ("low: last(repeat(true)) # a", "low: last(repeat(1)) # b", "low: last(repeat(null)) # c")
    assert "rule 1 (a) was stopped: it did not end within 2 s" in refusal(*lines)
    assert time.monotonic() - begun < 4


def test_the_report_is_handed_over_whole():
    text = "é日本\u2028\"\\\n👩‍💻"
    as_json = report(data={"complete": True, "text": text}).as_json()
    rule = Rule(number=1, severity="low", expression=f".data.text == {json.dumps(text)}", title="t", subject="t")
    assert len(apply_rules([rule], as_json)) == 1
