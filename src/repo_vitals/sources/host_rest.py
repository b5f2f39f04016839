"""For how long a host that gets too many requests wants to be left alone: its Retry-After (RFC 9110, section 10.2.3).

lychee takes that header to itself, and what goes through a tunnel of TLS nobody else sees. So the host is asked once
more for the same page, in the place of further links of it that would come to nothing.
"""
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from repo_vitals.sources.limits import retry_after

if TYPE_CHECKING:
    from repo_vitals.sources.probe import Prober
    from repo_vitals.sources.web_url import WebUrl

# With these a host says nothing of the page: it wants to be left alone, or its machine is not well.
OF_THE_HOST = frozenset({429, 503})
LONGEST = 86_400.0      # seconds: more is a mistake, or a way to have links of a host never looked at again
_LARGEST_BODY = 1_000   # bytes; nothing of it is read
_SECONDS = 10.0         # for all of the question


def rest_of(url: WebUrl, prober: Prober | None = None) -> tuple[str, float] | None:
    """The host that gave the last answer, after redirects, and for how many seconds, at most LONGEST, it wants to rest.

    None where it does not say so, or answers well now.
    """
    from repo_vitals.sources.probe import Limits, Prober

    asking = prober or Prober(limits=Limits(connect=_SECONDS, read=_SECONDS, total=_SECONDS))
    answered = asking.ask(url, largest=_LARGEST_BODY)
    if answered.reply is None or answered.reply.status not in OF_THE_HOST:
        return None
    seconds = retry_after(answered.reply.headers, datetime.now(timezone.utc)) or 0.0
    return (answered.url.host, min(seconds, LONGEST)) if seconds > 0 else None
