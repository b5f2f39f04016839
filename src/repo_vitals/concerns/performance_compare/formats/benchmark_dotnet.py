"""BenchmarkDotNet's JSON, full and brief: times of an operation in nanoseconds, and bytes that it allocates."""
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
    told_apart,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "benchmarkdotnet"
_NAME_PARTS = ("Namespace", "Type", "Method")


def recognises(head: Head) -> bool:
    """Whether it has the tool's two parts."""
    return (head.json.kind == "object" and {"HostEnvironmentInfo", "Benchmarks"} <= head.json.keys()
            and isinstance(head.json.at("Benchmarks"), list))


def read(file: ReportFile) -> Report:
    """Each benchmark's iterations, or the mean of them; one without statistics failed."""
    top, benchmarks = members(file, "Benchmarks", "Statistics", "OriginalValues")
    host = part(top, "HostEnvironmentInfo")
    found = Found(tool=" ".join(filter(None, (_word(host, "BenchmarkDotNetCaption"),
                                              _word(host, "BenchmarkDotNetVersion")))), machine=_machine(host))
    # A benchmark run under several jobs (runtimes, say) has one name and several results.
    names = told_apart((_name(one), "", [("job", _job(one))]) for one in benchmarks)
    for name, one in zip(names, benchmarks, strict=True):
        _add(found, name, one)
    return found.report(file, NAME)


def _add(found: Found, name: str, one: Mapping[str, Any]) -> None:
    statistics = part(one, "Statistics")
    size = size_in(_parameters(text_of(one, "Parameters")))
    spread = part(statistics, "ConfidenceInterval")
    low, high = spread.get("Lower"), spread.get("Upper")
    interval = None if low is None or high is None else (
        loose_number(low, "an interval's end"), loose_number(high, "an interval's end"))
    samples = numbers(statistics.get("OriginalValues"))
    if samples is not None:
        found.add(name, samples, "ns", interval=interval, size=size, typical=mean_of(statistics, "Mean"))
    elif statistics.get("Mean") is not None:
        found.add(name, loose_number(statistics["Mean"], "a mean"), "ns", statistic="mean", interval=interval,
                  size=size)
        found.note("holds no times of iterations, only means")
    else:
        found.fail(name, "has no statistics: it failed, or it did not run")
        return
    allocated = part(one, "Memory").get("BytesAllocatedPerOperation")
    if allocated is not None:
        found.add(name, loose_number(allocated, "the bytes allocated"), "B", statistic="mean", size=size)


def _name(one: Mapping[str, Any]) -> str:
    """The full name; the oldest versions give its parts only."""
    if full := text_of(one, "FullName"):
        return full
    named(one, "Method")
    name = ".".join(text for key in _NAME_PARTS if (text := text_of(one, key)))
    parameters = text_of(one, "Parameters")
    return f"{name}({parameters})" if parameters else name


def _job(one: Mapping[str, Any]) -> str:
    """What the benchmark ran under: in `Type.Method: Job [Parameters]` the middle."""
    _, _, rest = text_of(one, "DisplayInfo").partition(": ")
    return rest.partition(" [")[0]


def _parameters(text: str) -> Mapping[str, object]:
    """`N=10&Mode=Fast`; values that hold such marks can't be told from more parameters, so there is no size then."""
    return dict(one.split("=", 1) for one in text.split("&") if "=" in one)


def _machine(host: Mapping[str, Any]) -> dict[str, str]:
    return {"cpu": _word(host, "ProcessorName"), "os": _word(host, "OsVersion"),
            "architecture": _word(host, "Architecture"), "versions.dotnet": _word(host, "DotNetCliVersion"),
            "versions.runtime": _word(host, "RuntimeVersion") or _word(host, "ClrVersion")}


def _word(host: Mapping[str, Any], key: str) -> str:
    """A text, which the oldest versions wrap; "" for anything else."""
    found = host.get(key)
    if isinstance(found, dict):
        found = found.get("Value")
    return found if isinstance(found, str) else ""
