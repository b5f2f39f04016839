"""Proxies, private certificate authorities, .netrc, debug logs: what surrounds the client on a user's machine."""
from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
import traceback
from datetime import timedelta

import pytest

from repo_vitals.errors import CouldNotMeasure, RepoVitalsError
from repo_vitals.sources.http import Request
from support.scripted_server import RESET, ConnectProxy, ScriptedServer, answer, cut, in_turn

GOOD = answer(200, {"number": 7})


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A private authority: its certificate's path, and a TLS context for a server."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is needed to make certificates")
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key",
            "-out", "ca.pem", "-subj", "/CN=Private CA", "-days", "7",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "server.key",
            "-out", "server.csr", "-subj", "/CN=ghe")
    (folder / "ext").write_text("subjectAltName=DNS:localhost,DNS:ghe.corp.example,IP:127.0.0.1\n"
                                "authorityKeyIdentifier=keyid\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "7",
            "-out", "server.pem", "-extfile", "ext")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return folder / "ca.pem", context


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (*proxies, *map(str.lower, proxies), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def get(there, url=None, **changes):
    return there.github.transport.send(Request(method="GET", url=(url or there.server.url) + "/thing", **changes))


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_private_certificate_authority_is_trusted_when_the_environment_names_it(connected, authority, name):
    certificate, context = authority
    there = connected(in_turn(GOOD), tls=context, environ={name: str(certificate)})
    assert get(there).json() == {"number": 7}


def test_a_certificate_that_is_not_trusted_is_one_line_without_retries(connected, authority):
    there = connected(in_turn(GOOD), tls=authority[1])
    with pytest.raises(CouldNotMeasure, match=r"TLS certificate is not trusted \(.*\); .* REQUESTS_CA_") as caught:
        get(there)
    assert str(caught.value).isprintable()
    assert there.server.asked == []
    assert there.clock.sleeps == []


def test_a_proxy_is_used_and_sees_no_token(connected, authority, monkeypatch):
    certificate, context = authority
    with ScriptedServer(in_turn(GOOD), tls=context) as behind, ConnectProxy(behind.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        there = connected(in_turn(GOOD), environ={
            "GITHUB_API_URL": "https://ghe.corp.example/api/v3", "REQUESTS_CA_BUNDLE": str(certificate)})
        assert get(there, "https://ghe.corp.example/api/v3").json() == {"number": 7}
        there.github.close()
        assert len(proxy.asked) == 1
        assert proxy.asked[0].startswith("CONNECT ghe.corp.example:443 HTTP/1.")
        assert "authorization" not in proxy.asked[0].lower()
        assert behind.asked[0].headers["authorization"] == "Bearer " + there.github.transport.token.reveal()


def test_a_proxys_own_password_goes_to_the_proxy_only(connected, authority, monkeypatch):
    certificate, context = authority
    with ScriptedServer(in_turn(GOOD), tls=context) as behind, ConnectProxy(behind.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:hunter2@"))
        there = connected(in_turn(GOOD), environ={
            "GITHUB_API_URL": "https://ghe.corp.example/api/v3", "REQUESTS_CA_BUNDLE": str(certificate)})
        get(there, "https://ghe.corp.example/api/v3")
        there.github.close()
        assert "Proxy-Authorization: Basic " in proxy.asked[0]
        assert "proxy-authorization" not in behind.asked[0].headers


def test_a_proxy_that_is_not_there_is_one_line_without_its_password(connected, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2@127.0.0.1:9")
    there = connected(in_turn(GOOD), environ={"GITHUB_API_URL": "https://ghe.corp.example/api/v3"})
    with pytest.raises(CouldNotMeasure, match="the proxy named in the environment could not be reached") as caught:
        get(there, "https://ghe.corp.example/api/v3")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://", "ftp://x"])
def test_a_proxy_that_cannot_be_used_is_one_line(connected, monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    there = connected(in_turn(GOOD), environ={"GITHUB_API_URL": "https://ghe.corp.example/api/v3"})
    with pytest.raises(CouldNotMeasure, match="proxy"):
        get(there, "https://ghe.corp.example/api/v3")


def test_loopback_is_reached_without_the_proxy(connected, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    there = connected(in_turn(GOOD))
    assert get(there).json() == {"number": 7}


def test_hosts_in_no_proxy_are_reached_without_the_proxy(connected, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "corp.invalid")
    there = connected(in_turn(GOOD), environ={"GITHUB_API_URL": "https://ghe.corp.invalid/api/v3"})
    with pytest.raises(CouldNotMeasure) as caught:
        get(there, "https://ghe.corp.invalid/api/v3")
    assert "proxy" not in str(caught.value)


def test_a_netrc_never_replaces_the_token(connected, monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    elsewhere = connected(in_turn(GOOD))
    there = connected(in_turn(GOOD, answer(302, {}, headers={"location": elsewhere.server.url + "/x"})))
    get(there)
    get(there)
    assert there.server.asked[0].headers["authorization"] == "Bearer " + there.github.transport.token.reveal()
    assert "authorization" not in elsewhere.server.asked[0].headers


# The token is never shown ---------------------------------------------------------------------------------------------

def hostile_echoes(token):
    """Answers that send the token back in every place that ends in an error's text."""
    text = f"no: {token}"
    return [
        answer(401, {"message": text}), answer(403, {"message": text}), answer(404, {"message": text}),
        answer(410, {"message": text}), answer(422, {"message": text, "errors": [{"field": token}, token]}),
        answer(200, {"data": None, "errors": [{"message": text}]}),
        answer(200, {"data": None, "errors": [{"message": text, "type": token, "path": ["repository", token]}]}),
        answer(200, {"data": None, "errors": [{"message": text, "type": "FORBIDDEN", "path": [token]}]}),
        answer(200, {"data": None, "errors": [{"message": text, "type": "NOT_FOUND", "path": [token]}]}),
        answer(302, {}, headers={"location": f"https://{token}.example/{token}"}),
        answer(301, {}, headers={"location": f"/{token}"}),
        cut(answer(200, {"x": text}), keep=3), RESET, answer(500, {"message": text}),
    ]


@pytest.mark.parametrize("index", range(len(hostile_echoes("x"))))
def test_the_token_is_in_no_error_log_or_traceback(connected, caplog, capfd, index):
    caplog.set_level(logging.DEBUG)
    token = "ghs_thisTokenMustNeverBeSeen0123456789"
    there = connected(in_turn(hostile_echoes(token)[index]), environ={"REPO_VITALS_DEBUG": "1"}, token=token)
    from repo_vitals.sources.github_rest import translated

    def by_graphql():
        there.github.graphql.query("repository", {"owner": "a", "name": token})

    def by_rest():
        with translated(there.github.transport.token):
            there.github.rest(seconds_between_writes=0).get_repo("a/b").create_issue("x")

    told = []
    for call in (by_graphql, by_rest):
        with pytest.raises(RepoVitalsError) as caught:
            call()
        told += [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    assert all(line.isprintable() for line in told[::3])
    captured = capfd.readouterr()
    said = "\n".join([*told, caplog.text, captured.out, captured.err, repr(there.github), str(there.github.transport),
                      repr(vars(there.github.transport)), repr(vars(there.github.transport._wire)),
                      repr(there.github.rest().requester.kwargs), str(there.github.rest().requester.auth.token)])
    assert token not in said
    assert "POST /graphql Repository" in captured.err, "the debug log is on"


def test_the_debug_log_names_the_request_but_neither_its_query_string_nor_its_body(connected, capfd):
    there = connected(in_turn(GOOD), environ={"REPO_VITALS_DEBUG": "1"})
    url = there.server.url + "/a%0Ab/::error::/##[warning]?secret=hunter2"
    there.github.transport.send(Request(method="POST", url=url, body=b"hunter2"))
    logged = capfd.readouterr().err
    assert logged.startswith("repo-vitals: POST /a%0Ab/::error::/")
    assert " → 200 in 0." in logged
    assert "hunter2" not in logged
    assert "##[" not in logged
    assert logged.count("\n") == 1


def test_nothing_is_logged_unless_asked_for(connected, capfd):
    there = connected(in_turn(GOOD), environ={"REPO_VITALS_DEBUG": "0"})
    get(there)
    assert capfd.readouterr() == ("", "")


def test_a_write_that_was_given_up_while_connecting_is_not_sent_afterwards(connected):
    from threading import Event

    from repo_vitals.sources.http_wire import _Body

    given_up = Event()
    body = _Body(b"{}", given_up)
    given_up.set()
    with pytest.raises(OSError, match="given up"):
        body.read(10)
    # That the body of a write is really one of these, so that nothing whole arrives once its exchange was given up:
    there = connected(in_turn(GOOD), max_wait=timedelta(0))
    sent = {}
    original = there.github.transport._wire._converse

    def converse(session, method, url, headers, body, authorize, replayable, event, largest):
        event.set()
        sent["url"] = url
        return original(session, method, url, headers, body, authorize, replayable, event, largest)

    there.github.transport._wire._converse = converse
    with pytest.raises(CouldNotMeasure):
        there.github.transport.send(Request(method="POST", url=there.server.url + "/x", body=b"{}", replayable=False))
    assert sent
    assert there.server.asked == []
