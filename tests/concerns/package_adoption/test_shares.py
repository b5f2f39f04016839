"""Shares of versions, the newest one's half, and versions that nobody should pull."""
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.package_adoption.facts import Adoption, Package, Version
from repo_vitals.concerns.package_adoption.shares import (
    MOST_SHARES,
    OTHERS,
    Half,
    half,
    newest_share,
    pulled_with_flaws,
    pulled_yanked,
    shares,
)

PUBLISHED = datetime(2026, 1, 10, 12, 0, tzinfo=timezone.utc)
DAY = 86400.0


def adoption(*versions: Version, **more: Any) -> Adoption:
    return Adoption(package=Package("crates", "widget"), versions=versions, recent_days=28,
                    **{"newest": "2.0.0", "others": 0, **more})


def version(number: str, recent: int | None = None, **more: Any) -> Version:
    return Version(version=number, recent=recent, **more)


def weeks(*shares: float, first: int = 0) -> dict[date, tuple[int, int]]:
    """A share a day, from `first` days after publication."""
    return {PUBLISHED.date() + timedelta(days=first + place): (round(1000 * share), 1000)
            for place, share in enumerate(shares)}


def test_shares_are_of_all_that_is_told_versions_that_are_not_told_apart_among_them() -> None:
    found = adoption(version("2.0.0", 30), version("1.0.0", 50), version("0.1.0"), others=20)
    assert shares(found) == {"1.0.0": 0.5, "2.0.0": 0.3, OTHERS: 0.2}
    assert newest_share(found) == 0.3


def test_versions_beyond_the_largest_share_one_figure_and_the_newest_has_its_own() -> None:
    found = shares(adoption(version("2.0.0", 1), *(version(f"1.{number}.0", 100) for number in range(20))))
    assert len(found) == MOST_SHARES + 1
    assert "2.0.0" in found
    assert sum(found.values()) == pytest.approx(1)


def test_without_downloads_by_version_there_is_no_share() -> None:
    assert shares(adoption(version("2.0.0"))) == {}
    assert newest_share(adoption(version("2.0.0"))) is None
    assert newest_share(adoption(version("2.0.0"), version("1.0.0", 5))) is None
    assert newest_share(adoption(version("2.0.0", 0), version("1.0.0", 5))) == 0


@given(st.lists(st.integers(0, 10**6), max_size=30), st.integers(0, 10**6))
def test_shares_add_up_to_everything(counts: list[int], others: int) -> None:
    found = shares(adoption(*(version(f"1.{place}.0", count) for place, count in enumerate(counts)), others=others))
    assert sum(found.values()) == pytest.approx(1 if sum(counts) + others else 0)


@pytest.mark.parametrize(("known", "expected"), [
    # To the end of the third day after the day of publication, which was at noon.
    (weeks(0.1, 0.3, 0.45, 0.5, 0.4), Half(seconds=3.5 * DAY, samples=4)),
    (weeks(0.6), Half(seconds=0.5 * DAY, samples=1)),
    (weeks(0.1, 0.2), Half(seconds=None, samples=2)),                   # not yet
    ({}, Half(seconds=None, samples=0)),
    (weeks(0.7, first=60), Half(seconds=None, samples=0)),              # it had it already, nobody saw since when
    ({**weeks(0.2, first=20), **weeks(0.8, first=50)}, Half(seconds=None, samples=0)),
    (weeks(0.9, first=-3), Half(seconds=None, samples=0)),              # before there was that version
])
def test_the_newest_version_has_half_when_a_week_first_went_to_it_by_half(
    known: dict[date, tuple[int, int]], expected: Half,
) -> None:
    assert half(known, PUBLISHED) == expected


def test_without_a_date_of_publication_nothing_is_said() -> None:
    assert half(weeks(0.9), None) == Half(seconds=None, samples=0)


def test_yanked_versions_have_the_share_of_the_downloads_that_went_to_them() -> None:
    found = pulled_yanked(adoption(version("2.0.0", 90, yanked=False), version("1.0.0", 10, yanked=True)))
    assert (found.ratio, [one.version for one in found.versions]) == (0.1, ["1.0.0"])


def test_a_yanked_version_among_those_that_are_not_told_apart_leaves_the_share_unknown() -> None:
    newest = version("2.0.0", 90, yanked=False)
    assert pulled_yanked(adoption(newest, version("1.0.0", None, yanked=True), others=10)).ratio is None
    assert pulled_yanked(adoption(newest, version("1.0.0", None, yanked=True), others=0)).ratio == 0
    assert pulled_yanked(adoption(newest, version("1.0.0", None, yanked=False), others=10)).ratio == 0


def test_what_was_pulled_since_an_earlier_run_is_known_of_every_version() -> None:
    found = pulled_yanked(adoption(version("2.0.0", 90, since=30, yanked=False),
                                   version("1.0.0", None, since=10, yanked=True), others=10))
    assert found.ratio == 0.25


def test_a_version_of_which_nothing_is_told_is_not_taken_for_one_that_stands() -> None:
    told = version("1.0.0", 50, yanked=True), version("2.0.0", 45, yanked=False)
    assert pulled_yanked(adoption(*told, version("0.1.0", 5))).ratio == pytest.approx(50 / 95)
    found = pulled_yanked(adoption(*told, version("0.1.0", 6)))
    assert (found.ratio, found.reason) == (
        None, "of versions with 94 % of the downloads it is told whether they are yanked, and 95 % are needed")
    assert pulled_yanked(adoption(version("1.0.0", None), others=5)).ratio is None


def test_flaws_are_told_only_where_nearly_all_downloads_were_looked_up() -> None:
    checked = version("1.0.0", 50, advisories=("RUSTSEC-1",)), version("2.0.0", 45, advisories=())
    assert pulled_with_flaws(adoption(*checked, version("0.1.0", 5))).ratio == pytest.approx(50 / 95)
    found = pulled_with_flaws(adoption(*checked, version("0.1.0", 6)))
    assert found.ratio is None
    assert found.reason == ("of versions with 94 % of the downloads it was looked up whether they have known flaws, "
                            "and 95 % are needed")
