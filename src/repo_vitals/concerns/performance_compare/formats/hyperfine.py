"""hyperfine's JSON (`--export-json`): the wall-clock time of every run of a command, in seconds.

Runs that did not succeed (`--ignore-failure`) make the command a failed one: how long a failure takes is no
measurement.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.pieces import (
    loose_number,
    mean_of,
    members,
    named,
    numbers,
    part,
    size_in,
    told_apart,
    with_parameters,
)
from repo_vitals.sources.report_values import sequence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "hyperfine"


def recognises(head: Head) -> bool:
    """Whether the first of its results is of a command."""
    if head.json.kind != "object" or not isinstance(head.json.at("results"), list):
        return False
    first = head.json.at("results", 0)
    return isinstance(first, dict) and {"command", "mean"} <= set(first)


def read(file: ReportFile) -> Report:
    """Each command's runs."""
    _, results = members(file, "results", "times")
    found = Found(tool=NAME)
    # By -n several commands can have one name, whatever their parameters.
    names = told_apart((named(one, "command"), "", [("", with_parameters("", part(one, "parameters")))])
                       for one in results)
    for name, one in zip(names, results, strict=True):
        _add(found, name, one)
    return found.report(file, NAME)


def _add(found: Found, name: str, one: Mapping[str, Any]) -> None:
    codes = [] if one.get("exit_codes") is None else sequence(one["exit_codes"], "exit codes")
    failed = [code for code in codes if code != 0 or isinstance(code, bool)]
    size = size_in(part(one, "parameters"))
    if failed:
        how = "was ended by a signal" if failed[0] is None else f"exited with {failed[0]}"
        found.fail(name, f"failed: {len(failed)} of {len(codes)} runs did not succeed; the first of them {how}")
        return
    samples = numbers(one.get("times"))
    if samples is not None:
        found.add(name, samples, "s", size=size, typical=mean_of(one, "mean"))
    elif one.get("mean") is not None:
        found.add(name, loose_number(one["mean"], "a mean"), "s", statistic="mean", size=size)
        found.note("holds no times of runs, only means")
    else:
        found.fail(name, "has no times")
        return
    memory = numbers(one.get("memory_usage_byte"))
    if memory is not None and any(memory):      # 0 where the system does not tell
        found.add(name, memory, "B", size=size, measures="peak_memory")
