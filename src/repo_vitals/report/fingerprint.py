"""Stable identities of findings: the same trouble has the same id in every run, whatever its title became. Pure."""
from __future__ import annotations

import hashlib
import json


def fingerprint(monitor: str, rule: str, subject: str) -> str:
    """16 hexadecimal digits of SHA-256 over monitor, rule and subject.

    The three are framed as JSON, so that no two triples run together. Severity, title, detail and dates change while
    the trouble lasts, and are no part of it.
    """
    framed = json.dumps([monitor, rule, subject], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(framed.encode("ascii")).hexdigest()[:16]
