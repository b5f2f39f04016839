"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.security_summary import definitions as names
from repo_vitals.concerns.security_summary.allowing import Uses, code_waivers, ignores_of, waivers
from repo_vitals.concerns.security_summary.apart import apart
from repo_vitals.concerns.security_summary.clocks import due, open_time, seen_by_entry
from repo_vitals.concerns.security_summary.facts import Span
from repo_vitals.concerns.security_summary.licenses import judge_licenses
from repo_vitals.concerns.security_summary.severity import WORST_FIRST, as_grade, graded
from repo_vitals.concerns.security_summary.sources import Coverage, checks_of
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric
from repo_vitals.stats.quantiles import linear_quantile, mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from repo_vitals.concerns.security_summary.allowing import Waiver
    from repo_vitals.concerns.security_summary.facts import CodeFinding, Facts, Kind
    from repo_vitals.concerns.security_summary.inputs import Policy
    from repo_vitals.concerns.security_summary.licenses import Licensing
    from repo_vitals.concerns.security_summary.merge import Entry
    from repo_vitals.concerns.security_summary.severity import Grade, Graded
    from repo_vitals.report.model import Window

_BY_KIND: dict[str, Kind] = {
    names.UNMAINTAINED: "unmaintained", names.UNSOUND: "unsound", names.YANKED: "yanked", names.NOTICES: "notice"}
_WITH_POLICY = frozenset({"cargo-deny", "osv-scanner", "sarif"})     # formats of tools that judge licences themselves
_TIMED = tuple(grade for grade in WORST_FIRST if grade != "none")   # what has no weight is never overdue
_UNITS = {metric.name: metric.unit for metric in names.METRICS}


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """An entry with what is made of it."""

    entry: Entry
    graded: Graded
    waiver: Waiver | None               # None: it counts
    first_seen: datetime | None = None  # None: not known
    age: timedelta | None = None
    due: datetime | None = None         # when the time to respond is over; None: not known, or it may wait for ever
    fix_due: datetime | None = None

    @property
    def grade(self) -> Grade:
        """How grave it is."""
        return self.graded.grade


@dataclass(frozen=True, kw_only=True, eq=False)
class CodeRow:
    """A finding in code, with what is made of it."""

    finding: CodeFinding
    waiver: Waiver | None

    @property
    def grade(self) -> Grade:
        """How grave it is."""
        return as_grade(self.finding.level)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures, and the rows that they were counted from."""

    metrics: tuple[Metric, ...]
    rows: tuple[Row, ...]               # the gravest first
    code: tuple[CodeRow, ...]           # the gravest first
    coverage: Coverage
    uses: Uses
    licensing: Licensing


def measure(facts: Facts, policy: Policy, window: Window) -> Measured:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement.

    A count rests on the sources that look for such things. Where none does it is unknown. Where one of them could not
    be read, is not whole or too old, what was found is a lower bound: a zero is unknown then, and more than that
    stands.
    """
    now = window.end
    coverage = Coverage.of(facts, maximum_age=policy.maximum_age, now=now)
    uses = Uses()
    rows = tuple(sorted(_rows(facts, policy, now, uses), key=_gravest_first))
    findings = list(apart(facts.reports))
    security = [one for one in findings if one.security]
    code = tuple(sorted(
        (CodeRow(finding=one, waiver=waiver)
         for one, waiver in zip(security, code_waivers(security, policy.allowlist, now=now, uses=uses), strict=True)),
        key=_gravest_code_first))
    licensing = judge_licenses(facts.reports, policy.licenses, policy.allowlist, now=now, uses=uses)
    metrics = [*_of_vulnerabilities(facts, rows, coverage, window),
               *_of_code(code, sum(one.count for one in findings if not one.security), coverage),
               *_of_licenses(licensing, policy, coverage), *_of_the_rest(facts, coverage)]
    return Measured(metrics=tuple(metrics), rows=rows, code=code, coverage=coverage, uses=uses, licensing=licensing)


def _rows(facts: Facts, policy: Policy, now: datetime, uses: Uses) -> Iterator[Row]:
    accepted = waivers(facts.entries, policy.allowlist, [*ignores_of(facts.reports), *facts.ignores], now=now,
                       uses=uses)
    seen = seen_by_entry(facts.seen or (), facts.entries)
    for entry in facts.entries:
        verdict = graded(entry.advisories, unscored=policy.unscored)
        known = seen.get(entry)
        spans: Sequence[Span] = ()
        if known is not None and known.is_sure:
            spans = known.spans
        elif known is None and entry.opened_at is not None and entry.opened_at <= now:
            spans = (Span(start=entry.opened_at),)      # GitHub knows it, even where no history does
        yield Row(
            entry=entry, graded=verdict, waiver=accepted.get(entry), first_seen=spans[0].start if spans else None,
            age=open_time(spans, now) if spans else None,
            due=due(spans, policy.respond_within[verdict.grade]) if spans else None,
            fix_due=due(spans, policy.fix_within[verdict.grade]) if spans else None,
        )


