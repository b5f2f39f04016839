"""What the followers of an alert's issue are told of an event, and who is pinged. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.alert import body_incident
from repo_vitals.concerns.alert import body_parts as parts
from repo_vitals.render.markdown import text

if TYPE_CHECKING:
    from repo_vitals.concerns.alert.facts import Event
    from repo_vitals.concerns.alert.plans import AlertView


def pinged(view: AlertView, event: Event) -> tuple[str, ...]:
    """Whom the configuration has told, and in an escalation those of the ones carried out so far too."""
    carried_out = view.treatment.carried_out(view.state.escalated) if event.what == "escalated" else ()
    return tuple(dict.fromkeys((*view.treatment.mentions, *(who for one in carried_out for who in one.mentions))))


def _details(event: Event) -> str:
    said = text(event.text, limit=300)
    return f" {said}" if said else ""


def _count(view: AlertView) -> str:
    return parts.counted(len(view.signal.problems) if view.signal is not None else 0, "problem")


def _changed(view: AlertView, event: Event) -> str:
    sign, word = ("⬆️", "Worse") if event.what == "worse" else ("⬇️", "Better")
    return f"{sign} **{word}: {view.treatment.severity}, {_count(view)}.**{_details(event)}\n"


def _repeated(view: AlertView, event: Event) -> str:
    since = parts.at("since", parts.began(view.state))
    return f"🔔 **Still failing{since}: {view.treatment.severity}, {_count(view)}.**{_details(event)}\n"


def _escalated(view: AlertView, event: Event) -> str:
    owners = parts.names(view.treatment.owners)
    since = parts.at("since", parts.began(view.state))
    return (f"📣 **Escalated: failing{since}, and nobody has acknowledged it.**{_details(event)}"
            + (f" Owners: {owners}." if owners else "") + "\n\n`/vitals ack` takes it on.\n")


def _snoozed(view: AlertView, event: Event) -> str:
    until = parts.at("until", view.state.snoozed_until)
    return f"💤 **Snoozed{until}**{parts.by(event.who)}.{_details(event)} `/vitals wake` ends it.\n"


def _closed(view: AlertView, event: Event) -> str:
    state = view.state
    lasted = parts.duration_of(state)
    span = f" after {lasted}" if lasted else ""
    began = parts.at("It failed from", parts.began(state)).strip()
    dates = f" {began}{parts.at('to', state.resolved_at)}." if began and state.resolved_at is not None else ""
    return f"✅ **Healthy again: closed{span}.**{dates}{_details(event)}\n"


def _moved(_: AlertView, event: Event) -> str:
    return f"➡️ **Closed: alerts are grouped otherwise now, and another one tells of what fails.**{_details(event)}\n"


def _reopened(view: AlertView, event: Event) -> str:
    again = f", for the {parts.ordinal(view.state.spells)} time" if view.state.spells > 1 else ""
    since = parts.at("since", parts.began(view.state))
    return f"🔁 **It is back: {view.treatment.severity}, failing{since}{again}.**{_details(event)}\n"


def _review_due(view: AlertView, event: Event) -> str:
    owners = parts.names(view.treatment.owners)
    ended = f"It ended on {parts.instant(view.state.resolved_at)}." if view.state.resolved_at is not None else ""
    return (f"📝 **The review of this incident is due.** {ended}{_details(event)} The stub above is a start."
            + (f" Owners: {owners}." if owners else "") + f"\n\n{body_incident.REVIEWED}\n")


def _other(_: AlertView, event: Event) -> str:
    return f"**{text(parts.words_of(event.what), limit=60)}**{parts.by(event.who)}.{_details(event)}\n"


_EVENTS = {"worse": _changed, "better": _changed, "repeated": _repeated, "escalated": _escalated, "snoozed": _snoozed,
           "closed": _closed, "moved": _moved, "reopened": _reopened, "review-due": _review_due}


def said(view: AlertView, event: Event) -> str:
    """What followers are told of an event, without the problems."""
    return _EVENTS.get(event.what, _other)(view, event)
