"""A conversation on an item: who said what, whom it counts of, and who spoke last. Pure.

The definitions are those of docs/metrics.md, "Whose move it is".
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""GitHub's words for the association of those who belong to the project."""


def bare(login: str) -> str:
    """A login as logins are compared: lower case, without the suffix that REST puts on bots and GraphQL does not."""
    return login.lower().removesuffix("[bot]")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wrote something. A deleted account is a person of whom nothing is known: login None."""

    login: str | None
    is_bot: bool = False

    @classmethod
    def named(cls, login: str, typename: str) -> Actor:
        """The account of that login and GraphQL type."""
        return cls(login, is_bot=typename == "Bot" or login.lower().endswith("[bot]"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment, a submitted review, a discussion comment or a reply."""

    at: datetime                # when it could be read; a review's submission
    by: Actor
    association: str            # GitHub's authorAssociation: OWNER, MEMBER, COLLABORATOR, CONTRIBUTOR, NONE …
    minimised: bool = False
    is_review: bool = False
    node_id: str = ""           # GraphQL's global id


def same_account(one: Actor, other: Actor) -> bool:
    """Whether two are one account; of deleted ones nobody knows."""
    return one.login is not None and other.login is not None and bare(one.login) == bare(other.login)


def heard(remarks: Iterable[Remark], author: Actor, is_bot: Callable[[Actor], bool], *,
          as_of: datetime) -> Iterator[Remark]:
    """The remarks that are heard on an item of that author, in order of time.

    Remarks by bots, hidden ones and later ones are not heard, nor those of which nobody knows whether they are the
    author's: those by deleted accounts where the author is one.
    """
    for remark in sorted(remarks, key=lambda remark: remark.at):
        is_unknown = remark.by.login is None and author.login is None
        if remark.at <= as_of and not remark.minimised and not is_bot(remark.by) and not is_unknown:
            yield remark


def last_turn(remarks: Iterable[Remark], author: Actor, is_bot: Callable[[Actor], bool], *,
              as_of: datetime) -> tuple[Remark, ...]:
    """The last remark by someone else than the author, and the author's first after that if there is one.

    Nothing where nobody else spoke. What is not `heard` does not count.
    """
    turn: tuple[Remark, ...] = ()
    for remark in heard(remarks, author, is_bot, as_of=as_of):
        if not same_account(remark.by, author):
            turn = (remark,)
        elif len(turn) == 1:
            turn = (*turn, remark)
    return turn
