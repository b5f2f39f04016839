"""JSON to an address of the user's: signed where there is a key, sent again only where that can't double it.

Headers: Idempotency-Key, the same for every try and for every run that tells the same thing; and
X-Repo-Vitals-Signature-256, `sha256=` and the HMAC-SHA256 of the body in hexadecimal digits.
"""
from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING

from repo_vitals.delivery.telling import Failed
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.credentials import NoSecret
from repo_vitals.sources.http_wire import NotSent, Timeouts, Unanswered, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.delivery.telling import Message
    from repo_vitals.sources.channel_addresses import WebhookChannel
    from repo_vitals.sources.http_wire import Response

SIGNATURE = "X-Repo-Vitals-Signature-256"
TIMEOUTS = Timeouts(connect=10, read=15, total=30)
MOST_TRIES = 3
_LARGEST_ANSWER = 1_000_000
_NOT_NOW = frozenset({429, 503})        # not taken, by the protocol; a 502 or 504 may have been


def signature(body: bytes, key: str) -> str:
    """What the signature's header says of a body."""
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def post(channel: WebhookChannel, message: Message, *, verify: str | bool, timeouts: Timeouts = TIMEOUTS,
         sleep: Callable[[float], None] = time.sleep) -> None:
    """Send a message's payload. Raises Failed for anything but an answer of 2xx; no redirect is followed."""
    body = json.dumps(message.payload, ensure_ascii=True, sort_keys=True).encode()
    headers = {"Content-Type": "application/json", "Accept": "*/*", "Idempotency-Key": message.id}
    if channel.key:
        headers[SIGNATURE] = signature(body, channel.key)
    wire = Wire(token=NoSecret(), verify=verify, timeouts=timeouts, largest_body=_LARGEST_ANSWER)
    try:
        for tried in range(1, MOST_TRIES + 1):
            failure = _attempt(wire, channel.url, headers, body)
            if failure is None:
                return
            if tried == MOST_TRIES:
                raise failure
            sleep(2.0**tried / 2)
    finally:
        wire.close()


def _attempt(wire: Wire, url: str, headers: dict[str, str], body: bytes) -> Failed | None:
    """None: taken. What may be tried again is given back, anything else raised as Failed."""
    try:
        answer = wire.exchange("POST", url, headers=headers, body=body, authorize=False, replayable=False)
    except NotSent as error:
        return Failed(str(error))
    except Unanswered as error:
        raise Failed(f"it may or may not have taken it: {error}") from None
    except CouldNotMeasure as error:
        raise Failed(str(error)) from None
    return _refusal(answer)


def _refusal(answer: Response) -> Failed | None:
    if 200 <= answer.status < 300:
        return None
    if answer.status in _NOT_NOW:
        return Failed(f"it answered {answer.status}")
    if 300 <= answer.status < 400:
        raise Failed(f"it answered {answer.status} and leads elsewhere, which is not followed; give the address that "
                     "it leads to")
    raise Failed(f"it answered {answer.status}", for_good=answer.status in (401, 403, 404, 410))
