"""Items that may wait for their authors, as compact facts: times are hours before NOW, people are logins."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from repo_vitals.concerns.ball_in_court.facts import Item, Labelling, Word
from repo_vitals.concerns.ball_in_court.inputs import Request
from repo_vitals.stats.turns import Actor, Remark
from support.simulated import NOW

LABEL = "awaiting-author"
US = "github-actions[bot]"
ASKED = Request(label=LABEL, exempt=frozenset({"pinned"}), members=frozenset({"max"}), ignored=frozenset({"robo"}),
                stale_label="Stale")


def actor(login: str | None) -> Actor:
    """A person, a deleted account (None), or a bot (`[bot]`)."""
    return Actor(login, is_bot=login is not None and login.endswith("[bot]"))


def word(by: str | None, hours: float, *, association: str = "NONE", minimised: bool = False, **more: Any) -> Word:
    """Something said."""
    return Word(remark=Remark(at=NOW - timedelta(hours=hours), by=actor(by), association=association,
                              minimised=minimised), **more)


def member(hours: float, by: str = "mia", **more: Any) -> Word:
    """Something that a member said."""
    return word(by, hours, association="MEMBER", **more)


def put(by: str | None, hours: float, *, added: bool = True, name: str = LABEL) -> Labelling:
    """A label was put on, or taken off."""
    return Labelling(at=NOW - timedelta(hours=hours), by=actor(by), name=name, added=added)


def item(*words: Word, by: str | None = "ann", number: int = 1, **more: Any) -> Item:
    """An issue of ann's."""
    return Item(**{"kind": "issue", "number": number, "title": "It breaks",
                   "url": f"https://github.com/acme/widget/issues/{number}", "author": actor(by),
                   "created_at": NOW - timedelta(days=90), "words": words, **more})
