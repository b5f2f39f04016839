"""Service levels: which phase of which item was due when, and whether it was in time. Pure; see docs/metrics.md."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.clock import BusinessDays
from repo_vitals.concerns.community_metrics.label_spans import first_put_on, standing
from repo_vitals.concerns.community_metrics.labels import folded, priority, triages, type_of
from repo_vitals.concerns.community_metrics.moves import NO_PAUSES, Move, Pauses, next_move
from repo_vitals.concerns.community_metrics.responses import Policy, clock, closed_at, first_response, in_draft
from repo_vitals.concerns.community_metrics.sla_rules import FIRST_RESPONSE, PHASES, RESOLUTION, Rule, applying
from repo_vitals.stats.business_time import AROUND_THE_CLOCK, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from repo_vitals.concerns.community_metrics.facts import Item, Kind
    from repo_vitals.concerns.community_metrics.label_spans import Span
    from repo_vitals.concerns.community_metrics.sla_rules import Duration
    from repo_vitals.report.model import Window
    from repo_vitals.stats.business_time import Calendar

State = Literal["met", "breached", "pending", "neither"]
Timing = Callable[["Item", "Duration"], "tuple[Calendar, timedelta]"]
_BY_RESPONSE = frozenset({FIRST_RESPONSE, "acknowledge"})
_BY_MAINTAINERS = _BY_RESPONSE | {"triage"}     # nobody else can take the next step
_NONE = timedelta(0)


def plain_time(_: Item, duration: Duration) -> tuple[Calendar, timedelta]:
    """Calendar time, and Monday to Friday for business days."""
    if isinstance(duration, BusinessDays):
        return WEEKDAYS, WEEKDAYS.day * duration.days
    return AROUND_THE_CLOCK, duration


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed: the rules, and how time is told."""

    rules: tuple[Rule, ...] = ()
    timing: Timing = plain_time                 # an item's calendar for a duration, and the duration on it
    due_soon: timedelta = timedelta(hours=24)   # calendar time
    pauses: Pauses = NO_PAUSES                  # the clock of resolution stands while one of these labels does
    # Phase to the folded names of the labels that end it.
    phase_labels: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def rule(self, item: Item, phase: str) -> Rule | None:
        """The rule for a phase of an item, by the labels that it has now."""
        return applying(self.rules, phase, channel=item.kind, type=type_of(item.labels),
                        priority=priority(item.labels))

    def falling_back(self, phase: str, within: Duration) -> Terms:
        """The same terms with a target for items to which no rule for this phase applies."""
        return replace(self, rules=(Rule(phase=phase, within=within), *self.rules))

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that rules are about."""
        named = {rule.phase for rule in self.rules}
        return tuple(phase for phase in PHASES if phase in named)


NOTHING_AGREED = Terms()


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """A phase of an item under the rule that counts, as it stood at a moment."""

    item: Item
    rule: Rule
    priority: str
    type: str
    within: timedelta               # the rule's time on the item's calendar
    ran: timedelta                  # on the item's clock until the phase ended, the item was closed, or the moment
    ended_at: datetime | None
    closed: bool                    # at the moment
    due: datetime | None            # None while the clock stands still short of it
    move: Move

    @property
    def state(self) -> State:
        """Late is what took more time on its clock than the rule gives."""
        if self.ran > self.within:
            return "breached"
        if self.ended_at is not None:
            return "met"
        return "neither" if self.closed else "pending"

    @property
    def is_owed(self) -> bool:
        """Whether somebody still has to do it."""
        return self.ended_at is None and not self.closed

    @property
    def overdue(self) -> timedelta:
        """Time on the item's clock since it was due; zero before."""
        return max(self.ran - self.within, _NONE)


