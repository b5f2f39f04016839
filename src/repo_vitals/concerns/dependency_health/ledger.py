"""What deps.dev answered, as lines of a file, so that the next run asks only for what has aged. Pure.

The first line holds the schema and a digest of the rest; each other line one answer: its kind and name, when it was
asked for, and what was said, null where deps.dev knew nothing.
"""
from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from repo_vitals.clock import parse_instant
from repo_vitals.sources.ledger_lines import DAMAGE, FromTheFuture, Unusable

SCHEMA = 1
SHARDS = "0123456789abcdef"
# How long an answer may be used. A version's advisories change, and so they are asked for daily with its licences;
# the list of a package's versions after one to seven days, spread by name so that not all age at once.
_OLDEST = {"version": timedelta(days=1), "project": timedelta(days=7), "advisory": timedelta(days=7)}
_UNKNOWN_FOR = timedelta(days=1)
FORGOTTEN_AFTER = timedelta(days=60)


@dataclass
class Answer:
    """One answer."""

    asked_at: datetime
    said: Any               # JSON values; None where deps.dev knew nothing


@dataclass
class Shard:
    """The answers of one file, by kind and name."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)


def shard_of(name: str) -> str:
    """The shard that a name belongs to."""
    return _hash(name)[0]


def is_fresh(kind: str, name: str, answer: Answer, now: datetime) -> bool:
    """Whether an answer may still be used. One from the future may not: clocks differ."""
    age = now - answer.asked_at
    if age < timedelta(0):
        return False
    if answer.said is None:
        return age < _UNKNOWN_FOR
    return age < _OLDEST.get(kind, timedelta(days=1 + int(_hash(name)[1:5], 16) % 7))


def write(shard: Shard, now: datetime) -> str:
    """A shard as text, without what nobody asked for in a long time; empty for none."""
    lines = [
        json.dumps([kind, name, int(answer.asked_at.timestamp()), answer.said], separators=(",", ":"))
        for (kind, name), answer in sorted(shard.answers.items()) if now - answer.asked_at < FORGOTTEN_AFTER
    ]
    if not lines:
        return ""
    body = "\n".join(lines) + "\n"
    return json.dumps({"schema": SCHEMA, "digest": _hash(body)}, separators=(",", ":")) + "\n" + body


def read(text: str) -> Shard:
    """What `write` wrote. Raises Unusable."""
    head, _, body = text.partition("\n")
    try:
        first = json.loads(head)
        schema = first["schema"]
        if isinstance(schema, int) and schema > SCHEMA:
            raise FromTheFuture(f"a later version of repo-vitals wrote it (schema {schema})")
        if schema != SCHEMA or first["digest"] != _hash(body):
            raise Unusable("it was changed or cut")
        shard = Shard()
        for line in body.splitlines():
            kind, name, asked_at, said = json.loads(line)
            if kind == "advisory" and not isinstance(said, dict):
                continue        # of a time when only scores were kept: it is asked for again
            if not _is_sound(kind, said):
                raise Unusable("it holds something else than it should")
            shard.answers[str(kind), str(name)] = Answer(datetime.fromtimestamp(asked_at, timezone.utc), said)
    except DAMAGE:
        raise Unusable("it holds something else than it should") from None
    return shard


def _is_sound(kind: Any, said: Any) -> bool:
    """Whether an answer has the shape of its kind: a history may come out of a stranger's artifact."""
    if said is None:
        return kind in ("package", *_OLDEST)
    if kind == "package":
        return (said.keys() == {"newest", "newest_at", "last_at", "used", "deprecated"}
                and (said["newest"] is None or isinstance(said["newest"], str)) and _is_flag(said["deprecated"])
                and all(_is_date(said[key]) for key in ("newest_at", "last_at"))
                and all(at is False or _is_date(at) for at in said["used"].values()))
    if kind == "version":
        return (said.keys() == {"licenses", "advisories", "deprecated", "project"} and _is_flag(said["deprecated"])
                and (said["project"] is None or isinstance(said["project"], str))
                and all(isinstance(one, str) for key in ("licenses", "advisories") for one in _list(said[key])))
    if kind == "project":
        return (said.keys() == {"maintained", "archived"} and isinstance(said["archived"], bool)
                and (said["maintained"] is None or isinstance(said["maintained"], int)))
    return (kind == "advisory" and said.keys() == {"score", "aliases", "standing"}
            and (said["score"] is None or (isinstance(said["score"], float) and math.isfinite(said["score"])))
            and said["standing"] in ("vulnerability", "informational", "withdrawn")
            and all(isinstance(one, str) for one in _list(said["aliases"])))


def _is_date(value: Any) -> bool:
    return value is None or bool(parse_instant(value))


def _is_flag(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
