"""What was added to counters, also where they went down."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.package_adoption.counters import added, begun_anew

COUNTERS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1000))


def test_what_a_counter_grew_by_was_added() -> None:
    assert added({"a": 10, "b": 3}, {"a": 15, "b": 3, "new": 4}) == {"a": 5, "b": 0, "new": 4}


def test_a_counter_that_is_lower_was_begun_anew_and_has_what_it_stands_at() -> None:
    assert added({"a": 1000}, {"a": 7}) == {"a": 7}
    assert begun_anew({"a": 1000, "b": 1}, {"a": 7, "b": 2}) == ["a"]


def test_a_counter_that_is_gone_takes_nothing_away() -> None:
    assert added({"a": 1000, "b": 1}, {"b": 2}) == {"b": 1}


@given(COUNTERS, COUNTERS)
def test_nothing_is_ever_taken_away(before: dict[str, int], now: dict[str, int]) -> None:
    grown = added(before, now)
    assert set(grown) == set(now)
    assert all(0 <= count <= now[name] for name, count in grown.items())
