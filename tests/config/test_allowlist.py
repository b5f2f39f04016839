"""The allowlist of the configuration: what is accepted, why, by whom, until when."""
from __future__ import annotations

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.config.allowlist import ALLOW, CONCERNS, of, read
from support.commands import run

if TYPE_CHECKING:
    from pathlib import Path


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[misc, arg-type]


def table(**changes: Any) -> dict[str, Any]:
    plain = {"vulnerability": "CVE-2024-1", "reason": "not reachable"}
    return {key.replace("_", "-"): value for key, value in {**plain, **changes}.items() if value is not None}


def test_a_table_says_what_it_allows_why_by_whom_and_until_when() -> None:
    (one,) = ALLOW.kind.parse("""
        [[allow]]
        vulnerability = "RUSTSEC-2024-0001"
        package = "example"
        version = "1.2.3"
        reason = "only reached by tests"
        owner = "@example/security"
        expires = 2027-01-31
        until-fixed = true
    """)
    assert (one.concern, one.what, one.package, one.version, one.reason, one.owner, one.until_fixed, one.number) == (
        "vulnerability", "RUSTSEC-2024-0001", "example", "1.2.3", "only reached by tests", "@example/security", True, 1)


@pytest.mark.parametrize(("given", "ends"), [
    (date(2026, 1, 31), utc(2026, 2, 1)), ("2026-01-31", utc(2026, 2, 1)),
    (utc(2026, 1, 31, 12), utc(2026, 1, 31, 12)), (datetime(2026, 1, 31, 12), utc(2026, 1, 31, 12)),  # noqa: DTZ001
    ("2026-01-31T12:00:00+02:00", utc(2026, 1, 31, 10)),
    (date(9999, 12, 31), datetime.max.replace(tzinfo=timezone.utc)),
])
def test_a_day_counts_in_full_and_a_time_to_the_second(given: Any, ends: datetime) -> None:
    (one,) = read([table(expires=given)])
    assert one.expires == ends
    assert one.expired(ends)
    assert not one.expired(utc(2026, 1, 31, 9, 59, 59))


def test_a_time_before_all_others_has_expired_and_is_not_never() -> None:
    (one,) = ALLOW.kind.parse('[[allow]]\ncode = "a"\nreason = "x"\nexpires = 0001-01-01T00:00:00+14:00\n')
    assert one.expired(utc(2026, 1, 1))


@pytest.mark.parametrize(("given", "complaint"), [
    ([table(reason=None)], 'table 1 ("CVE-2024-1") has no reason'),
    ([table(reason="  ")], "table 1 reason: is empty"),
    ([table(), table(vulnerability="CVE-2", resaon="x")], 'table 2 has an unknown key "resaon" (did you mean reason'),
    ([{"reason": "x"}], "table 1 names nothing; it needs one of vulnerability"),
    ([table(license="MIT")], "table 1 names vulnerability and license at once"),
    ([table(vulnerability=7)], "table 1 vulnerability: needs a string"),
    ([table(version="1")], "table 1 has a version without a package"),
    ([{"license": "GPL-3.0-only", "reason": "x"}], "table 1 allows a license without a package"),
    ([{"code": "js/xss", "package": "a", "reason": "x"}], "table 1 has a package, which does not go with code"),
    ([table(path="src")], "table 1 has a path, which does not go with vulnerability"),
    ([table(until_fixed="yes")], "table 1 until-fixed: needs true or false"),
    ([{"link": "https://example.com", "until-fixed": True, "reason": "x"}], "until-fixed does not go with link"),
    ([table(expires="soon")], 'table 1 expires: "soon" is no date such as 2027-01-31'),
    ([table(expires="2026-02-30")], 'expires: "2026-02-30" is no date'),
    ([table(expires=20260131)], "table 1 expires: needs a date"),
    ([table(), table()], "tables 1 and 2 are alike"),
    (["CVE-2024-1"], "is no list of tables"), ({"vulnerability": "CVE-1"}, "is no list of tables"),
    ([table()] * 10_001, "holds more than 10,000 tables"),
    ([table(reason="x" * 1001)], "is longer than 1000 characters"),
    ([table(reason="a\0b")], "holds a NUL character"),
])
def test_a_table_that_is_not_as_it_should_be_is_named_with_what_is_wrong_in_it(given: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match="table") as caught:
        read(given)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "complaint"), [
    ("[[allow]", "is not TOML"), ("[deny]\n", 'holds "deny"; only [[allow]] tables'),
    ("x = " + "[" * 5000, "TOML|nested"),
])
def test_as_an_input_it_is_toml_of_nothing_else(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("[[", r"\[\[").replace("]]", r"\]\]")):
        ALLOW.kind.parse(text)


def test_each_monitor_takes_what_concerns_it() -> None:
    tables = [{concern: "x", "reason": "y", **({"package": "p"} if concern == "license" else {})}
              for concern in CONCERNS]
    assert [one.concern for one in of(read(tables), "link", "document")] == ["link", "document"]


def test_a_mistake_in_it_is_named_by_every_command_with_the_file(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text('[[allow]]\nvulnerability = "CVE-1"\n', encoding="utf-8")
    for command in ("security-summary", "service-health"):
        ended = run(command, folder=tmp_path, environ={"GITHUB_TOKEN": "x"})
        assert ended.code == 2
        assert "repo-vitals.toml:1: [[allow]] table 1 (" in ended.stderr + ended.stdout


ENTRIES = '''\
# [[allow]]
[[allow]]
vulnerability = "CVE-1"
reason = """
[[allow]]
"""

[[allow]]
link = "https://example.org"
"reason" = "gone [[allow]]"
expires = "soon"
[run]
window = "7d"
[[allow]]
code = "x"
'''


def test_each_mistake_has_the_line_of_its_key_or_else_of_its_table(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text(ENTRIES, encoding="utf-8")
    ended = run("config", "check", folder=tmp_path)
    assert ended.code == 2
    assert 'repo-vitals.toml:11: [[allow]] table 2 expires: "soon" is no date' in ended.stderr
    assert 'repo-vitals.toml:14: [[allow]] table 3 ("x") has no reason' in ended.stderr


def test_of_tables_in_one_value_it_is_the_values_line(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text('\nallow = [{ code = "x" }]\n', encoding="utf-8")
    ended = run("config", "check", folder=tmp_path)
    assert 'repo-vitals.toml:2: [[allow]] table 1 ("x") has no reason' in ended.stderr


def test_it_belongs_to_no_one_monitor(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text(
        '[[security-summary.allow]]\nvulnerability = "CVE-1"\nreason = "x"\n', encoding="utf-8")
    ended = run("security-summary", folder=tmp_path, environ={"GITHUB_TOKEN": "x"})
    assert ended.code == 2
    assert "[security-summary] allow stands by itself; write [[allow]]" in ended.stderr + ended.stdout
