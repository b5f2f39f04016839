"""Facts about a community from GitHub, for two adjoining windows and all that is still open.

What is asked for: open items, whatever their age; items updated since the window before the reported one began; the
commits of both windows. With a history, only what changed since the last run, and a second look at the rest.
"""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.community_metrics import parse
from repo_vitals.concerns.community_metrics.commits import Commits
from repo_vitals.concerns.community_metrics.definitions import RECENT_DAYS
from repo_vitals.concerns.community_metrics.facts import Commit, Facts, Kind
from repo_vitals.concerns.community_metrics.ledger import Progress, moment
from repo_vitals.concerns.community_metrics.listing import (
    FIRST_COMMENTS,
    FIRST_EVENTS,
    FIRST_REPLIES,
    Listings,
)
from repo_vitals.concerns.community_metrics.look_again import READ_AGAIN, Look
from repo_vitals.concerns.community_metrics.memory import Memory
from repo_vitals.concerns.community_metrics.reading import Reader
from repo_vitals.concerns.community_metrics.responses import Policy, first_response
from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from repo_vitals.concerns.community_metrics.facts import Item, Repository
    from repo_vitals.concerns.community_metrics.ledger import Entry
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History

Node = dict[str, Any]

_ITEMS = 100            # items read by id in one request
_IN_WORDS = {"issue": "issues", "pull_request": "pull requests", "discussion": "discussions"}


def collect(github: GitHub, *, repository: str, window: Window, policy: Policy, history: History,
            anonymize: bool = False, salt: str | None = None, names: bool = False, wants_newest: bool = False) -> Facts:
    """The facts that figures over `window` and over the window before it need.

    `anonymize`: people's logins are replaced by hashes, salted with `salt` or a salt of the ledger's own; `policy` is
    meant in plain logins. `names`: the ledger may hold committers' names. `wants_newest`: the newest remarks on open
    items are needed too. Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked
    for; what was read until then is kept in the history.
    """
    try:
        return _Collector(github, repository=repository, window=window, policy=policy, history=history,
                          anonymize=anonymize, salt=salt, names=names, wants_newest=wants_newest).facts()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CouldNotMeasure(f"GitHub's answer about {repository} lacks what was asked for "
                              f"({type(error).__name__}); try again later") from error


