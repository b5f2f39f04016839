"""benchmark.js on standard output: `name x 1,234 ops/sec ±1.23% (90 runs sampled)`, a rate of operations.

The rate is 1 ÷ the mean time of the samples. Of a benchmark that threw, the tool prints the name only, which is like
any other line of a log; such a one is missing from the report.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found, decimal
from repo_vitals.concerns.performance_compare.formats.log_lines import log_lines
from repo_vitals.concerns.performance_compare.formats.pieces import about

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "benchmark-js"
_RESULT = re.compile(r"(?P<name>\S.*?) x (?P<rate>[\d.,]+) ops/sec (?:±|\+/-|\+-)\s?(?P<margin>[\d.]+)% "
                     r"\((?P<runs>\d+) runs? sampled\)")


def recognises(head: Head) -> bool:
    """Whether a line is a result."""
    return any(" ops/sec " in line and _RESULT.fullmatch(line.strip()) for line in head.lines)


def read(file: ReportFile) -> Report:
    """Each benchmark's rate."""
    found = Found(tool="benchmark.js")
    for line in log_lines(file):
        match = _RESULT.fullmatch(line.strip()) if " ops/sec " in line else None
        if match is None:
            continue
        rate = decimal(match["rate"], "a rate")
        if not int(match["runs"][:18]):
            found.fail(match["name"], "has no samples")
            continue
        found.add(match["name"], rate, "ops/sec", statistic="mean",
                  interval=about(rate, decimal(match["margin"], "a margin")))
    return found.report(file, NAME)
