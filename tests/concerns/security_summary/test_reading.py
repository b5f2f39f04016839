"""Which tool's a report is, told by its content alone."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.security_summary.reading import READERS, read, reader, recognised
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.report_files import Unreadable
from support.report_files import kept, samples, written

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = samples()
IDS = [f"{folder}/{path.name}" for folder, path in SAMPLES]


def test_every_reader_has_samples_and_each_sample_a_reader() -> None:
    assert {folder for folder, _ in SAMPLES} == set(READERS)
    assert [reader(name).NAME for name in READERS] == list(READERS)


@pytest.mark.parametrize(("folder", "path"), SAMPLES, ids=IDS)
def test_a_report_is_recognised_by_its_reader_and_by_no_other(folder: str, path: Path) -> None:
    known = outline(kept(path))
    assert [name for name in READERS if reader(name).recognises(known)] == [folder]
    assert recognised(kept(path)) == folder
    assert read(kept(path)).format == folder


@pytest.mark.parametrize(("folder", "path"), SAMPLES, ids=IDS)
def test_a_reader_that_is_forced_refuses_every_other_tools_report(folder: str, path: Path) -> None:
    for name in READERS:
        report = kept(path, reader=name)
        if name == folder:
            assert read(report).format == folder
        else:
            with pytest.raises(Unreadable, match=f"is no report of {name} "):
                read(report)


PLACE = {"source": {"path": "/a/Cargo.lock", "type": "lockfile"}}


@pytest.mark.parametrize(("document", "name"), [
    ({"results": [], "experimental_config": {}, "experimental_pes_summary": {}}, "osv-scanner"),
    ({"results": None, "license_summary": [], "new": 1}, "osv-scanner"), ({"results": []}, "osv-scanner"),
    ({"results": [PLACE], "new": 1}, "osv-scanner"), ({"results": [{**PLACE, "packages": []}]}, "osv-scanner"),
    ({"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": [], "new": {}}, "pip-audit"),
    ({"dependencies": [], "fixes": [], "new": {}}, "pip-audit"),
    ({"results": [], "errors": [], "paths": {"scanned": ["a"]}, "new": 1}, "semgrep"),
    ({"results": [], "errors": [], "skipped_rules": [], "new": 1, "version": "2.0.0"}, "semgrep"),
])
def test_a_key_that_a_newer_version_adds_makes_no_clean_report_unreadable(
    tmp_path: Path, document: object, name: str,
) -> None:
    file = written(tmp_path, document)
    assert [one for one in READERS if reader(one).recognises(outline(file))] == [name]
    report = read(file)
    assert (report.format, report.advisories, report.code) == (name, (), ())


@pytest.mark.parametrize("document", [
    {"results": [], "new": 1}, {"errors": [], "results": [], "metrics": {}, "generated_at": "2026-01-01"},
    {"dependencies": [], "new": 1}, {"dependencies": [{"ref": "a", "dependsOn": []}], "fixes": []},
])
def test_what_might_be_of_any_tool_is_of_none(tmp_path: Path, document: object) -> None:
    with pytest.raises(Unreadable, match="is of no format that is known"):
        read(written(tmp_path, document))


@pytest.mark.parametrize(("folder", "path"), SAMPLES, ids=IDS)
def test_a_report_is_the_same_in_utf_16(folder: str, path: Path, tmp_path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig")
    again = written(tmp_path, text.encode("utf-16"), name=path.name)
    assert read(again) == read(kept(path))


@pytest.mark.parametrize(("content", "message"), [
    (b"", "is empty"),
    (b" \n\n ", "is empty but for blanks"),
    (b"42", "is of no format that is known (one JSON value); known: cargo-audit, "),
    (b'"text"', "is of no format that is known (one JSON value); known: "),
    (b"<html>no</html>", "is of no format that is known (XML or HTML of another kind); known: "),
    (b"SF:src/a.rs\n", "is of no format that is known (no JSON); known: "),
    (b'{"a": 1}', "is of no format that is known (a JSON object with other keys); known: "),
    (b'{"a": 1}\n{"a": 2}\n', "is of no format that is known (a JSON object a line, of another kind); known: "),
    (b"[1, 2]", "is of no format that is known"),
    (b'{"results": [', "is cut off at byte 13"),
    (b'{"a": NaN}', "holds NaN, which is no JSON"),
])
def test_what_no_reader_knows_is_refused_in_words(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(written(tmp_path, content))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("content", [b"[]", b"null\n"])
def test_an_empty_list_is_taken_only_where_it_is_known_who_wrote_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable, match="holds nothing, which does not tell what looked for it"):
        read(written(tmp_path, content, name="report.json"))
    assert read(written(tmp_path, content, name="report.json", reader="gitleaks")).secrets == 0
    assert read(written(tmp_path, content, name="Gitleaks_report.json")).secrets == 0
    with pytest.raises(Unreadable, match="is no report of sarif"):
        read(written(tmp_path, content, name="sarif.json", reader="sarif"))


def test_keys_far_behind_the_beginning_are_found(tmp_path: Path) -> None:
    results = [{"ruleId": "a", "message": {"text": "x" * 100}}] * 2000
    text = json.dumps({"runs": [{"results": results, "tool": {"driver": {"name": "t"}}}], "version": "2.1.0"})
    report = read(written(tmp_path, text))
    assert (report.format, len(report.code)) == ("sarif", 2000)


