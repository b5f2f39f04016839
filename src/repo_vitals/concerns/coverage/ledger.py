"""Figures of the default branch's commits, as the history keeps them: a line of JSON for each. Pure.

`coverage/<owner>/<name>/commits/<year>-<month>.jsonl`, by when a commit was measured. A line that can't be read is
left out, which costs a comparison and never makes a wrong one: each line stands for itself, so that there is no head.
"""
from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.coverage.totals import Count
from repo_vitals.frozen import dataclass
from repo_vitals.sources.ledger_lines import DAMAGE, FromTheFuture, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

VERSION = 1
MOST_LINES = 2000           # of a month, the newest
MOST_MONTHS = 24
_FILE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])\.jsonl")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LARGEST = 10**12


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one commit's reports said together."""

    commit: str
    at: datetime
    lines: Count
    branches: Count
    functions: Count
    scope: str                  # of which files: figures of different ones are never compared


def scope_of(*inputs: object) -> str:
    """A short name for the inputs that say which files count."""
    return hashlib.sha256(repr(inputs).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def folder_of(repository: str) -> str:
    """Where a repository's lines are."""
    return f"coverage/{repository.lower()}/commits"


def is_month(name: str) -> bool:
    """Whether a file's name is that of a month."""
    return _FILE.fullmatch(name) is not None


def file_of(at: datetime) -> str:
    """The file of the month in which a commit was measured."""
    return f"{format_instant(at)[:7]}.jsonl"


def write(entries: Iterable[Entry]) -> str:
    """Lines of a month, oldest first, each commit once a scope, as last measured; of many the newest."""
    newest = {(entry.commit, entry.scope): entry for entry in sorted(entries, key=_order)}
    return write_lines(_as_json(entry) for entry in sorted(newest.values(), key=_order)[-MOST_LINES:])


def read(text: str) -> tuple[list[Entry], int]:
    """The entries of a month, and how many lines are none. Raises FromTheFuture."""
    found, damaged = [], 0
    for line in text.splitlines():
        if line.strip():
            entry = _entry(line)
            damaged += entry is None
            found += [] if entry is None else [entry]
    return found, damaged


def _order(entry: Entry) -> tuple[datetime, str, str]:
    return entry.at, entry.commit, entry.scope


def _as_json(entry: Entry) -> dict[str, Any]:
    counts = {"lines": entry.lines, "branches": entry.branches, "functions": entry.functions}
    return {"v": VERSION, "commit": entry.commit, "at": format_instant(entry.at), "scope": entry.scope,
            **{name: [count.covered, count.valid] for name, count in counts.items()}}


def _entry(line: str) -> Entry | None:
    try:
        said = json.loads(line)
        version = said["v"]
        if isinstance(version, int) and version > VERSION:
            raise FromTheFuture(f"version {version:,}")
        if version != VERSION or _ID.fullmatch(said["commit"]) is None:
            return None
        return Entry(commit=said["commit"], at=parse_instant(said["at"]), lines=_count(said["lines"]),
                     branches=_count(said["branches"]), functions=_count(said["functions"]), scope=str(said["scope"]))
    except DAMAGE:
        return None


def _count(said: list[int]) -> Count:
    covered, valid = said
    if not (type(covered) is int and type(valid) is int and 0 <= covered <= valid <= _LARGEST):
        raise ValueError("not a count")
    return Count(covered, valid)
