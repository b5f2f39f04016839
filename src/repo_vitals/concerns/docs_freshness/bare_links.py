"""Addresses that stand in text without any mark, as GitHub makes links of them. Pure.

The extended autolinks of the GitHub Flavored Markdown Spec, 6.9, without those to mail.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = re.compile(r"(?:(?<=^)|(?<=[\s*_~(]))(?:https?://|www\.)[^\s<]+", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_ENTITY = re.compile(r"&[A-Za-z0-9]{1,40};\Z")


def bare_links(text: str) -> Iterator[str]:
    """The addresses, in order; `http://` stands before one that begins with `www.`."""
    if "://" not in text and "www." not in text.lower():
        return
    for match in _START.finditer(text):
        found = _without_tail(match[0])
        scheme = found.lower().find("://")
        host = _HOST.match(found, scheme + 3 if scheme >= 0 else 0)
        if host is None:
            continue
        parts = host[0].split(".")
        if len(parts) < 2 or any("_" in part for part in parts[-2:]):
            continue
        yield found if scheme >= 0 else f"http://{found}"


def _without_tail(found: str) -> str:
    """The address without the punctuation of the sentence around it."""
    opened, closed = found.count("("), found.count(")")
    end = len(found)
    while end:
        last = found[end - 1]
        if last == ")" and closed > opened:
            closed -= 1
        elif last == ";" and (match := _ENTITY.search(found[max(end - 50, 0):end])):
            end -= len(match[0]) - 1
        elif last not in "?!.,:*_~'\"":
            break
        end -= 1
    return found[:end]
