"""What the history keeps of runs: once for each commit and kind of machine, to the last digit, whatever the names."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare import results
from repo_vitals.concerns.performance_compare.facts import Result, Seen
from repo_vitals.concerns.performance_compare.results import (
    MOST_SAMPLES,
    Accepted,
    Kept,
    Memory,
    Run,
    kept_of,
    record_of,
    rows_of,
    series_of,
    together,
)
from repo_vitals.delivery.history import InFolder
from repo_vitals.sources.history_records import Record, Records, parse_records, write_records
from repo_vitals.sources.machine import Machine

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
HERE, THERE = Machine(runner="r", cpu="x"), Machine(runner="r", cpu="y")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
KEPT = st.builds(Kept, value=NUMBERS, spread=NUMBERS, count=st.integers(1, 10**9), exact=st.booleans(),
                 regressed=st.booleans(), tolerated=st.booleans(), samples=st.lists(NUMBERS, max_size=3).map(tuple),
                 better=st.sampled_from(["lower", "higher"]), runs=st.none() | st.integers(1, 99),
                 seen=st.recursive(st.none(), lambda under: st.builds(
                     Seen, since=st.just(AT), before=NUMBERS, after=NUMBERS, mended=st.integers(0, 2), under=under),
                     max_leaves=1))
NAMES = st.text(st.characters(exclude_categories=()), max_size=8)    # half pairs too


def run(commit: str = "a", at: datetime = AT, machine: Machine = HERE, suite: str = "default", **values: float) -> Run:
    return Run(commit=commit * 40, at=at, suite=suite, machine=machine,
               values={(name, "seconds"): Kept(value=value) for name, value in values.items()})


@given(st.dictionaries(st.tuples(NAMES, NAMES), KEPT, max_size=4), NAMES)
def test_what_was_kept_comes_back_to_the_last_digit(values: dict[Any, Kept], suite: str) -> None:
    one = Run(commit="a" * 40, at=AT, suite=suite, values=values, committed_at=AT - timedelta(days=1),
              first_at=AT - timedelta(hours=1),
              machine=Machine(runner="r", cpu="\u2028", cores=4, memory=2**40, versions={"go": "1"}))
    text = write_records(Records(records=(record_of(one),)))
    assert text.count("\n") == len(text.splitlines()) == 2
    found, accepted, unread = rows_of(parse_records(text, path="x").records, suite)
    assert (found, accepted, unread) == ([one], [], 0)


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=40))
def test_a_result_is_kept_as_its_median_its_spread_and_few_samples_that_have_the_same_middle(samples: list[float],
                                                                                             ) -> None:
    kept = kept_of(Result(name="x", unit="seconds", better="higher", samples=tuple(samples), exact=True))
    assert kept.value == median(samples)
    assert kept.spread == median([abs(sample - kept.value) for sample in samples])
    assert (kept.count, kept.better, kept.exact) == (len(samples), "higher", True)
    assert set(kept.samples) <= set(samples)
    assert len(kept.samples) == (0 if len(samples) == 1 else min(len(samples), MOST_SAMPLES))
    if len(samples) > MOST_SAMPLES:
        ranks = [sorted(samples).index(sample) for sample in kept.samples]
        assert ranks == sorted(ranks)
        assert min(samples) <= kept.samples[3] <= kept.value <= kept.samples[4]


def test_jobs_of_a_matrix_are_one_run_and_what_is_measured_again_replaces_what_was_there() -> None:
    later = AT + timedelta(hours=1)
    first, second, again = run(a=1, b=2), run(c=3), run(at=later, b=9, d=4)
    [one] = together([again, second, first])
    assert {name: kept.value for (name, _), kept in one.values.items()} == {"a": 1, "b": 9, "c": 3, "d": 4}
    assert one.at == AT         # when the commit was first measured: its place in time
    assert len({record_of(each).key for each in (first, second, again)}) == 3
    assert record_of(run(at=later, a=5, b=6)).key == record_of(first).key       # the same job again


def test_another_machine_another_commit_and_another_suite_are_other_runs() -> None:
    runs = [run(a=1), run(a=1, machine=THERE), run("b", a=1), run(a=1, suite="other")]
    assert len(together(runs)) == 4
    assert len({record_of(each).key for each in runs[:3]}) == 3


@pytest.mark.parametrize("change", [
    {"v": 2}, {"suite": "other"}, {"commit": "HEAD"}, {"commit": 7}, {"kind": "something"}, {"machine": None},
    {"values": [["a", "seconds", "lower", float("inf"), 0, 1, [], False, False, False]]},
    {"values": [["a", "seconds", "lower", "1", 0, 1, [], False, False, False]]},
    {"values": [["a", "seconds", "sideways", 1, 0, 1, [], False, False, False]]}, {"values": [["a"]]}, {"values": 7},
    {"values": [[1, "seconds", "lower", 1, 0, 1, [], False, False, False]]}, {"committed_at": "never"}, {"first_at": 7},
])
def test_a_row_of_something_else_is_counted_and_used_for_nothing(change: dict[str, Any]) -> None:
    good = record_of(run(a=1))
    bad = Record(key="bad", at=AT, row={**good.row, **change})
    assert rows_of([good, bad], "default") == ([run(a=1)], [], 1)


def test_what_was_accepted_is_remembered_with_its_reason(tmp_path: Path) -> None:
    place = InFolder(tmp_path)
    history = place.history()
    memory = Memory(history, "acme/widget")
    said = [Accepted(commit="b" * 40, at=AT, key=("parse <b>\n", "seconds"), reason="new\x00parser"),
            Accepted(commit="b" * 40, at=AT)]
    for one in said:
        memory.accept("s", one)
    place.write(history, at=AT)
    found = Memory(place.history(), "acme/widget").accepted("s")
    assert sorted(found, key=str) == sorted(said, key=str)


def test_a_memory_keeps_suites_and_repositories_apart(tmp_path: Path) -> None:
    place = InFolder(tmp_path)
    history = place.history()
    Memory(history, "Acme/Widget").keep(run(a=1))
    Memory(history, "acme/widget").keep(run(b=2))
    Memory(history, "acme/other").keep(run("c", a=3))
    Memory(history, "acme/widget").keep(run("d", a=4, suite="../../Ünsafe"))
    Memory(history, "acme/widget").keep(run("e"))           # nothing in it
    place.write(history, at=AT)
    memory = Memory(place.history(), "acme/widget")
    assert memory.runs("default") == together([run(a=1), run(b=2)])
    assert memory.runs("../../Ünsafe") == [run("d", a=4, suite="../../Ünsafe")]
    assert not memory.runs("none")
    assert not memory.notes
    assert sorted(path.parent.name for path in tmp_path.rglob("2026-11.jsonl")) == [
        "default", "default", series_of("../../Ünsafe")]


def test_rows_of_a_newer_version_stay_where_they_are_and_are_named(tmp_path: Path) -> None:
    place = InFolder(tmp_path)
    history = place.history()
    newer = {**record_of(run(a=1)).row, "v": 2}
    history.add("performance-compare", "acme/widget", "default", [Record(key="newer", at=AT, row=newer)])
    place.write(history, at=AT)
    history = place.history()
    memory = Memory(history, "acme/widget")
    memory.keep(run(b=2))
    place.write(history, at=AT)
    assert memory.runs("default") == [run(b=2)]
    [note] = memory.notes
    assert note == ("history: 1 record(s) of earlier runs were left out: they were changed, or a newer version wrote "
                    "them")
    assert '"v":2' in (tmp_path / "records/performance-compare/acme/widget/default/2026-11.jsonl").read_text()


def test_more_benchmarks_than_a_history_can_bear_are_not_kept_and_it_is_said(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_VALUES", 2)
    history = InFolder(tmp_path).history()
    memory = Memory(history, "acme/widget")
    memory.keep(run(a=1, b=2, c=3))
    assert not history.is_changed
    assert "3 benchmarks are more than the 2 of a run that it keeps" in memory.notes[0]


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
                    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=3), inner, max_size=3))


@given(st.sampled_from(["v", "suite", "commit", "kind", "machine", "values", "committed_at", "first_at", "benchmark",
                        "reason"]),
       JSON)
def test_whatever_stands_in_a_row_it_is_a_run_or_counted(key: str, value: Any) -> None:
    good = record_of(run(a=1))
    found, accepted, unread = rows_of([Record(key="x", at=AT, row={**good.row, key: value})], "default")
    assert len(found) + len(accepted) + unread == 1
