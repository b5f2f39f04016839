"""A second look at what earlier runs read, for what moves no time of update.

Deleting, transferring and hiding, the renaming and deleting of accounts, and reactions leave `updatedAt` as it is, so no
listing by time shows them. Each run asks whether the nodes that its figures rest on are as they were: in a handful of
requests for thousands of them, those first that were looked at longest ago. Besides, a hundred items are read anew.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.community_metrics import parse
from repo_vitals.concerns.community_metrics.responses import first_response
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Kind, Remark
    from repo_vitals.concerns.community_metrics.ledger import Entry
    from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
    from repo_vitals.concerns.community_metrics.responses import Policy
    from repo_vitals.sources.github_graphql import GraphQL

Node = dict[str, Any]

IDS_A_RUN = 4000            # nodes looked at in a run, at most
_IDS_A_REQUEST = 2000
_IDS_A_FIELD = 100          # GitHub takes no more in one `nodes`
_NUMBERS_AHEAD = 10         # numbers beyond the last known one that are tried
_NUMBERS_A_REQUEST = 200
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
    """The questions of one look, answered by `ask`."""

    def __init__(self, graphql: GraphQL, *, owner: str, name: str, names: Pseudonyms, discussions: bool,
                 issues: bool) -> None:
        self._graphql = graphql
        self._who = {"owner": owner, "name": name}
        self._names = names
        self._probes = [*(["i"] if issues else []), *(["d"] if discussions else [])]
        self.seen = Seen()

    def reactions_to(self, remarks: Sequence[str]) -> dict[str, frozenset[str]]:
        """The contents of the reactions that some remarks drew; only of those that drew any."""
        self._look({remark: None for remark in remarks}, reactions=frozenset(remarks))
        return self.seen.reactions

    def at_entries(self, entries: Mapping[int, Entry], *, policy: Policy, as_of: datetime, after: int,
                   cohort: Iterable[int]) -> None:
        """Whether items and the remarks that decide about them are as remembered.

        The first responses of the `cohort` always, with their reactions; then the items after number `after`, and round
        again from the lowest, as many as a run may look at.
        """
        wanted: dict[str, tuple[Entry, Remark | None] | None] = {}
        reactions: set[str] = set()
        for number in cohort:
            if number in entries:
                entry = entries[number]
                deciding = first_response(entry.item, policy, as_of=as_of)
                if deciding is not None:
                    wanted[deciding.node_id] = (entry, deciding)
                    reactions.add(deciding.node_id)
        self.seen.ended_at = after
        order = sorted(entries)
        for number in [*(one for one in order if one > after), *(one for one in order if one <= after)]:
            entry = entries[number]
            nodes = {entry.node_id: (entry, None), **{
                remark.node_id: (entry, remark) for remark in _deciding(entry, policy, as_of)}}
            if len(wanted) + len(nodes) > IDS_A_RUN:
                break
            wanted |= nodes
            self.seen.ended_at = number
        self._look(wanted, reactions=frozenset(reactions))

    def at_numbers(self, last: int, met: Iterable[int]) -> None:
        """Which of the numbers since the last run are items that came from elsewhere, unseen by listings by time."""
        known = set(met)
        newest = max([last, *known])
        asked = [number for number in range(last + 1, newest + 1) if number not in known]
        self._probe(asked)
        ahead = newest
        while True:
            found = self._probe(range(ahead + 1, ahead + 1 + _NUMBERS_AHEAD))
            if not found:
                break
            newest = max(found)
            ahead += _NUMBERS_AHEAD
        self.seen.last_number = newest

    def _probe(self, numbers: Sequence[int]) -> list[int]:
        found: list[int] = []

        def ask(batch: Sequence[int], may_shrink: bool) -> None:  # noqa: FBT001
            fields = {"i": "issue", "d": "discussion"}
            selections = " ".join(f"{word}{number}: {fields[word]}(number: {number}) {{ id }}"
                                  for number in batch for word in self._probes)
            data = self._graphql.run(
                "query Numbers($owner: String!, $name: String!) { rateLimit { cost limit remaining resetAt } "
                f"repository(owner: $owner, name: $name) {{ {selections} }} }}",
                self._who, absent_nodes=True, may_shrink=may_shrink)
            for alias, node in data["repository"].items():
                if node is not None:
                    kind: Kind = "issue" if alias[0] == "i" else "discussion"
                    self.seen.arrived.setdefault(kind, []).append(node["id"])
                    found.append(int(alias[1:]))

        if self._probes:
            in_batches(list(numbers), _NUMBERS_A_REQUEST, ask)
        return found

    def _look(self, wanted: Mapping[str, tuple[Entry, Remark | None] | None], *, reactions: frozenset[str]) -> None:
        def ask(ids: Sequence[str], may_shrink: bool) -> None:  # noqa: FBT001
            groups = [[key for key in ids if key in reactions], [key for key in ids if key not in reactions]]
            parameters, selections, variables, parts = [], [], {}, set()
            for fragment, group in zip(("LookWithReactions", "Look"), groups, strict=True):
                for start in range(0, len(group), _IDS_A_FIELD):
                    alias = f"n{len(variables)}"
                    parameters.append(f"${alias}: [ID!]!")
                    selections.append(f"{alias}: nodes(ids: ${alias}) {{ ...{fragment} }}")
                    variables[alias] = group[start:start + _IDS_A_FIELD]
                    parts.add(fragment)
            text = (f"query LookAgain({', '.join(parameters)}) {{ rateLimit {{ cost limit remaining resetAt }} "
                    f"{' '.join(selections)} }}\n{_LOOK}" + _LOOK_WITH_REACTIONS * ("LookWithReactions" in parts))
            data = self._graphql.run(text, variables, absent_nodes=True, may_shrink=may_shrink)
            for alias, group in variables.items():
                for node_id, node in zip(group, data[alias], strict=True):
                    self._compare(wanted[node_id], node)

        in_batches(list(wanted), _IDS_A_REQUEST, ask)

    def _compare(self, remembered: tuple[Entry, Remark | None] | None, node: Node | None) -> None:
        if node is not None and "reactionGroups" in node:
            used = frozenset(group["content"] for group in node["reactionGroups"] or () if group["createdAt"])
            if used:
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
    hidden before it, and the last word of a person, which says who owes the next move."""
    item = entry.item
    first = first_response(item, policy, as_of=as_of)
    earlier = [remark for remark in item.remarks if remark.minimised and (first is None or remark.at <= first.at)]
    last = next((remark for remark in reversed(item.remarks) if not remark.minimised and not policy.is_bot(remark.by)),
                None) if item.closed_at is None else None
    return [remark for remark in (*earlier, first, last) if remark is not None]
