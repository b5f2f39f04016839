"""A history in a folder or on a branch: a run reads from it, and writes to it at its end.

Whoever writes to a branch takes the newest tip, works out what is missing on it, commits that and pushes. Where another
run was quicker, all of it is done again on the new tip; nothing is ever pushed by force. So of runs at once each one's
points and records arrive, and a run that dies leaves the branch as it was or as it should be.
"""
from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from repo_vitals.delivery.history_changes import DEFAULT_LIMIT, changes, tidied
from repo_vitals.delivery.history_commits import Lost, Refused
from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.plain_text import one_line, quotable
from repo_vitals.sources.history import BASELINES, POINTS, RECORDS, History
from repo_vitals.sources.history_branch import MARKER, Moved, Tip, branch_of, marker, with_total, year_of
from repo_vitals.sources.history_folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.delivery.history_commits import Writer
    from repo_vitals.sources.history_branch import Reader
    from repo_vitals.sources.limits import Patience

_MOST_TURNS = 200
_MOST_UNKNOWN = 5           # pushes and commits of which nobody knows whether they arrived
_TURNS_WITHOUT_REST = 5     # for a run that has slept as long as it may, on a rate limit perhaps


class InFolder:
    """A history in a folder."""

    def __init__(self, folder: Path, *, limit: int = DEFAULT_LIMIT) -> None:
        self._folder = folder
        self._limit = limit

    def history(self) -> History:
        """What the folder holds; it need not be there yet."""
        return History(Folder(self._folder))

    def write(self, history: History, *, at: datetime) -> Sequence[str]:  # noqa: ARG002 - as every place
        """Write to the folder."""
        return write_folder(history, limit=self._limit)


