"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary import definitions as names
from repo_vitals.concerns.security_summary.findings import (
    MOST_OF_CODE,
    MOST_OF_LICENSES,
    MOST_OF_VULNERABILITIES,
    findings,
)
from repo_vitals.concerns.security_summary.rows import data
from repo_vitals.concerns.security_summary.severity import GRADES
from repo_vitals.report.model import Judgement, Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.concerns.security_summary.facts import Facts
    from repo_vitals.concerns.security_summary.inputs import Policy
    from repo_vitals.concerns.security_summary.measure import Measured
    from repo_vitals.concerns.security_summary.severity import Grade
    from repo_vitals.report.model import Metric

_NONE_WANTED = Target("==", 0)
# Where one of these misses its target, other figures are not whole: that is unknown, not a failure.
_WHOLENESS = {names.READ: Target(">=", 1), names.INCOMPLETE: _NONE_WANTED}


def judge(measured: Measured, facts: Facts, policy: Policy, *, now: datetime) -> Judgement:
    """Judged metrics, findings and the report's data. What was not looked at whole is unknown, never a pass."""
    complete = _complete(measured)
    return Judgement(
        repository=facts.repository,
        metrics=tuple(_judged(metric, measured, facts, policy) for metric in measured.metrics),
        findings=tuple(findings(measured, facts, policy, now=now)),
        summary=_summary(measured, facts),
        data={**data(measured, facts, policy, now=now),
              "definitions": {metric.name: metric.definition for metric in names.METRICS},
              "complete": True if complete is None else complete},
        notes=(*facts.notes, *_notes(measured, facts, policy)),
        unavailable=facts.unavailable,
        is_kept=facts.is_kept,
    )


def _judged(metric: Metric, measured: Measured, facts: Facts, policy: Policy) -> Metric:
    """The figure against its target. What no source was asked about has none, and neither have ages and overdue ones
    where there is no history to know them by."""
    if metric.name in _WHOLENESS:
        judged = metric.judged(_WHOLENESS[metric.name])
        blind = metric.name == names.READ and measured.coverage.is_blind
        return replace(judged, status="unknown") if judged.status == "fail" or blind else judged
    grade = metric.labels.get("severity", metric.labels.get("level"))
    if metric.name == names.VULNERABILITIES and measured.coverage.concerns("vulnerabilities"):
        return _by_grade(metric, grade, policy.fail_from)
    if metric.name in (names.OVERDUE, names.FIX_OVERDUE) and facts.seen is not None and metric.value is not None:
        return _by_grade(metric, grade, policy.fail_from)
    if metric.name == names.CODE and measured.coverage.looked("code"):
        return _by_grade(metric, grade, policy.fail_code_from)
    if metric.name == names.LICENSE_VIOLATIONS and (
            policy.licenses is not None or metric.value is not None or _only_licenses(measured)):
        return metric.judged(_NONE_WANTED)
    if metric.name == names.LICENSES_UNKNOWN and policy.licenses is not None:
        return metric.judged(_NONE_WANTED, breach=policy.licenses.unknown)
    if metric.name == names.SECRETS and measured.coverage.looked("secrets"):
        return metric.judged(_NONE_WANTED)
    return metric


def _only_licenses(measured: Measured) -> bool:
    """Whether nothing was looked for that can be judged without a policy: then nothing passes."""
    coverage = measured.coverage
    return coverage.looked("licenses") > 0 and not any(coverage.looked(check) for check in (
        "vulnerabilities", "code", "secrets", "bans", "sources"))


def _by_grade(metric: Metric, grade: str | None, fails_from: Grade) -> Metric:
    if grade is None or grade == "none":
        return metric
    fails = GRADES[GRADES.index(fails_from):]
    return metric.judged(_NONE_WANTED, breach="fail" if grade in fails else "warn")


def _complete(measured: Measured) -> str | None:
    """What the report lacks; None where it lacks nothing. Our words and names of files alone."""
    coverage = measured.coverage
    parts = [f"{one.shown} {one.why}" for one in (*coverage.unread, *coverage.refused)]
    for place, report in enumerate(coverage.reports):
        if report.missing:
            parts.append(f"{report.shown} is not whole")
        if place in coverage.stale:
            parts.append(f"{report.shown} {coverage.stale[place]}")
    if not coverage.reports:
        parts.append("nothing was read")
    elif coverage.is_blind:
        parts.append("no report looked for anything")
    return "; ".join(parts) or None


