"""Channels against real servers on loopback: what arrives, and how each way of failing is told in one line."""
from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import socket
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.alert.channels import Message
from repo_vitals.delivery import notify
from repo_vitals.delivery.mail import Patience, composed, mail
from repo_vitals.delivery.notify import Limits, send
from repo_vitals.delivery.telling import Delivery, Failed
from repo_vitals.delivery.webhook import MOST_TRIES, post
from repo_vitals.sources import extras
from repo_vitals.sources.channel_addresses import Channel, mail_channels, notify_channels, signed, webhook_channels
from repo_vitals.sources.http_wire import Timeouts
from support.mail_server import mail_server
from support.scripted_server import RESET, ScriptedServer, answer, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 9, 6, tzinfo=timezone.utc)
KEY = "0123456789abcdef"
MESSAGE = Message(
    id="id-1", thread="acme/widget ci-health", subject="[firing, high] ci-health: ü\r\nBcc: x@evil.example",
    text="Déjà vu\n.\nBcc: y@evil.example\r\nend", payload={"version": "4", "alerts": [1]}, is_firing=True,
    is_grave=True)
SHORT = Limits(webhook=Timeouts(connect=2, read=1, total=3), mail=Patience(each=1, total=2), notify=5)


@dataclass(frozen=True)
class Told:
    channel: str
    number: int = 1


def deliveries(channels: tuple[Channel, ...], *notices: Told, **options: Any) -> list[Delivery]:
    return send(notices, {one.name: one for one in channels}, message=lambda _: MESSAGE, now=NOW, limits=SHORT,
                **options)


def outcomes(channels: tuple[Channel, ...], *notices: Told, **options: Any) -> list[tuple[str, str]]:
    return [(one.outcome, one.why) for one in deliveries(channels, *notices, **options)]


# -- webhook -------------------------------------------------------------------------------------------------------

def test_a_webhook_gets_signed_json_once() -> None:
    with ScriptedServer(lambda _: answer(204)) as server:
        channels = signed(webhook_channels(f"hook = {server.url}/in?key=k"), KEY)
        assert outcomes(channels, Told("hook")) == [("delivered", "")]
        [asked] = server.asked

    assert (asked.method, asked.path) == ("POST", "/in?key=k")
    assert asked.json() == MESSAGE.payload
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["idempotency-key"] == "id-1"
    assert asked.headers["x-repo-vitals-signature-256"] == (
        "sha256=" + hmac.new(KEY.encode(), asked.body, hashlib.sha256).hexdigest())
    assert "authorization" not in asked.headers


def test_what_was_not_taken_is_sent_again_with_the_same_key_and_what_may_have_been_is_not() -> None:
    [hook] = webhook_channels("http://127.0.0.1:1/x")
    with ScriptedServer(in_turn(answer(503), answer(429), answer(200))) as server:
        post(replace(hook, url=f"{server.url}/x"), MESSAGE, verify=True, sleep=lambda _: None)
        assert [asked.headers["idempotency-key"] for asked in server.asked] == ["id-1"] * MOST_TRIES
    for step in (RESET, answer(500), answer(504)):
        with ScriptedServer(in_turn(step, answer(200))) as server, pytest.raises(Failed):
            post(replace(hook, url=f"{server.url}/x"), MESSAGE, verify=True, sleep=lambda _: None)
        assert len(server.asked) == 1


@pytest.mark.parametrize(("script", "why"), [
    (answer(302, headers={"location": "https://evil.example/"}), "it answered 302 and leads elsewhere, which is not"),
    (answer(401, body=b"the secret k"), "it answered 401"),
    (answer(200, before=5), "it may or may not have taken it: it did not answer in time"),
    (answer(200, body=b"x" * 40, drip=0.2), "it may or may not have taken it: no whole answer within 3 s"),
])
def test_a_webhook_that_refuses_hangs_or_leads_elsewhere_is_told_in_one_line(script, why) -> None:
    with ScriptedServer(lambda _: script) as server:
        [(outcome, said)] = outcomes(webhook_channels(f"{server.url}/secret-path"), Told("webhook"))
        assert len(server.asked) == 1

    assert outcome == "failed"
    assert said.startswith(why)
    assert "secret" not in said


