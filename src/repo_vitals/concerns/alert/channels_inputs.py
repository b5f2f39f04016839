"""The inputs that name channels beside GitHub. All of them are secrets, never read from the configuration file."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.config.declare import Input, Kind, needs_text
from repo_vitals.errors import InputError
from repo_vitals.sources.channel_addresses import (
    Channel,
    ChannelLines,
    mail_channels,
    notify_channels,
    signed,
    webhook_channels,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repo_vitals.config.declare import Values

_NONE = ChannelLines()


def _kind(parse: Callable[[str], ChannelLines]) -> Kind[ChannelLines]:
    return Kind("lines", parse, lambda value: parse(needs_text(value)), lambda _: "", quotable=False)


def _key(text: str) -> str | None:
    key = text.strip()
    if not 16 <= len(key.encode()) <= 1000:
        raise ValueError("is not of 16 to 1,000 bytes; take a random one, as of `openssl rand -hex 32`")
    return key


NOTIFY = Input(
    name="notify", kind=_kind(notify_channels), default=_NONE, default_text="none", secret=True,
    help="Services to tell of alerts by Apprise, from a secret: lines `name = URL`, or a URL alone, as Apprise writes "
         "them (Slack, Teams, Discord, Matrix …)",
)
WEBHOOK = Input(
    name="webhook", kind=_kind(webhook_channels), default=_NONE, default_text="none", secret=True,
    help="Addresses to send alerts to as JSON of Alertmanager's shape, from a secret: lines `name = https URL`, or a "
         "URL alone",
)
WEBHOOK_SECRET: Input[str | None] = Input(
    name="webhook-secret", kind=Kind("text", _key, lambda value: _key(needs_text(value)), lambda _: "", quotable=False),
    default=None, default_text="not signed", secret=True,
    help="Key to sign what goes to `webhook` with, in the header X-Repo-Vitals-Signature-256 (HMAC-SHA256)",
)
MAIL = Input(
    name="mail", kind=_kind(mail_channels), default=_NONE, default_text="none", secret=True,
    help="Mail to send alerts by, from a secret: lines `name = smtps://user:password@host:465?from=…&to=…`; smtp:// is "
         "STARTTLS on port 587 and sends nothing where the server offers none",
)
CHANNEL_INPUTS = (NOTIFY, WEBHOOK, WEBHOOK_SECRET, MAIL)


def channels(values: Values) -> Mapping[str, Channel]:
    """Every channel by its name. Raises InputError for a name that two inputs give."""
    found: dict[str, Channel] = {}
    for declared, lines in ((NOTIFY, values[NOTIFY]), (WEBHOOK, signed(values[WEBHOOK], values[WEBHOOK_SECRET] or "")),
                            (MAIL, values[MAIL])):
        for channel in lines:
            if channel.name in found:
                raise InputError(f"{declared.name}: the channel {channel.name} is named by another input too; give "
                                 "each its own name")
            found[channel.name] = channel
    return found