class OnBranch:
    """A history on a branch. `writers` are tried in their order: the next one where one is refused."""

    def __init__(self, reader: Reader, writers: Sequence[Writer], *, name: str, patience: Patience,
                 limit: int = DEFAULT_LIMIT, random: Random | None = None) -> None:
        self._reader = reader
        self._writers = list(writers)
        self._name = name
        self._patience = patience
        self._limit = limit
        self._random = random or Random()   # noqa: S311 - writers that met must not meet again
        self._tip: Tip | None = None

    def history(self) -> History:
        """What the branch holds; it need not be there yet."""
        self._tip = self._tip or self._reader.tip()
        return History(self._tip)

    def write(self, history: History, *, at: datetime) -> Sequence[str]:
        """Commit what is wanted. Raises CallerError where that is refused, CouldNotMeasure where others are quicker."""
        if not history.is_changed:
            return ()
        said, unknown = "", 0
        for turn in range(_MOST_TURNS):
            tip = self._tip or self._reader.tip()
            try:
                wanted = changes(history, tip)
                if not wanted:
                    self._tip = tip
                    return ()
                notes = self._commit(tip, wanted, _message(history), at, grows=history.grows)
            except (Lost, Moved) as lost:
                self._tip, said = None, str(lost)
                unknown += not (isinstance(lost, Lost) and lost.overtaken)
                if unknown > _MOST_UNKNOWN:
                    break
                rested = self._patience.wait(self._random.uniform(0, min(3.0, 0.05 * 1.5 ** turn)))
                if not rested and turn >= _TURNS_WITHOUT_REST:
                    break
            else:
                return notes
        raise CouldNotMeasure(f"history: the branch {quotable(self._name)} could not be written ({said}); what this "
                              "run found is in its report only")

    def prune(self, now: datetime, *, dry_run: bool) -> list[str]:
        """Delete the branches of years before the last one, never the newest; the names. Raises CallerError.

        What they held is, as far as it was worth keeping, in the newest. A branch is deleted only if it is a history
        and was closed: one that just happens to have such a name is left alone.
        """
        current = self._reader.tip()
        names = [branch for branch in self._reader.branches() if year_of(self._name, branch) is not None]
        old = []
        for branch in sorted(names):
            found = self._closed(branch)
            if found is not None and found.oid is not None and branch != current.branch and found.year < now.year - 1:
                old.append((branch, found.oid))
        try:
            for branch, oid in () if dry_run else old:
                self._writers[0].delete(branch, oid)
        except (Refused, Lost) as error:
            raise CallerError(f"history: an old branch can't be deleted: {error}") from None
        return [branch for branch, _ in old]

    def _closed(self, branch: str) -> Tip | None:
        """A branch of a year that is over; None for any other branch."""
        try:
            found = self._reader.tip_of(branch)
        except CallerError:
            return None
        return found if found.successor is not None else None

    def _commit(self, tip: Tip, wanted: Mapping[str, bytes], message: str, at: datetime, *,
                grows: bool) -> Sequence[str]:
        """Commit what is wanted on a tip, on the next year's branch where its year is over. Raises Lost."""
        closes = tip.oid is not None and tip.successor is None and at.year > tip.year
        over = closes or tip.successor is not None
        files: dict[str, bytes] = dict(wanted)
        notes: list[str] = []
        if over:
            tip.bring(tip.paths())
        if over or grows:
            files, notes = tidied(tip, wanted, now=at, limit=self._limit, everything=over)
        if over:
            whole = dict(tip.files.changed(files))      # before anything is closed: it may fail
            if closes:
                # From here on nobody can add to the old year's branch. Whoever finds it so begins the next.
                closing = {MARKER: marker(tip.year, successor=at.year)}
                tip = replace(self._on(tip, closing, f"Close {tip.year}", at), successor=at.year)
            files = whole
            year = tip.successor or at.year
            tip = Tip(branch=branch_of(self._name, year), year=year)
            message = f"Begin {year}: {message}"
        elif tip.oid is None:
            tip = replace(tip, year=at.year)
        if tip.oid is None:
            files = {**files, MARKER: marker(tip.year)}
        self._tip = self._on(tip, files, message, at)
        return notes

    def _on(self, tip: Tip, files: Mapping[str, bytes], message: str, at: datetime) -> Tip:
        """The tip with these files committed on it, or the first of a new branch. Raises Lost and CallerError."""
        refusals: list[Refused] = []
        new = {path: content for path, content in files.items() if path != MARKER}
        # What was never counted is not fetched only to be.
        known = tip.total is not None or tip.files.total() is not None
        total = tip.total_with(new) if known else None
        message = with_total(f"{message} [skip ci]", total)
        while self._writers:
            try:
                oid = self._writers[0].commit(tip.branch, tip.oid, files, message=message, at=at)
            except Refused as refused:
                refusals.append(refused)
                self._writers.pop(0)
                continue
            return replace(tip, oid=oid, files=tip.files.changed(new), total=total)
        raise _error(self._name, refusals)


def _message(history: History) -> str:
    paths = [path.removeprefix(f"{POINTS}/").removeprefix(f"{RECORDS}/").removeprefix(f"{BASELINES}/")
             .removesuffix(".jsonl")
             for path in (*history.added, *history.added_records, *history.kept)]
    what = sorted({path.split("/")[0] for path in paths})
    whose = sorted({"/".join(path.split("/")[1:3]) for path in paths if path.count("/") > 1})
    return one_line(f"Record {', '.join(what)} of {', '.join(whose)}", limit=200)


def _error(name: str, refusals: Sequence[Refused]) -> Exception:
    known = next((refused.error for refused in refusals if refused.error is not None), None)
    if known is not None and len({refused.said for refused in refusals}) == 1:
        return known
    said = "; ".join(dict.fromkeys(refused.said for refused in refusals)) or "there is no way to write"
    return CallerError(f"history: the branch {quotable(name)} can't be written: {said}; grant \"contents: write\" to "
                       "the job, let its rules allow github-actions to push to it, or name another with "
                       "`history: branch:NAME`")
