"""benchmark.js on standard output: `name x 1,234 ops/sec ±1.23% (90 runs sampled)`, a rate of operations.

The rate is 1 ÷ the mean time of the samples. Of a benchmark that threw, the tool prints `name: ` and what of the error
can be listed, mostly nothing. So a line that ends with a colon and a blank is a failed benchmark, and so is one with
the name of an error behind the colon; a thrown text looks like any other line of a log and is passed over.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import LONGEST_NAME, Found, decimal
from repo_vitals.concerns.performance_compare.formats.log_lines import log_lines
from repo_vitals.concerns.performance_compare.formats.pieces import about

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "benchmark-js"
_RESULT = re.compile(r"(?P<name>\S.*?) x (?P<rate>[\d.,]+) ops/sec (?:±|\+/-|\+-)\s?(?P<margin>[\d.]+)% "
                     r"\((?P<runs>\d+) runs? sampled\)")
_THREW = re.compile(r"\s*(?P<name>\S.*?): (?:(?:[Nn]ame: ?)?[A-Z][A-Za-z]*(?:Error|Exception)\b.*)?")


def recognises(head: Head) -> bool:
    """Whether a line is a result."""
    return any(" ops/sec " in line and _RESULT.fullmatch(line.strip()) for line in head.lines)


def read(file: ReportFile) -> Report:
    """Each benchmark's rate."""
    found = Found(tool="benchmark.js")
    for line in log_lines(file, strips=False):
        match = _RESULT.fullmatch(line.strip()) if " ops/sec " in line else None
        if match is None:
            if ": " in line and (threw := _THREW.fullmatch(line)):
                found.fail(threw["name"][:LONGEST_NAME], "threw an error")
            continue
        rate = decimal(match["rate"], "a rate")
        if not int(match["runs"][:18]):
            found.fail(match["name"], "has no samples")
            continue
        found.add(match["name"], rate, "ops/sec", statistic="mean",
                  interval=about(rate, decimal(match["margin"], "a margin")))
    return found.report(file, NAME)
