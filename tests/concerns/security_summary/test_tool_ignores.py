"""What tools are told to overlook by their own configuration files."""
from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.facts import ToolIgnore
from repo_vitals.concerns.security_summary.tool_files import tool_rules
from repo_vitals.concerns.security_summary.tool_ignores import (
    DEFAULT_FILES,
    EVERY,
    cargo_audit,
    cargo_deny,
    osv_scanner,
)
from repo_vitals.sources.report_files import Unreadable
from support.hostile import text as hostile_text
from support.security import NOW, advisory, facts, figure, measured, report

if TYPE_CHECKING:
    from pathlib import Path

DENY = """
[advisories]
unmaintained = "none"
ignore = [
    "RUSTSEC-2024-0001",
    { id = "CVE-2024-1", reason = "not reached" },
    "yanked-crate@0.1.1",
    { crate = "other-crate@2.0.0", reason = "waits for a release" },
]
[licenses]
allow = ["MIT"]
private = { ignore = true }
exceptions = [{ allow = ["OpenSSL", "ISC"], crate = "ring" }, { allow = ["Zlib"], name = "adler", version = "=1.0.2" }]
[[licenses.clarify]]
name = "webpki"
expression = "ISC"
license-files = [{ path = "LICENSE", hash = 0x001c7e6c }]
[bans]
skip = [{ name = "winapi", version = "*" }, "syn@1.0.0"]
skip-tree = [{ crate = "windows-sys@0.45.0", reason = "old" }]
"""
OSV = """
[[IgnoredVulns]]
id = "GO-2022-0968"
ignoreUntil = 2026-03-01
reason = "no server here"
[[IgnoredVulns]]
id = "GHSA-aaaa-bbbb-cccc"
ignoreUntil = 2025-12-31T10:00:00+02:00
[[PackageOverrides]]
name = "lib"
version = "1.0.0"
ecosystem = "Go"
ignore = true
effectiveUntil = 2026-06-01
reason = "abandoned, being replaced"
[[PackageOverrides]]
name = "other"
vulnerability.ignore = true
license.override = ["MIT", "0BSD"]
[[PackageOverrides]]
ecosystem = "npm"
ignore = true
[[PackageOverrides]]
name = "third"
group = "dev"
ignore = true
"""


def ignore(identifier: str, where: str = "deny.toml", **more: Any) -> ToolIgnore:
    return ToolIgnore(id=identifier, where=where, **more)


def test_cargo_deny_says_what_it_overlooks_of_advisories_licences_and_bans() -> None:
    found = cargo_deny(DENY, "deny.toml")
    assert found.ignores == (
        ignore("RUSTSEC-2024-0001"),
        ignore("CVE-2024-1", reason="not reached"),
        ignore("yanked", package="yanked-crate", version="0.1.1"),
        ignore("yanked", package="other-crate", version="2.0.0", reason="waits for a release"),
        ignore("OpenSSL", package="ring", concern="license"),
        ignore("ISC", package="ring", concern="license"),
        ignore("Zlib", package="adler", version="1.0.2", concern="license"),
        ignore("ISC", package="webpki", reason="stated by hand", concern="license"),
        ignore("skip", package="winapi", concern="ban"),
        ignore("skip", package="syn", version="1.0.0", concern="ban"),
        ignore("skip-tree", package="windows-sys", version="0.45.0", reason="old", concern="ban"),
    )
    assert found.notes == (
        "deny.toml has cargo-deny overlook crates that are unmaintained",
        "deny.toml has cargo-deny overlook the licences of crates that are not published")


def test_a_deny_toml_of_the_old_form_is_read_too() -> None:
    found = cargo_deny('[advisories]\nvulnerability = "warn"\nyanked = "allow"\nseverity-threshold = "medium"\n'
                       'ignore = []\n[licenses]\ndefault = "deny"\nexceptions = []\n', "deny.toml")
    assert found.ignores == ()
    assert len(found.notes) == 3
    assert found.thresholds == (("cargo-deny", "vulnerability"),)
    assert cargo_deny('[advisories]\nseverity-threshold = "Medium"\n', "deny.toml").thresholds == (
        ("cargo-deny", "medium"),)


