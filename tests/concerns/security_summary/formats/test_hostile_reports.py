"""Damaged and hostile reports: refused in words, or read without pretending that they are whole."""
from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.facts import Report
from repo_vitals.concerns.security_summary.reading import READERS, read
from repo_vitals.sources.report_files import ReportFile, Unreadable
from support.report_files import kept, samples, written

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = samples()
# Behind the lines of the others, lines of a log may follow.
TALKING = ("cargo-deny", "npm-audit")
ENDING = [(folder, path) for folder, path in SAMPLES if folder not in TALKING or path.suffix != ".ndjson"]
# A file of tags, and Yarn 4's of lines, may end behind any of them.
OPEN_ENDED = ("yarn_4.18.1.ndjson",)
SMALL = [(folder, path) for folder, path in SAMPLES
         if path.stat().st_size < 10_000 and path.suffix != ".spdx" and path.name not in OPEN_ENDED]
OF_JSON = [(folder, path) for folder, path in SAMPLES if path.suffix not in (".xml", ".spdx")]
ODD: list[Any] = [None, True, False, 0, -1, 7, 10**30, 0.5, -0.5, "", "x", "\ud800", "\x00\x1b[2J", "é" * 500, [], {},
                  [[]], [None], {"": None}, {"id": []}, [{}], [{"name": {}}], "CVE-2020-1", "2020-13-45T99:99",
                  "9" * 400]
BYTES = [b"", b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\u", b"\\ud800", b"NaN", b"-Infinity", b"1e999", b"-",
         b"\xff", b"\x00", b"\n", b"[" * 300, b'{"a":' * 300, b"9" * 400, b"null", b"\xef\xbb\xbf"]


def outcome(report: ReportFile) -> Report | str:
    """What is said of a report: facts, or words on one line. Anything else that is raised is a bug."""
    try:
        found = read(report)
    except Unreadable as error:
        words = str(error)
        assert words
        assert words.isprintable()
        return words
    assert all(one.isprintable() for one in (*found.missing, *found.notes))
    repr(found).encode("utf-8")
    return found


def changed(value: Any, choose: random.Random) -> Any:
    """A JSON value with one of its parts replaced, left out or doubled."""
    places: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        one = todo.pop()
        inner = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, part in inner:
            places.append((one, key))
            todo.append(part)
    if not places:
        return deepcopy(choose.choice(ODD))
    holder, key = choose.choice(places)
    what = choose.randrange(6)
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(holder, list):
        holder.insert(key, deepcopy(holder[key]))
    else:
        holder[key] = deepcopy(choose.choice(ODD))     # a part put into itself would have no end
    return value


def documents(path: Path) -> list[Any]:
    text = path.read_bytes().decode("utf-8-sig")
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".ndjson" else [json.loads(text)]


def tried_with_changed_parts(folder: Path, seed: int, *, times: int) -> None:
    choose = random.Random(seed)
    name, path = choose.choice(OF_JSON)
    parts = documents(path)
    for _ in range(times):
        place = choose.randrange(len(parts))
        parts[place] = changed(parts[place], choose)
    text = "\n".join(json.dumps(part) for part in parts)
    outcome(written(folder, text, reader=choose.choice([None, name])))


def tried_with_changed_bytes(folder: Path, seed: int) -> None:
    choose = random.Random(seed)
    name, path = choose.choice(SAMPLES)
    content = bytearray(path.read_bytes())
    for _ in range(choose.randrange(1, 4)):
        at = choose.randrange(len(content) + 1)
        content[at:at + choose.choice([0, 1, 1, 5, 100])] = choose.choice(BYTES)
    outcome(written(folder, bytes(content), reader=choose.choice([None, name])))


@given(st.integers(0, 2**32), st.integers(1, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_report_with_changed_parts_is_facts_or_words(tmp_path: Path, seed: int, times: int) -> None:
    tried_with_changed_parts(tmp_path, seed, times=times)


@given(st.integers(0, 2**32))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_report_with_changed_bytes_is_facts_or_words(tmp_path: Path, seed: int) -> None:
    tried_with_changed_bytes(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(10))
def test_many_changed_reports_are_facts_or_words(tmp_path: Path, start: int) -> None:
    for seed in range(start * 400, start * 400 + 400):
        tried_with_changed_parts(tmp_path, seed, times=1 + seed % 5)
        tried_with_changed_bytes(tmp_path, seed)


@pytest.mark.parametrize(("folder", "path"), SMALL, ids=[f"{folder}/{path.name}" for folder, path in SMALL])
def test_a_report_that_is_cut_off_is_never_clean(folder: str, path: Path, tmp_path: Path) -> None:
    content = path.read_bytes().rstrip()
    whole = outcome(kept(path))
    assert isinstance(whole, Report)
    step = max(len(content) // 60, 1)
    for length in range(0, len(content), step):
        found = outcome(written(tmp_path, content[:length], reader=folder))
        assert isinstance(found, str) or found.missing, length


@pytest.mark.parametrize(("folder", "path"), ENDING, ids=[f"{folder}/{path.name}" for folder, path in ENDING])
def test_a_report_with_something_behind_its_end_is_refused(folder: str, path: Path, tmp_path: Path) -> None:
    for more in (b"]", b"x", b"{}", b"\x00"):
        assert isinstance(outcome(written(tmp_path, path.read_bytes() + more, reader=folder)), str)


def depth(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("content", [
    '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [{"x": %s}]}]}',
    '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [], "properties": {"x": %s}}]}',
    '{"vulnerabilities": {"found": false, "count": 0, "list": []}, "x": %s}',
    '{"results": [], "errors": [], "time": %s}',
    '{"type": "diagnostic", "fields": {"code": "banned", "severity": "note", "x": %s}}',
    '[{"RuleID": "a", "Secret": "b", "File": "c", "x": %s}]',
    '{"dependencies": [{"name": "a", "version": "1", "vulns": [], "x": %s}]}',
])
def test_more_than_200_levels_are_refused_wherever_they_are(tmp_path: Path, content: str) -> None:
    assert isinstance(outcome(written(tmp_path, content % depth(150))), Report)
    for levels in (250, 100_000):
        assert "more than 200 levels" in str(outcome(written(tmp_path, content % depth(levels))))


def test_nothing_of_another_file_is_read_through_a_report(tmp_path: Path) -> None:
    run = {"tool": {"driver": {"name": "t"}}, "externalPropertyFileReferences": {
        "results": [{"location": {"uri": "file:///etc/passwd"}}]}}
    found = outcome(written(tmp_path, {"version": "2.1.0", "runs": [run]}))
    assert isinstance(found, Report)
    assert found.missing == ("a run keeps its results in another file, which is not read",)


def test_every_reader_is_tried() -> None:
    assert {folder for folder, _ in SAMPLES} == set(READERS)