class _Collector:
    def __init__(self, github: GitHub, *, repository: str, window: Window, policy: Policy, history: History,
                 anonymize: bool, salt: str | None, names: bool, wants_newest: bool) -> None:
        self._graphql = github.graphql
        self._owner, self._name = repository.split("/")
        self._window = window
        self._policy = policy
        self._history = history
        self._anonymize, self._salt, self._names = anonymize, salt, names
        self._wants_newest = wants_newest
        # Everything that the figures need was updated after this moment, or is open still.
        self._mark = min(window.start - (window.end - window.start), window.end - timedelta(days=RECENT_DAYS))
        self._notes: list[str] = []

    def facts(self) -> Facts:
        answer = self._graphql.query("repository", self._who())
        node = answer["repository"]
        repository = parse.repository(node)
        self._note(repository)
        memory = Memory(self._history, repository=repository.name, node_id=node["id"], url=repository.url,
                        hide_logins=self._anonymize, hide_names=not self._names, salt=self._salt)
        memory.load(self._mark)
        if self._anonymize:
            self._policy = self._policy.under(memory.names)
        try:
            facts = self._facts(answer, repository, memory)
        except BudgetSpent as error:
            memory.save()
            raise BudgetSpent(f"{error}{self._how_far(memory)}", resets_at=error.resets_at) from None
        except CouldNotMeasure:
            memory.save()
            raise
        memory.save()
        return facts

    def _facts(self, answer: Node, repository: Repository, memory: Memory) -> Facts:
        node = answer["repository"]
        self._rename_labels(node["labels"], memory)
        self._mind_viewer(answer["viewer"]["login"], memory)
        kinds = self._kinds(repository)
        was_whole = not memory.is_new and all(
            memory.head.progress.get(kind, Progress()).reach is not None for kind in kinds)
        reader = Reader(self._graphql, policy=self._policy, window=self._window, mark=self._mark,
                        pseudonyms=memory.names, wants_newest=self._wants_newest)
        reactions = self._read_items(reader, memory, kinds, was_whole=was_whole)
        items = tuple(entry.item for _, entry in sorted(memory.entries.items())
                      if entry.item.kind in kinds and entry.is_relevant(self._mark))
        commits: tuple[Commit, ...] = ()
        seen_before: frozenset[str] = frozenset()
        mailmap = ""
        if repository.default_branch is None:
            self._notes.append(f"{repository.name} is empty; nothing is known about its contributors")
        else:
            reading = Commits(self._graphql, head=memory.head, rows=memory.rows, mark=self._mark, window=self._window,
                              policy=self._policy, names=memory.names if memory.remembers or self._anonymize else None)
            try:
                commits, seen_before, mailmap = reading.read(node["defaultBranchRef"], self._mailmap(node["mailmap"]))
            finally:
                memory.rows = reading.rows
        return Facts(repository=repository, items=items, commits=commits, seen_before=seen_before, mailmap=mailmap,
                     notes=(*self._notes, *memory.notes), reactions=reactions,
                     salt=memory.head.salt if self._anonymize else None)

    def _read_items(self, reader: Reader, memory: Memory, kinds: Sequence[Kind], *,
                    was_whole: bool) -> Mapping[str, frozenset[str]]:
        listings = Listings(self._graphql, owner=self._owner, name=self._name, mark=self._mark)
        try:
            for kind in kinds:
                progress = memory.head.progress.setdefault(kind, Progress())
                listing = {"issue": listings.issues, "pull_request": listings.pull_requests,
                           "discussion": listings.discussions}[kind]
                for node in listing(progress):
                    reader.take(kind, node)
            reactions = self._look_again(reader, memory, kinds) if was_whole else None
            self._read_by_id(reader, (entry for number, entry in memory.entries.items()
                                      if number not in reader.entries and entry.item.kind in kinds
                                      and entry.is_relevant(self._mark) and reader.lacks(entry)), memory)
            reader.finish()
        finally:
            reader.give_up()
            for entry in reader.entries.values():
                memory.put(entry)
        if memory.head.last_number is None:
            memory.head.last_number = max(memory.entries, default=0)
        if reactions is None or any(number in reader.entries for number in self._cohort(memory)):
            look = self._look(memory, kinds)
            known = reactions or {}
            asked = [remark.node_id for number in self._cohort(memory)
                     if (reactions is None or number in reader.entries)
                     and (remark := self._first(memory.entries[number].item)) is not None]
            reactions = {**known, **look.reactions_to(asked)}
        return reactions

    def _first(self, item: Item) -> Any:
        return first_response(item, self._policy, as_of=self._window.end)

    def _cohort(self, memory: Memory) -> list[int]:
        return [number for number, entry in memory.entries.items()
                if entry.item.created_at in self._window and not self._policy.leaves_out(entry.item)]

    def _look(self, memory: Memory, kinds: Sequence[Kind]) -> Look:
        return Look(self._graphql, owner=self._owner, name=self._name, names=memory.names,
                    issues="issue" in kinds, discussions="discussion" in kinds)

    def _look_again(self, reader: Reader, memory: Memory, kinds: Sequence[Kind]) -> Mapping[str, frozenset[str]]:
        """What moves no time of update: looked for among what was remembered, and read again where it is found."""
        look, head = self._look(memory, kinds), memory.head
        rest = {number: entry for number, entry in memory.entries.items()
                if number not in reader.entries and entry.item.kind in kinds and entry.is_relevant(self._mark)}
        look.at_entries(rest, policy=self._policy, as_of=self._window.end, after=head.look_again_after,
                        cohort=[number for number in self._cohort(memory) if number in rest])
        look.at_numbers(head.last_number or 0, [*memory.entries, *reader.taken])
        for number in look.seen.gone:
            memory.drop(number)
        changed = [rest[number] for number in look.seen.changed - look.seen.gone]
        # Those that were read longest ago come first, in rounds; what else may have changed in silence ends with that.
        order = sorted(number for number in rest if number not in look.seen.gone)
        turn = [*(number for number in order if number > head.read_again_after),
                *(number for number in order if number <= head.read_again_after)][:max(0, READ_AGAIN - len(changed))]
        self._read_by_id(reader, [*changed, *(rest[number] for number in turn)], memory, arrived=look.seen.arrived)
        head.look_again_after, head.last_number = look.seen.ended_at, look.seen.last_number
        head.read_again_after = turn[-1] if turn else head.read_again_after
        return look.seen.reactions

    def _read_by_id(self, reader: Reader, entries: Iterable[Entry], memory: Memory, *,
                    arrived: Mapping[Kind, Sequence[str]] | None = None) -> None:
        """Read items again, whole; those that are gone are dropped."""
        wanted: list[tuple[Kind, str, int | None]] = [
            *{entry.node_id: (entry.item.kind, entry.node_id, entry.item.number) for entry in entries}.values(),
            *((kind, node_id, None) for kind, ids in (arrived or {}).items() for node_id in ids)]
        fields: dict[str, Kind] = {"issues": "issue", "pullRequests": "pull_request", "discussions": "discussion"}

        def ask(batch: Sequence[tuple[Kind, str, int | None]], may_shrink: bool) -> None:  # noqa: FBT001
            ids = {name: [node_id for its, node_id, _ in batch if its == kind] for name, kind in fields.items()}
            data = self._graphql.query("items", {**ids, "comments": FIRST_COMMENTS, "events": FIRST_EVENTS,
                                                 "replies": FIRST_REPLIES}, absent_nodes=True, may_shrink=may_shrink)
            numbers = {node_id: number for _, node_id, number in batch}
            for name, kind in fields.items():
                for node_id, node in zip(ids[name], data[name], strict=True):
                    if node is not None and "number" in node:
                        reader.take(kind, node)
                    elif (number := numbers[node_id]) is not None:
                        memory.drop(number)

        in_batches(wanted, _ITEMS, ask)

    # What the ledger says in words that may have changed.

    def _rename_labels(self, first: Node, memory: Memory) -> None:
        """Call labels in the ledger what they are called now: renaming and deleting them touches no item."""
        labels = {label["id"]: label["name"] for label in first["nodes"]}
        if first["pageInfo"]["hasNextPage"]:
            for page in self._graphql.pages("labels", {**self._who(), "after": first["pageInfo"]["endCursor"]},
                                            connection=("repository", "labels")):
                labels |= {label["id"]: label["name"] for label in page}
        before = memory.head.labels
        renamed = {name: labels.get(key) for key, name in before.items() if labels.get(key) != name}
        if renamed:
            memory.load_all()
            for entry in list(memory.entries.values()):
                memory.put(parse.relabelled(entry, renamed))
        memory.head.labels = labels

    def _mind_viewer(self, viewer: str, memory: Memory) -> None:
        """Who `we` are decides which items are our own: with another token those are read again."""
        if memory.head.viewer not in ("", viewer):
            memory.load_all()
            for entry in list(memory.entries.values()):
                if entry.by_viewer or entry.item.author.login in (viewer, memory.names.login(viewer)):
                    entry.stale = True
        memory.head.viewer = viewer

    @staticmethod
    def _kinds(repository: Repository) -> list[Kind]:
        kinds: list[Kind] = ["issue"] if repository.issues_enabled else []
        return [*kinds, "pull_request", *(["discussion"] if repository.discussions_enabled else [])]  # type: ignore[list-item]

    def _how_far(self, memory: Memory) -> str:
        if not memory.remembers:
            return ""
        counts = {kind: sum(entry.item.kind == kind for entry in memory.entries.values()) for kind in _IN_WORDS}
        known = ", ".join(f"{counts[kind]:,} {words}" for kind, words in _IN_WORDS.items() if counts[kind])
        reached = [moment(progress.rising).date().isoformat() for progress in memory.head.progress.values()
                   if progress.rising]
        return (f"; the history now has {known or 'nothing yet'}"
                f"{f' (issues up to {reached[0]})' if reached else ''}, and the next run goes on from there")

    def _note(self, repository: Repository) -> None:
        if repository.name.lower() != f"{self._owner}/{self._name}".lower():
            self._notes.append(f"{self._owner}/{self._name} is now {repository.name}; name it so in the workflow")
        if repository.archived:
            self._notes.append(f"{repository.name} is archived")
        if not repository.issues_enabled:
            self._notes.append(f"issues are disabled in {repository.name}; their figures are unknown")

    def _who(self) -> dict[str, Any]:
        return {"owner": self._owner, "name": self._name}

    def _mailmap(self, blob: Node | None) -> str:
        if not blob or blob["isBinary"] or blob["text"] is None:      # {}: a folder of that name
            return ""
        if blob["isTruncated"]:
            self._notes.append(".mailmap is longer than GitHub gives out; people may be counted twice")
        return str(blob["text"])
