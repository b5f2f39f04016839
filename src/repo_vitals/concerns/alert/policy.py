"""What the user's policy makes of what reports say: severities, owners, channels, silences, inhibition. Pure."""
from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeVar

from repo_vitals.concerns.alert.facts import Escalation, Problem, Settings, Signal, Treatment
from repo_vitals.concerns.alert.owners import CodeOwners
from repo_vitals.concerns.alert.regrouping import as_far_as_seen, going_on, origins, problems_of
from repo_vitals.concerns.alert.rules import end_of_span
from repo_vitals.concerns.alert.signals import UNKNOWN, signals
from repo_vitals.concerns.alert.spells import unheard
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from repo_vitals.concerns.alert.facts import AlertState
    from repo_vitals.concerns.alert.rules import Escalate, Inhibition, Maintenance, Route, Silence
    from repo_vitals.report.model import Report, Severity
    from repo_vitals.stats.business_time import BusinessHours

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Everything that the configuration says of alerts."""

    settings: Settings
    group_by: str = "monitor"
    alert_from: Severity = "high"
    labels: tuple[str, ...] = ()
    fire_after: tuple[int, int] = (1, 1)
    resolve_after: int = 1
    repeat_every: timedelta | None = None
    channels: tuple[str, ...] = ()                  # names of all that are given
    incidents_from: Severity | None = "critical"    # None: nothing is an incident but by a route
    respond_within: tuple[tuple[str, timedelta], ...] = ()
    quiet: BusinessHours | None = field(default=None, compare=False)
    uses_codeowners: bool = True
    routes: tuple[Route, ...] = ()
    silences: tuple[Silence, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    escalations: tuple[Escalate, ...] = ()

    def severity(self, problem: Problem) -> Severity:
        """A problem's severity after the routes: the last that names one counts."""
        found = problem.severity
        for route in self.routes:
            if route.severity is not None and route.of.meets(problem):
                found = route.severity
        return found


def wanted(
    policy: Policy, reports: Sequence[Report], states: Mapping[str, AlertState], *, now: datetime,
    unusable: Mapping[str, str] | None = None, codeowners: str = "", known: Mapping[str, bool] | None = None,
) -> tuple[tuple[Signal, ...], Mapping[str, Treatment]]:
    """The signals of this run, and how every key is treated that they or the states name.

    Problems that are silenced are taken out of a signal that has others; where all are, it keeps them, and its
    treatment says until when it is silent. `unusable`: why a monitor's report could not be read. `known`: keys of
    issues that are there, beside those of the states, and of each whether one is open.
    """
    known = known or {}
    keys = {*states, *known}
    over = {key for key in keys if not known.get(key) and not (
        key in states and states[key].phase in ("pending", "firing"))}
    said = signals(
        reports, group_by=policy.group_by, alert_from=policy.alert_from, severity=policy.severity, now=now, known=keys,
        over=over, unusable=unusable, is_silent=lambda problem: _until(policy, problem, now) is not None)
    found = [as_far_as_seen(signal, states.get(signal.key)) for signal in said]
    owners = CodeOwners(codeowners) if policy.uses_codeowners else CodeOwners("")
    silent = {signal.key: _silent(policy, signal, now) for signal in found}
    kept = tuple(_without_silenced(policy, signal, now) for signal in found)
    explained = _inhibited(policy, [one for one in kept if silent[one.key] is None],
                           _heard_before(policy, states, known, {
                               one.key for one in found if one.outcome != "unknown"}, now))
    known_origins = origins(said, states)
    treated = {}
    for signal in kept:
        problems = _problems_of(policy, signal, states.get(signal.key), now)
        treatment = going_on(_treatment(policy, signal, problems, owners, now), signal, known_origins)
        quiet = silent[signal.key]
        treated[signal.key] = replace(
            treatment, inhibited_by=explained.get(signal.key, ""),
            silenced_until=None if quiet is None else quiet[0], silenced_by="" if quiet is None else quiet[1])
    monitors = {monitor for signal in kept for monitor in signal.monitors} | {
        key.removeprefix(f"{UNKNOWN}/") for key in keys if key.startswith(f"{UNKNOWN}/")}
    for key in sorted({*keys, *(f"{UNKNOWN}/{monitor}" for monitor in monitors)} - set(treated)):
        treated[key] = _of_key(policy, key, states.get(key), owners, now)
    return kept, treated


