"""Wilson's interval."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.simulator.truth_ci import wilson_bounds
from repo_vitals.stats.wilson import wilson_interval


@pytest.mark.parametrize(("successes", "trials", "low", "high"), [
    (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (18, 20, 0.6990, 0.9721), (1, 1, 0.2065, 1.0),
])
def test_the_bounds_are_those_of_published_tables(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson_interval(successes, trials) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_nothing_tried_says_nothing() -> None:
    assert wilson_interval(0, 0) is None


@pytest.mark.parametrize(("successes", "trials", "confidence"), [(2, 1, 0.95), (-1, 1, 0.95), (1, 1, 1.0), (1, 1, 0)])
def test_what_can_not_be_is_refused(successes: int, trials: int, confidence: float) -> None:
    with pytest.raises(ValueError):
        wilson_interval(successes, trials, confidence=confidence)


@given(st.integers(1, 3000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_share_lies_within_and_the_bounds_are_those_found_by_halving(counts: tuple[int, int]) -> None:
    successes, trials = counts
    low, high = wilson_interval(successes, trials) or (2.0, 2.0)
    assert 0 <= low <= successes / trials <= high <= 1
    assert wilson_bounds(successes, trials) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


@given(st.integers(0, 50), st.integers(50, 100))
def test_more_confidence_is_a_wider_interval(successes: int, trials: int) -> None:
    narrow, wide = (wilson_interval(successes, trials, confidence=confidence) for confidence in (0.8, 0.99))
    assert narrow is not None
    assert wide is not None
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
