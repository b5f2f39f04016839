"""Who owes an item's next move, and since when. Pure; the definitions are those of docs/metrics.md."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from repo_vitals.clock import format_instant
from repo_vitals.concerns.community_metrics.facts import bare
from repo_vitals.concerns.community_metrics.label_spans import standing
from repo_vitals.concerns.community_metrics.labels import folded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Actor, Item
    from repo_vitals.concerns.community_metrics.responses import Policy

_OWED_BY = {"author": "its author", "maintainers": "the maintainers", "outside": "others, outside the project"}
_OUTSIDE = ("block", "upstream", "external")    # in the name of a label: the work waits for others than author and us


@dataclass(frozen=True)
class Move:
    """Who has to do something next."""

    owes: Literal["author", "maintainers", "outside"]
    since: datetime

    def __str__(self) -> str:
        """A sentence that says so."""
        return f"The next move is for {_OWED_BY[self.owes]}, since {format_instant(self.since)[:10]}."


@dataclass(frozen=True)
class Pauses:
    """The labels that say that nothing can be done here, by what they wait for."""

    author: frozenset[str] = frozenset()        # folded names
    outside: frozenset[str] = frozenset()       # folded names

    @classmethod
    def of(cls, labels: Iterable[str]) -> Pauses:
        """Labels of both sorts, told apart by name: `status/blocked` waits for others, `needs-info` for the author."""
        names = frozenset(map(folded, labels))
        outside = frozenset(name for name in names if any(word in name for word in _OUTSIDE))
        return cls(author=names - outside, outside=outside)

    @property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.author | self.outside


NO_PAUSES = Pauses()


def next_move(item: Item, policy: Policy, pauses: Pauses, *, as_of: datetime) -> Move:
    """Who owes the next move on an item at `as_of`.

    Remarks by bots, hidden ones and later ones are not seen, nor those of which nobody knows whether they are the
    author's: those by deleted accounts where the author is one.
    """
    for owes, names in (("outside", pauses.outside), ("author", pauses.author)):
        spans = standing(item, names, as_of=as_of)
        if spans and spans[-1][1] is None:
            return Move(owes, spans[-1][0])     # type: ignore[arg-type]
    # Of the author's words the first after others' counts, of the others' the last.
    since, by_author = item.created_at, True
    for remark in sorted(item.remarks, key=lambda remark: remark.at):
        if remark.at > as_of or remark.minimised or policy.is_bot(remark.by):
            continue
        if remark.by.login is None and item.author.login is None:
            continue
        is_author = _same(remark.by, item.author)
        if not is_author or not by_author:
            since, by_author = max(remark.at, item.created_at), is_author
    return Move("maintainers" if by_author else "author", since)


def _same(one: Actor, other: Actor) -> bool:
    return one.login is not None and other.login is not None and bare(one.login) == bare(other.login)
