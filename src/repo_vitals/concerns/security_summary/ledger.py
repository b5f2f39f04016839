"""What the history keeps of vulnerabilities, as lines of text. Pure.

A file's first line holds the schema and how many follow; every other line one vulnerability in one package, sealed by a
checksum, so that a line which was cut or changed is known by it and the others stand. Times are seconds since 1970.
Packages are spread over sixteen files, so that a run writes little of what did not change; a head says which there are.
"""
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import Seen, Span
from repo_vitals.concerns.security_summary.identity import loose_name
from repo_vitals.concerns.security_summary.severity import GRADES
from repo_vitals.frozen import dataclass
from repo_vitals.sources.ledger_lines import DAMAGE, FromTheFuture, as_line, digest, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = 1
SHARDS = "0123456789abcdef"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
HEAD = "head.json"


@dataclass(frozen=True, kw_only=True)
class Shard:
    """What a file holds."""

    seen: tuple[Seen, ...]
    damaged: int = 0            # lines that hold something else than they should


def shard_of(one: Seen) -> str:
    """The file that a package's vulnerabilities are in. Its ecosystem may be learned later, and with it how its name
    is written: what stays the same of the name decides."""
    return digest(loose_name(one.key[1]))[0]


def write(seen: Iterable[Seen]) -> str:
    """A file's text; empty for none."""
    lines = sorted(_sealed(_line(one)) for one in seen)
    return "\n".join([as_line({"schema": SCHEMA, "lines": len(lines)}), *lines]) + "\n" if lines else ""


def write_head(shards: Iterable[str]) -> str:
    """The head's text, which names the files that hold something."""
    return seal({"shards": "".join(sorted(shards))}, schema_version=SCHEMA)


def read_head(text: str) -> frozenset[str]:
    """The files that `write_head` named. Raises FromTheFuture, and Unusable for what it did not write."""
    return frozenset(str(unseal(text, name=HEAD, schema_version=SCHEMA).get("shards", "")))


def read(text: str) -> Shard:
    """What `write` wrote, without the lines that are damaged. Raises FromTheFuture."""
    head, _, body = text.partition("\n")
    schema = expected = None
    try:
        first = json.loads(head)
        schema = first["schema"]
        expected = int(first.get("lines", 0))
    except DAMAGE:
        pass
    if type(schema) is int and schema > SCHEMA:
        raise FromTheFuture(f"a later version of repo-vitals wrote it (schema {schema})")
    found: list[Seen] = []
    damaged = 0 if schema == SCHEMA else 1
    for line in body.split("\n"):
        if not line:
            continue
        try:
            found.append(_read(_opened(line)))
        except DAMAGE:
            damaged += 1
    # One that was cut at the end of a line is known by the number of lines that its first one gives.
    return Shard(seen=tuple(found), damaged=max(damaged, (expected or 0) - len(found)))


def _line(one: Seen) -> list[Any]:
    spans = [[_seconds(span.start), None if span.end is None else _seconds(span.end)] for span in one.spans]
    return [*one.key, sorted(one.ids), spans, one.severity, dict(sorted(one.origins.items())), one.is_sure]


def _read(line: Any) -> Seen:
    ecosystem, name, ids, spans, severity, origins, is_sure = line
    if not all(isinstance(text, str) for text in (ecosystem, name, severity, *ids, *origins)) or not ids or not spans:
        raise ValueError("no line of ours")
    if severity not in GRADES or not isinstance(is_sure, bool) or not all(type(one) is int for one in origins.values()):
        raise ValueError("no line of ours")
    times = tuple(Span(start=_moment(start), end=None if end is None else _moment(end)) for start, end in spans)
    ends = [moment for span in times for moment in (span.start, span.end) if moment is not None]
    if ends != sorted(ends) or any(span.end is None for span in times[:-1]):
        raise ValueError("times in a wrong order")
    return Seen(key=(ecosystem, name), ids=frozenset(ids), spans=times, severity=severity, origins=dict(origins),
                is_sure=is_sure)


def _sealed(line: list[Any]) -> str:
    body = as_line(line)
    return f"{digest(body)} {body}"


def _opened(text: str) -> Any:
    given, _, body = text.partition(" ")
    if given != digest(body):
        raise ValueError("changed or cut")
    return json.loads(body)


def _seconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds())


def _moment(stamp: Any) -> datetime:
    if type(stamp) is not int:
        raise TypeError("no time")
    return _EPOCH + timedelta(seconds=stamp)
