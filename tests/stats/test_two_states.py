"""Which values of a series are in the rarer of two states, against states that were put into it."""
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.two_states import FEWEST, flips
from support.histories import KINDS

SEEDS = st.integers(0, 10_000)


def flipping(seed: int, *, apart: float = 0.2, spread: float = 0.01, share: float = 0.3, runs: int = 80,
             ) -> tuple[np.ndarray, np.ndarray]:
    """Values, and what of them their state adds."""
    rng = np.random.default_rng(seed)
    state = apart * (rng.random(runs) < share)
    return rng.normal(0, spread, runs) + state, state


@given(SEEDS, st.sampled_from([0.0, 0.05, 0.1, 0.3]), st.sampled_from([0.0, 0.01]))
def test_the_state_of_nine_runs_in_ten_is_told_beside_a_step_of_any_size(seed: int, step: float, spread: float) -> None:
    values, state = flipping(seed, spread=spread)
    values[35:] += step
    missed = np.abs(flips(values) - state) > 0.03
    assert missed.mean() <= 0.1


def test_what_flips_back_and_forth_is_put_into_the_state_that_it_is_in_more_often() -> None:
    values, state = flipping(1, share=0.75)
    assert flips(values) == pytest.approx(state - 0.2, abs=0.02)


def test_a_value_of_neither_state_is_left_as_it_is() -> None:
    values, state = flipping(2)
    values[[20, 50]] = [1.0, -0.5]
    found = flips(values)
    assert found[[20, 50]].tolist() == [0.0, 0.0]
    assert np.delete(found, [20, 50]) == pytest.approx(np.delete(state, [20, 50]), abs=0.02)


def test_a_missing_value_is_in_no_state() -> None:
    values, state = flipping(3)
    values[::9] = math.nan
    found = flips(values)
    assert not found[::9].any()
    assert found == pytest.approx(np.where(np.isnan(values), 0.0, state), abs=0.02)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"of two levels"}))
@pytest.mark.parametrize("steps", [[], [40], [20, 40, 60]])
def test_no_other_noise_has_two_states_however_many_steps_it_makes(kind: str, steps: list[int]) -> None:
    for seed in range(10):
        values = KINDS[kind](np.random.default_rng(seed), 80)
        for step in steps:
            values[step:] += 0.3
        assert not flips(values).any()


@pytest.mark.parametrize("values", [[], [1.0], [math.nan] * 40, [1.0] * 40, [0.0, 1.0] * (FEWEST // 2 - 1),
                                    [0.0] * 39 + [1.0], [0.0, 1.0] * 40, [5e-324, 0.0, 0.0] * 20])
def test_series_with_nothing_to_tell_have_none(values: list[float]) -> None:
    assert not flips(np.array(values)).any()


@given(SEEDS, st.floats(1e-6, 1e6), st.floats(-10, 10))
def test_another_unit_has_the_same_states(seed: int, scale: float, shift: float) -> None:
    values, _ = flipping(seed)
    other = flips((values + shift) * scale)
    assert np.mean(np.abs(other - flips(values) * scale) > 1e-6 * scale) <= 0.02      # rounding decides between levels
