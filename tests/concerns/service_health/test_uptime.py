"""The share of time that a service was up, against a count of instants."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.service_health.facts import PastCheck
from repo_vitals.concerns.service_health.uptime import down_since, flapping, uptime

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


def checks(*told: tuple[float, bool | None]) -> list[PastCheck]:
    """Hours before now, and what was found."""
    return [PastCheck(at=NOW - timedelta(hours=hours), up=up) for hours, up in told]


def every(hours: float, *, over: float, up: bool = True) -> list[PastCheck]:
    return checks(*[(place * hours, up) for place in range(int(over / hours), -1, -1)])


def test_up_at_every_check_is_up_all_the_time() -> None:
    found = uptime(every(4, over=24 * 9), end=NOW, days=7)
    assert (found.ratio, found.covered) == (1.0, 1.0)


def test_an_outage_lasts_half_way_to_the_checks_beside_it() -> None:
    # Down at -8 h, up at -12 h and -4 h: from -10 h to -6 h.
    found = uptime(checks(*[(h, h != 8) for h in range(40, -1, -4)]), end=NOW, days=1)
    assert found.ratio == pytest.approx(1 - 4 / 24)


def test_a_burst_of_checks_weighs_no_more_than_its_time() -> None:
    burst = [(6 + minute / 60, False) for minute in range(59, -1, -1)]
    found = uptime(checks((36, True), (24, True), (12, True), *burst, (0, True)), end=NOW, days=1)
    # The burst reaches from half way between -12 h and -6 h 59 min to half way between -6 h and now.
    assert found.ratio == pytest.approx(1 - ((12 + 6 + 59 / 60) / 2 - 3) / 24)


def test_a_gap_is_neither_up_nor_down() -> None:
    # In the last two days: up to 12 h on either side of -30 h, and 12 h before now. The check at -61 h does not reach.
    found = uptime(checks((61, False), (30, True), (1, True), (0, True)), end=NOW, days=2)
    assert (found.ratio, found.covered, found.checks) == (1.0, pytest.approx((24 + 13) / 48), 3)
    assert uptime(checks((61, False), (30, True), (0, True)), end=NOW, days=2).ratio is None    # too few checks


def test_a_check_that_could_not_tell_makes_a_gap_of_its_own() -> None:
    found = uptime(checks(*[(h, None if h == 8 else True) for h in range(40, -1, -4)]), end=NOW, days=1)
    assert (found.ratio, found.covered) == (1.0, pytest.approx(20 / 24))


@pytest.mark.parametrize(("hours", "known"), [(23, False), (24, True)])
def test_less_than_half_of_the_period_is_not_enough(hours: float, known: bool) -> None:
    # Four checks an hour apart at the end of the period cover `hours` - with the reach of 12 h before the first.
    first = hours - 12
    found = uptime(checks(*[(first - first * place / 3, True) for place in range(4)]), end=NOW, days=2)
    assert found.covered == pytest.approx(hours / 48)
    assert (found.ratio is not None) is known


def test_two_checks_are_not_enough() -> None:
    assert uptime(checks((12, True), (0, True)), end=NOW, days=1).ratio is None
    assert uptime(checks((12, True), (6, True), (0, True)), end=NOW, days=1).ratio == 1.0


def test_without_earlier_checks_nothing_is_known() -> None:
    assert uptime(checks((0, True)), end=NOW, days=90).ratio is None
    assert uptime([], end=NOW, days=1).covered == 0


def brute(told: list[PastCheck], days: int) -> tuple[int, int]:
    """Up and down half-minutes: at each the nearest check is looked up among all of them.

    Checks stand on whole minutes, so every border lies on a half; a quarter of a minute off, no two are equally near.
    """
    up = down = 0
    stamps = [(check.at.timestamp(), check.up) for check in told]
    for half in range(days * 24 * 120):
        moment = NOW.timestamp() - 15 - half * 30
        near, state = min((abs(stamp - moment), state) for stamp, state in stamps)
        if near <= 12 * 3600 and state is not None:
            up += state
            down += not state
    return up, down


@given(st.lists(st.tuples(st.integers(0, 3 * 1440), st.sampled_from([True, False, None])), min_size=1, max_size=12,
                unique_by=lambda one: one[0]))
def test_the_share_is_that_of_the_instants_next_to_a_check(told: list[tuple[int, bool | None]]) -> None:
    found = checks(*[(minutes / 60, up) for minutes, up in sorted(told, reverse=True)])
    found = [PastCheck(at=check.at.replace(microsecond=0) + timedelta(seconds=round(check.at.microsecond / 1e6)),
                       up=check.up) for check in found]
    up, down = brute(found, 1)
    measured = uptime(found, end=NOW, days=1)
    assert measured.covered == pytest.approx((up + down) / 2880)
    if measured.ratio is not None:
        assert measured.ratio == pytest.approx(up / (up + down))
    elif (up + down) / 2880 >= 0.5:
        assert measured.checks < 3


@pytest.mark.parametrize(("told", "since"), [
    ([(3, True), (2, False), (1, False), (0, False)], 2), ([(0, False)], 0), ([(2, False), (0, True)], None),
    ([(3, False), (2, True), (1, False), (0, False)], 1), ([(3, True), (2, False), (1, None), (0, False)], 2),
    ([(2, False), (1, None)], 2), ([(1, None), (0, None)], None), ([], None)])
def test_an_outage_begins_with_the_first_check_in_a_row_that_found_it(
        told: list[tuple[float, bool | None]], since: float | None) -> None:
    assert down_since(checks(*told)) == (None if since is None else NOW - timedelta(hours=since))


@pytest.mark.parametrize(("letters", "flaps"), [
    ("UUUUUUUUUU", False), ("UDUDUUUUUU", True), ("UDUUUUUDUU", True), ("UDUUUUUUUU", False), ("UDDDDDDDDU", False),
    ("UDUDUDUDUUUUUUUUUU", False), ("UDUD", False), ("UDUDU", True), ("U?DU?DU", True), ("UDUUUUUUUD", False)])
def test_flapping_is_four_changes_among_the_newest_ten(letters: str, flaps: bool) -> None:
    told = [(float(len(letters) - place), {"U": True, "D": False, "?": None}[letter])
            for place, letter in enumerate(letters)]
    assert flapping(checks(*told)) is flaps
