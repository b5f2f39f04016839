"""What was found right is not looked at again; what is wrong is found each time."""
from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.github_schema import Disagreement, check_rest
from support.held_once import family

SCHEMA = {"$ref": "#/$defs/pair", "$defs": {
    "pair": {"type": "object", "properties": {"a": {"$ref": "#/$defs/count"}, "b": {"$ref": "#/$defs/word"},
                                              "c": {"$ref": "#/$defs/pair"}}, "additionalProperties": False},
    "count": {"type": "integer", "minimum": 0},
    "word": {"type": ["string", "null"]}}}
REMEMBERING = family()(SCHEMA)
PLAIN = jsonschema.Draft202012Validator(SCHEMA)
leaves: Any = st.sampled_from([0, 1, -1, 1.0, 1.5, True, False, None, "", "1", "null", [], [1]])
values = st.recursive(leaves, lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4), max_leaves=6)


def said(validator: Any, value: Any) -> list[tuple[str, str]]:
    return sorted((error.json_path, error.message) for error in validator.iter_errors(value))


@given(values)
def test_it_says_what_it_would_have_said_without_remembering(value: Any) -> None:
    for _ in range(2):
        assert said(REMEMBERING, value) == said(PLAIN, value)


def test_an_answer_that_is_like_one_found_right_but_for_a_detail_is_found_wrong() -> None:
    limit = {"limit": 60, "remaining": 59, "reset": 1769839200, "used": 1}
    right = {"resources": {"core": limit, "search": limit}, "rate": limit}
    wrong = {**right, "resources": {"core": limit, "search": {**limit, "used": "1"}}}
    for _ in range(2):
        check_rest("GET", "/rate_limit", 200, right)
        with pytest.raises(Disagreement, match="search"):
            check_rest("GET", "/rate_limit", 200, wrong)
