"""Moderated variances, beside scipy's functions and laws with known parameters."""
from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from repo_vitals.stats.moderation import (
    MOST_DEGREES,
    USUAL_DEGREES,
    USUAL_SPREAD,
    Prior,
    digamma,
    inverse_trigamma,
    learnt_prior,
    trigamma,
)


def test_the_derivatives_of_log_gamma_are_scipys() -> None:
    x = np.geomspace(1e-6, 1e8, 200)
    assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-10)
    assert trigamma(x) == pytest.approx(special.polygamma(1, x), rel=1e-10)


@pytest.mark.parametrize("x", np.geomspace(1e-4, 1e6, 20))
def test_the_inverse_of_trigamma_gives_back_what_scipys_was_given(x: float) -> None:
    assert inverse_trigamma(float(special.polygamma(1, x))) == pytest.approx(x, rel=1e-9)


def test_the_prior_of_many_variances_is_the_one_they_were_drawn_from() -> None:
    random = np.random.default_rng(20)
    true = 0.02**2 * 6 / random.chisquare(6, 20_000)
    degrees = np.full(true.shape, 9.0)
    prior = learnt_prior(true * random.chisquare(9, true.shape) / 9, degrees)
    assert prior.degrees == pytest.approx(6, rel=0.1)
    assert prior.variance == pytest.approx(0.02**2, rel=0.05)


def test_variances_alike_but_for_their_own_noise_are_trusted_no_more_than_the_most() -> None:
    random = np.random.default_rng(21)
    prior = learnt_prior(random.chisquare(9, 5000) / 9, np.full(5000, 9.0))
    assert prior.degrees == MOST_DEGREES


def test_too_few_variances_leave_the_usual_one_and_those_of_zero_do_not_count() -> None:
    usual = Prior(variance=USUAL_SPREAD**2, degrees=USUAL_DEGREES)
    assert learnt_prior(np.array([1.0, 2.0, 0.0, 0.0]), np.full(4, 9.0)) == usual


def test_a_moderated_variance_lies_between_its_own_and_the_prior() -> None:
    prior = Prior(variance=4.0, degrees=5.0)
    assert prior.moderated(np.array([5.0]), np.array([5.0])) == pytest.approx((4 * 5 + 5) / 10)
