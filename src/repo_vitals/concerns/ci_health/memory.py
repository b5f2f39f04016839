"""The ledger between a history and a run: how it is found wanting, and what of it is written."""
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health import ledger
from repo_vitals.concerns.ci_health.ledger import Entry, Head, JobsOf, shard_of
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable, digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.sources.history import History


class Memory:
    """One branch's ledger.

    A ledger that can't be trusted (cut, changed by hand, another repository's) is not used: `notes` say why, everything
    is read from GitHub again, and the ledger is written anew. One that a later version wrote is left as it is.
    """

    def __init__(self, history: History, *, repository: str, node_id: str, branch: str, with_queue: bool) -> None:
        self._history = history
        # A branch's name may be anything; two of them never share a folder.
        name = hashlib.sha256(branch.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self._folder = f"ci-health/{repository.lower()}/{name}"
        self._may_write = history.keeps
        self.notes: list[str] = []
        self.entries: dict[int, Entry] = {}
        self.jobs: dict[int, JobsOf] = {}
        self.head = Head()
        try:
            self._recall(node_id, branch, with_queue=with_queue)
        except FromTheFuture as error:
            self._may_write = False
            self._forget()
            self.notes.append(f"history: the ledger {self._folder} is left as it is ({error}); everything was read "
                              "from GitHub, and nothing of it is kept")
        except Unusable as error:
            self._forget()
            self.notes.append(f"history: the ledger {self._folder} can't be used: {error}; everything was read again "
                              "and it is written anew")
        self.head.repository, self.head.branch, self.head.with_queue = node_id, branch, with_queue

    def put(self, entry: Entry) -> None:
        """Remember a run, in place of what was known of it."""
        self.entries[entry.run.id] = entry
        self.head.paths.setdefault(str(entry.run.workflow_id), entry.run.path)

    def drop(self, run_id: int) -> None:
        """Forget a run that is no more."""
        self.entries.pop(run_id, None)
        self.jobs.pop(run_id, None)

    def keep_only(self, runs: Iterable[int], jobs_of: Iterable[int]) -> None:
        """Forget what no figure rests on any more."""
        kept, examined = set(runs), set(jobs_of)
        self.entries = {number: entry for number, entry in self.entries.items() if number in kept}
        self.jobs = {number: jobs for number, jobs in self.jobs.items() if number in examined}

    def save(self) -> None:
        """Hand the ledger to the history."""
        if not self._may_write:
            return
        by_shard: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            by_shard.setdefault(shard_of(entry.run), []).append(entry)
        used = {str(entry.run.workflow_id) for entry in self.entries.values()}
        self.head.paths = {key: path for key, path in sorted(self.head.paths.items()) if key in used}
        written = {f"runs/{shard}.jsonl": ledger.write_entries(entries, self.head.paths)
                   for shard, entries in sorted(by_shard.items())}
        self.head.shards = {name: digest(text) for name, text in written.items()}
        written[ledger.JOBS] = ledger.write_jobs(self.jobs)
        self.head.jobs_digest = digest(written[ledger.JOBS])
        written[ledger.HEAD] = ledger.write_head(self.head)
        places = {f"{self._folder}/{name}": text for name, text in written.items()}
        for path in self._history.files(self._folder):
            if path not in places:
                self._history.keep(path, "")
        for path, text in places.items():
            self._history.keep(path, text)

    def _recall(self, node_id: str, branch: str, *, with_queue: bool) -> None:
        text = self._history.read(f"{self._folder}/{ledger.HEAD}")
        if text is None:
            return
        head = ledger.read_head(text)
        if head.repository != node_id or head.branch != branch:
            raise Unusable("it is of another repository or branch")
        if with_queue and not head.with_queue:
            return      # other inputs than before: all is read again, as it would be the first time
        try:
            for name, known in head.shards.items():
                for entry in ledger.read_entries(self._read(name, known), head.paths):
                    self.entries[entry.run.id] = entry
            self.jobs = ledger.read_jobs(self._read(ledger.JOBS, head.jobs_digest))
        except (KeyError, TypeError, AttributeError):
            raise Unusable(f"{ledger.HEAD} lacks what it should hold") from None
        self.head = head

    def _forget(self) -> None:
        self.entries, self.jobs, self.head = {}, {}, Head()

    def _read(self, name: str, known_by: str) -> str:
        text = self._history.read(f"{self._folder}/{name}")
        # An empty file is none to a history.
        if digest(text or "") != known_by:
            raise Unusable(f"{name} is missing" if text is None else f"{name} was changed or cut")
        return text or ""
