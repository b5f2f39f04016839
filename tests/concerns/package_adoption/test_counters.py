"""What was added to counters, also where they went down."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.package_adoption.counters import added, added_since

COUNTERS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1000))


def test_what_a_counter_grew_by_was_added() -> None:
    assert added({"a": 10, "b": 3}, {"a": 15, "b": 3, "new": 4}) == {"a": 5, "b": 0, "new": 4}


def test_a_counter_that_is_lower_was_corrected_and_added_nothing() -> None:
    assert added({"a": 1000}, {"a": 7}) == {"a": 0}


def test_a_counter_that_is_gone_takes_nothing_away() -> None:
    assert added({"a": 1000, "b": 1}, {"b": 2}) == {"b": 1}


def test_a_counter_that_comes_into_sight_adds_what_it_stands_at_only_where_it_is_young() -> None:
    assert added_since({"a": 1}, {"a": 3, "new": 4, "old": 5000}, {"new"}) == {"a": 2, "new": 4, "old": 0}


@given(COUNTERS, COUNTERS, st.sets(st.sampled_from("abcdef")))
def test_nothing_is_ever_taken_away(before: dict[str, int], now: dict[str, int], young: set[str]) -> None:
    grown = added_since(before, now, young)
    assert set(grown) == set(now)
    assert all(0 <= grown[name] <= added(before, now)[name] <= now[name] for name in now)
