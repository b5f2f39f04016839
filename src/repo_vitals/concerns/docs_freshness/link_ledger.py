"""What is remembered of links to other hosts between runs: one sealed file, by a digest of each URL. Pure.

URLs themselves are not in it: their queries hold secrets at times, and a history is read by more than a document is.
"""
from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.external_links import Known
from repo_vitals.sources.ledger_lines import DAMAGE, Unusable, seal, unseal
from repo_vitals.sources.web_url import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "links.json"
_SCHEMA = 1
_LONGEST_REASON = 300


def write(known: Mapping[str, Known]) -> str:
    """What is known by URL, as text; empty for nothing."""
    if not known:
        return ""
    rows = {_key(url): [_second(one.asked_at), _second(one.ok_at), _second(one.failing_since),
                        _second(one.last_failed), one.failures, one.reason[:_LONGEST_REASON], one.moved_to]
            for url, one in sorted(known.items())}
    return seal({"links": rows}, schema_version=_SCHEMA)


def read(text: str, urls: Iterable[str]) -> dict[str, Known]:
    """What `write` wrote of these URLs; others are forgotten. Raises Unusable, and FromTheFuture."""
    try:
        rows = unseal(text, name=NAME, schema_version=_SCHEMA)["links"]
        return {url: _known(rows[key]) for url in urls for key in [_key(url)] if key in rows}
    except DAMAGE:
        raise Unusable(f"{NAME} holds something else than it should") from None


def _known(row: list[Any]) -> Known:
    asked, well, failing, last, failures, reason, moved = row
    found = Known(asked_at=_moment(asked), ok_at=_maybe(well), failing_since=_maybe(failing), last_failed=_maybe(last),
                  failures=failures, reason=reason, moved_to=str(parse_url(moved)) if moved else "")
    if (type(failures) is not int or failures < 0 or not isinstance(reason, str)
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


def _key(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:24]
