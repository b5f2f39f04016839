"""Test results from files that strangers wrote."""
from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.ci_health.collect import _tests
from repo_vitals.concerns.ci_health.junit import NotJUnit, flaky_tests, merged, read_junit
from repo_vitals.config.declare import FilePatterns
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = b"""<testsuites><testsuite name="s"><testcase classname="a" name="one"/>
<testcase classname="a" name="two"><failure message="no">trace</failure></testcase>
<testcase classname="a" name="three"><skipped/></testcase><testcase name="four"><error/></testcase>
<testsuite name="nested"><testcase classname="b" name="five"/></testsuite></testsuite></testsuites>"""
SUREFIRE = b"""<testsuite><testcase classname="a" name="flaky"><flakyFailure>x</flakyFailure><flakyError>y</flakyError>
</testcase><testcase classname="a" name="bad"><failure/><rerunFailure>x</rerunFailure></testcase></testsuite>"""
BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&a;"/></testsuite>"""


def test_cases_pass_fail_or_neither() -> None:
    assert read_junit(PLAIN) == [("a one", 1, 0), ("a two", 0, 1), ("a three", 0, 0), ("four", 0, 1), ("b five", 1, 0)]


def test_what_surefire_tried_again_is_flaky_where_it_passed_at_last() -> None:
    assert read_junit(SUREFIRE) == [("a flaky", 1, 2), ("a bad", 0, 2)]
    assert [one.name for one in flaky_tests(merged(read_junit(SUREFIRE)))] == ["a flaky"]


def test_a_test_that_failed_in_one_file_and_passed_in_another_is_flaky() -> None:
    again = PLAIN.replace(b'<failure message="no">trace</failure>', b"")
    found = flaky_tests(merged([*read_junit(PLAIN), *read_junit(again)]))
    assert [(one.name, one.passed, one.failed) for one in found] == [("a two", 1, 1)]


@pytest.mark.parametrize(("content", "why"), [
    (b"", "XML"), (b"not xml", "XML"), (b"{}", "XML"), (b"<html/>", "no JUnit"), (b"<testsuite>", "XML"),
    (BOMB, "entities"), (OUTSIDE, "entities"), (b"\xff\xfe\x00", "XML"), (b"<a>" * 100_000, "XML"),
    (b'<?xml version="1.0" encoding="nonsense"?><testsuite/>', "XML"),
])
def test_what_is_no_junit_file_is_said_and_no_entity_is_expanded(content: bytes, why: str) -> None:
    with pytest.raises(NotJUnit, match=why):
        read_junit(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for wrapped in (content, b"<testsuite>" + content + b"</testsuite>"):
        with suppress(NotJUnit):
            read_junit(wrapped)


def files(folder: Path, *patterns: str, confined: bool = False) -> FilePatterns:
    return FilePatterns(patterns=patterns, folder=str(folder), confined=confined)


def test_patterns_are_seen_from_the_working_folder_and_each_file_counts_once(tmp_path: Path) -> None:
    (tmp_path / "r" / "deep").mkdir(parents=True)
    (tmp_path / "r" / "one.xml").write_bytes(PLAIN)
    (tmp_path / "r" / "deep" / "two.xml").write_bytes(PLAIN)
    results, count = _tests(files(tmp_path, "r/**/*.xml", "r/one.xml"))
    assert count == 2
    assert results is not None
    assert {one.name: one.failed for one in results}["a two"] == 2


def test_a_pattern_that_matches_nothing_is_unknown_and_a_name_is_an_error(tmp_path: Path) -> None:
    assert _tests(files(tmp_path, "*.xml")) == ((), 0)
    with pytest.raises(InputError, match=r'junit: "missing\.xml" is no file'):
        _tests(files(tmp_path, "missing.xml"))


def test_a_file_that_is_no_junit_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<html/>")
    with pytest.raises(InputError, match=r'junit: "a\.xml" is XML, but no JUnit report'):
        _tests(files(tmp_path, "*.xml"))


@pytest.mark.parametrize("pattern", ["../out.xml", "/etc/hostname", "../*.xml"])
def test_the_configuration_file_leads_out_of_the_folder_nowhere(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "out.xml").write_bytes(PLAIN)
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="leads out of the working folder"):
        _tests(files(tmp_path / "in", pattern, confined=True))


def test_an_input_may_lead_out_but_a_link_in_the_folder_may_not(tmp_path: Path) -> None:
    (tmp_path / "out.xml").write_bytes(PLAIN)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.xml").symlink_to(tmp_path / "out.xml")
    assert _tests(files(tmp_path / "in", "../out.xml"))[1] == 1
    assert _tests(files(tmp_path / "in", "*.xml"))[1] == 0
    with pytest.raises(InputError, match="is a link out of the working folder"):
        _tests(files(tmp_path / "in", "link.xml"))
