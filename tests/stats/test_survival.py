"""Kaplan-Meier quantiles against cases worked by hand and against the product-limit formula in exact fractions."""
from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.survival import Observation, survival_quantiles

OBSERVATIONS = st.lists(st.builds(Observation, st.integers(0, 12).map(float), st.booleans()), max_size=40)
QUANTILES = ("0.1", "0.25", "0.5", "0.9", "1")


def seen(*pairs: tuple[float, bool]) -> list[Observation]:
    return [Observation(seconds, happened) for seconds, happened in pairs]


def by_definition(observations: list[Observation], q: Fraction) -> float | None:
    """S(t) for every t from the definition, then the smallest t with S(t) <= 1 - q."""
    for t in sorted({o.seconds for o in observations}):
        survival = Fraction(1)
        for s in sorted({o.seconds for o in observations if o.happened and o.seconds <= t}):
            at_risk = sum(o.seconds >= s for o in observations)
            survival *= 1 - Fraction(sum(o.happened and o.seconds == s for o in observations), at_risk)
        if survival <= 1 - q:
            return t
    return None


@given(OBSERVATIONS)
def test_quantiles_are_those_of_the_product_limit_formula(observations: list[Observation]) -> None:
    found = survival_quantiles(observations, QUANTILES)
    assert found == {q: by_definition(observations, Fraction(q)) for q in QUANTILES}


@given(OBSERVATIONS, st.randoms())
def test_the_order_of_observations_does_not_matter(observations: list[Observation], random) -> None:
    shuffled = list(observations)
    random.shuffle(shuffled)
    assert survival_quantiles(shuffled, QUANTILES) == survival_quantiles(observations, QUANTILES)


def test_ten_of_ten_at_different_times_reach_nine_tenths_at_the_ninth() -> None:
    # In floating point 1 - 0.9 is a little less than 0.1, and the ninth would be missed.
    assert survival_quantiles(seen(*((float(i), True) for i in range(1, 11))), ["0.9"]) == {"0.9": 9.0}


def test_one_quick_answer_among_nine_unanswered_says_nothing_about_the_median() -> None:
    assert survival_quantiles(seen((3600, True), *[(86400, False)] * 9), ["0.5"]) == {"0.5": None}


def test_the_textbook_case_of_six_remissions() -> None:
    # 6, 6, 6, 7, 10 with 6, 9, 10 censored among 21 (Freireich et al. 1963, treated group): S(23) = 0.448.
    times = seen((6, True), (6, True), (6, True), (7, True), (10, True), (13, True), (16, True), (22, True),
                 (23, True), *((t, False) for t in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)))
    assert survival_quantiles(times, ["0.5", "0.25"]) == {"0.5": 23, "0.25": 13}


def test_an_event_and_a_censoring_at_the_same_time_count_the_censored_one_as_at_risk() -> None:
    assert survival_quantiles(seen((5, False), (5, True)), ["0.5"]) == {"0.5": 5}


def test_a_zero_is_a_time_like_any_other() -> None:
    assert survival_quantiles(seen((0, True), (7200, True)), ["0.5"]) == {"0.5": 0}


def test_nothing_observed_has_no_quantiles() -> None:
    assert survival_quantiles([], ["0.5", "0.9"]) == {"0.5": None, "0.9": None}