# -- mail ----------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def trusted(authority: Callable[..., Any]) -> Any:
    return authority()


def mail_url(port: int, scheme: str = "smtp", login: str = "", more: str = "", to: str = "ops@acme.example") -> str:
    return f"{scheme}://{login}localhost:{port}?from=ci@acme.example&to={to}{more}"


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_mail_arrives_encrypted_after_a_login(trusted, scheme) -> None:
    ca, context = trusted
    with mail_server(login=True, **({"starttls": context} if scheme == "smtp" else {"tls": context})) as box:
        url = mail_url(box.port, scheme, "bot:correct%20horse@")
        assert outcomes(mail_channels(url), Told("mail"), verify=str(ca)) == [("delivered", "")]

    [arrived] = box.mails
    assert box.logins == ["bot"]
    assert box.recipients == [["ops@acme.example"]]
    assert arrived["Subject"] == "[firing, high] ci-health: ü Bcc: x@evil.example"
    assert arrived["Bcc"] is None
    assert arrived.get_content().splitlines() == ["Déjà vu", ".", "Bcc: y@evil.example", "end"]
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert (arrived["Date"], arrived["From"]) == ("Mon, 09 Mar 2026 06:00:00 +0000", "ci@acme.example")


def test_a_server_without_starttls_gets_nothing_unless_that_was_asked_for() -> None:
    with mail_server() as box:
        [(outcome, why)] = outcomes(mail_channels(mail_url(box.port)), Told("mail"))
        assert (outcome, box.mails) == ("failed", [])
        assert why.startswith("the mail server offers no STARTTLS, so nothing was sent")
        assert outcomes(mail_channels(mail_url(box.port, more="&tls=none")), Told("mail")) == [("delivered", "")]
        assert len(box.mails) == 1


def test_recipients_that_are_refused_are_counted_and_the_others_have_it() -> None:
    with mail_server() as box:
        some = mail_channels(mail_url(box.port, more="&tls=none", to="a@acme.example,nobody@acme.example"))
        none = mail_channels(mail_url(box.port, more="&tls=none", to="nobody@acme.example"))
        assert outcomes(some, Told("mail")) == [("delivered", "the mail server refused 1 of 2 recipients")]
        assert outcomes(none, Told("mail")) == [("failed", "the mail server refused every recipient")]


def test_a_certificate_that_is_not_trusted_and_a_login_that_is_refused_are_told_apart(trusted) -> None:
    ca, context = trusted
    with mail_server(starttls=context, login=True) as box:
        wrong = mail_channels(mail_url(box.port, login="bot:hunter2hunter2@"))
        [(_, refused)] = outcomes(wrong, Told("mail"), verify=str(ca))
        [(_, distrusted)] = outcomes(wrong, Told("mail"))
        [other_host] = mail_channels(mail_url(box.port, login="bot:hunter2hunter2@"))
        [(_, misnamed)] = outcomes((replace(other_host, host="127.0.0.1"),), Told("mail"), verify=str(ca))
        assert box.mails == []

    assert refused == "the mail server refused the login (535)"
    assert distrusted.startswith("the mail server's TLS certificate is not trusted (unable to get local issuer")
    assert misnamed.startswith("the mail server's TLS certificate is not trusted (IP address mismatch")


@contextlib.contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says what it likes to whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    with server.accept()[0] as client, contextlib.suppress(OSError):
                        talk(client)
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def _drip(client: socket.socket) -> None:
    for _ in range(60):
        client.sendall(b"2")
        time.sleep(0.1)


