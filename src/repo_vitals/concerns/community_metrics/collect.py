"""Facts about a community from GitHub, for two adjoining windows and all that is still open.

What is asked for: open items, whatever their age; items updated since the window before the reported one began; the
commits of both windows. With a history, only what changed since the last run, and a second look at the rest.
"""
from __future__ import annotations

from dataclasses import replace
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
from repo_vitals.concerns.community_metrics.look_again import READ_AGAIN, Look, Seen
from repo_vitals.concerns.community_metrics.memory import Memory
from repo_vitals.concerns.community_metrics.reading import Reader
from repo_vitals.concerns.community_metrics.responses import Policy, first_response
from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.sources.batches import in_batches
from repo_vitals.sources.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from repo_vitals.concerns.community_metrics.facts import Item, Repository
    from repo_vitals.concerns.community_metrics.ledger import Entry
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_connection import GitHub

Node = dict[str, Any]

_NEWEST_COMMITS = 50    # that come along, in case they are all that is new
_ITEMS = 250            # items read by id in one request
_IDS_A_FIELD = 100      # GitHub takes no more in one `nodes`
_IN_WORDS: dict[Kind, str] = {"issue": "issues", "pull_request": "pull requests", "discussion": "discussions"}
_TYPES = {"issue": "Issue", "pull_request": "PullRequest", "discussion": "Discussion"}


def collect(github: GitHub, *, repository: str, window: Window, policy: Policy,
            history: History | None = None, anonymize: bool = False, salt: str | None = None, names: bool = False,
            tells_move: Callable[[Item], bool] = lambda _: False) -> Facts:
    """The facts that figures over `window` and over the window before it need.

    `anonymize`: people's logins are replaced by hashes, salted with `salt` or a salt of the ledger's own; `policy` is
    meant in plain logins. `names`: the ledger may hold committers' names. `tells_move`: whether the report says of an
    open item whose move it is, which takes its last remarks. Raises what the client raises, and CouldNotMeasure for an
    answer that lacks what was asked for; what was read until then is kept in the history.
    """
    try:
        return _Collector(github, repository=repository, window=window, policy=policy,
                          history=history or History(), anonymize=anonymize, salt=salt, names=names,
                          tells_move=tells_move).facts()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CouldNotMeasure(f"GitHub's answer about {repository} lacks what was asked for "
                              f"({type(error).__name__}); try again later") from error


