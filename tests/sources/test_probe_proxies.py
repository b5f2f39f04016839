"""Probes of web services through the proxies that the environment names."""
from __future__ import annotations

import socket
from typing import Any

import pytest

from repo_vitals.sources.probe import Prober
from repo_vitals.sources.web_url import parse_url
from support.probing import GOOD, PUBLIC, ask, why
from support.scripted_server import ConnectProxy, ScriptedServer, in_turn, requests_of

pytestmark = pytest.mark.usefixtures("no_proxies")


def test_a_proxy_is_used_for_a_name_that_was_cleared_here(authority: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, context = authority(name="service.example")
    with ScriptedServer(in_turn(GOOD), tls=context) as behind, ConnectProxy(behind.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//ann:pass@"))
        found = Prober(verify=str(bundle), resolve=lambda host, port: [PUBLIC]).ask(
            parse_url("https://service.example/"))
    assert found.reply is not None, found.failure
    assert found.certificate_expires_at is not None
    assert proxy.asked[0].startswith("CONNECT service.example:443")
    assert "proxy-authorization" in proxy.asked[0].lower()
    assert "proxy-authorization" not in behind.asked[0].headers


def test_plain_http_goes_through_a_proxy_as_a_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(in_turn(GOOD)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        found = Prober(resolve=lambda host, port: [PUBLIC]).ask(parse_url("http://service.example/a?b=c"))
    assert found.reply is not None, found.failure
    assert requests_of(proxy) == ["GET http://service.example/a?b=c"]


def test_nothing_private_and_nothing_unresolved_is_handed_to_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "x")
    with ScriptedServer(in_turn(GOOD)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for resolve in (unknown, lambda host, port: ["10.0.0.1"]):
            found = Prober(resolve=resolve).ask(parse_url("http://inside.example/"))
            assert found.failure is not None
            assert found.failure.reach == "here", "such networks often know no names of outside"
    assert proxy.asked == []


def test_a_host_that_is_allowed_by_name_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(in_turn(GOOD)) as proxy, ScriptedServer(in_turn(GOOD)) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert ask(server).reply is not None
    assert proxy.asked == []


def test_a_proxy_that_is_gone_is_this_side_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://127.0.0.1:{port}")
        found = Prober(resolve=lambda host, port: [PUBLIC]).ask(parse_url(f"{scheme}://service.example/"))
        assert why(found) == ("the proxy named in the environment could not be reached or refused", "here")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://", "http://[::1", "ftp://x", "http://a:99999"])
def test_a_proxy_that_can_t_be_used_is_this_side_s_fault(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    found = Prober(resolve=lambda host, port: [PUBLIC]).ask(parse_url("https://service.example/"))
    assert why(found) == ("the proxy named in the environment could not be reached or refused", "here")