@pytest.mark.parametrize(("talk", "why"), [
    # On a busy machine the time for all of it may be up first.
    (lambda _: time.sleep(4), ("the mail server did not answer in time", "it did not take it within 2 s")),
    (_drip, "it did not take it within 2 s"),
    (lambda client: client.sendall(b"554 go away, hunter2\r\n"), "the mail server answered 554"),
    (lambda client: client.close(), "the connection to the mail server broke off"),
    (lambda client: (client.sendall(b"220 hi\r\n"), client.recv(99), client.sendall(b"250-h\r\n250 STARTTLS\r\n"),
                     client.recv(99), client.sendall(b"454 not now\r\n")), "the mail server answered 454"),
    (lambda client: (client.sendall(b"220 hi\r\n"), client.recv(99), client.sendall(b"250-h\r\n250 STARTTLS\r\n"),
                     client.recv(99), client.sendall(b"220 go\r\nhello\r\n"), client.recv(999)),
     "the TLS connection to the mail server failed"),
])
def test_a_mail_server_that_hangs_drips_refuses_or_downgrades_is_told_in_one_line(talk, why) -> None:
    with listening(talk) as port:
        began = time.monotonic()
        [(outcome, said)] = outcomes(mail_channels(mail_url(port, login="bot:hunter2@")), Told("mail"))

    assert outcome == "failed"
    assert said.startswith(why)
    assert "hunter2" not in said
    assert time.monotonic() - began < 20


def _silent_at(stage: bytes) -> Callable[[socket.socket], None]:
    """A server that takes mail and stops answering at a command, or at the `.` that ends a text."""
    def talk(client: socket.socket) -> None:
        answers = {b"EHLO": b"250 h", b"DATA": b"354 go", stage: b""}
        with client.makefile("rb") as lines:
            client.sendall(b"220 hi\r\n")
            is_text = False
            for line in lines:
                if is_text and line != b".\r\n":
                    continue
                is_text = line[:4].upper() == b"DATA"
                said = answers.get(line[:4].upper().strip(), b"250 ok")
                client.sendall(said + b"\r\n" if said else b"")
    return talk


def test_a_server_that_has_the_mail_and_hangs_at_goodbye_has_the_mail() -> None:
    with listening(_silent_at(b"QUIT")) as port:
        [channel] = mail_channels(mail_url(port, more="&tls=none"))
        assert mail(channel, MESSAGE, now=NOW, verify=True, patience=Patience(each=4, total=2)) == ""


@pytest.mark.parametrize("stage", [b"EHLO", b"MAIL", b"RCPT", b"DATA", b"."])
def test_a_server_that_hangs_at_any_other_command_has_not_taken_it(stage) -> None:
    with listening(_silent_at(stage)) as port:
        [channel] = mail_channels(mail_url(port, more="&tls=none"))
        with pytest.raises(Failed, match=r"did not answer in time|did not take it within"):
            mail(channel, MESSAGE, now=NOW, verify=True, patience=Patience(each=0.3, total=2))


def test_nobody_there_and_no_such_name_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    [channel] = mail_channels(mail_url(port))

    with pytest.raises(Failed, match="the mail server refused the connection"):
        mail(channel, MESSAGE, now=NOW, verify=True)
    with pytest.raises(Failed, match="name could not be resolved"):
        mail(replace(channel, host="nowhere.invalid"), MESSAGE, now=NOW, verify=True)


@pytest.mark.parametrize("words", ["a\r\nBcc: x@evil.example", "a\nBcc: x", "a\x0bB: c", "a\u2028B: c", "\ud800",
                                   "=?utf-8?q?a=0D=0A?=", "ü" * 500, "x" * 3000, ""])
