"""What a person should look at. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant, in_words
from repo_vitals.concerns.performance_compare.acceptance import matches
from repo_vitals.concerns.performance_compare.clocks import MENDED
from repo_vitals.concerns.performance_compare.facts import DEFAULT_SUITE, TIMED
from repo_vitals.concerns.performance_compare.limits import findings_of as of_limits
from repo_vitals.concerns.performance_compare.quantities import change, interval, per_cent, quantity
from repo_vitals.concerns.performance_compare.words import counted, taken_out
from repo_vitals.report.model import Finding
from repo_vitals.report.overdue import overdue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.acceptance import Acceptance
    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Facts, Key
    from repo_vitals.concerns.performance_compare.measure import Clock, Measured
    from repo_vitals.concerns.performance_compare.policy import Policy
    from repo_vitals.report.model import Severity

MOST = 500              # findings of a kind; the figures count all
_ALL_TOGETHER = 1.2     # a suite that becomes slower by more as a whole is worth a warning


def findings_of(measured: Measured, facts: Facts, policy: Policy, now: datetime) -> tuple[Finding, ...]:
    """Regressions first, the worst of them first."""
    return (*_regressions(measured, facts, policy, now), *_overdue(measured, facts, now),
            *_settled(measured, facts, now), *of_limits(measured.limits, facts.suite),
            *_missing(measured, facts, policy), *_reports(facts), *_common(measured, facts),
            *_accepted(measured, facts), *_entries(measured, facts, policy, now), *_improvements(measured, facts))


def shown(key: Key, facts: Facts) -> str:
    """A benchmark's name, with its unit where another has the same name."""
    name, unit = key
    return f"{name} ({unit})" if name in facts.ambiguous else name


def subject(key: Key, facts: Facts) -> str:
    """What tells a benchmark from any other of the repository."""
    return " ".join((facts.suite, *key))


def _regressions(measured: Measured, facts: Facts, policy: Policy, now: datetime) -> Iterator[Finding]:
    standing = measured.standing()
    for row in standing[:MOST]:
        clock = next(iter(measured.clocks.get(row.key, ())), None)
        yield Finding(
            rule="regression", subject=subject(row.key, facts), severity="high", title=_title(row, facts, measured),
            detail=" ".join((_evidence(row, policy), *(_due(clock, now) if clock else ()))),
            since=None if clock is None else clock.since, labels=_labels(row, clock))
    if len(standing) > MOST:
        yield Finding(rule="regressions-not-listed", subject=facts.suite, severity="high",
                      title=f"{counted(len(standing) - MOST, 'more benchmark')} regressed",
                      detail="data.benchmarks has them all.")


def _title(row: Row, facts: Facts, measured: Measured) -> str:
    """Where the change is not that of the two values beside it, it says why."""
    name, unit = shown(row.key, facts), row.key[1]
    said = f"{name}: {change(row.ratio, unit)}"
    values = f"{quantity(row.baseline, unit)} \N{RIGHTWARDS ARROW} {quantity(row.current, unit)}"
    own = taken_out(row, measured.compared.common)
    return f"{said} once {own}; {values} as measured" if own else f"{said} ({values})"


def _evidence(row: Row, policy: Policy) -> str:
    reach = interval(row)
    if not reach:
        return f"{row.why[:1].upper()}{row.why[1:]}; a change of {per_cent(policy.tolerance)} is tolerated."
    baseline, current = row.runs
    sure = "" if row.error is None else (
        f", each end at {100 * (1 - row.error):.4g} % for all {_kind(row)} together")
    return (f"Interval {reach}{sure}, from {counted(baseline, 'run')} of the baseline and {current:,} of the current "
            f"code; a change of {per_cent(policy.tolerance)} is tolerated.")


def _kind(row: Row) -> str:
    return "times and rates" if row.key[1] in TIMED else "benchmarks of the unit"


