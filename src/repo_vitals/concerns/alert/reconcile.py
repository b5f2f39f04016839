"""What is to be written so that the issues say what the reports say, whatever is there. Pure and level-triggered.

Nothing here asks what an earlier run meant to do. Reports, memory and issues are looked at as they are, so that a lost
call and two runs at once heal at the next run, and a run with nothing new writes nothing.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant
from repo_vitals.concerns.alert import rows
from repo_vitals.concerns.alert.course import course
from repo_vitals.concerns.alert.facts import AlertState, Treatment
from repo_vitals.concerns.alert.merging import look, without_doubles
from repo_vitals.concerns.alert.plans import AlertView, Plan, Write
from repo_vitals.concerns.alert.signals import UNKNOWN
from repo_vitals.concerns.alert.spells import unheard, unjudged
from repo_vitals.concerns.alert.state import bounded, from_body, hidden, merged, remembering
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from repo_vitals.concerns.alert.course import Course
    from repo_vitals.concerns.alert.facts import OurIssue, Settings, Signal
    from repo_vitals.concerns.alert.merging import There
    from repo_vitals.concerns.alert.plans import Notice, Texts

FORGOTTEN_AFTER = timedelta(days=90)    # of what does not fire
REFRESHED_AFTER = timedelta(days=7)     # of a text in which time alone has moved something
_LATER = "firing, again"                # in `told`: to be told once more when quiet hours are over
_NO_TIME = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """Of one key."""

    state: AlertState
    earlier: AlertState
    writes: tuple[Write, ...] = ()
    notices: tuple[Notice, ...] = ()
    note: str = ""


def reconcile(
    signals: Sequence[Signal], treatments: Mapping[str, Treatment], states: Mapping[str, AlertState],
    issues: Sequence[OurIssue], *, now: datetime, settings: Settings, texts: Texts,
) -> Plan:
    """The writes and notices that are wanting, and what is remembered when they have worked.

    `states` is what the history holds; what issues' bodies hold is looked for here. The writes of a key are carried
    out in their order, and the rest of them is left out when one fails: then its state of `Plan.earlier` is
    remembered, so that the next run does what is left.
    """
    of = {signal.key: signal for signal in signals}
    of |= {signal.key: signal for signal in unjudged(signals) if signal.key not in of}
    remembered = merged(states, issues, now=now)
    keys = sorted({*of, *remembered, *(issue.key for issue in issues)})
    outcomes = [
        _reconciled(key, of.get(key), treatment_of(key, treatments, remembered, settings), remembered.get(key),
                    [issue for issue in issues if issue.key == key], now, settings, texts)
        for key in keys]
    notes = [outcome.note for outcome in outcomes if outcome.note]
    if not settings.has_history and any(needed > 1 for key in of if key in treatments for needed, _ in (
            treatments[key].fire_after, *treatments[key].fire_after_of.values())):
        notes.append("no history is kept, so that earlier runs are not known: an alert fires at its first failing run; "
                     "give `history: branch` for one that waits for several")
    kept = [outcome for outcome in outcomes if not _is_forgotten(outcome.state, now, settings)]
    return Plan(
        writes=tuple(write for outcome in sorted(outcomes, key=_ends) for write in outcome.writes),
        notices=tuple(notice for outcome in outcomes for notice in outcome.notices),
        states=tuple(outcome.state for outcome in kept), earlier=tuple(outcome.earlier for outcome in kept),
        notes=tuple(notes))


def _ends(outcome: _Outcome) -> bool:
    """False for what opens an issue. That is written first: a run that dies on its way leaves what goes on under
    another key told twice rather than by nobody."""
    return all(write.verb not in ("create-issue", "reopen-issue") for write in outcome.writes)


def treatment_of(key: str, treatments: Mapping[str, Treatment], states: Mapping[str, AlertState], settings: Settings,
                 ) -> Treatment:
    """How a key is treated: what can't be judged by a threshold of its own, and what no policy names like any."""
    given = treatments.get(key)
    if given is None:
        given = Treatment(severity=states[key].severity if key in states else "medium", labels=())
    if key.startswith(f"{UNKNOWN}/"):
        return replace(given, fire_after=(settings.unknown_after, settings.unknown_after), resolve_after=1)
    return given


def _is_forgotten(state: AlertState, now: datetime, settings: Settings) -> bool:
    """Whether nothing was heard for long of a key that has no trouble; of a finding's, whether it was not found."""
    if state.phase in ("firing", "pending") or state.snoozed_until is not None:
        return False
    is_findings = "/" in state.key and not state.key.startswith(f"{UNKNOWN}/")
    heard = [at for at, outcome in state.recent if outcome == "failing" or not is_findings]
    latest = max((at for at in (*heard[-1:], state.resolved_at) if at is not None), default=None)
    return latest is None or now - latest > max(FORGOTTEN_AFTER, settings.reopen_within)