@dataclass(frozen=True, kw_only=True)
class Row:
    """How the window's items of one channel, type and priority did in one phase."""

    phase: str
    channel: Kind
    type: str
    priority: str
    met: int
    breached: int
    pending: int
    due_soon: int                   # of the pending ones

    @property
    def judged(self) -> int:
        """Items of which it is known whether they were in time."""
        return self.met + self.breached

    @property
    def attainment(self) -> float | None:
        """Share of those that were; None where nothing is known yet."""
        return self.met / self.judged if self.judged else None


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The service levels of a window, and what is owed at its end."""

    terms: Terms
    rows: tuple[Row, ...]                   # by phase, channel, type and priority; items opened in the window
    breaches: tuple[Obligation, ...]        # of open items of any age, still owed and late; the longest overdue first
    due_soon: tuple[Obligation, ...]        # the same, owed soon; the first due first
    pending: Mapping[str, int]              # phase to open items of any age that owe it and are not late


def levels(items: Iterable[Item], terms: Terms, policy: Policy, window: Window) -> Levels:
    """Service levels over `window` as of its end: what happened later is ignored."""
    end = window.end
    cohort: list[Obligation] = []
    owed: list[Obligation] = []
    for item in items:
        opened = item.created_at in window
        if item.created_at >= end or not (opened or closed_at(item, as_of=end) is None):
            continue
        if policy.leaves_out(item) or in_draft(item, as_of=end):
            continue
        found = list(obligations(item, terms, policy, as_of=end))
        cohort += found if opened else []
        owed += (one for one in found if one.is_owed)
    return Levels(
        terms=terms,
        rows=tuple(_rows(cohort, terms.due_soon, end)),
        breaches=tuple(sorted((one for one in owed if one.state == "breached"),
                              key=lambda one: (-one.overdue, *_place(one)))),
        due_soon=tuple(sorted((one for one in owed if is_due_soon(one, terms.due_soon, end)),
                              key=lambda one: (one.due or end, *_place(one)))),
        pending=Counter(one.rule.phase for one in owed if one.state == "pending"),
    )


def is_due_soon(one: Obligation, soon: timedelta, now: datetime) -> bool:
    """Whether something is owed, not late, and due at the latest `soon` after `now`."""
    return one.state == "pending" and one.due is not None and one.due - now <= soon


def obligations(item: Item, terms: Terms, policy: Policy, *, as_of: datetime) -> Iterator[Obligation]:
    """What an item that is no draft owes or owed, phase by phase, as far as there are rules for it."""
    for phase in terms.phases:
        found = obligation(item, phase, terms, policy, as_of=as_of)
        if found is not None:
            yield found


def obligation(item: Item, phase: str, terms: Terms, policy: Policy, *, as_of: datetime) -> Obligation | None:
    """A phase of an item; None without a rule for it, for a draft that was never ready, and where nobody knows how long
    the first response took: a transferred item can be answered by words older than itself.
    """
    rule, ticking = terms.rule(item, phase), clock(item, as_of=as_of)
    if rule is None or ticking.started_at is None:
        return None
    closing = closed_at(item, as_of=as_of)
    ended = _ended(item, phase, terms, policy, closing=closing, as_of=as_of)
    if ended is not None and ended < item.created_at:
        return None
    pauses = standing(item, terms.pauses.every, as_of=as_of) if phase == RESOLUTION else ()
    running = tuple(_without((ticking.started_at, None), (*ticking.drafts, *pauses)))
    calendar, within = terms.timing(item, rule.within)
    until = ended if ended is not None else closing if closing is not None else as_of
    return Obligation(
        item=item, rule=rule, priority=priority(item.labels), type=type_of(item.labels), within=within,
        ran=_ran(running, calendar, until), ended_at=ended, closed=closing is not None,
        due=_due(running, calendar, within),
        move=(Move("maintainers", ticking.started_at) if phase in _BY_MAINTAINERS
              else next_move(item, policy, terms.pauses, as_of=as_of)),
    )


def _ended(item: Item, phase: str, terms: Terms, policy: Policy, *, closing: datetime | None,
           as_of: datetime) -> datetime | None:
    if phase in _BY_RESPONSE:
        response = first_response(item, policy, as_of=as_of)
        return None if response is None else response.at
    if phase == RESOLUTION:
        return closing
    if phase == "triage":
        return first_put_on(item, triages, as_of=as_of)
    names = terms.phase_labels.get(phase, frozenset())
    labelled = first_put_on(item, lambda label: folded(label) in names, as_of=as_of)
    return min((moment for moment in (labelled, closing) if moment is not None), default=None)


def _without(whole: Span, holes: Iterable[Span]) -> Iterator[Span]:
    """What is left of an open-ended span."""
    start: datetime | None = whole[0]
    for began, ended in sorted(holes, key=lambda hole: hole[0]):
        if start is None:
            return
        if began > start:
            yield start, began
        start = None if ended is None else max(start, ended)
    if start is not None:
        yield start, None


def _ran(running: Sequence[Span], calendar: Calendar, until: datetime) -> timedelta:
    return sum((calendar.elapsed(began, until if ended is None else min(ended, until)) for began, ended in running),
               _NONE)


def _due(running: Sequence[Span], calendar: Calendar, within: timedelta) -> datetime | None:
    """The first moment at which `within` has run; None if the clock stands still before."""
    for began, ended in running:
        if ended is None:
            return calendar.after(began, within)
        ran = calendar.elapsed(began, ended)
        if ran >= within:
            return calendar.after(began, within)
        within -= ran
    return None


def _rows(cohort: Iterable[Obligation], soon: timedelta, end: datetime) -> Iterator[Row]:
    groups: dict[tuple[int, Kind, str, str], Counter[str]] = {}
    for one in cohort:
        key = (PHASES.index(one.rule.phase), one.item.kind, one.type, one.priority)
        counted = groups.setdefault(key, Counter())
        counted[one.state] += 1
        counted["due soon"] += is_due_soon(one, soon, end)
    for (place, channel, kind, word), counted in sorted(groups.items()):
        yield Row(phase=PHASES[place], channel=channel, type=kind, priority=word, met=counted["met"],
                  breached=counted["breached"], pending=counted["pending"], due_soon=counted["due soon"])


def _place(one: Obligation) -> tuple[int, int, str]:
    return one.item.number, PHASES.index(one.rule.phase), one.item.kind
