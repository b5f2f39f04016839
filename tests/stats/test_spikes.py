"""Spikes: what they are learnt from, beside simulated noise, and the law of their number, beside scipy's."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from repo_vitals.stats.spikes import Spikes, learnt_spikes

COUNTS = np.full(100, 20)
NOISE = stats.t.rvs(19, size=(20, 100), random_state=np.random.default_rng(1))


@given(st.floats(0.05, 50), st.floats(0.05, 50), st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_the_number_of_spikes_has_scipys_beta_binomial_law(seen: float, usual: float, runs: list[int]) -> None:
    size = len(runs)
    spikes = Spikes(seen=np.full(size, seen), usual=np.full(size, usual), start=3.0, steepness=1.5)
    for spiked, log in enumerate(spikes.numbers(np.array(runs))):
        wanted = stats.betabinom.pmf(spiked, runs, seen, usual)
        assert np.exp(log) == pytest.approx(wanted, rel=1e-8, abs=1e-300)


def test_a_thousand_runs_have_a_number_of_spikes_as_well() -> None:
    spikes = Spikes(seen=np.array([0.01]), usual=np.array([60.0]), start=3.0, steepness=1.5)
    logs = np.concatenate(list(spikes.numbers(np.array([1000]))))
    assert np.exp(logs).sum() == pytest.approx(1)


def test_noise_of_many_values_leaves_hardly_any_spikes_and_noise_of_few_leaves_it_open() -> None:
    many = learnt_spikes(NOISE, COUNTS, 19.0)
    few = learnt_spikes(NOISE[:10, :2], np.full(2, 10), 19.0)
    assert np.median(many.rate) < 0.002
    assert 0.03 < few.rate.min() < 0.1


def test_the_rate_and_the_sizes_of_spikes_are_found_among_noise() -> None:
    random = np.random.default_rng(2)
    sizes = 2.54 * random.random(NOISE.shape) ** (-1 / 1.5)     # Pareto, exponent 1.5
    spikes = learnt_spikes(np.where(random.random(NOISE.shape) < 0.05, sizes, NOISE), COUNTS, 19.0)
    assert spikes.rate.mean() == pytest.approx(0.05, rel=0.25)
    assert spikes.start == pytest.approx(2.54, rel=0.01)
    assert spikes.steepness == pytest.approx(1.5, rel=0.2)


def test_a_benchmark_with_spikes_of_its_own_expects_more() -> None:
    values = NOISE.copy()
    values[:4, 3] = 30
    spikes = learnt_spikes(values, COUNTS, 19.0)
    assert spikes.rate[3] > 10 * np.median(spikes.rate)


def test_a_value_that_a_run_lacks_is_none() -> None:
    values = np.vstack([NOISE, np.full((1, 100), np.nan)])
    there, lacking = learnt_spikes(NOISE, COUNTS, 19.0), learnt_spikes(values, COUNTS, 19.0)
    assert np.array_equal(there.rate, lacking.rate)
    assert there.steepness == lacking.steepness
