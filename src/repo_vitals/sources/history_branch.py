"""A history on a branch: which branch, what its tip holds. Read by one shallow fetch, or as one archive over the API.

`NAME` is the first year's branch. Each later year has one of its own, `NAME-2027`, which starts from the thinned state
of the year before: git keeps every version, so that only deleting the older branches frees their space. The newest that
there is holds the history. `repo-vitals-history.json` in its root says what the branch is; a branch without it belongs
to somebody else.
"""
from __future__ import annotations

import json
import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.history import is_place
from repo_vitals.sources.history_files import Files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARKER = "repo-vitals-history.json"
DEFAULT_BRANCH = "repo-vitals-history"
SCHEMA = 1
_KIND = "repo-vitals-history"
_YEAR = re.compile(r"-((?:199\d|[2-8]\d{3}))\Z", re.ASCII)


# In the message of each commit of ours: a tip's contents need not be fetched to know that they are within the limit.
_TOTAL = re.compile(r"\n\nHistory-Bytes: (\d{1,15})\n*\Z", re.ASCII)


class Moved(CouldNotMeasure):
    """What a tip held is not there any more: the branch was rewritten since."""


@dataclass(frozen=True, kw_only=True)
class Tip:
    """The newest state of a history's branch. `oid` None: there is no such branch yet."""

    branch: str
    oid: str | None = None
    files: Files = field(default_factory=lambda: Files.of({}))
    year: int = 0                       # of the marker
    total: int | None = None            # bytes of all files, as the commit's message says
    successor: int | None = None        # its year is over: nothing is added any more, the branch of this year is next

    def read(self, path: str) -> bytes | None:
        """A file's content; None where there is none."""
        return self.files.get(path)

    def sizes(self) -> dict[str, int]:
        """Every file with its length in bytes."""
        return self.files.sizes()

    def paths(self) -> Iterable[str]:
        """Every file."""
        return list(self.files)

    def total_with(self, new: Mapping[str, bytes]) -> int:
        """All bytes once these contents are in place; what the commit's message says is believed."""
        done = self.files.changed(new).total()
        if done is not None:
            return done
        before = self.total if self.total is not None else sum(self.sizes().values())
        return before + sum(map(len, new.values())) - sum(self.files.sizes_of(new).values())

    def bring(self, paths: Iterable[str]) -> None:
        """Have some files at hand at once."""
        self.files.bring(paths)

    def below(self, folder: str) -> list[str]:
        """Paths of the files in a folder and below, in order."""
        return sorted(path for path in self.files if path.startswith(f"{folder}/"))


class Reader(Protocol):
    """A way to read a history's branch."""

    def branches(self) -> dict[str, str]:
        """The branches of the history, and others whose names begin alike, with their commits."""

    def tip(self) -> Tip:
        """The newest state. Raises CallerError for a branch that is no history; what the way itself raises."""

    def tip_of(self, branch: str) -> Tip:
        """The state of one branch. Raises as `tip`."""


def newest(name: str, branches: Iterable[str]) -> str | None:
    """The branch that holds the history `name`, out of those that there are."""
    return max((found for found in branches if year_of(name, found) is not None),
               key=lambda found: year_of(name, found) or 0, default=None)


def year_of(name: str, branch: str) -> int | None:
    """0 for the first branch of a history, the year of a later one, None for a branch of something else."""
    if branch == name:
        return 0
    found = _YEAR.search(branch)
    return int(found.group(1)) if found is not None and branch == f"{name}{found.group(0)}" else None


def branch_of(name: str, year: int) -> str:
    """The branch of a later year."""
    return f"{name}-{year}"


def with_total(message: str, total: int | None) -> str:
    """A commit's message that says how many bytes all files have."""
    return message if total is None else f"{message}\n\nHistory-Bytes: {total}"


def total_in(commit: str) -> int | None:
    """What a commit's message says of the bytes of all files; None where none of ours made it."""
    found = _TOTAL.search(commit)
    return int(found.group(1)) if found is not None else None


def marker(year: int, *, successor: int | None = None) -> bytes:
    """The content of the marker; with a successor the branch is closed."""
    row: dict[str, Any] = {"kind": _KIND, "schema": SCHEMA, "year": year}
    if successor is not None:
        row["successor"] = successor
    return (json.dumps(row, sort_keys=True) + "\n").encode()


def tip_of(branch: str, oid: str, files: Files, *, total: int | None = None) -> Tip:
    """A tip from all that its commit holds. Raises CallerError where that is no history, or one of a newer schema."""
    shown = quotable(branch)
    try:
        row = json.loads(files[MARKER])
        kind, schema, year, successor = row["kind"], row["schema"], row["year"], row.get("successor")
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        kind, schema, year, successor = None, 0, 0, None
    if kind != _KIND or type(schema) is not int or type(year) is not int or schema < 1 or not 1990 <= year < 9000:
        raise CallerError(f"history: the branch {shown} holds something else than a history (it lacks {MARKER}); name "
                          "another with `history: branch:NAME`")
    if schema > SCHEMA:
        raise CallerError(f"history: the branch {shown} was written by a newer repo-vitals (schema {schema}; this one "
                          f"knows up to {SCHEMA}); nothing was changed; use a newer version, or another branch")
    kept = files.only(lambda path: path != MARKER and is_place(path))
    return Tip(branch=branch, oid=oid, files=kept, year=year, total=total,
               successor=successor if type(successor) is int and year < successor < 9000 else None)
