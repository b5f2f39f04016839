"""A proxy through which a program reaches public addresses only, wherever links, names and redirects lead."""
from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from repo_vitals.sources.guarded_proxy import NAMELESS, REFUSED, UNREACHED, GuardedProxy
from support.certificates import authority
from support.probing import OTHER, PUBLIC, to_loopback
from support.scripted_server import CLOSED, ScriptedServer, Step, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["authority"]
NAMES = {"public.example": [PUBLIC], "mixed.example": ["10.0.0.7", PUBLIC], "inside.example": ["169.254.169.254"]}


def resolve(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_AGAIN if host == "later.example" else socket.EAI_NONAME, "not found")
    return NAMES[host]


@pytest.fixture
def site() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda asked: answer(200, body=asked.path.encode())) as server:
        yield server


def guarded(**options: Any) -> GuardedProxy:
    return GuardedProxy(resolve=resolve, upstream=options.pop("upstream", lambda url: None), **options)


def get(proxy: GuardedProxy, url: str, *, method: str = "GET") -> tuple[int, bytes]:
    parts = urlsplit(proxy.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 0, timeout=5)
    with contextlib.closing(connection):
        connection.request(method, url, headers={"Host": urlsplit(url).netloc, "Proxy-Authorization": "Basic eDp5"})
        reply = connection.getresponse()
        return reply.status, reply.read()


