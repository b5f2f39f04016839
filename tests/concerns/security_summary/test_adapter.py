"""Reports of any other tool, by a jq program of the user's."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.adapter import adapt
from repo_vitals.concerns.security_summary.facts import Advisory, Package
from repo_vitals.errors import InputError
from repo_vitals.sources import jq_adapters
from repo_vitals.sources.jq_adapters import parse_adapters
from repo_vitals.sources.report_files import Unreadable
from support.report_files import written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import Report

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
DOCUMENT = {"issues": [{"key": "ACME-7", "cve": "cve-2026-1234", "lib": "left-pad", "at": "1.0.0", "rank": "Important",
                        "score": 7.5, "mended": "1.0.1"}]}
PROGRAM = (".issues[] | {ids: [.key, .cve], package: .lib, version: .at, ecosystem: \"js\", severity: .rank, "
           "cvss: .score, fixed: .mended, url: \"https://acme.example/\\(.key)\", title: \"x # y\"}  # ours")


def adapted(folder: Path, program: str, document: Any = DOCUMENT) -> Report:
    return adapt(parse_adapters([f"acme-scan: {program}"])["acme-scan"], written(folder, document), now=NOW)


def test_a_program_makes_advisories_of_any_report(tmp_path: Path) -> None:
    report = adapted(tmp_path, PROGRAM)
    assert report.advisories == (Advisory(
        ids=("ACME-7", "CVE-2026-1234"), package=Package(name="left-pad", version="1.0.0", ecosystem="npm"),
        source="acme-scan", level="high", scores=(("", 7.5),), fixed=("1.0.1",), title="x # y",
        url="https://acme.example/ACME-7"),)
    assert (report.format, report.checks, report.notes) == ("acme-scan", frozenset({"vulnerabilities"}), ())


def test_every_field_is_taken(tmp_path: Path) -> None:
    report = adapted(tmp_path, """{ids: "GHSA-AAAA-bbbb-cccc", package: "p", file: "a.lock", line: 3, kind: "unsound",
        cvss: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 5], paths: [["a", "p"]], direct: false, epss: 0.5,
        published: "2026-01-01", ignored: "no", private: true, version: null}""")
    assert report.advisories == (Advisory(
        ids=("GHSA-aaaa-bbbb-cccc",), package=Package(name="p", file="a.lock", line=3), source="acme-scan",
        kind="unsound", vectors=("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",), scores=(("", 5.0),),
        paths=(("a", "p"),), direct=False, epss=0.5, published=datetime(2026, 1, 1, tzinfo=timezone.utc),
        ignored="no", private=True),)


def test_a_file_of_one_object_a_line_is_the_list_of_them(tmp_path: Path) -> None:
    text = '{"id": "A-1"}\nscanning …\n{"id": "A-2"}\n'
    report = adapted(tmp_path, '.[] | {ids: .id, package: "p"}', text)
    assert [one.ids for one in report.advisories] == [("A-1",), ("A-2",)]


def test_a_program_that_gives_nothing_says_so(tmp_path: Path) -> None:
    assert adapted(tmp_path, "empty").notes == ("its adapter gives no finding",)


@pytest.mark.parametrize(("program", "words"), [
    ("7", "output 1 is no object"),
    ('{ids: "a"}', 'output 1 has no "package"'),
    ('{package: "a"}', 'output 1 has no "ids"'),
    ('{ids: [], package: "a"}', 'output 1 has no "ids"'),
    ('{ids: "a", package: "p"}, {ids: "a", package: 7}', 'output 2 has a "package" that is no text'),
    ('{ids: "a", package: "p", sevrity: "low"}', 'the field "sevrity", which is not known (did you mean severity?)'),
    ('{ids: "a", package: "p", severity: "bad"}', 'has a "severity" that is none of critical, high'),
    ('{ids: "a", package: "p", cvss: 11}', 'has a "cvss" that is neither a CVSS vector nor a score from 0 to 10'),
    ('{ids: "a", package: "p", cvss: "high"}', 'has a "cvss" that is neither'),
    ('{ids: "a", package: "p", epss: 50}', 'has an "epss" that is not from 0 to 1'),
    ('{ids: "a", package: "p", epss: nan}', ""),
    ('{ids: "a", package: "p", direct: "yes"}', 'has a "direct" that is neither true nor false'),
    ('{ids: "a", package: "p", private: "yes"}', 'has a "private" that is neither true nor false'),
    ('{ids: "a", package: "p", line: 0}', 'has a "line" that is no line'),
    ('{ids: "a", package: "p", kind: "bad"}', 'has a "kind" that is none of vulnerability'),
    ('{ids: "a", package: "p", published: "soon"}', 'has a "published" that is no date'),
    ('{ids: "a", package: "p", paths: ["a"]}', 'has "paths" that are no list of lists'),
    (".nothing[]", "it failed: Cannot iterate over null"),
    ("halt", "it failed: it halts"),
])
def test_what_breaks_the_form_is_refused_with_its_place(tmp_path: Path, program: str, words: str) -> None:
    if not words:   # jq writes NaN as null, which is as if it were not there
        assert adapted(tmp_path, program).advisories[0].epss is None
        return
    with pytest.raises(Unreadable) as refused:
        adapted(tmp_path, program)
    assert str(refused.value).startswith("can't be read by the adapter acme-scan: ")
    assert words in str(refused.value)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"null", "holds nothing but null"), (b'{"a": 1, "a": 2}', "twice in one object"),
    (b'{"a": NaN}', "holds NaN"), (b'{"a": ', "is cut off"), (b"<html>", "is no JSON"),
])
def test_a_report_that_is_no_sound_json_is_refused_before_any_program_sees_it(
        tmp_path: Path, content: bytes, words: str) -> None:
    one = parse_adapters(["a: {ids: \"x\", package: \"y\"}"])["a"]
    with pytest.raises(Unreadable, match=words):
        adapt(one, written(tmp_path, content), now=NOW)


def test_a_program_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = parse_adapters(["a: def f: f; f"])["a"]
    monkeypatch.setattr(jq_adapters, "TIME_LIMIT", 1.5)
    with pytest.raises(Unreadable, match=r"it was stopped, it did not end within 1.5 s"):
        adapt(one, written(tmp_path, {}), now=NOW)


def test_a_program_that_gives_more_than_anyone_can_hold_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="gives more than 100,000 outputs"):
        adapted(tmp_path, 'repeat({ids: "a", package: "p"})')


def test_a_program_sees_neither_environment_nor_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    report = adapted(tmp_path, '{ids: (env | tostring), package: ($ENV | tostring), title: (now | tostring)}')
    (found,) = report.advisories
    assert "ghs_secret" not in str(found)
    assert float(found.title) == NOW.timestamp()


@pytest.mark.parametrize(("lines", "words"), [
    (["acme .issues[]"], "adapter: line 1 (acme .issues[]) is not of the form `name: jq program`"),
    (["", "acme:"], "adapter: line 2 (acme:) is not of the form"),
    (["../x: ."], "is not of the form"),
    (["a: .", "a: .b"], "adapter: a is there twice"),
    (["trivy: ."], "adapter: trivy is a format that is read without an adapter"),
    (["a: .[", "b: ."], "adapter: a is not a jq expression"),
    (["a: .", "b: .["], "adapter: b is not a jq expression"),
    (['a: include "x"; .'], "adapter: a begins with include; adapters can't load files"),
    (["a: \0"], "adapter: a holds a character that is not text"),
    (["a: " + "." * 10_001], "at most 10000 are read"),
])
def test_an_adapter_that_can_not_be_used_is_an_input_error(lines: list[str], words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_adapters(lines, taken=("trivy",))
    assert words in str(refused.value)


def test_comments_and_blank_lines_are_no_adapters() -> None:
    assert parse_adapters(["", "# a: .", "b: ."]).keys() == {"b"}
    assert parse_adapters([]) == {}