def test_cargo_audit_says_what_it_overlooks() -> None:
    found = cargo_audit('[advisories]\nignore = ["RUSTSEC-2019-0001"]\nseverity_threshold = "medium"\n', "audit.toml")
    assert found.ignores == (ignore("RUSTSEC-2019-0001", "audit.toml"),)
    assert found.notes == ("audit.toml has cargo-audit overlook vulnerabilities below a severity",)
    assert found.thresholds == (("cargo-audit", "medium"),)


def test_osv_scanner_says_what_it_overlooks_and_until_when() -> None:
    found = osv_scanner(OSV, "osv-scanner.toml")
    until = datetime(2026, 6, 1, tzinfo=timezone.utc)
    assert found.ignores == (
        ignore("GO-2022-0968", "osv-scanner.toml", reason="no server here",
               until=datetime(2026, 3, 1, tzinfo=timezone.utc)),
        ignore("GHSA-aaaa-bbbb-cccc", "osv-scanner.toml", until=datetime(2025, 12, 31, 8, tzinfo=timezone.utc)),
        ignore(EVERY, "osv-scanner.toml", package="lib", version="1.0.0", ecosystem="Go",
               until=until, reason="abandoned, being replaced"),
        ignore(EVERY, "osv-scanner.toml", package="other"),
        ignore("MIT", "osv-scanner.toml", package="other", concern="license"),
        ignore("0BSD", "osv-scanner.toml", package="other", concern="license"),
    )
    assert found.notes == (
        "osv-scanner.toml has osv-scanner overlook packages that it does not name; they count here",
        "osv-scanner.toml has osv-scanner overlook packages of one group of dependencies; they count here")


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (cargo_deny, "[advisories\n", "is not TOML"),
        (cargo_deny, "advisories = 5", "has advisories, which is no table"),
        (cargo_deny, "[advisories]\nignore = 5", "has advisories.ignore, which is no list"),
        (cargo_deny, "[advisories]\nignore = [5]", "neither text nor a table"),
        (cargo_deny, "[advisories]\nignore = [{ reason = 'x' }]", "without an id"),
        (cargo_deny, "[advisories]\nignore = [{ id = 'CVE-1', reason = 5 }]", "has reason, which is no text"),
        (cargo_deny, "[licenses]\nexceptions = [{ allow = ['MIT'] }]", "without a crate"),
        (cargo_deny, "[licenses]\nexceptions = ['ring']", "no list of tables"),
        (cargo_deny, "[licenses]\nclarify = [{ name = 'a' }]", "no text"),
        (cargo_deny, "[bans]\nskip = [5]", "neither text nor a table"),
        (cargo_audit, "[advisories]\nignore = [5]", "no text"),
        (osv_scanner, "IgnoredVulns = 5", "no list"),
        (osv_scanner, "[[IgnoredVulns]]\nreason = 'x'", "no text"),
        (osv_scanner, "[[IgnoredVulns]]\nid = 'x'\nignoreUntil = 'soon'", "no date such as"),
        (osv_scanner, "[[IgnoredVulns]]\nid = 'x'\nignoreUntil = 0001-01-01T00:00:00+14:00", "no date such as"),
        (osv_scanner, "a = " + "[" * 5000, "nested too deeply"),
        (cargo_deny, "a = " + "9" * 10_000, "is not TOML"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_says_what_is_wrong(read: Any, text: str, says: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text, "a.toml")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.sampled_from([read for _, read, _ in DEFAULT_FILES]), st.one_of(hostile_text, st.sampled_from([DENY, OSV])),
       st.integers(0, 400), st.sampled_from(["", "=", "[", "5", "'"]))