def _notes(measured: Measured, facts: Facts, policy: Policy) -> Iterator[str]:
    for one in facts.refused:
        yield f"{one.shown} {one.why}; leave them out with `alerts`, or name them there to have this fail"
    if not facts.reports and not facts.unread:
        yield "no report and no list of alerts was read; name reports in `reports`"
    if measured.coverage.is_blind:
        yield "none of the reports says that it looked for anything, so nothing is known to be clean"
    if any(measured.coverage.lacks(check) for check in ("vulnerabilities", "code", "licenses", "secrets")):
        yield ("a source is missing, not whole or too old: counts of what it may tell of are lower bounds, and where "
               "nothing was found they are unknown")
    if policy.licenses is None and _only_licenses(measured):
        yield "there is no policy to judge licences by; name one in `licenses`, such as bsd-3-clause-compatible"
    invalid = sum(row.graded.invalid for row in measured.rows)
    if invalid:
        yield f"{invalid} CVSS vector(s) that are none were overlooked"
    unscored = sum(row.graded.basis == "unscored" and row.entry.kind == "vulnerability" for row in measured.rows)
    if unscored:
        yield f"{unscored} of the vulnerabilities have no score and no rating; they count by `unscored-severity`"
    if facts.seen is None and any(row.entry.kind == "vulnerability" for row in measured.rows):
        dated = any(row.entry.kind == "vulnerability" and row.first_seen is not None for row in measured.rows)
        yield ("without a history ages and due dates are not judged"
               + (", and those shown are of GitHub's alerts alone" if dated else "") + "; set `history`")
    standing = Counter(row.entry.kind == "vulnerability" for row in measured.rows
                       if row.waiver is None and not row.entry.private)
    for is_grave, what in ((True, "vulnerabilities"), (False, "unmaintained, unsound and yanked packages")):
        if standing[is_grave] > MOST_OF_VULNERABILITIES:
            yield (f"of {standing[is_grave]:,} {what} {MOST_OF_VULNERABILITIES:,} are findings, the gravest; the "
                   "figures and the report's data count all")
    untaken = measured.licensing.number("denied") + (measured.licensing.number("unknown") if policy.licenses else 0)
    if untaken > MOST_OF_LICENSES:
        yield (f"of {untaken:,} packages whose licence is not taken {MOST_OF_LICENSES:,} are findings; the figures "
               "count all")
    if len(measured.code) > MOST_OF_CODE:
        total = sum(row.finding.count for row in measured.code)
        yield f"of {total:,} findings in code the gravest stand one by one; the figures count all"


def _summary(measured: Measured, facts: Facts) -> str:
    """One line of our own words and figures."""
    def value(name: str, **labels: str) -> float | None:
        return next((metric.value for metric in measured.metrics
                     if metric.name == name and dict(metric.labels) == labels), None)

    def total(name: str, label: str) -> float | None:
        values = [metric.value for metric in measured.metrics if metric.name == name and metric.labels[label] != "none"]
        known = [one for one in values if one is not None]
        return sum(known) if known and (len(known) == len(values) or sum(known)) else None

    coverage = measured.coverage
    parts = []
    if coverage.concerns("vulnerabilities"):
        by_grade = [f"{found:.0f} {grade}" for grade in GRADES[:0:-1]
                    if (found := value(names.VULNERABILITIES, severity=grade))]
        least = "at least " if by_grade and coverage.lacks("vulnerabilities") else ""
        parts.append(f"vulnerabilities: {least}{_said(total(names.VULNERABILITIES, 'severity'))}"
                     + (f" ({', '.join(by_grade)})" if by_grade else ""))
        if allowed := value(names.ALLOWED):
            parts.append(f"allowed: {allowed:.0f}")
        if (overdue := total(names.OVERDUE, "severity")) is not None:
            parts.append(f"overdue: {overdue:.0f}")
    if coverage.looked("code"):
        parts.append(f"code findings: {_said(total(names.CODE, 'level'))}")
    if coverage.looked("secrets"):
        parts.append(f"secrets exposed: {_said(value(names.SECRETS))}")
    if (violations := value(names.LICENSE_VIOLATIONS)) is not None:
        parts.append(f"licence violations: {violations:.0f}")
    if objections := sum(len(report.policy) for report in facts.reports):
        parts.append(f"bans and sources: {objections}")
    parts.append(f"sources read: {len(facts.reports)}"
                 + (f", {coverage.incomplete} not whole" if coverage.incomplete else ""))
    if coverage.refused:
        parts.append(f"not shown to the token: {len(coverage.refused)} of GitHub's lists")
    return "; ".join(parts)


def _said(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f}"
