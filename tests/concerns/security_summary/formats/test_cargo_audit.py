"""cargo-audit's JSON, of several versions."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.security_summary.facts import Advisory, Package
from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.sources.report_files import Unreadable
from support.report_files import SECURITY, kept, written

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SECURITY / "cargo-audit"


def audit(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"vulnerabilities": {"found": bool(entries), "count": len(entries), "list": list(entries)}, **more}


def entry(identifier: str = "RUSTSEC-2020-0001", **advisory: Any) -> dict[str, Any]:
    return {"advisory": {"id": identifier, "title": "t", **advisory}, "package": {"name": "p", "version": "1.0.0"},
            "versions": {"patched": [], "unaffected": []}}


def test_a_vulnerability_is_told_with_all_that_the_tool_knows_of_it() -> None:
    report = read(kept(FOLDER / "0.22.2_many.json"))
    assert report.advisories[1] == Advisory(
        ids=("RUSTSEC-2019-0001", "CVE-2019-15542", "GHSA-5hp8-35wj-m525"), source="cargo-audit",
        package=Package(name="ammonia", version="0.7.0", ecosystem="crates.io"),
        title="Uncontrolled recursion leads to abort in HTML serialization", fixed=(">=2.1.0",),
        vectors=("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",),
        url="https://rustsec.org/advisories/RUSTSEC-2019-0001", published=datetime(2019, 4, 27, tzinfo=timezone.utc))
    assert report.checked == 190
    assert report.checks == {"vulnerabilities"}
    assert report.missing == ()


def test_warnings_are_no_vulnerabilities() -> None:
    kinds = [one.kind for one in read(kept(FOLDER / "0.22.2_many.json")).advisories]
    assert {kind: kinds.count(kind) for kind in kinds} == {"vulnerability": 18, "unmaintained": 3, "unsound": 3}


def test_nothing_found_is_a_clean_report_of_what_was_checked() -> None:
    report = read(kept(FOLDER / "0.15_none.json"))
    assert (report.advisories, report.checked, report.missing) == ((), 1, ())
    assert report.database_at == datetime(2021, 5, 12, 1, 59, 58, tzinfo=timezone.utc)


def test_old_warnings_are_a_list_whose_kinds_hold_the_advisories() -> None:
    report = read(kept(FOLDER / "0.12_kinds_as_objects.json"))
    assert [(one.ids, one.kind, one.package.name) for one in report.advisories] == [
        (("RUSTSEC-2019-0033", "CVE-2020-25574"), "vulnerability", "http"),
        (("RUSTSEC-2018-0015",), "unmaintained", "term"),
        (("yanked",), "yanked", "futures"),
        (("RUSTSEC-2019-0036",), "unsound", "failure"),
    ]
    assert report.ignored_ids == ("RUSTSEC-2019-0031",)
    assert report.notes == ("the tool was told to leave out vulnerabilities below a severity",
                            "the tool was told to look at some operating systems only")


def test_the_oldest_warnings_have_no_kind_but_the_advisorys(tmp_path: Path) -> None:
    report = read(written(tmp_path, audit(warnings=[entry("RUSTSEC-2016-0005", informational="unmaintained")])))
    assert [one.kind for one in report.advisories] == ["unmaintained"]


def test_several_databases_are_one_report_as_old_as_the_oldest() -> None:
    report = read(kept(FOLDER / "several_databases.ndjson"))
    assert [(one.ids[0], one.kind) for one in report.advisories] == [
        ("RUSTSEC-2024-0421", "withdrawn"), ("yanked", "yanked")]
    assert report.checked == 20
    assert report.database_at == datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert report.ignored_ids == ("RUSTSEC-2020-0001", "OURS-1")


@pytest.mark.parametrize(("document", "message"), [
    ({"vulnerabilities": {"found": True, "count": 3, "list": []}}, "counts 3 vulnerabilities and lists 0"),
    ({"vulnerabilities": {"found": False, "count": 1, "list": [entry()]}}, "says that it found none and lists 1"),
    ({"vulnerabilities": {"found": True, "count": 0}}, "has no list of vulnerabilities"),
    ({"vulnerabilities": {"found": False, "count": -1, "list": []}}, "gives its count of vulnerabilities as something"),
    ({"vulnerabilities": {"found": False, "count": True, "list": []}}, "gives its count of vulnerabilities as"),
    (audit(lockfile={"dependency-count": -3}), "gives its count of dependencies as something that is no count"),
    (audit({"advisory": {"id": ""}, "package": {"name": "p", "version": "1"}}), "has no id of an advisory"),
    (audit({"advisory": {"id": "X"}, "package": {"name": "p"}}), "has no version of a package where one must be"),
    (audit({"package": {"name": "p", "version": "1"}}), "has an advisory that is no object"),
    (audit("x"), "has a vulnerability that is no object"),  # type: ignore[arg-type]
    (audit(warnings="x"), "has no list of warnings of a kind"),
])
def test_what_contradicts_itself_or_lacks_its_parts_is_refused(
    tmp_path: Path, document: dict[str, Any], message: str,
) -> None:
    with pytest.raises(Unreadable, match=message):
        read(written(tmp_path, document))


def test_a_lock_file_without_packages_was_not_looked_at(tmp_path: Path) -> None:
    assert read(written(tmp_path, audit(lockfile={"dependency-count": 0}))).missing == ("no package was looked at",)


def test_a_report_with_more_advisories_than_can_be_held_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(values, "MOST_ADVISORIES", 2)
    with pytest.raises(Unreadable, match="lists more than 2 advisories"):
        read(written(tmp_path, audit(entry(), entry(), entry())))


def test_times_that_are_none_and_titles_over_several_lines_do_no_harm(tmp_path: Path) -> None:
    document = audit(entry(date="0001-01-01T00:00:00+09:00", title="x | y\n::set-output name=a::b"),
                     database={"last-updated": "yesterday"})
    report = read(written(tmp_path, document))
    assert report.advisories[0].published is None
    assert report.advisories[0].title == "x | y ::set-output name=a::b"
    assert report.database_at is None
