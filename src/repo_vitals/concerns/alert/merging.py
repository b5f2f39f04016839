"""Which issues of a key there are, and what has become of them. Pure."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert.plans import Write
from repo_vitals.concerns.alert.spells import as_acted_on
from repo_vitals.concerns.alert.state import retired
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.alert.facts import AlertState, OurIssue, Signal, Treatment


@dataclass(frozen=True, kw_only=True)
class There:
    """The issues of one key."""

    open: OurIssue | None = None            # the one that stays
    doubles: tuple[OurIssue, ...] = ()      # open ones beside it
    closed: OurIssue | None = None          # where none is open: the one that may be opened again


def look(issues: Sequence[OurIssue], state: AlertState) -> There:
    """Of open ones the lowest number stays. Of closed ones the one counts that the state names, else the last."""
    first, *others = sorted((one for one in issues if one.is_open), key=lambda one: one.number) or (None,)
    if first is not None:
        return There(open=first, doubles=tuple(others))
    closed = sorted(issues, key=lambda one: (one.number == state.number, one.closed_at or one.created_at, one.number))
    return There(closed=closed[-1] if closed else None)


def without_doubles(there: There) -> Iterator[Write]:
    """Closes what is beside the issue that stays, so that it is found no more."""
    for double in there.doubles:
        assert there.open is not None  # noqa: S101
        yield Write(verb="close-issue", key=double.key, number=double.number, body=retired(double.body, double.key),
                    reason="duplicate", before=double.body)
        if not double.is_locked:
            yield Write(verb="comment", key=double.key, number=double.number, comment=(
                f"This alert goes on in #{there.open.number}, so this issue is closed as its duplicate."))


def believed(state: AlertState, there: There, signal: Signal | None, treatment: Treatment) -> AlertState:
    """The state, corrected by what the issues themselves say where it lacks something or is behind them.

    An open issue whose body was robbed of its state fires, for all that is known: healthy runs will close it. A closed
    one was left by a person, or had its end.
    """
    issue = there.open or there.closed
    if issue is None or state.phase == "firing":
        return state
    if there.open is not None:
        if issue.state is None:
            can_say = signal is not None and signal.outcome != "unknown"
            return _adopted(state, issue, signal, treatment) if can_say else state
        if issue.state.phase == "firing" and state.phase != "resolved":
            # Another run wrote the history after this issue was opened, without knowing of it.
            return replace(issue.state, number=issue.number, recent=state.recent, rows=state.rows, heard=state.heard,
                           snoozed_until=state.snoozed_until, snoozed_by=state.snoozed_by)
        return state
    if issue.state is None and state.updated_at is None and issue.closed_at is not None:
        if issue.closed_by_person:
            return replace(_adopted(state, issue, signal, treatment), left_at=issue.closed_at)
        return replace(state, phase="resolved", resolved_at=issue.closed_at, spells=1)
    return state


def _adopted(state: AlertState, issue: OurIssue, signal: Signal | None, treatment: Treatment) -> AlertState:
    if signal is not None:
        state = as_acted_on(state, signal, treatment)
    return replace(state, phase="firing", since=state.since or issue.created_at, fired_at=issue.created_at,
                   changed_at=issue.created_at, said_at=issue.created_at, spells=max(state.spells, 1))


def closed_in_this_spell(issue: OurIssue, state: AlertState) -> bool:
    """Whether a closed issue was closed while the alert of now was firing in it, not at the end of an earlier one."""
    if issue.state is not None and issue.state.phase == "firing" and issue.state.fired_at == state.fired_at:
        return True
    return state.fired_at is None or (issue.closed_at is not None and issue.closed_at >= state.fired_at)
