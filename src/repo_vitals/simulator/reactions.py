"""Reactions to what was said, and the eight groups that GraphQL shows them in."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal, get_args

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.accounts import Node

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account

Content = Literal["THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES"]
CONTENTS: tuple[Content, ...] = get_args(Content)       # in the order in which GitHub gives the groups
IN_REST = dict(zip(CONTENTS, ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"), strict=True))


@dataclass(eq=False, kw_only=True)
class Reaction(Node):
    """One account's reaction of one kind."""

    content: Content
    by: Account | None
    at: datetime

    PREFIX = "REA"


@dataclass(eq=False, kw_only=True)
class Reactable(Node):
    """What people may react to."""

    reactions: list[Reaction] = field(default_factory=list, repr=False)     # by time, then id


@dataclass(frozen=True)
class ReactionGroup:
    """The reactions of one kind to one thing."""

    subject: Reactable
    content: Content

    @property
    def reactions(self) -> list[Reaction]:
        """Those of the group, first come first."""
        return [reaction for reaction in self.subject.reactions if reaction.content == self.content]

    @property
    def created_at(self) -> datetime | None:
        """When the first of them was made; None without any."""
        return min((reaction.at for reaction in self.reactions), default=None)


def groups(subject: Reactable) -> list[ReactionGroup]:
    """All eight groups, used or not."""
    return [ReactionGroup(subject, content) for content in CONTENTS]
