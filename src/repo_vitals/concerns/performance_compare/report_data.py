"""The report's `data`: what the figures are made of, for other tools and for the summary's tables. Pure."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.performance_compare.charts import entries
from repo_vitals.concerns.performance_compare.definitions import METRICS
from repo_vitals.concerns.performance_compare.quantities import interval, quantity, sign
from repo_vitals.concerns.performance_compare.runs import current_of
from repo_vitals.concerns.performance_compare.words import as_measured, cautions, taken_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Facts
    from repo_vitals.concerns.performance_compare.levels import Step
    from repo_vitals.concerns.performance_compare.measure import Measured
    from repo_vitals.concerns.performance_compare.policy import Policy

MOST_BENCHMARKS = 20_000    # in data.benchmarks: changed ones first
MOST_STEPS = 1000
_MOST_ROWS = 50             # of a table in the summary
_MOST_CHARTS = 4
_ORDER = ("regressed", "missing", "improved", "unsure", "new", "unchanged")


def data_of(measured: Measured, facts: Facts, policy: Policy) -> dict[str, Any]:
    """JSON values only."""
    rows = _by_weight(measured.compared.rows)
    listed = sorted(rows[:MOST_BENCHMARKS], key=lambda row: row.key)
    reference, pull = facts.reference, facts.pull_request
    return {
        "definitions": {metric.name: metric.definition for metric in METRICS},
        "complete": list(cautions(measured, facts)) or True,
        "suite": facts.suite,
        "head_sha": facts.commit,
        "pull_request": None if pull is None else {
            "number": pull.number, "head_sha": pull.head_sha, "head_ref": pull.head_ref,
            "head_repository": pull.head_repository, "from_fork": pull.from_fork},
        "machine": dict(sorted(facts.machine.items())),
        "baseline": None if reference is None else {
            "how": reference.how, "runs": len(reference.runs), "paired": reference.paired, "looks": reference.looks,
            "commits": list(dict.fromkeys(run.commit for run in reference.runs if run.commit is not None)),
            "why_none": reference.why_none or None, "left_out": list(reference.left_out)},
        "tolerance": policy.tolerance, "error": policy.error,
        "common_change": measured.compared.common,
        "benchmarks": [_benchmark(row, measured) for row in listed],
        "benchmarks_left_out": len(rows) - len(listed),
        "runs": [{"commit": run.commit, "at": None if run.at is None else format_instant(run.at)}
                 for run in measured.levels.runs],
        "change_points": [_step(step) for step in measured.levels.steps[:MOST_STEPS]],
        "reports": [{"file": report.shown, "format": report.format, "tool": report.tool,
                     "benchmarks": len({result.key for run in current_of(report) for result in run})}
                    for report in facts.reports],
        "sections": _sections(rows, measured),
        "series": list(entries([row.key for row in rows if row.verdict in ("regressed", "improved")], measured.levels,
                               most=_MOST_CHARTS)),
    }


def _by_weight(rows: Sequence[Row]) -> list[Row]:
    """What matters first: by verdict, then by how much worse it became."""
    return sorted(rows, key=lambda row: (
        _ORDER.index(row.verdict), -abs(math.log(row.slowdown)) if row.slowdown else 0.0, row.key))


def _benchmark(row: Row, measured: Measured) -> dict[str, Any]:
    accepted = measured.accepted.get(row.key)
    clock = next(iter(measured.clocks.get(row.key, ())), None)
    return {
        "name": row.key[0], "unit": row.key[1], "better": row.better, "current": row.current, "baseline": row.baseline,
        "ratio": _finite(row.ratio), "low": _finite(row.low), "high": _finite(row.high), "p": row.p,
        "verdict": row.verdict, "why": row.why or None, "baseline_runs": row.runs[0], "current_runs": row.runs[1],
        "accepted": None if accepted is None else {
            "by": accepted.by, "who": accepted.who or None, "reason": accepted.reason,
            "expires": None if accepted.expires is None else format_instant(accepted.expires)},
        "since": None if clock is None else format_instant(clock.since),
        "root_cause_due": None if clock is None else format_instant(clock.root_cause_due),
        "fix_due": None if clock is None else format_instant(clock.fix_due),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _step(step: Step) -> dict[str, Any]:
    return {"name": step.key[0], "unit": step.key[1], "index": step.index, "commit": step.commit,
            "at": None if step.at is None else format_instant(step.at), "before": step.before, "after": step.after,
            "ratio": _finite(step.ratio), "p": step.p, "direction": "worse" if step.is_worse else "better"}


def _sections(rows: Sequence[Row], measured: Measured) -> list[dict[str, Any]]:
    return [
        _what_changed([row for row in rows if row.verdict not in ("unchanged", "new")][:_MOST_ROWS], measured),
        {"title": "New benchmarks", "headers": ["Benchmark", "Current"],
         "rows": [[row.key[0], quantity(row.current, row.key[1])]
                  for row in rows if row.verdict == "new"][:_MOST_ROWS]},
        {"title": "Changes of level in the history",
         "headers": ["Benchmark", "Commit", "When", "Before", "After", "Change"],
         "rows": [[step.key[0], (step.commit or "")[:12], "" if step.at is None else format_instant(step.at)[:10],
                   quantity(step.before, step.key[1]), quantity(step.after, step.key[1]), sign(step.ratio)]
                  for step in measured.levels.steps[:_MOST_ROWS]]},
    ]


def _what_changed(rows: Sequence[Row], measured: Measured) -> dict[str, Any]:
    """The change is without the runner's own, which the values beside it hold: then what they changed by is there too.
    """
    both = any(taken_out(row, measured.compared.common) for row in rows)
    return {"title": "What changed",
            "headers": ["Benchmark", "Verdict", "Baseline", "Current", *(["As measured"] if both else []), "Change",
                        "Interval", "Runs"],
            "rows": [_changed(row, measured, both=both) for row in rows]}


def _changed(row: Row, measured: Measured, *, both: bool) -> list[str]:
    unit = row.key[1]
    verdict = f"{row.verdict}, accepted" if row.key in measured.accepted else row.verdict
    return [row.key[0], verdict, quantity(row.baseline, unit), quantity(row.current, unit),
            *([as_measured(row)] if both else []), sign(row.ratio), interval(row) or row.why,
            f"{row.runs[0]:,} and {row.runs[1]:,}"]
