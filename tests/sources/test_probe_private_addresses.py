"""Probes of web services: where they are not led, by a redirect or a name."""
from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from repo_vitals.sources.probe import Prober
from repo_vitals.sources.web_url import parse_url
from support import hostile
from support.probing import GOOD, OTHER, PUBLIC, QUICK, to_loopback, why
from support.scripted_server import ScriptedServer, answer, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("no_proxies")


def test_loopback_is_not_asked_unless_it_is_allowed_by_name() -> None:
    with ScriptedServer(in_turn(GOOD)) as server:
        url = parse_url(server.url)
        assert "a loopback address" in why(Prober().ask(url))[0]
        assert "a loopback address" in why(Prober(allowed={"127.0.0.1:1"}).ask(url))[0]
        assert Prober(allowed={"localhost"}).ask(parse_url(f"http://localhost:{server.port}/")).reply is not None
        assert server.asked[0].headers["host"] == f"localhost:{server.port}"
        assert len(server.asked) == 1


def test_what_takes_leave_is_said_in_the_askers_own_words() -> None:
    url = parse_url("http://127.0.0.1:1/")
    assert why(Prober().ask(url))[0].endswith("a loopback address, which is asked only when allow-private names it")
    assert why(Prober(refusing="which is not visited").ask(url))[0].endswith("a loopback address, which is not visited")


def test_a_redirect_to_this_machine_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = to_loopback(monkeypatch, PUBLIC)
    with ScriptedServer(in_turn(GOOD)) as inside, ScriptedServer(lambda asked: answer(
            302, headers={"location": inside.url + "/admin"})) as outside:
        found = Prober(resolve=lambda host, port: [PUBLIC if host == "example.org" else host]).ask(
            parse_url(f"http://example.org:{outside.port}/"))
    assert why(found) == ("it redirects to a loopback address, which is asked only when allow-private names it",
                          "there")
    assert inside.asked == []
    assert connected[:1] == [(PUBLIC, outside.port)]


@pytest.mark.parametrize("location", [
    "http://169.254.169.254/latest/meta-data/", "http://[::ffff:127.0.0.1]/", "http://[::1]/", "http://localhost/",
    "http://metadata.example/", "http://[64:ff9b::10.0.0.1]/", "http://10.0.0.1.:80/", "//192.168.1.1/",
])
def test_no_form_of_a_private_address_is_followed(location: str) -> None:
    names = {"localhost": "127.0.0.1", "metadata.example": "169.254.169.254"}
    with ScriptedServer(lambda asked: answer(302, headers={"location": location})) as server:
        found = Prober(allowed={f"127.0.0.1:{server.port}"}, resolve=lambda host, port: [names.get(host, host)]).ask(
            parse_url(server.url))
    assert found.requests == 1
    assert why(found)[0].startswith("it redirects to a")


def test_a_name_that_changes_its_address_between_check_and_connection_is_connected_as_checked(
        monkeypatch: pytest.MonkeyPatch) -> None:
    connected = to_loopback(monkeypatch, PUBLIC)
    answers: Iterator[list[str]] = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    monkeypatch.setattr(socket, "getaddrinfo", _numeric_only(socket.getaddrinfo))
    with ScriptedServer(in_turn(GOOD)) as server:
        prober = Prober(resolve=lambda host, port: next(answers))
        first = prober.ask(parse_url(f"http://rebind.example:{server.port}/"))
        second = prober.ask(parse_url(f"http://rebind.example:{server.port}/"))
    assert first.reply is not None
    assert connected[0] == (PUBLIC, server.port)
    assert "a loopback address" in why(second)[0]
    assert len(server.asked) == 1


def test_each_redirect_is_resolved_and_checked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    to_loopback(monkeypatch, PUBLIC)
    answers: Iterator[list[str]] = iter([[PUBLIC], ["127.0.0.1"]])
    with ScriptedServer(lambda asked: answer(302, headers={"location": "/again"})) as server:
        found = Prober(resolve=lambda host, port: next(answers)).ask(
            parse_url(f"http://rebind.example:{server.port}/"))
    assert (found.requests, len(server.asked)) == (1, 1)
    assert why(found)[0].startswith("it redirects to a loopback address")


def _numeric_only(original: Callable[..., Any]) -> Callable[..., Any]:
    """A resolver that fails the test where a name is looked up a second time."""
    def look(host: str, *rest: Any, **named: Any) -> Any:
        assert host.replace(".", "").isdigit(), f"{host} was looked up again"
        return original(host, *rest, **named)
    return look


def test_of_a_name_with_public_and_private_addresses_only_the_public_are_tried(
        monkeypatch: pytest.MonkeyPatch) -> None:
    connected = to_loopback(monkeypatch, OTHER)
    with ScriptedServer(in_turn(GOOD)) as server:
        found = Prober(resolve=lambda host, port: ["10.0.0.1", OTHER]).ask(
            parse_url(f"http://mixed.example:{server.port}/"))
    assert found.reply is not None
    assert connected[0][0] == OTHER


def test_the_next_address_is_tried_where_the_first_takes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(in_turn(GOOD)) as server:
        found = Prober(allowed={"two.example"}, resolve=lambda host, port: ["::1", "127.0.0.1"]).ask(
            parse_url(f"http://two.example:{server.port}/"))
    assert found.reply is not None


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=hostile.short)
def test_a_hostile_location_never_leads_out_of_the_allowed_host(words: str) -> None:
    header = words.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "").replace("\0", "")
    with ScriptedServer(lambda asked: answer(302, headers={"location": header or "/"})) as server:
        found = Prober(allowed={f"127.0.0.1:{server.port}"}, limits=QUICK,
                       resolve=lambda host, port: [host if host == "127.0.0.1" else "10.0.0.1"]).ask(
            parse_url(server.url))
    assert found.requests <= 6
    assert len(server.asked) == found.requests
    assert str(found.url).isascii()
