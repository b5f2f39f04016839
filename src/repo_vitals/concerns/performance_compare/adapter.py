"""Reports of any other tool, by a jq program of the user's: `name: jq program` makes `name=path` a report.

The program gets the report's JSON (of a file with one JSON object a line: the list of them) and gives one object for
each benchmark:

    name        text. Must be there. What has the same name and unit is one benchmark's samples.
    unit        text. Must be there, such as "ns", "ms", "B", "MiB", "ops/s", or a word of the tool's.
    samples     list of numbers: each measurement, in that unit, in the order in which they were taken
    value       number: in place of samples, if there is only one
    better      lower or higher. Must be there for a unit that does not tell it, as times, bytes and rates do.
    statistic   sample, mean, median, minimum, maximum or slope: what a value is (sample unless given)
    interval    list of the lower and the upper end that the tool states
    size        number above 0: the size of the input, for how time grows with it
    exact       true where the same code gives the same value again, as a file has its size
    measures    peak_memory, average_memory, binary_size, stripped_size or leaked
    failed      text: why the benchmark gave no value, in place of one

null is as if the field were not there; a field of another name is an error.
"""
from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.own import add
from repo_vitals.concerns.performance_compare.reading import FORMATS
from repo_vitals.sources.jq_adapters import adapted, parse_adapters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.sources.jq_adapters import Adapter
    from repo_vitals.sources.report_files import ReportFile


def adapt(adapter: Adapter, file: ReportFile, *, now: datetime) -> Report:
    """What a report says by its adapter. `now` is jq's clock.

    Raises Unreadable where the file is no JSON, the program fails, or what it gives breaks the form above.
    """
    found = Found(tool=adapter.name)
    adapted(adapter, file, lambda output: add(found, output), now=now)
    return found.report(file, adapter.name)


def readers(lines: Sequence[str], *, now: datetime | None = None) -> dict[str, Callable[[ReportFile], Report]]:
    """The adapters that some lines hold, as readers by name. `now` is their clock; without one it stands at 1970.

    Raises InputError for a line that is no adapter.
    """
    clock = now or datetime.fromtimestamp(0, tz=timezone.utc)
    return {name: partial(adapt, adapter, now=clock) for name, adapter in parse_adapters(lines, taken=FORMATS).items()}
