"""What is remembered of links to other hosts between runs: one sealed file, by a digest of each URL. Pure.

URLs themselves are not in it: their queries hold secrets at times, and a history is read by more than a document is.
The exception is where a page has moved for good, which has no query.

Beside them stands until when a host wants to be left alone, by a digest of its name.

All runs of a repository share it, whatever documents each of them reads. So rows of links that this run does not know
are kept for 60 days after they were asked for last.
"""
from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.external_links import Known
from repo_vitals.sources.ledger_lines import DAMAGE, Unusable, seal, unseal
from repo_vitals.sources.web_url import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "links.json"
_SCHEMA = 1
_LONGEST_REASON = 300
_KEPT = timedelta(days=60)
_MOST_OTHERS = 20_000   # rows of links that this run does not know, the latest asked first
_LONGEST_REST = timedelta(days=1)   # of a host; an end later than that is no word of it, or the clock was put back
_MOST_RESTS = 1_000                 # hosts, those that rest longest

Row = list[Any]


def write(known: Mapping[str, Known], others: Mapping[str, Row] | None = None,
          rests: Mapping[str, datetime] | None = None) -> str:
    """What is known by URL, rows of `others`, and what `rests` gives, as text; empty for nothing."""
    rows = {key_of(url): [_second(one.asked_at), _second(one.ok_at), _second(one.failing_since),
                        _second(one.last_failed), one.failures, one.reason[:_LONGEST_REASON], one.moved_to,
                        one.excluded]
            for url, one in known.items()}
    rows = {**(others or {}), **rows}
    ends = sorted(((int(until.timestamp()), host) for host, until in (rests or {}).items()), reverse=True)[:_MOST_RESTS]
    hosts = {"hosts": dict(sorted((host, until) for until, host in ends))} if ends else {}
    return seal({"links": dict(sorted(rows.items())), **hosts}, schema_version=_SCHEMA) if rows or hosts else ""


def read(text: str, urls: Iterable[str]) -> dict[str, Known]:
    """What `write` wrote of these URLs. Raises Unusable, and FromTheFuture."""
    rows = _rows(text)
    return {url: rows[key][0] for url in urls for key in [key_of(url)] if key in rows}


def rests(text: str, now: datetime) -> dict[str, datetime]:
    """Until when hosts want to be left alone, of those that do now, by digest. Raises as `read` does."""
    try:
        hosts = unseal(text, name=NAME, schema_version=_SCHEMA).get("hosts", {})
        found = {str(host): _moment(until) for host, until in hosts.items()}
        return {host: until for host, until in found.items() if now < until <= now + _LONGEST_REST}
    except DAMAGE:
        raise Unusable(f"{NAME} holds something else than it should") from None


def others(text: str, urls: Iterable[str], now: datetime) -> dict[str, Row]:
    """The rows of other links to keep, by digest. Raises as `read` does."""
    own = {key_of(url) for url in urls}
    rows = [(known.asked_at, key, row) for key, (known, row) in _rows(text).items()
            if key not in own and now - known.asked_at < _KEPT]
    rows.sort(key=lambda one: one[:2], reverse=True)
    return {key: row for _, key, row in rows[:_MOST_OTHERS]}


def _rows(text: str) -> dict[str, tuple[Known, Row]]:
    try:
        rows = unseal(text, name=NAME, schema_version=_SCHEMA)["links"]
        return {str(key): (_known(row), row) for key, row in rows.items()}
    except DAMAGE:
        raise Unusable(f"{NAME} holds something else than it should") from None


def _known(row: Row) -> Known:
    asked, well, failing, last, failures, reason, moved, excluded = row
    found = Known(asked_at=_moment(asked), ok_at=_maybe(well), failing_since=_maybe(failing), last_failed=_maybe(last),
                  failures=failures, reason=reason, moved_to=str(parse_url(moved)) if moved else "", excluded=excluded)
    if (type(failures) is not int or failures < 0 or not isinstance(reason, str) or not isinstance(excluded, str)
            or (found.failing_since is None) != (failures == 0) or (found.last_failed is None) != (failures == 0)):
        raise ValueError("a row of another shape")
    return found


def _second(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _maybe(second: Any) -> datetime | None:
    return None if second is None else _moment(second)


def _moment(second: Any) -> datetime:
    if type(second) is not int:
        raise TypeError("no second")
    return datetime.fromtimestamp(second, timezone.utc)


def key_of(url: str) -> str:
    """The digest of a URL, or of a host's name."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:24]
