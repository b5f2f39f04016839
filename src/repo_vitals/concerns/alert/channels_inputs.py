"""The inputs that name channels beside GitHub. All of them are secrets, never read from the configuration file."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from repo_vitals.config.declare import Input, Kind, needs_text
from repo_vitals.frozen import dataclass
from repo_vitals.sources.channel_addresses import (
    SHORTEST_MASKED,
    Channel,
    ChannelLines,
    Fault,
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


@dataclass(frozen=True)
class SigningKey:
    """What webhooks are signed with. One that can't be used is kept, so that nothing goes out without its signature."""

    text: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a log must not show."""
        return (self.text,) if len(self.text) >= SHORTEST_MASKED else ()

    @property
    def fault(self) -> str:
        """What is wrong with it; empty where nothing is."""
        return "" if not self.text or 16 <= len(self.text.encode()) <= 1000 else (
            "is not of 16 to 1,000 bytes; take a random one, as of `openssl rand -hex 32`")


_UNSIGNED = SigningKey()


def _key(text: str) -> SigningKey:
    return SigningKey(text.strip())


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
WEBHOOK_SECRET: Input[SigningKey] = Input(
    name="webhook-secret", kind=Kind("text", _key, lambda value: _key(needs_text(value)), lambda _: "", quotable=False),
    default=_UNSIGNED, default_text="not signed", secret=True,
    help="Key to sign what goes to `webhook` with, in the header X-Repo-Vitals-Signature-256 (HMAC-SHA256)",
)
MAIL = Input(
    name="mail", kind=_kind(mail_channels), default=_NONE, default_text="none", secret=True,
    help="Mail to send alerts by, from a secret: lines `name = smtps://user:password@host:465?from=…&to=…`; smtp:// is "
         "STARTTLS on port 587 and sends nothing where the server offers none",
)
CHANNEL_INPUTS = (NOTIFY, WEBHOOK, WEBHOOK_SECRET, MAIL)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the inputs give. A channel that can't be used takes nothing from the others."""

    channels: Mapping[str, Channel]         # by name
    faults: tuple[Fault, ...] = ()          # each `why` begins with the input's name


def channels(values: Values) -> Given:
    """Every channel that can be used, and what is wrong with the others. Of one name in two inputs the first counts."""
    found: dict[str, Channel] = {}
    faults: list[Fault] = []
    key = values[WEBHOOK_SECRET]
    for declared, lines in ((NOTIFY, values[NOTIFY]), (WEBHOOK, signed(values[WEBHOOK], key.text)),
                            (MAIL, values[MAIL])):
        faults += [Fault(why=f"{declared.name}: {fault.why}", name=fault.name) for fault in lines.faults]
        if declared is WEBHOOK and key.fault:
            faults += [Fault(why=f"{WEBHOOK_SECRET.name}: {key.fault}", name=channel.name) for channel in lines]
            faults += [] if lines else [Fault(why=f"{WEBHOOK_SECRET.name}: {key.fault}")]
            continue
        for channel in lines:
            if channel.name in found:
                faults.append(Fault(why=f"{declared.name}: the channel {channel.name} is named by another input too; "
                                        "give each its own name", name=channel.name))
            else:
                found[channel.name] = channel
    return Given(channels=found, faults=tuple(faults))
