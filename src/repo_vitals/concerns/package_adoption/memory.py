"""The history as this monitor uses it: a file for each package, found by a digest of its name."""
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption import ledger
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable

if TYPE_CHECKING:
    from datetime import date

    from repo_vitals.sources.history import History


class Memory:
    """What earlier runs of one repository left behind, and what this one leaves."""

    def __init__(self, history: History, *, repository: str, today: date) -> None:
        self._history = history
        self._folder = f"package-adoption/{repository.lower()}"
        self._today = today
        self._locked: set[str] = set()      # files that a later version wrote
        self.notes: list[str] = []

    def recall(self, name: str) -> ledger.Remembered:
        """What is known of a package; nothing where there is no file, or none that can be used."""
        path = self._path(name)
        text = self._history.read(path)
        if not text:
            return ledger.Remembered()
        try:
            return ledger.read(text, name=name)
        except FromTheFuture as error:
            self._locked.add(path)
            self.notes.append(f"history: {path} is left as it is: {error}")
        except Unusable as error:
            self.notes.append(f"history: {path} can't be used: {error}; it is written anew")
        return ledger.Remembered()

    def keep(self, name: str, remembered: ledger.Remembered) -> None:
        """Have a later run find it."""
        path = self._path(name)
        if path not in self._locked:
            self._history.keep(path, ledger.write(remembered, name=name, today=self._today))

    def _path(self, name: str) -> str:
        # A name is a stranger's, and file systems differ in what they take and in whether case counts.
        registry = name.partition(":")[0]
        return f"{self._folder}/{registry}-{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
