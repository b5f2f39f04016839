"""What every figure of coverage means, in a sentence each."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

LINE_RATIO = "coverage_line_ratio"
BRANCH_RATIO = "coverage_branch_ratio"
FUNCTION_RATIO = "coverage_function_ratio"
LINES_COVERED = "coverage_lines_covered"
LINES_VALID = "coverage_lines_valid"
PATCH_RATIO = "coverage_patch_ratio"
DROP_RATIO = "coverage_drop_ratio"
COMPONENT_RATIO = "coverage_component_line_ratio"

METRICS: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        name=LINE_RATIO, unit="ratio",
        definition="Covered lines over coverable ones, counted over the union of the lines of all reports; a line that "
                   "ran in any of them is covered"),
    MetricDefinition(
        name=BRANCH_RATIO, unit="ratio",
        definition="Branches taken over all branches, of the reports that know branches"),
    MetricDefinition(
        name=FUNCTION_RATIO, unit="ratio",
        definition="Functions that ran over all functions, of the reports that know functions"),
    MetricDefinition(name=LINES_COVERED, unit="count", definition="Coverable lines that ran in any report"),
    MetricDefinition(name=LINES_VALID, unit="count", definition="Lines that any report calls coverable"),
    MetricDefinition(
        name=PATCH_RATIO, unit="ratio",
        definition="Covered lines over coverable ones among those that git's diff against the base adds; none where "
                   "the change adds no coverable line"),
    MetricDefinition(
        name=DROP_RATIO, unit="ratio",
        definition="How much lower the line ratio is than at the base, or at the nearest commit before it that the "
                   "history knows; below zero where it rose"),
    MetricDefinition(
        name=COMPONENT_RATIO, unit="ratio", labels=("component",),
        definition="The line ratio of the files that belong to a component"),
)

# Outputs of the action, each the value of one metric. The first ones that have a past are drawn in the summary.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    "line-ratio": (LINE_RATIO, {}),
    "branch-ratio": (BRANCH_RATIO, {}),
    "function-ratio": (FUNCTION_RATIO, {}),
    "patch-ratio": (PATCH_RATIO, {}),
    "drop-ratio": (DROP_RATIO, {}),
    "lines-covered": (LINES_COVERED, {}),
    "lines-valid": (LINES_VALID, {}),
}