def _gravest_first(row: Row) -> tuple[int, float, str]:
    score = row.graded.score
    return WORST_FIRST.index(row.grade), -(score.score if score is not None else 0.0), row.entry.subject


def _gravest_code_first(row: CodeRow) -> tuple[int, str, str, str, int]:
    one = row.finding
    return WORST_FIRST.index(row.grade), one.source, one.rule, one.file or "", one.line or 0


def _of_vulnerabilities(facts: Facts, rows: Sequence[Row], coverage: Coverage, window: Window) -> Iterator[Metric]:
    standing = [row for row in rows if row.entry.kind == "vulnerability" and row.waiver is None]
    by_grade = Counter(row.grade for row in standing)
    with_history = facts.seen is not None
    for grade in WORST_FIRST:
        yield _count(names.VULNERABILITIES, by_grade[grade], coverage, "vulnerabilities", severity=grade)
    yield _count(names.ALLOWED, sum(row.entry.kind == "vulnerability" and row.waiver is not None for row in rows),
                 coverage, "vulnerabilities")
    for grade in _TIMED:
        ages = [row.age.total_seconds() for row in standing if row.grade == grade and row.age is not None]
        # One whose age is unknown could be the oldest: the others say nothing of how old they are together.
        known = with_history and len(ages) == by_grade[grade]
        for quantile in names.QUANTILES:
            value = linear_quantile(ages, float(quantile)) if known else None
            yield _metric(names.AGE, value, len(ages), severity=grade, quantile=quantile)
    for name, attribute in ((names.OVERDUE, "due"), (names.FIX_OVERDUE, "fix_due")):
        for grade in _TIMED:
            dues: list[datetime | None] = [getattr(row, attribute) for row in standing if row.grade == grade]
            late = sum(moment is not None and window.end > moment for moment in dues)
            unsure = any(row.age is None for row in standing if row.grade == grade)
            if not with_history or (unsure and not late):
                yield _metric(name, None, 0, severity=grade)
            else:
                yield _count(name, late, coverage, "vulnerabilities", severity=grade)
    for grade in _TIMED:
        times = [open_time(one.spans, window.end).total_seconds() for one in facts.seen or ()
                 if one.severity == grade and one.is_sure and (ended := one.spans[-1].end) is not None
                 and window.start < ended <= window.end]
        yield _metric(names.REMEDIATION, mean(times), len(times), severity=grade)
    for name, kind in _BY_KIND.items():
        number = sum(row.entry.kind == kind and row.waiver is None for row in rows)
        counted = _count(name, number, coverage, "vulnerabilities")
        told = coverage.told_of(kind)
        yield _metric(name, counted.value if told else None, told)


def _of_code(code: Sequence[CodeRow], quality: int, coverage: Coverage) -> Iterator[Metric]:
    by_grade: Counter[Grade] = Counter()
    for row in code:
        by_grade[row.grade] += row.finding.count if row.waiver is None else 0
    for grade in WORST_FIRST:
        yield _count(names.CODE, by_grade[grade], coverage, "code", level=grade)
    allowed = sum(row.finding.count for row in code if row.waiver is not None)
    yield _count(names.CODE_ALLOWED, allowed, coverage, "code")
    yield _count(names.QUALITY, quality, coverage, "code")


def _of_licenses(licensing: Licensing, policy: Policy, coverage: Coverage) -> Iterator[Metric]:
    """Without a policy only what tools reject by their own can violate one, and nobody asked what is unknown."""
    denied = licensing.number("denied")
    if policy.licenses is None and not denied and not any(
            report.format in _WITH_POLICY and "licenses" in checks_of(report) for report in coverage.reports):
        yield _metric(names.LICENSE_VIOLATIONS, None, 0)
    else:
        yield _count(names.LICENSE_VIOLATIONS, denied, coverage, "licenses")
    if policy.licenses is None:
        yield _metric(names.LICENSES_UNKNOWN, None, 0)
    else:
        yield _count(names.LICENSES_UNKNOWN, licensing.number("unknown"), coverage, "licenses")


def _of_the_rest(facts: Facts, coverage: Coverage) -> Iterator[Metric]:
    yield _count(names.SECRETS, sum(report.secrets or 0 for report in facts.reports), coverage, "secrets")
    objections = Counter(one.check for report in facts.reports for one in report.policy)
    checks: tuple[Literal["bans", "sources"], ...] = ("bans", "sources")
    for check in checks:
        yield _count(names.POLICY, objections[check], coverage, check, check=check)
    yield _metric(names.READ, len(facts.reports), 1)
    yield _metric(names.INCOMPLETE, coverage.incomplete, 1)


def _count(name: str, number: int, coverage: Coverage, looked_for: str, **labels: str) -> Metric:
    looked = coverage.looked(looked_for)
    if looked == 0 or (number == 0 and coverage.lacks(looked_for)):
        return _metric(name, None, 0, **labels)
    return _metric(name, number, looked, **labels)


def _metric(name: str, value: float | None, samples: int, **labels: str) -> Metric:
    return Metric(name=name, value=value, unit=_UNITS[name], samples=0 if value is None else samples, labels=labels)
