"""Tells channels of alerts: each notice to its channel, whatever became of the others.

Apprise (https://github.com/caronc/apprise) knows how some 190 services want to be told. It is fetched (19 MB on disk)
and loaded (half a second of processor time, since the first service loads all) only when a channel of its kind is told
of something, and gets no files, no templates, no plugins and nothing to write to.
"""
from __future__ import annotations

import contextlib
import logging
import re
import sys
import warnings
from dataclasses import field
from typing import TYPE_CHECKING, Any

from repo_vitals.delivery import mail as by_mail
from repo_vitals.delivery import webhook
from repo_vitals.delivery.telling import Delivery, Failed, N, within
from repo_vitals.frozen import dataclass
from repo_vitals.sources import extras
from repo_vitals.sources.channel_addresses import MailChannel, WebhookChannel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from types import ModuleType

    from repo_vitals.delivery.telling import Message
    from repo_vitals.sources.channel_addresses import Channel, NotifyChannel
    from repo_vitals.sources.http_wire import Timeouts

EXTRAS = ("yaml", "notify")     # beyond what the command has; the second builds on the first
_STATUS = re.compile(r"\berror\s*=\s*([1-5]\d\d)\b", re.IGNORECASE)    # in what Apprise logs of an answer


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long channels may take."""

    webhook: Timeouts = webhook.TIMEOUTS
    mail: by_mail.Patience = field(default_factory=by_mail.Patience)
    notify: float = 45.0            # seconds


def send(notices: Iterable[N], channels: Mapping[str, Channel], *, message: Callable[[N], Message], now: datetime,
         verify: str | bool = True, limits: Limits | None = None) -> list[Delivery]:
    """Tell each notice's channel, and say of each what came of it; never raises for a channel's sake.

    A channel that failed for good is not tried for the rest, so that fifty alerts don't wait for one server fifty
    times. `verify` is the CA bundle to trust, or True for the system's.
    """
    limits = limits or Limits()
    given_up: set[str] = set()
    deliveries: list[Delivery] = []
    for notice in notices:
        channel = channels.get(notice.channel)
        if channel is None:
            deliveries.append(Delivery(notice=notice, outcome="absent", why="there is no channel of that name"))
            continue
        if channel.name in given_up:
            deliveries.append(Delivery(notice=notice, outcome="failed", why="it was not tried again after it failed"))
            continue
        try:
            remark = _tell(channel, message(notice), now, limits, verify=verify)
        except Failed as error:
            if error.for_good:
                given_up.add(channel.name)
            deliveries.append(Delivery(notice=notice, outcome="failed", why=_scrubbed(str(error), channel)))
        except Exception as error:  # noqa: BLE001 - a channel's trouble is never the alert's
            given_up.add(channel.name)
            deliveries.append(Delivery(notice=notice, outcome="failed", why=f"it failed ({type(error).__name__})"))
        else:
            deliveries.append(Delivery(notice=notice, outcome="delivered", why=remark))
    return deliveries


def _scrubbed(why: str, channel: Channel) -> str:
    for secret in sorted(channel.secrets, key=len, reverse=True):
        why = why.replace(secret, "***")
    return why


def _tell(channel: Channel, message: Message, now: datetime, limits: Limits, *, verify: str | bool) -> str:
    """A remark on what was delivered; most often nothing. Raises Failed."""
    if isinstance(channel, WebhookChannel):
        webhook.post(channel, message, verify=verify, timeouts=limits.webhook)
        return ""
    if isinstance(channel, MailChannel):
        return by_mail.mail(channel, message, now=now, verify=verify, patience=limits.mail)
    _notify(channel, message, limits.notify)
    return ""


def _notify(channel: NotifyChannel, message: Message, seconds: float) -> None:
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        app_id="repo-vitals", app_desc="repo-vitals", app_url="https://github.com/nushell-works/repo-vitals",
        async_mode=False, storage_mode=apprise.PersistentStoreMode.MEMORY, allow_templates=False, http_redirects=False,
        pgp_autogen=False, pem_autogen=False, secure_logging=True, interpret_escapes=False, service_timeout=seconds)
    service = _service(apprise, channel, asset)
    told = apprise.Apprise([service], asset=asset)
    kind = (apprise.NotifyType.SUCCESS if not message.is_firing else
            apprise.NotifyType.FAILURE if message.is_grave else apprise.NotifyType.WARNING)
    result = within(seconds + 5, lambda: told.notify(
        title=message.subject, body=message.text, notify_type=kind, body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False))
    if not result:
        raise _refused(result)


def _service(apprise: Any, channel: NotifyChannel, asset: Any) -> Any:
    try:
        with warnings.catch_warnings():     # of its plugins, all of which the first service loads
            warnings.simplefilter("ignore")
            service = apprise.Apprise.instantiate(channel.url, asset=asset)
    except Exception:   # noqa: BLE001 - a plugin's own errors may quote its address
        service = None
    if service is None:
        raise Failed(_why_no_service(apprise, channel.url.partition("://")[0].lower()))
    return service


def _why_no_service(apprise: Any, scheme: str) -> str:
    if scheme == "msteams":
        return ("Microsoft has ended the webhooks that msteams:// was for; make a workflow in Teams, and give its "
                "address as workflows://")
    if scheme in apprise.plugins.N_MGR:
        return "its address lacks something that Apprise takes for this service, or has it in another form"
    return "Apprise knows no service by what stands before the ://"


def _refused(result: Any) -> Failed:
    said = " ".join(str(getattr(entry, "message", "")) for entry in result.logs())
    status = _STATUS.search(said)
    if getattr(result.status, "name", "") == "TIMEOUT":
        return Failed("the service did not answer in time")
    return Failed(f"the service answered {status[1]}" if status else "the service could not be reached, or refused it")


def _apprise() -> ModuleType:
    """Apprise, quiet: what it logs holds addresses. Raises Failed where it can't be had."""
    with contextlib.suppress(ImportError):
        return _quiet(_loaded())
    try:
        folders = [str(extras.folder_of(extra)) for extra in EXTRAS]
    except extras.NotInstalled as error:
        why = f", and could not be installed ({error})" if str(error) else ""
        raise Failed(f"Apprise is not here{why}") from None
    sys.path += [folder for folder in folders if folder not in sys.path]
    try:
        return _quiet(_loaded())
    except ImportError as error:
        raise Failed(f"Apprise could not be loaded ({error.name or 'a package'} is missing)") from None


def _loaded() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise

    return apprise


def _quiet(apprise: ModuleType) -> ModuleType:
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:     # without one, Python's last resort is stderr
        logger.addHandler(logging.NullHandler())
    return apprise
