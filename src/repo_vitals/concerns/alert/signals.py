"""What reports say, as signals: one a key, failing, healthy or unknown. Pure."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.alert.facts import Figure, MonitorsRun, Problem, Signal
from repo_vitals.render import figures
from repo_vitals.report.fingerprint import fingerprint
from repo_vitals.report.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import Outcome
    from repo_vitals.report.model import Finding, Metric, Report, Severity

ALL, UNKNOWN = "all", "unknown"
MONITOR, FINDING = "monitor", "finding"
BEYOND_TARGET = "target"        # the rule of a problem that is a figure
FIGURE = "figure"               # the label of one that holds the figure's name
EVERYTHING = "everything"       # in `blind`: what the report lacks can't be told by figures
_MOST_FIGURES = 20
_OF_METRIC: dict[str, Severity] = {"fail": "high", "warn": "medium"}


def signals(
    reports: Sequence[Report], *, group_by: str, alert_from: Severity, severity: Callable[[Problem], Severity],
    now: datetime, known: Collection[str] = (), over: Collection[str] = (),
    unusable: Mapping[str, str] | None = None, is_silent: Callable[[Problem], bool] = lambda _: False,
) -> tuple[Signal, ...]:
    """The signals of a run, by key, one a key.

    `alert_from` is the mildest severity that is a problem, after `severity` has had the user's word on it. `known` are
    keys that are remembered: where alerts go by finding, what its monitor's report no longer names is healthy, or
    unknown where the report lacks what it should hold. `over`: those of them whose alert has ended. `unusable` says of
    monitors why their reports could not be read: they are unknown. Of two reports of a monitor the newer counts.
    `is_silent`: whether the user wants to hear nothing of a problem now.
    """
    newest: dict[str, Report] = {}
    for report in sorted(reports, key=lambda report: report.generated_at):
        newest[report.monitor] = report
    parts = [_said(report, alert_from, severity, is_silent) for _, report in sorted(newest.items())]
    parts += [Signal(key=monitor, outcome="unknown", at=now, monitors=(monitor,), said=(why,),
                     subject=figures.monitor_in_words(monitor))
              for monitor, why in sorted((unusable or {}).items()) if monitor not in newest]
    if not parts:
        return ()
    found: tuple[Signal, ...]
    if group_by == ALL:
        found = (_together(parts),)
    elif group_by == MONITOR:
        found = tuple(parts)
    else:
        found = tuple(one for part in parts for one in _by_finding(part, known, over))
    return (*found, *_grouped_otherwise(parts, set(known) - {one.key for one in found}, group_by))


def _said(report: Report, alert_from: Severity, severity: Callable[[Problem], Severity],
          is_silent: Callable[[Problem], bool]) -> Signal:
    found, covered = _problems(report, severity, alert_from, is_silent)
    problems = tuple(sorted(found, key=_gravest_first))
    judged = [metric for metric in figures.worst_first(report.metrics) if metric.target is not None]
    # A report that could judge only in part still says what fails. Where nothing does it is unknown if it lacks what it
    # should hold, or judged nothing at all; a figure of which there was nothing to measure is told by `blind` alone.
    says_nothing = report.data.get("complete", True) is not True or (
        report.status == "unknown" and all(metric.status == "unknown" for metric in judged))
    outcome: Outcome = "failing" if problems else "unknown" if says_nothing else "healthy"
    return Signal(
        key=report.monitor, outcome=outcome, at=report.generated_at, monitors=(report.monitor,), problems=problems,
        covered=tuple(covered), figures=tuple(_figure(metric) for metric in judged[:_MOST_FIGURES]),
        said=(report.summary,), subject=figures.monitor_in_words(report.monitor),
        lacking=(report.monitor,) if says_nothing else (),
        blind=tuple(sorted(_key(report.monitor, metric) for metric in judged if metric.status == "unknown"))
        if not says_nothing else (EVERYTHING,))


def _problems(report: Report, severity: Callable[[Problem], Severity], alert_from: Severity,
              is_silent: Callable[[Problem], bool]) -> tuple[list[Problem], list[Problem]]:
    """What is grave enough: the problems, and the figures that a finding among them already speaks of."""
    def grave(problems: Iterable[Problem]) -> list[Problem]:
        rated = (_with(problem, severity(problem)) for problem in problems)
        return [problem for problem in rated if SEVERITIES.index(problem.severity) >= SEVERITIES.index(alert_from)]

    found = grave(_of_finding(report.monitor, finding) for finding in report.findings)
    loud = [problem for problem in found if not is_silent(problem)]
    covered: list[Problem] = []
    beyond: list[Problem] = []
    for metric in report.metrics:
        if metric.status in _OF_METRIC:
            # One without labels is about the whole, of which each finding tells but a part: who silences a part has
            # not silenced the rest.
            speakers = found if metric.labels else loud
            place = covered if any(_speaks_of(problem, metric) for problem in speakers) else beyond
            place += grave([_of_metric(report.monitor, metric)])
    return found + beyond, covered


def _speaks_of(problem: Problem, metric: Metric) -> bool:
    """Whether a finding is taken to say what a figure says: it carries all the figure's labels."""
    return all(problem.labels.get(name) == value for name, value in metric.labels.items())


def _of_finding(monitor: str, finding: Finding) -> Problem:
    # A report that was read back has the id in place of the subject.
    return Problem(id=finding.subject, monitor=monitor, rule=finding.rule, severity=finding.severity,
                   title=finding.title, detail=finding.detail, url=finding.url, since=finding.since,
                   labels=dict(finding.labels), file=finding.file, line=finding.line)


