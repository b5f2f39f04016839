"""The ledger of commits between the history and a run."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage import ledger
from repo_vitals.sources.ledger_lines import FromTheFuture

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.ledger import Entry
    from repo_vitals.sources.history import History


class Memory:
    """What the history knows of a repository's commits. `notes` say what of it can't be used."""

    def __init__(self, history: History, repository: str) -> None:
        self._history = history
        self._folder = ledger.folder_of(repository)
        self._months: dict[str, list[Entry]] = {}
        self._closed: set[str] = set()          # months that a later version wrote
        self.notes: list[str] = []
        for path in history.files(self._folder):
            name = path[len(self._folder) + 1:]
            if ledger.is_month(name):
                self._recall(name, path)
        # As a commit was measured last, of the same files.
        self._entries = {(entry.commit, entry.scope): entry for entry in
                         sorted((entry for month in self._months.values() for entry in month), key=lambda one: one.at)}

    @property
    def is_empty(self) -> bool:
        """Whether no commit is known."""
        return not self._entries

    def of(self, commit: str, *, scope: str) -> Entry | None:
        """What a commit's reports said, of the same files."""
        found = self._entries.get((commit, scope))
        return found if found is not None and found.lines.valid else None

    def keep(self, entry: Entry) -> None:
        """Have a commit's figures written, and months beyond the newest two years removed."""
        name = ledger.file_of(entry.at)
        if name in self._closed:
            return
        self._history.keep(f"{self._folder}/{name}", ledger.write([*self._months.get(name, ()), entry]))
        for old in sorted({*self._months, name})[:-ledger.MOST_MONTHS]:
            self._history.keep(f"{self._folder}/{old}", "")

    def _recall(self, name: str, path: str) -> None:
        try:
            found, damaged = ledger.read(self._history.read(path) or "")
        except FromTheFuture as error:
            self._closed.add(name)
            self.notes.append(f"history: {path} is left as it is, since a newer version wrote it ({error})")
            return
        self._months[name] = found
        if damaged:
            self.notes.append(f"history: {damaged:,} damaged line(s) of {path} were left out")
