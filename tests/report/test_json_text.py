"""JSON with a member or an element a line."""
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.report.json_text import json_text

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                      | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(VALUES, st.integers(0, 4))
def test_what_is_read_back_is_what_was_written(value: object, levels: int) -> None:
    assert json.loads(json_text(value, levels=levels)) == value


def test_members_and_elements_stand_on_lines_of_their_own_down_to_a_level() -> None:
    value = {"a": 1, "b": {"c": [{"d": [1, {"e": 2}]}, {}], "f": [1, 2], "g": {"h": "ü"}}, "i": {}, "j": []}
    assert json_text(value, levels=3) == """{
  "a": 1,
  "b": {
    "c": [
      {"d": [1, {"e": 2}]},
      {}
    ],
    "f": [1, 2],
    "g": {
      "h": "ü"
    }
  },
  "i": {},
  "j": []
}"""


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_has_not_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"a": [number]}, levels=2)
