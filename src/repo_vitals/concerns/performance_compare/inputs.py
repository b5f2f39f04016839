"""The inputs of performance-compare."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.acceptance import ACCEPTANCES, COMMAND, Acceptance, of_allowlist
from repo_vitals.concerns.performance_compare.budgets import budgets
from repo_vitals.concerns.performance_compare.facts import DEFAULT_SUITE
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.scaling import scalings
from repo_vitals.concerns.performance_compare.sizes import sizes
from repo_vitals.config.allowlist import ALLOW
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import (
    BOOLEAN,
    FILES,
    LINES,
    OPTIONAL_TEXT,
    TEXT,
    FilePatterns,
    Input,
    Kind,
    choice,
    integer,
    positive_duration,
    ratio,
)
from repo_vitals.config.history_place import size
from repo_vitals.sources.machine import LONGEST_NAME

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.budgets import Budget
    from repo_vitals.concerns.performance_compare.scaling import Scaling
    from repo_vitals.concerns.performance_compare.sizes import SizeOf
    from repo_vitals.config.declare import Values

_DEFAULT = Policy()


def _probability() -> Kind[float]:
    plain = ratio()

    def check(value: float) -> float:
        if not 1e-6 <= value <= 0.5:
            raise ValueError("is not between 0.000001 and 0.5")
        return value
    return Kind(plain.name, lambda text: check(plain.parse(text)), lambda value: check(plain.from_toml(value)),
                plain.show)


def _class_name() -> Kind[str]:
    def check(value: str) -> str:
        if len(value) > LONGEST_NAME or not value.isprintable():
            raise ValueError(f"is no name: it has more than {LONGEST_NAME} characters, or some that can't be printed")
        return value
    return Kind(TEXT.name, lambda text: check(TEXT.parse(text)), lambda value: check(TEXT.from_toml(value)), TEXT.show)


CURRENT: Input[FilePatterns] = Input(
    name="current", kind=FILES, default=FilePatterns(), default_text="none; it has to be given",
    help="Reports of the current code's benchmarks, memory and leaks, as paths, folders or patterns in the working "
         "folder, of any formats that are read; `format=path` forces a reader",
)
BASELINE_REPORTS: Input[FilePatterns] = Input(
    name="baseline-reports", kind=FILES, default=FilePatterns(), default_text="none; the history is the baseline",
    help="Reports of the code that the current one is compared with, in place of the history's; each is a run, and the "
         "times in them, or else their names, say which is older",
)
SIZES: Input[tuple[SizeOf, ...]] = Input(
    name="sizes", kind=sizes(), default=(), default_text="none",
    help="Files whose sizes are measured, as they are and without symbols, one path or pattern a line; "
         "`name: pattern, pattern` adds them up",
)
BUDGETS: Input[tuple[Budget, ...]] = Input(
    name="budgets", kind=budgets(), default=(), default_text="none",
    help="Limits of single benchmarks that need no baseline, one a line: `startup < 500 ms`, `memory < 50 MB`, "
         "`binary < 20 MB`, `throughput > 25 M/s`; names, patterns, or those words for all of a kind",
)
SCALING: Input[tuple[Scaling, ...]] = Input(
    name="scaling", kind=scalings(), default=(), default_text="none",
    help="Largest exponents by which benchmarks may grow with the size of their input, one a line: `sort/* <= 1.2`",
)
ADAPTER = Input(
    name="adapter", kind=LINES, default=(), default_text="none",
    help="jq programs that make benchmarks of other tools' JSON, one a line: `name: program`; `name=path` in `current` "
         "forces one",
)
TOLERANCE = Input(
    name="tolerance", kind=ratio(), default=_DEFAULT.tolerance,
    help="Change that is no change, from 0 to 1: a benchmark regressed when its interval lies beyond it",
)
ERROR = Input(
    name="error", kind=_probability(), default=_DEFAULT.error,
    help="Probability that any benchmark of the suite is wrongly said to have changed, from 0.000001 to 0.5",
)
SUITE = Input(
    name="suite", kind=TEXT, default=DEFAULT_SUITE,
    help="Name of what is measured; the history keeps suites apart",
)
BASELINE_RUNS = Input(
    name="baseline-runs", kind=integer(1, 1000), default=30,
    help="Runs of the history that make the baseline, the newest of the same kind of machine",
)
MINIMUM_RUNS = Input(
    name="minimum-runs", kind=integer(1, 1000), default=_DEFAULT.minimum_runs,
    help="Runs of the baseline that a verdict takes; with fewer it is unsure",
)
COMPARE_UNLIKE = Input(
    name="compare-unlike", kind=BOOLEAN, default=False,
    help="Whether runs on unlike machines (another CPU model, runner class or release of a tool) are compared",
)
RUNNER_CLASS = Input(
    name="runner-class", kind=_class_name(), default="", default_text="what the runner says of itself",
    help="Name of the kind of machine that this runs on, such as `bench box`, in place of what the runner says of "
         "itself; runs on another kind are unlike. Self-hosted runners need one, since they all say the same",
)
VERSIONS = Input(
    name="versions", kind=LINES, default=(), default_text="what the reports say",
    help="Versions of tools that the figures depend on, one a line: `rustc 1.92.0`",
)
BASE = Input(
    name="base", kind=OPTIONAL_TEXT, default=None,
    default_text="what the pull request or push starts from, else the default branch or the commit before",
    help="Branch, tag or commit to compare with, by its merge base with the measured commit",
)
MISSING = Input(
    name="missing", kind=choice("warn", "fail"), default=_DEFAULT.missing,
    help="What a benchmark does that the baseline has and the current reports lack: warn or fail",
)
ACCEPT: Input[tuple[Acceptance, ...]] = Input(
    name="accept", kind=ACCEPTANCES, default=(), default_text="none",
    help="Benchmarks that may be slower, one a line: `parse/* = reason, until 2027-01-31`; of a name with several "
         "units `parse (B/op)` means the bytes; see also `[[allow]]` tables with `benchmark`",
)
ACCEPT_LABEL = Input(
    name="accept-label", kind=TEXT, default="performance-accepted",
    help="Label that accepts what a pull request regresses, when somebody with write permission put it there; the "
         f"comment `{COMMAND} benchmark because reason` does so too",
)
ROOT_CAUSE_WITHIN = Input(
    name="root-cause-within", kind=positive_duration(), default=timedelta(hours=24),
    help="Time from the first sight of a regression until its cause should be known",
)
FIX_WITHIN = Input(
    name="fix-within", kind=positive_duration(), default=timedelta(hours=72),
    help="Time from the first sight of a regression until it should be fixed or reverted",
)
CHARTS = Input(
    name="charts", kind=OPTIONAL_TEXT, default=None, default_text="not written",
    help="Path of an SVG file with a chart of each benchmark's last 50 runs, changes of level marked; it takes a "
         "history",
)
MAX_INPUT = Input(
    name="max-input", kind=size(), default=1_000_000_000,
    help="Largest size of a single report; a larger one is refused before it is read",
)

INPUTS = monitor_inputs(
    CURRENT, BASELINE_REPORTS, SIZES, BUDGETS, SCALING, ADAPTER, SUITE, TOLERANCE, ERROR, BASELINE_RUNS, MINIMUM_RUNS,
    COMPARE_UNLIKE, RUNNER_CLASS, VERSIONS, BASE, MISSING, ACCEPT, ACCEPT_LABEL, ROOT_CAUSE_WITHIN, FIX_WITHIN, ALLOW,
    CHARTS, MAX_INPUT, unknown_is_default="fail",
)


def policy(values: Values) -> Policy:
    """Where the limits are."""
    return Policy(
        tolerance=values[TOLERANCE], error=values[ERROR], minimum_runs=values[MINIMUM_RUNS],
        missing="fail" if values[MISSING] == "fail" else "warn", root_cause_within=values[ROOT_CAUSE_WITHIN],
        fix_within=values[FIX_WITHIN], budgets=values[BUDGETS], scaling=values[SCALING],
        acceptances=(*of_allowlist(values[ALLOW]), *values[ACCEPT]),
    )
