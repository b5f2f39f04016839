"""The inputs of `performance-compare ab`."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from repo_vitals.concerns.performance_compare.inputs import ERROR, TOLERANCE
from repo_vitals.config.common import FAIL_ON
from repo_vitals.config.declare import (
    BOOLEAN,
    FILES,
    OPTIONAL_TEXT,
    TEXT,
    FilePatterns,
    Input,
    integer,
    positive_duration,
)

FEWEST_PAIRS = 3        # that a verdict takes

A = Input(name="a", kind=TEXT, default="", default_text="none; it has to be given",
          help="Command that measures the version to compare with, run by `bash -c`")
B = Input(name="b", kind=TEXT, default="", default_text="the command of `a`",
          help="Command that measures the changed version, run by `bash -c`")
FOLDER_A = Input(name="folder-a", kind=TEXT, default=".", help="Folder that `a` is run in")
FOLDER_B = Input(name="folder-b", kind=TEXT, default=".", help="Folder that `b` is run in")
REPORTS_A: Input[FilePatterns] = Input(
    name="reports-a", kind=FILES, default=FilePatterns(), default_text="none; the command itself is measured",
    help="Reports that `a` writes each time, as paths or patterns in its folder")
REPORTS_B: Input[FilePatterns] = Input(
    name="reports-b", kind=FILES, default=FilePatterns(), default_text="those of `reports-a`",
    help="Reports that `b` writes each time, as paths or patterns in its folder")
PAIRS = Input(name="pairs", kind=integer(FEWEST_PAIRS, 1000), default=10, help="Pairs of runs")
MOST_PAIRS = Input(name="most-pairs", kind=integer(0, 1000), default=0, default_text="twice `pairs`",
                   help="Pairs in all where some benchmarks are still unsure after `pairs`; 0 for twice as many")
WARM_UP = Input(name="warm-up", kind=BOOLEAN, default=True, help="Whether a pair that does not count comes first")
SEED = Input(name="seed", kind=OPTIONAL_TEXT, default=None, default_text="a random one",
             help="Number that the random order is made of")
TIME_LIMIT: Input[timedelta] = Input(
    name="time-limit", kind=positive_duration(), default=timedelta(hours=2),
    help="Time for all pairs together; what is not run by then is left out")
OUTPUT = Input(name="output", kind=OPTIONAL_TEXT, default=None, default_text="`repo-vitals/ab.json` beside the reports",
               help="File for the pairs, which performance-compare takes as a report")
LOGS = Input(name="logs", kind=OPTIONAL_TEXT, default=None, default_text="`repo-vitals/ab-logs` beside the reports",
             help="Folder for what the commands print, a file for each run")
INPUTS: tuple[Input[Any], ...] = (A, B, FOLDER_A, FOLDER_B, REPORTS_A, REPORTS_B, PAIRS, MOST_PAIRS, WARM_UP, SEED,
                                  TIME_LIMIT, OUTPUT, LOGS, TOLERANCE, ERROR, FAIL_ON)