class _Collector:
    def __init__(self, github: GitHub, *, repository: str, window: Window, policy: Policy, history: History,
                 anonymize: bool, salt: str | None, names: bool, tells_move: Callable[[Item], bool]) -> None:
        self._graphql = github.graphql
        self._owner, self._name = repository.split("/")
        self._window = window
        self._policy = policy
        self._history = history
        self._anonymize, self._salt, self._names = anonymize, salt, names
        self._tells_move = tells_move
        # Everything that the figures need was updated after this moment, or is open still.
        self._mark = min(window.start - (window.end - window.start), window.end - timedelta(days=RECENT_DAYS))
        self._notes: list[str] = []

    def facts(self) -> Facts:
        answer = self._graphql.query("repository", {
            **self._who(), "commits": _NEWEST_COMMITS if self._history.keeps else 1})
        node = answer["repository"]
        repository = parse.repository(node)
        self._note(repository)
        memory = Memory(self._history, repository=repository.name, node_id=node["id"], url=repository.url,
                        hide_logins=self._anonymize, hide_names=self._anonymize or not self._names,
                        salt=self._salt)
        # Without a history nobody asks what a label was called.
        memory.load(self._mark, self._labels(node["labels"]) if memory.remembers else {})
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
        return replace(facts, notes=(*self._notes, *memory.notes))

    def _facts(self, answer: Node, repository: Repository, memory: Memory) -> Facts:
        node = answer["repository"]
        self._open = {"issue": node["openIssues"]["totalCount"], "pull_request": node["openPullRequests"]["totalCount"]}
        memory.mind_viewer(answer["viewer"]["login"])
        if memory.head.last_number is None:
            newest = [*node["newestIssues"]["nodes"], *node["newestPullRequests"]["nodes"]]
            memory.head.last_number = max((item["number"] for item in newest), default=0)
        kinds = self._kinds(repository)
        goes_on = not memory.is_new
        was_whole = goes_on and all(
            memory.head.progress.get(kind, Progress()).reach is not None for kind in kinds)
        reader = Reader(self._graphql, policy=self._policy, window=self._window, mark=self._mark,
                        pseudonyms=memory.names, tells_move=self._tells_move,
                        remembered=lambda number: memory.entries.get(number))
        reactions = self._read_items(reader, memory, kinds, goes_on=goes_on, was_whole=was_whole)
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
                     reactions=reactions, salt=memory.names.salt if self._anonymize else None)

    def _read_items(self, reader: Reader, memory: Memory, kinds: Sequence[Kind], *, goes_on: bool,
                    was_whole: bool) -> Mapping[str, frozenset[str]]:
        listings = Listings(self._graphql, owner=self._owner, name=self._name, mark=self._mark,
                            with_reactions=was_whole)
        try:
            if was_whole:
                listings.ask_for_changes({kind: memory.head.progress[kind] for kind in kinds})
            for kind in kinds:
                progress = memory.head.progress.setdefault(kind, Progress())
                listing = {"issue": listings.issues, "pull_request": listings.pull_requests,
                           "discussion": listings.discussions}[kind]
                for node in listing(progress):
                    reader.take(kind, node)
            rest = {number: entry for number, entry in memory.entries.items()
                    if number not in reader.taken and entry.item.kind in kinds and entry.is_relevant(self._mark)}
            lacking = sorted({number for number, entry in rest.items() if reader.lacks(entry)}
                             | rest.keys() & set(memory.bearing_vanished_labels()))
            seen = self._look_again(rest, lacking, reader, memory, kinds) if goes_on else Seen()
            self._read_by_id(reader, [rest[number] for number in (*lacking, *sorted(seen.changed))], memory,
                             arrived=seen.arrived)
            reader.finish()
        finally:
            reader.give_up()
            for entry in reader.entries.values():
                memory.put(entry)
            memory.learn_labels(reader.labels, reader.labels_once_put_on)
        if was_whole:
            return {**seen.reactions, **reader.reactions}
        responses = (first_response(memory.entries[number].item, self._policy, as_of=self._window.end)
                     for number in self._cohort(memory))
        return self._look(memory, kinds).reactions_to([said.node_id for said in responses if said is not None])

    def _cohort(self, memory: Memory) -> list[int]:
        return [number for number, entry in memory.entries.items()
                if entry.item.created_at in self._window and not self._policy.leaves_out(entry.item)]

    def _look(self, memory: Memory, kinds: Sequence[Kind]) -> Look:
        return Look(self._graphql, owner=self._owner, name=self._name, names=memory.names,
                    issues="issue" in kinds, discussions="discussion" in kinds)

    def _look_again(self, rest: Mapping[int, Entry], lacking: Sequence[int], reader: Reader, memory: Memory,
                    kinds: Sequence[Kind]) -> Seen:
        """What moves no time of update, looked for among what was remembered: `changed` is what is to be read again.

        Besides what was found out about, some are read again whose turn it is: what else may have changed in silence
        comes to light by that.
        """
        head = memory.head
        look = self._look(memory, kinds)
        seen = look.again(
            rest, policy=self._policy, as_of=self._window.end, mark=self._mark, after=head.look_again_after,
            cohort=[number for number in self._cohort(memory) if number in rest],
            last_number=head.last_number or 0, met=[*memory.entries, *reader.taken])
        for kind in ("issue", "pull_request"):
            still = [entry for number, entry in rest.items() if entry.item.kind == kind and number not in seen.gone
                     and entry.item.closed_at is None]
            if len(still) + reader.open(kind) > self._open[kind]:
                look.for_gone(still)
        for number in seen.gone:
            memory.drop(number)
        seen.changed -= seen.gone | set(lacking)
        others = sorted(rest.keys() - seen.gone - seen.changed - set(lacking))
        turn = [*(number for number in others if number > head.read_again_after),
                *(number for number in others if number <= head.read_again_after)]
        if seen.changed or lacking:         # long threads take requests of their own: they wait for a quiet day
            turn = [number for number in turn if rest[number].fits_a_page]
        turn = turn[:max(0, READ_AGAIN - len(seen.changed) - len(lacking))]
        seen.changed |= set(turn)
        head.look_again_after, head.last_number = seen.ended_at, seen.last_number
        head.read_again_after = turn[-1] if turn else head.read_again_after
        return seen

    def _read_by_id(self, reader: Reader, entries: Iterable[Entry], memory: Memory, *,
                    arrived: Mapping[Kind, Sequence[str]] | None = None) -> None:
        """Read items again, whole; those that are gone are dropped."""
        wanted: list[tuple[Kind, str, int | None]] = [
            *{entry.node_id: (entry.item.kind, entry.node_id, entry.item.number) for entry in entries}.values(),
            *((kind, node_id, None) for kind, ids in (arrived or {}).items() for node_id in ids)]

        def ask(batch: Sequence[tuple[Kind, str, int | None]], may_shrink: bool) -> None:  # noqa: FBT001
            groups: dict[str, tuple[Kind, list[tuple[Kind, str, int | None]]]] = {}
            for kind in _IN_WORDS:
                its = [entry for entry in batch if entry[0] == kind]
                for start in range(0, len(its), _IDS_A_FIELD):
                    groups[f"n{len(groups)}"] = (kind, its[start:start + _IDS_A_FIELD])
            asked = {kind for kind, _ in groups.values()}
            variables: dict[str, Any] = {"comments": FIRST_COMMENTS, "reactions": True}
            # A variable that nothing uses is an error.
            if asked != {"discussion"}:
                variables["events"] = FIRST_EVENTS
            if "discussion" in asked:
                variables["replies"] = FIRST_REPLIES
            parameters = ", ".join([*(f"${name}: {'Boolean' if name == 'reactions' else 'Int'}!" for name in variables),
                                    *(f"${alias}: [ID!]!" for alias in groups)])
            selections = " ".join(f"{alias}: nodes(ids: ${alias}) {{ __typename ... on {_TYPES[kind]} "
                                  f"{{ ...{_TYPES[kind]}Fields }} }}" for alias, (kind, _) in groups.items())
            data = self._graphql.run(
                f"query Items({parameters}) {{ rateLimit {{ cost limit remaining resetAt }} {selections} }}",
                {**variables, **{alias: [node_id for _, node_id, _ in its] for alias, (_, its) in groups.items()}},
                absent_nodes=True, may_shrink=may_shrink)
            for alias, (kind, its) in groups.items():
                for (_, _, number), node in zip(its, data[alias], strict=True):
                    if node is not None and "number" in node:
                        reader.take(kind, node)
                    elif number is not None:
                        memory.drop(number)

        in_batches(wanted, _ITEMS, ask)

    # What the ledger says in words that may have changed.

    def _labels(self, first: Node) -> dict[str, str]:
        """The repository's labels, id to name; the first hundred came with it."""
        labels = {label["id"]: label["name"] for label in first["nodes"]}
        if first["pageInfo"]["hasNextPage"]:
            for page in self._graphql.pages("labels", {**self._who(), "after": first["pageInfo"]["endCursor"]},
                                            connection=("repository", "labels")):
                labels |= {label["id"]: label["name"] for label in page}
        return labels

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
