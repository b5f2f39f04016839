"""Where alerts are told beside GitHub, as users write it: lines `name = address`, each address a secret. Pure.

A line that can't be used takes nothing from the others. What is told of it names the line and what is wrong with it,
never what stands there.
"""
from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from repo_vitals.frozen import dataclass
from repo_vitals.sources.loopback import LOOPBACK
from repo_vitals.sources.web_url import host_of, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

MOST_CHANNELS = 20          # of one input
_NAMED = re.compile(r"([a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)\s*=\s*(\S.*)")
_SCHEME = re.compile(r"[a-z][a-z0-9]{0,19}(?:\+[a-z0-9]{1,10})?://\S+", re.IGNORECASE)
# Atoms of RFC 5322 and a host: no quoting, no comments, no characters beyond ASCII, no question mark, which encoded
# words need: nothing that a header could take for anything but one address.
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_MOST_RECIPIENTS = 50
SHORTEST_MASKED = 4        # characters: masking less would blot out the log
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, kw_only=True)
class NotifyChannel:
    """A service that Apprise knows."""

    name: str
    url: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a log must not show."""
        return _longer(self.url, *_credentials(self.url))


@dataclass(frozen=True, kw_only=True)
class WebhookChannel:
    """An address that takes our JSON. With a key each request is signed."""

    name: str
    url: str = field(repr=False)
    written: str = field(default="", repr=False)    # the address as the user wrote it
    key: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a log must not show."""
        return _longer(self.url, self.written, self.key)


@dataclass(frozen=True, kw_only=True)
class MailChannel:
    """A mail server, and who writes to whom."""

    name: str
    host: str
    port: int
    encryption: Literal["starttls", "tls", "none"]
    sender: str
    recipients: tuple[str, ...]
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    url: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a log must not show: as it was written, and as it is meant."""
        return _longer(self.url, self.password, *_credentials(self.url))


Channel = NotifyChannel | WebhookChannel | MailChannel


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A channel that can't be used as it is written."""

    why: str                                        # begins with the line's number, and quotes nothing of it
    name: str = ""                                  # the channel's; empty where that can't be read either
    secrets: tuple[str, ...] = field(default=(), repr=False)


class ChannelLines(tuple[Channel, ...]):
    """The channels of one input, and what is wrong with its other lines. `secrets` are what a log must not show."""

    faults: tuple[Fault, ...]

    def __new__(cls, channels: Iterable[Channel] = (), faults: Iterable[Fault] = ()) -> ChannelLines:
        """Both in the order of their lines."""
        made = super().__new__(cls, channels)
        made.faults = tuple(faults)
        return made

    @property
    def secrets(self) -> tuple[str, ...]:
        """Whole addresses and the passwords in them, the longest first."""
        every = {secret for one in (*self, *self.faults) for secret in one.secrets}
        return tuple(sorted(every, key=lambda text: (-len(text), text)))


def _longer(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if len(text) >= SHORTEST_MASKED)


def _credentials(url: str) -> tuple[str, ...]:
    """The password of an address, as it was written and as it is meant; all before the `@` where it has none."""
    try:
        netloc = urlsplit(url).netloc
    except ValueError:
        return ()
    before, at, _ = netloc.rpartition("@")
    user, colon, password = before.partition(":")
    secret = password if colon else user
    return (secret, unquote(secret)) if at else ()


def notify_channels(text: str) -> ChannelLines:
    """Lines `name = apprise URL`, or a URL alone."""
    return _channels(text, "notify", lambda name, url: NotifyChannel(name=name, url=url))


def webhook_channels(text: str) -> ChannelLines:
    """Lines `name = https URL`, or a URL alone."""
    return _channels(text, "webhook", _webhook)


def mail_channels(text: str) -> ChannelLines:
    """Lines `name = smtp(s)://user:password@host:port?from=…&to=…`, or a URL alone."""
    return _channels(text, "mail", _mail)


def signed(channels: ChannelLines, key: str) -> ChannelLines:
    """The same webhooks with a key to sign with."""
    return ChannelLines((replace(one, key=key) if isinstance(one, WebhookChannel) else one for one in channels),
                        channels.faults)


