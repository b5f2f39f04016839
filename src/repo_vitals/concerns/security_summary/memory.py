"""The ledger between a history and a run: what earlier runs saw, and what later ones should know."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary import ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.security_summary.facts import Seen
    from repo_vitals.sources.history import History


class Memory:
    """What is known of the vulnerabilities of one repository.

    Damaged lines are left out, and `notes` say so: what seems new in this run may then have been seen before, and its
    age is unknown (`is_sure` is False). A file of a later version makes the whole of it unusable, and it is left alone.
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
        try:
            for shard in ledger.SHARDS:
                text = history.read(self._place(shard))
                if text is not None:
                    read = ledger.read(text)
                    found.extend(read.seen)
                    damaged += read.damaged
        except ledger.FromTheFuture as error:
            self.usable = False
            self.notes.append(f"history: {self._folder} is left as it is ({error}); ages and due dates are unknown")
            return
        self.seen = tuple(found)
        if damaged:
            self.is_sure = False
            self.notes.append(f"history: {damaged} damaged line(s) in {self._folder} were left out; the age of what "
                              "was first seen in this run is unknown")

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

    def _place(self, shard: str) -> str:
        return f"{self._folder}/{shard}.jsonl"
