"""Licence expressions against a list of licences."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health.inputs import ALLOWED
from repo_vitals.concerns.dependency_health.licenses import check, known
from support.hostile import text as hostile_text

OURS = ("MIT", "Apache-2.0", "ISC")


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", "pass"),
        ("mit", "pass"),
        ("MIT OR Apache-2.0", "pass"),
        ("MIT/Apache-2.0", "pass"),
        ("MIT / GPL-3.0", "pass"),
        ("GPL-3.0-only OR MIT", "pass"),
        ("GPL-3.0-only AND MIT", "fail"),
        ("GPL-3.0-only", "fail"),
        ("GPL-2.0+", "fail"),
        ("Apache-2.0 WITH LLVM-exception", "pass"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "fail"),
        ("(MIT OR GPL-3.0-only) AND (ISC OR MPL-2.0)", "pass"),
        ("(MIT AND GPL-3.0-only) OR MPL-2.0", "fail"),
        ("non-standard", "unknown"),
        ("", "unknown"),
        ("MIT OR", "unknown"),
        ("BSD", "unknown"),
        ("LicenseRef-ours", "unknown"),
        ("MIT OR NOT-A-LICENCE", "unknown"),
        ("((MIT", "unknown"),
        ("MIT " * 1000, "unknown"),
    ],
)
def test_an_expression_passes_where_allowed_licences_can_meet_it(expression: str, verdict: str) -> None:
    assert check([expression], OURS)[0] == verdict


@pytest.mark.parametrize(
    ("expressions", "verdict"),
    [
        ([], "unknown"),
        (["MIT", "ISC"], "pass"),
        (["GPL-3.0-only", "MPL-2.0"], "fail"),
        (["MIT", "GPL-3.0-only"], "unknown"),
        (["MIT", "non-standard"], "unknown"),
    ],
)
def test_of_several_all_have_to_pass_or_all_to_fail(expressions: list[str], verdict: str) -> None:
    assert check(expressions, OURS)[0] == verdict


def test_an_exception_can_be_allowed_without_its_licence() -> None:
    whole = "GPL-2.0-only WITH Classpath-exception-2.0"
    assert check([whole], (whole,))[0] == "pass"
    assert check(["GPL-2.0-only"], (whole,))[0] == "fail"


def test_the_licences_that_are_allowed_unless_told_otherwise_are_spdx_identifiers() -> None:
    assert [name for name in ALLOWED if not known(name)] == []
    assert [known(name) for name in ("MIT OR ISC", "nonsense", "", "GPL-2.0-only WITH Classpath-exception-2.0")] == [
        False, False, False, True]


LICENCES = ("MIT", "ISC", "GPL-3.0-only", "MPL-2.0")
TREES = st.recursive(st.sampled_from(LICENCES), lambda inner: st.tuples(st.sampled_from(["AND", "OR"]), inner, inner),
                     max_leaves=8)


def written(tree: Any) -> str:
    return tree if isinstance(tree, str) else f"({written(tree[1])} {tree[0]} {written(tree[2])})"


def met(tree: Any, allowed: set[str]) -> bool:
    if isinstance(tree, str):
        return tree in allowed
    parts = met(tree[1], allowed), met(tree[2], allowed)
    return all(parts) if tree[0] == "AND" else any(parts)


@given(TREES, st.sets(st.sampled_from(LICENCES)))
def test_any_expression_is_met_as_its_ands_and_ors_say(tree: Any, allowed: set[str]) -> None:
    assert check([written(tree)], allowed)[0] == ("pass" if met(tree, allowed) else "fail")


@given(st.lists(hostile_text, max_size=3))
def test_any_text_at_all_has_a_verdict(expressions: list[str]) -> None:
    verdict, why = check(expressions, OURS)
    assert verdict in ("pass", "fail", "unknown")
    assert why.isascii()