def test_a_public_host_is_asked_as_if_there_were_no_proxy(
        site: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = to_loopback(monkeypatch, PUBLIC)
    with guarded() as proxy:
        assert get(proxy, f"http://public.example:{site.port}/a/b?c=%20d") == (200, b"/a/b?c=%20d")
    assert (PUBLIC, site.port) in connected
    assert site.asked[0].headers["host"] == f"public.example:{site.port}"
    assert "proxy-authorization" not in site.asked[0].headers


@pytest.mark.parametrize("host", ["127.0.0.1", "inside.example", "localhost", "[::1]", "10.1.2.3"])
def test_an_address_of_this_machine_or_its_network_is_not_connected_to(
        site: ScriptedServer, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, "localhost", ["127.0.0.1"])
    for literal in ("127.0.0.1", "::1", "10.1.2.3"):
        monkeypatch.setitem(NAMES, literal, [literal])
    with guarded() as proxy:
        assert get(proxy, f"http://{host}:{site.port}/")[0] == REFUSED
        assert set(proxy.refused) == {(host.strip("[]"), site.port)}
    assert site.asked == []


def test_of_a_name_with_several_addresses_only_public_ones_are_used(
        site: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = to_loopback(monkeypatch, PUBLIC)
    with guarded() as proxy:
        assert get(proxy, f"http://mixed.example:{site.port}/")[0] == 200
        assert proxy.refused == {}
    assert "10.0.0.7" not in {host for host, _ in connected}


def test_a_name_is_judged_anew_each_time(site: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a hostile name server could answer with a public address first, and then with this network's."""
    to_loopback(monkeypatch, PUBLIC)
    answers = [[PUBLIC], ["192.168.0.1"]]
    with GuardedProxy(resolve=lambda host, port: answers.pop(0), upstream=lambda url: None) as proxy:
        assert get(proxy, f"http://public.example:{site.port}/")[0] == 200
        assert get(proxy, f"http://public.example:{site.port}/")[0] == REFUSED


def test_a_host_may_be_allowed_by_name_and_port(site: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, "127.0.0.1", ["127.0.0.1"])
    with guarded(allowed={f"127.0.0.1:{site.port}"}) as proxy:
        assert get(proxy, f"{site.url}/x") == (200, b"/x")


@pytest.mark.parametrize("url", [
    "http://later.example/", "http://public.example:1/", "https://public.example/", "http://a:b@public.example/",
    "http://0x7f.1/", "ftp://public.example/", "/etc/passwd"])
def test_what_can_not_be_asked_has_a_status_that_no_site_sends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    to_loopback(monkeypatch, PUBLIC)
    with guarded() as proxy:
        assert get(proxy, url)[0] == UNREACHED
        assert proxy.refused == {}


def test_a_name_that_does_not_exist_is_told_from_one_that_can_not_be_looked_up_now() -> None:
    with guarded() as proxy:
        assert get(proxy, "http://nosuch.example/")[0] == NAMELESS
        assert get(proxy, "http://later.example/")[0] == UNREACHED
        assert proxy.nameless == {"nosuch.example"}


def test_behind_a_proxy_of_the_environment_a_name_unknown_here_may_well_exist() -> None:
    with guarded(upstream=lambda url: "http://127.0.0.1:1") as proxy:
        assert get(proxy, "http://nosuch.example/")[0] == UNREACHED
        assert proxy.nameless == set()


@pytest.mark.parametrize(("names", "known"), [({}, False), ({"github.com": [PUBLIC]}, True)])
def test_whether_names_can_be_looked_up_is_tried_with_one_that_exists(
        names: dict[str, list[str]], known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = {**NAMES, **names}

    def look_up(host: str, port: int) -> list[str]:
        if host not in now:
            raise socket.gaierror(socket.EAI_NONAME, "not found")
        return now[host]
    with GuardedProxy(resolve=look_up, upstream=lambda url: None) as proxy:
        get(proxy, "http://nosuch.example/")
        assert proxy.knows_names() is known


@pytest.mark.parametrize(("sent", "status"), [
    (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n", 404),
    (b"HTTP/1.1 204 Nothing\nX: y\n\n", 204),
    (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\nContent-Length: 0\r\n\r\n", UNREACHED)],
    ids=["interim answer", "bare line feeds", "endless head"])
def test_an_odd_head_is_handed_on_as_what_it_says(
        sent: bytes, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    to_loopback(monkeypatch, PUBLIC)
    with ScriptedServer(lambda asked: Step(send=sent)) as server, guarded() as proxy:
        assert get(proxy, f"http://public.example:{server.port}/")[0] == status


def test_a_program_that_goes_away_leaves_no_thread_behind_and_no_traceback(
        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    to_loopback(monkeypatch, PUBLIC)
    with ScriptedServer(lambda asked: Step(send=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000, drip=0.05)) as server, \
            guarded() as proxy:
        parts = urlsplit(proxy.url)
        for line in (f"GET http://public.example:{server.port}/ HTTP/1.1", "CONNECT public.example:443 HTTP"):
            with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=5) as connection:
                connection.sendall(f"{line}\r\nHost: x\r\n\r\n".encode()[:-2 if "CONNECT" in line else None])
                time.sleep(0.1)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ends = time.monotonic() + 3
        while any("process_request" in thread.name for thread in threading.enumerate()) and time.monotonic() < ends:
            time.sleep(0.02)
        assert [thread.name for thread in threading.enumerate() if "process_request" in thread.name] == []
    assert "Traceback" not in capfd.readouterr().err


def test_the_proxy_before_is_told_the_host_that_was_checked_and_nothing_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as before, \
            guarded(upstream=lambda url: f"http://127.0.0.1:{before.getsockname()[1]}") as proxy:
        parts = urlsplit(proxy.url)
        with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=5) as connection:
            connection.sendall(b"CONNECT 10.0.0.1:22#@PUBLIC.example:8443 HTTP/1.1\r\n\r\n")
            connection.settimeout(0.5)
            with contextlib.suppress(OSError):
                assert connection.recv(100).startswith(b"HTTP/1.1 79")
        with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=5) as connection:
            connection.sendall(b"CONNECT PUBLIC.example.:8443 HTTP/1.1\r\n\r\n")
            before.settimeout(5)
            far, _ = before.accept()
            with far:
                assert far.recv(100).split(b"\r\n")[0] == b"CONNECT public.example:8443 HTTP/1.1"


def test_https_goes_through_a_tunnel_that_the_proxy_can_not_look_into(
        authority: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, context = authority(name="public.example")
    to_loopback(monkeypatch, PUBLIC)
    with ScriptedServer(lambda asked: answer(200, body=b"secret"), tls=context) as server, guarded() as proxy:
        parts = urlsplit(proxy.url)
        connection = http.client.HTTPSConnection(str(parts.hostname), parts.port, timeout=5,
                                                 context=ssl.create_default_context(cafile=bundle))
        connection.set_tunnel("public.example", server.port)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"secret"
        refused = http.client.HTTPSConnection(str(parts.hostname), parts.port, timeout=5)
        refused.set_tunnel("inside.example", 443)
        with pytest.raises(OSError, match="796"):
            refused.request("GET", "/latest/meta-data")
        assert proxy.refused == {("inside.example", 443): "a link-local address"}


def test_a_proxy_of_the_environment_is_asked_for_public_hosts_with_its_credentials() -> None:
    with ScriptedServer(lambda asked: answer(200, body=b"by way of it")) as before:
        named = f"http://user:pass%3A@127.0.0.1:{before.port}"
        with guarded(upstream=lambda url: named) as proxy:
            assert get(proxy, "http://public.example/a")[1] == b"by way of it"
            assert get(proxy, "http://inside.example/a")[0] == REFUSED
    assert [asked.path for asked in before.asked] == ["http://public.example/a"]
    assert before.asked[0].headers["proxy-authorization"] == "Basic dXNlcjpwYXNzOg=="


def test_a_second_request_on_a_connection_never_reaches_the_first_ones_host(
        site: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some servers keep a connection that they are asked to close, and say so."""
    to_loopback(monkeypatch, PUBLIC)
    with guarded() as proxy:
        parts = urlsplit(proxy.url)
        with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=5) as connection:
            connection.sendall(f"GET http://public.example:{site.port}/first HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert b"Connection: close" in connection.recv(65_536)
            with contextlib.suppress(OSError):
                connection.sendall(b"GET http://other.example/second HTTP/1.1\r\nHost: y\r\n\r\n")
                assert connection.recv(65_536) == b""
    assert [asked.path for asked in site.asked] == ["/first"]


def test_a_server_that_breaks_off_breaks_off_for_the_program_too(monkeypatch: pytest.MonkeyPatch) -> None:
    to_loopback(monkeypatch, OTHER)
    with ScriptedServer(lambda asked: CLOSED) as server, \
            GuardedProxy(resolve=lambda host, port: [OTHER], upstream=lambda url: None) as proxy, \
            pytest.raises(http.client.HTTPException):
        get(proxy, f"http://public.example:{server.port}/")


def test_the_program_is_told_to_use_no_other_way_for_any_host() -> None:
    with guarded() as proxy:
        environment = proxy.environment()
    assert {value for name, value in environment.items() if "no_proxy" not in name.lower()} == {proxy.url}
    assert environment["NO_PROXY"] == environment["no_proxy"] == ""
    assert "HTTP_PROXY" not in environment, "of programs behind a web server: a header could name it"
