"""What an alert's issue says of it as an incident: clocks, status updates, and what a review starts from. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import in_words
from repo_vitals.concerns.alert import body_parts as parts
from repo_vitals.concerns.alert.incidents import REVIEW_WITHIN
from repo_vitals.concerns.alert.spells import told_at
from repo_vitals.config.declare import show_duration
from repo_vitals.render.folding import used_columns
from repo_vitals.render.markdown import Markdown, code, table, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from repo_vitals.concerns.alert.facts import AlertState, Event
    from repo_vitals.concerns.alert.plans import AlertView

REVIEWED = "`/vitals reviewed`, with a link if there is one, notes that it was reviewed."


def level_of(view: AlertView) -> int | None:
    """Severity of the incident that it is, as a person said, or by rule, or as it began where no rule can say, as once
    its problems are gone; None where it is none."""
    if view.state.level is not None:
        return view.state.level
    if view.treatment.incident is None and view.state.incident is not None:
        return view.state.incident.level
    return view.treatment.incident


def promised(view: AlertView) -> Sequence[tuple[str, timedelta]]:
    """How soon it is to be answered, as was said when the incident began."""
    return (view.state.incident.within if view.state.incident is not None else ()) or view.treatment.respond_within


def asked_since(state: AlertState) -> datetime | None:
    """What the clocks of an incident count from: its issue's opening, or later where it became an incident later."""
    known = (told_at(state) or state.since, None if state.incident is None else state.incident.opened_at)
    return max((at for at in known if at is not None), default=None)


def incident(view: AlertView, room: int) -> str:
    """Clocks, status updates, and after its end what a review starts from."""
    level = level_of(view)
    if level is None:
        return ""
    updates = [event for event in view.state.timeline if event.what == "status"]
    head = f"### Incident of severity {level}\n\n{_clocks(view, updates)}"
    said = "".join(f"- {parts.instant(event.at)}: {text(event.text, limit=300)}{_by(event)}\n"
                   for event in updates[-5:])
    missing = "None so far; `/vitals status` followed by the words makes one.\n"
    review = f"\n{review_note(view.state)}" if view.state.phase == "resolved" else ""
    return parts.clipped(f"{head}\n**Status updates**\n\n{said or missing}{review}", room)


def _by(event: Event) -> str:
    return f" ({code(event.who, limit=60)})" if event.who else ""


def _clocks(view: AlertView, updates: Sequence[Event]) -> str:
    state = view.state
    began = asked_since(state)
    if began is None or not promised(view):
        return ""
    rows = []
    for what, span in promised(view)[:10]:
        done = {"acknowledge": state.acknowledged_at, "update": updates[0].at if updates else None,
                "resolve": state.resolved_at}.get(what)
        due = began + span
        late = "" if done is None else "in time" if done <= due else f"{in_words(done - due)} late"
        kept = "" if done is None else f"{parts.instant(done)}, {late}"
        rows.append((text(what, limit=40), Markdown(show_duration(span)), Markdown(parts.instant(due)), Markdown(kept)))
    _, headers, used = used_columns(("Owed", "Within", "Due", "Done"), rows)
    return table(headers, used)


def review_note(state: AlertState) -> str:
    """When a review is due, and the stub of a post-mortem to copy; or that it was reviewed."""
    if state.resolved_at is None:
        return ""
    if state.reviewed_at is not None:
        noted = next((event for event in reversed(state.timeline) if event.what == "reviewed"), None)
        words = text(noted.text, limit=300) if noted is not None else ""
        return (f"**Reviewed:** {parts.instant(state.reviewed_at)}{_by(noted) if noted is not None else ''}"
                f"{f': {words}' if words else ''}\n")
    lasted = parts.duration_of(state)
    first = parts.began(state)
    acknowledged = parts.instant(state.acknowledged_at) if state.acknowledged_at is not None else "never"
    return (f"**Review within a week:** due {state.resolved_at + REVIEW_WITHIN:%Y-%m-%d}. {REVIEWED} "
            "A stub to copy:\n\n"
            "<details><summary>Post-mortem</summary>\n\n"
            "```markdown\n"
            "# Post-mortem\n\n"
            f"- Began: {parts.instant(first) if first is not None else 'unknown'}\n"
            f"- Ended: {parts.instant(state.resolved_at)}{f' (after {lasted})' if lasted else ''}\n"
            f"- Acknowledged: {acknowledged}\n\n"
            "## What happened, and who noticed it\n\n## Why it could happen\n\n## What went well, what did not\n\n"
            "## What will be done, by whom, until when\n"
            "```\n\n</details>\n")
