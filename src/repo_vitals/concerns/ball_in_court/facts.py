"""What is known when labels are decided on: plain values. Titles, logins and names of labels are strangers' text."""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.stats.turns import Actor, Remark

Kind = Literal["issue", "pull_request"]
KINDS: tuple[Kind, ...] = ("issue", "pull_request")


def folded(label: str) -> str:
    """A label's name as names of labels are compared: GitHub takes no two that differ by case only."""
    return label.strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Something said, and what it is where it is a review."""

    remark: Remark
    approves: bool = False          # an approval: it asks nothing of the author
    is_of_head: bool = True         # False: a review of another commit than the newest, so that one was pushed since


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """A label was put on, or taken off."""

    at: datetime
    by: Actor
    name: str
    added: bool


@dataclass(frozen=True, kw_only=True)
class Item:
    """An issue or a pull request, with as much of the end of its thread as tells whose move it is."""

    kind: Kind
    number: int
    title: str
    url: str
    author: Actor
    created_at: datetime
    closed_at: datetime | None = None       # None while it is open
    is_draft: bool = False
    is_ours: bool = False                   # opened by the token's own account
    labels: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()            # the newest, in any order
    labellings: tuple[Labelling, ...] = ()  # the newest, oldest first
    committed_at: datetime | None = None    # of a pull request's newest commit, as that says

    def has(self, label: str) -> bool:
        """Whether a label stands on it."""
        return folded(label) in map(folded, self.labels)


Effect = Literal["marked", "closed"]
EFFECTS: tuple[Effect, ...] = ("marked", "closed")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that the labels are decided by."""

    repository: str
    viewer: str                                         # login of the token's own account
    items: tuple[Item, ...]                             # every open one of the kinds asked for, by number
    # What another action says that it marked and closed, by effect; no key where nobody told.
    effects: Mapping[Effect, tuple[Item, ...]]
    gone: int = 0                                       # of those, how many could not be found any more
    notes: tuple[str, ...] = ()