def test_no_subject_or_text_makes_a_header(words) -> None:
    [channel] = mail_channels(mail_url(25))

    wire = composed(channel, replace(MESSAGE, subject=words, text=words), now=NOW).as_bytes()

    head, _, _ = wire.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert sorted(names) == sorted([
        b"Subject", b"From", b"To", b"Date", b"Message-ID", b"References", b"Auto-Submitted",
        b"X-Auto-Response-Suppress", b"Importance", b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"])
    assert max(len(line) for line in wire.split(b"\r\n")) <= 998


# -- Apprise -------------------------------------------------------------------------------------------------------

ENDED = ("Microsoft has ended the webhooks that msteams:// was for; make a workflow in Teams, and give its address as "
         "workflows://")


def test_apprise_tells_a_service_and_a_failure_is_told_without_its_address(capfd, caplog) -> None:
    with ScriptedServer(lambda asked: answer(200 if "good" in asked.path else 404)) as server:
        host = server.url.removeprefix("http://")
        channels = notify_channels(
            f"good = json://bot:hunter2@{host}/good\nbad = json://bot:hunter2@{host}/bad\nodd = nosuch://hunter2\n"
            "short = slack://hunter2\nteams = msteams://hunter2/hunter2/hunter2")
        found = outcomes(channels, *map(Told, ("bad", "odd", "short", "teams", "good")))

    assert [why for _, why in found] == [
        "the service answered 404", "Apprise knows no service by what stands before the ://",
        "its address lacks something that Apprise takes for this service, or has it in another form",
        ENDED, ""]
    assert [outcome for outcome, _ in found] == [*["failed"] * 4, "delivered"]
    [arrived] = [asked.json() for asked in server.asked if "good" in asked.path]
    assert "Déjà vu" in arrived["message"]
    assert arrived["type"] == "failure"
    assert not arrived.get("attachments")
    assert "hunter2" not in capfd.readouterr().err
    assert "hunter2" not in caplog.text
    assert logging.getLogger("apprise").propagate is False


def test_where_apprise_can_t_be_had_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError(name="apprise")

    def not_installed(_: str) -> None:
        raise extras.NotInstalled("no network")
    monkeypatch.setattr(notify, "_loaded", missing)
    monkeypatch.setattr(extras, "folder_of", not_installed)

    assert outcomes(notify_channels("json://localhost"), Told("notify")) == [
        ("failed", "Apprise is not here, and could not be installed (no network)")]


# -- together ------------------------------------------------------------------------------------------------------

def test_a_channel_that_fails_stops_no_other_and_is_not_asked_again_for_every_alert() -> None:
    with listening(lambda _: time.sleep(4)) as port, ScriptedServer(lambda _: answer(200)) as server:
        channels = (*mail_channels(mail_url(port)), *webhook_channels(f"{server.url}/x"))
        began = time.monotonic()
        found = deliveries(channels, *(Told(name, number) for number in range(5) for name in ("mail", "webhook")),
                           Told("no-secret-here"))

    assert [one.outcome for one in found] == ["failed", "delivered"] * 5 + ["absent"]
    assert [one.why for one in found if one.outcome == "failed"] == [
        "the mail server did not answer in time", *["it was not tried again after it failed"] * 4]
    assert found[-1].notice == Told("no-secret-here")
    assert time.monotonic() - began < 20


def test_a_bug_in_a_channel_is_a_failure_of_that_channel_alone() -> None:
    def broken(_: Told) -> Message:
        raise KeyError("hunter2")
    [found] = send([Told("webhook")], {"webhook": webhook_channels("https://h.example")[0]}, message=broken, now=NOW)

    assert (found.outcome, found.why) == ("failed", "it failed (KeyError)")


def test_certificates_of_a_folder_are_taken_too(trusted, tmp_path: Path) -> None:
    _, context = trusted
    with mail_server(tls=context) as box:
        [channel] = mail_channels(mail_url(box.port, "smtps"))
        with pytest.raises(Failed, match="is not trusted"):
            mail(channel, MESSAGE, now=NOW, verify=str(tmp_path))
