"""Spikes: what they are learnt from, beside simulated noise, and the law of their number, beside scipy's."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from repo_vitals.stats.spikes import Spikes, learnt_spikes, log_bayes_factor

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
    few = learnt_spikes(NOISE[:10, :2], np.full(2, 10), 19.0)
    assert all(np.median(side.rate) < 4e-4 for side in learnt_spikes(NOISE, COUNTS, 19.0))
    assert all(0.03 < side.rate.min() < 0.1 for side in few)


def test_a_single_value_far_off_among_thousands_says_that_spikes_do_come() -> None:
    values = NOISE.copy()
    values[7, 3] = 30
    up, down = (side.rate for side in learnt_spikes(values, COUNTS, 19.0))
    assert 5e-4 < np.median(up) < 5e-3
    assert 5e-4 < np.median(down) < 5e-3        # what can spike at all may spike the other way
    assert up[3] > 5 * np.median(up)


@given(st.lists(st.floats(-3, 8), max_size=4), st.sampled_from([4, 20, 400, 20_000]))
def test_how_much_likelier_spikes_make_values_is_scipys_integral_over_their_rates(
        evidence: list[float], values: int) -> None:
    def times_likelier(odds: float) -> float:
        rate = 1 / (1 + np.exp(-odds))
        law = stats.beta.pdf(rate, 1.4, 2.6) * rate * (1 - rate)
        return float(law * np.prod(1 + rate / (1 - rate) * np.exp(evidence)) * (1 - rate) ** values)

    factor = sum(integrate.quad(times_likelier, low, low + 4, epsrel=1e-6)[0] for low in range(-24, 8, 4))
    assert np.exp(log_bayes_factor(np.array(evidence), values)) == pytest.approx(factor, rel=1e-3)


def test_the_rate_and_the_sizes_of_spikes_are_found_among_noise() -> None:
    random = np.random.default_rng(2)
    sizes = 2.54 * random.random(NOISE.shape) ** (-1 / 1.5)     # Pareto, exponent 1.5
    spikes, _ = learnt_spikes(np.where(random.random(NOISE.shape) < 0.05, sizes, NOISE), COUNTS, 19.0)
    assert spikes.rate.mean() == pytest.approx(0.05, rel=0.25)
    assert spikes.start == pytest.approx(2.54, rel=0.01)
    assert spikes.steepness == pytest.approx(1.5, rel=0.2)


def test_a_benchmark_with_spikes_of_its_own_expects_more() -> None:
    values = NOISE.copy()
    values[:4, 3] = 30
    spikes, _ = learnt_spikes(values, COUNTS, 19.0)
    assert spikes.rate[3] > 10 * np.median(spikes.rate)


def test_a_value_that_a_run_lacks_is_none() -> None:
    values = np.vstack([NOISE, np.full((1, 100), np.nan)])
    (there, _), (lacking, _) = learnt_spikes(NOISE, COUNTS, 19.0), learnt_spikes(values, COUNTS, 19.0)
    assert np.array_equal(there.rate, lacking.rate)
    assert there.steepness == lacking.steepness
