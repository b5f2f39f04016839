"""Version numbers in one order, and ranges that admit them."""
from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from semver import Version as SemVer

from repo_vitals.concerns.docs_freshness.versions.numbers import Number, parse
from repo_vitals.concerns.docs_freshness.versions.ranges import admits

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.versions.packages import Ecosystem

RISING = ["1.0.0.dev1", "1.0.0-alpha", "1.0.0a2", "1.0.0-beta.1", "1.0.0-rc.1", "1.0.0-SNAPSHOT", "1.0.0",
          "1.0.0.post1", "1.0.1", "1.2", "1.10.0", "2024.1.15"]


def number(text: str) -> Number:
    found = parse(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(("one", "other"), list(pairwise(RISING)))
def test_versions_of_all_ecosystems_are_in_one_order(one: str, other: str) -> None:
    assert number(one) < number(other)


@pytest.mark.parametrize(("one", "other"), [
    ("1.2", "1.2.0"), ("v1.2.3", "1.2.3"), ("1.0.0-rc.1", "1.0.0rc1"), ("1.2.3+build.5", "1.2.3"),
    ("5.3.1.RELEASE", "5.3.1"), ("2024.01.05", "2024.1.5"), ("1.0.0-alpha.1", "1.0a1")])
def test_what_is_written_differently_is_one_version(one: str, other: str) -> None:
    assert number(one) == number(other)


@pytest.mark.parametrize("text", ["", "latest", "1.x", "v", "1..2", "1.2.3 beta", "x1.2", "1." * 200, "\u0661.2",
                                  f"1{'a' * 78}!", f"1{'a1' * 39}!", f"1{'-a' * 39}!", "1.2-", "1.2--3"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert parse(text) is None


NUMBERS = st.integers(0, 30)


@st.composite
def both(draw: st.DrawFn) -> tuple[str, str]:
    """A version as Cargo and as PyPI write it."""
    plain = ".".join(str(draw(NUMBERS)) for _ in range(3))
    word = draw(st.sampled_from(["", "alpha", "beta", "rc"]))
    count = draw(NUMBERS)
    short = {"": "", "alpha": "a", "beta": "b", "rc": "rc"}[word]
    return (f"{plain}-{word}.{count}", f"{plain}{short}{count}") if word else (plain, plain)


@given(both(), both())
def test_the_order_is_semvers_and_pep_440s(one: tuple[str, str], other: tuple[str, str]) -> None:
    ours = number(one[0]) < number(other[1])
    assert ours == (SemVer.parse(one[0]) < SemVer.parse(other[0])) == (Version(one[1]) < Version(other[1]))


@given(both())
def test_both_spellings_are_one_version(one: tuple[str, str]) -> None:
    assert number(one[0]) == number(one[1])


@pytest.mark.parametrize(("ecosystem", "requirement", "version", "answer"), [
    ("cargo", "1.2", "1.4.0", True), ("cargo", "1.2", "2.0.0", False), ("cargo", "0.2", "0.3.0", False),
    ("cargo", "0.2.3", "0.2.9", True), ("cargo", "0.0.3", "0.0.4", False), ("cargo", "1", "1.9.9", True),
    ("cargo", "=1.2.3", "1.2.4", False), ("cargo", ">=1.2, <1.5", "1.4.0", True), ("cargo", "~1.2", "1.3.0", False),
    ("cargo", "*", "7.0.0", True), ("cargo", "1.*", "1.9.0", True), ("cargo", "1.5", "1.4.0", False),
    ("npm", "1.2.3", "1.2.4", False), ("npm", "1.2", "1.2.9", True), ("npm", "^1.2.3", "1.9.0", True),
    ("npm", "~1.2.3", "1.3.0", False), ("npm", "1.x || 2.x", "2.3.0", True), ("npm", "1.2 - 1.4", "1.4.0", True),
    ("npm", "<=1.2", "1.2.9", True), ("npm", ">1.2", "1.2.9", False), ("npm", "latest", "1.0.0", None),
    ("pypi", "==1.4.0", "1.4", True), ("pypi", "~=1.2", "1.9", True), ("pypi", "~=1.2.0", "1.3", False),
    ("pypi", ">=1,<2", "2.0", False), ("pypi", "^1.2", "1.9.0", True), ("pypi", "==1.*", "1.7", True),
    ("pypi", "nonsense", "1.0", None), ("maven", "1.4.0", "1.4", True), ("maven", "1.4.0", "1.4.1", False),
])
def test_a_range_admits_what_its_ecosystem_would_install(
    ecosystem: Ecosystem, requirement: str, version: str, answer: bool | None,
) -> None:
    assert admits(ecosystem, requirement, number(version)) is answer


@pytest.mark.parametrize(("short", "version", "answer"), [
    ("v1", "1.4.2", True), ("1.4", "1.4.2", True), ("v1.0", "1.0.3", True), ("1.0", "1.1.0", False),
    ("v2", "1.4.2", False), ("1.4.2", "1.4.2", True), ("1.4.0", "1.4.2", False), ("1", "1.0.0-rc.1", True)])
def test_the_first_numbers_stand_for_all_that_begin_with_them(short: str, version: str, answer: bool) -> None:
    assert number(short).begins(number(version)) is answer
