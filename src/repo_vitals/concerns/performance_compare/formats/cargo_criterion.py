"""`cargo criterion --message-format=json`: a message a line, of which "benchmark-complete" gives a benchmark.

`measured_values` are sums over `iteration_count` turns in `unit`, so a sample is one by the other. `typical` is the
slope or, where sampling was flat, the mean; it stands alone where there are no samples. `throughput` and `change` are
left out, as they follow from these. A build that failed, which cargo says in the same stream, is a failed one.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found, size_of
from repo_vitals.sources.json_lines import lines
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import mapping, number, sequence

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "cargo-criterion"

_COMPLETE = "benchmark-complete"
_BUILD = "cargo criterion"


def recognises(head: Head) -> bool:
    """By its kinds of messages."""
    return any(one.get("reason") in (_COMPLETE, "group-complete") for one in head.json.records)


def read(file: ReportFile) -> Report:
    """What the messages say. Raises Unreadable."""
    found = Found(tool="cargo-criterion")
    with opened(file) as stream:
        for line in lines(stream):
            if line.text is not None and line.text.startswith(("error: ", "error[")):
                found.fail(_BUILD, f"failed: {line.text.partition(': ')[2]}")
            message = line.value if isinstance(line.value, dict) else {}
            if message.get("reason") == _COMPLETE:
                _add(found, message)
            elif message.get("reason") == "build-finished" and message.get("success") is False:
                found.fail(_BUILD, "failed: the build did not succeed")
    return found.report(file, NAME)


def _add(found: Found, message: dict[str, Any]) -> None:
    name, unit = message.get("id"), message.get("unit")
    if not isinstance(name, str) or not isinstance(unit, str):
        raise Unreadable("has a benchmark without its id and unit")
    told = mapping(message.get("typical") or message.get("mean"), "the typical value")
    typical = number(told.get("estimate"), "the typical value")
    interval = (number(told.get("lower_bound"), "a lower bound"), number(told.get("upper_bound"), "an upper bound"))
    samples = _samples(message)
    # Estimates may be in a unit of their own.
    own = told.get("unit") or unit
    if not isinstance(own, str):
        raise Unreadable("has a typical value without its unit")
    alike = own == unit
    size = size_of(*name.split("/")[1:])
    if samples:
        found.add(name, samples, unit, interval=interval if alike else None, typical=typical if alike else None,
                  size=size)
    else:
        found.add(name, typical, own, statistic="slope" if message.get("slope") else "mean", interval=interval,
                  size=size)


def _samples(message: dict[str, Any]) -> list[float]:
    if not message.get("measured_values"):
        return []
    turns = [number(one, "a count of iterations") for one in sequence(message.get("iteration_count"), "the iterations")]
    values = [number(one, "a measured value") for one in sequence(message.get("measured_values"), "the values")]
    if len(turns) != len(values) or min(turns, default=0) <= 0:
        raise Unreadable(f"has {len(values):,} measured values and {len(turns):,} counts of iterations; there must be "
                         "as many, above 0")
    return [value / count for value, count in zip(values, turns, strict=True)]
