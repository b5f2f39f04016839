"""How components, patterns and path maps are written."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage import inputs
from repo_vitals.concerns.coverage.component_lines import components
from repo_vitals.concerns.coverage.policy import Component

CORE = Component(name="core", paths=("src/core/**", "!src/core/gen/**"), minimum=0.95)


@pytest.mark.parametrize("text", [
    "core: src/core/**, !src/core/gen/** >= 0.95", "core:src/core/**,!src/core/gen/**>=0.95",
    "\n  core :  src/core/** ,!src/core/gen/**  >=  .95  \n\n"])
def test_a_component_is_a_line(text: str) -> None:
    assert components().parse(text) == (CORE,)


def test_components_keep_their_order_and_need_no_limit() -> None:
    assert components().parse("b: x\na: y >= 0") == (
        Component(name="b", paths=("x",)), Component(name="a", paths=("y",), minimum=0.0))


@pytest.mark.parametrize("value", [
    {"core": {"paths": ["src/core/**", "!src/core/gen/**"], "minimum-ratio": 0.95}},
    ["core: src/core/**, !src/core/gen/** >= 0.95"]])
def test_the_file_has_tables_or_lines(value: Any) -> None:
    assert components().from_toml(value) == (CORE,)


@pytest.mark.parametrize(("text", "said"), [
    ("core", "is not like core:"), ("core: ", "is not like core:"), (": x", "is not like core:"),
    ("core: x >= 95", "write 0.95"), ("core: x >= nan", "minimum-ratio"), ("core: x >= ", "is not like|minimum-ratio"),
    ("core: !x", "of nothing"), ("core: ../x", "from the top"), ("a: x\na: y", "twice"), ("<b>: x", "the name"),
    ("core: >= 0.9", "without paths|is not like"), ("core: x > 0.9", "is not like"), ("core: x <= 0.9", "is not like"),
    ("core: x = 0.9", "is not like")])
def test_a_line_that_is_no_component_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        components().parse(text)


@pytest.mark.parametrize(("value", "said"), [
    (7, "tables by name"), ({"core": 7}, "no table"), ({"core": {}}, "without paths"),
    ({"core": {"path": ["x"]}}, "did you mean paths"), ({"core": {"paths": "x"}}, "array of strings"),
    ({"core": {"paths": ["x"], "minimum-ratio": "0.9"}}, "minimum-ratio"), ({"a\nb": {"paths": ["x"]}}, "the name"),
    ({str(number): {"paths": ["x"]} for number in range(201)}, "more than 200")])
def test_a_table_that_is_no_component_is_refused(value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        components().from_toml(value)


@given(st.lists(st.builds(
    Component, name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,20}", fullmatch=True),
    paths=st.lists(st.sampled_from(["src/**", "*.py", "a/b.c", "lib/"]), min_size=1, unique=True).map(tuple),
    minimum=st.one_of(st.none(), st.integers(0, 100).map(lambda cents: cents / 100))), unique_by=lambda one: one.name))
def test_what_is_shown_reads_back(some: list[Component]) -> None:
    assert components().parse(components().show(tuple(some))) == tuple(some)


@given(st.text())
def test_whatever_is_written_is_components_or_a_reason(text: str) -> None:
    try:
        found = components().parse(text)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert all(component.paths for component in found)


def test_a_path_map_is_pairs() -> None:
    kind = inputs.PATH_MAP.kind
    assert kind.parse("/build/app=src/app, C:\\work= ") == (("/build/app", "src/app"), ("C:\\work", ""))
    assert kind.from_toml(["a=b=c"]) == (("a", "b=c"),)
