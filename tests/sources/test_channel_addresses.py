"""How users write channels, and that no error or repr shows what stands there."""
from __future__ import annotations

import pytest

from repo_vitals.sources.channel_addresses import (
    MailChannel,
    NotifyChannel,
    WebhookChannel,
    mail_channels,
    notify_channels,
    signed,
    webhook_channels,
)

MAIL = "smtps://bot%40acme.example:p%3Ass%2Fword@mail.acme.example?from=ci@acme.example&to=a+x@acme.example,b@acme.example"


def test_a_line_names_a_channel_or_is_an_address_alone() -> None:
    found = notify_channels("# ours\nchat = slack://T1/B2/c3 \n\ndiscord://id/token\n")

    assert found == (NotifyChannel(name="chat", url="slack://T1/B2/c3"),
                     NotifyChannel(name="notify-2", url="discord://id/token"))
    assert notify_channels("json://host")[0].name == "notify"
    assert webhook_channels("https://hooks.acme.example/x?key=y") == (WebhookChannel(
        name="webhook", url="https://hooks.acme.example/x?key=y", written="https://hooks.acme.example/x?key=y"),)


def test_a_mail_address_holds_server_login_sender_and_recipients() -> None:
    [found] = mail_channels(f"ops = {MAIL}")

    assert found == MailChannel(
        name="ops", host="mail.acme.example", port=465, encryption="tls", sender="ci@acme.example",
        recipients=("a+x@acme.example", "b@acme.example"), user="bot@acme.example", password="p:ss/word", url=MAIL)
    [other] = mail_channels("smtp://mail.acme.example?from=a@acme.example&to=b@acme.example&to=c@acme.example")
    assert (other.port, other.encryption, other.recipients) == (587, "starttls", ("b@acme.example", "c@acme.example"))
    [plain] = mail_channels("smtp://mail.acme.example:25?tls=none&from=a@acme.example&to=b@acme.example")
    assert (plain.port, plain.encryption) == (25, "none")


def test_what_a_log_must_hide_is_each_whole_address_and_the_password_in_it_as_written_and_as_meant() -> None:
    assert mail_channels(MAIL).secrets == (MAIL, "p%3Ass%2Fword", "p:ss/word")
    assert notify_channels("a = mailto://me:hunter2@acme.example\nb = tgram://123:TOKEN/chat").secrets == (
        "mailto://me:hunter2@acme.example", "tgram://123:TOKEN/chat", "hunter2")
    assert signed(webhook_channels("https://h.example/#part"), "0123456789abcdef").secrets == (
        "https://h.example/#part", "https://h.example/", "0123456789abcdef")
    assert notify_channels("a = x://me:abc@h").secrets == ("x://me:abc@h",)     # three letters would hide half a log
    for shown in (repr(mail_channels(MAIL)), repr(notify_channels("x://y:zzzz@h")), repr(webhook_channels("https://h/kk"))):
        assert not any(secret in shown for secret in ("ss/word", "ss%2F", "zzzz", "kk"))


@pytest.mark.parametrize(("parse", "text", "complaint"), [
    (notify_channels, "chat: hunter2", "line 1 is neither an address nor"),
    (notify_channels, "a = x://hunter2\na = y://hunter2", "line 2 gives a second address to the channel a"),
    (notify_channels, "\n".join(f"a{n} = x://hunter2" for n in range(22)), "line 21 is of more than 20 channels"),
    (notify_channels, "A_B = x://hunter2", "line 1 is neither"),
    (notify_channels, "x://hunter2 y://b", "line 1 is neither"),
    (webhook_channels, "http://acme.example/hunter2", "line 1 is plain http"),
    (webhook_channels, "https://me:hunter2@acme.example", "line 1 holds credentials"),
    (webhook_channels, "ftp://acme.example/hunter2", "line 1 is neither an http"),
    (mail_channels, "https://hunter2", "line 1 is neither an smtp"),
    (mail_channels, "smtp://me@h?from=a@b.c&to=d@e.f", "line 1 has a user without a password"),
    (mail_channels, "smtp://h?from=a@b.c", "line 1 needs to="),
    (mail_channels, "smtp://h?from=a@b.c&to=d@e.f%0d%0aBcc:x@y.z", "line 1 needs to= with plain"),
    (mail_channels, "smtp://h?from=a@b.c%0aX:hunter2&to=d@e.f", "line 1 needs from= with plain"),
    (mail_channels, "smtp://h?from=Äöü@b.c&to=d@e.f", "line 1 needs from= with plain"),
    (mail_channels, "smtp://h:99999?from=a@b.c&to=d@e.f", "line 1 is not a URL"),
    (mail_channels, "smtp://h?from=a@b.c&to=d@e.f&hunter2=x", "line 1 has a parameter that is none of"),
    (mail_channels, "smtp://h?from=a@b.c&to=d@e.f&tls=hunter2", "line 1 has a tls= that is not none"),
    (mail_channels, "smtps://h?from=a@b.c&to=d@e.f&tls=none", "or has it with smtps"),
    (mail_channels, "smtp://me:hunter2@h?tls=none&from=a@b.c&to=d@e.f", "line 1 would send its password without"),
    (mail_channels, "smtp://me:hun#ter2@h?from=a@b.c&to=d@e.f", "line 1 "),
])
def test_a_line_that_can_t_be_used_is_named_by_its_number_and_never_quoted(parse, text, complaint) -> None:
    [fault] = parse(text).faults

    assert complaint in fault.why
    assert "hunter2" not in repr(fault)


def test_a_line_that_can_t_be_used_takes_nothing_from_the_others_not_even_their_names() -> None:
    found = webhook_channels("http://acme.example/hunter2\nhttps://b.example/x\nC: hunter2\nops = ftp://hunter2\n"
                             "https://d.example")

    assert [(one.name, one.url) for one in found] == [
        ("webhook-2", "https://b.example/x"), ("webhook-5", "https://d.example/")]
    assert [(fault.why.split(" is ")[0], fault.name) for fault in found.faults] == [
        ("line 1", "webhook"), ("line 3", ""), ("line 4", "ops")]
    assert {"http://acme.example/hunter2", "C: hunter2"} <= set(found.secrets)