def _due(clock: Clock, now: datetime) -> Iterator[str]:
    for what, due in (("The root cause", clock.root_cause_due), ("A fix or revert", clock.fix_due)):
        yield (f"{what} is due in {in_words(due - now)}." if due >= now else
               f"{what} was due {in_words(now - due)} ago.")


def _overdue(measured: Measured, facts: Facts, now: datetime) -> Iterator[Finding]:
    """One of each benchmark, whose regressions may have come on top of each other."""
    late = [(key, own) for key, clocks in measured.clocks.items() if (own := [
        (clock, found) for clock in reversed(clocks) if (found := overdue(
            (("the root cause", clock.root_cause_due), ("a fix or revert", clock.fix_due)), now)) is not None])]
    for key, own in sorted(late, key=lambda one: (one[1][0][1].since, one[0]))[:MOST]:
        states = {clock.state for clock, _ in own}
        number = "its regression is" if len(own) == 1 else f"{len(own):,} of its regressions are"
        yield Finding(
            rule="overdue-regression", subject=subject(key, facts),
            severity="high" if "regressed" in states else "info" if states == {"mending"} else "medium",
            title=f"{shown(key, facts)}: {number} overdue", since=own[0][1].since,
            detail=" ".join((*(f"Known for {in_words(now - clock.since)}; {found.words}.{_this_run_says(clock)}"
                               for clock, found in own),
                             *(() if states == {"mending"} else ("Mend it, revert it, or have it accepted.",)))),
            labels={"benchmark": key[0], "unit": key[1]})


def _this_run_says(clock: Clock) -> str:
    if clock.state == "mending":
        return f" {clock.mended:,} of the {MENDED:,} runs in a row that have to agree found it mended."
    return " This run can't say whether it still stands." if clock.state == "open" else ""


def _settled(measured: Measured, facts: Facts, now: datetime) -> Iterator[Finding]:
    """Regressions that stood until runs were held to their level: nothing else would tell of them any more."""
    rows = {row.key: row for row in measured.compared.rows}
    settled = [(key, own[-1]) for key, clocks in measured.clocks.items()
               if (own := [clock for clock in clocks if clock.state == "settled"])]
    for key, clock in settled[:MOST]:
        row, unit = rows[key], key[1]
        yield Finding(
            rule="regression-settled", subject=subject(key, facts), severity="medium",
            title=f"{shown(key, facts)}: {quantity(clock.before, unit)} before its regression, and held to "
                  f"{quantity(row.baseline, unit)} by now",
            detail=" ".join(("Nobody mended or accepted it; further changes are told from its new level on.",
                             *_due(clock, now))),
            since=clock.since, labels=_labels(row, clock))


def _labels(row: Row, clock: Clock | None) -> dict[str, str]:
    said = {"benchmark": row.key[0], "unit": row.key[1]}
    if clock is not None:
        said |= {"root_cause_due": format_instant(clock.root_cause_due), "fix_due": format_instant(clock.fix_due)}
    return said


def _missing(measured: Measured, facts: Facts, policy: Policy) -> Iterator[Finding]:
    rows = measured.of("missing")
    severity: Severity = "high" if policy.missing == "fail" else "medium"
    for row in rows[:MOST]:
        yield Finding(
            rule="benchmark-missing", subject=subject(row.key, facts), severity=severity,
            title=f"{shown(row.key, facts)} is in the baseline and in no current report",
            detail=(f"{row.why[:1].upper()}{row.why[1:]}. " if row.why else "") +
                   "If it was removed or renamed, the next run of the default branch will not ask for it again.",
            labels={"benchmark": row.key[0], "unit": row.key[1]})
    if len(rows) > MOST:
        yield Finding(rule="missing-not-listed", subject=facts.suite, severity=severity,
                      title=f"{counted(len(rows) - MOST, 'more benchmark')} missing",
                      detail="data.benchmarks has them all.")