def test_no_text_makes_it_fail_otherwise(read: Any, text: str, at: int, inserted: str) -> None:
    try:
        read(text[:at] + inserted + text[at:], "a.toml")
    except Unreadable as error:
        assert "\n" not in str(error)


def allowed(*ignores: ToolIgnore, **about: Any) -> float | None:
    given_ = facts(report(advisory("CVE-2024-1", "GHSA-aaaa-bbbb-cccc", **about)), ignores=ignores)
    return figure(measured(given_), "vulnerabilities_allowed")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (ignore("CVE-2024-1"), 1),
        (ignore("ghsa-AAAA-bbbb-cccc"), 1),
        (ignore("CVE-2024-2"), 0),
        (ignore(EVERY, package="Left-Pad"), 1),
        (ignore(EVERY, package="left-pad", version="1.0.0"), 1),
        (ignore(EVERY, package="left-pad", version="1.0.1"), 0),
        (ignore(EVERY, package="right-pad"), 0),
        (ignore(EVERY, package="left-pad", ecosystem="npm"), 1),
        (ignore(EVERY, package="left-pad", ecosystem="PyPI"), 0),
        (ignore("CVE-2024-1", package="right-pad"), 0),
        (ignore("CVE-2024-1", until=NOW), 0),
        (ignore("CVE-2024-1", until=NOW.replace(year=2027)), 1),
        (ignore("CVE-2024-1", concern="license"), 0),
    ],
)
def test_an_ignore_allows_what_it_names_until_its_time_is_over(one: ToolIgnore, expected: int) -> None:
    assert allowed(one) == expected


def test_a_yanked_crate_is_ignored_by_its_name_and_version() -> None:
    one = report(advisory(name="old", version="0.1.1", ecosystem="crates.io", kind="yanked"))
    for version, number in (("0.1.1", 0), ("0.1.2", 1)):
        found = measured(facts(one, ignores=(ignore("yanked", package="old", version=version),)))
        assert figure(found, "yanked") == number


def put(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_files_are_found_where_the_tools_look_for_them(tmp_path: Path) -> None:
    assert tool_rules(str(tmp_path)) == (tool_rules(str(tmp_path))[0], ())
    put(tmp_path, "deny.toml", '[advisories]\nignore = ["RUSTSEC-2024-0001"]\n')
    put(tmp_path, ".cargo/audit.toml", b'\xef\xbb\xbf[advisories]\r\nignore = ["RUSTSEC-2024-0002"]\r\n')
    put(tmp_path, "osv-scanner.toml", '[[IgnoredVulns]]\nid = "RUSTSEC-2024-0003"\n')
    put(tmp_path, "below/deny.toml", '[advisories]\nignore = ["RUSTSEC-2024-0004"]\n')
    rules, unread = tool_rules(str(tmp_path))
    assert [(one.id, one.where) for one in rules.ignores] == [
        ("RUSTSEC-2024-0001", "deny.toml"), ("RUSTSEC-2024-0002", ".cargo/audit.toml"),
        ("RUSTSEC-2024-0003", "osv-scanner.toml")]
    assert unread == ()


def test_a_file_that_cannot_be_read_is_unread_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    put(tmp_path / "outside", "osv-scanner.toml", "")
    folder = tmp_path / "project"
    put(folder, "deny.toml", "[advisories\n")
    put(folder, ".cargo/audit.toml", b"\xff\xfe\xfa")
    put(folder, ".deny.toml", "# " + "x" * 1_000_001)
    (folder / "osv-scanner.toml").symlink_to(tmp_path / "outside" / "osv-scanner.toml")
    os.mkfifo(folder / ".cargo" / "deny.toml")
    _, unread = tool_rules(str(folder))
    assert {one.shown for one in unread} == {"deny.toml", ".cargo/audit.toml", ".deny.toml", "osv-scanner.toml",
                                             ".cargo/deny.toml"}
    assert all("vulnerabilities" in one.checks for one in unread)
