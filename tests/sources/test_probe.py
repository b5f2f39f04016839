"""Probes of web services: what a visitor would find, and where they are not led."""
from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings

from repo_vitals.sources import probe_wire
from repo_vitals.sources.probe import Answered, Limits, Prober
from repo_vitals.sources.web_url import parse_url
from support import hostile
from support.scripted_server import (
    CLOSED,
    RESET,
    Asked,
    ConnectProxy,
    ScriptedServer,
    Step,
    answer,
    cut,
    in_turn,
    requests_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = Limits(connect=1, read=0.4, total=1.2)
GOOD = answer(200, body=b"all is well")
PUBLIC, OTHER = "93.184.216.34", "93.184.216.35"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def to_loopback(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[tuple[str, int]]:
    """Lead connections to some public addresses to this machine instead; what was connected to is listed."""
    connected: list[tuple[str, int]] = []
    original = socket.socket.connect

    def connect(sock: socket.socket, address: Any) -> None:
        connected.append(address[:2])
        original(sock, ("127.0.0.1", address[1]) if address[0] in addresses else address)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return connected


def ask(server: ScriptedServer, path: str = "/", *, limits: Limits | None = None, **options: Any) -> Answered:
    """Ask a server that is allowed by name."""
    return Prober(allowed={f"127.0.0.1:{server.port}"}, limits=limits).ask(parse_url(server.url + path), **options)


def why(answered: Answered) -> tuple[str, str]:
    """Reason and reach of a failure."""
    assert answered.failure is not None
    return str(answered.failure), answered.failure.reach


def test_an_answer_comes_with_its_time_and_its_end() -> None:
    with ScriptedServer(in_turn(answer(302, headers={"location": "/there?q=1"}), GOOD)) as server:
        found = ask(server)
    assert found.reply is not None
    assert (found.reply.status, found.reply.body, found.reply.whole) == (200, b"all is well", True)
    assert (found.url.shown, found.requests) == (f"{server.url}/there", 2)
    assert 0 < found.seconds < 5


def test_nothing_is_sent_that_says_who_asks_but_an_address_to_complain_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    with ScriptedServer(in_turn(answer(302, headers={"location": "/b", "set-cookie": "a=b"}), GOOD)) as server:
        ask(server)
    for asked in server.asked:
        assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert "github.com/nushell-works/repo-vitals" in asked.headers["user-agent"]


def test_a_head_question_brings_no_body() -> None:
    with ScriptedServer(lambda asked: Step(send=answer(200, body=b"").send.replace(
            b"content-length: 0", b"content-length: 11"))) as server:
        found = ask(server, method="HEAD")
    assert found.reply is not None
    assert (requests_of(server), found.reply.body) == (["HEAD /"], b"")


@pytest.mark.parametrize("location", ["/a", "/"])
def test_a_circle_of_redirects_is_left_at_once(location: str) -> None:
    turns = {"/": "/a", "/a": location}
    with ScriptedServer(lambda asked: answer(307, headers={"location": turns[asked.path]})) as server:
        assert why(ask(server)) == ("it redirects in a circle", "there")
        assert len(server.asked) == 2


def test_endless_redirects_end() -> None:
    with ScriptedServer(lambda asked: answer(302, headers={"location": asked.path + "a"})) as server:
        found = ask(server)
    assert why(found)[0] == "it redirects more than 5 times"
    assert found.requests == len(server.asked) == 6


def test_a_redirect_that_is_expected_is_the_answer() -> None:
    with ScriptedServer(in_turn(answer(301, headers={"location": "/b"}))) as server:
        found = ask(server, final=(301,))
    assert found.reply is not None
    assert (found.reply.status, found.requests) == (301, 1)


@pytest.mark.parametrize(("script", "reason"), [
    (RESET, "broke off, or what came is not HTTP"), (CLOSED, "broke off, or what came is not HTTP"),
    (cut(GOOD, keep=3), "its answer broke off"), (cut(GOOD, keep=3, end="reset"), "broke off"),
    (Step(before=5), "did not answer in time"),
    (Step(send=GOOD.send, drip=0.1), "no whole answer within 1.2 s"),
    (Step(send=b"SSH-2.0-OpenSSH_9.6\r\n", end="close"), "not HTTP"),
    (Step(send=b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n", end="close"), "not HTTP"),
    (Step(send=b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", end="close"), "not HTTP"),
    (answer(200, headers={"content-encoding": "gzip"}, body=b"not gzip"), "could not be decompressed"),
    (answer(200, headers={"content-encoding": "gzip"}, body=gzip.compress(b"all is well")[:-4]), "broke off"),
    (answer(200, headers={"content-encoding": "br"}, body=b"x"), "compressed in a way that was not asked for"),
    (answer(200, headers={"content-encoding": "gzip, gzip"}, body=b"x"), "not asked for"),
    (answer(302, headers={"location": "ftp://example.org/"}), "redirects to what is neither"),
    (answer(302, headers={"location": "http://ann:b@example.org/"}), "holds credentials"),
    (answer(302, headers={"location": "http://0x7f.1/"}), "several ways"),
    (answer(302, headers={"location": "http://\xff\xfe/"}), "redirects to what"),
    (answer(302, headers={"location": "http://" + "a" * 3000}), "longer than"),
])
def test_whatever_goes_wrong_is_a_reason_and_no_answer(script: Step, reason: str) -> None:
    with ScriptedServer(lambda asked: script) as server:
        found = ask(server, limits=QUICK)
    assert found.reply is None
    assert reason in why(found)[0]
    assert found.failure is not None
    assert found.failure.reach == "there"
    assert found.seconds < 4


def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert why(Prober(allowed={"127.0.0.1"}).ask(parse_url(f"http://127.0.0.1:{port}/"))) == (
        "the connection was refused", "there")


@pytest.mark.parametrize(("error", "reason", "reach"), [
    (socket.gaierror(socket.EAI_AGAIN, "x"), "could not be resolved for the moment", "here"),
    (socket.gaierror(socket.EAI_NONAME, "x"), "can't be resolved", "nowhere"),
    (OSError("x"), "can't be resolved", "nowhere"), (UnicodeError("x"), "can't be resolved", "nowhere"),
])
def test_a_name_that_is_not_resolved_tells_whose_fault_that_may_be(error: Exception, reason: str, reach: str) -> None:
    def fail(host: str, port: int) -> list[str]:
        raise error
    found = Prober(resolve=fail).ask(parse_url("https://example.org/"))
    assert reason in why(found)[0]
    assert why(found)[1] == reach
    assert found.requests == 0


@pytest.mark.parametrize(("number", "reach"), [
    ("ENETUNREACH", "here"), ("EHOSTUNREACH", "nowhere"), ("EMFILE", "here")])
def test_a_network_that_is_gone_is_on_this_side(monkeypatch: pytest.MonkeyPatch, number: str, reach: str) -> None:
    import errno

    def connect(sock: socket.socket, address: Any) -> None:
        raise OSError(getattr(errno, number), "x")
    monkeypatch.setattr(socket.socket, "connect", connect)
    assert why(Prober(resolve=lambda host, port: [PUBLIC]).ask(parse_url("http://example.org/")))[1] == reach


@pytest.mark.parametrize(("addresses", "reach"), [
    (["127.0.0.1", "::1"], "there"), (["::1", "127.0.0.1"], "there"), (["::1"], "here")])
def test_that_this_machine_has_no_ipv6_says_nothing_of_a_service(monkeypatch: pytest.MonkeyPatch, addresses: list[str],
                                                                 reach: str) -> None:
    import errno

    def connect(sock: socket.socket, address: Any) -> None:
        raise OSError(errno.ENETUNREACH, "x") if ":" in address[0] else ConnectionRefusedError(errno.ECONNREFUSED, "x")
    monkeypatch.setattr(socket.socket, "connect", connect)
    prober = Prober(allowed={"example.org"}, resolve=lambda host, port: addresses)
    assert why(prober.ask(parse_url("http://example.org/")))[1] == reach


def test_a_redirect_to_a_name_that_is_not_there_is_the_service_s_own_fault() -> None:
    def look(host: str, port: int) -> list[str]:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "x")
        return [host]
    with ScriptedServer(lambda asked: answer(302, headers={"location": "http://gone.example/"})) as server:
        found = Prober(allowed={"127.0.0.1"}, resolve=look).ask(parse_url(server.url))
    assert why(found) == ("after a redirect: its name can't be resolved", "there")


def test_addresses_that_all_swallow_the_question_were_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(sock: socket.socket, address: Any) -> None:
        time.sleep(0.3)
        raise TimeoutError
    monkeypatch.setattr(socket.socket, "connect", connect)
    found = Prober(resolve=lambda host, port: [PUBLIC, OTHER], limits=Limits(total=0.4)).ask(
        parse_url("http://example.org/"))
    assert why(found) == ("no whole answer within 0.4 s", "nowhere")


def test_a_name_server_that_never_answers_is_not_waited_for() -> None:
    def slow(host: str, port: int) -> list[str]:
        time.sleep(2)
        return []
    found = Prober(resolve=slow, limits=Limits(total=0.2)).ask(parse_url("https://example.org/"))
    assert why(found) == ("no whole answer within 0.2 s", "nowhere")
    assert found.seconds < 1.5


def test_an_answer_packed_in_several_parts_is_read_whole() -> None:
    parts = [b"all is ", b"", b"well", b"a" * 50_000, b" and ends"]
    body = b"".join(map(gzip.compress, parts))
    for padding in (b"", b"\0" * 100, b"not gzip"):
        with ScriptedServer(in_turn(answer(200, headers={"content-encoding": "gzip"}, body=body + padding))) as server:
            reply = ask(server).reply
        assert reply is not None
        assert (reply.body, reply.whole) == (b"".join(parts), True)


def test_a_later_part_that_breaks_off_or_is_too_large_is_noticed() -> None:
    first = gzip.compress(b"x" * 10)
    for rest in (gzip.compress(b"more")[:-4], b"\x1f"):
        with ScriptedServer(in_turn(answer(200, headers={"content-encoding": "gzip"}, body=first + rest))) as server:
            assert str(ask(server).failure) == "its answer broke off"
    body = first + gzip.compress(b"a" * 10_000_000)
    with ScriptedServer(in_turn(answer(200, headers={"content-encoding": "gzip"}, body=body))) as server:
        reply = ask(server, largest=1000).reply
    assert reply is not None
    assert (len(reply.body), reply.whole) == (1000, False)


@pytest.mark.parametrize("place", range(4))
def test_a_part_may_begin_at_the_end_of_a_piece(place: int) -> None:
    first, second = gzip.compress(b"x"), gzip.compress(b"y")
    pieces = [first + second[:place], second[place:]]

    class Answer:
        headers: ClassVar = {"content-encoding": "gzip"}

        def read(self, _: int, *, decode_content: bool) -> bytes:
            return pieces.pop(0) if pieces else b""

    assert probe_wire._read(Answer(), threading.Event(), 100) == (b"xy", True)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut(pack: Callable[[bytes], bytes]) -> None:
    bomb = answer(200, body=pack(b"a" * 200_000_000), headers={"content-encoding": "gzip"})
    with ScriptedServer(in_turn(bomb)) as server:
        found = ask(server)
    assert found.reply is not None
    assert (len(found.reply.body), found.reply.whole) == (1_000_000, False)


def test_a_large_answer_is_read_to_the_limit_and_no_further() -> None:
    with ScriptedServer(in_turn(answer(200, body=b"a" * 3_000_000))) as server:
        found = ask(server, largest=1000)
    assert found.reply is not None
    assert (found.reply.body, found.reply.whole) == (b"a" * 1000, False)


def test_an_answer_of_exactly_the_limit_is_whole() -> None:
    with ScriptedServer(in_turn(answer(200, body=b"a" * 1000))) as server:
        found = ask(server, largest=1000)
    assert found.reply is not None
    assert (len(found.reply.body), found.reply.whole) == (1000, True)


# Where a probe is not led.

def test_loopback_is_not_asked_unless_it_is_allowed_by_name() -> None:
    with ScriptedServer(in_turn(GOOD)) as server:
        url = parse_url(server.url)
        assert "a loopback address" in why(Prober().ask(url))[0]
        assert "a loopback address" in why(Prober(allowed={"127.0.0.1:1"}).ask(url))[0]
        assert Prober(allowed={"localhost"}).ask(parse_url(f"http://localhost:{server.port}/")).reply is not None
        assert server.asked[0].headers["host"] == f"localhost:{server.port}"
        assert len(server.asked) == 1


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


# Certificates.

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


# Proxies of the environment.

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
            assert Prober(resolve=resolve).ask(parse_url("http://inside.example/")).reply is None
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


def test_questions_from_several_threads_do_not_disturb_each_other() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def echo(asked: Asked) -> Step:
        return answer(200, body=asked.path.encode())
    with ScriptedServer(echo) as server, ThreadPoolExecutor(8) as pool:
        prober = Prober(allowed={f"127.0.0.1:{server.port}"})
        found = list(pool.map(lambda n: prober.ask(parse_url(f"{server.url}/{n}")), range(40)))
    assert [one.reply.body for one in found if one.reply] == [f"/{n}".encode() for n in range(40)]
