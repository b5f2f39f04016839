"""Whether the author owes the next move on an item, and whether the label is to stand there. Pure.

The definitions are those of docs/metrics.md, "Awaiting the author".
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.ball_in_court.facts import folded
from repo_vitals.frozen import dataclass
from repo_vitals.stats.turns import bare, heard, same_account

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.ball_in_court.facts import Effect, Item, Labelling, Word
    from repo_vitals.concerns.ball_in_court.inputs import Request
    from repo_vitals.stats.turns import Actor

Why = Literal["member-spoke", "by-hand", "exempt", "taken-off", "unanswered", "author-spoke", "author-pushed",
              "outsider-spoke", "approved", "draft", "bot", "ours", "author-gone"]
WORDS: dict[Why, str] = {
    "member-spoke": "a member spoke last",
    "by-hand": "a person put the label on, and the author has not spoken since",
    "exempt": "an exempt label stands on it",
    "taken-off": "a person took the label off, and no member has spoken since",
    "unanswered": "nobody has answered",
    "author-spoke": "its author spoke last",
    "author-pushed": "a commit came after the last word",
    "outsider-spoke": "someone spoke last who is neither its author nor a member",
    "approved": "a member approved it",
    "draft": "it is a draft",
    "bot": "a bot opened it",
    "ours": "the token's own account opened it",
    "author-gone": "its author's account is deleted",
}


@dataclass(frozen=True)
class Standing:
    """How an item stands, and since when that is so."""

    why: Why
    since: datetime

    @property
    def wanted(self) -> bool:
        """Whether the label is to stand on it."""
        return self.why in ("member-spoke", "by-hand")


def standing(item: Item, asked: Request, viewer: str, *, as_of: datetime) -> Standing:
    """How an item stands by what had happened at `as_of`."""
    owes = _owes(item, asked, as_of)
    last = last_labelling(item, asked.label, as_of)
    stands = item.has(asked.label) if last is None else last.added
    if stands and (last is None or (last.added and is_by_person(last.by, viewer, asked))):
        # Of a label without an entry nobody knows who put it on, so that it might be a person.
        put_at = item.created_at if last is None else last.at
        if owes.wanted and not _is_exempt(item, asked):
            return owes
        if not _moved_since(item, asked, put_at, as_of):
            return Standing("by-hand", put_at)
        return Standing("exempt", owes.since) if owes.wanted else owes
    if not owes.wanted:
        return owes
    if _is_exempt(item, asked):
        return Standing("exempt", owes.since)
    if not stands and last is not None and not last.added and last.at >= owes.since and is_by_person(
            last.by, viewer, asked):
        return Standing("taken-off", last.at)
    return owes


def _owes(item: Item, asked: Request, as_of: datetime) -> Standing:
    """Whether the author owes the next move by what was said and pushed, labels aside."""
    for why, applies in (("ours", item.is_ours), ("author-gone", item.author.login is None),
                         ("bot", asked.is_bot(item.author)), ("draft", item.is_draft)):
        if applies:
            return Standing(why, item.created_at)    # type: ignore[arg-type]
    last = newest_word(item, asked, as_of=as_of)
    if last is None:
        return Standing("unanswered", item.created_at)
    at = last.remark.at
    if same_account(last.remark.by, item.author):
        return Standing("author-spoke", at)
    if not asked.is_members(last.remark):
        return Standing("outsider-spoke", at)
    if last.approves:
        return Standing("approved", at)
    pushed = _pushed_at(item)
    if not last.is_of_head or (pushed is not None and at <= pushed <= as_of):
        return Standing("author-pushed", at if pushed is None else max(at, pushed))
    return Standing("member-spoke", at)


def newest_word(item: Item, asked: Request, *, as_of: datetime) -> Word | None:
    """The newest word that is heard. Of those of one second a plain one by a member, which alone calls for the label,
    is taken to be the first: nobody knows the order, and a label too few does no harm.
    """
    words = {id(word.remark): word for word in item.words}
    spoken = [words[id(remark)] for remark in heard(
        (word.remark for word in item.words), item.author, asked.is_bot, as_of=as_of)]
    return max(spoken, key=lambda word: (word.remark.at, _is_settled(word, item, asked)), default=None)


def _is_settled(word: Word, item: Item, asked: Request) -> bool:
    return word.approves or same_account(word.remark.by, item.author) or not asked.is_members(word.remark)


def _pushed_at(item: Item) -> datetime | None:
    return item.committed_at if item.kind == "pull_request" else None


def _moved_since(item: Item, asked: Request, since: datetime, as_of: datetime) -> bool:
    """Whether the author spoke, or a commit came, after a moment."""
    pushed = _pushed_at(item)
    return (pushed is not None and since < pushed <= as_of) or any(
        since < remark.at and same_account(remark.by, item.author)
        for remark in heard((word.remark for word in item.words), item.author, asked.is_bot, as_of=as_of))


def _is_exempt(item: Item, asked: Request) -> bool:
    return any(folded(label) in asked.exempt for label in item.labels)


def last_labelling(item: Item, label: str, as_of: datetime) -> Labelling | None:
    """The last time that a label was put on or taken off, by `as_of`."""
    return next((one for one in reversed(item.labellings) if folded(one.name) == folded(label) and one.at <= as_of),
                None)


def is_by_person(actor: Actor, viewer: str, asked: Request) -> bool:
    """Whether neither a bot nor the token's own account did it; a deleted account was a person's."""
    return not asked.is_bot(actor) and (actor.login is None or bare(actor.login) != bare(viewer))


def done_at(item: Item, effect: Effect, asked: Request, now: datetime) -> datetime:
    """When something was done to an item; now where that can't be told, or it was only said."""
    if effect == "closed":
        return now if item.closed_at is None else min(item.closed_at, now)
    put = None if asked.stale_label is None else last_labelling(item, asked.stale_label, now)
    return put.at if put is not None and put.added else now
