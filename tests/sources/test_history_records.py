"""Records of single runs: lines that are merged by their keys, made coarser with age, and set aside where damaged."""
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.delivery.history import InFolder
from repo_vitals.errors import CallerError
from repo_vitals.sources.history import History
from repo_vitals.sources.history_points import DAILY_AFTER, WEEKLY_AFTER
from repo_vitals.sources.history_records import FULL, Record, Records, merged, parse_records, thinned, write_records

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

AT = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
TEXT = st.text(max_size=6)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5)
RECORDS = st.builds(Record, key=st.sampled_from("abcde"), group=st.sampled_from(["", "g"]), pinned=st.booleans(),
                    at=st.integers(0, 10**6).map(lambda seconds: AT + timedelta(seconds=seconds)),
                    row=st.dictionaries(TEXT, JSON, max_size=3))


def record(key: str = "a", *, at: datetime = AT, group: str = "", pinned: bool = False, **row: object) -> Record:
    return Record(key=key, at=at, row=row, group=group, pinned=pinned)


@given(st.lists(RECORDS, max_size=6))
def test_what_was_written_is_read_back_to_the_last_digit_and_written_alike(records: list[Record]) -> None:
    once = merged(records)
    text = write_records(Records(records=once, grain="day"))
    found = parse_records(text, path="x")
    assert found.records == once
    assert not found.damaged
    assert write_records(found) == text
    assert text.isascii()


@given(st.lists(RECORDS, max_size=8, unique_by=lambda one: (one.key, one.at)), st.randoms(use_true_random=False))
def test_the_order_in_which_runs_arrive_makes_no_difference(records: list[Record], random: Random) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)
    whole = merged(records)
    assert merged(shuffled) == merged(shuffled[:3], shuffled[3:]) == merged(whole, records) == whole
    for key in {one.key for one in records}:
        newest = max((one for one in records if one.key == key), key=lambda one: one.at)
        assert newest in whole


def test_of_two_with_one_key_at_the_same_instant_the_one_that_comes_last_stands() -> None:
    assert merged([record(n=1)], [record(n=2)]) == (record(n=2),)


@pytest.mark.parametrize("line", [
    "{", "[]", "7", '{"key": "a"}', '{"key": "", "at": "2026-11-20", "row": {}}',
    '{"key": 1, "at": "2026-11-20", "row": {}}', '{"key": "a", "at": "2026-11-20", "row": []}',
    '{"key": "a", "at": "never", "row": {}}', '{"key": "a", "at": "9999-01-01", "row": {}}',
    '{"key": "a", "at": "2026-11-20", "row": {}, "pinned": 1}', '{"key": "a", "at": 7, "row": {}}',
    '{"key": "a", "at": "2026-11-20", "row": {}, "group": 1}', "[" * 100_000,
    json.dumps({"key": "a" * 501, "at": "2026-11-20", "row": {}})])
def test_a_line_that_is_no_record_is_damaged_and_the_others_stand(line: str) -> None:
    good = write_records(Records(records=(record(n=1),)))
    found = parse_records(good + line + "\n", path="x")
    assert (found.records, found.damaged) == ((record(n=1),), ((3, line),))


def test_what_a_newer_version_wrote_is_refused_by_its_name() -> None:
    with pytest.raises(CallerError, match=r"records/x was written by a newer repo-vitals \(schema 2"):
        parse_records('{"kind":"records","schema":2,"grain":"all"}\n{"what": "ever"}\n', path="records/x")


def test_old_months_keep_the_last_of_a_day_then_of_a_week_and_whatever_is_pinned() -> None:
    start = datetime(2026, 1, 5, tzinfo=timezone.utc)       # a Monday
    old = tuple(record(f"{n:03}", at=start + timedelta(hours=6 * n), pinned=n == 2) for n in range(56))
    young = tuple(record(f"young {n:03}", at=AT + timedelta(minutes=n)) for n in range(FULL))
    months = {"2026-01": Records(records=old), "2026-11": Records(records=young)}
    daily = thinned(months, datetime(2026, 2, 1, tzinfo=timezone.utc) + DAILY_AFTER)
    assert daily.keys() == {"2026-01"}
    assert daily["2026-01"].grain == "day"
    assert [one.key for one in daily["2026-01"].records] == ["002", *(f"{n:03}" for n in range(3, 56, 4))]
    weekly = thinned({**months, **daily}, datetime(2026, 2, 1, tzinfo=timezone.utc) + WEEKLY_AFTER)
    assert [one.key for one in weekly["2026-01"].records] == ["002", "027", "055"]


def test_the_newest_of_a_group_are_never_thinned_however_old() -> None:
    times = [AT + timedelta(minutes=n) for n in range(FULL + 50)]
    months = {"2026-11": Records(records=tuple(record(f"{n:03}", at=at, group="g") for n, at in enumerate(times)))}
    found = thinned(months, AT + timedelta(days=1000))["2026-11"].records
    assert [one.key for one in found] == [f"{n:03}" for n in range(50, FULL + 50)]


def test_a_month_with_damaged_lines_or_one_that_is_coarse_already_stays_as_it_is() -> None:
    later = AT + timedelta(days=1000)
    records = (record(),)
    assert not thinned({"2026-11": Records(records=records, damaged=((2, "x"),))}, later)
    assert not thinned({"2026-11": Records(records=records, grain="week")}, later)


def test_a_history_gives_the_newest_months_of_a_series_until_there_are_enough_of_a_group(tmp_path: Path) -> None:
    place = InFolder(tmp_path / "history")
    history = place.history()
    for month in range(1, 8):
        history.add("m", "Acme/Widget", "s", [record(f"{month}-{n}", at=datetime(2026, month, 1, tzinfo=timezone.utc))
                                              for n in range(3)])
        history.add("m", "acme/widget", "matrix", [
            record(f"{month}-{n}", at=datetime(2026, month, 1, tzinfo=timezone.utc), group=str(n)) for n in range(9)])
    history.add("m", "acme/widget", "other", [record("theirs")])
    place.write(history, at=AT)
    again = place.history()
    assert [one.key for one in again.records("m", "acme/widget", "s", most=7)] == [
        f"{month}-{n}" for month in range(2, 8) for n in range(3)]
    assert len(again.records("m", "acme/widget", "s", most=6)) == 6
    assert len(again.records("m", "acme/widget", "matrix", most=3)) == 6 * 9      # two months have two of each job
    assert len(again.records("m", "acme/widget", "s", most=10**6)) == 21
    assert again.records("m", "acme/widget", "none", most=1) == []


def test_a_run_without_a_history_adds_nothing() -> None:
    history = History()
    history.add("m", "acme/widget", "s", [record()])
    assert not history.is_changed
    assert history.records("m", "acme/widget", "s", most=1) == []


@given(st.text(max_size=60) | st.lists(JSON | st.fixed_dictionaries(
    {"key": JSON, "at": st.just("2026-11-20") | JSON, "row": JSON}, optional={"group": JSON, "pinned": JSON}),
    max_size=3).map(lambda rows: "\n".join(map(json.dumps, rows))))
def test_whatever_stands_in_a_file_every_line_is_a_record_a_head_or_damaged(text: str) -> None:
    found = parse_records(text, path="x")
    lines = [line for line in text.split("\n") if line.strip()]
    assert {line for _, line in found.damaged} <= set(lines)
    assert len(found.records) + len(found.damaged) <= len(lines)
    assert parse_records(write_records(found), path="x").records == found.records
