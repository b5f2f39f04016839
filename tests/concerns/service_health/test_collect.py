"""What is asked, and what becomes of the answers: the real client against services on loopback."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from repo_vitals.concerns.service_health.collect import collect, past_of
from repo_vitals.concerns.service_health.facts import Facts, PastCheck, Probe
from repo_vitals.concerns.service_health.inputs import SERVICES
from repo_vitals.concerns.service_health.tries import states
from repo_vitals.report.model import Cost
from repo_vitals.simulator.services import Page, Services, Version
from repo_vitals.sources.history_points import Point
from repo_vitals.sources.probe import Answered, Prober
from repo_vitals.sources.probe_wire import ProbeFailure, Reply
from repo_vitals.sources.web_url import parse_url
from support.scripted_server import RESET, ScriptedServer, answer, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.sources.web_url import WebUrl

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


class Clock:
    """Time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def elapsed(self) -> float:
        return self.seconds


def collected(lines: str, *, allowed: tuple[str, ...] = ("127.0.0.1",), clock: Clock | None = None,
              cost: Cost | None = None, prober: Any = None, points: tuple[Point, ...] = ()) -> Facts:
    clock = clock or Clock()
    return collect(prober or Prober(allowed=allowed), repository="acme/widget", services=SERVICES.kind.parse(lines),
                   end=NOW, cost=cost or Cost(), points=points, sleep=clock.sleep, elapsed=clock.elapsed)


def one(facts: Facts) -> tuple[Probe, str, str]:
    [probe] = facts.probes
    [(state, reason)] = states(facts.probes)
    return probe, state, reason


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def test_a_service_that_answers_is_asked_once(services: Services) -> None:
    cost = Cost()
    probe, state, _ = one(collected(f"x = {services.url}/ text=well", cost=cost))
    assert (state, len(probe.tries), cost.requests, cost.retries) == ("up", 1, 1, 0)
    assert probe.tries[0].status == 200
    assert probe.tries[0].seconds is not None


def test_one_failed_try_is_no_outage(services: Services) -> None:
    services.pages["/"].failing = 1
    clock, cost = Clock(), Cost()
    probe, state, _ = one(collected(f"x = {services.url}/ wait=7s", clock=clock, cost=cost))
    assert (state, [found.state for found in probe.tries]) == ("up", ["down", "up", "up"])
    assert (clock.slept, cost.requests, cost.retries) == ([7, 7], 3, 2)
    assert [found.at for found in probe.tries] == [NOW + timedelta(seconds=passed) for passed in (0, 7, 14)]


def test_two_failed_tries_of_three_are(services: Services) -> None:
    services.pages["/"].failing = 2
    probe, state, reason = one(collected(f"x = {services.url}/"))
    assert (state, reason, len(probe.tries)) == ("down", "it answered 503", 2)


def test_a_connection_that_is_reset_is_tried_again() -> None:
    with ScriptedServer(in_turn(RESET, answer(200, body=b"x"))) as server:
        probe, state, _ = one(collected(f"x = {server.url}/"))
    assert (state, [found.status for found in probe.tries]) == ("up", [None, 200, 200])


def test_redirects_are_followed_and_counted(services: Services) -> None:
    services.pages["/old"] = Page(status=301, headers={"location": "/?secret=1"})
    cost = Cost()
    probe, state, _ = one(collected(f"x = {services.url}/old?key=secret", cost=cost))
    assert (state, cost.requests, probe.final_url) == ("up", 2, f"{services.url}/")


def test_a_redirect_that_is_expected_is_not_followed(services: Services) -> None:
    services.pages["/old"] = Page(status=301, headers={"location": "/nowhere"})
    probe, state, _ = one(collected(f"x = {services.url}/old expect=301"))
    assert (state, probe.tries[0].status) == ("up", 301)


def test_a_head_question_is_one(services: Services) -> None:
    one(collected(f"x = {services.url}/ method=HEAD"))
    assert [asked[:2] for asked in services.asked] == [("HEAD", "/")]


@pytest.mark.parametrize(("indicator", "state"), [("none", "up"), ("minor", "degraded"), ("critical", "down")])
def test_a_status_page_is_believed(services: Services, indicator: str, state: str) -> None:
    services.indicator = indicator
    assert one(collected(f"x = {services.url}/api/v2/summary.json kind=statuspage"))[1] == state


def test_components_are_picked_out_of_a_status_page(services: Services) -> None:
    services.components["API Requests"] = "major_outage"
    line = f"x = {services.url}/api/v2/summary.json kind=statuspage components="
    assert one(collected(f"{line}Actions"))[1] == "up"
    probe, state, _ = one(collected(f'{line}"Actions,API Requests"'))
    assert (state, probe.remark) == ("down", "API Requests: major outage")


