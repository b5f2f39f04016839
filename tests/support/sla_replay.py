"""Service levels by living through every minute of an item: slow, simple, and nothing of the product's arithmetic."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Item

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Lived:
    """How a phase went."""

    state: str
    minutes: int                # on the clock until the phase or the item ended, or until now
    due: datetime | None        # None: the clock stands still before, or it is further away than `horizon`


def live(item: Item, *, phase: str, minutes: int, now: datetime, works: Callable[[datetime], bool],
         pausing: Collection[str] = (), ending: Callable[[str], bool] = lambda _: False,
         answers: Callable[[str | None], bool] = lambda _: True,
         horizon: timedelta = timedelta(days=20)) -> Lived | None:
    """One phase of an item of which everything happens at full minutes; None for a draft.

    `minutes`: what the rule gives. `ending`: the labels that end the phase. `answers`: whose words are a response.
    """
    changed = {change.name for change in item.label_changes} | set(item.labels)
    first = {name: next((change.added for change in item.label_changes if change.name == name), None)
             for name in changed}
    labels = {name for name, added in first.items() if added is False or (added is None and name in item.labels)}
    draft = not item.draft_changes[0].draft if item.draft_changes else item.is_draft
    closed = answered = labelled = False
    started = not draft
    ran, due, moment = 0, None, item.created_at
    ended_at = closed_ran = ended_ran = None
    while moment <= now + horizon:
        if moment <= now:
            for draft_change in item.draft_changes:
                if draft_change.at == moment:
                    draft = draft_change.draft
                    started = started or not draft
            for label_change in item.label_changes:
                if label_change.at == moment:
                    labels.add(label_change.name) if label_change.added else labels.discard(label_change.name)
                    labelled = labelled or (label_change.added and ending(label_change.name))
            labelled = labelled or any(ending(name) for name in labels)
            for state_change in item.state_changes:
                if state_change.at == moment:
                    closed = state_change.closed
                    closed_ran = ran if closed else None
            answered = answered or (not draft and any(
                remark.at == moment and not remark.minimised and answers(remark.by.login) for remark in item.remarks))
            by_label = labelled and phase not in ("first-response", "acknowledge", "resolution")
            by_answer = answered and phase in ("first-response", "acknowledge")
            if ended_at is None and (by_label or by_answer):
                ended_at, ended_ran = moment, ran
        elif draft:
            return None
        elif due is not None:
            break
        stands = draft or not started or (phase == "resolution" and not labels.isdisjoint(pausing))
        if moment == now:
            now_ran = ran
            if draft:
                return None
            if stands and due is None:
                break
        if not stands and works(moment):
            ran += 1
            if ran == minutes:
                due = moment + MINUTE
        moment += MINUTE
    closing_ends = phase in ("resolution", "evaluation", "investigate", "fix", "disclose")
    if closed and closing_ends and (ended_ran is None or closed_ran < ended_ran):
        ended_ran = closed_ran
    spent = ended_ran if ended_ran is not None else closed_ran if closed else now_ran
    if spent > minutes:
        return Lived("breached", spent, due)
    return Lived("met" if ended_ran is not None else "neither" if closed else "pending", spent, due)
