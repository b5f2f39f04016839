"""Asking the statistics of a registry: who asks, how often, and what is not asked again."""
from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.simulator.registries import Registries
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.statistics_api import CONTACT, Absent, Question, StatisticsApi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.sources.http import Transport

TODAY = date(2026, 1, 31)


@pytest.fixture
def registries() -> Iterator[Registries]:
    with Registries(today=TODAY) as running:
        running.pypi["widget"] = {TODAY: (1, 2)}
        yield running


@pytest.fixture
def transport() -> Iterator[Transport]:
    connection = connect(token="ghs_secret", environ={}, cost=Cost(), max_wait=timedelta(hours=1),
                         sleep=lambda _: None)
    yield connection.transport
    connection.close()


def question(address: str, name: str = "widget", **more: Any) -> Question[int]:
    return Question(address=address, parts=("api", "packages", name, "overall"),
                    **{"service": "pypistats.org", "read": lambda document: len(document["data"]), "make": int, **more})


def test_names_are_encoded_whole_so_that_none_becomes_a_path() -> None:
    asked = question("https://pypistats.org/", name="@a/../b?c#d")
    assert asked.url == "https://pypistats.org/api/packages/@a%2F..%2Fb%3Fc%23d/overall"


def test_who_asks_can_be_reached_and_is_not_signed(registries: Registries, transport: Transport) -> None:
    assert StatisticsApi(transport=transport).ask(question(registries.url)) == 2
    (asked,) = registries.log
    assert (asked.user_agent, asked.signed) == (CONTACT, False)


def test_an_answer_is_remembered_under_its_etag_and_not_sent_again(
    registries: Registries, transport: Transport,
) -> None:
    first = StatisticsApi(transport=transport)
    first.ask(question(registries.url))
    again = StatisticsApi(transport=transport, known=first.learned)
    assert again.ask(question(registries.url)) == 2
    assert [one.status for one in registries.log] == [200, 304]
    assert again.learned == first.learned
    registries.pypi["widget"][TODAY - timedelta(days=1)] = (1, 1)
    assert again.ask(question(registries.url)) == 4


@pytest.mark.parametrize(("etag", "said"), [
    ('"x"', ["no number"]), ("a\r\nX-Evil: 1", 9), ("\u20ac", 9), ("x" * 100_000, 9),
])
def test_what_a_history_holds_instead_of_an_answer_is_not_used(
    registries: Registries, transport: Transport, etag: str, said: Any,
) -> None:
    known = {question(registries.url).url: {"etag": etag, "said": said}}
    assert StatisticsApi(transport=transport, known=known).ask(question(registries.url)) == 2


def test_one_host_is_asked_once_a_second_and_another_at_once(transport: Transport) -> None:
    slept: list[float] = []
    api = StatisticsApi(transport=transport, sleep=slept.append)
    for host in ("crates.io", "pypistats.org", "crates.io"):
        api._keep_pace(host, 1.0)
    assert len(slept) == 1
    assert 0.9 < slept[0] <= 1


def test_the_pace_is_kept_between_tries_and_from_the_last_of_them_on(
    registries: Registries, transport: Transport, monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, slept = [0.0], []
    monkeypatch.setattr("repo_vitals.sources.statistics_api.time.monotonic", lambda: now[0])
    monkeypatch.setattr("repo_vitals.sources.statistics_api.LOOPBACK", re.compile("nowhere"))
    registries.faults = FaultPlan([Fault(kind="not-json", times=1)])
    send = transport.without_token().send

    def takes_three_seconds(*arguments: Any) -> Any:
        response = send(*arguments)
        now[0] += 3 if not slept else 0
        return response
    rested: list[float] = []
    monkeypatch.setattr(transport.patience, "_sleep", rested.append)
    api = StatisticsApi(transport=transport, sleep=slept.append)
    monkeypatch.setattr(api.transport, "send", takes_three_seconds)
    api.ask(question(registries.url))
    api.ask(question(registries.url))
    assert slept == [1.0]
    assert rested == [1.0]      # which chance alone would have made shorter


def test_a_service_that_failed_twice_is_not_asked_a_third_time_and_another_at_its_address_is(
    registries: Registries, transport: Transport,
) -> None:
    registries.faults = FaultPlan([Fault(kind="not-json")])
    api = StatisticsApi(transport=transport)
    for _ in range(3):
        with pytest.raises(CouldNotMeasure, match="its answer is not JSON"):
            api.ask(question(registries.url))
    assert len(registries.log) == 10
    registries.faults = FaultPlan()
    assert api.ask(question(registries.url, service="crates.io")) == 2


def test_an_absence_in_the_services_own_words_is_told_from_any_other_404(
    registries: Registries, transport: Transport,
) -> None:
    with pytest.raises(Absent):
        StatisticsApi(transport=transport).ask(question(registries.url, name="nothing"))
    with pytest.raises(CouldNotMeasure, match="it answered 404, and not as its API does"):
        StatisticsApi(transport=transport).ask(
            question(registries.url, name="nothing", absent=lambda document: "error" in document))


@pytest.mark.parametrize("status", [401, 403, 410, 418])
def test_any_other_status_is_no_answer(registries: Registries, transport: Transport, status: int) -> None:
    registries.faults = FaultPlan([Fault(kind="status", status=status, body="json")])
    with pytest.raises(CouldNotMeasure, match=f"pypistats.org answered {status}, .* whether 127.* lets this"):
        StatisticsApi(transport=transport).ask(question(registries.url))