def _channels(text: str, kind: str, make: Callable[[str, str], Channel]) -> ChannelLines:
    found: dict[str, Channel] = {}
    faults: list[Fault] = []
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        place = len(found) + len(faults)        # a line that can't be used has its place, so that none moves up
        named = _NAMED.fullmatch(line)
        name, url = (named[1], named[2].strip()) if named else (kind if not place else f"{kind}-{place + 1}", line)
        if place >= MOST_CHANNELS:
            faults.append(Fault(why=f"line {number} is of more than {MOST_CHANNELS} channels, so that it and what "
                                    "follows were left out", secrets=_longer(*text.splitlines()[number - 1:])))
            break
        try:
            found[name] = _channel(name, url, make, taken=found)
        except ValueError as error:
            known = named is not None or _is_address(url)
            faults.append(Fault(why=f"line {number} {error}", name=name if known else "",
                                secrets=_longer(line, url, *_credentials(url))))
    return ChannelLines(found.values(), faults)


def _is_address(url: str) -> bool:
    return _SCHEME.fullmatch(url) is not None and url.isprintable()


def _channel(name: str, url: str, make: Callable[[str, str], Channel], *, taken: Container[str]) -> Channel:
    if not _is_address(url):
        raise ValueError("is neither an address nor `name = address` (a name is of small letters, digits and hyphens)")
    if name in taken:
        raise ValueError(f"gives a second address to the channel {name}; give each its own name")
    return make(name, url)


def _webhook(name: str, url: str) -> Channel:
    address = parse_url(url)
    if address.scheme == "http" and not LOOPBACK.fullmatch(address.host):
        raise ValueError("is plain http, which anyone on the way can read; use https")
    return WebhookChannel(name=name, url=str(address), written=url)


def _mail(name: str, url: str) -> Channel:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError("is neither an smtp:// nor an smtps:// URL")
    if port == 0 or parts.path.strip("/") or parts.fragment:
        raise ValueError("has no usable port, a path or a fragment (a # or / of a password is written %23 or %2F)")
    asked = _asked(parts.query)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("has a user without a password, or a password without a user")
    if not all(character.isprintable() for character in user + password):
        raise ValueError("has a user or a password with characters that can't be printed")
    encryption = _encryption(scheme, asked)
    if encryption == "none" and password and not LOOPBACK.fullmatch(parts.hostname or ""):
        raise ValueError("would send its password without encryption; leave out tls=none, or the login")
    recipients = tuple(dict.fromkeys(_mailbox(one.strip(), "to") for one in asked["to"].split(",") if one.strip()))
    if not 1 <= len(recipients) <= _MOST_RECIPIENTS:
        raise ValueError(f"needs to=, with 1 to {_MOST_RECIPIENTS} addresses, parted by commas")
    return MailChannel(
        name=name, host=host_of(parts.hostname or ""), port=port or _PORTS[scheme], encryption=encryption, user=user,
        password=password, sender=_mailbox(asked["from"] or (user if "@" in user else ""), "from"),
        recipients=recipients, url=url)


def _asked(query: str) -> Mapping[str, str]:
    """The parameters. A plus sign is itself: `team+alerts@…` is an address."""
    asked = {"from": "", "to": "", "tls": ""}
    for key, value in parse_qsl(query.replace("+", "%2B"), keep_blank_values=True):
        if key not in asked:
            raise ValueError("has a parameter that is none of from, to and tls")
        asked[key] = f"{asked[key]},{value}" if key == "to" and asked[key] else value
    return asked


def _encryption(scheme: str, asked: Mapping[str, str]) -> Literal["starttls", "tls", "none"]:
    if asked["tls"] == "none" and scheme == "smtp":
        return "none"
    if asked["tls"]:
        raise ValueError("has a tls= that is not none, or has it with smtps://")
    return "tls" if scheme == "smtps" else "starttls"


def _mailbox(text: str, parameter: str) -> str:
    if _MAILBOX.fullmatch(text) is None or ".." in text:
        raise ValueError(f"needs {parameter}= with plain mail addresses, such as alerts@example.org")
    return text