# -- one key -----------------------------------------------------------------------------------------------------

def _reconciled(
    key: str, signal: Signal | None, treatment: Treatment, remembered: AlertState | None, issues: Sequence[OurIssue],
    now: datetime, settings: Settings, texts: Texts,
) -> _Outcome:
    before = remembered or AlertState(key=key)
    there = look(issues, before)
    commands = [command for issue in issues for command in issue.commands]
    found = course(before, signal, treatment, there, commands, now=now, settings=settings)
    channels, told = _to_tell(found, treatment)
    heard = dict.fromkeys(channels, told)
    if treatment.quiet_until is not None and treatment.quiet_until > now:
        # What repeats or escalates looks, after the quiet hours, like what they have heard.
        heard = {name: _LATER for name in channels if found.state.told.get(name) == told}
        channels = ()
    if channels and found.step == "none" and (there.open or there.closed) is not None:
        found = found.to("mend")    # what was told is to be remembered, which without a history the body alone does
    says = found.event is not None or found.step == "create"
    state = bounded(replace(found.state, told={**found.state.told, **heard},
                            said_at=now if says else found.state.said_at))

    def view(state: AlertState) -> AlertView:
        return AlertView(repository=settings.repository, signal=found.signal, state=state, treatment=treatment, now=now,
                         run_url=state.run_url or None, report_url=state.report_url or None)

    is_news, title = True, None
    if found.step != "none":
        state = replace(state, shown=texts.shows(view(state)))
    if found.step == "update" and there.open is not None:
        is_news = _is_news(state, before, there.open, now, treatment, is_told=found.signal is not None)
        state = state if is_news or there.open.state is None else replace(state, shown=there.open.state.shown)
    if is_news and found.step in ("create", "reopen", "update") and (
            found.signal is not None and found.signal.outcome == "failing") and (
            found.step == "create" or not unheard(state, found.signal)):    # a title does not swing with who is heard
        title = _title(texts.title(view(state)), there, state)
        state = replace(state, title=state.title if title is None else title)
    state = _dated(state, before, there, now, settings)
    writes = [*without_doubles(there)]
    note = found.note
    if found.step != "none":
        writes += _writes(found, there, treatment, title, view(state), texts, is_news=is_news)
        issue = there.open or (there.closed if found.step in ("reopen", "note") else None)
        if found.event is not None and issue is not None and issue.is_locked:
            note = f"#{issue.number} is locked, so that no comment tells what became of it; its text does"
    return _Outcome(
        state=state, writes=tuple(writes), notices=texts.notices(view(state), channels, told) if channels else (),
        note=note, earlier=_without_writes(state, before))


def _without_writes(state: AlertState, before: AlertState) -> AlertState:
    """What is remembered where a write failed: as before, but for the runs.

    An alert that has begun has begun, though there is no issue yet: were it forgotten, its channels would be told by
    each run that can't open one. When it was updated stays as before, so that an issue that is there after all counts.
    """
    if state.phase == "firing" and state.spells > before.spells:
        return replace(state, number=before.number, earlier=before.earlier, title=before.title, shown=before.shown,
                       told=before.told, said_at=before.said_at, timeline=before.timeline, heard=before.heard,
                       updated_at=before.updated_at, run_url=before.run_url, report_url=before.report_url)
    return replace(before, recent=state.recent, rows=state.rows)


def _title(wanted: str, there: There, state: AlertState) -> str | None:
    """The title to write: none where it is a person's, or as it should be."""
    issue = there.open or (there.closed if state.number is not None else None)
    if issue is None:
        return wanted
    ours = state.title if issue.state is None else issue.state.title
    return wanted if issue.title.strip() == ours.strip() and ours.strip() != wanted.strip() else None


def _dated(state: AlertState, before: AlertState, there: There, now: datetime, settings: Settings) -> AlertState:
    """The state with the time and the run that changed it, be it now or when it was written."""
    issue = there.open or there.closed
    for known in (before, None if issue is None else issue.state):
        if known is not None and _same_but_dates(state, known) and known.updated_at is not None:
            return replace(state, updated_at=known.updated_at, run_url=known.run_url, report_url=known.report_url)
    return replace(state, updated_at=now, run_url=settings.run_url or "", report_url=settings.report_url or "")


