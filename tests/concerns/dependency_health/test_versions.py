"""Versions as their ecosystems order them."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health.versions import (
    behind,
    first_difference,
    is_prerelease,
    newest_stable,
    parse,
)
from support.hostile import text as hostile_text

ECOSYSTEMS: tuple[Any, ...] = ("cargo", "npm", "pypi")


@pytest.mark.parametrize(("ecosystem", "used", "newest", "expected"), [
    ("cargo", "1.2.3", "2.0.0", "major"), ("npm", "1.2.3", "1.3.0", "minor"), ("npm", "1.2.3", "1.2.10", "patch"),
    ("cargo", "0.1.0", "0.2.0", "minor"), ("cargo", "1.0.0", "1.0.0", "current"), ("npm", "2.0.0", "1.9.9", "current"),
    ("cargo", "1.0.0-rc.1", "1.0.0", "patch"), ("npm", "2.0.0-beta", "1.0.0", "current"),
    ("pypi", "1.0", "1.0.0", "current"), ("pypi", "1.0", "1.0.post1", "patch"), ("pypi", "2023.5", "2024.1", "major"),
    ("pypi", "1.0", "1!0.5", "major"), ("pypi", "1.2.3.4", "1.2.3.5", "patch"), ("pypi", "1.0rc1", "1.0", "patch"),
    ("npm", "1.0", "1.0.0", None), ("pypi", "latest", "1.0", None), ("cargo", "1.0.0", "", None),
])
def test_how_far_a_version_is_behind_is_the_first_number_that_differs(
    ecosystem: Any, used: str, newest: str, expected: str | None,
) -> None:
    assert behind(ecosystem, used, newest) == expected


@pytest.mark.parametrize(("versions", "expected"), [
    ([("1.0.0", False), ("2.0.0", True), ("3.0.0-rc.1", False)], "2.0.0"),
    ([("1.0.0", True), ("2.0.0", False)], "1.0.0"),                 # 2.0.0 was withdrawn, or is not for everyone yet
    ([("1.0.0", False), ("2.0.0", False)], "2.0.0"),
    ([("1.0.0", False), ("2.0.0-rc.1", True)], "1.0.0"),
    ([("1.0.0-a.1", False), ("1.0.0-a.2", False)], "1.0.0-a.2"),    # there is no release yet
    ([("nonsense", True), ("1.0.0", False)], "1.0.0"),
    ([("nonsense", True)], None), ([], None),
])
def test_the_newest_stable_version_is_the_default_one_and_else_the_greatest_release(
    versions: list[tuple[str, bool]], expected: str | None,
) -> None:
    assert newest_stable("npm", versions) == expected


@pytest.mark.parametrize(("ecosystem", "text", "expected"), [
    ("npm", "1.0.0-rc.1", True), ("npm", "1.0.0+build", False), ("cargo", "0.1.0", False), ("pypi", "1.0.dev1", True),
    ("pypi", "1.0b2", True), ("pypi", "1.0.post1", False),
])
def test_what_comes_before_a_release_is_a_pre_release(ecosystem: Any, text: str, expected: bool) -> None:
    assert is_prerelease(parse(ecosystem, text)) is expected


NUMBERS = st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple)


@given(NUMBERS, NUMBERS)
def test_the_first_difference_is_where_the_numbers_part(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    padded = [(before + (0,) * 5)[:5], (after + (0,) * 5)[:5]]
    expected = "patch"
    if padded[0][0] != padded[1][0]:
        expected = "major"
    elif padded[0][1] != padded[1][1]:
        expected = "minor"
    assert first_difference(before, after) == expected


@given(st.sampled_from(ECOSYSTEMS), hostile_text, hostile_text)
def test_any_text_at_all_is_a_version_or_none(ecosystem: Any, one: str, other: str) -> None:
    assert behind(ecosystem, one, other) in ("major", "minor", "patch", "current", None)
    assert newest_stable(ecosystem, [(one, True), (other, False)]) in (one, other, None)
