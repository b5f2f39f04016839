"""Who owes an item's next move, and since when. Pure; the definitions are those of docs/metrics.md."""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.clock import format_instant
from repo_vitals.concerns.community_metrics.label_spans import standing
from repo_vitals.concerns.community_metrics.labels import folded
from repo_vitals.frozen import dataclass
from repo_vitals.stats import turns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Item
    from repo_vitals.concerns.community_metrics.responses import Policy
    from repo_vitals.stats.turns import Remark

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
    """Who owes the next move on an item at `as_of`."""
    for owes, names in (("outside", pauses.outside), ("author", pauses.author)):
        spans = standing(item, names, as_of=as_of)
        if spans and spans[-1][1] is None:
            return Move(owes, spans[-1][0])     # type: ignore[arg-type]
    turn = last_turn(item, policy, as_of=as_of)
    if not turn:
        return Move("maintainers", item.created_at)
    return Move("author" if len(turn) == 1 else "maintainers", max(turn[-1].at, item.created_at))


def last_turn(item: Item, policy: Policy, *, as_of: datetime) -> tuple[Remark, ...]:
    """`turns.last_turn` on an item, with the bots of a policy."""
    return turns.last_turn(item.remarks, item.author, policy.is_bot, as_of=as_of)
