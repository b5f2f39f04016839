"""Probes of web services: what a visitor would find, and whose fault it is where nothing comes."""
from __future__ import annotations

import gzip
import socket
import time
from typing import Any

import pytest

from repo_vitals.sources.probe import Limits, Prober
from repo_vitals.sources.web_url import parse_url
from support.probing import GOOD, OTHER, PUBLIC, QUICK, ask, why
from support.scripted_server import CLOSED, RESET, Asked, ScriptedServer, Step, answer, cut, in_turn, requests_of

pytestmark = pytest.mark.usefixtures("no_proxies")


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


def test_questions_from_several_threads_do_not_disturb_each_other() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def echo(asked: Asked) -> Step:
        return answer(200, body=asked.path.encode())
    with ScriptedServer(echo) as server, ThreadPoolExecutor(8) as pool:
        prober = Prober(allowed={f"127.0.0.1:{server.port}"})
        found = list(pool.map(lambda n: prober.ask(parse_url(f"{server.url}/{n}")), range(40)))
    assert [one.reply.body for one in found if one.reply] == [f"/{n}".encode() for n in range(40)]
