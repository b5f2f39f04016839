"""The address of a public service or of a mirror of it, as a user gives it. Pure."""
from __future__ import annotations

import re
from urllib.parse import urlsplit

from repo_vitals.errors import InputError
from repo_vitals.plain_text import quotable
from repo_vitals.sources.loopback import LOOPBACK


def mirror(text: str, *, name: str, wanted: str) -> str:
    """The address without a slash at its end; plain http is for this machine alone.

    `name` is the input's and `wanted` what it takes, for what is said. Raises ValueError, and InputError for an address
    with credentials.
    """
    shown = quotable(text, limit=100)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f'"{shown}" is not a URL') from None
    if parts.scheme not in ("http", "https") or not host or port == 0 or not re.fullmatch(r"[!-~]+", text):
        raise ValueError(f'"{shown}" is not {wanted}')
    if "@" in parts.netloc:         # an error of the usual kind would quote them
        raise InputError(f"{name}: the address holds credentials, and would end in logs; a mirror has to do without")
    if parts.query or parts.fragment:
        raise ValueError("may hold no query or fragment")
    if parts.scheme == "http" and not LOOPBACK.fullmatch(host):
        raise ValueError(f'"{shown}" is plain http, whose answers anyone on the way can change; use https')
    return text.rstrip("/")