def test_a_status_page_that_cant_be_read_says_nothing_of_its_service(services: Services) -> None:
    assert one(collected(f"x = {services.url}/ kind=statuspage"))[1:] == (
        "unknown", "its status page tells nothing: its answer is not JSON")
    services.pages["/odd"] = Page(body='{"status": {"indicator": "purple"}}')
    services.pages["/long"] = Page(body="{" + " " * 10_000_001 + "}")
    assert one(collected(f"x = {services.url}/odd kind=statuspage"))[1] == "unknown"
    assert one(collected(f"x = {services.url}/long kind=statuspage"))[1] == "unknown"


@pytest.mark.parametrize("status", [301, 403, 404, 429, 500, 503])
def test_a_status_page_that_answers_otherwise_says_nothing_of_its_service(services: Services, status: int) -> None:
    services.pages["/page"] = Page(status=status)
    _, state, reason = one(collected(f"x = {services.url}/page kind=statuspage"))
    assert (state, reason.startswith("its status page tells nothing: ")) == ("unknown", True)


def test_a_status_page_that_is_not_reached_says_nothing_of_its_service() -> None:
    with ScriptedServer(in_turn(then=RESET)) as server:
        assert one(collected(f"x = {server.url}/ kind=statuspage"))[1] == "unknown"
        address = server.url
    _, state, reason = one(collected(f"x = {address}/ kind=statuspage"))
    assert (state, reason) == ("unknown", "its status page tells nothing: the connection was refused")


def test_a_status_page_that_was_read_is_believed_although_another_try_could_not_read_it() -> None:
    page = {"status": {"indicator": "critical"}}
    with ScriptedServer(in_turn(answer(503), answer(content=page))) as server:
        probe, state, _ = one(collected(f"x = {server.url}/ kind=statuspage"))
    assert [found.state for found in probe.tries] == ["unknown", "down"]
    assert state == "down"


def docs(services: Services, *options: str) -> tuple[Probe, str, str]:
    line = f"docs.rs:widget base={services.url} registry={services.url} {' '.join(options)}"
    return one(collected(line))


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_docs_rs_is_asked_for_the_version_that_the_registry_calls_newest(services: Services) -> None:
    services.crate("widget", Version(number="1.0.0", published=ago(days=9)),
                   Version(number="1.1.0", published=ago(days=2)),
                   Version(number="1.2.0", published=ago(days=1), yanked=True),
                   Version(number="2.0.0-rc.1", published=ago(days=1)))
    probe, state, _ = docs(services)
    assert (state, probe.remark) == ("up", "1.1.0")
    assert [asked[1] for asked in services.asked] == ["/api/v1/crates/widget", "/crate/widget/1.1.0/status.json"]


def test_a_version_that_is_given_is_asked_for_without_the_registry(services: Services) -> None:
    services.crate("widget", Version(number="1.0.0", published=ago(days=9)))
    assert one(collected(f"docs.rs:widget@1.0.0 base={services.url}"))[1] == "up"
    assert [asked[1] for asked in services.asked] == ["/crate/widget/1.0.0/status.json"]


@pytest.mark.parametrize(("age", "built", "known", "state"), [
    (3, None, True, "pending"), (3, False, True, "pending"), (3, True, False, "pending"), (30, None, True, "down"),
    (30, False, True, "down"), (30, True, False, "down"), (30, True, True, "up")])
def test_documentation_has_a_day_to_be_built(services: Services, age: float, built: bool | None, known: bool,
                                             state: str) -> None:
    services.crate("widget", Version(number="1.0.0", published=ago(hours=age), built=built, known=known))
    assert docs(services)[1] == state


def test_a_registry_that_is_down_says_nothing_of_docs_rs(services: Services) -> None:
    services.pages["/api/v1/crates/widget"] = Page(status=500)
    assert docs(services)[1:] == ("unknown", "the registry answered 500, not with the crate")
    services.pages["/api/v1/crates/widget"] = Page(body="<html>")
    assert docs(services)[1:] == ("unknown", "of the registry's answer: its answer is not JSON")


def test_a_crate_that_the_registry_does_not_know_has_no_documentation(services: Services) -> None:
    assert docs(services)[1:] == ("down", "the registry knows no such crate")


def test_a_version_in_the_registry_s_answer_never_leads_elsewhere(services: Services) -> None:
    services.crate("widget", Version(number="1.0.0/../../../admin", published=ago(days=9)))
    assert docs(services)[1] == "unknown"
    assert {asked[1] for asked in services.asked} == {"/api/v1/crates/widget"}


def test_a_crate_is_up_where_its_newest_version_is_not_yanked(services: Services) -> None:
    services.crate("widget", Version(number="1.0.0", published=ago(days=9)))
    line = f"crates.io:widget base={services.url}"
    assert one(collected(line))[1] == "up"
    services.crate("widget", Version(number="1.0.0", published=ago(days=9)),
                   Version(number="1.0.1", published=ago(days=1), yanked=True))
    probe, state, reason = one(collected(line))
    assert (state, reason, probe.remark) == ("down", "the newest version is yanked", "1.0.1")


