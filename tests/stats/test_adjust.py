"""p-values of many tests."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from repo_vitals.stats.adjust import benjamini_hochberg, holm

VALUES = st.lists(st.floats(0, 1), max_size=20)


def test_holm_multiplies_the_smallest_by_all_and_the_next_by_one_less() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(VALUES)
def test_holm_rejects_what_stepping_down_by_hand_rejects(values: list[float]) -> None:
    adjusted = holm(values)
    rejected = set()
    for passed, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        if values[index] * (len(values) - passed) > 0.05:
            break
        rejected.add(index)
    assert {index for index, value in enumerate(adjusted) if value <= 0.05} == rejected


@given(VALUES.filter(bool))
def test_the_false_discovery_rate_is_scipys(values: list[float]) -> None:
    assert benjamini_hochberg(values) == pytest.approx(list(stats.false_discovery_control(values)))


@given(VALUES)
def test_adjusting_keeps_order_and_never_makes_smaller(values: list[float]) -> None:
    for adjusted in (holm(values), benjamini_hochberg(values)):
        assert all(value <= new <= 1 for value, new in zip(values, adjusted, strict=True))
        in_order = [new for _, new in sorted(zip(values, adjusted, strict=True))]
        assert in_order == sorted(in_order)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="p-value"):
        holm([0.5, value])
