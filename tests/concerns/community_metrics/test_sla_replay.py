"""Service levels against a replay of every minute, over made-up lives of items."""
from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import event, given
from hypothesis import strategies as st

from repo_vitals.concerns.community_metrics.facts import (
    DraftChange,
    Item,
    LabelChange,
    StateChange,
)
from repo_vitals.concerns.community_metrics.labels import triages
from repo_vitals.concerns.community_metrics.moves import Pauses
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.concerns.community_metrics.sla import Terms, levels, obligations
from repo_vitals.concerns.community_metrics.sla_rules import PHASES, Rule
from repo_vitals.report.model import Window
from repo_vitals.stats.business_time import AROUND_THE_CLOCK, WEEKDAYS, BusinessHours
from repo_vitals.stats.turns import Actor, Remark
from support.sla_replay import MINUTE, live

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.stats.business_time import Calendar

# A Thursday, so that short lives meet a weekend.
BIRTH = datetime(2026, 3, 26, 9, 0, tzinfo=timezone.utc)
LONGEST = 4 * 24 * 60
OFFICE = BusinessHours(zone=timezone.utc, days=frozenset(range(5)), opens=time(9), closes=time(17))
CALENDARS: dict[str, tuple[Calendar, Callable[[datetime], bool]]] = {
    "around the clock": (AROUND_THE_CLOCK, lambda _: True),
    "weekdays": (WEEKDAYS, lambda at: at.weekday() < 5),
    "office hours": (OFFICE, lambda at: at.weekday() < 5 and 9 <= at.hour < 17),
}
LABELS = ("status/needs-info", "status/blocked", "bug", "P1", "status/confirmed", "good first issue")
ENDING = {"evaluation": {"status/confirmed"}, "investigate": {"status/confirmed"}, "fix": {"good first issue"},
          "disclose": set[str]()}


@st.composite
def lives(draw: Any) -> Item:
    """An item with a consistent history, part of which may lie after the report's clock."""
    kind = draw(st.sampled_from(["issue", "issue", "pull_request"]))
    steps = draw(st.lists(st.tuples(st.integers(0, LONGEST), st.sampled_from(
        [*LABELS, "close", "draft", "ann", "bob", "ci[bot]", "hidden"])), max_size=14).map(sorted))
    labels = set(draw(st.lists(st.sampled_from(LABELS), unique=True, max_size=2)))
    closed, draft, closed_at = False, kind == "pull_request" and draw(st.booleans()), None
    changes: dict[str, list[Any]] = {"label": [], "state": [], "draft": [], "remark": []}
    for minute, what in steps:
        at = BIRTH + minute * MINUTE
        if what in LABELS:
            changes["label"].append(LabelChange(at, what, what not in labels))
            labels ^= {what}
        elif what == "close":
            closed = not closed
            closed_at = at if closed else None
            changes["state"].append(StateChange(at, closed))
        elif what == "draft" and kind == "pull_request":
            draft = not draft
            changes["draft"].append(DraftChange(at, draft))
        elif what != "draft":
            changes["remark"].append(Remark(at=at, by=Actor(what, is_bot=what.endswith("[bot]")), association="NONE",
                                            minimised=what == "hidden"))
    return Item(kind=kind, number=1, title="", url="", author=Actor("ann"), created_at=BIRTH, closed_at=closed_at,
                labels=tuple(sorted(labels)), remarks=tuple(changes["remark"]), state_changes=tuple(changes["state"]),
                draft_changes=tuple(changes["draft"]), label_changes=tuple(changes["label"]), is_draft=draft)


@given(item=lives(), calendar=st.sampled_from(sorted(CALENDARS)), minutes=st.integers(1, 2 * 24 * 60),
       age=st.integers(1, LONGEST))
def test_every_phase_ends_as_if_each_minute_had_been_lived_through(
        item: Item, calendar: str, minutes: int, age: int) -> None:
    now, (hours, works) = BIRTH + age * MINUTE, CALENDARS[calendar]
    terms, policy = agreed(minutes), Policy(hours=hours)
    window = Window(start=BIRTH, end=now)
    rows = {row.phase: row for row in levels([item], terms, policy, window).rows}
    found = {one.rule.phase: one for one in obligations(item, terms, policy, as_of=now)}
    for phase in PHASES:
        lived = live(item, phase=phase, minutes=minutes, now=now, works=works,
                     pausing={"status/needs-info", "status/blocked"},
                     ending=triages if phase == "triage" else lambda name, phase=phase: name in ENDING.get(phase, ()),
                     answers=lambda login: login in ("bob", "hidden"))
        if lived is None:
            assert phase not in rows
            continue
        event(f"{phase} {lived.state}")
        one, row = found[phase], rows[phase]
        assert (one.state, one.ran) == (lived.state, timedelta(minutes=lived.minutes)), phase
        assert (row.met, row.breached, row.pending) == tuple(
            int(lived.state == state) for state in ("met", "breached", "pending"))
        if one.is_owed or lived.due is not None:
            assert one.due == lived.due, phase


@given(item=lives(), minutes=st.integers(1, 2 * 24 * 60), age=st.integers(1, LONGEST))
def test_what_happens_after_the_clock_changes_nothing(item: Item, minutes: int, age: int) -> None:
    now = BIRTH + age * MINUTE
    terms = agreed(minutes)

    def seen(some: Item) -> list[Any]:
        return [(one.rule.phase, one.state, one.ran, one.due, one.move)
                for one in obligations(some, terms, Policy(), as_of=now)]
    assert seen(item) == seen(as_it_was(item, now))


def agreed(minutes: int) -> Terms:
    within = timedelta(minutes=minutes)
    return Terms(
        rules=tuple(Rule(phase=phase, within=within, channel=channel)
                    for phase in PHASES for channel in (None, "pull_request")),     # type: ignore[arg-type]
        due_soon=timedelta(hours=1), pauses=Pauses.of(["status/needs-info", "status/blocked"]),
        phase_labels={phase: frozenset(names) for phase, names in ENDING.items()},
    )


def as_it_was(item: Item, now: datetime) -> Item:
    """The item as GitHub would have told it at `now`."""
    labels, draft, closed_at = set(item.labels), item.is_draft, None
    for change in reversed(item.label_changes):
        if change.at > now:
            labels ^= {change.name}
    for draft_change in reversed(item.draft_changes):
        if draft_change.at > now:
            draft = not draft_change.draft
    for state_change in item.state_changes:
        if state_change.at <= now:
            closed_at = state_change.at if state_change.closed else None
    values = {name: getattr(item, name) for name in Item.__dataclass_fields__}
    for name in ("remarks", "state_changes", "draft_changes", "label_changes"):
        values[name] = tuple(one for one in values[name] if one.at <= now)
    return Item(**{**values, "labels": tuple(sorted(labels)), "is_draft": draft, "closed_at": closed_at})
