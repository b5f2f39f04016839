"""The verdict in words. Pure. The summary and the notes hold no strangers' text that is not quoted."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.definitions import OVERDUE
from repo_vitals.concerns.performance_compare.facts import TIMED
from repo_vitals.concerns.performance_compare.limits import MOST_FIGURES
from repo_vitals.concerns.performance_compare.quantities import interval, per_cent, sign
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Facts
    from repo_vitals.concerns.performance_compare.measure import Measured

_MOST_NOTES = 20
MOST_MISSING = 500          # that are named; the rest are counted
_WORTH_SAYING = 0.01        # of what all benchmarks changed by together


def counted(number: int, noun: str) -> str:
    """`1 benchmark`, `1,200 benchmarks`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def common_in_words(common: float | None) -> str:
    """What the timed benchmarks changed by together; empty where that is nothing, or not known."""
    if common is None or abs(common - 1) < _WORTH_SAYING:
        return ""
    return (f"the runner was {per_cent(common - 1)} slower as a whole" if common > 1 else
            f"the runner was {per_cent(1 / common - 1)} faster as a whole")


def taken_out(row: Row, common: float | None) -> str:
    """What is taken out of a benchmark's ratio, in words behind "once"; empty where nothing is, so that the ratio is
    that of the values beside it. The figure is the suite's: each benchmark follows the runner at a rate of its own."""
    if common is None or not common_in_words(common) or row.key[1] not in TIMED or not interval(row):
        return ""
    share = f"{per_cent(common - 1)} slower" if common > 1 else f"{per_cent(1 / common - 1)} faster"
    return f"the runner's own speed ({share} as a whole) is taken out"


def as_measured(row: Row) -> str:
    """By how much a benchmark's value changed, nothing taken out, as a signed change in per cent."""
    if row.current is None or row.baseline is None or row.current <= 0 or row.baseline <= 0:
        return ""
    return sign(row.current / row.baseline)


def summary_of(measured: Measured, facts: Facts) -> str:
    """One line of our own words and figures."""
    if not measured.compared.rows:
        return "no benchmark was read"
    parts = []
    reference = facts.reference
    number = len(measured.compared.rows) - len(measured.of("new")) - len(measured.of("missing"))
    if reference is None:
        parts.append(f"{counted(len(measured.compared.rows), 'benchmark')}, compared with nothing")
    elif not number:
        parts.append(f"nothing is compared, since {reference.why_none or 'the baseline has none of the benchmarks'}")
    else:
        parts.append(f"{counted(number, 'benchmark')} compared with {reference.how}")
        said = {"regressed": len(measured.standing()), "regressed and accepted": len(measured.accepted),
                **{verdict: len(measured.of(verdict)) for verdict in ("improved", "unchanged", "unsure")}}
        parts.append(", ".join(f"{count:,} {verdict}" for verdict, count in said.items()
                               if count or verdict == "regressed"))
    if late := sum(int(metric.value or 0) for metric in measured.metrics
                   if metric.name == OVERDUE and metric.labels["due"] == "fix"):
        parts.append(f"the fix of {counted(late, 'regression')} overdue")
    parts += [f"{len(rows):,} {verdict}" for verdict in ("new", "missing")
              if (rows := measured.of(verdict)) and reference is not None]
    exceeded = sum(one.verdict == "exceeded" for one in measured.limits.spent)
    if measured.limits.spent:
        unmet = sum(one.verdict == "unknown" for one in measured.limits.spent)
        parts.append(f"{exceeded:,} of {counted(len(measured.limits.spent), 'budget')} exceeded"
                     + (f", {unmet:,} unknown" if unmet else ""))
    if unknown := sum(one.verdict == "unknown" for one in measured.limits.growths):
        parts.append(f"{counted(unknown, 'limit')} of growth that nothing could be held against")
    if steep := sum(one.verdict == "exceeded" for one in measured.limits.growths):
        parts.append(f"{counted(steep, 'benchmark')} growing too steeply with the input")
    if measured.limits.leaks:
        parts.append(f"{counted(len(measured.limits.leaks), 'program')} leaking")
    if said_of_all := common_in_words(measured.compared.common):
        parts.append(said_of_all)
    if facts.missing:
        parts.append(f"{counted(len(facts.missing), 'report or benchmark')} missing, so that this is no verdict"
                     .replace("benchmarks missing", "benchmarks are missing"))
    return "; ".join(parts)


def notes_of(measured: Measured, facts: Facts) -> tuple[str, ...]:
    """What a reader should know about the facts, a line each."""
    notes = [*facts.notes]
    reference = facts.reference
    if reference is not None:
        if reference.why_none:
            notes.append(f"there is no baseline, since {reference.why_none}")
        notes += reference.left_out
        few = [row for row in measured.of("unsure") if row.why]
        if few:
            notes.append(f"{counted(len(few), 'benchmark')} could not be judged, such as "
                         f"{quotable(few[0].key[0], limit=120)}: {few[0].why}")
    own = sum(bool(result.measures) for result in facts.results.values())
    if own > MOST_FIGURES:
        notes.append(f"figures of their own are given for {MOST_FIGURES:,} of the {own:,} that are memory or sizes, "
                     "the worst leaks first; the others are benchmarks like any")
    if said := common_in_words(measured.compared.common):
        notes.append(f"{said}, or all benchmarks changed alike; that is taken out of each one's ratio" + (
            "" if reference is None or reference.paired else
            ". Runs of both versions in turn, in one job, tell the two apart (performance-compare ab)"))
    pull = facts.pull_request
    if pull is not None and pull.from_fork:
        whose = "a fork that is gone" if pull.head_repository is None else quotable(pull.head_repository, limit=140)
        notes.append(f"this is the code of {whose}; its figures are compared and shown, and not kept")
    notes += [f"{quotable(report.shown, limit=120)}: {quotable(note, limit=300)}"
              for report in facts.reports for note in report.notes][:_MOST_NOTES]
    return tuple(dict.fromkeys(notes))


def cautions(measured: Measured, facts: Facts) -> Iterator[str]:
    """What the report lacks, in words that a verdict has to do without."""
    missing = facts.missing
    yield from missing[:MOST_MISSING]
    if len(missing) > MOST_MISSING:
        yield f"reports or benchmarks missing besides these: {len(missing) - MOST_MISSING:,}"
    yield from (f"of the baseline, {one.shown} {one.why}" for one in facts.unread)
    if facts.reference is not None and facts.reference.why_none:
        yield f"no baseline: {facts.reference.why_none}"
    elif not facts.results and not measured.compared.rows:
        yield "no benchmark was read"