def _same_but_dates(one: AlertState, other: AlertState) -> bool:
    return replace(one, updated_at=None, run_url="", report_url="", number=None, shown="") == replace(
        other, updated_at=None, run_url="", report_url="", number=None, shown="")


# -- writes ------------------------------------------------------------------------------------------------------

def _is_news(state: AlertState, before: AlertState, issue: OurIssue, now: datetime, treatment: Treatment, *,
             is_told: bool) -> bool:
    """Whether an issue's text is owed more than what time alone has moved in it, or was written long ago."""
    if not is_told and _same_but_dates(state, before):
        return False                # no report speaks of it, so that its text stays as it is
    written = issue.state
    if written is None or written.shown != state.shown:
        return True
    found = from_body(hidden(state))
    if found is None or _essence(found, treatment) != _essence(written, treatment):
        return True
    return written.updated_at is None or now - written.updated_at >= REFRESHED_AFTER


def _essence(state: AlertState, treatment: Treatment) -> tuple[AlertState, Mapping[str, int]]:
    """A state without what one more run like the last changes, and the healthy runs of each monitor that count."""
    latest = [outcome for _, outcome in state.recent[-1:]]
    counts = latest == ["healthy"]          # how many of those there were in a row resolves it
    return replace(state, updated_at=None, run_url="", report_url="", number=None, title="", shown="", rows={},
                   recent=state.recent if counts else tuple((_NO_TIME, outcome) for outcome in latest)
                   ), rows.still_counting(state, treatment.resolve_after)


def _writes(found: Course, there: There, treatment: Treatment, title: str | None, view: AlertView, texts: Texts, *,
            is_news: bool) -> Iterator[Write]:
    """In the order in which a lost one does least harm.

    What the body remembers as said is said before it; what opens or closes is itself what people are told of, so that
    its comment follows.
    """
    key = view.state.key
    issue = there.open or there.closed
    noted = None
    if found.step == "note" and issue is not None and (view.signal is None or view.signal.outcome != "healthy"):
        noted = remembering(issue.body, view.state)     # what the text told of the end is known no more
    body = noted or texts.body(view)
    if found.step == "create":
        yield Write(verb="create-issue", key=key, title=title, body=body, labels=treatment.labels,
                    assignees=treatment.assignees)
        return
    assert issue is not None  # noqa: S101
    number = issue.number
    comment = None
    if found.event is not None and not issue.is_locked:
        comment = Write(verb="comment", key=key, number=number, comment=texts.comment(view, found.event))
    if found.step in ("close", "reopen"):
        closes = found.step == "close"
        yield Write(verb="close-issue" if closes else "reopen-issue", key=key, number=number, title=title, body=body,
                    reason="completed" if closes else None, before=issue.body)
        if comment is not None:
            yield comment
        return
    labels = tuple(dict.fromkeys(label for one in found.escalations for label in one.labels))
    assignees = tuple(dict.fromkeys(login for one in found.escalations for login in one.assignees))
    if labels:
        yield Write(verb="add-labels", key=key, number=number, labels=labels)
    if assignees:
        yield Write(verb="assign", key=key, number=number, assignees=assignees)
    if comment is not None:
        yield comment
    if title is not None or (is_news and _plain(body) != _plain(issue.body)):
        # An issue that says that it is over, and that another run has opened meanwhile, looks like a person's wish.
        yield Write(verb="update-issue", key=key, number=number, title=title, body=body, before=issue.body,
                    stays_closed=not issue.is_open)


def _plain(body: str) -> str:
    """A body as GitHub may give it back: with other line ends, and none at its end."""
    return body.replace("\r\n", "\n").strip()


# -- channels ----------------------------------------------------------------------------------------------------

def _to_tell(found: Course, treatment: Treatment) -> tuple[tuple[str, ...], str]:
    """The channels that have not heard how things stand, quiet hours aside, and what they are to hear."""
    state = found.state
    if found.is_muted:
        return (), ""
    if state.phase != "firing":
        behind = tuple(channel for channel, told in sorted(state.told.items()) if told.startswith("firing"))
        return (behind, "resolved") if state.phase == "resolved" else ((), "")
    if state.left_at is not None or found.signal is None or (
            found.signal.outcome != "failing" and not found.escalations):
        return (), ""
    told = f"firing {state.severity} {'' if state.changed_at is None else format_instant(state.changed_at)}".strip()
    escalated = treatment.carried_out(state.escalated)
    channels = dict.fromkeys((*treatment.channels, *(name for one in escalated for name in one.channels)))
    again = channels if found.is_repeat else {name for one in found.escalations for name in one.channels}
    return tuple(name for name in channels if name in again or state.told.get(name) != told), told
