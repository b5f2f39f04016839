"""Whose move it is, which issues are to be escalated, and when labels stood, for the simulator's truth."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.model import Discussion, Issue
from repo_vitals.simulator.truth_figures import MOST_URGENT_FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from repo_vitals.simulator.truth_lives import Life

TRIGGERS = ("no-progress", "urgent", "security", "production")
PRODUCTION = ("production", "production-impact", "impact/production")
_OTHERS = ("block", "upstream", "external")     # in the name of a label: it waits for others than author and project
_URGENT = MOST_URGENT_FIRST[: MOST_URGENT_FIRST.index("high") + 1]
_ACTS = ("assigned", "closed", "reopened", "labeled", "unlabeled")      # what is asked of an issue's timeline


@dataclass(frozen=True)
class Move:
    """Who has to do something next, and since when."""

    owes: Literal["author", "maintainers", "outside"]
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Escalated:
    """An open issue that needs more than its turn."""

    number: int
    trigger: str            # of TRIGGERS
    since: datetime         # the last progress; the label; else the opening
    at: datetime            # when that was first too long ago
    move: Move


def label_spans(life: Life, names: Collection[str]) -> list[tuple[datetime, datetime | None]]:
    """When at least one of the labels stood, up to now; None: it stands still.

    A label that is there without having been put on was always there. One that is gone without having been taken off
    was there for nobody knows how long: that last time is not counted.
    """
    now, created, wanted = life.rules.now, life.thread.created_at, {name.lower() for name in names}
    spans: list[tuple[datetime, datetime | None]] = []
    for own in _labels_ever(life):
        if life.rules.means(own).lower() not in wanted:
            continue
        history = [] if isinstance(life.thread, Discussion) else [
            (max(event.at, created), event.kind == "labeled") for event in life.thread.events
            if event.label is not None and event.kind in ("labeled", "unlabeled") and event.label.name.lower() == own]
        on: datetime | None = None
        mine: list[tuple[datetime, datetime | None]] = []
        for at, put_on in history:
            if put_on:      # on for a second time: it had been deleted and made anew, nobody knows when
                on = at
            else:
                mine.append((on or created, at))
                on = None
        if own in {label.name.lower() for label in life.thread.labels}:
            mine.append((on or created, None))
        # What happened later has not happened yet.
        spans += [(begin, None if end is None or end > now else end) for begin, end in mine if begin <= now]
    return _joined(spans)


def first_label(life: Life, is_one: Callable[[str], bool]) -> datetime | None:
    """When the first label of a sort was on it, whether it was taken off again or not; not told of a discussion."""
    if isinstance(life.thread, Discussion):
        return None
    put_on = [max(at, life.thread.created_at) for at, name, on in life.label_events() if on and is_one(name)]
    stood = label_spans(life, {means for own in _labels_ever(life) if is_one(means := life.rules.means(own))})
    return min([*put_on, *(begin for begin, _ in stood)], default=None)


def _labels_ever(life: Life) -> set[str]:
    """Its labels of now and of its history by their own names, in lower case."""
    labels = [*life.thread.labels, *(event.label for event in life.thread.events if event.label is not None)]
    return {label.name.lower() for label in labels}


def _joined(spans: Iterable[tuple[datetime, datetime | None]]) -> list[tuple[datetime, datetime | None]]:
    """Spans that touch, as one."""
    found: list[tuple[datetime, datetime | None]] = []
    for begin, end in sorted((span for span in spans if span[0] != span[1]), key=lambda span: span[0]):
        last = found[-1][1] if found else begin
        if found and (last is None or begin <= last):
            found[-1] = (found[-1][0], None if end is None or last is None else max(end, last))
        else:
            found.append((begin, end))
    return found


def next_move(life: Life, pauses: Collection[str]) -> Move:
    """Whose turn it is: the label's that stands, else that of who did not speak last."""
    others = {name for name in pauses if any(word in name.lower() for word in _OTHERS)}
    for owes, names in (("outside", others), ("author", set(pauses) - others)):
        spans = label_spans(life, names)
        if spans and spans[-1][1] is None:
            return Move("outside" if owes == "outside" else "author", spans[-1][0])
    created = life.thread.created_at
    heard = [(max(at, created), by_author) for at, by_author in _words(life)]
    if not heard or not any(not by_author for _, by_author in heard):
        return Move("maintainers", created)
    last_of_others = max(place for place, (_, by_author) in enumerate(heard) if not by_author)
    if last_of_others == len(heard) - 1:
        return Move("author", heard[last_of_others][0])
    return Move("maintainers", heard[last_of_others + 1][0])


def _words(life: Life) -> list[tuple[datetime, bool]]:
    """What people said that is not hidden, in order, and whether the author did; not what could be the author's."""
    author = life.thread.author
    unknown_author = author is None or author.deleted
    found = []
    for at, said in sorted(life.remarks(), key=lambda remark: remark[0]):
        gone = said.author is None or said.author.deleted
        if at <= life.rules.now and said.minimised is None and not life.rules.is_bot(said.author) \
                and not (gone and unknown_author):
            found.append((at, not gone and not unknown_author and said.author is author))
    return found


def escalations(lives: Iterable[Life], *, no_progress: timedelta = timedelta(days=30),
                urgent: timedelta = timedelta(days=7), security: timedelta = timedelta(hours=24),
                production: Collection[str] = PRODUCTION, pauses: Collection[str] = ()) -> list[Escalated]:
    """Every open issue of a person that a trigger catches; all time is calendar time."""
    found = []
    for life in lives:
        if not isinstance(life.thread, Issue) or life.by_no_person or life.closed_at is not None:
            continue
        now, created = life.rules.now, life.thread.created_at
        caught: dict[str, tuple[datetime, timedelta]] = {}
        if now - _last_progress(life) > no_progress:
            caught["no-progress"] = (_last_progress(life), no_progress)
        if life.priority in _URGENT and now - created > urgent:
            caught["urgent"] = (created, urgent)
        if life.type == "security" and now - created > security:
            caught["security"] = (created, security)
        standing = label_spans(life, production)
        if standing and standing[-1][1] is None:
            caught["production"] = (standing[-1][0], timedelta(0))
        found += [Escalated(number=life.thread.number, trigger=trigger, since=since, at=since + limit,
                            move=next_move(life, pauses))
                  for trigger in TRIGGERS if trigger in caught for since, limit in [caught[trigger]]]
    return found


def _last_progress(life: Life) -> datetime:
    """When a person last said something that is not hidden, or did something; the opening is the first progress."""
    moments = [life.thread.created_at]
    moments += [at for at, said in life.remarks() if said.minimised is None and not life.rules.is_bot(said.author)]
    moments += [event.at for event in life.thread.events
                if event.kind in _ACTS and not life.rules.is_bot(event.actor)]
    return max(moment for moment in moments if moment <= life.rules.now)
