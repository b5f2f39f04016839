"""Names with parameters, sizes, and set-ups that are told apart."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.formats.pieces import size_in, told_apart, with_parameters

PARAMETERS = st.dictionaries(st.text(max_size=4), st.text(max_size=6) | st.integers() | st.booleans() | st.none(),
                             max_size=3)


@given(PARAMETERS, PARAMETERS)
def test_different_parameters_never_look_the_same(one: dict[str, object], other: dict[str, object]) -> None:
    as_texts = [[(key, str(value) if isinstance(value, (bool, int, type(None))) else value)
                 for key, value in given_parameters.items()] for given_parameters in (one, other)]
    if as_texts[0] != as_texts[1]:
        assert with_parameters("n", one) != with_parameters("n", other)


@pytest.mark.parametrize(("parameters", "size"), [
    ({}, None), ({"n": 5}, 5.0), ({"n": "1000"}, 1000.0), ({"n": "0.5", "kind": "a"}, 0.5), ({"n": 5, "m": 6}, None),
    ({"n": 0}, None), ({"n": -1}, None), ({"n": True}, None), ({"n": "1e3"}, None), ({"n": 10 ** 400}, None),
    ({"n": float("inf")}, None), ({"n": [1]}, None), ({"n": "٣"}, None),
])
def test_the_one_parameter_that_is_a_number_above_0_is_a_size(
        parameters: dict[str, object], size: float | None) -> None:
    assert size_in(parameters) == size


def test_only_what_differs_is_added_to_names_and_only_to_those_that_collide() -> None:
    assert told_apart([("a", "s", [("mode", "x"), ("threads", 1)]), ("a", "s", [("mode", "y"), ("threads", 1)]),
                       ("a", "B", [("mode", "x"), ("threads", 1)]), ("b", "s", [("mode", "x y"), ("threads", 1)]),
                       ("c", "", [("", "(n=1)")]), ("c", "", [("", "(n=2)")])]) == [
        "a [mode=x]", "a [mode=y]", "a", "b", "c(n=1)", "c(n=2)"]
