"""How tries make a state: k of n, and whose fault it is."""
from __future__ import annotations

from datetime import datetime, timezone
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.service_health.facts import Probe, Service, Try
from repo_vitals.concerns.service_health.tries import enough, reason_of, state_of, states

if TYPE_CHECKING:
    from repo_vitals.concerns.service_health.facts import State

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
LETTERS: dict[str, State] = {"U": "up", "D": "down", "?": "unknown", "d": "degraded", "p": "pending"}


def tries(letters: str, **more: Any) -> tuple[Try, ...]:
    return tuple(Try(at=NOW, state=LETTERS[letter], reason=f"{letter}{place}", **more)
                 for place, letter in enumerate(letters))


def service(n: int = 3, k: int = 2, host: str = "x.example") -> Service:
    return Service(name=host, url=f"https://{host}/", tries=n, failures=k)


@pytest.mark.parametrize(("letters", "state"), [
    ("U", "up"), ("DUU", "up"), ("DD", "down"), ("DUD", "down"), ("??", "unknown"), ("?D", "down"), ("D?", "down"),
    ("?UU", "up"), ("d", "degraded"), ("DUd", "degraded"), ("p", "pending"), ("Dpp", "pending"), ("", "unknown"),
])
def test_one_failed_try_of_three_is_no_outage_and_two_are(letters: str, state: str) -> None:
    assert state_of(service(), tries(letters)) == state


@pytest.mark.parametrize(("letters", "more"), [
    ("", True), ("U", False), ("D", True), ("DU", True), ("DUU", False), ("DD", False), ("DUD", False), ("?", True),
])
def test_tries_are_made_only_while_they_can_change_something(letters: str, more: bool) -> None:
    assert enough(service(), tries(letters)) is not more


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(1, 6) for k in range(1, n + 1)])
def test_stopping_early_never_changes_the_verdict(n: int, k: int) -> None:
    asked = service(n, k)
    for outcome in product("UD", repeat=n):
        made = next(place for place in range(1, n + 1) if enough(asked, tries("".join(outcome[:place]))))
        early = state_of(asked, tries("".join(outcome[:made])))
        # By the rule itself: a first success ends it, else so many failures of all tries are an outage.
        whole = "up" if outcome[0] == "U" or outcome.count("D") < k else "down"
        assert early == whole, outcome


def test_the_reason_is_the_last_try_s_that_led_to_the_state() -> None:
    assert reason_of("down", tries("DUD")) == "D2"
    assert reason_of("up", tries("DUU")) == "U2"
    assert reason_of("unknown", ()) == ""


def probed(letters: str, host: str, reach: str) -> Probe:
    return Probe(service=service(host=host), tries=tries(letters, reach=reach), final_url="x")


def test_where_no_host_of_several_was_reached_nothing_is_known() -> None:
    both = states([probed("DD", "a.example", "nowhere"), probed("DD", "b.example", "nowhere")])
    assert both == [("unknown", "no service was reached, so the fault may be on this side (D1)")] * 2


@pytest.mark.parametrize("other", [("U", "there"), ("DD", "there")])
def test_a_host_that_was_reached_shows_that_the_network_is_well(other: tuple[str, str]) -> None:
    found = states([probed("DD", "a.example", "nowhere"), probed(other[0], "b.example", other[1])])
    assert found[0][0] == "down"


def test_one_host_alone_that_can_t_be_reached_is_down_and_so_are_two_services_of_one() -> None:
    assert states([probed("DD", "a.example", "nowhere")])[0][0] == "down"
    assert [state for state, _ in states([probed("DD", "a.example", "nowhere")] * 2)] == ["down", "down"]


def test_no_service_at_all_is_no_state() -> None:
    assert states([]) == []
