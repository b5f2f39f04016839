"""A second look at what earlier runs read, for what moves no time of update.

Deleting, transferring and hiding, the renaming and deleting of accounts, and reactions leave `updatedAt` as it is, so
that no listing by time shows them. Each run asks whether the nodes that its figures rest on are as they were: in a
handful of requests for thousands of them, those first that were looked at longest ago. Besides, a hundred items are
read anew.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.community_metrics import parse
from repo_vitals.concerns.community_metrics.moves import last_turn
from repo_vitals.concerns.community_metrics.responses import first_response, first_review
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Kind
    from repo_vitals.concerns.community_metrics.ledger import Entry
    from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
    from repo_vitals.concerns.community_metrics.responses import Policy
    from repo_vitals.sources.github_graphql import GraphQL
    from repo_vitals.stats.turns import Remark

Node = dict[str, Any]

_A_REQUEST = 2000           # nodes and numbers asked about in one request
IDS_A_RUN = 2 * _A_REQUEST - 250    # nodes looked at in a run as a rule, with the numbers in two requests
_GONE_A_REQUEST = 6000      # nodes of which no more is asked than whether they are there
_IDS_A_FIELD = 100          # GitHub takes no more in one `nodes`
_NUMBERS = 200              # numbers that no listing showed, tried in a run; the newest
_NUMBERS_AHEAD = 50         # numbers beyond the last known one that are tried; more where an item is among the last ten
READ_AGAIN = 100            # items

_LOOK = """
fragment Look on Node {
  __typename
  id
  ... on Issue { number updatedAt author { ...ActorFields } }
  ... on PullRequest { number updatedAt author { ...ActorFields } }
  ... on Discussion { number updatedAt author { ...ActorFields } }
  ... on IssueComment { isMinimized authorAssociation author { ...ActorFields } }
  ... on PullRequestReview { isMinimized authorAssociation author { ...ActorFields } }
  ... on DiscussionComment { isMinimized authorAssociation author { ...ActorFields } }
}
"""
_LOOK_WITH_REACTIONS = """
fragment LookWithReactions on Node {
  ...Look
  ... on Reactable { reactionGroups { content createdAt } }
}
"""


@dataclass
class Seen:
    """What a look found."""

    gone: set[int] = field(default_factory=set)             # numbers of items that are there no more
    changed: set[int] = field(default_factory=set)          # numbers of items to be read again
    arrived: dict[Kind, list[str]] = field(default_factory=dict)    # ids of items that nothing told of
    reactions: dict[str, frozenset[str]] = field(default_factory=dict)      # by id of the remark
    last_number: int = 0
    ended_at: int = 0                                       # the number up to which items were looked at


class Look:
    """The questions of one look, put to GitHub together."""

    def __init__(self, graphql: GraphQL, *, owner: str, name: str, names: Pseudonyms, discussions: bool,
                 issues: bool) -> None:
        self._graphql = graphql
        self._who = {"owner": owner, "name": name}
        self._names = names
        self._probes = [*(["i"] if issues else []), *(["d"] if discussions else [])]
        self._wanted: dict[str, tuple[Entry, Remark | None]] = {}
        self._with_reactions: frozenset[str] = frozenset()
        self._arrived: list[int] = []
        self.seen = Seen()

    def reactions_to(self, remarks: Sequence[str]) -> dict[str, frozenset[str]]:
        """The kinds of reactions that some remarks drew; only of those that drew any."""
        self._with_reactions = frozenset(remarks)
        self._ask(list(remarks))
        return self.seen.reactions

    def again(self, entries: Mapping[int, Entry], *, policy: Policy, as_of: datetime, mark: datetime, after: int,
              cohort: Iterable[int], last_number: int, met: Iterable[int]) -> Seen:
        """Whether items and the remarks that decide about them are as remembered, and whether any came unseen.

        Looked at are the first responses of the `cohort`, with their reactions; what changed since `mark`, on which
        most figures rest; and of the rest the items after number `after`, and round again from the lowest, as many as a
        run may look at. Numbers after `last_number` that were not `met` may be items from elsewhere: they keep their
        old times, and no listing by time shows them.
        """
        reactions = set()
        for number in cohort:
            entry = entries[number]
            deciding = first_response(entry.item, policy, as_of=as_of)
            if deciding is not None:
                self._wanted[deciding.node_id] = (entry, deciding)
                reactions.add(deciding.node_id)
        self._with_reactions = frozenset(reactions)
        self.seen.ended_at = after
        recent = [number for number, entry in entries.items() if entry.updated_at >= mark]
        others = sorted(entries.keys() - recent)
        turn = [*(one for one in others if one > after), *(one for one in others if one <= after)]
        for place, number in enumerate([*recent, *turn]):
            entry = entries[number]
            nodes = {entry.node_id: (entry, None), **{
                remark.node_id: (entry, remark) for remark in _deciding(entry, policy, as_of)}}
            if len(self._wanted) + len(nodes) > IDS_A_RUN:
                break
            self._wanted |= nodes
            if place >= len(recent):
                self.seen.ended_at = number
        known = set(met)
        newest = max([last_number, *known])
        missing = [number for number in range(last_number + 1, newest + 1) if number not in known][-_NUMBERS:]
        ahead = newest + _NUMBERS_AHEAD
        self._ask([*missing, *range(newest + 1, ahead + 1), *self._wanted])
        while self._arrived and max(self._arrived) > ahead - 10:
            self._ask(range(ahead + 1, ahead + _NUMBERS_AHEAD + 1))
            ahead += _NUMBERS_AHEAD
        self.seen.last_number = max([newest, *self._arrived])
        return self.seen

    def for_gone(self, entries: Iterable[Entry]) -> None:
        """Whether items that were not looked at yet are still there: more are remembered than GitHub counts."""
        unseen = {entry.node_id: (entry, None) for entry in entries if entry.node_id not in self._wanted}
        self._wanted |= unseen
        self._with_reactions = frozenset()
        self._ask(list(unseen), size=_GONE_A_REQUEST)

    def _ask(self, questions: Sequence[int | str], *, size: int = _A_REQUEST) -> None:
        """Ask about numbers and ids, thousands in a request."""
        in_batches(questions, size, self._ask_at_once)

    def _ask_at_once(self, questions: Sequence[int | str], may_shrink: bool) -> None:  # noqa: FBT001
        numbers = [question for question in questions if isinstance(question, int)]
        ids = [question for question in questions if isinstance(question, str)]
        fields = {"i": "issue", "d": "discussion"}
        parts = [f"{word}{number}: {fields[word]}(number: {number}) {{ id }}"
                 for number in numbers for word in self._probes]
        selections = [f"repository(owner: $owner, name: $name) {{ {' '.join(parts)} }}"] if parts else []
        parameters = ["$owner: String!", "$name: String!"] if parts else []
        variables: dict[str, Any] = dict(self._who) if parts else {}
        groups: dict[str, list[str]] = {}
        fragments = set()
        for fragment, group in (("LookWithReactions", [key for key in ids if key in self._with_reactions]),
                                ("Look", [key for key in ids if key not in self._with_reactions])):
            for start in range(0, len(group), _IDS_A_FIELD):
                alias = f"n{len(groups)}"
                groups[alias] = group[start:start + _IDS_A_FIELD]
                parameters.append(f"${alias}: [ID!]!")
                selections.append(f"{alias}: nodes(ids: ${alias}) {{ ...{fragment} }}")
                fragments.add(fragment)
        if not selections:
            return
        text = (f"query LookAgain({', '.join(parameters)}) {{ rateLimit {{ cost limit remaining resetAt }} "
                f"{' '.join(selections)} }}\n{_LOOK * bool(fragments)}"
                + _LOOK_WITH_REACTIONS * ("LookWithReactions" in fragments))
        data = self._graphql.run(text, {**variables, **groups}, absent_nodes=True, may_shrink=may_shrink)
        for alias, node in data.get("repository", {}).items():
            if node is not None:
                kind: Kind = "issue" if alias[0] == "i" else "discussion"
                self.seen.arrived.setdefault(kind, []).append(node["id"])
                self._arrived.append(int(alias[1:]))
        for alias, group in groups.items():
            for node_id, node in zip(group, data[alias], strict=True):
                self._compare(self._wanted.get(node_id), node)

    def _compare(self, remembered: tuple[Entry, Remark | None] | None, node: Node | None) -> None:
        if node is not None and (used := parse.reactions(node)):
            self.seen.reactions[node["id"]] = used
        if remembered is None:
            return
        entry, remark = remembered
        number = entry.item.number
        if node is None:
            (self.seen.gone if remark is None else self.seen.changed).add(number)
            return
        author = parse.actor(node["author"], self._names)
        if remark is None:
            if node["number"] != number:
                self.seen.gone.add(number)
            elif parse_instant(node["updatedAt"]) != entry.updated_at or author != entry.item.author:
                self.seen.changed.add(number)
        elif (node["isMinimized"], node["authorAssociation"], author) != (
                remark.minimised, remark.association, remark.by):
            self.seen.changed.add(number)


def _deciding(entry: Entry, policy: Policy, as_of: datetime) -> list[Remark]:
    """The remarks whose hiding, showing or deletion would change what is known of an item: its first response, those
    hidden before it, the last word of a person, and those that say whose move it is."""
    item = entry.item
    first = first_response(item, policy, as_of=as_of)
    earlier = [remark for remark in item.remarks if remark.minimised and (first is None or remark.at <= first.at)]
    review = first_review(item, policy, as_of=as_of)
    last = next((remark for remark in reversed(item.remarks) if not remark.minimised and not policy.is_bot(remark.by)),
                None) if item.closed_at is None else None
    turn = last_turn(item, policy, as_of=as_of) if item.closed_at is None else ()
    return [remark for remark in (*earlier, first, review, last, *turn) if remark is not None]
