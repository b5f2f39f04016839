"""The exponent of costs by size, against scipy's regression."""
from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.scaling import exponent

# Sizes that are nearly the same would leave few digits of their differences, in any arithmetic.
SIZES = st.lists(st.integers(0, 30).map(lambda power: 2 ** power), min_size=3, max_size=8, unique=True)
COST = st.floats(1e-9, 1e9)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_costs_that_are_a_power_of_the_size_have_that_exponent_and_no_doubt(power: float):
    found = exponent({size: 3e-9 * size ** power for size in (10.0, 100.0, 1000.0, 50_000.0)}, confidence=0.99)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((power, power, power), abs=1e-12)


@given(sizes=SIZES, data=st.data(), confidence=st.sampled_from([0.5, 0.95, 0.9999]))
def test_slope_and_interval_are_scipys(sizes: list[int], data: st.DataObject, confidence: float):
    from scipy.stats import linregress
    from scipy.stats import t as student

    costs = {float(size): data.draw(COST) for size in sizes}
    found = exponent(costs, confidence=confidence)
    truth = linregress([math.log(size) for size in costs], [math.log(cost) for cost in costs.values()])
    # Of costs that are all the same scipy says that the error is no number.
    reach = student.ppf((1 + confidence) / 2, len(costs) - 2) * truth.stderr if len(set(costs.values())) > 1 else 0
    assert found is not None
    assert found.value == pytest.approx(truth.slope, rel=1e-9, abs=1e-9)
    assert found.high - found.low == pytest.approx(2 * reach, rel=1e-9, abs=1e-9)


@given(sizes=SIZES, data=st.data(), factor=st.sampled_from([1e-6, 3.0, 1e6]))
def test_neither_the_unit_nor_the_order_changes_it(sizes: list[int], data: st.DataObject, factor: float):
    costs = {float(size): data.draw(COST) for size in sizes}
    one = exponent(costs, confidence=0.95)
    other = exponent({size: factor * cost for size, cost in reversed(costs.items())}, confidence=0.95)
    assert one is not None
    assert other is not None
    assert other.value == pytest.approx(one.value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("sizes", [(1e15 - 3, 1e15 - 2, 1e15 - 1), (1e300, math.nextafter(1e300, math.inf), 1.1e300),
                                   (5e-324, 1e-323, 1e308)])
def test_sizes_that_hardly_differ_and_sizes_worlds_apart_have_an_exponent(sizes: tuple[float, ...]):
    costs = dict(zip(sizes, (8.0, 9.0, 10.0), strict=True))
    found = exponent(costs, confidence=0.95)
    with localcontext() as context:
        context.prec = 60
        xs, ys = [Decimal(size).ln() for size in costs], [Decimal(cost).ln() for cost in costs.values()]
        middle = sum(xs) / 3
        truth = sum((x - middle) * y for x, y in zip(xs, ys, strict=True)) / sum((x - middle) ** 2 for x in xs)
    assert found is not None
    assert found.value == pytest.approx(float(truth), rel=1e-9)
    assert found.low <= found.value <= found.high


def test_two_sizes_are_too_few():
    assert exponent({1.0: 1.0, 2.0: 2.0}, confidence=0.95) is None


@pytest.mark.parametrize("costs", [{0.0: 1.0}, {1.0: 0.0}, {1.0: -1.0}, {1.0: math.inf}, {math.nan: 1.0}])
def test_what_has_no_logarithm_is_refused(costs: dict[float, float]):
    with pytest.raises(ValueError, match="positive and finite"):
        exponent({**costs, 2.0: 1.0, 3.0: 1.0}, confidence=0.95)
    with pytest.raises(ValueError, match="confidence"):
        exponent({1.0: 1.0, 2.0: 1.0, 3.0: 1.0}, confidence=1.0)
