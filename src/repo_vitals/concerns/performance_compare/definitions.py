"""What every figure of performance-compare means, in a sentence each."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

BENCHMARKS = "benchmarks"
ACCEPTED = "benchmarks_accepted"
UNSURE_RATIO = "benchmarks_unsure_ratio"
COMMON_RATIO = "common_change_ratio"
BASELINE_RUNS = "baseline_runs"
PEAK_MEMORY = "peak_memory_bytes"
AVERAGE_MEMORY = "average_memory_bytes"
BINARY_SIZE = "binary_size_bytes"
STRIPPED_SIZE = "stripped_size_bytes"
LEAKED = "leaked_bytes"
BUDGETS = "budgets"
SCALING = "scaling_exponent"
CHANGE_POINTS = "change_points"
OVERDUE = "regressions_overdue"

VERDICTS = ("regressed", "improved", "unchanged", "unsure", "new", "missing")
# What a result measures, where that is a figure by its own name.
BY_MEASURE = {"peak_memory": PEAK_MEMORY, "average_memory": AVERAGE_MEMORY, "binary_size": BINARY_SIZE,
              "stripped_size": STRIPPED_SIZE, "leaked": LEAKED}

METRICS: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        name=BENCHMARKS, unit="count", labels=("verdict",),
        definition="Benchmarks by verdict: regressed or improved only where the interval of the ratio to the baseline, "
                   "corrected for their number, lies beyond the tolerance; unsure where the runs can't say; accepted "
                   "regressions are not among the regressed"),
    MetricDefinition(
        name=ACCEPTED, unit="count",
        definition="Benchmarks that regressed by a change that somebody who may do so has accepted"),
    MetricDefinition(
        name=UNSURE_RATIO, unit="ratio",
        definition="Share of the benchmarks with a baseline of which the runs can't say whether they changed"),
    MetricDefinition(
        name=COMMON_RATIO, unit="ratio",
        definition="What all timed benchmarks changed by together, current over baseline, most likely the speed of the "
                   "runner: 1.12 is 12 per cent slower; it is taken out before single benchmarks are judged"),
    MetricDefinition(
        name=BASELINE_RUNS, unit="count",
        definition="Runs that the current one is compared with"),
    MetricDefinition(
        name=PEAK_MEMORY, unit="bytes", labels=("target",),
        definition="Most memory that a program held at one time, the median of its runs"),
    MetricDefinition(
        name=AVERAGE_MEMORY, unit="bytes", labels=("target",),
        definition="Memory that a program held on average over its time, the median of its runs"),
    MetricDefinition(
        name=BINARY_SIZE, unit="bytes", labels=("target",), definition="Size of a file as it is built"),
    MetricDefinition(
        name=STRIPPED_SIZE, unit="bytes", labels=("target",),
        definition="Size of a file without its symbols and debugging information"),
    MetricDefinition(
        name=LEAKED, unit="bytes", labels=("target",),
        definition="Most memory that a process of a program lost, by the report of a leak checker"),
    MetricDefinition(
        name=BUDGETS, unit="count", labels=("state",),
        definition="Budgets by state: met, exceeded, or unknown where no benchmark answers to one"),
    MetricDefinition(
        name=SCALING, unit="count", labels=("benchmark", "benchmark_unit"),
        definition="Exponent by which a benchmark's cost grows with the size of its input, fitted on their logarithms: "
                   "1 is linear, 2 quadratic"),
    MetricDefinition(
        name=OVERDUE, unit="count", labels=("due",),
        definition="Regressions of the default branch, neither mended nor accepted, of which the root cause is due by "
                   "now, or the fix or revert; those that this run can't tell of are among them"),
    MetricDefinition(
        name=CHANGE_POINTS, unit="count", labels=("direction",),
        definition="Runs of the history at which a benchmark's level changed for good, by whether it became better or "
                   "worse"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    **{verdict: (BENCHMARKS, {"verdict": verdict}) for verdict in VERDICTS},
    "accepted": (ACCEPTED, {}),
    "unsure-ratio": (UNSURE_RATIO, {}),
    "overdue": (OVERDUE, {"due": "fix"}),
    "budgets-exceeded": (BUDGETS, {"state": "exceeded"}),
}