# -- silence -----------------------------------------------------------------------------------------------------

def _silences_of(policy: Policy, problem: Problem, now: datetime) -> Iterator[tuple[datetime, str]]:
    """The ends of the silences and windows of maintenance that a problem lies in at this moment."""
    for silence in policy.silences:
        if now < silence.until and silence.of.meets(problem):
            yield silence.until, silence.shown
    for window in policy.maintenances:
        end = window.until(now)
        if end is not None and window.of.meets(problem):
            yield end, window.shown


def _until(policy: Policy, problem: Problem, now: datetime) -> tuple[datetime, str] | None:
    """When the last of a problem's silences ends, and which that is."""
    return max(_silences_of(policy, problem, now), default=None)


def _silent(policy: Policy, signal: Signal, now: datetime) -> tuple[datetime, str] | None:
    """Until when the whole of a signal is silenced: its first problem to wake speaks."""
    ends = [_until(policy, problem, now) for problem in _problems_of(policy, signal, None, now)]
    if signal.outcome == "healthy" or any(end is None for end in ends):
        return None
    return min(end for end in ends if end is not None)


def _without_silenced(policy: Policy, signal: Signal, now: datetime) -> Signal:
    loud = tuple(problem for problem in signal.problems if _until(policy, problem, now) is None)
    return replace(signal, problems=loud) if loud else signal


# -- inhibition --------------------------------------------------------------------------------------------------

def _heard_before(policy: Policy, states: Mapping[str, AlertState], known: Mapping[str, bool], heard: Collection[str],
                  now: datetime) -> Iterator[Signal]:
    """Alerts that go on and of which no report of this run speaks, as of a monitor in another workflow.

    What is remembered of their problems is an id each, and a severity of all. One whose issue was closed, which only
    a person or a bot can have done, explains nothing.
    """
    for key, state in sorted(states.items()):
        goes_on = state.phase == "firing" and state.left_at is None and known.get(key, state.number is None)
        if key in heard or not goes_on or key.startswith(f"{UNKNOWN}/"):
            continue
        monitors = tuple(state.monitors) or (key.partition("/")[0],)
        problems = tuple(replace(_nothing_known(monitor, state.severity), id=name) for one in monitors
                         for monitor, name in list(problems_of(state, (one,))) or [(one, "")])
        if any(_until(policy, problem, now) is None for problem in problems):
            yield Signal(key=key, outcome="failing", at=now, monitors=monitors, problems=problems)


def _inhibited(policy: Policy, loud: Sequence[Signal], before: Iterable[Signal]) -> dict[str, str]:
    """The keys that others explain, each with the key of one that does; `before` are those of earlier runs.

    Of what explains one another in a circle the first key speaks, so that no trouble is told by nobody. What can't be
    known of the problems of an earlier run explains nothing, but may well be explained: two runs, each of which hears
    one of a circle, have the same one speak.
    """
    failing = [signal for signal in loud if signal.outcome == "failing"]
    remembered = [signal for signal in before if signal.key not in {one.key for one in failing}]
    by: dict[str, set[str]] = {signal.key: set() for signal in (*failing, *remembered)}
    for rule in policy.inhibitions:
        sources = [one.key for one in (*failing, *remembered) if any(map(rule.when.meets, one.problems))]
        may = replace(rule.inhibits, rule=(), file=(), labels=())
        explained = [one.key for one in failing if all(map(rule.inhibits.meets, one.problems))]
        explained += [one.key for one in remembered if all(map(may.meets, one.problems))]
        for key in explained:
            by[key] |= {source for source in sources if source != key}
    speaks = {key for key, sources in by.items() if not sources}
    found: dict[str, str] = {}
    while True:
        told = speaks | set(found)
        more = {key: min(sources & told) for key, sources in by.items() if key not in told and sources & told}
        found.update(more)
        if not more:
            rest = sorted(set(by) - told)
            if not rest:
                return found
            speaks.add(rest[0])


# -- treatment ---------------------------------------------------------------------------------------------------