def _reports(facts: Facts) -> Iterator[Finding]:
    for report in (*facts.unusable, *facts.unread)[:MOST]:
        yield Finding(rule="report-unreadable", subject=report.shown, severity="medium",
                      title=f"{report.shown} {report.why}", detail="What it would have told is unknown.")
    for pattern in facts.unmatched:
        yield Finding(rule="report-missing", subject=pattern, severity="medium", title=f"No file matches {pattern}",
                      detail="Did the benchmarks run, and was their report written before this step?")
    for one in facts.failed[:MOST]:
        yield Finding(rule="benchmark-failed", subject=" ".join((facts.suite, one.name)), severity="medium",
                      title=f"{one.name} {one.why}", detail="A benchmark that gave no value may be slower, or broken.")


def _common(measured: Measured, facts: Facts) -> Iterator[Finding]:
    common = measured.compared.common
    if common is not None and common > _ALL_TOGETHER:
        yield Finding(
            rule="slower-as-a-whole", subject=facts.suite, severity="medium",
            title=f"All timed benchmarks together are {per_cent(common - 1)} slower than in the baseline",
            detail="That is taken for the runner's speed and left out of each one's ratio. If it lasts, something that "
                   "all of them share became slower: a compiler, its flags, an allocator.")


def _accepted(measured: Measured, facts: Facts) -> Iterator[Finding]:
    rows = {row.key: row for row in measured.of("regressed")}
    for key, one in list(measured.accepted.items())[:MOST]:
        yield Finding(
            rule="regression-accepted", subject=subject(key, facts), severity="info",
            title=f"{_title(rows[key], facts, measured)}, accepted",
            detail=f"{_by(one)}: {one.reason}." + (
                "" if one.expires is None else f" Until {format_instant(one.expires)}."),
            labels={**_labels(rows[key], None), "accepted_by": one.by, **({"who": one.who} if one.who else {})})


def _by(one: Acceptance) -> str:
    said = {"allowlist": "The allowlist", "accept": "The input `accept`", "label": "A label", "comment": "A comment"}
    return f"{said[one.by]} ({one.who})" if one.who else said[one.by]


def _entries(measured: Measured, facts: Facts, policy: Policy, now: datetime) -> Iterator[Finding]:
    """Acceptances of the configuration whose time is over, and those that accept nothing."""
    for one in policy.acceptances:
        about = f"{_by(one)}: {one.pattern}"
        if one.expired(now):
            assert one.expires is not None  # noqa: S101 - what has expired had a date
            yield Finding(rule="acceptance-expired", subject=one.pattern, severity="high", title=f"{about} has expired",
                          detail=f"It ended on {format_instant(one.expires)}, and accepts nothing any more. Remove it, "
                                 f"or decide anew. Its reason: {one.reason}.")
        elif one not in measured.used and _is_unused(one, facts):
            other = next((row.key for row in measured.of("regressed") if matches(row.key[0], one.pattern)), None)
            yield Finding(rule="acceptance-unused", subject=one.pattern, severity="low",
                          title=f"{about} accepts nothing",
                          detail=("No such benchmark is slower than its baseline; remove it, so that it can't hide "
                                  "another change." if other is None else
                                  "Of a name that stands for a time too it means times and rates alone; "
                                  f"{other[0]} ({other[1]}) would mean what regressed.")
                          + f" Its reason: {one.reason}.")


def _is_unused(one: Acceptance, facts: Facts) -> bool:
    """Whether an entry that accepts nothing here is of no use: it may be about another suite, or just come to stay."""
    is_judged = facts.reference is not None and facts.reference.runs and not facts.missing
    is_about = facts.suite == DEFAULT_SUITE or any(one.covers(key, facts.names) for key in facts.results)
    return bool(is_judged) and facts.pull_request is None and is_about


def _improvements(measured: Measured, facts: Facts) -> Iterator[Finding]:
    rows = sorted(measured.of("improved"), key=lambda row: (row.slowdown or 0.0, row.key))
    for row in rows[:20]:
        yield Finding(rule="improvement", subject=subject(row.key, facts), severity="info",
                      title=_title(row, facts, measured), labels=_labels(row, None),
                      detail=f"Interval {interval(row)}." if interval(row) else "")
