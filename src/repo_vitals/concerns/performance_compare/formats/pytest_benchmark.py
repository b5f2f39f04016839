"""pytest-benchmark's JSON (`--benchmark-json`, `--benchmark-save`): times in seconds, of every round if they are kept.

A round's time is that of one iteration: the tool divides by the iterations itself. Nothing is written of a benchmark
that failed, and an empty file where all of them failed or none ran. What tests put into `extra_info` may be NaN, as
Python writes it, and is not read.
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
    text_of,
)
from repo_vitals.sources.report_values import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "pytest-benchmark"
_MEANS = "holds no times of rounds, only means; --benchmark-save-data keeps them"


def recognises(head: Head) -> bool:
    """Whether it has the tool's two parts."""
    keys = head.json.keys()
    return (head.json.kind == "object" and {"machine_info", "benchmarks"} <= keys
            and isinstance(head.json.at("benchmarks"), list))


def read(file: ReportFile) -> Report:
    """Each benchmark's rounds, or the mean of them."""
    top, benchmarks = members(file, "benchmarks", "stats", "data", keeps_constants=True)
    version = text_of(top, "version")
    found = Found(tool=f"pytest-benchmark {version}".strip(), machine=_machine(part(top, "machine_info")),
                  written_at=moment(top.get("datetime")))
    for one in benchmarks:
        name = text_of(one, "fullname") or named(one, "name")
        stats = part(one, "stats")
        parameters = one.get("params")
        size = size_in(parameters) if isinstance(parameters, dict) else None
        samples = numbers(stats.get("data"))
        if samples is not None and stats.get("rounds", len(samples)) == len(samples):
            found.add(name, samples, "s", size=size, typical=mean_of(stats, "mean"))
        elif stats.get("mean") is not None:
            found.add(name, loose_number(stats["mean"], "a mean"), "s", statistic="mean", size=size)
            found.note(_MEANS)
        else:
            found.fail(name, "has no times")
    return found.report(file, NAME)


def _machine(info: Mapping[str, Any]) -> dict[str, str]:
    cpu = info.get("cpu")
    cpu = cpu if isinstance(cpu, dict) else {}
    return {
        # py-cpuinfo renamed the key in version 7.
        "cpu": str(cpu.get("brand_raw") or cpu.get("brand") or ""),
        "os": " ".join(str(info[key]) for key in ("system", "release") if info.get(key)),
        "versions.python": " ".join(str(info[key]) for key in ("python_implementation", "python_version")
                                    if info.get(key)),
    }
