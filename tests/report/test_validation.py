"""Our small validator says what `jsonschema` says, of our schema and of any document."""
from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.report import validation
from repo_vitals.report.schema import schema
from repo_vitals.report.validation import problem
from support.reports import report, sample, sample_with_agenda

RULES = schema()
ORACLE = jsonschema.Draft202012Validator(RULES)
CONTRACT = json.loads((Path(__file__).parents[1] / "data" / "report" / "contract.json").read_text(encoding="utf-8"))
DOCUMENTS = [CONTRACT, report().as_json(), sample().as_json(), sample_with_agenda().as_json()]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**20), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20), st.sampled_from([
        "pass", "fail", "unknown", "warn", "high", "info", "2026-01-31T06:00:00Z", "2026-01-31T06:00:00Z\n", ">= 0.9",
        "ratio", "seconds", "x_seconds", "a" * 16, "f" * 16, "acme/widget", "https://x.example/", "https://x.example/\n",
        "coverage", 1, 1.0, 0, 0.0, 1.5, True]))
VALUES = st.recursive(LEAVES, lambda inner: st.one_of(
    st.lists(inner, max_size=3),
    st.dictionaries(st.sampled_from(["file", "line", "end_line", "metric", "labels", "points", "title", "x"]), inner,
                    max_size=3)), max_leaves=6)


def agrees(document: Any) -> bool:
    """Whether both say the same of a document; the verdict."""
    ours = problem(document, RULES)
    assert (ours is None) == ORACLE.is_valid(document), (ours, document)
    return ours is None


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, itself apart."""
    found = [path] if path else []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        found += places(inner, (*path, key))
    return found


def changed(document: Any, path: tuple[Any, ...], value: Any, *, drop: bool = False) -> Any:
    made = copy.deepcopy(document)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    if drop:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return made


@pytest.mark.parametrize("document", DOCUMENTS, ids=["contract", "plain", "sample", "agenda"])
def test_a_report_of_ours_fits(document: Any) -> None:
    assert agrees(document)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_report_with_one_thing_changed_is_judged_as_by_jsonschema(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS))
    path = data.draw(st.sampled_from(places(document)))
    agrees(changed(document, path, data.draw(VALUES)))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_report_with_something_more_or_less_is_judged_as_by_jsonschema(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS))
    objects = [(), *(path for path in places(document) if isinstance(_at(document, path), dict))]
    inside = data.draw(st.sampled_from(objects))
    agrees(changed(document, (*inside, data.draw(st.sampled_from(["file", "line", "end_line", "extra"]))),
                   data.draw(VALUES)))
    agrees(changed(document, data.draw(st.sampled_from(places(document))), None, drop=True))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_what_is_no_report_at_all_is_judged_as_by_jsonschema(value: Any) -> None:
    agrees(value)


def test_each_keyword_of_the_schema_decides_somewhere() -> None:
    """A validator without one of its keywords lets something through that is wrong, or is never asked."""
    used = {key for key in _keywords(RULES) if key not in validation._SAYS_NOTHING}
    assert used <= set(validation._CHECKS)


def _keywords(found: Any, *, names: bool = False) -> set[str]:
    if isinstance(found, list):
        return set().union(*map(_keywords, found)) if found else set()
    if not isinstance(found, dict):
        return set()
    own = set() if names else set(found)
    return own.union(*(
        _keywords(inner, names=not names and key in ("properties", "$defs", "dependentRequired"))
        for key, inner in found.items() if key not in ("enum", "const", "required")))


def test_a_keyword_that_is_not_known_is_never_passed_over() -> None:
    with pytest.raises(ValueError, match="the keyword multipleOf is not known"):
        problem(3, {"multipleOf": 2})


def test_the_place_is_named_and_nothing_of_the_value_is() -> None:
    said = problem(changed(CONTRACT, ("metrics", 0, "value"), "<script>"), RULES)
    assert said == "$.metrics[0].value is no number or null"


@pytest.mark.parametrize(("document", "schema", "said"), [
    ({"a": [1, {"b c": 2}]}, {"properties": {"a": {"items": {"additionalProperties": False}}}},
     "$.a[1].b c may not be there"),
    ({"x": {"Y": 1}}, {"properties": {"x": {"propertyNames": {"pattern": "^[a-z]+$"}}}},
     "the key $.x.Y does not have the form that it needs"),
    ([["a", 1, 2]], {"items": {"prefixItems": [{"type": "string"}, {}], "items": False}}, "$[0][2] may not be there"),
    ({"x" * 200: 1}, {"additionalProperties": False}, f"$.{'x' * 59}… may not be there"),
])
def test_every_kind_of_place_is_put_in_words(document: Any, schema: Any, said: str) -> None:
    assert problem(document, schema) == said


def test_a_place_is_put_in_words_only_where_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[object] = []
    plain = validation.quotable
    monkeypatch.setattr(validation, "quotable", lambda *given, **named: put.append(given) or plain(*given, **named))
    assert problem(CONTRACT, RULES) is None
    assert put == []
    assert problem({**CONTRACT, "extra": 1}, RULES) == "$.extra may not be there"
    assert len(put) == 1