class Silent:
    """A network on which every name is a public host that answers in the way that the test says."""

    def __init__(self, reply: Reply | ProbeFailure | None = None, *,
                 by_host: dict[str, ProbeFailure] | None = None) -> None:
        self.reply = reply or Reply(status=200, headers={}, body=b"{}", whole=True)
        self.by_host = by_host or {}
        self.asked: list[str] = []

    def allows(self, url: WebUrl) -> bool:
        return False

    def ask(self, url: WebUrl, **_: Any) -> Answered:
        self.asked.append(url.host)
        found = self.by_host.get(url.host, self.reply)
        failure = found if isinstance(found, ProbeFailure) else None
        return Answered(reply=found if isinstance(found, Reply) else None, failure=failure, url=url, seconds=0.2,
                        requests=1, certificate_expires_at=NOW)


def test_registries_are_asked_no_more_than_once_a_second() -> None:
    clock = Clock()
    lines = "\n".join(f"crates.io:a{place} tries=1" for place in range(4)) + "\na = https://a.example\nb = https://b.example"
    collected(lines, clock=clock, prober=Silent())
    assert sorted(clock.slept) == [1.0, 1.0, 1.0]


def test_an_answer_of_an_api_that_does_not_end_is_down() -> None:
    endless = Silent(Reply(status=200, headers={}, body=b"[1,", whole=False))
    assert one(collected("crates.io:a", prober=endless))[1:] == ("down", "its answer is larger than 10 MB")


def test_a_failure_on_this_side_is_unknown_and_one_on_the_other_is_down() -> None:
    here, there = ProbeFailure("no network", reach="here"), ProbeFailure("refused", reach="there")
    found = collected("a = https://a.example\nb = https://b.example", prober=Silent(by_host={
        "a.example": here, "b.example": there}))
    assert states(found.probes) == [("unknown", "no network"), ("down", "refused")]


def test_where_nothing_is_reached_nothing_is_known() -> None:
    gone = Silent(ProbeFailure("its name can't be resolved", reach="nowhere"))
    assert {state for state, _ in states(collected("crates.io\ndocs.rs\ngithub", prober=gone).probes)} == {"unknown"}


def test_the_default_services_are_one_request_each() -> None:
    network, cost = Silent(Reply(status=200, headers={}, whole=True, body=b'{"num_crates": 1, "x": "Docs.rs", '
                                                                           b'"status": {"indicator": "none"}}')), Cost()
    found = collect(network, repository="acme/widget", services=SERVICES.default,  # type: ignore[arg-type]
                    end=NOW, cost=cost)
    assert [state for state, _ in states(found.probes)] == ["up", "up", "up"]
    assert (sorted(network.asked), cost.requests) == (["crates.io", "docs.rs", "www.githubstatus.com"], 3)


def test_services_keep_their_order_and_hosts_are_asked_at_once() -> None:
    with Services() as slow, Services() as other:
        slow.pages["/slow"] = Page(seconds=0.3)
        lines = f"a = {slow.url}/slow\nb = {other.url}/\nc = {slow.url}/"
        found = collected(lines)
    assert [probe.service.name for probe in found.probes] == ["a", "b", "c"]
    assert [asked[1] for asked in slow.asked] == ["/slow", "/"]


def test_the_certificate_is_that_of_the_last_try_that_saw_one() -> None:
    probe, _, _ = one(collected("a = https://a.example", prober=Silent()))
    assert probe.certificate_expires_at == NOW


# The past.

def point(name: str, hours: float, value: float | None, service: str = "x", **labels: str) -> Point:
    at = NOW - timedelta(hours=hours)
    return Point(period=format_instant(at), name=name, labels={"service": service, **labels}, value=value,
                 samples=int(value is not None), at=at)


def test_points_become_checks_with_their_answers_time() -> None:
    assert past_of([
        point("service_response_seconds", 4, 0.25), point("service_up", 8, 0), point("service_up", 4, 1),
        point("service_up", 6, None), point("service_up", 5, 1, service="y"),
        point("service_uptime_ratio", 4, 0.5, days="7"),
        point("service_latency_seconds", 4, 9.0, quantile="0.5"),
    ], before=NOW) == {
        "x": (PastCheck(at=NOW - timedelta(hours=8), up=False), PastCheck(at=NOW - timedelta(hours=6), up=None),
              PastCheck(at=NOW - timedelta(hours=4), up=True, seconds=0.25)),
        "y": (PastCheck(at=NOW - timedelta(hours=5), up=True),)}


def test_a_run_that_is_repeated_at_the_same_instant_is_not_its_own_past() -> None:
    assert past_of([point("service_up", 0, 0), point("service_up", -1, 0)], before=NOW) == {}


def test_a_url_asked_is_shown_without_its_query() -> None:
    assert one(collected("a = https://a.example/b?key=secret", prober=Silent()))[0].final_url == "https://a.example/b"
    assert parse_url("https://a.example/b?key=secret").shown == "https://a.example/b"
