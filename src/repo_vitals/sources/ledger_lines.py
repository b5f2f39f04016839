"""The text of a ledger: what a monitor remembers between runs, as files of a line of JSON for each thing. Pure.

A ledger of several files has a head, which names each of them with its `digest` and is sealed with one of its own. So a
file that was cut, changed by hand or left by a run that died is known by it, and nothing wrong is read:

    text = write_lines(rows)                            # a file of the ledger; the head holds digest(text)
    head = seal({"files": {"rows.jsonl": digest(text)}}, schema_version=1)

    known = unseal(head, name="head.json", schema_version=1)
    rows = read_lines(text, row_of)                     # where digest(text) is the one that the head names

All that reading can meet ends in Unusable: the monitor says so in a note, reads everything from its source again and
writes the ledger anew. FromTheFuture is the exception: such a ledger is neither used nor written.
"""
from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")
# What comes of reading something else than what was written.
DAMAGE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


class Unusable(Exception):
    """What was found can't be used as it is; the text says why, for a note."""


class FromTheFuture(Unusable):
    """A later version of this program wrote it: it is left as it is."""


def as_line(value: Any) -> str:
    """A value as JSON in one line, as short as can be, without its end and anything that UTF-8 has no place for."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:      # half of a surrogate pair, in what a stranger typed
        return json.dumps(value, separators=(",", ":"))
    return text


def write_lines(values: Iterable[Any]) -> str:
    """A line for each value, in their order; empty for none."""
    return "".join(as_line(value) + "\n" for value in values)


def read_lines(text: str, read: Callable[[Any], T]) -> list[T]:
    """What `read` makes of the JSON value of each line. Raises Unusable where it can make nothing of one.

    `read` need not check what it gets: any of DAMAGE that it raises means that the line is damaged.
    """
    try:
        # Not splitlines: strangers' words hold line ends of Unicode's.
        return [read(json.loads(line)) for line in text.removesuffix("\n").split("\n")] if text else []
    except DAMAGE:
        raise Unusable("a line holds something else than it should") from None


def digest(text: str) -> str:
    """What a text is known by: 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def seal(fields: Mapping[str, Any], *, schema_version: int) -> str:
    """A head as text: a line with its schema version and fields, and one with the digest of the first."""
    body = as_line({"schema_version": schema_version, **fields})
    return body + "\n" + digest(body) + "\n"


def unseal(text: str, *, name: str, schema_version: int) -> dict[str, Any]:
    """The fields of a head, as `seal` took them; `name` is the file's, for what is said.

    Raises FromTheFuture for a later schema version, sealed or not, and Unusable for an earlier one and for whatever
    else `seal` did not write.
    """
    body, _, found_seal = text.partition("\n")
    try:
        fields: dict[str, Any] = json.loads(body)
        version = fields.pop("schema_version")
    except DAMAGE:
        raise Unusable(f"{name} is damaged") from None
    if type(version) is int and version > schema_version:
        raise FromTheFuture(f"{name} has schema version {version}, and this version of repo-vitals knows "
                            f"{schema_version}")
    if found_seal != digest(body) + "\n" or type(version) is not int or version != schema_version:
        raise Unusable(f"{name} was changed or cut")
    return fields
