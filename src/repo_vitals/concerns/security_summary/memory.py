"""The ledger between a history and a run: what earlier runs saw, and what later ones should know."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary import ledger
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from repo_vitals.concerns.security_summary.facts import Seen
    from repo_vitals.sources.history import History


class Memory:
    """What is known of the vulnerabilities of one repository.

    Damaged lines are left out, and `notes` say so, as of files that are missing by what the head says, and of a head
    that is: what seems new in this run may then have been seen before, and its age is unknown (`is_sure` is False). A
    file of a later version makes the whole of it unusable, and it is left alone.
    """

    def __init__(self, history: History, *, repository: str) -> None:
        self._history = history
        self._folder = f"security-summary/{repository.lower()}"
        self.usable = history.keeps
        self.is_sure = True
        self.notes: list[str] = []
        self.seen: tuple[Seen, ...] = ()
        if not self.usable:
            return
        found: list[Seen] = []
        damaged = 0
        there: set[str] = set()
        try:
            for shard in ledger.SHARDS:
                text = history.read(self._place(shard))
                if text is not None:
                    there.add(shard)
                    read = ledger.read(text)
                    found.extend(read.seen)
                    damaged += read.damaged
            missing = self._missing(there)
        except FromTheFuture as error:
            self.usable = False
            self.notes.append(f"history: {self._folder} is left as it is ({error}); ages and due dates are unknown")
            return
        self.seen = tuple(found)
        if missing:
            self.is_sure = False
            self.notes.append(f"history: {missing}; the age of what was first seen in this run is unknown")
        if damaged:
            self.is_sure = False
            self.notes.append(f"history: {damaged} damaged line(s) in {self._folder} were left out; the age of what "
                              "was first seen in this run is unknown")

    def _missing(self, there: Collection[str]) -> str:
        """What the history lacks of its files, in words; empty for nothing. Raises FromTheFuture."""
        text = self._history.read(self._head)
        if text is None:
            return f"{self._head} is missing" if there else ""
        try:
            lost = ledger.read_head(text).difference(there)
        except FromTheFuture:
            raise
        except Unusable as error:
            return f"{self._folder}: {error}"
        return f"{len(lost)} file(s) of {self._folder} are missing" if lost else ""

    def save(self, seen: Iterable[Seen]) -> None:
        """Hand what is now known to the history."""
        if not self.usable:
            return
        by_shard: dict[str, list[Seen]] = {shard: [] for shard in ledger.SHARDS}
        for one in seen:
            by_shard[ledger.shard_of(one)].append(one)
        for shard, ones in by_shard.items():
            place, text = self._place(shard), ledger.write(ones)
            if text or self._history.read(place) is not None:
                self._history.keep(place, text)
        full = [shard for shard, ones in by_shard.items() if ones]
        if full or self._history.read(self._head) is not None:
            self._history.keep(self._head, ledger.write_head(full))

    @property
    def _head(self) -> str:
        return f"{self._folder}/{ledger.HEAD}"

    def _place(self, shard: str) -> str:
        return f"{self._folder}/{shard}.jsonl"
