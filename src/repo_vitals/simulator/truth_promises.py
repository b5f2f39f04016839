"""Service levels for the simulator's truth: what was promised, what is owed, and how the window's threads did.

A phase is late when more time than promised is on its clock. When that is, is found by halving, second by second, the
time in which it must lie. Definitions: docs/metrics.md.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.truth_figures import same_priority, share, sorts_work
from repo_vitals.simulator.truth_moves import Move, first_label, label_spans, next_move

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.simulator.truth_figures import Figures
    from repo_vitals.simulator.truth_hours import Hours, WorkingDays
    from repo_vitals.simulator.truth_lives import Life
    from repo_vitals.simulator.truth_moves import Escalated

PHASES = ("triage", "first-response", "acknowledge", "evaluation", "investigate", "fix", "disclose", "resolution")
PAUSES = ("status/needs-info", "status/blocked")
_AHEAD = timedelta(days=1000)       # what is due later than that is never due


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Within which time a phase of certain threads has to end. None takes any."""

    phase: str                      # of PHASES
    within: timedelta | WorkingDays
    priority: str | None = None
    type: str | None = None
    channel: str | None = None      # issue, pull_request, discussion

    def is_for(self, life: Life) -> bool:
        """Whether it is about such a thread. Triage is of issues, unless something else is said."""
        channel = "issue" if self.phase == "triage" and self.channel is None else self.channel
        return (channel in (None, life.thread.kind) and self.type in (None, life.type)
                and (self.priority is None or same_priority(self.priority) == same_priority(life.priority)))

    @property
    def selectors(self) -> int:
        """How specific it is."""
        return (self.priority is not None) + (self.type is not None) + (self.channel is not None)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """All that was promised, and how it is read."""

    promises: Sequence[Promise]
    due_soon: timedelta = timedelta(hours=24)
    pauses: Collection[str] = PAUSES
    phase_labels: Mapping[str, Collection[str]] = field(default_factory=dict)

    def else_within(self, target: timedelta | WorkingDays) -> Terms:
        """The same, with a target for the first response to what nothing was promised about."""
        return replace(self, promises=[Promise(phase="first-response", within=target), *self.promises])


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A phase of a thread under the promise that counts."""

    life: Life
    promise: Promise
    state: Literal["met", "breached", "pending", "neither"]
    is_open: bool                   # somebody still has to do it
    due: datetime | None            # None while its clock stands still short of it
    overdue_seconds: int            # on its clock; 0 while it is not late
    move: Move

    @property
    def key(self) -> tuple[str, int, str]:
        """Kind, number and phase."""
        return (self.life.thread.kind, self.life.thread.number, self.promise.phase)

    def is_due_soon(self, soon: timedelta) -> bool:
        """Owed, not late, and due at the latest so long after now."""
        return (self.is_open and self.state == "pending" and self.due is not None
                and self.due <= self.life.rules.now + soon)


def service_levels(lives: Iterable[Life], terms: Terms) -> list[Owed]:
    """Every phase that there is a promise for, of threads opened in the window and of all that are open."""
    return [owed for life in lives if not life.left_out and (life.is_recent or life.closed_at is None)
            for phase in PHASES if (owed := _owed(life, phase, terms)) is not None]


def service_figures(found: Sequence[Owed], terms: Terms) -> Figures:
    """How the window's threads did, by phase, channel, type and priority; what is owed of all that are open."""
    rows: dict[tuple[str, str, str, str], Counter[str]] = {}
    for owed in found:
        if owed.life.is_recent:
            row = (owed.promise.phase, owed.life.thread.kind, owed.life.type, owed.life.priority)
            rows.setdefault(row, Counter())[owed.state] += 1
    figures: Figures = {}
    for (phase, channel, kind, priority), count in rows.items():
        labels = (("channel", channel), ("phase", phase), ("priority", priority), ("type", kind))
        figures["sla_attainment_ratio", labels] = share(count["met"], count["met"] + count["breached"])
    for phase in {promise.phase for promise in terms.promises}:
        mine = [owed for owed in found if owed.is_open and owed.promise.phase == phase]
        counted = {"sla_breached": sum(owed.state == "breached" for owed in mine),
                   "sla_pending": sum(owed.state == "pending" for owed in mine),
                   "sla_due_soon": sum(owed.is_due_soon(terms.due_soon) for owed in mine)}
        figures |= {(name, (("phase", phase),)): count for name, count in counted.items()}
    return figures