def _problems_of(policy: Policy, signal: Signal, state: AlertState | None, now: datetime) -> tuple[Problem, ...]:
    """A signal's problems, and those that are known from earlier runs and that this one could not judge: another run
    of one alert about all makes it no milder. Where it has none, one in their place that names its monitors alone, as
    grave as the alert was last: what ends or can't be judged now was no milder for that."""
    if not signal.problems:
        severity = signal.severity if state is None or not state.spells else state.severity
        return tuple(_nothing_known(monitor, severity) for monitor in signal.monitors)
    if state is None or state.phase not in ("pending", "firing"):
        return signal.problems
    others = (replace(_nothing_known(monitor, one.severity), id=name)
              for monitor, one in unheard(state, signal).items() for name in one.problems or ("",))
    return (*signal.problems, *(one for one in others if _until(policy, one, now) is None))


def _nothing_known(monitor: str, severity: Severity) -> Problem:
    return Problem(id="", monitor=monitor, rule=UNKNOWN, severity=severity, title="")


def _of_key(policy: Policy, key: str, state: AlertState | None, owners: CodeOwners, now: datetime) -> Treatment:
    """The treatment of a key that no signal is about."""
    monitor = key.removeprefix(f"{UNKNOWN}/").partition("/")[0]
    problem = _nothing_known(monitor, "medium" if state is None else state.severity)
    problem = replace(problem, severity=policy.severity(problem))
    signal = Signal(key=key, outcome="unknown", at=now, monitors=(monitor,))
    treatment = _treatment(policy, signal, (problem,), owners, now)
    quiet = _until(policy, problem, now)
    return treatment if quiet is None else replace(treatment, silenced_until=quiet[0], silenced_by=quiet[1])


def _treatment(policy: Policy, signal: Signal, problems: Sequence[Problem], owners: CodeOwners, now: datetime,
               ) -> Treatment:
    severity = max((problem.severity for problem in problems), key=SEVERITIES.index)
    routes = [route for route in policy.routes if any(map(route.of.meets, problems))]
    # Of a signal with several problems the gravest says how soon it fires.
    leading = [route for route in policy.routes if route.of.meets(problems[0])]
    named = [route.channels for route in routes if route.channels is not None]
    channels = policy.channels if not named else [name for group in named for name in group]
    is_urgent = severity == "critical"
    return Treatment(
        severity=severity, labels=_each((*policy.labels, *(label for route in routes for label in route.labels))),
        assignees=_each(login for route in routes for login in route.assignees)[:10],
        owners=_each((*(owner for route in routes for owner in route.owners),
                      *owners.of_all(problem.file for problem in problems if problem.file is not None))),
        mentions=_each(who for route in routes for who in route.mentions),
        channels=_each(name for name in channels if name in policy.channels),
        absent=_each(name for name in channels if name not in policy.channels),
        fire_after=_last((route.fire_after for route in leading), policy.fire_after),
        fire_after_of=_fire_after_of(policy, signal), resolve_after=policy.resolve_after,
        quiet_until=None if policy.quiet is None or is_urgent else end_of_span(policy.quiet, now),
        escalations=tuple(Escalation(after=one.after, of=one.of.word, labels=one.labels, assignees=one.assignees,
                                     mentions=one.mentions,
                                     channels=tuple(name for name in one.channels if name in policy.channels),
                                     absent=tuple(name for name in one.channels if name not in policy.channels))
                          for one in sorted(policy.escalations, key=lambda one: one.after)
                          if any(map(one.of.meets, problems))),
        repeat_every=policy.repeat_every, incident=_incident(policy, routes, severity, signal),
        respond_within=policy.respond_within)


def _fire_after_of(policy: Policy, signal: Signal) -> dict[str, tuple[int, int]]:
    """Of several monitors: how soon each fires, as the gravest of its own problems says."""
    gravest = {problem.monitor: problem for problem in reversed(signal.problems)} if signal.runs else {}
    return {monitor: _last((route.fire_after for route in policy.routes if route.of.meets(problem)), policy.fire_after)
            for monitor, problem in sorted(gravest.items())}


def _incident(policy: Policy, routes: Sequence[Route], severity: Severity, signal: Signal) -> int | None:
    """Of which severity an incident it is, 1 to 3; None where it is none."""
    given = _last((route.incident for route in routes), None)
    if given is not None:
        return given or None
    if policy.incidents_from is None or not signal.problems:
        return None
    if SEVERITIES.index(severity) < SEVERITIES.index(policy.incidents_from):
        return None
    return {"critical": 1, "high": 2}.get(severity, 3)


def _last(found: Iterable[T | None], default: T) -> T:
    values = [value for value in found if value is not None]
    return values[-1] if values else default


def _each(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
