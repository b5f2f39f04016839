"""Probes of web services: certificates, and what is said of those that do not hold."""
from __future__ import annotations

import socket
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.sources.probe import Answered, Prober
from repo_vitals.sources.web_url import parse_url
from support.probing import GOOD, PUBLIC, to_loopback, why
from support.scripted_server import ScriptedServer, answer, in_turn

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_proxies")


def secure(server: ScriptedServer, bundle: Path | bool, **options: Any) -> Answered:
    """Ask a TLS server on loopback, known as localhost."""
    return Prober(allowed={"localhost"}, verify=str(bundle) if bundle is not True else True, **options).ask(
        parse_url(f"https://localhost:{server.port}/"))


def test_the_certificate_s_end_is_told(authority: Any) -> None:
    bundle, context = authority(days=20)
    with ScriptedServer(in_turn(GOOD), tls=context) as server:
        found = secure(server, bundle)
    assert found.reply is not None
    assert found.certificate_expires_at is not None
    left = found.certificate_expires_at - datetime.now(timezone.utc)
    assert timedelta(days=19, hours=23) < left <= timedelta(days=20)


@pytest.mark.parametrize(("made", "reason"), [
    ({"days": -1, "before": 9}, "its certificate has expired"), ({"before": -2}, "its certificate is not valid yet"),
    ({"name": "other.example"}, "its certificate is for another name"),
])
def test_a_certificate_that_does_not_hold_is_a_clear_reason(authority: Any, made: dict[str, Any], reason: str) -> None:
    bundle, context = authority(**made)
    with ScriptedServer(in_turn(GOOD), tls=context) as server:
        assert why(secure(server, bundle)) == (reason, "there")
        assert server.asked == []


def test_a_certificate_of_an_authority_that_is_not_known_is_not_trusted(authority: Any) -> None:
    _, context = authority()
    with ScriptedServer(in_turn(GOOD), tls=context) as server:
        assert why(secure(server, True)) == ("its certificate is signed by an unknown authority", "there")


def test_name_and_certificate_are_held_to_each_other_at_a_pinned_address(authority: Any,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, context = authority(name="service.example")
    seen: list[str | None] = []
    context.sni_callback = lambda sock, name, own: seen.append(name)
    connected = to_loopback(monkeypatch, PUBLIC)
    with ScriptedServer(in_turn(GOOD), tls=context) as server:
        found = Prober(verify=str(bundle), resolve=lambda host, port: [PUBLIC]).ask(
            parse_url(f"https://service.example:{server.port}/"))
    assert found.reply is not None, found.failure
    assert (seen, connected[0][0]) == (["service.example"], PUBLIC)
    assert server.asked[0].headers["host"] == f"service.example:{server.port}"


def test_https_is_not_led_down_to_http(authority: Any) -> None:
    bundle, context = authority()
    with ScriptedServer(in_turn(GOOD)) as plain, ScriptedServer(
            lambda asked: answer(302, headers={"location": plain.url}), tls=context) as server:
        found = Prober(allowed={"localhost", "127.0.0.1"}, verify=str(bundle)).ask(
            parse_url(f"https://localhost:{server.port}/"))
    assert why(found)[0] == "it redirects from https to plain http"
    assert plain.asked == []


def test_plain_http_where_tls_is_expected_is_a_reason(authority: Any) -> None:
    bundle, _ = authority()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def refuse() -> None:
            connection, _ = listener.accept()
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(65536)
            connection.close()
        thread = threading.Thread(target=refuse)
        thread.start()
        found = Prober(allowed={"localhost"}, verify=str(bundle), resolve=lambda host, port: ["127.0.0.1"]).ask(
            parse_url(f"https://localhost:{listener.getsockname()[1]}/"))
        thread.join()
    assert why(found) == ("no TLS connection could be made", "there")