def response_figures(found: Iterable[Owed]) -> Figures:
    """What awaits a response, and the share of the window's threads that had theirs in time.

    `found` is what terms with a target for everything (`else_within`) gave.
    """
    figures: Figures = {}
    firsts = [owed for owed in found if owed.promise.phase == "first-response"]
    for kind in ("issue", "pull_request"):
        mine = [owed for owed in firsts if owed.life.thread.kind == kind]
        figures[f"{kind}s_awaiting_response", ()] = sum(owed.is_open and owed.state == "breached" for owed in mine)
        for priority in {owed.life.priority for owed in mine if owed.life.is_recent}:
            states = Counter(owed.state for owed in mine if owed.life.is_recent and owed.life.priority == priority)
            figures[f"{kind}_response_sla_ratio", (("priority", priority),)] = share(
                states["met"], states["met"] + states["breached"])
    return figures


@dataclass(frozen=True, kw_only=True)
class Due:
    """Something on the agenda."""

    what: str                       # of PHASES, or of truth_moves.TRIGGERS
    moment: datetime
    late: bool
    move: Move

    @property
    def place(self) -> tuple[bool, datetime]:
        """What sorts the most pressing first: the late before all others, then by when it was or is due."""
        return (not self.late, self.moment)

    @property
    def words(self) -> str:
        """How what is owed at one and the same moment is told apart, by alphabet."""
        return "impact on production" if self.what == "production" else self.what


def agenda(found: Iterable[Owed], escalated: Iterable[Escalated], terms: Terms) -> dict[tuple[str, int], list[Due]]:
    """What needs something today, by kind and number: each late or pressing phase and each trigger.

    The most pressing comes first, among threads and on each of them; of equals the lower number, and by alphabet.
    """
    due: dict[tuple[str, int], list[Due]] = {}
    for owed in found:
        late = owed.state == "breached"
        if owed.is_open and owed.due is not None and (late or owed.is_due_soon(terms.due_soon)):
            due.setdefault(owed.key[:2], []).append(
                Due(what=owed.promise.phase, moment=owed.due, late=late, move=owed.move))
    for one in escalated:
        due.setdefault(("issue", one.number), []).append(
            Due(what=one.trigger, moment=one.at, late=True, move=one.move))
    for some in due.values():
        some.sort(key=lambda entry: (*entry.place, entry.words))
    return dict(sorted(due.items(), key=lambda thread: (thread[1][0].place, thread[0][1])))


def _owed(life: Life, phase: str, terms: Terms) -> Owed | None:
    fitting = [promise for promise in terms.promises if promise.phase == phase and promise.is_for(life)]
    most = max((promise.selectors for promise in fitting), default=0)
    chosen = [promise for promise in fitting if promise.selectors == most]
    ended = _end(life, phase, terms)
    # A draft that was never ready owes nothing, and how long an answer from elsewhere took is unknown.
    if not chosen or _begin(life) is None or (ended is not None and ended < life.thread.created_at):
        return None
    hours, within = life.clock(chosen[-1].within)
    pauses = label_spans(life, terms.pauses) if phase == "resolution" else []
    still = [(begin, end or life.rules.now + 2 * _AHEAD) for begin, end in pauses]
    ran = life.elapsed_by(ended or life.end, hours, still)
    late, is_open = ran > within, ended is None and life.closed_at is None
    by_us = phase in ("triage", "first-response", "acknowledge")
    begin = _begin(life)
    return Owed(
        life=life, promise=chosen[-1], is_open=is_open, due=_due(life, hours, within, still),
        state="breached" if late else "met" if ended is not None else "pending" if is_open else "neither",
        overdue_seconds=max(0, ran - within),
        move=Move("maintainers", begin) if by_us and begin is not None else next_move(life, terms.pauses))


def _begin(life: Life) -> datetime | None:
    """When its clock began: at its opening, or when it was first ready."""
    if not life.drafts:
        return life.thread.created_at
    return min((at for at, draft in life.drafts if not draft and at <= life.rules.now), default=None)


def _end(life: Life, phase: str, terms: Terms) -> datetime | None:
    if phase in ("first-response", "acknowledge"):
        return life.response()
    if phase == "resolution":
        return life.closed_at
    if phase == "triage":
        return first_label(life, sorts_work)
    names = {name.lower() for name in terms.phase_labels.get(phase, ())}
    labelled = first_label(life, lambda name: name.lower() in names)
    return min((moment for moment in (labelled, life.closed_at) if moment is not None), default=None)


def _due(life: Life, hours: Hours | None, within: int, pauses: Sequence[tuple[datetime, datetime]]) -> datetime | None:
    """The first second at which so much is on the clock, if all stays as it is now."""
    low = life.thread.created_at
    step, high, last = timedelta(hours=1), low, life.rules.now + _AHEAD
    while life.elapsed_by(high, hours, pauses) < within:
        if high == last:
            return None
        low, step, high = high, 2 * step, min(high + step, last)
    while low < high:
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if life.elapsed_by(middle, hours, pauses) >= within:
            high = middle
        else:
            low = middle + timedelta(seconds=1)
    return low
