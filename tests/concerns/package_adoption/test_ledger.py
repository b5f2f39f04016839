"""What runs remember, as text and back."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.package_adoption import ledger
from repo_vitals.concerns.package_adoption.ledger import Remembered, read, snapshot_before, with_snapshot, write
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable, seal
from support import hostile

TODAY = date(2026, 1, 31)
NAME = "crates:widget"
DAYS = st.dictionaries(st.dates(date(2015, 1, 1), TODAY), st.integers(0, 10**12), max_size=20)


@given(DAYS, st.dictionaries(hostile.short, st.integers(0, 10**9), max_size=3), hostile.short)
def test_what_was_written_is_read_again(days: dict[date, int], counts: dict[str, int], newest: str) -> None:
    remembered = Remembered(
        days={"downloads": days} if days else {}, total=5, newest=newest, counters=counts, gone=counts, sums=counts,
        weeks={TODAY: (1, 2)}, snapshots={TODAY: counts}, advisories={newest: (TODAY, (newest,))},
        answers={"http://x/": {"etag": '"a"', "said": {"rows": [1, None]}}})
    assert read(write(remembered, name=NAME, today=TODAY), name=NAME) == remembered


def test_a_year_of_a_package_takes_few_bytes() -> None:
    days = {TODAY - timedelta(days=back): 12_000 + back for back in range(365)}
    assert len(write(Remembered(days={"downloads": days}), name=NAME, today=TODAY)) < 3000


@pytest.mark.parametrize("change", [
    lambda text: text[:-5], lambda text: text.replace("300", "301"), lambda text: "<html></html>", lambda text: "\n",
    lambda text: text.replace(NAME, "crates:other"),
])
def test_what_was_cut_or_changed_is_not_used(change: Any) -> None:
    text = write(Remembered(days={"downloads": {TODAY: 300}}), name=NAME, today=TODAY)
    with pytest.raises(Unusable):
        read(change(text), name=NAME)


def sealed(**changes: Any) -> str:
    fields = {"about": NAME, "days": {}, "total": None, "newest": None, "weeks": {}, "snapshots": {}, "counters": {},
              "sums": {}, "advisories": {}, "answers": {}}
    return seal({**fields, **changes}, schema_version=changes.get("schema", ledger.SCHEMA))


@pytest.mark.parametrize("changes", [
    {"days": {"downloads": {"2026-02": [1] * 31}}}, {"days": {"downloads": {"2026-13": []}}}, {"days": []},
    {"days": {"downloads": {"2026-01": [-1] * 31}}}, {"days": {"downloads": {"2026-01": [1.5] * 31}}},
    {"total": True}, {"total": 10**18}, {"weeks": {"yesterday": [1, 2]}}, {"counters": {"a": "1"}},
    {"answers": {"u": []}}, {"advisories": {"1.0.0": ["2026-01-31", [3]]}}, {"newest": 3},
])
def test_what_holds_something_else_than_it_should_is_not_used(changes: dict[str, Any]) -> None:
    assert read(sealed(), name=NAME) == Remembered()
    with pytest.raises(Unusable):
        read(sealed(**changes), name=NAME)


def test_what_a_later_version_wrote_is_told_apart() -> None:
    with pytest.raises(FromTheFuture):
        read(sealed(schema=ledger.SCHEMA + 1), name=NAME)


def test_totals_are_kept_once_a_week_and_reach_back_five_weeks() -> None:
    remembered = Remembered()
    for back in range(100, -1, -1):
        remembered = with_snapshot(remembered, TODAY - timedelta(days=back), {"1.0.0": 100 - back, "0.1.0": 0})
    ages = sorted((TODAY - day).days for day in remembered.snapshots)
    assert ages == [2, 9, 16, 23, 30]
    assert remembered.snapshots[TODAY - timedelta(days=30)] == {"1.0.0": 70}
    assert snapshot_before(remembered, TODAY) == (TODAY - timedelta(days=30), {"1.0.0": 70})


def test_totals_of_a_few_days_ago_are_no_span_to_compare() -> None:
    assert snapshot_before(with_snapshot(Remembered(), TODAY - timedelta(days=6), {"1": 1}), TODAY) is None
