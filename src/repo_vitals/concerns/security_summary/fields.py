"""Fields of a stranger's JSON object, each held to its type: what all readers share.

A field that is missing or null is empty; one of another type raises Unreadable with its name.
"""
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, cast

from repo_vitals.concerns.security_summary.formats.values import advisory_ids, bounded, line, severity
from repo_vitals.plain_text import cut, quotable
from repo_vitals.sources.report_files import Unreadable
from repo_vitals.sources.report_values import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = ["Node", "advisory_page", "bounded", "clean", "count", "identifiers", "instant", "line", "node", "nodes",
           "number", "severity", "sub", "text", "texts", "values", "vectors", "web"]

Node = dict[str, Any]
MOST_TEXT = 1000            # characters that are kept of a title, a reason or an id
MOST_COUNT = 1_000_000_000  # more of anything is no count
_FIRST_YEAR, _LAST_YEAR = 1990, 2999
_LONE = re.compile("[\ud800-\udfff]")
_WEB = re.compile(r"https?://[^\s\"'<>\\^`{|}]+")
_VECTOR = re.compile(r"(?:CVSS:\d\.\d/)?AV:[A-Z](?:/[A-Za-z]{1,3}:[A-Za-z]{1,7}){3,40}")


def node(value: object, what: str) -> Node:
    """An object. `what` names it in the refusal."""
    if not isinstance(value, dict):
        raise Unreadable(f"has something else than an object as {what}")
    return cast("Node", value)


def sub(parent: Mapping[str, Any], key: str) -> Node:
    """The object in a field; {} where there is none."""
    found = parent.get(key)
    if isinstance(found, dict):
        return found
    return {} if found is None else node(found, f'"{_named(key)}"')


def nodes(parent: Mapping[str, Any], key: str) -> list[Node]:
    """The objects of a list in a field."""
    found = values(parent, key)
    if all(isinstance(one, dict) for one in found):
        return found
    return [node(one, f'an element of "{_named(key)}"') for one in found]


def values(parent: Mapping[str, Any], key: str) -> list[Any]:
    """The list in a field."""
    found = parent.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f'has something else than a list as "{_named(key)}"')
    return found


def text(parent: Mapping[str, Any], *keys: str) -> str:
    """The text in the first of some fields that is not empty, on one line, cut to MOST_TEXT."""
    for key in keys:
        found = parent.get(key)
        if found is None or found == "":
            continue
        if not isinstance(found, str):
            raise Unreadable(f'has something else than a text as "{_named(key)}"')
        if cleaned := clean(found):
            return cleaned
    return ""


def texts(parent: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The texts of a list in a field, none of them empty."""
    found = values(parent, key)
    if not all(isinstance(one, str) for one in found):
        raise Unreadable(f'has something else than texts in "{_named(key)}"')
    return tuple(one for one in map(clean, found) if one)


def clean(found: str) -> str:
    """A text on one line, without half characters, cut to MOST_TEXT."""
    if len(found) <= MOST_TEXT and found.isprintable() and "  " not in found and found == found.strip():
        return found        # most are
    return cut(" ".join(_LONE.sub("\ufffd", found[:4 * MOST_TEXT]).split()), MOST_TEXT)


def count(parent: Mapping[str, Any], key: str) -> int | None:
    """How many of something; None where it is not said. Raises Unreadable for what can be no count."""
    found = parent.get(key)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= MOST_COUNT:
        raise Unreadable(f'has something as "{_named(key)}" that is no count')
    return found


def number(value: object, *, least: float, most: float) -> float | None:
    """A number within bounds, also one that is written as a text; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and least <= value <= most else None


def instant(found: object) -> datetime | None:
    """A moment; UTC where no zone is told, None where it is no moment."""
    told = moment(found)
    # The year 1 is how Go writes "never".
    return told if told is not None and _FIRST_YEAR <= told.year <= _LAST_YEAR else None


def identifiers(*groups: Iterable[str] | str) -> tuple[str, ...]:
    """Ids of advisories, each once, the first first: CVE in capitals, GHSA as GitHub spells it."""
    found: dict[str, None] = {}
    for group in groups:
        for one in (group,) if isinstance(group, str) else group:
            if spelled := one.strip():
                found[advisory_ids(spelled)[0]] = None
    return tuple(found)


def vectors(*candidates: object) -> tuple[str, ...]:
    """The texts among some values that have the form of CVSS vectors, each once."""
    found = dict.fromkeys(one.strip().strip("()") for one in candidates if isinstance(one, str))
    return tuple(one for one in found if len(one) <= 400 and _VECTOR.fullmatch(one))


def web(found: object) -> str | None:
    """A link to the web; None for everything else that stands where one should."""
    return found if isinstance(found, str) and len(found) <= MOST_TEXT and _WEB.fullmatch(found) else None


def advisory_page(identifier: str) -> str | None:
    """Where an advisory can be read, by its id."""
    if re.fullmatch(r"GHSA(?:-[0-9a-z]{4}){3}", identifier):
        return f"https://github.com/advisories/{identifier}"
    if re.fullmatch(r"CVE-\d{4}-\d{4,10}", identifier):
        return f"https://nvd.nist.gov/vuln/detail/{identifier}"
    if re.fullmatch(r"[A-Z]{2,12}-[0-9A-Za-z-]{4,40}", identifier):
        return f"https://osv.dev/vulnerability/{identifier}"
    return None


def _named(key: str) -> str:
    return quotable(key, limit=60)
