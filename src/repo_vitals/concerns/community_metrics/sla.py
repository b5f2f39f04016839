"""Service levels: which phase of which item was due when, and whether it was in time. Pure; see docs/metrics.md."""
from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.community_metrics.label_spans import first_put_on, joined, standing
from repo_vitals.concerns.community_metrics.labels import folded, priority, triages, type_of
from repo_vitals.concerns.community_metrics.moves import NO_PAUSES, Move, Pauses, next_move
from repo_vitals.concerns.community_metrics.responses import (
    Clock,
    Deadline,
    Policy,
    clock,
    closed_at,
    deadline,
    first_response,
    in_draft,
)
from repo_vitals.concerns.community_metrics.sla_rules import FIRST_RESPONSE, PHASES, RESOLUTION, Rule, applying
from repo_vitals.frozen import dataclass
from repo_vitals.stats.business_time import AROUND_THE_CLOCK, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from repo_vitals.concerns.community_metrics.facts import Item, Kind
    from repo_vitals.concerns.community_metrics.label_spans import Span
    from repo_vitals.concerns.community_metrics.sla_rules import Duration
    from repo_vitals.report.model import Window

State = Literal["met", "breached", "pending", "neither"]
_BY_RESPONSE = frozenset({FIRST_RESPONSE, "acknowledge"})
_BY_MAINTAINERS = _BY_RESPONSE | {"triage"}     # nobody else can take the next step


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed: the rules, and what their words mean."""

    rules: tuple[Rule, ...] = ()
    due_soon: timedelta = timedelta(hours=24)   # calendar time
    pauses: Pauses = NO_PAUSES                  # the clock of resolution stands while one of these labels does
    # Phase to the folded names of the labels that end it.
    phase_labels: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def rule(self, item: Item, phase: str) -> Rule | None:
        """The rule for a phase of an item, by the labels that it has now."""
        return applying(self.rules, phase, channel=item.kind, type=type_of(item.labels),
                        priority=priority(item.labels))

    def tell_move(self, item: Item) -> bool:
        """Whether there is a rule for a phase of an item of which the next move can be anybody's."""
        return any(self.rule(item, phase) is not None for phase in self.phases if phase not in _BY_MAINTAINERS)

    def falling_back(self, phase: str, within: Duration) -> Terms:
        """The same terms with a target for items to which no rule for this phase applies."""
        return replace(self, rules=(Rule(phase=phase, within=within), *self.rules))

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that rules are about."""
        named = {rule.phase for rule in self.rules}
        return tuple(phase for phase in PHASES if phase in named)


NOTHING_AGREED = Terms()


def state_of(ran: timedelta, span: timedelta, *, ended: bool, closed: bool) -> State:
    """How a phase stands of which so much time ran until it ended, its item was closed, or now."""
    if ran > span:
        return "breached"
    if ended:
        return "met"
    return "neither" if closed else "pending"


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """A phase of an item under the rule that counts, as it stood at a moment."""

    item: Item
    rule: Rule
    priority: str
    type: str
    deadline: Deadline              # the rule's time on the clock of this phase
    ran: timedelta                  # on that clock until the phase ended, the item was closed, or the moment
    ended_at: datetime | None
    closed: bool                    # at the moment
    move: Move

    @property
    def state(self) -> State:
        """Late is what took more time on its clock than the rule gives."""
        return state_of(self.ran, self.deadline.span, ended=self.ended_at is not None, closed=self.closed)

    @property
    def is_owed(self) -> bool:
        """Whether somebody still has to do it."""
        return self.ended_at is None and not self.closed

    @property
    def overdue(self) -> timedelta:
        """Time on the item's clock since it was due; zero before."""
        return max(self.ran - self.deadline.span, timedelta(0))

    @property
    def due(self) -> datetime | None:
        """When it is due, as things stand; None while the clock stands still short of that."""
        return self.deadline.due

    @property
    def in_hours(self) -> bool:
        """Whether only business hours count."""
        return self.deadline.clock.calendar not in (AROUND_THE_CLOCK, WEEKDAYS)


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
    rule, started = terms.rule(item, phase), clock(item, as_of=as_of).started_at
    if rule is None or started is None:
        return None
    closing = closed_at(item, as_of=as_of)
    ended = _ended(item, phase, terms, policy, closing=closing, as_of=as_of)
    if ended is not None and ended < item.created_at:
        return None
    agreed = deadline(item, rule.within, policy, as_of=as_of)
    if phase == RESOLUTION:
        agreed = replace(agreed, clock=_pausing(agreed.clock, standing(item, terms.pauses.every, as_of=as_of)))
    until = ended if ended is not None else closing if closing is not None else as_of
    return Obligation(
        item=item, rule=rule, priority=priority(item.labels), type=type_of(item.labels), deadline=agreed,
        ran=agreed.clock.elapsed(until), ended_at=ended, closed=closing is not None,
        move=(Move("maintainers", started) if phase in _BY_MAINTAINERS
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


def _pausing(ticking: Clock, pauses: Iterable[Span]) -> Clock:
    """The clock that stands still in the pauses too."""
    started = ticking.started_at
    if started is None:
        return ticking
    still = [(max(began, started), ended) for began, ended in (*ticking.drafts, *pauses)
             if ended is None or ended > started]
    return replace(ticking, drafts=joined(still))


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
