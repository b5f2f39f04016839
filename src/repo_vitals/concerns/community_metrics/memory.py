"""The ledger between a history and a run: what of it is read, how it is found wanting, what of it is written."""
from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics import ledger
from repo_vitals.concerns.community_metrics.commits import read_rows, write_rows
from repo_vitals.concerns.community_metrics.ledger import Entry, Head, seconds, shard_of
from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable, digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Commit
    from repo_vitals.sources.history import History


class Memory:
    """One repository's ledger. Files that no figure can depend on are not read.

    A ledger that can't be trusted (cut, changed by hand, another repository's, written under another rule of privacy)
    is not used: `notes` say why, everything is read from GitHub again, and the ledger is written anew. One that a later
    version wrote is left as it is.
    """

    def __init__(self, history: History, *, repository: str, node_id: str, url: str, hide_logins: bool,
                 hide_names: bool, salt: str | None) -> None:
        self._history = history
        self._folder = f"community-metrics/{repository.lower()}"
        self._url = url
        self._may_write = history.keeps
        self.notes: list[str] = []
        self.entries: dict[int, Entry] = {}
        self.rows: list[tuple[str, Commit]] = []
        self._vanished: set[str] = set()        # ids of labels that were deleted since the last run
        self._loaded: set[str] = set()
        self._changed: set[str] = set()
        found = self._recall(node_id, hide_logins=hide_logins, salt=salt)
        self.is_new = found is None
        own = secrets.token_hex(16) if found is None else found.salt
        self.names = Pseudonyms(salt or own, hide_logins=hide_logins, hide_names=hide_names)
        # A salt that was given is a secret: it is kept nowhere, only what it is known by.
        self.head = found or Head(repository=node_id, salt="" if salt else own, salt_check=self.names.check,
                                  hides_logins=hide_logins)
        if self.head.hides_names != hide_names:
            # Commits are read again, with names in the form now wanted; none is kept in the other meanwhile.
            self.head.tip, self.head.commits_digest = None, ""
        self.head.hides_names = hide_names
        self.labels = ledger.Labels(self.head.labels)

    @property
    def remembers(self) -> bool:
        """Whether this run's findings outlive it."""
        return self._may_write

    def load(self, mark: datetime, labels: Mapping[str, str]) -> None:
        """Read what figures of windows that begin at `mark` can depend on, and the commits.

        `labels` are the repository's, id to name, as they are now.
        """
        there = {key for key, (_, _, there) in self.head.labels.items() if there}
        self._vanished = there - labels.keys()
        self.labels.learn_all(labels)
        try:
            for shard, known in self.head.shards.items():
                if known["open"] or known["newest"] >= seconds(mark):
                    self._load(shard)
            text = self._read(ledger.COMMITS, self.head.commits_digest) if self.head.commits_digest else ""
            self.rows = read_rows(text)
        except Unusable as error:
            self._forget(str(error))

    def bearing_vanished_labels(self) -> list[int]:
        """An item for each label that was deleted since: its history says what the label was last called."""
        found: dict[str, int] = {}
        for number, entry in self.entries.items():
            found |= dict.fromkeys(self._vanished.intersection(entry.changed_label_ids), number)
        return sorted(set(found.values()))

    def learn_labels(self, on_items: Mapping[str, str], in_histories: Mapping[str, str]) -> None:
        """Take in names of labels, id to name, as this run met them."""
        before = {key: self.head.labels[key][1] for key in self._vanished if key in self.head.labels}
        self.labels.learn(in_histories, there=None)
        self.labels.learn(on_items)
        renamed = {key for key, name in before.items() if self.head.labels[key][1] != name}
        for entry in [entry for entry in self.entries.values() if renamed.intersection(entry.changed_label_ids)]:
            changes = tuple(replace(change, name=self.head.labels[key][1]) for change, key in zip(
                entry.item.label_changes, entry.changed_label_ids, strict=True))
            self.entries[entry.item.number] = replace(entry, item=replace(entry.item, label_changes=changes))

    def mind_viewer(self, login: str) -> None:
        """Who `we` are decides which items are our own: under another account those are to be read again."""
        viewer = self.names.login(login)
        if self.head.viewer not in ("", viewer):
            try:
                for shard in list(self.head.shards):
                    self._load(shard)
            except Unusable as error:
                self._forget(str(error))
            for entry in list(self.entries.values()):
                if entry.by_viewer or entry.item.author.login == viewer:
                    self.put(replace(entry, stale=True))
        self.head.viewer = viewer

    def put(self, entry: Entry) -> None:
        """Remember an item, in place of what was known of it."""
        number = entry.item.number
        if self.entries.get(number) != entry:
            self.entries[number] = entry
            self._changed.add(shard_of(number))

    def drop(self, number: int) -> None:
        """Forget an item that is no more."""
        if self.entries.pop(number, None) is not None:
            self._changed.add(shard_of(number))

    def save(self) -> None:
        """Hand everything that changed to the history."""
        if not self._may_write:
            return
        try:
            for shard in self._changed:
                self._load(shard)       # of items that nothing asked for: they stay
        except Unusable as error:
            # What this run measured is true all the same, but not all that a next run would count on.
            self._forget(str(error), then="the next run reads everything again")
        by_shard: dict[str, list[Entry]] = {shard: [] for shard in sorted(self._changed)}
        for number, entry in self.entries.items():
            if (shard := shard_of(number)) in by_shard:
                by_shard[shard].append(entry)
        for shard, entries in by_shard.items():
            text = ledger.write_entries(entries, self.labels)
            self._keep(_file_of(shard), text)
            if entries:
                self.head.shards[shard] = ledger.summary_of(entries, text)
            else:
                self.head.shards.pop(shard, None)
        self.head.shards = dict(sorted(self.head.shards.items()))
        # Whatever else is there is of a ledger that was given up.
        ours = {f"{self._folder}/{_file_of(shard)}" for shard in self.head.shards}
        for path in self._history.files(self._folder):
            if path not in ours:
                self._history.keep(path, "")
        text = write_rows(self.rows)
        self.head.commits_digest = digest(text) if text else ""
        self._keep(ledger.COMMITS, text)
        self._keep(ledger.HEAD, ledger.write_head(self.head))

    def _keep(self, name: str, text: str) -> None:
        self._history.keep(f"{self._folder}/{name}", text)

    def _recall(self, node_id: str, *, hide_logins: bool, salt: str | None) -> Head | None:
        text = self._history.read(f"{self._folder}/{ledger.HEAD}")
        if text is None:
            return None
        try:
            found = ledger.read_head(text)
            if found.repository != node_id:
                raise Unusable("it is of another repository")
            if found.hides_logins != hide_logins:
                raise Unusable("it was written with anonymize the other way")
            if Pseudonyms(salt or found.salt).check != found.salt_check:
                raise Unusable("it was written with another anonymize-salt")
        except FromTheFuture as error:
            self._may_write = False
            self.notes.append(f"history: the ledger {self._folder} is left as it is ({error}); everything was read "
                              "from GitHub, and nothing of it is kept")
            return None
        except Unusable as error:
            self._say(str(error))
            return None
        return found

    def _say(self, why: str, then: str = "everything was read again and it is written anew") -> None:
        self.notes.append(f"history: the ledger {self._folder} can't be used: {why}; {then}")

    def _forget(self, why: str, **then: str) -> None:
        """Give up the whole ledger: what is wrong in one place may be wrong in others."""
        self._say(why, **then)
        former = self.head
        self.head = Head(repository=former.repository, viewer=former.viewer, salt=former.salt,
                         salt_check=former.salt_check, hides_logins=former.hides_logins,
                         hides_names=former.hides_names, labels=former.labels)
        self.entries, self.rows, self.is_new = {}, [], True
        self._loaded, self._changed = set(), set()

    def _load(self, shard: str) -> None:
        if shard in self._loaded or shard not in self.head.shards:
            return
        text = self._read(_file_of(shard), self.head.shards[shard]["digest"])
        self._loaded.add(shard)
        for entry in ledger.read_entries(text, url=self._url, labels=self.labels):
            self.entries.setdefault(entry.item.number, entry)

    def _read(self, name: str, known_by: str) -> str:
        text = self._history.read(f"{self._folder}/{name}")
        if text is None:
            raise Unusable(f"{name} is missing")
        if digest(text) != known_by:
            raise Unusable(f"{name} was changed or cut")
        return text


def _file_of(shard: str) -> str:
    return f"items/{shard}.jsonl"