def _key(monitor: str, metric: Metric) -> str:
    labels = dict(sorted(metric.labels.items()))
    return fingerprint(monitor, BEYOND_TARGET, json.dumps([metric.name, labels], ensure_ascii=True,
                                                          separators=(",", ":")))


def _of_metric(monitor: str, metric: Metric) -> Problem:
    labels = dict(sorted(metric.labels.items()))
    target = "" if metric.target is None else figures.target_of(metric.target, metric.unit)
    return Problem(
        id=_key(monitor, metric), monitor=monitor, rule=BEYOND_TARGET,
        severity=_OF_METRIC[metric.status or "fail"], labels={**labels, FIGURE: metric.name},
        title=f"{figures.title_of(metric.name, metric.labels)}: {figures.value_of(metric)}, wanted {target}")


def _gravest_first(problem: Problem) -> tuple[Any, ...]:
    """By severity, within one the oldest first, what has no date last."""
    since = 0.0 if problem.since is None else problem.since.timestamp()
    return -SEVERITIES.index(problem.severity), problem.since is None, since, problem.monitor, problem.rule, problem.id


def _with(problem: Problem, severity: Severity) -> Problem:
    from dataclasses import replace

    return problem if problem.severity == severity else replace(problem, severity=severity)


def _figure(metric: Metric) -> Figure:
    return Figure(title=figures.title_of(metric.name, metric.labels), value=figures.value_of(metric),
                  target="" if metric.target is None else figures.target_of(metric.target, metric.unit),
                  status=metric.status or "")


def _by_finding(part: Signal, known: Collection[str], over: Collection[str]) -> Iterator[Signal]:
    monitor = part.key
    failing = {f"{monitor}/{problem.id}": problem for problem in part.problems}
    # A figure that has an alert keeps it while it fails, whatever finding comes that may speak of it too.
    going = set(known) - set(over)
    failing |= {key: problem for problem in part.covered if (key := f"{monitor}/{problem.id}") in going}
    for key, problem in failing.items():
        yield Signal(key=key, outcome="failing", at=part.at, monitors=part.monitors, problems=(problem,),
                     figures=tuple(figure for figure in part.figures if figure.status in ("fail", "warn")),
                     said=part.said, subject=problem.title, blind=part.blind)
    # What a report could not say it does not say of what is gone from it either.
    others: Outcome = "unknown" if EVERYTHING in part.blind else "healthy"
    for key in sorted(set(known) - set(failing)):
        if key.startswith(f"{monitor}/"):
            yield Signal(key=key, outcome=others, at=part.at, monitors=part.monitors, said=part.said,
                         blind=part.blind)
    # The monitor itself, for what could not be judged and for alerts that were grouped otherwise before.
    yield Signal(key=monitor, outcome="unknown" if part.outcome == "unknown" else "healthy", at=part.at,
                 monitors=part.monitors, said=part.said, subject=part.subject, is_moved=part.outcome == "failing",
                 blind=() if part.outcome == "failing" else part.blind, lacking=part.lacking, elsewhere=part.problems)


def _grouped_otherwise(parts: Sequence[Signal], keys: Collection[str], group_by: str) -> Iterator[Signal]:
    """Keys of another grouping: what fails of what they were about is told under other keys now.

    What can't be judged is told by no other key yet, and ends none.
    """
    for key in sorted(keys):
        monitor = key.partition("/")[0]
        about = [part for part in parts if key == ALL or part.key == monitor]
        if about and not key.startswith(f"{UNKNOWN}/"):
            told = tuple(problem for part in about for problem in (*part.problems, *part.covered))
            if "/" in key:
                told = tuple(problem for problem in told if key == f"{monitor}/{problem.id}")
            lacking = _lacking(about)
            is_unknown = not told and (bool(lacking) or any(part.outcome == "unknown" for part in about))
            yield Signal(key=key, outcome="unknown" if is_unknown else "healthy", at=max(part.at for part in about),
                         monitors=tuple(part.key for part in about), runs=_runs(about) if key == ALL else (),
                         said=(f"alerts are grouped by {group_by} now",), is_moved=bool(told), lacking=lacking,
                         blind=() if told else _blind(about), elsewhere=told)


def _runs(parts: Sequence[Signal]) -> tuple[MonitorsRun, ...]:
    return tuple(MonitorsRun(monitor=part.key, at=part.at, outcome=part.outcome) for part in parts)


def _lacking(parts: Sequence[Signal]) -> tuple[str, ...]:
    return tuple(monitor for part in parts for monitor in part.lacking)


def _blind(parts: Sequence[Signal]) -> tuple[str, ...]:
    return tuple(sorted({name for part in parts for name in part.blind}))


def _together(parts: Sequence[Signal]) -> Signal:
    failing = [part for part in parts if part.outcome == "failing"]
    unknown = any(part.outcome == "unknown" for part in parts)
    shown = failing or [part for part in parts if part.outcome == "unknown"] or list(parts)
    problems = sorted((problem for part in failing for problem in part.problems), key=_gravest_first)
    return Signal(
        key=ALL, outcome="failing" if failing else "unknown" if unknown else "healthy",
        at=max(part.at for part in parts), monitors=tuple(part.key for part in shown), problems=tuple(problems),
        figures=tuple(figure for part in shown for figure in part.figures)[:_MOST_FIGURES],
        blind=_blind(parts), runs=_runs(parts), lacking=_lacking(parts),
        said=tuple(line for part in shown for line in part.said), subject=_named(part.key for part in shown))


def _named(monitors: Iterable[str]) -> str:
    return ", ".join(figures.monitor_in_words(monitor) for monitor in monitors)
